"""The status machine, read from ``transitions.csv`` (e-prescription §2.6).

A status changes only along a row of the table; anything else is EP-409-03.
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache

from services.eprescription.domain import tables
from services.eprescription.domain.erreurs import refus


class Statut(StrEnum):
    """Of a prescription."""

    ACTIVE = "ACTIVE"
    EN_COURS = "EN_COURS"
    TERMINEE = "TERMINEE"
    EXPIREE = "EXPIREE"
    ANNULEE = "ANNULEE"
    ARRETEE = "ARRETEE"
    SUPPRIMEE = "SUPPRIMEE"


class StatutLigne(StrEnum):
    A_EXECUTER = "A_EXECUTER"
    PARTIELLE = "PARTIELLE"
    EXECUTEE = "EXECUTEE"
    NON_EXECUTEE = "NON_EXECUTEE"
    SUSPENDUE = "SUSPENDUE"
    ANNULEE = "ANNULEE"
    EXPIREE = "EXPIREE"


class StatutPriseEnCharge(StrEnum):
    OUVERTE = "OUVERTE"
    LIBEREE = "LIBEREE"
    CLOTUREE = "CLOTUREE"
    EXPIREE = "EXPIREE"


INITIAL = "-"


@cache
def table(objet: str) -> Mapping[tuple[str, str], frozenset[str]]:
    """``(from, event)`` → the statuses it may lead to. ``*`` in the table stands for every status."""
    statuts = {"PRESCRIPTION": Statut, "LIGNE": StatutLigne, "PRISE_EN_CHARGE": StatutPriseEnCharge}[objet]
    sorties: dict[tuple[str, str], set[str]] = {}
    for ligne in tables.lignes("transitions"):
        if ligne["objet"] != objet:
            continue
        departs = [str(s) for s in statuts] if ligne["de"] == "*" else [ligne["de"]]
        arrivees = {v.strip().partition(" ")[0] for v in ligne["vers"].split(" ou ")}
        for de in departs:
            sorties.setdefault((de, ligne["evenement"]), set()).update(arrivees)
    return {cle: frozenset(vers) for cle, vers in sorties.items()}


def franchir(objet: str, de: str, evenement: str, vers: str) -> str:
    """``vers`` when the table allows it, EP-409-03 otherwise."""
    if vers not in table(objet).get((de, evenement), frozenset()):
        raise refus(
            "EP-409-03",
            fr=f"{objet} : « {evenement} » impossible depuis {de}.",
            en=f"{objet}: no '{evenement}' from {de}.",
            objet=objet,
            de=de,
            evenement=evenement,
        )
    return vers
