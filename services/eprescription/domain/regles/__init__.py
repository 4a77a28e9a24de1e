"""The rule catalogue of the sheet (§5): one function per rule our tables can decide.

A function is given the context and yields the *paths* (in the words of the wire) where its trigger is met. Severity,
message and source come from ``regles_controle.csv``; the profile of the bac may soften them.
"""

from services.eprescription.domain.regles import actes, arrets, delivrance, generales, lpp, medicaments, transport
from services.eprescription.domain.regles.catalogue import (
    Bilan,
    Constat,
    ContexteExecution,
    ContextePrescription,
    Couverture,
    Parametres,
    controler_execution,
    controler_prescription,
    exiger,
    regle,
    regles_appliquees,
)

__all__ = [
    "Bilan",
    "Constat",
    "ContexteExecution",
    "ContextePrescription",
    "Couverture",
    "Parametres",
    "actes",
    "arrets",
    "controler_execution",
    "controler_prescription",
    "delivrance",
    "exiger",
    "generales",
    "lpp",
    "medicaments",
    "regle",
    "regles_appliquees",
    "transport",
]
