"""The patients of the demonstration world, by slug; people known to nobody are in ``INCONNUS``.

Invented people of the sheets keep their traits and matricules; the others have computed keys and invented names.
Births are fixed, everything that would rot is a number of days from the reference date of the seed.
"""

from shared.monde._patients_dossier import PATIENTS_DOSSIER
from shared.monde._patients_droits import PATIENTS_DROITS
from shared.monde._patients_ins import INCONNUS, PATIENTS_INS
from shared.monde.modele import Patient

__all__ = ["INCONNUS", "PAR_MATRICULE", "PATIENTS", "Patient"]

PATIENTS: dict[str, Patient] = {p.slug: p for p in (*PATIENTS_INS, *PATIENTS_DROITS, *PATIENTS_DOSSIER)}

PAR_MATRICULE: dict[str, Patient] = {p.matricule_ins: p for p in PATIENTS.values()}
