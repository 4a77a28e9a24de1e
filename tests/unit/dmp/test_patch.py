"""PATCH bodies as TD3.3 actions, the published oddities included (dmp.md §5.4)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.dmp.domain.document import Document, minuteur, muter, remplacer, visible_au_patient
from services.dmp.domain.lot import Statut
from services.dmp.domain.refus import RefusDmp
from services.dmp.domain.situation import Acteur, Action, TypeActeur
from services.dmp.fhir.patch import actions
from shared.fhir.patch import lire_patch

NOW = datetime(2026, 3, 2, tzinfo=UTC)
ARCHIVE = "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-ext-is-archived"


def document(**champs: Any) -> Document:
    return Document(
        **{
            "id": "d",
            "entry_uuid": "e",
            "unique_id": "1.2.3",
            "matricule_ins": "299129999999911",
            "version": 1,
            "statut": Statut.APPROVED,
            "masque": False,
            "invisible_patient": False,
            "invisible_representants": False,
            "type_code": "11488-4",
            "classe": "10",
            "titre": "CR",
            "auteur_id_nat": "899900000011",
            "auteur_nom": "A",
            "structure_id": "1990000010",
            "depot_patient": False,
            "depose_le": NOW,
            **champs,
        }
    )


def label(code: str) -> dict[str, Any]:
    return {"coding": [{"code": code}]}


def lus(corps: Any, *labels: str, statut: Statut = Statut.APPROVED, superseded: bool = False) -> list[Action]:
    return actions(lire_patch(corps), document(statut=statut), labels or ("N",), superseded=superseded)


@pytest.mark.exigence("TD3.3a", "TD3.3b", "TD3.3c", "TD3.3d")
@pytest.mark.parametrize(
    ("corps", "labels", "attendu"),
    [
        ([{"op": "replace", "path": "/securityLabel/0", "value": label("MASQUE_PS")}], ("N",), [Action.MASQUER]),
        ([{"op": "add", "path": "/securityLabel/-", "value": label("MASQUE_PS")}], ("N",), [Action.MASQUER]),
        ([{"op": "replace", "path": "/securityLabel/0", "value": label("N")}], ("N", "MASQUE_PS"), [Action.DEMASQUER]),
        (
            [{"op": "replace", "path": "/securityLabel/0", "value": label("N")}],
            ("N", "INVISIBLE_PATIENT"),
            [Action.RENDRE_VISIBLE],
        ),
        ([{"op": "remove", "path": "/securityLabel/1"}], ("N", "MASQUE_PS"), [Action.DEMASQUER]),
        (
            [{"op": "replace", "path": "/securityLabel", "value": [label("N"), label("MASQUE_PS")]}],
            ("N", "INVISIBLE_PATIENT"),
            [Action.MASQUER, Action.RENDRE_VISIBLE],
        ),
        ([{"op": "replace", "path": "/securityLabel/0", "value": label("N")}], ("N",), []),
        (
            [{"op": "add", "path": "/securityLabel/-", "value": label("INVISIBLE_PATIENT")}],
            ("N",),
            [Action.CACHER_PATIENT],
        ),
        ([{"op": "replace", "path": "/status", "value": "entered-in-error"}], ("N",), [Action.SUPPRIMER]),
        ([{"op": "replace", "path": "/extension/0/valueBoolean", "value": True}], ("N",), [Action.ARCHIVER]),
        ([{"op": "replace", "path": "/extension/0/valueBoolean", "value": "true"}], ("N",), [Action.ARCHIVER]),
        (
            [{"op": "replace", "path": f"/extension[url:'{ARCHIVE}']/valueBoolean", "value": False}],
            ("N",),
            [Action.DESARCHIVER],
        ),
        (
            [{"op": "add", "path": "/extension/-", "value": {"url": ARCHIVE, "valueBoolean": True}}],
            ("N",),
            [Action.ARCHIVER],
        ),
        (
            {
                "resourceType": "Parameters",
                "parameter": [
                    {
                        "name": "operation",
                        "part": [
                            {"name": "type", "valueCode": "replace"},
                            {"name": "path", "valueString": "DocumentReference.status"},
                            {"name": "value", "valueCode": "entered-in-error"},
                        ],
                    }
                ],
            },
            ("N",),
            [Action.SUPPRIMER],
        ),
        (
            [
                {"op": "test", "path": "/status", "value": "current"},
                {"op": "replace", "path": "/securityLabel/0", "value": label("MASQUE_PS")},
            ],
            ("N",),
            [Action.MASQUER],
        ),
    ],
)
def test_each_published_patch_is_the_act_it_stands_for(
    corps: Any, labels: tuple[str, ...], attendu: list[Action]
) -> None:
    assert lus(corps, *labels) == attendu


def test_superseded_deletes_only_when_the_caller_says_so() -> None:
    corps = [{"op": "replace", "path": "/status", "value": "superseded"}]

    assert lus(corps, superseded=True) == [Action.SUPPRIMER]
    with pytest.raises(RefusDmp) as refus:
        lus(corps)
    assert refus.value.regle == "DMP-PATCH-STATUT"


@pytest.mark.parametrize(
    "corps",
    [
        [{"op": "replace", "path": "/title", "value": "x"}],
        [{"op": "remove", "path": "/securityLabel/0"}],
        [{"op": "remove", "path": "/securityLabel/9"}],
        [{"op": "remove", "path": "/status"}],
        [{"op": "replace", "path": "/extension/0/valueBoolean", "value": 1}],
        [{"op": "replace", "path": "/content/0/attachment/url", "value": "http://x"}],
    ],
)
def test_nothing_else_may_change(corps: Any) -> None:
    with pytest.raises(RefusDmp) as refus:
        lus(corps)

    assert refus.value.status == 405


@pytest.mark.parametrize("statut", [Statut.DELETED, Statut.DEPRECATED])
def test_a_dead_version_does_not_change_any_more(statut: Statut) -> None:
    with pytest.raises(RefusDmp):
        muter(document(statut=statut), Action.MASQUER)


def test_asking_for_the_present_state_changes_nothing() -> None:
    for d, action in (
        (document(masque=True), Action.MASQUER),
        (document(), Action.DEMASQUER),
        (document(), Action.RENDRE_VISIBLE),
        (document(statut=Statut.ARCHIVED), Action.ARCHIVER),
        (document(), Action.DESARCHIVER),
        (document(statut=Statut.DELETED), Action.SUPPRIMER),
    ):
        assert muter(d, action).changement is None


@pytest.mark.exigence("DMP-CV-RPLC", "DMP-CV-RPLC-AUTEUR")
def test_replacement_is_for_the_current_version_of_ones_own() -> None:
    auteur = Acteur(TypeActeur.PS, "899900000011")
    collegue = Acteur(TypeActeur.PS, "899900000029", structure_id="1990000010")
    autre = Acteur(TypeActeur.PS, "899700990015", structure_id="499700990015001")

    assert remplacer(document(), auteur).statut is Statut.DEPRECATED
    assert remplacer(document(), collegue).statut is Statut.DEPRECATED
    for d, acteur in ((document(), autre), (document(statut=Statut.ARCHIVED), auteur)):
        with pytest.raises(RefusDmp):
            remplacer(d, acteur)


@pytest.mark.parametrize(
    ("champs", "titulaire", "representant"),
    [
        ({}, True, True),
        ({"masque": True}, True, True),
        ({"invisible_patient": True}, False, False),
        ({"invisible_representants": True}, True, False),
        ({"statut": Statut.DELETED}, False, False),
    ],
)
def test_visibility_follows_the_published_table(champs: dict[str, Any], titulaire: bool, representant: bool) -> None:
    assert visible_au_patient(document(**champs), representant=False, mineur=False) is titulaire
    assert visible_au_patient(document(**champs), representant=True, mineur=False) is representant


@pytest.mark.exigence("R1111-53")
@pytest.mark.parametrize(
    ("jours", "informe", "attendu"),
    [
        (13, False, None),
        (14, False, "informer"),
        (20, True, None),
        (30, True, "rendre_visible"),
        (45, False, "rendre_visible"),
    ],
)
def test_the_two_legal_timers(jours: int, informe: bool, attendu: str | None) -> None:
    from datetime import timedelta

    d = document(invisible_patient=True, information_donnee=informe)

    assert minuteur(d, NOW + timedelta(days=jours)) == attendu
