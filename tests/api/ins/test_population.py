"""A population by the thousand: loaded in bulk, searched by index, never by a scan (architecture §9, §10)."""

import time
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import postgresql, sqlite

from services.ins.app import create_app
from services.ins.config import InsSettings
from services.ins.seed import charger_population
from services.ins.store.personnes import question_alias, question_nom
from shared.identite.traits import est_nom_normalise, est_prenom_normalise
from shared.monde.population import generer
from tests.banc import REFERENCE, Banc, banc

TAILLE = 3000


@pytest.fixture(scope="module")
def dossier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ins-population")


@pytest.fixture
async def b(base: str | None, dossier: Path) -> AsyncIterator[Banc]:
    async with banc(create_app, InsSettings, base=base, tmp_path=dossier, graine=f"population-{TAILLE}") as b:
        yield b


async def chercher(b: Banc, demande: dict[str, Any]) -> dict[str, Any]:
    reponse: dict[str, Any] = (await b.client.post("/insi/v1/recherche-traits", json=demande, headers=b.ps())).json()
    return reponse


async def test_anybody_of_the_population_is_found_and_so_are_the_personas(b: Banc) -> None:
    gens = list(generer(TAILLE, 0, REFERENCE))
    for personne in (gens[0], gens[TAILLE // 2], gens[-1]):
        trouve = await chercher(
            b,
            {
                "nom_naissance": personne.nom_naissance,
                "prenom": personne.prenoms,
                "sexe": personne.sexe,
                "date_naissance": personne.date_naissance,
                "lieu_naissance": personne.lieu_naissance,
            },
        )
        identifiant = trouve["individu"]["insactif"]["id_individu"]
        assert identifiant["num_identifiant"] + identifiant["cle"] == personne.matricule_ins
    camille = {"nom_naissance": "BLANC-VALMONT", "prenom": "CAMILLE", "sexe": "F", "date_naissance": "1985-07-14"}
    assert (await chercher(b, camille))["code_cr"] == "00"


async def test_a_child_of_the_population_is_on_the_card_of_the_insured_parent(b: Banc) -> None:
    enfant = next(p for p in generer(TAILLE, 0, REFERENCE) if p.qualite == "6")

    reponse = await b.client.post(
        "/insi/v1/recherche-vitale",
        json={
            "matricule_od": {"num_identifiant": enfant.nir_assure[:13], "cle": enfant.nir_assure[13:]},
            "nom_naissance": enfant.nom_naissance,
            "date_naissance": enfant.date_naissance,
            "rang_naissance": enfant.rang_naissance,
        },
        headers=b.ps(),
    )

    identifiant = reponse.json()["individu"]["insactif"]["id_individu"]
    assert identifiant["num_identifiant"] == enfant.matricule_ins[:13]


async def test_no_search_ever_scans_the_people(b: Banc, base: str | None) -> None:
    dialecte = sqlite.dialect() if base is None else postgresql.dialect()  # type: ignore[no-untyped-call]
    space = await b.ctx.spaces.open(b.bac.nom)
    async with space.lecture() as session:
        if base is not None:
            await session.execute(text("SET LOCAL enable_seqscan = off"))  # a small table is scanned by choice
        for question in (question_nom("ABCD", "1980-01-01", "M"), question_alias("ABCD", "1980-01-01", "M")):
            sql = question.compile(dialect=dialecte, compile_kwargs={"literal_binds": True})
            verbe = "EXPLAIN QUERY PLAN" if base is None else "EXPLAIN"
            plan = " ".join(str(ligne) for ligne in (await session.execute(text(f"{verbe} {sql}"))).all())
            assert "Seq Scan" not in plan
            assert "SCAN" not in plan
            assert ("USING INDEX" if base is None else "Index Scan") in plan


def test_the_names_of_a_population_are_born_normalised() -> None:
    for personne in generer(TAILLE, 0, date(2026, 1, 15)):
        assert est_nom_normalise(personne.nom_naissance)
        assert all(est_prenom_normalise(p) for p in personne.prenoms.split())


async def test_loading_in_bulk_takes_a_fraction_of_a_millisecond_each(b: Banc, base: str | None) -> None:
    """100,000 people are due in under 40 seconds for the whole house (issue 2, must show 7)."""
    autres = list(generer(2 * TAILLE, 1, REFERENCE))[TAILLE:]
    space = await b.ctx.spaces.open(b.bac.nom)
    depart = time.perf_counter()
    async with space.ecriture() as session:
        await session.execute(text("DELETE FROM carte_vitale"))
        await session.execute(text("DELETE FROM alias"))
        await session.execute(text("DELETE FROM matricule_historique"))
        await session.execute(text("DELETE FROM personne"))
        charges = await charger_population(session, autres)
    duree = time.perf_counter() - depart

    assert charges == TAILLE
    assert duree / TAILLE < 0.001, f"{duree:.2f} s for {TAILLE} people"
