"""What apcv learns from the others."""

from typing import Any

import pytest

from shared.contracts.adri import DroitsModifies, PeriodeDroits
from shared.contracts.apcv import ContexteRevoque
from shared.contracts.gateway import ProfessionnelCree
from shared.contracts.ins import MatriculeChange, PersonneCreee
from shared.monde.patients import PATIENTS
from tests.api.apcv.outils import Cabinet, contexte_de
from tests.api.apcv.test_telephone import Activation

NEUVE = "285127500000105"


def personne(**autres: Any) -> dict[str, Any]:
    return {
        "matricule_ins": NEUVE,
        "oid": "1.2.250.1.213.1.4.8",
        "nom_naissance": "L'ESSAI-NEUF",
        "prenom": "ANAIS",
        "liste_prenoms": "ANAIS ZOE",
        "sexe": "F",
        "date_naissance": "1985-12-03",
        "lieu_naissance": "75056",
    } | autres


def droits(c: Cabinet, matricule: str, *, ouverts: bool, fin: str | None = None) -> DroitsModifies:
    return DroitsModifies(
        occurred_at=c.b.bac.now(),
        matricule_ins=matricule,
        date_effet="2026-01-15",
        ouverts=ouverts,
        situation="ald" if ouverts else "hors_droits",
        periodes=[PeriodeDroits(debut="2025-01-01", fin=fin)],
        organisme="02/631/0000",
    )


@pytest.mark.parametrize("identite_d_abord", [True, False])
async def test_someone_new_activates_once_identity_and_rights_are_known_in_any_order(
    c: Cabinet, identite_d_abord: bool
) -> None:
    evenements = [PersonneCreee(occurred_at=c.b.bac.now(), **personne()), droits(c, NEUVE, ouverts=True)]
    activation = Activation(c)
    await activation.commencer(NEUVE)
    await activation.etape("code-email", code=await activation.code())
    assert (await activation.etape("identite")).json()["code"] == "NIR_INCONNU"

    premier, second = evenements if identite_d_abord else reversed(evenements)
    await c.b.recevoir(premier)
    assert (await activation.etape("identite")).status_code == 422
    await c.b.recevoir(second)

    assert (await activation.etape("identite")).json()["etat"] == "CODE"
    await activation.etape("code-secret", code="1234")
    montre = await c.b.client.post(f"/apcv/phone/v1/applis/{activation.id}/presentations", json={"code": "1234"})
    lu = (await c.lire(montre.json()["donnees"])).json()
    assert lu["porteur"]["nomFamille"] == "L'ESSAI-NEUF"
    assert lu["amo"]["regime"] == "02"


async def test_rights_that_close_revoke_the_open_context(c: Cabinet) -> None:
    camille = PATIENTS["blanc-valmont"].matricule_ins
    contexte = contexte_de(await c.ouvrir())

    await c.b.recevoir(droits(c, camille, ouverts=False, fin="2025-12-31"))

    assert (await c.signer(contexte)).json()["code"] == "APCV-222"
    assert [e.motif for e in await c.b.emis(ContexteRevoque)] == ["droits_fermes"]
    assert (await c.lire((await c.presenter())["donnees"])).json()["code"] == "APCV-222"


async def test_rights_that_change_change_the_invoice(c: Cabinet) -> None:
    await c.b.recevoir(droits(c, PATIENTS["blanc-valmont"].matricule_ins, ouverts=True))

    facture = (await c.facturer(contexte_de(await c.ouvrir()))).json()

    assert (facture["situation"], facture["totalAMO"], facture["duAMO"]) == ("ald", 30.0, 30.0)


async def test_a_new_matricule_keeps_the_app(c: Cabinet) -> None:
    ancien = PATIENTS["blanc-valmont"].matricule_ins
    event = MatriculeChange(
        occurred_at=c.b.bac.now(),
        ancien_matricule_ins=ancien,
        ancien_oid="1.2.250.1.213.1.4.8",
        matricule_ins=NEUVE,
        oid="1.2.250.1.213.1.4.8",
    )
    await c.b.recevoir(event)

    lu = await c.ouvrir()

    assert lu["beneficiaires"][0]["ins"]["matricule"] == NEUVE


async def test_an_event_delivered_twice_has_one_effect(c: Cabinet) -> None:
    event = PersonneCreee(occurred_at=c.b.bac.now(), **personne())
    id_ = await c.b.recevoir(event)
    await c.b.recevoir(event, id=id_)

    assert await c.b.calme() == []


async def test_a_new_professional_reads_cards_with_a_number_of_their_own(c: Cabinet) -> None:
    await c.b.recevoir(
        ProfessionnelCree(
            occurred_at=c.b.bac.now(), id_nat="899700999999", nom="NEUF", prenom="PAUL", profession_code="10"
        )
    )

    assert await c.b.calme() == []
