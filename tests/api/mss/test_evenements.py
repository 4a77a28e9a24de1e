"""What mail does when others tell it something: people, professionals, notices, codes (architecture §6)."""

from datetime import timedelta
from typing import Any

import pytest

from shared.contracts import dmp
from shared.contracts.gateway import ProfessionnelCree, ProfessionnelModifie
from shared.contracts.ins import PersonneCreee
from tests.api.mss.courrier import Courrier, message
from tests.banc import Banc

BLANC = "285076311304226"


async def prives(b: Banc, qui: str = "blanc-valmont") -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = (await b.client.get(f"/mss/v1/prive/{qui}")).json()["messages"]
    return messages


async def test_a_new_person_has_an_address_that_bounces_until_the_profile_opens(courrier: Courrier, b: Banc) -> None:
    matricule = "290019933400178"
    adresse = f"{matricule}@patient.mssante.fr"
    await b.recevoir(
        PersonneCreee(
            occurred_at=b.bac.now(),
            matricule_ins=matricule,
            oid="1.2.250.1.213.1.4.8",
            nom_naissance="NEUVE",
            prenom="ANNA",
            liste_prenoms="ANNA",
            sexe="F",
            date_naissance="1990-01-01",
        )
    )
    await courrier.envoyer(message(a=adresse, objet="Trop tôt"))
    assert "Status: 5.2.1" in (await courrier.boite())[-1].as_string()

    await b.recevoir(
        dmp.ProfilOuvert(
            occurred_at=b.bac.now(), matricule_ins=matricule, etat="OPEN_NOT_ACTIVATED", ancien_etat="NOTIFIED"
        )
    )
    avant = len(await courrier.boite())
    await courrier.envoyer(message(a=adresse, objet="Conservé"))

    assert len(await courrier.boite()) == avant


async def test_a_new_professional_has_a_mailbox_and_a_directory_entry_once(courrier: Courrier, b: Banc) -> None:
    nouveau = ProfessionnelCree(
        occurred_at=b.bac.now(),
        id_nat="899700999999",
        nom="D'Été-Ôzanne",
        prenom="Léa",
        profession_code="10",
        adresse_mss="lea.ozanne@nouveau.mssante.fr",
        structure_id="1990000010",
    )
    id = await b.recevoir(nouveau)
    await b.recevoir(nouveau, id=id)
    await b.recevoir(ProfessionnelModifie(**nouveau.model_dump() | {"nom": "OZANNE"}))

    assert await courrier.envoyer(message(a="lea.ozanne@nouveau.mssante.fr")) == {}
    trouve = await b.client.get(
        "/annuaire/fhir/v2/Practitioner?identifier=899700999999", headers={"ESANTE-API-KEY": "bac-a-sante"}
    )
    assert trouve.json()["total"] == 1
    assert trouve.json()["entry"][0]["resource"]["name"][0]["family"] == "OZANNE"


def document(b: Banc, **faits: Any) -> dmp.DocumentDepose:
    return dmp.DocumentDepose(
        occurred_at=b.bac.now(),
        unique_id="1.2.3",
        matricule_ins=faits.pop("matricule_ins", BLANC),
        titre="Sérologie VIH",
        type_code="11502-2",
        classe_code="11",
        auteur_nom="ALICE VERDIER",
        **faits,
    )


async def test_a_filed_document_is_told_without_its_title_and_only_when_the_dmp_says_so(b: Banc) -> None:
    await b.recevoir(document(b))
    await b.recevoir(document(b, notifier=False))

    [avis] = await prives(b)

    assert avis["motif"] == "DOC_ADDED"
    assert "VIH" not in str(avis)


@pytest.mark.parametrize(
    ("mode", "motif", "mot"),
    [("normal", "DOC_CONSULTED", "a consulté"), ("bris_de_glace", "EMERGENCY_ACCESS", "urgence")],
)
async def test_a_consultation_is_told_with_who_and_how(b: Banc, mode: Any, motif: str, mot: str) -> None:
    await b.recevoir(
        dmp.DossierConsulte(
            occurred_at=b.bac.now(),
            matricule_ins=BLANC,
            auteur_id_nat="899900000029",
            auteur_nom="SACHA URGENCE",
            mode_acces=mode,
            motif="patient inconscient",
        )
    )

    [avis] = await prives(b)

    assert avis["motif"] == motif
    assert "SACHA URGENCE" in avis["texte"]
    assert mot in avis["texte"]


async def test_a_code_lands_in_clear_in_the_private_inbox_by_its_channel(b: Banc) -> None:
    await b.recevoir(
        dmp.CodeEnvoye(
            occurred_at=b.bac.now(),
            matricule_ins="187076311305859",
            concerne_ins="187076311305859",
            canal="sms",
            destination_masquee="+33 6 ** ** ** 15",
            motif="activation",
            code="H1uqZFKCJ8k0",
            expire_le=b.bac.now() + timedelta(days=42),
        )
    )

    [sms] = await prives(b, "bonnet-non-active")

    assert (sms["canal"], sms["motif"]) == ("sms", "CODE_ACTIVATION")
    assert "H1uqZFKCJ8k0" in sms["texte"]


async def test_a_notice_for_a_professional_goes_to_the_mailbox(courrier: Courrier, b: Banc) -> None:
    await b.recevoir(
        dmp.NotificationEmise(
            occurred_at=b.bac.now(),
            matricule_ins=BLANC,
            destinataire_id_nat="810999000010",
            motif="EMERGENCY_ACCESS",
            objet="Accès en urgence au dossier d'un de vos patients",
            texte="Un confrère a consulté le dossier en urgence.",
        )
    )

    recu = (await courrier.boite())[-1]

    assert recu["Subject"] == "Accès en urgence au dossier d'un de vos patients"
    assert await prives(b) == []


async def test_a_closed_profile_is_not_told_about_documents(b: Banc) -> None:
    await b.recevoir(document(b, matricule_ins="176056311309247"))

    assert await prives(b, "lemoine-oppose") == []
