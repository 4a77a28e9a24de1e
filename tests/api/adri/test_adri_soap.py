"""ADRi on ``/lps``: the published request, the sandbox answer, the faults (adri.md §2, §3.3, §5)."""

from datetime import timedelta

import httpx
import pytest

from services.adri.soap.messages import ACTION
from shared.contracts.apcv import ContexteOuvert
from tests import lps
from tests.banc import MAINTENANT, Banc

NOE = (
    '<a:Requete xmlns:a="urn:ir:se_req_adr"><a:DatedeReference>2026-01-15</a:DatedeReference><a:BeneficiaireDeSoins>'
    "<a:DatedeNaissance>2018-01-11</a:DatedeNaissance><a:SituationAdministrativeAMO><a:RangdeNaissance>2"
    "</a:RangdeNaissance></a:SituationAdministrativeAMO><a:Assure><a:NIRassure><a:Num>2820963113055</a:Num>"
    "<a:Cle>95</a:Cle></a:NIRassure></a:Assure></a:BeneficiaireDeSoins></a:Requete>"
)
COUVERTURE = (
    "<b:GrandRegime>01</b:GrandRegime><b:ASSURE><b:Id><b:Num>2820963113055</b:Num><b:Cle>95</b:Cle></b:Id></b:ASSURE>"
    "<b:BENEFICIAIRE><b:DateNai>2018-01-11</b:DateNai><b:Rang>2</b:Rang></b:BENEFICIAIRE>"
)


def message(corps: str = NOE, couverture: str = COUVERTURE, **options: str) -> bytes:
    return lps.enveloppe(ACTION, corps, bam=lps.contexte_bam(couverture), **options)


async def appeler(b: Banc, contenu: bytes) -> httpx.Response:
    return await b.client.post("/lps", content=contenu, headers=lps.TYPE)


@pytest.mark.exigence("ADRI-CR-00")
async def test_the_published_request_gets_the_rights_of_the_child(b: Banc) -> None:
    reponse = await appeler(b, message())

    assert reponse.status_code == 200
    assert lps.corps(reponse.content).tag == "{urn:ir:se_rep_adr}Reponse"
    assert [str(e.tag).rpartition("}")[2] for e in lps.corps(reponse.content)] == [
        *("CR", "DateReponse", "Organisme", "Beneficiaire", "PeriodesAMO", "PeriodesCouverture", "Services"),
        *("MedecinTraitant", "Complementaire", "AccidentsTravail"),
    ]
    lus = {
        chemin: lps.texte(reponse.content, chemin)
        for chemin in (
            "CR/Code",
            "Beneficiaire/Prenom",
            "Beneficiaire/NIRCertifie/Num",
            "PeriodesAMO/Periode/Fin",
            "PeriodesCouverture/Periode/CodeSituation",
            "Complementaire/NumeroAMC",
        )
    }
    assert list(lus.values()) == ["00", "NOE", "1180163113302", "2027-01-15", "0100", "99900001"]
    assert b"<wsa:RelatesTo>uuid:2b6e</wsa:RelatesTo>" in reponse.content
    assert f"<wsa:Action>{ACTION}Response</wsa:Action>".encode() in reponse.content


@pytest.mark.exigence("ADRI-CR-01", "ADRI-CR-02")
async def test_result_codes_travel_without_or_with_a_past_body(b: Banc) -> None:
    child_as_insured = NOE.replace("2820963113055", "1180163113302").replace(">95<", ">93<")
    couverture = COUVERTURE.replace("2820963113055", "1180163113302").replace(">95<", ">93<")

    inconnu = await appeler(b, message(child_as_insured, couverture))
    ferme = await appeler(b, message(NOE.replace("2026-01-15", "2024-01-15")))

    assert lps.texte(inconnu.content, "CR/Code") == "01"
    assert lps.texte(inconnu.content, "Beneficiaire") is None
    assert lps.texte(ferme.content, "CR/Code") == "02"


@pytest.mark.exigence("ADRI-sandbox_incoherence", "sandbox_ctx")
@pytest.mark.parametrize(
    ("subcode", "couverture"),
    [
        ("siram_40", COUVERTURE.replace("<b:Rang>2</b:Rang>", "<b:Rang>1</b:Rang>")),
        ("siram_40", COUVERTURE.replace("2018-01-11", "2015-05-20")),
        ("siram_40", COUVERTURE.replace("2820963113055", "2850763113042")),
        ("siram_30", ""),
        ("siram_30", COUVERTURE.replace("<b:GrandRegime>01</b:GrandRegime>", "")),
    ],
)
async def test_the_context_repeats_the_body_or_the_call_is_refused(b: Banc, subcode: str, couverture: str) -> None:
    reponse = await appeler(b, message(couverture=couverture))

    assert reponse.status_code == 500
    assert lps.faute(reponse.content)["subcode"] == f"soap:{subcode}"


@pytest.mark.exigence("desir_550")
async def test_an_unknown_software_is_refused(b: Banc) -> None:
    reponse = await appeler(b, message(lps=lps.contexte_lps("SBX9999999")))

    assert lps.faute(reponse.content)["code"] == "desir_550"


@pytest.mark.parametrize(
    "corps",
    [
        NOE.replace("2026-01-15", "15/01/2026"),
        NOE.replace("2026-01-15", "2026-02-30"),
        NOE.replace("<a:Cle>95</a:Cle>", ""),
        NOE.replace(">2<", ">deux<"),
        NOE.replace("<a:Num>2820963113055</a:Num>", "<a:Num>28</a:Num>"),
        NOE.replace("<a:Assure>", "<a:Nom>X</a:Nom><a:Assure>"),
        NOE.replace("urn:ir:se_req_adr", "urn:autre"),
    ],
)
async def test_a_request_outside_the_schema_is_siram_10(b: Banc, corps: str) -> None:
    reponse = await appeler(b, message(corps, "<b:GrandRegime>01</b:GrandRegime>" + COUVERTURE[34:]))

    faute = lps.faute(reponse.content)
    assert reponse.status_code == 500
    assert (faute["subcode"], faute["code"]) == ("soap:siram_10", "sandbox_schema")
    assert faute["regle"]


@pytest.mark.exigence("APCV-202")
async def test_an_expired_apcv_context_is_a_siram_20_fault(b: Banc) -> None:
    corps = NOE.replace(
        "</a:Requete>", "<a:ContexteApCV><a:Identifiant>CTX-9</a:Identifiant></a:ContexteApCV></a:Requete>"
    )
    await b.recevoir(
        ContexteOuvert(
            contexte_id="CTX-9",
            matricule_ins="282096311305595",
            beneficiaires=["282096311305595", "118016311330293"],
            identifiant_facturation="991234562",
            expire_le=MAINTENANT + timedelta(minutes=20),
            occurred_at=MAINTENANT,
        )
    )

    ouvert = await appeler(b, message(corps))
    await b.avancer(minutes=20, seconds=1)
    mort = await appeler(b, message(corps))

    assert lps.texte(ouvert.content, "CR/Code") == "00"
    faute = lps.faute(mort.content)
    assert (faute["subcode"], faute["code"], faute["regle"]) == ("soap:siram_20", "APCV-202", "APCV-202")


async def test_the_wsdl_says_that_the_answer_is_a_sandbox_schema(b: Banc) -> None:
    reponse = await b.client.get("/lps?wsdl=adri")

    assert f'location="{b.bac.base_url}/lps"'.encode() in reponse.content
    assert b"SANDBOX SCHEMA" in reponse.content
