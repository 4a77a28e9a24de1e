"""Search parameters."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.decision import carnet
from shared.fhir.search import (
    Jeton,
    ParametreInconnu,
    ParametreManquant,
    PlageDate,
    Recherche,
    RechercheInvalide,
    Reference,
    lire_recherche,
)

DECLARES = {"status": "token", "date": "date", "patient": "reference", "title": "string", "rank": "number"}


def lire(*couples: tuple[str, str], **options: str) -> Recherche:
    return lire_recherche(couples, DECLARES, prefer=options.get("prefer"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("valeur", "systeme", "code"),
    [("s|c", "s", "c"), ("c", None, "c"), ("|c", "", "c"), ("s|", "s", None), (r"a\|b", None, "a|b")],
)
def test_a_token_has_the_four_published_forms(valeur: str, systeme: str | None, code: str | None) -> None:
    assert Jeton.lire(valeur) == Jeton(systeme, code)


def test_a_token_matches_as_its_form_says() -> None:
    assert Jeton("s", "c").correspond("s", "c")
    assert not Jeton("s", "c").correspond("t", "c")
    assert Jeton(None, "c").correspond("anything", "c")
    assert Jeton("", "c").correspond(None, "c")
    assert Jeton("s", None).correspond("s", "any")


def test_references_are_relative_absolute_or_bare() -> None:
    assert Reference.lire("Patient/1") == Reference("Patient", "1")
    assert Reference.lire("1") == Reference(None, "1")
    assert Reference.lire("http://h/f/Patient/1").type == "Patient"
    assert Reference.lire("urn:uuid:1").id == "urn:uuid:1"


@pytest.mark.parametrize(
    ("valeur", "dedans", "dehors"),
    [
        ("2026-03", "2026-03-31T23:59:59+00:00", "2026-04-01T00:00:00+00:00"),
        ("2026", "2026-12-31T23:59:59+00:00", "2027-01-01T00:00:00+00:00"),
        ("eq2026-03-02", "2026-03-02T12:00:00+00:00", "2026-03-03T00:00:00+00:00"),
        ("ge2026-03-02", "2026-03-02T00:00:00+00:00", "2026-03-01T23:59:59+00:00"),
        ("gt2026-03-02", "2026-03-03T00:00:00+00:00", "2026-03-02T23:00:00+00:00"),
        ("lt2026-03-02", "2026-03-01T23:59:59+00:00", "2026-03-02T00:00:00+00:00"),
        ("le2026-03-02", "2026-03-02T23:59:59+00:00", "2026-03-03T00:00:00+00:00"),
        ("ne2026-03-02", "2026-03-03T00:00:00+00:00", "2026-03-02T00:00:00+00:00"),
        ("2026-03-02T09:15", "2026-03-02T09:15:59+00:00", "2026-03-02T09:16:00+00:00"),
        ("2026-03-02T09:15:00 01:00", "2026-03-02T08:15:00+00:00", "2026-03-02T09:15:00+00:00"),
    ],
)
def test_a_date_stands_for_the_interval_of_its_precision(valeur: str, dedans: str, dehors: str) -> None:
    plage = PlageDate.lire("date", valeur)

    assert plage.correspond(datetime.fromisoformat(dedans))
    assert not plage.correspond(datetime.fromisoformat(dehors))


@given(st.datetimes(timezones=st.just(UTC), min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001
def test_every_day_is_in_itself_and_the_bounds_agree_with_the_test(instant: datetime) -> None:
    for prefixe in ("eq", "gt", "ge", "lt", "le"):
        plage = PlageDate.lire("date", f"{prefixe}{instant.date().isoformat()}")
        assert plage.correspond(instant) is (prefixe in ("eq", "ge", "le"))


def test_alternatives_modifiers_paging_and_sort_are_read() -> None:
    lue = lire(("status:not", r"a,b\,c"), ("title", "x"), ("_count", "999"), ("_offset", "20"), ("_sort", "-date"))

    statut = lue.exiger("status")
    assert (statut.modificateur, statut.textes()) == ("not", ("a", "b,c"))
    assert (lue.count, lue.offset, lue.tri) == (200, 20, ("-date",))


def test_links_keep_the_search_and_move_the_page() -> None:
    lue = lire(("title", "é x"), ("_count", "10"), ("_offset", "10"))

    liens = lue.liens("http://h/List", 25)

    assert set(liens) == {"self", "previous", "next"}
    assert liens["next"] == "http://h/List?title=%C3%A9+x&_count=10&_offset=20"
    assert "next" not in lue.liens("http://h/List", 20)


def test_an_unknown_parameter_is_refused_when_strict_and_noted_when_lenient() -> None:
    with pytest.raises(ParametreInconnu) as refus:
        lire(("colour", "red"), prefer="return=minimal; handling=strict")
    with carnet() as notes:
        lue = lire(("colour", "red"), prefer="handling=lenient")

    assert refus.value.champ == "colour"
    assert lue.ignores == ("colour",)
    assert notes.decisions[0].verdict == "averti"


@pytest.mark.parametrize(
    ("nom", "valeur"),
    [
        ("date", "yesterday"),
        ("date", "2026-13-01"),
        ("date", "9999"),
        ("rank", "two"),
        ("_count", "-1"),
        ("status:missing", "x"),
    ],
)
def test_a_value_that_means_nothing_is_refused_by_name(nom: str, valeur: str) -> None:
    with pytest.raises(RechercheInvalide) as refus:
        lire((nom, valeur))

    assert refus.value.champ == nom.partition(":")[0]


def test_a_missing_mandatory_parameter_names_the_choices() -> None:
    with pytest.raises(ParametreManquant) as refus:
        lire().exiger("patient", "patient.identifier")

    assert "patient.identifier" in refus.value.en
