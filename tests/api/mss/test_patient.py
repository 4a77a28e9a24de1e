"""The citizen's mailbox: receive, answer, close, write to a pharmacy, keep an attachment (mssante.md §4)."""

from datetime import timedelta
from typing import Any

import pytest

from shared.contracts.dmp import ProfilActive, ProfilClos, ProfilOppose
from shared.contracts.eprescription import DelivranceAnnulee, DelivranceEnregistree
from shared.contracts.mss import MessageClos, MessageRemis, PieceEnregistree
from tests.api.mss.courrier import BLANC_VALMONT, VERDIER, Courrier, message
from tests.banc import Banc

PHARMACIE = "contact@pharmacie-bac-a-sable.mssante.fr"
BONNET = "187076311305859"


async def boite(b: Banc, slug: str = "blanc-valmont", suite: str = "") -> list[dict[str, Any]]:
    reponse = await b.client.get(f"/mss/v1/patient/messages{suite}", headers=b.patient(slug))
    assert reponse.status_code == 200, reponse.text
    messages: list[dict[str, Any]] = reponse.json()["messages"]
    return messages


async def repondre(b: Banc, id: str, slug: str = "blanc-valmont") -> tuple[int, str]:
    reponse = await b.client.post(
        f"/mss/v1/patient/messages/{id}/reponse", json={"texte": "Merci"}, headers=b.patient(slug)
    )
    return reponse.status_code, reponse.json().get("regle", "")


async def ecrire(b: Banc, a: str, slug: str) -> tuple[int, str]:
    corps = {"a": a, "objet": "Mon ordonnance", "texte": "La voici."}
    reponse = await b.client.post("/mss/v1/patient/messages", json=corps, headers=b.patient(slug))
    return reponse.status_code, reponse.json().get("regle", "")


@pytest.mark.exigence("MES-31")
async def test_the_patient_answers_and_the_doctor_reads_the_answer_by_imap(courrier: Courrier, b: Banc) -> None:
    await courrier.envoyer(message(a=BLANC_VALMONT, objet="Votre bilan", message_id="<bilan@medecin.mssante.fr>"))
    recu = (await boite(b))[0]

    assert await repondre(b, recu["id"]) == (201, "")

    reponse = (await courrier.boite())[-1]
    assert reponse["From"] == BLANC_VALMONT
    assert reponse["In-Reply-To"] == "<bilan@medecin.mssante.fr>"
    assert reponse["Subject"] == "Re: Votre bilan"


@pytest.mark.exigence("MES-17", "MES-18")
async def test_opening_a_message_sends_the_receipt_once_and_only_if_asked(courrier: Courrier, b: Banc) -> None:
    avant = len(await courrier.boite())
    await courrier.envoyer(message(a=BLANC_VALMONT, objet="Lu ?", Disposition_Notification_To=f"<{VERDIER}>"))
    demande, sans_demande = (await boite(b))[:2]

    for id in (demande["id"], demande["id"], sans_demande["id"]):
        assert (await b.client.get(f"/mss/v1/patient/messages/{id}", headers=b.patient("blanc-valmont"))).is_success

    recus = (await courrier.boite())[avant:]
    assert len(recus) == 1
    assert "manual-action/MDN-sent-automatically; displayed" in recus[0].as_string()


@pytest.mark.exigence("MES-10")
async def test_a_single_message_can_be_closed_by_its_header(courrier: Courrier, b: Banc) -> None:
    await courrier.envoyer(message(a=BLANC_VALMONT, objet="Sans réponse", X_MSS_MES="FIN"))
    clos, ancien = (await boite(b))[:2]

    assert clos["reponse_possible"] is False
    assert await repondre(b, clos["id"]) == (403, "MES-32")
    assert (await repondre(b, ancien["id"]))[0] == 201
    [evenement] = await b.emis(MessageClos)
    assert evenement.portee == "message"


@pytest.mark.exigence("MES-11", "MES-13")
async def test_fin_closes_everything_before_it_and_nothing_after(courrier: Courrier, b: Banc) -> None:
    await courrier.envoyer(message(a=BLANC_VALMONT, objet="Un"))
    await courrier.envoyer(message(a=BLANC_VALMONT, objet="[FIN]"))
    await courrier.envoyer(message(a=BLANC_VALMONT, objet="Deux"))

    par_objet = {m["objet"]: m for m in await boite(b)}

    assert await repondre(b, par_objet["Un"]["id"]) == (403, "MES-32")
    assert await repondre(b, par_objet["[FIN]"]["id"]) == (403, "MES-32")
    assert (await repondre(b, par_objet["Deux"]["id"]))[0] == 201


@pytest.mark.exigence("MES-15")
async def test_the_answer_goes_to_the_address_the_doctor_named(courrier: Courrier, b: Banc) -> None:
    cabinet = "secretariat@cabinet-verdier.mssante.fr"
    await courrier.envoyer(message(a=BLANC_VALMONT, objet="Répondez au secrétariat", Reply_To=cabinet))
    recu = (await boite(b))[0]
    assert recu["contact"] == cabinet

    await repondre(b, recu["id"])

    liste = await b.client.get(f"/mss/v1/messages?boite={cabinet}", headers=b.ps("simon-secretaire"))
    assert liste.json()["messages"][0]["de"] == BLANC_VALMONT


@pytest.mark.exigence("MES-02", "MES-03", "MES-22")
async def test_mail_is_held_until_the_profile_is_activated(courrier: Courrier, b: Banc) -> None:
    avant = len(await courrier.boite())
    await courrier.envoyer(message(a=f"{BONNET}@patient.mssante.fr", objet="En attente"))
    refus = await b.client.get("/mss/v1/patient/messages", headers=b.patient("bonnet-non-active"))
    avis = (await b.client.get("/mss/v1/prive/bonnet-non-active")).json()["messages"]

    assert (refus.status_code, refus.json()["regle"]) == (403, "MES-36")
    assert len(await courrier.boite()) == avant  # no bounce
    assert all(a["motif"] == "MSS_INVITATION_ACTIVATION" for a in avis)

    await b.recevoir(
        ProfilActive(
            occurred_at=b.bac.now(),
            matricule_ins=BONNET,
            etat="ACTIVE",
            ancien_etat="OPEN_NOT_ACTIVATED",
            email="remi@courriel.example",
        )
    )

    assert [m["objet"] for m in await boite(b, "bonnet-non-active")] == ["En attente", "Vos résultats"]
    remis = [e for e in await b.emis(MessageRemis) if not e.en_attente and e.matricule_ins == BONNET]
    assert len(remis) == 2


@pytest.mark.exigence("MES-04", "MES-36")
async def test_a_closed_profile_bounces_and_reads_nothing_until_it_opens_again(courrier: Courrier, b: Banc) -> None:
    commun = {"occurred_at": b.bac.now(), "matricule_ins": "285076311304226", "ancien_etat": "ACTIVE"}
    await b.recevoir(ProfilClos(etat="CLOSED", **commun))

    await courrier.envoyer(message(a=BLANC_VALMONT, objet="Perdu"))

    assert (await courrier.boite())[-1]["Subject"] == "Message non distribué"
    assert (await b.client.get("/mss/v1/patient/messages", headers=b.patient("blanc-valmont"))).status_code == 403
    await b.recevoir(ProfilOppose(etat="OPPOSED", **commun))
    await b.recevoir(ProfilActive(etat="ACTIVE", **commun))
    assert "Suite de votre consultation" in [m["objet"] for m in await boite(b)]


@pytest.mark.exigence("MES-30", "MES-38")
async def test_a_patient_never_writes_first_to_a_doctor_a_patient_or_outside(b: Banc) -> None:
    assert await ecrire(b, "marie.martin@medecin.mssante.fr", "blanc-valmont") == (403, "MES-30")
    assert await ecrire(b, "199027505611739@patient.mssante.fr", "blanc-valmont") == (403, "MES-38")
    assert await ecrire(b, "ami@courriel.example", "blanc-valmont") == (403, "MES-38")


@pytest.mark.exigence("MES-33", "MES-34", "MES-35")
async def test_only_a_pharmacy_that_delivered_within_twelve_months_may_be_written_to(
    courrier: Courrier, b: Banc
) -> None:
    offertes = await b.client.get("/mss/v1/patient/officines", headers=b.patient("kermadec"))
    assert [o["adresse"] for o in offertes.json()["officines"]] == [PHARMACIE]  # Les Lilas has no ORG mailbox

    assert (await ecrire(b, PHARMACIE, "kermadec"))[0] == 201
    assert await ecrire(b, "lucie.petit@pharmacien.mssante.fr", "kermadec") == (403, "MES-34")
    assert await ecrire(b, PHARMACIE, "loiseau") == (403, "MES-35")
    assert await ecrire(b, PHARMACIE, "tavernier") == (403, "MES-35")  # not reimbursed

    await b.avancer(days=400)
    assert (await b.client.get("/mss/v1/patient/officines", headers=b.patient("kermadec"))).json()["officines"] == []


async def test_a_delivery_opens_the_exception_and_its_cancellation_closes_it(b: Banc) -> None:
    commun: dict[str, Any] = {
        "occurred_at": b.bac.now() - timedelta(hours=1),
        "numero": "1",
        "delivrance_id": "d1",
        "matricule_ins": "285076311304226",
        "pharmacien_id_nat": "899700990213",
        "structure_id": "1990000036",
        "statut": "DELIVREE",
    }
    assert await ecrire(b, PHARMACIE, "blanc-valmont") == (403, "MES-35")

    await b.recevoir(DelivranceEnregistree(lignes=[], remboursee=True, **commun))
    assert (await ecrire(b, PHARMACIE, "blanc-valmont"))[0] == 201

    await b.recevoir(DelivranceAnnulee(**commun))
    assert await ecrire(b, PHARMACIE, "blanc-valmont") == (403, "MES-35")


@pytest.mark.exigence("MES-20")
async def test_a_parent_reads_the_childs_mail_and_is_told_of_it(courrier: Courrier, b: Banc) -> None:
    await courrier.envoyer(message(a="115027510100309@patient.mssante.fr", objet="Vaccin de Tom"))

    du_pere = await b.client.get("/mss/v1/patient/messages?profil=115027510100309", headers=b.patient("rivoire-mathis"))
    d_un_autre = await b.client.get("/mss/v1/patient/messages?profil=115027510100309", headers=b.patient("orsini"))
    [avis] = (await b.client.get("/mss/v1/prive/rivoire-mathis")).json()["messages"]

    assert [m["objet"] for m in du_pere.json()["messages"]] == ["Vaccin de Tom"]
    assert (d_un_autre.status_code, d_un_autre.json()["regle"]) == (403, "MES-20")
    assert avis["concerne"] == "115027510100309"


@pytest.mark.exigence("MES-09")
async def test_without_a_personal_address_the_message_arrives_in_silence(courrier: Courrier, b: Banc) -> None:
    await courrier.envoyer(message(a="181056311313154@patient.mssante.fr", objet="Bonjour"))

    assert [m["objet"] for m in await boite(b, "poirier-sans-courriel")] == ["Bonjour"]
    assert (await b.client.get("/mss/v1/prive/poirier-sans-courriel")).json()["messages"] == []


@pytest.mark.exigence("MES-19")
async def test_an_attachment_the_patient_keeps_is_announced_with_where_its_bytes_are(b: Banc) -> None:
    [recu] = [m for m in await boite(b) if m["pieces"]]

    reponse = await b.client.post(
        f"/mss/v1/patient/messages/{recu['id']}/pieces/1/enregistrer", headers=b.patient("blanc-valmont")
    )

    assert reponse.status_code == 202
    [evenement] = await b.emis(PieceEnregistree)
    assert evenement.type_mime == "application/pdf"
    octets = await b.client.get(evenement.chemin, headers={"Bac-Service": "dmp"})
    assert octets.content.startswith(b"%PDF")
    assert (await b.client.get(evenement.chemin)).status_code == 403


@pytest.mark.exigence("MES-21")
async def test_two_patients_each_get_their_copy_and_the_lint_says_so(courrier: Courrier, b: Banc) -> None:
    await courrier.envoyer(message(a=f"{BLANC_VALMONT}, 199027505611739@patient.mssante.fr", objet="Deux"))

    premier = (await boite(b))[0]
    second = (await boite(b, "d-orgeval"))[0]

    assert (premier["objet"], second["objet"]) == ("Deux", "Deux")
    assert "L19" in b.passerelle.journal[-1]["faits"]["lint"]
