"""What time and a lock decide is in the base, not only in the answer: read again by somebody who decides nothing."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.eprescription.store import prescriptions
from services.eprescription.store.prescriptions import FichePrescription
from services.eprescription.store.verrous import PriseEnChargeRow
from services.eprescription.usecases.commun import mettre_a_jour
from shared.clock import Horloge
from shared.contracts.eprescription import PrescriptionAnnulee
from tests.api.eprescription.corps import V1, creer, delivrer, execution, ligne, ordonnance, prendre, servir
from tests.banc import Banc


async def _ecrire(b: Banc, **champs: Any) -> str:
    corps = ordonnance(**champs)
    assert (await creer(b, corps)).status_code == 201
    numero: str = corps["numero"]
    return numero


async def _lue(b: Banc, numero: str) -> FichePrescription:
    async with (await b.ctx.spaces.open(b.bac.nom)).lecture() as session:
        return await prescriptions.trouver(session, numero)


async def _prise(b: Banc, identifiant: str) -> PriseEnChargeRow:
    async with (await b.ctx.spaces.open(b.bac.nom)).lecture() as session:
        return await session.get_one(PriseEnChargeRow, identifiant)


async def test_a_validity_that_ended_is_written(b: Banc) -> None:
    numero = await _ecrire(b, validite={"debut": "2026-01-15", "fin": "2026-01-20"})

    await b.avancer(days=6)

    fiche = await _lue(b, numero)
    assert (fiche.statut, fiche.version, fiche.lignes[0]["statut"]) == ("EXPIREE", 2, "EXPIREE")


async def test_a_lock_that_died_of_old_age_is_written(b: Banc) -> None:
    numero = await _ecrire(b)
    pec = (await prendre(b, numero)).json()

    await b.avancer(minutes=31)

    assert (await _lue(b, numero)).verrou_id is None
    assert (await _prise(b, pec["id"])).statut == "EXPIREE"


async def test_whoever_opens_a_prescription_writes_what_the_clock_decided(b: Banc) -> None:
    numero = await _ecrire(b, validite={"debut": "2026-01-15", "fin": "2026-01-20"})
    await prendre(b, numero)
    demain = b.bac.now() + timedelta(days=6)

    async with b.ctx.transaction(replace(b.bac, horloge=Horloge("fige", demain, demain, 0.0))) as uow:
        await mettre_a_jour(uow, await prescriptions.verrouiller(uow.session, numero))

    fiche = await _lue(b, numero)
    assert (fiche.statut, fiche.verrou_id, fiche.fin_validite) == ("EXPIREE", None, date(2026, 1, 20))


@pytest.mark.exigence("P5")
async def test_a_stop_during_a_lock_is_written_and_applies_at_its_release(b: Banc) -> None:
    numero = await _ecrire(b)
    await servir(b, numero, {"rang": 1, "quantite": 1, "dureeCouverteJours": 15})
    pec = (await prendre(b, numero)).json()

    r = await b.client.post(f"{V1}/prescriptions/{numero}/arret", json={"motif": "DECES"}, headers=b.ps())

    assert (r.status_code, r.json()["statut"]) == (202, "EN_COURS")
    fiche = await _lue(b, numero)
    assert (fiche.annulation_en_attente, fiche.version) == ("DECES", r.json()["version"])
    await b.client.delete(f"{V1}/prises-en-charge/{pec['id']}", headers=b.ps("garnier-pharmacien"))
    [event] = await b.emis(PrescriptionAnnulee)
    assert (event.statut, (await _lue(b, numero)).statut) == ("ARRETEE", "ARRETEE")


async def test_a_prise_en_charge_is_written_from_its_opening_to_its_end(b: Banc) -> None:
    numero = await _ecrire(b, lignes=[ligne(renouvellements=3)])
    ouverte = (await prendre(b, numero)).json()
    assert (await _prise(b, ouverte["id"])).statut == "OUVERTE"

    await b.avancer(minutes=5)
    reprise = (await prendre(b, numero)).json()
    assert reprise["id"] == ouverte["id"]
    assert (await _prise(b, ouverte["id"])).expire_a.isoformat() == reprise["expireA"]

    await b.avancer(minutes=5)
    prolongee = await b.client.put(f"{V1}/prises-en-charge/{ouverte['id']}", headers=b.ps("garnier-pharmacien"))
    assert (await _prise(b, ouverte["id"])).expire_a.isoformat() == prolongee.json()["expireA"]

    await b.client.delete(f"{V1}/prises-en-charge/{ouverte['id']}", headers=b.ps("garnier-pharmacien"))
    assert (await _prise(b, ouverte["id"])).statut == "LIBEREE"

    derniere = (await prendre(b, numero)).json()
    assert (await delivrer(b, execution(numero), derniere["jeton"])).status_code == 201
    assert (await _prise(b, derniere["id"])).statut == "CLOTUREE"
