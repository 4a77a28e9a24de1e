"""The JSON face, mail autoconfiguration, the white list (mssante.md §1.4, §2)."""

import base64
from typing import Any

import pytest
from lxml import etree

from shared.contracts.mss import MessageRefuse, MessageRemis
from tests.api.mss.courrier import BLANC_VALMONT, MARTIN, VERDIER, Courrier
from tests.banc import Banc


async def envoyer(b: Banc, slug: str = "verdier-mg", **corps: Any) -> tuple[int, dict[str, Any]]:
    reponse = await b.client.post("/mss/v1/messages", json={"texte": "Bonjour", **corps}, headers=b.ps(slug))
    return reponse.status_code, reponse.json()


async def test_a_message_sent_by_json_is_read_by_imap_and_kept_in_sent(courrier: Courrier, b: Banc) -> None:
    piece = {"nom": "résumé.pdf", "type_mime": "application/pdf", "contenu_base64": base64.b64encode(b"%PDF").decode()}

    code, rendu = await envoyer(b, a=[MARTIN], objet="Été à l'hôpital", pieces=[piece])

    assert code == 201, rendu
    assert rendu["sorts"] == [{"destinataire": MARTIN, "regle": "MSS-REMISE", "issue": "remettre", "statut": "2.1.5"}]
    recu = (await courrier.boite("martin-mg"))[-1]
    assert recu["Subject"] == "Été à l'hôpital"
    assert [p.get_filename() for p in recu.iter_attachments()] == ["résumé.pdf"]
    assert [m["Subject"] for m in await courrier.boite("verdier-mg", "Sent")] == ["Été à l'hôpital"]


async def test_the_doctor_lists_reads_downloads_and_deletes(b: Banc) -> None:
    entetes = b.ps("verdier-mg")
    liste = (await b.client.get("/mss/v1/messages", headers=entetes)).json()
    [resultat] = [m for m in liste["messages"] if m["objet"].startswith("Résultats")]
    assert resultat["lu"] is False

    lu = (await b.client.get(f"/mss/v1/messages/{resultat['id']}", headers=entetes)).json()
    piece = await b.client.get(f"/mss/v1/messages/{resultat['id']}/pieces/1", headers=entetes)
    brut = await b.client.get(f"/mss/v1/messages/{resultat['id']}/brut", headers=entetes)

    assert "compte rendu" in lu["texte"]
    assert lu["entetes"] == {"x-mss-nil": "12345-67890"}
    assert piece.headers["content-type"] == "application/pdf"
    assert piece.content.startswith(b"%PDF")
    assert brut.content.startswith(b"From: ")
    encore = (await b.client.get("/mss/v1/messages", headers=entetes)).json()["messages"]
    assert [m["lu"] for m in encore if m["id"] == resultat["id"]] == [True]

    assert (await b.client.delete(f"/mss/v1/messages/{resultat['id']}", headers=entetes)).status_code == 204
    corbeille = (await b.client.get("/mss/v1/messages?dossier=Trash", headers=entetes)).json()["messages"]
    assert [m["id"] for m in corbeille] == [resultat["id"]]
    assert (await b.client.delete(f"/mss/v1/messages/{resultat['id']}", headers=entetes)).status_code == 204
    assert (await b.client.get(f"/mss/v1/messages/{resultat['id']}", headers=entetes)).status_code == 404


async def test_another_doctor_sees_neither_the_message_nor_the_mailbox(b: Banc) -> None:
    liste = (await b.client.get("/mss/v1/messages", headers=b.ps("verdier-mg"))).json()
    message = liste["messages"][0]["id"]

    ailleurs = await b.client.get(f"/mss/v1/messages/{message}", headers=b.ps("martin-mg"))
    chez_elle = await b.client.get(f"/mss/v1/messages?boite={VERDIER}", headers=b.ps("martin-mg"))
    nulle_part = await b.client.get("/mss/v1/messages?boite=personne@medecin.mssante.fr", headers=b.ps("martin-mg"))

    assert ailleurs.status_code == 404
    assert (chez_elle.status_code, nulle_part.status_code) == (403, 403)
    assert chez_elle.json()["regle"] == nulle_part.json()["regle"] == "MSS-AUTH-02"


async def test_a_shared_mailbox_opens_for_those_who_work_there(b: Banc) -> None:
    boites = (await b.client.get("/mss/v1/boites", headers=b.ps("simon-secretaire"))).json()["boites"]

    assert [(x["adresse"], x["type"]) for x in boites] == [("secretariat@cabinet-verdier.mssante.fr", "ORG")]
    code, _ = await envoyer(b, "simon-secretaire", a=[VERDIER], objet="Rendez-vous")
    assert code == 201


async def test_the_address_book_finds_people_and_structures_never_patients(b: Banc) -> None:
    async def chercher(q: str) -> list[str]:
        reponse = await b.client.get("/mss/v1/adresses", params={"q": q}, headers=b.ps("verdier-mg"))
        return [a["adresse"] for a in reponse.json()["adresses"]]

    assert await chercher("martin") == ["ines.martin-dupuy@infirmier.mssante.fr", MARTIN]
    assert "cardiologie@hopital-demo.mssante.fr" in await chercher("hopital demo")
    assert await chercher("285076311304226") == []
    assert (await b.client.get("/mss/v1/adresses?q=martin")).status_code == 401


@pytest.mark.parametrize(
    ("corps", "statut", "regle", "champ"),
    [
        ({"a": ["x@gmail.com"]}, 403, "MES-08", "destinataires"),
        ({"a": ["inconnu@medecin.mssante.fr"]}, 404, "MSS-BAL-01", "destinataires"),
        ({"a": ["pas une adresse"]}, 400, "MSS-ADR-01", "a"),
        ({"a": []}, 400, "BAC-REQ-02", "a"),
        ({"a": [MARTIN], "objet": "x\r\nBcc: y@z.fr"}, 400, "MSS-MSG-02", "objet"),
        ({"a": [MARTIN], "entetes": {"From": "x"}}, 400, "MSS-MSG-02", "entetes"),
        ({"a": [MARTIN], "texte": "a\x00b"}, 400, "MSS-MSG-02", "texte"),
        (
            {"a": [MARTIN], "pieces": [{"nom": "x", "contenu_base64": "%%%"}]},
            400,
            "MSS-MSG-02",
            "pieces.contenu_base64",
        ),
        ({"a": [MARTIN], "en_reponse_a": "inconnu"}, 404, "MSS-MSG-01", "message_id"),
    ],
)
async def test_a_bad_message_is_refused_by_rule_and_field_and_nothing_leaves(
    b: Banc, corps: dict[str, Any], statut: int, regle: str, champ: str
) -> None:
    code, rendu = await envoyer(b, **corps)

    assert (code, rendu["regle"], rendu["champ"]) == (statut, regle, champ)
    assert await b.emis(MessageRemis) == []


@pytest.mark.exigence("MES-01", "MES-08")
async def test_the_patient_is_told_in_the_private_inbox_without_the_content(b: Banc) -> None:
    code, rendu = await envoyer(b, a=[BLANC_VALMONT], objet="Votre biopsie", texte="Résultat grave")

    assert code == 201
    assert rendu["sorts"][0]["regle"] == "MES-01"
    [avis] = (await b.client.get("/mss/v1/prive/blanc-valmont")).json()["messages"]
    assert avis["motif"] == "MSS_MESSAGE_RECU"
    assert avis["canal"] == "email"
    assert "biopsie" not in str(avis)
    assert "VERDIER" not in str(avis).upper()


async def test_the_lint_tells_sender_and_receiver_what_a_homologation_would_say(b: Banc) -> None:
    _, rendu = await envoyer(b, a=[MARTIN], objet="Sans NIL")
    assert "L08" in [c["regle"] for c in rendu["constats"]]

    lint = await b.client.get(f"/mss/v1/messages/{rendu['id']}/lint", headers=b.ps("martin-mg"))

    assert "L08" in [c["regle"] for c in lint.json()["constats"]]


async def test_homologation_refuses_what_the_lint_calls_an_error(b: Banc) -> None:
    await b.regler(profil="homologation")

    reponse = await b.client.post(
        "/mss/v1/messages", json={"a": [MARTIN], "objet": "x", "texte": "y"}, headers=b.ps("verdier-mg")
    )
    bon = await envoyer(b, a=[MARTIN], objet="Avis", entetes={"X-MSS-NIL": "12345-67890"})

    assert (reponse.status_code, reponse.json()["regle"]) == (422, "L08")
    [decision] = [d for d in b.notes(reponse)["decisions"] if d["ligne"]]
    assert decision["examinees"][0] == "L01"
    assert bon[0] == 201, bon


async def test_a_bounce_is_an_event_and_a_fate(b: Banc) -> None:
    code, rendu = await envoyer(b, a=["176056311309247@patient.mssante.fr"], objet="Bonjour")

    assert code == 201
    assert rendu["sorts"] == [
        {
            "destinataire": "176056311309247@patient.mssante.fr",
            "regle": "MES-04",
            "issue": "rebondir",
            "statut": "5.2.1",
        }
    ]
    [refuse] = await b.emis(MessageRefuse)
    assert refuse.matricule_ins == "176056311309247"


async def test_the_white_list_is_parsed_by_namespace_and_local_name(b: Banc) -> None:
    reponse = await b.client.get("/listeblanchemssante.xml")

    racine = etree.fromstring(reponse.content)
    noms = racine.xpath("//n:Domaine/n:Nom/text()", namespaces={"n": "https://listeblanche.mssante.fr/schema"})
    assert {"patient.mssante.fr", "medecin.mssante.fr", "hopital-demo.mssante.fr"} <= set(noms)


async def test_a_mail_client_finds_the_ports_by_autoconfiguration(b: Banc) -> None:
    reponse = await b.client.get(f"/mail/config-v1.1.xml?emailaddress={VERDIER}")

    racine = etree.fromstring(reponse.content)
    assert racine.find("emailProvider").get("id") == "medecin.mssante.fr"  # type: ignore[union-attr]  # present
    assert racine.findtext("emailProvider/incomingServer/port") == str(b.app.state.mail_ports["imap"])
    assert racine.findtext("emailProvider/outgoingServer/port") == str(b.app.state.mail_ports["smtp"])
    assert racine.findtext("emailProvider/outgoingServer/socketType") == "STARTTLS"
    assert (await b.client.get("/mail/config-v1.1.xml?emailaddress=x")).status_code == 400


async def test_nobody_is_unknown_to_the_private_inbox_without_a_clear_refusal(b: Banc) -> None:
    reponse = await b.client.get("/mss/v1/prive/inconnu")

    assert (reponse.status_code, reponse.json()["regle"]) == (404, "MSS-PRIVE-01")


async def test_json_without_a_token_or_for_a_patient_is_refused(b: Banc) -> None:
    sans = await b.client.get("/mss/v1/messages")
    patient = await b.client.get("/mss/v1/messages", headers=b.patient("blanc-valmont"))

    assert (sans.status_code, patient.status_code) == (401, 403)
