"""Same seed and same reference date, same canonical export (architecture §11.5)."""

import json
from datetime import date, timedelta
from io import BytesIO

import pytest

from shared.monde.export import dater, empreinte_monde, exporter_demo

REFERENCE = date(2026, 1, 15)


def lignes(jour: date) -> list[dict[str, object]]:
    fichier = BytesIO()
    exporter_demo(fichier, jour)
    return [json.loads(ligne) for ligne in fichier.getvalue().splitlines()]


def test_the_demonstration_world_exports_to_the_same_bytes_every_time() -> None:
    assert empreinte_monde("demo", REFERENCE) == empreinte_monde("demo", REFERENCE)
    assert empreinte_monde("demo", REFERENCE) != empreinte_monde("demo", REFERENCE + timedelta(days=1))
    assert empreinte_monde("demo", REFERENCE) != empreinte_monde("demo", REFERENCE, oid_mode="test")


def test_offsets_become_dates_that_follow_the_reference() -> None:
    def deces(jour: date) -> object:
        return next(ligne["deces_le"] for ligne in lignes(jour) if ligne.get("slug") == "fleury-decede")

    assert deces(REFERENCE) == "2025-12-16"
    assert deces(REFERENCE + timedelta(days=10)) == "2025-12-26"
    assert dater({"a": [{"fin_jours": -1}], "b_jours": None}, REFERENCE) == {
        "a": [{"fin_le": "2026-01-14"}],
        "b_le": None,
    }


def test_the_export_is_sorted_within_each_kind_and_holds_everybody() -> None:
    objets = lignes(REFERENCE)

    for genre in ("structure", "professionnel", "patient"):
        slugs = [str(o["slug"]) for o in objets if o["genre"] == genre]
        assert slugs == sorted(slugs)
        assert len(slugs) > 20


def test_an_unknown_seed_is_refused_by_name() -> None:
    assert empreinte_monde("vide", REFERENCE) == empreinte_monde("population-0", REFERENCE)
    with pytest.raises(ValueError, match="population-N"):
        empreinte_monde("populaton-10", REFERENCE)
