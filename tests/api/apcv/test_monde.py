"""The seeds of the apCV service."""

from datetime import date
from pathlib import Path

import pytest

from services.apcv.app import create_app
from services.apcv.config import ApcvSettings
from services.apcv.seed import GRAINE_POPULATION, appli_id
from shared.monde.population import generer
from tests.api.apcv.outils import Cabinet
from tests.banc import banc


async def test_a_population_brings_its_families_and_its_phones(base: str | None, tmp_path: Path) -> None:
    gens = list(generer(600, GRAINE_POPULATION, date(2026, 1, 15)))
    enfant = next(p for p in gens if p.nir_assure != p.matricule_ins)
    porteur = next(p for p in gens if p.apcv == "ACTIVE")

    async with banc(create_app, ApcvSettings, base=base, tmp_path=tmp_path, graine="population-600") as b:
        montre = await b.client.post(
            f"/apcv/phone/v1/applis/{appli_id(porteur.matricule_ins)}/presentations", json={"code": "1234"}
        )
        lu = await Cabinet(b).lire(montre.json()["donnees"])
        assert lu.status_code == 201, lu.text
        assert lu.json()["beneficiaires"][0]["ins"]["matricule"] == porteur.matricule_ins
        assert enfant.matricule_ins != porteur.matricule_ins


@pytest.mark.parametrize("graine", ["vide"])
async def test_an_empty_bac_has_no_phone(base: str | None, tmp_path: Path, graine: str) -> None:
    async with banc(create_app, ApcvSettings, base=base, tmp_path=tmp_path, graine=graine) as b:
        assert (await b.client.get("/apcv/phone/v1/applis")).json() == {"applis": []}
