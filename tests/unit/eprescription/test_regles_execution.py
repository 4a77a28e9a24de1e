"""Each rule decided at delivery, with what trips it and its nearest neighbour that does not."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from services.eprescription.domain.regles import regles_appliquees
from services.eprescription.domain.regles.catalogue import regle
from services.eprescription.domain.regles.delivrance import reste_a_courir
from tests.unit.eprescription.fabrique import (
    CERAZETTE,
    DM,
    GLUCOPHAGE,
    JOUR,
    LAMICTAL,
    MORPHINE,
    OMEPRAZOLE,
    SOIN,
    TRANSPORT,
    apres,
    med,
    mois,
    prescription,
    regles_e,
)


@dataclass(frozen=True)
class Cas:
    regle: str
    fautif: Callable[[], set[str]]
    juste: Callable[[], set[str]]


UN = {"rang": 1, "quantite": 2, "dureeCouverteJours": 30}


def _e(
    le: date,
    *faites: dict[str, Any],
    ligne: dict[str, Any] | None = None,
    avant: tuple[tuple[date, dict[str, Any]], ...] = (),
    echu: date | None = None,
    p: dict[str, Any] | None = None,
    **champs: Any,
) -> Callable[[], set[str]]:
    return lambda: regles_e(
        prescription(ligne or med(), **(p or {})), le, *(faites or (UN,)), avant=avant, echu=echu, **champs
    )


def _adaptee(**adaptation: Any) -> dict[str, Any]:
    return UN | {"adaptation": {"type": "ADAPTATION_POSOLOGIE", "dateModification": "2026-03-02"} | adaptation}


ACCORD = {"obtenu": True, "date": "2026-03-02", "canal": "TEL"}
STUP = med(MORPHINE, dureeJours=28, quantite={"valeur": 4}, renouvellements=0)
STUP_28 = {"rang": 1, "quantite": 4, "dureeCouverteJours": 28}
LONGUE = med(renouvellements=2)  # 90 days: exceptional delivery is possible
FIN = date(2026, 6, 1)
COURTE = {"validite__fin": FIN.isoformat()}
EXCEPTION = UN | {"exceptionnelle": {"mention": True, "prescripteurInforme": True}}
GLUCOPHAGE_CIP, METFORMINE_CIP, CERAZETTE_CIP = "3400935601711", "3400939718330", "3400935290205"
KINE = {"type": "MASSO_KINE"}
SEANCES = SOIN | {"indication": "lombalgie", "nombreSeances": 10}
SOINS = {"type": "SOINS_INFIRMIERS"}
VOITURE = {"type": "TRANSPORT"}
MK = {"mention": "Renouvellement masseur-kinésithérapeute", "seances": 10, "date": "2026-04-01"}


def _delivre(cip13: str, **champs: Any) -> dict[str, Any]:
    return UN | {"produitDelivre": {"cip13": cip13}} | champs


CAS = (
    Cas("DSP-01", _e(mois(3, 1)), _e(mois(3))),
    Cas("DSP-02", _e(apres(4), STUP_28, ligne=STUP), _e(apres(3), STUP_28, ligne=STUP)),
    Cas(
        "DSP-03",
        _e(apres(10), STUP_28, ligne=STUP, p={"interventionProgrammee": {"dateIntervention": "2026-03-15"}}),
        _e(apres(11), STUP_28, ligne=STUP, p={"interventionProgrammee": {"dateIntervention": "2026-03-15"}}),
    ),
    Cas(
        "DSP-04",
        _e(JOUR, {"rang": 1, "quantite": 4}),
        _e(JOUR, {"rang": 1, "quantite": 1, "dureeCouverteJours": 84}, ligne=med(CERAZETTE, dureeJours=84)),
    ),
    Cas(
        "DSP-05",
        _e(apres(30), ligne=med(renouvellements=None), avant=((JOUR, UN),)),
        _e(apres(30), ligne=med(renouvellements=1), avant=((JOUR, UN),)),
    ),
    Cas(
        "DSP-06",
        _e(apres(30), ligne=med(OMEPRAZOLE, nePasRenouveler=True), avant=((JOUR, UN),)),
        _e(apres(30), ligne=med(OMEPRAZOLE), avant=((JOUR, UN),)),
    ),
    Cas(
        "DSP-07",
        _e(apres(60), ligne=med(renouvellements=1), avant=((JOUR, UN), (apres(30), UN))),
        _e(apres(60), ligne=med(renouvellements=2), avant=((JOUR, UN), (apres(30), UN))),
    ),
    Cas("DSP-08", _e(apres(22), avant=((JOUR, UN),)), _e(apres(23), avant=((JOUR, UN),))),
    Cas("DSP-09", _e(date(2026, 6, 2), p=COURTE, avant=((JOUR, UN),)), _e(FIN, p=COURTE, avant=((JOUR, UN),))),
    Cas(
        "DSP-10",
        _e(date(2026, 6, 20), EXCEPTION, ligne=med(renouvellements=1), p=COURTE, avant=((JOUR, UN),), echu=mois(4)),
        _e(date(2026, 6, 20), EXCEPTION, ligne=LONGUE, p=COURTE, avant=((JOUR, UN),), echu=mois(4)),
    ),
    Cas(
        "DSP-11",
        _e(date(2026, 6, 20), UN | {"exceptionnelle": {"mention": True}}, ligne=LONGUE, p=COURTE, echu=mois(4)),
        _e(date(2026, 6, 20), EXCEPTION, ligne=LONGUE, p=COURTE, echu=mois(4)),
    ),
    Cas(
        "DSP-12",
        _e(JOUR, _delivre(METFORMINE_CIP), ligne=med(GLUCOPHAGE, substitution={"code": "N", "motif": "MTE"})),
        _e(JOUR, _delivre(GLUCOPHAGE_CIP), ligne=med(GLUCOPHAGE, substitution={"code": "N", "motif": "MTE"})),
    ),
    Cas("DSP-13", _e(JOUR, _delivre(CERAZETTE_CIP)), _e(JOUR, _delivre(GLUCOPHAGE_CIP))),
    Cas("DSP-14", _e(apres(1), _adaptee(accord={"obtenu": True})), _e(apres(1), _adaptee(accord=ACCORD))),
    Cas("DSP-15", _e(JOUR, _delivre("3400939718331")), _e(JOUR, _delivre(METFORMINE_CIP))),
    Cas("DSP-16", _e(JOUR, {"rang": 1, "quantite": 7}), _e(JOUR, {"rang": 1, "quantite": 6})),
    Cas(
        "DSP-17",
        _e(apres(30), ligne=med(renouvellements=0), avant=((JOUR, UN),)),
        _e(JOUR, ligne=med(renouvellements=0)),
    ),
    Cas("DSP-20", _e(JOUR, insPresentee="285076311304226"), _e(JOUR, insPresentee="2 80 01 75 056 016 35")),
    Cas(
        "DSP-21",
        _e(JOUR, {"rang": 1, "nonExecution": "AUTRE"}),
        _e(JOUR, {"rang": 1, "nonExecution": "AUTRE", "notes": "en vacances"}),
    ),
    Cas("DSP-22", _e(JOUR, UN | {"mtePh": True}), _e(JOUR, UN | {"mtePh": True}, ligne=med(LAMICTAL))),
    Cas(
        "DSP-23",
        _e(JOUR, {"rang": 9, "horsBase": True, "libelle": "Sérum"}),
        _e(JOUR, {"rang": 9, "horsBase": True, "libelle": "Sérum", "image": "iVBOR"}),
    ),
    Cas(
        "LPP-13",
        _e(mois(6, 1), {"rang": 1, "quantite": 1}, ligne=DM),
        _e(mois(6), {"rang": 1, "quantite": 1}, ligne=DM),
    ),
    Cas(
        "LPP-14",
        _e(date(2026, 5, 2), {"rang": 1, "quantite": 1}, ligne=DM | {"aExecuterAvant": "2026-05-01"}),
        _e(date(2026, 5, 1), {"rang": 1, "quantite": 1}, ligne=DM | {"aExecuterAvant": "2026-05-01"}),
    ),
    Cas(
        "LPP-15",
        _e(JOUR, {"rang": 1, "quantite": 1, "dureeCouverteJours": 32}, ligne=DM),
        _e(JOUR, {"rang": 1, "quantite": 1, "dureeCouverteJours": 90, "conditionnementSuperieur": True}, ligne=DM),
    ),
    Cas(
        "LPP-16",
        _e(mois(12, 1), {"rang": 1, "quantite": 1}, ligne=DM),
        _e(mois(12), {"rang": 1, "quantite": 1}, ligne=DM),
    ),
    Cas(
        "LPP-17",
        _e(JOUR, {"rang": 1, "adaptation": {"type": "MODIFICATION_LPP"}}, ligne=DM),
        _e(
            JOUR,
            {
                "rang": 1,
                "adaptation": {"type": "MODIFICATION_LPP", "accord": ACCORD, "dateModification": "2026-03-01"},
            },
            ligne=DM,
        ),
    ),
    Cas(
        "LPP-18",
        _e(JOUR, {"rang": 1, "dureeCouverteJours": 29}, ligne=DM | {"quantite": None, "dureeLocationJours": 28}),
        _e(JOUR, {"rang": 1, "dureeCouverteJours": 28}, ligne=DM | {"quantite": None, "dureeLocationJours": 28}),
    ),
    Cas(
        "INF-16",
        _e(JOUR, {"rang": 1, "seances": 16}, ligne=SOIN | {"modele": 4, "nombrePassages": 15}, p=SOINS),
        _e(JOUR, {"rang": 1, "seances": 15}, ligne=SOIN | {"modele": 4, "nombrePassages": 15}, p=SOINS),
    ),
    Cas(
        "KIN-02",
        _e(JOUR, {"rang": 1, "seances": 11}, ligne=SEANCES, p=KINE),
        _e(JOUR, {"rang": 1, "seances": 10}, ligne=SEANCES, p=KINE),
    ),
    Cas(
        "KIN-03",
        _e(JOUR, {"rang": 1, "renouvellementMk": MK}, ligne=SEANCES | {"renouvelable": False}, p=KINE),
        _e(JOUR, {"rang": 1, "renouvellementMk": MK}, ligne=SEANCES, p=KINE),
    ),
    Cas(
        "KIN-04",
        _e(JOUR, {"rang": 1, "renouvellementMk": MK | {"mention": "renouvelé"}}, ligne=SEANCES, p=KINE),
        _e(JOUR, {"rang": 1, "renouvellementMk": MK}, ligne=SEANCES, p=KINE),
    ),
    Cas(
        "TRA-03",
        _e(JOUR, {"rang": 1}, ligne=TRANSPORT, p=VOITURE, transportModifie={"mode": "taxi"}),
        _e(JOUR, {"rang": 1}, ligne=TRANSPORT, p=VOITURE),
    ),
    Cas(
        "TRA-16",
        _e(apres(14), {"rang": 1}, ligne=TRANSPORT | {"accordPrealable": {"statut": "EN_ATTENTE"}}, p=VOITURE),
        _e(apres(15), {"rang": 1}, ligne=TRANSPORT | {"accordPrealable": {"statut": "EN_ATTENTE"}}, p=VOITURE),
    ),
)


@pytest.mark.parametrize("cas", [pytest.param(c, id=c.regle, marks=pytest.mark.exigence(c.regle)) for c in CAS])
def test_a_rule_speaks_when_its_trigger_is_met_and_only_then(cas: Cas) -> None:
    assert cas.regle in cas.fautif()
    assert cas.regle not in cas.juste()


def test_every_rule_decided_at_delivery_has_its_two_cases() -> None:
    ailleurs = {"DSP-18", "DSP-19"}  # the lock and the profession: tests/api
    assert {c.regle for c in CAS} == {i for i in regles_appliquees() if regle(i).phase == "E"} - ailleurs


@pytest.mark.exigence("DSP-02", "DSP-16")
@pytest.mark.parametrize(("retard", "reste"), [(4, 24), (5, 23)])
def test_a_late_stupefiant_covers_only_the_days_left_even_when_justified(retard: int, reste: int) -> None:
    p = prescription(STUP)
    assert reste_a_courir(p, p.lignes[0], apres(retard)) == reste  # type: ignore[arg-type]  # a drug line
    justification = [{"regle": "DSP-02", "texte": "Patient hospitalisé", "rang": 1}]

    def regles(jours: int) -> set[str]:
        faite = {"rang": 1, "quantite": 4, "dureeCouverteJours": jours, "justifications": justification}
        return regles_e(p, apres(retard), faite)

    assert regles(reste) == set()
    assert regles(reste + 1) == {"DSP-16"}


@pytest.mark.exigence("DSP-10")
@pytest.mark.parametrize(
    ("le", "fois", "refusee"),
    [
        (date(2026, 7, 1), 0, False),
        (date(2026, 7, 2), 0, True),
        (date(2026, 8, 1), 2, False),
        (date(2026, 8, 1), 3, True),
    ],
)
def test_the_exceptional_delivery_starts_within_a_month_and_happens_three_times(
    le: date, fois: int, refusee: bool
) -> None:
    avant = tuple((date(2026, 6, 2 + i), EXCEPTION) for i in range(fois))
    trouvees = regles_e(prescription(LONGUE, **COURTE), le, EXCEPTION, avant=avant)
    assert ("DSP-10" in trouvees) is refusee


@pytest.mark.exigence("DSP-10")
def test_the_exceptional_delivery_is_never_for_a_stupefiant() -> None:
    longue = med(MORPHINE, renouvellements=2)
    assert "DSP-10" in regles_e(prescription(longue, **COURTE), date(2026, 6, 20), EXCEPTION)
