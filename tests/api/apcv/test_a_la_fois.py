"""Two at once: double submissions must end as one, on both databases."""

import asyncio

import pytest

from services.apcv.seed import appli_id
from shared.contracts.apcv import ContexteConsomme, ContexteOuvert, FactureSignee
from tests.api.apcv.outils import Cabinet, contexte_de


@pytest.mark.exigence("APCV-211")
async def test_one_context_signed_five_times_at_once_signs_once(c: Cabinet) -> None:
    contexte = contexte_de(await c.ouvrir())

    reponses = await asyncio.gather(*(c.signer(contexte) for _ in range(5)))

    assert sorted(r.status_code for r in reponses) == [201, 409, 409, 409, 409]
    assert {r.json()["code"] for r in reponses if r.status_code == 409} == {"APCV-211"}
    assert len(await c.b.emis(ContexteConsomme)) == len(await c.b.emis(FactureSignee)) == 1
    assert len(await c.recus()) == 1


@pytest.mark.exigence("APCV-103")
async def test_one_code_read_by_two_professionals_at_once_opens_one_context(c: Cabinet) -> None:
    donnees = (await c.presenter())["donnees"]

    reponses = await asyncio.gather(c.lire(donnees, "verdier-mg"), c.lire(donnees, "dumas-mg"))

    assert sorted(r.status_code for r in reponses) == [201, 409]
    assert len(await c.b.emis(ContexteOuvert)) == 1


async def test_two_invoices_on_one_context_validated_at_once_give_one_number(c: Cabinet) -> None:
    contexte = contexte_de(await c.ouvrir())
    factures = [(await c.facturer(contexte)).json()["idFacture"] for _ in range(2)]
    entetes = c.b.ps()

    reponses = await asyncio.gather(
        *(c.b.client.post(f"/fse/v1/factures/{f}/validation", headers=entetes) for f in factures)
    )

    assert sorted(r.status_code for r in reponses) == [200, 409]
    [validee] = [r.json()["facture"] for r in reponses if r.status_code == 200]
    assert validee["numeroFacture"] == "000000001"


async def test_wrong_codes_typed_at_once_are_all_counted(c: Cabinet) -> None:
    reponses = await asyncio.gather(*(c.essayer_presenter(code="0000") for _ in range(5)))

    assert sorted(r.status_code for r in reponses) == [401, 401, 401, 403, 403]
    etat = await c.b.client.get(f"/apcv/phone/v1/applis/{appli_id('blanc-valmont')}")
    assert etat.json()["etat"] == "ACTIVE"
