"""Who may do what (e-prescription §4.2), read from ``professions_habilitations.csv``."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from services.eprescription.domain import tables
from services.eprescription.domain.erreurs import refus
from shared.decision import Decision, noter

PRODUITS_SANTE = "PRODUITS_SANTE"


@dataclass(frozen=True, slots=True)
class Acteur:
    """The professional (or structure) behind a request, as the token says it.

    ``profession`` is a G15 code with its sub-profile when there is one (``G15_10``, ``G15_21/A``, ``G15_60/SI01``,
    ``G16_10`` for an intern).
    """

    id_nat: str
    nom: str
    prenom: str
    profession: str
    specialites: frozenset[str] = frozenset()
    structure_id: str | None = None
    structure_nom: str | None = None
    structures: frozenset[str] = frozenset()
    adresse_mss: str | None = None
    logiciel: str | None = None

    @property
    def rpps(self) -> str:
        """Eleven digits: the national identifier without its type digit 8."""
        return self.id_nat[1:] if len(self.id_nat) == 12 and self.id_nat.startswith("8") else self.id_nat

    @property
    def nom_complet(self) -> str:
        return f"{self.prenom} {self.nom}".strip()

    @property
    def est_medecin(self) -> bool:
        return self.profession in {"G15_10", "G16_10"}

    @property
    def est_pharmacien(self) -> bool:
        return self.profession.partition("/")[0] == "G15_21"

    def partage(self, structure_id: str | None) -> bool:
        """Whether this professional works in that structure."""
        return structure_id is not None and (structure_id == self.structure_id or structure_id in self.structures)


def _ligne(profession: str) -> Mapping[str, str] | None:
    table = tables.par_code("professions_habilitations")
    return table.get(profession) or table.get(profession.partition("/")[0])


@cache
def types_prescrits(profession: str) -> frozenset[str]:
    """The types this profession may prescribe; pharmacists stay off, as the table's restriction says."""
    ligne = _ligne(profession)
    if ligne is None or ligne["prescrit"] in {"", "-"} or profession.startswith("G15_21"):
        return frozenset()
    if ligne["prescrit"] == "*":
        return frozenset(tables.par_code("types_prescription"))
    return frozenset(t.strip() for t in ligne["prescrit"].split(","))


def types_executes(acteur: Acteur) -> frozenset[str]:
    ligne = _ligne(acteur.profession)
    if ligne is None or ligne["execute"] in {"", "-"}:
        return frozenset()
    if "si spécialité" in ligne["execute"]:  # G15_10: BIOLOGIE, for physicians specialised in medical biology
        return frozenset({"BIOLOGIE"}) if acteur.specialites & _BIOLOGIE_MEDICALE else frozenset()
    return frozenset(t.strip() for t in ligne["execute"].split(","))


_BIOLOGIE_MEDICALE = frozenset(
    {"SM03", "SM63", "SM64", "SM65", "SM66", "SM67"}
)  # TRE_A02, biologie médicale and its options


def peut_prescrire(acteur: Acteur, type_prescription: str) -> bool:
    return type_prescription in types_prescrits(acteur.profession)


def peut_executer(acteur: Acteur, type_prescription: str) -> bool:
    return type_prescription in types_executes(acteur)


def exiger_prescripteur(acteur: Acteur) -> None:
    if not types_prescrits(acteur.profession):
        raise _profession(acteur, "GEN-04", "PRESCRIRE")
    _accorder(acteur, "GEN-04", "PRESCRIRE")


def exiger_executant(acteur: Acteur, type_prescription: str) -> None:
    if not peut_executer(acteur, type_prescription):
        raise _profession(acteur, "DSP-19", type_prescription)
    _accorder(acteur, "DSP-19", type_prescription)


def _profession(acteur: Acteur, regle: str, operation: str) -> Exception:
    return refus(
        "EP-403-01",
        regle=regle,
        fr=f"Profession {acteur.profession}, opération {operation}.",
        en=f"Profession {acteur.profession}, operation {operation}.",
        profession=acteur.profession,
    )


def _accorder(acteur: Acteur, regle: str, operation: str) -> None:
    noter(
        Decision(
            regle,
            "accepte",
            f"La profession {acteur.profession} est habilitée ({operation}).",
            f"Profession {acteur.profession} is entitled ({operation}).",
            {"profession": acteur.profession, "operation": operation},
            ligne=dict(_ligne(acteur.profession) or {}),
            source="professions_habilitations.csv",
        )
    )
