"""What a bac starts with: the demonstration share of mail, the empty one, and a population."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select

from services.mss.app import create_app
from services.mss.config import MssSettings
from services.mss.store.boites import BoiteRow, DomaineRow
from services.mss.store.messages import BlobRow
from services.mss.store.patients import PatientRow
from shared.db.migrate import differences
from tests.banc import Banc, banc


async def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    empreintes = []
    for tour in ("un", "deux"):
        async with (
            banc(create_app, MssSettings, base=None, tmp_path=tmp_path / tour) as b,
            (await b.ctx.spaces.open(b.bac.nom)).lecture() as session,
        ):
            empreintes.append(list(await session.scalars(select(BlobRow.sha256).order_by(BlobRow.sha256))))

    assert empreintes[0] == empreintes[1]
    assert len(empreintes[0]) == 5


@pytest.mark.parametrize(("graine", "patients"), [("vide", 0), ("population-200", 247)])
async def test_other_seeds(base: str | None, tmp_path: Path, graine: str, patients: int) -> None:
    async with banc(create_app, MssSettings, base=base, tmp_path=tmp_path, graine=graine) as b:
        async with (await b.ctx.spaces.open(b.bac.nom)).lecture() as session:
            assert await session.scalar(select(func.count()).select_from(PatientRow)) == patients
            assert await session.get(DomaineRow, "patient.mssante.fr") is not None
            boites = await session.scalar(select(func.count()).select_from(BoiteRow))
        assert (boites == 0) is (graine == "vide")


async def test_every_mailbox_is_in_a_white_listed_domain_and_closed_profiles_stay_closed(b: Banc) -> None:
    async with (await b.ctx.spaces.open(b.bac.nom)).lecture() as session:
        domaines = set(await session.scalars(select(DomaineRow.nom)))
        adresses = list(await session.scalars(select(BoiteRow.adresse)))
        etats = dict((await session.execute(select(PatientRow.matricule_ins, PatientRow.etat))).all())

    assert {a.partition("@")[2] for a in adresses} <= domaines
    assert etats["176056311309247"] == "OPPOSE"
    assert etats["172086311309990"] == "CLOS"
    assert etats["298116311310470"] == "ELIGIBLE"
    assert b.bac.reference == date(2026, 1, 15)


def test_the_models_and_the_history_agree() -> None:
    assert differences("services.mss.migrations") == []
