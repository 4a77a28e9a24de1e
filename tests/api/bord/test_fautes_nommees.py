"""Every published national error can be injected, once, and speaks the dialect of the surface it stands before."""

import itertools

import pytest

from shared.edge.fautes_nommees import nommees
from shared.nomenclatures import table
from tests.suite import Maison

SOAP = {
    "ins": "urn:ServiceIdentiteCertifiee:1.0.0:rechercherInsAvecTraitsIdentite",
    "adri": "urn:adr:1.1.0:acquerirLesDroits",
    "apcv": "urn:ApCV_AUTH:1.0.0:restituerContexteApCV",
}
CHEMINS = {
    "ins": "/insi/v1/personnes/1",
    "adri": "/adri/v1/personnes/1/droits",
    "apcv": "/apcv/v1/contextes/courant",
    "dmp": "/fhir/dmp/metadata",
    "mss": "/mss/v1/boites",
    "eprescription": "/eprescription/v1/cles",
    "gateway": "/auth/realms/esante-wallet/protocol/openid-connect/userinfo",
}
REFUS = sorted(nom for nom, faute in nommees().items() if faute.get("refus"))
_NUMEROS = itertools.count(1)


def test_no_published_error_is_missing() -> None:
    codes = {ligne["code"] for nom in ("dmp_error_codes", "erreurs") for ligne in table(nom)}
    warnings = {"PartialReplaceContentNotProcessed", "PartialFolderContentNotProcessed", "XDSTooManyResults"}

    assert codes - set(nommees()) <= warnings


@pytest.mark.parametrize("nom", REFUS)
async def test_a_named_fault_is_met_once_with_its_code(m: Maison, nom: str) -> None:
    bac = f"/bac/faute-{next(_NUMEROS) % 20}"
    fault = nommees()[nom]
    refusal = fault["refus"]
    assert (await m.client.post(f"{bac}/_bac/faults", json={"name": nom, "times": 1})).status_code == 201

    hit = await m.client.get(bac + CHEMINS[fault["service"]])

    assert hit.status_code == refusal["status"], hit.text
    if fault["service"] == "dmp":
        assert hit.json()["resourceType"] == "OperationOutcome"
    elif fault["service"] == "gateway":
        assert hit.json()["error"] == refusal["error"]
    else:
        assert str(hit.json()["code"]) == str(refusal["code"])
    why = await m.pourquoi(hit)
    assert why["injected_fault"] == nom
    assert (why["explanation"]["fr"], why["explanation"]["en"]) == (refusal["fr"], refusal["en"])
    assert (await m.client.get(f"{bac}/_bac/faults")).json()["faults"] == []


@pytest.mark.parametrize("nom", [n for n in REFUS if nommees()[n]["service"] in SOAP])
async def test_before_a_soap_face_it_is_a_fault(m: Maison, nom: str) -> None:
    bac = f"/bac/faute-{next(_NUMEROS) % 20}"
    fault = nommees()[nom]
    await m.client.post(f"{bac}/_bac/faults", json={"name": nom, "times": 1})
    envelope = (
        '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header>'
        f'<a:Action xmlns:a="http://www.w3.org/2005/08/addressing">{SOAP[fault["service"]]}</a:Action>'
        "</s:Header><s:Body/></s:Envelope>"
    )

    hit = await m.client.post(f"{bac}/lps", content=envelope, headers={"Content-Type": "application/soap+xml"})

    assert hit.status_code == 500
    assert fault["refus"]["code"] in hit.text
    assert fault["refus"]["subcode"] in hit.text
