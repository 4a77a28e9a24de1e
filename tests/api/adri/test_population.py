"""Rights of a population by the thousand: loaded in bulk, asked by index."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from services.adri.app import create_app
from services.adri.config import AdriSettings
from shared.monde.population import Personne, generer
from tests.banc import REFERENCE, Banc, banc

TAILLE = 600


@pytest.fixture(scope="module")
def dossier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("adri-population")


@pytest.fixture
async def b(base: str | None, dossier: Path) -> AsyncIterator[Banc]:
    async with banc(create_app, AdriSettings, base=base, tmp_path=dossier, graine=f"population-{TAILLE}") as b:
        yield b


async def droits(b: Banc, personne: Personne) -> dict[str, Any]:
    corps = {
        "dateReference": "2026-01-15",
        "regime": personne.regime,
        "caisse": personne.caisse,
        "assure": {"nir": personne.nir_assure[:13], "cle": personne.nir_assure[13:]},
        "beneficiaire": {"dateNaissance": personne.date_naissance, "rang": personne.rang_naissance},
    }
    reponse: dict[str, Any] = (await b.client.post("/adri/v1/droits", json=corps, headers=b.ps())).json()
    return reponse


async def test_adults_and_children_of_the_population_have_the_rights_of_their_situation(b: Banc) -> None:
    gens = list(generer(TAILLE, 0, REFERENCE))
    temoins = [
        next(p for p in gens if p.qualite == "0" and not p.situation),
        next(p for p in gens if p.qualite == "6"),
        next(p for p in gens if p.situation == "ald"),
        next(p for p in gens if p.situation == "c2s"),
        gens[-1],
    ]
    for personne in temoins:
        reponse = await droits(b, personne)
        assert reponse["cr"]["code"] == "00"
        assert reponse["beneficiaire"]["nirCertifie"] == personne.matricule_ins
        assert reponse["beneficiaire"]["qualite"] == personne.qualite
        assert reponse["couverture"][0]["situation"] == (personne.situation or "ordinaire")
        assert (reponse["complementaire"] or {}).get("numeroAMC") == (
            "88888888" if personne.situation == "c2s" else None
        )


async def test_no_question_ever_scans_the_beneficiaries(b: Banc, base: str | None) -> None:
    space = await b.ctx.spaces.open(b.bac.nom)
    async with space.lecture() as session:
        if base is not None:
            await session.execute(text("SET LOCAL enable_seqscan = off"))  # a small table is scanned by choice
        for colonne in ("assure_nir", "matricule"):
            verbe = "EXPLAIN QUERY PLAN" if base is None else "EXPLAIN"
            plan = str((await session.execute(text(f"{verbe} SELECT * FROM beneficiaire WHERE {colonne} = 'x'"))).all())
            assert ("USING INDEX" if base is None else "Index Scan") in plan
