"""Hot statements keep every promise of the session they run in, on both databases."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from shared.db.directe import Directe
from shared.db.spaces import Space
from tests.api.fondation.jouet.app import JouetSettings, create_app
from tests.api.fondation.jouet.store import CompteurRow
from tests.banc import MAINTENANT, Banc, banc

COMPTEUR = CompteurRow.__table__
LIRE = Directe(select(COMPTEUR.c.valeur, COMPTEUR.c.touche_le).where(COMPTEUR.c.nom == bindparam("qui")))
ECRIRE = Directe(insert(COMPTEUR))  # type: ignore[arg-type]  # a declarative table is a Table
ETEINDRE = Directe(update(COMPTEUR).where(COMPTEUR.c.nom == bindparam("qui")).values(valeur=bindparam("combien")))  # type: ignore[arg-type]
OTER = Directe(delete(COMPTEUR).where(COMPTEUR.c.nom == bindparam("qui")))  # type: ignore[arg-type]


@pytest.fixture
async def b(base: str | None, tmp_path: Path) -> AsyncIterator[Banc]:
    async with banc(create_app, JouetSettings, base=base, tmp_path=tmp_path) as b:
        yield b


@pytest.fixture
async def space(b: Banc) -> Space:
    return await b.ctx.spaces.open(b.bac.nom)


async def test_values_and_rows_keep_their_types(b: Banc, space: Space) -> None:
    async with space.transaction(b.bac) as uow:
        await ECRIRE.jouer(uow.session, {"nom": "a", "valeur": 3, "touche_le": MAINTENANT})

    async with space.lecture() as session:
        [ligne] = await LIRE.lignes(session, qui="a")
        assert (ligne.valeur, ligne.touche_le) == (3, MAINTENANT)
        entite = await session.get_one(CompteurRow, "a")
        assert entite.touche_le == MAINTENANT


async def test_it_sees_what_the_session_has_not_written_yet_and_the_session_sees_it(b: Banc, space: Space) -> None:
    async with space.transaction(b.bac) as uow:
        uow.session.add(CompteurRow(nom="a", valeur=1, touche_le=MAINTENANT))
        assert (await LIRE.une(uow.session, qui="a")).valeur == 1
        assert await ETEINDRE.jouer(uow.session, {"qui": "a", "combien": 5}) == 1
        lu = (await uow.session.execute(select(COMPTEUR.c.valeur).where(COMPTEUR.c.nom == "a"))).scalar_one()
        assert lu == 5


async def test_it_is_undone_with_the_rest(b: Banc, space: Space) -> None:
    async with space.ecriture() as session:
        session.add(CompteurRow(nom="par-la-session", valeur=1, touche_le=MAINTENANT))
        await ECRIRE.jouer(session, {"nom": "direct", "valeur": 1, "touche_le": MAINTENANT})
        await session.rollback()

    async with space.lecture() as session:
        assert await LIRE.une(session, qui="direct") is None
        assert await LIRE.une(session, qui="par-la-session") is None


async def test_a_broken_constraint_is_the_error_of_the_session(b: Banc, space: Space) -> None:
    ligne = {"nom": "a", "valeur": 1, "touche_le": MAINTENANT}
    with pytest.raises(IntegrityError):
        async with space.transaction(b.bac) as uow:
            await ECRIRE.jouer(uow.session, ligne, ligne)

    async with space.transaction(b.bac) as uow:  # and the space goes on
        await ECRIRE.jouer(uow.session, ligne)
        assert await OTER.jouer(uow.session, {"qui": "absent"}) == 0


async def test_a_reader_keeps_its_view_while_another_writes(b: Banc, space: Space) -> None:
    async with space.lecture() as session:
        avant = await LIRE.une(session, qui="seme")
        async with space.transaction(b.bac) as uow:
            await ETEINDRE.jouer(uow.session, {"qui": "seme", "combien": 0})
        if space.seul:
            assert await LIRE.une(session, qui="seme") == avant

    async with space.lecture() as session:
        assert (await LIRE.une(session, qui="seme")).valeur == 0


async def test_a_session_in_use_survives_the_drop_of_its_space(b: Banc, space: Space) -> None:
    if not space.seul:
        return  # dropping a schema of PostgreSQL waits for its readers
    async with space.lecture() as session:
        assert await LIRE.une(session, qui="seme") is not None
        await b.ctx.spaces.drop(b.bac.nom)
        assert await LIRE.une(session, qui="seme") is not None


async def test_an_instant_without_a_zone_is_refused(b: Banc, space: Space) -> None:
    naif = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    with pytest.raises(Exception, match="zone"):
        async with space.transaction(b.bac) as uow:
            await ECRIRE.jouer(uow.session, {"nom": "a", "valeur": 1, "touche_le": naif})


async def test_a_statement_of_many_texts_is_refused(space: Space) -> None:
    if not space.seul:
        return
    plusieurs = Directe(select(COMPTEUR.c.nom).where(COMPTEUR.c.nom.in_(bindparam("noms", expanding=True))))
    async with space.lecture() as session:
        with pytest.raises(TypeError, match="compiled once"):
            await plusieurs.lignes(session, noms=["a", "b"])
