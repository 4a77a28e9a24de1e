"""INSi on ``/lps``: the published envelope, answers and faults (insi.md §3 to §9, §15)."""

from datetime import timedelta

import httpx
import pytest

from services.ins.soap.messages import ACTION_TRAITS, ACTION_VERIFIER, ACTION_VITALE
from tests import lps
from tests.banc import Banc

CAMILLE = (
    '<r:RECSANSVITALE xmlns:r="http://www.cnamts.fr/INSiRecSans"><r:NomNaissance>BLANC-VALMONT</r:NomNaissance>'
    "<r:Prenom>CAMILLE</r:Prenom><r:Sexe>F</r:Sexe><r:DateNaissance>1985-07-14</r:DateNaissance>"
    "<r:LieuNaissance>63113</r:LieuNaissance></r:RECSANSVITALE>"
)
NOE = (
    '<v:RECVITALE xmlns:v="http://www.cnamts.fr/INSiRecVit"><v:MatriculeOD><v:NumIdentifiant>2820963113055'
    "</v:NumIdentifiant><v:Cle>95</v:Cle><v:TypeMatricule>NIR</v:TypeMatricule></v:MatriculeOD>"
    "<v:NomNaissance>FONTANGES</v:NomNaissance><v:DateNaissance>2018-01-11</v:DateNaissance>"
    "<v:RangNaissance>2</v:RangNaissance></v:RECVITALE>"
)
VERIFIER = (
    '<q:IndividuVerifie xmlns:q="http://www.cnamts.fr/INSiLot2/REQUnitaire"><q:INSFourni><q:IdIndividu>'
    "<q:NumIdentifiant>2850763113042</q:NumIdentifiant><q:Cle>26</q:Cle><q:TypeMatricule>NIR</q:TypeMatricule>"
    "</q:IdIndividu><q:OID>{oid}</q:OID></q:INSFourni><q:TraitsIdentiteIndividu><q:NomNaissance>BLANC-VALMONT"
    "</q:NomNaissance><q:ListePrenom>CAMILLE LOUISE</q:ListePrenom><q:Sexe>F</q:Sexe>"
    "<q:DateNaissance>1985-07-14</q:DateNaissance></q:TraitsIdentiteIndividu></q:IndividuVerifie>"
)
COUVERTURE_NOE = (
    "<b:GrandRegime>01</b:GrandRegime><b:ASSURE><b:Id><b:Num>2820963113055</b:Num><b:Cle>95</b:Cle></b:Id></b:ASSURE>"
    "<b:BENEFICIAIRE><b:DateNai>2018-01-11</b:DateNai><b:Rang>{rang}</b:Rang></b:BENEFICIAIRE>"
)


async def appeler(b: Banc, message: bytes, **entetes: str) -> httpx.Response:
    return await b.client.post("/lps", content=message, headers={**lps.TYPE, **entetes})


@pytest.mark.exigence("INSI-CR-00")
async def test_the_published_request_gets_the_published_answer(b: Banc) -> None:
    reponse = await appeler(b, lps.enveloppe(ACTION_TRAITS, CAMILLE))

    assert reponse.status_code == 200
    assert reponse.headers["content-type"].startswith("application/soap+xml")
    resultat = lps.corps(reponse.content)
    assert resultat.tag == "{http://www.cnamts.fr/INSiResultat}RESULTAT"
    assert [str(e.tag).rpartition("}")[2] for e in resultat.iter()] == [
        *("RESULTAT", "CR", "CodeCR", "LibelleCR", "INDIVIDU", "INSACTIF", "IdIndividu", "NumIdentifiant", "Cle"),
        *("TypeMatricule", "OID", "TIQ", "NomNaissance", "Prenom", "ListePrenom", "Sexe", "DateNaissance"),
        "LieuNaissance",
    ]
    assert lps.texte(reponse.content, "INDIVIDU/INSACTIF/IdIndividu/NumIdentifiant") == "2850763113042"
    assert b"<wsa:RelatesTo>uuid:2b6e</wsa:RelatesTo>" in reponse.content
    assert f"<wsa:Action>{ACTION_TRAITS}Response</wsa:Action>".encode() in reponse.content
    assert b.notes(reponse)["operation"] == "RECSANSVITALE"


async def test_an_unsigned_old_assertion_is_accepted_and_noted_here_and_refused_in_homologation(b: Banc) -> None:
    message = lps.enveloppe(
        ACTION_TRAITS, CAMILLE, assertions=lps.assertion(emise_le=lps.MAINTENANT - timedelta(days=400))
    )

    standard = await appeler(b, message)
    await b.regler(profil="homologation")
    strict = await appeler(b, message)

    assert standard.status_code == 200
    assert {"BAC-SAML-11", "BAC-SAML-14"} <= set(b.regles(standard))
    assert strict.status_code == 500
    assert lps.faute(strict.content)["subcode"] == "soap:siram_20"


@pytest.mark.exigence("INSI-CR-01")
async def test_01_carries_no_individu(b: Banc) -> None:
    reponse = await appeler(b, lps.enveloppe(ACTION_TRAITS, CAMILLE.replace("1985", "1986")))

    assert lps.texte(reponse.content, "CR/CodeCR") == "01"
    assert lps.texte(reponse.content, "CR/LibelleCR") == "Aucune identite trouvee"
    assert lps.texte(reponse.content, "INDIVIDU") is None


async def test_several_given_name_elements_prefixes_and_order_do_not_matter(b: Banc) -> None:
    corps = (
        '<RECSANSVITALE xmlns="http://www.cnamts.fr/INSiRecSans"><Sexe>F</Sexe><Prenom>LOUISE</Prenom>'
        "<Prenom>CAMILLE</Prenom><DateNaissance>1985-07-14</DateNaissance>"
        "<NomNaissance>BLANC-VALMONT</NomNaissance></RECSANSVITALE>"
    )

    assert lps.texte((await appeler(b, lps.enveloppe(ACTION_TRAITS, corps))).content, "CR/CodeCR") == "00"


@pytest.mark.exigence("INSI-VITALE-RANG")
async def test_the_card_search_answers_for_the_beneficiary_of_the_context(b: Banc) -> None:
    message = lps.enveloppe(
        ACTION_VITALE,
        NOE,
        assertions=lps.assertion() + lps.vitale(),
        bam=lps.contexte_bam(COUVERTURE_NOE.format(rang=2)),
    )

    reponse = await appeler(b, message)

    assert lps.texte(reponse.content, "INDIVIDU/TIQ/Prenom") == "NOE"


@pytest.mark.exigence("INSI-insi_201", "INSI-sandbox_vitale_exp")
async def test_a_swapped_card_and_an_old_reading_are_refused(b: Banc) -> None:
    echangee = lps.enveloppe(
        ACTION_VITALE,
        NOE,
        assertions=lps.assertion() + lps.vitale(),
        bam=lps.contexte_bam(COUVERTURE_NOE.format(rang=1)),
    )
    vieille = lps.enveloppe(
        ACTION_VITALE,
        NOE,
        assertions=lps.assertion() + lps.vitale(lps.MAINTENANT - timedelta(minutes=20, seconds=1)),
    )

    assert lps.faute((await appeler(b, echangee)).content)["code"] == "insi_201"
    assert lps.faute((await appeler(b, vieille)).content)["code"] == "sandbox_vitale_exp"


@pytest.mark.exigence("INSI-VER-OK", "INSI-VER-OID")
async def test_the_verification_answers_in_its_own_namespace(b: Banc) -> None:
    juste = await appeler(b, lps.enveloppe(ACTION_VERIFIER, VERIFIER.format(oid="1.2.250.1.213.1.4.8")))
    ko = await appeler(b, lps.enveloppe(ACTION_VERIFIER, VERIFIER.format(oid="1.2.250.1.213.1.4.10")))

    assert lps.corps(juste.content).tag == "{http://www.cnamts.fr/INSiLot2/REPUnitaire}RESULTAT"
    assert lps.texte(juste.content, "CR/CodeCR") == "00"
    assert lps.texte(ko.content, "CR/CodeCR") == "01"


@pytest.mark.exigence("desir_550")
async def test_an_unknown_software_is_desir_550_to_the_letter(b: Banc) -> None:
    message = lps.enveloppe(ACTION_TRAITS, CAMILLE, lps=lps.contexte_lps("SBX9999999"))

    reponse = await appeler(b, message)

    assert reponse.status_code == 500
    assert lps.faute(reponse.content) == {
        "value": "soap:Sender",
        "subcode": "soap:siram_100",
        "code": "desir_550",
        "severite": "erreur",
        "detail": "Numéro d'autorisation du logiciel inconnu.",
        "regle": "desir_550",
    }
    await b.regler(profil="lenient")
    assert (await appeler(b, message)).status_code == 200


@pytest.mark.exigence("desir_560")
@pytest.mark.parametrize(("cn", "statut"), [("INSI-AUTO", 200), ("INSI-MANU", 200), ("INSI-auto", 500)])
async def test_a_machine_certificate_is_named_to_the_letter(b: Banc, cn: str, statut: int) -> None:
    assertion = lps.assertion(name_id=f"CN={cn},OU=10B0152872,O=HOPITAL DEMO,C=FR", qualifier=None)

    reponse = await appeler(b, lps.enveloppe(ACTION_TRAITS, CAMILLE, assertions=assertion))

    assert reponse.status_code == statut
    if statut == 500:
        assert lps.faute(reponse.content)["code"] == "desir_560"


@pytest.mark.parametrize(
    ("subcode", "code", "options"),
    [
        ("siram_20", "sandbox_auth", {"assertions": ""}),
        ("siram_20", "sandbox_auth", {"assertions": lps.assertion(facturation=None)}),
        ("siram_30", "sandbox_ctx", {"bam": ""}),
        ("siram_30", "sandbox_ctx", {"lps": ""}),
        ("siram_30", "sandbox_ctx", {"bam": lps.contexte_bam(version="01_00")}),
        ("siram_30", "sandbox_ctx", {"lps": lps.contexte_lps(version="01_02")}),
        ("siram_30", "sandbox_ctx", {"bam": lps.contexte_bam("<b:GrandRegime>01</b:GrandRegime>")}),
    ],
)
async def test_callers_and_contexts_are_checked_before_the_body(
    b: Banc, subcode: str, code: str, options: dict[str, str]
) -> None:
    message = lps.enveloppe(ACTION_TRAITS, CAMILLE, **options)

    reponse = await appeler(b, message)

    assert reponse.status_code == 500
    faute = lps.faute(reponse.content)
    assert (faute["subcode"], faute["code"]) == (f"soap:{subcode}", code)
    assert faute["regle"]
    await b.regler(profil="lenient")
    assert (await appeler(b, message)).status_code == 200


@pytest.mark.parametrize(
    "corps",
    [
        CAMILLE.replace("<r:Sexe>F</r:Sexe>", "<r:Sexe>X</r:Sexe>"),
        CAMILLE.replace("<r:Sexe>F</r:Sexe>", ""),
        CAMILLE.replace("1985-07-14", "14/07/1985"),
        CAMILLE.replace("<r:Sexe>F</r:Sexe>", "<r:Sexe>F</r:Sexe><r:Sexe>F</r:Sexe>"),
        CAMILLE.replace("<r:Sexe>F</r:Sexe>", "<r:Sexe>F</r:Sexe><r:NomUsage>X</r:NomUsage>"),
        CAMILLE.replace("INSiRecSans", "INSiRecVit"),
        NOE,
    ],
)
async def test_a_body_outside_the_schema_is_siram_10(b: Banc, corps: str) -> None:
    reponse = await appeler(b, lps.enveloppe(ACTION_TRAITS, corps))

    assert reponse.status_code == 500
    faute = lps.faute(reponse.content)
    assert (faute["subcode"], faute["code"]) == ("soap:siram_10", "sandbox_schema")
    assert faute["regle"]


@pytest.mark.exigence("BAC-XML-02", "BAC-XML-01", "LPS-ACTION")
async def test_hostile_and_broken_xml_is_a_fault_never_a_crash(b: Banc) -> None:
    bombe = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + lps.enveloppe(ACTION_TRAITS, CAMILLE.replace("CAMILLE", "&a;"))
    cassee = lps.enveloppe(ACTION_TRAITS, CAMILLE)[:-20]
    ailleurs = lps.enveloppe("urn:autre:action", CAMILLE)
    enorme = lps.enveloppe(ACTION_TRAITS, CAMILLE.replace("CAMILLE", "A" * 3_000_000))

    regles = [lps.faute((await appeler(b, m)).content)["regle"] for m in (bombe, cassee, ailleurs, enorme)]

    assert regles == ["BAC-XML-02", "BAC-XML-01", "LPS-ACTION", "BAC-XML-03"]


async def test_json_on_the_soap_endpoint_is_a_plain_problem(b: Banc) -> None:
    reponse = await b.client.post("/lps", json={"nom": "BLANC"})

    assert reponse.status_code == 415
    assert reponse.json()["regle"] == "BAC-SOAP-02"


async def test_the_wsdl_is_addressed_to_this_bac(b: Banc) -> None:
    reponse = await b.client.get("/lps?wsdl=insi")

    assert reponse.status_code == 200
    assert f'location="{b.bac.base_url}/lps"'.encode() in reponse.content
    assert (await b.client.get("/lps")).status_code == 404
