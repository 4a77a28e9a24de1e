"""Faults: the three dialects, each with its rule and two languages."""

import pytest
from lxml import etree

from shared.errors import Indisponible, Interdit, Invalide, RegleMetier
from shared.soap.envelope import EnveloppeInvalide
from shared.soap.faults import fault, fault_dmp, fault_siram

NS = {"s": "http://www.w3.org/2003/05/soap-envelope", "siram": "urn:siram", "r": "urn:bacasante:regle"}
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def lire(brut: bytes) -> etree._Element:
    return etree.fromstring(brut)


@pytest.mark.exigence("desir_550")
def test_a_siram_fault_is_published_as_500_with_erreur_and_rule() -> None:
    refus = Interdit(
        "unknown software",
        "Logiciel inconnu <&>.",
        regle="desir_550",
        champ="IDAM",
        membres={"subcode": "siram_100", "code": "desir_550", "severite": "erreur", "acteur": "Sender"},
    )

    rendue = fault_siram(refus, message_id="uuid:1")

    lue = lire(rendue.corps)
    assert rendue.status == 500
    assert rendue.media_type.startswith("application/soap+xml")
    assert lue.findtext(".//s:Code/s:Value", namespaces=NS) == "soap:Sender"
    assert lue.findtext(".//s:Subcode/s:Value", namespaces=NS) == "soap:siram_100"
    [erreur] = lue.findall(".//s:Detail/siram:Erreur", NS)
    assert dict(erreur.attrib) == {"severite": "erreur", "code": "desir_550", "messageID": "uuid:1"}
    [regle] = lue.findall(".//s:Detail/r:Regle", NS)
    assert (regle.get("id"), regle.get("champ")) == ("desir_550", "IDAM")
    assert {e.get(XML_LANG) for e in regle} == {"fr", "en"}


def test_a_refusal_without_siram_members_is_given_the_row_of_the_sheet() -> None:
    def ligne(erreur: Invalide | Interdit | Indisponible | RegleMetier) -> tuple[str | None, str | None, str | None]:
        lue = lire(fault_siram(erreur).corps)
        detail = lue.find(".//siram:Erreur", NS)
        assert detail is not None
        return (
            lue.findtext(".//s:Code/s:Value", namespaces=NS),
            lue.findtext(".//s:Subcode/s:Value", namespaces=NS),
            detail.get("code"),
        )

    assert ligne(EnveloppeInvalide("e", "f")) == ("soap:Sender", "soap:siram_10", "sandbox_schema")
    assert ligne(Interdit("e", "f")) == ("soap:Sender", "soap:siram_20", "sandbox_auth")
    assert ligne(Indisponible("e", "f", dependance="x")) == ("soap:Receiver", "soap:siram_40", "desir_1020")
    assert ligne(RegleMetier("e", "f", regle="APCV-211")) == ("soap:Sender", "soap:siram_40", "APCV-211")


def test_the_plain_fault_follows_the_http_binding_of_each_soap_version() -> None:
    refus = Invalide("bad", "mauvais", champ="A/B")

    douze, onze = fault(refus), fault(refus, version="1.1")

    assert (douze.status, onze.status) == (400, 500)
    assert fault(Indisponible("e", "f", dependance="x")).status == 500
    assert lire(onze.corps).findtext(".//faultcode") == "soap:Client"
    assert "bad" in [t.text for t in lire(douze.corps).findall(".//s:Reason/s:Text", NS)]


def test_a_dmp_fault_names_the_dmp_code_as_subcode() -> None:
    refus = Interdit("bad certificate", "certificat refusé", membres={"code": "DMPInvalidCertificate"})

    lue = lire(fault_dmp(refus, relates_to="uuid:9").corps)

    assert lue.findtext(".//s:Subcode/s:Value", namespaces=NS) == "soap:DMPInvalidCertificate"
    assert lue.findtext(".//{http://www.w3.org/2005/08/addressing}RelatesTo") == "uuid:9"
