"""Identity values that cannot be built wrong: matricule INS, traits, RPPS, PS_IdNat, FINESS, SIREN, SIRET, structures.

Each constructor raises :class:`shared.errors.Invalide` with its ``regle`` and ``champ``. Sources: insi §2,
pro-sante-connect §9, annuaire-sante §6.
"""

from shared.identite.cles import cle_matricule, luhn_cle, luhn_ok
from shared.identite.ins import (
    OID_INS_C,
    OID_NIA,
    OID_NIR,
    OID_NIR_DEMO,
    OID_NIR_TEST,
    Ins,
    MatriculeIns,
    NatureMatricule,
    OidMode,
    nature,
    oid,
)
from shared.identite.professionnels import OID_PS, PsIdNat, Rpps
from shared.identite.structures import OID_STRUCTURE, Finess, IdentifiantStructure, Siren, Siret, TypeStructure
from shared.identite.traits import (
    LIEU_INCONNU,
    Sexe,
    Traits,
    date_interpretee,
    est_date_naissance,
    est_nom_normalise,
    est_prenom_normalise,
    normaliser,
)

__all__ = [
    "LIEU_INCONNU",
    "OID_INS_C",
    "OID_NIA",
    "OID_NIR",
    "OID_NIR_DEMO",
    "OID_NIR_TEST",
    "OID_PS",
    "OID_STRUCTURE",
    "Finess",
    "IdentifiantStructure",
    "Ins",
    "MatriculeIns",
    "NatureMatricule",
    "OidMode",
    "PsIdNat",
    "Rpps",
    "Sexe",
    "Siren",
    "Siret",
    "Traits",
    "TypeStructure",
    "cle_matricule",
    "date_interpretee",
    "est_date_naissance",
    "est_nom_normalise",
    "est_prenom_normalise",
    "luhn_cle",
    "luhn_ok",
    "nature",
    "normaliser",
    "oid",
]
