"""Severities, contexts and the verdict: how the rules of ``regles_controle.csv`` are applied."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any, Literal, TypeAlias, TypeVar

from services.eprescription.domain import tables
from services.eprescription.domain.cycle import Dossier
from services.eprescription.domain.erreurs import refus
from services.eprescription.domain.etat import EtatLigne
from services.eprescription.domain.execution import Execution, LigneExecutee
from services.eprescription.domain.habilitation import Acteur
from services.eprescription.domain.lignes import Element, Ligne
from services.eprescription.domain.modele import Prescription
from services.eprescription.domain.regles.anglais import MESSAGES_EN
from shared.decision import Decision, noter

L = TypeVar("L", bound=Element)
Severite: TypeAlias = Literal["B", "J", "A", "I"]
Profil: TypeAlias = Literal["homologation", "standard", "lenient"]

# What no profile forgives: without these the base would not know what it stores, for whom, or by whom.
INDISPENSABLES = frozenset(
    {"GEN-01", "GEN-02", "GEN-03", "GEN-04", "GEN-11", "GEN-19", "DSP-07", "DSP-16", "DSP-17", "DSP-18", "DSP-19"}
)
# In ``standard`` the act authenticated by Pro Santé Connect stands for the signature, as in the sheet's own example.
ADOUCIES_EN_STANDARD = frozenset({"GEN-18"})


@dataclass(frozen=True, slots=True)
class Regle:
    id: str
    phase: str
    severite: Severite
    declencheur: str
    fr: str
    en: str
    source: str
    preuve: str


@dataclass(frozen=True, slots=True)
class Constat:
    """One rule met at one place."""

    regle: Regle
    severite: Severite
    chemin: str

    def to_json(self) -> dict[str, str]:
        return {
            "id": self.regle.id,
            "severite": self.severite,
            "chemin": self.chemin,
            "message": self.regle.fr,
            "messageEn": self.regle.en,
            "source": self.regle.source,
        }


@dataclass(frozen=True, slots=True)
class Couverture:
    """A period of a stupéfiant or assimilé already prescribed to this patient (MED-17)."""

    substances: frozenset[str]
    debut: date
    fin: date
    numero: str


@dataclass(frozen=True, slots=True)
class Parametres:
    """The figures the sheet calls parameters (§2.6, §4.9)."""

    tolerance_jours: int = 7
    duree_delivrance_jours: int = 30
    duree_grand_conditionnement_jours: int = 93
    plafond_arret_initial_jours: int = 31
    plafond_arret_prolongation_jours: int = 61


@dataclass(frozen=True, slots=True)
class ContextePrescription:
    prescription: Prescription
    maintenant: datetime
    auteur: Acteur
    couvertures: tuple[Couverture, ...] = ()
    parametres: Parametres = field(default_factory=Parametres)

    def lignes(self, famille: type[L]) -> Iterator[tuple[str, L]]:
        """The lines of one family with their paths."""
        for i, ligne in enumerate(self.prescription.lignes):
            if isinstance(ligne, famille):
                yield f"lignes[{i}]", ligne


@dataclass(frozen=True, slots=True)
class LigneContexte:
    """One executed line beside the prescribed one and its counters."""

    chemin: str
    faite: LigneExecutee
    prescrite: Ligne
    etat: EtatLigne


@dataclass(frozen=True, slots=True)
class ContexteExecution:
    prescription: Prescription
    dossier: Dossier
    execution: Execution
    executant: Acteur
    parametres: Parametres = field(default_factory=Parametres)
    _touchees: tuple[LigneContexte, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Put each line beside the prescribed one, once for all the rules."""
        prescrites = {ligne.rang: ligne for ligne in self.prescription.lignes}
        touchees = tuple(
            LigneContexte(f"lignes[{i}]", faite, prescrites[faite.rang], self.dossier.ligne(faite.rang))
            for i, faite in enumerate(self.execution.lignes)
            if faite.rang in prescrites and not faite.hors_base
        )
        object.__setattr__(self, "_touchees", touchees)

    def lignes(self, *, executees: bool = True) -> Iterator[LigneContexte]:
        """The lines of the base that this act touches; by default those really handed over."""
        return (lc for lc in self._touchees if not (executees and lc.faite.est_non_execution))


ControleP: TypeAlias = Callable[[ContextePrescription], Iterable[str]]
ControleE: TypeAlias = Callable[[ContexteExecution], Iterable[str]]

_PRESCRIPTION: dict[str, ControleP] = {}
_EXECUTION: dict[str, ControleE] = {}
# Decided where the fact lives (store, lock, access), not by a function over the content.
AILLEURS = frozenset({"GEN-02", "GEN-20", "GEN-21", "GEN-22", "GEN-23", "DSP-18", "DSP-19"})


def a_la_prescription(identifiant: str) -> Callable[[ControleP], ControleP]:
    def inscrire(controle: ControleP) -> ControleP:
        _PRESCRIPTION[identifiant] = controle
        return controle

    return inscrire


def a_l_execution(identifiant: str) -> Callable[[ControleE], ControleE]:
    def inscrire(controle: ControleE) -> ControleE:
        _EXECUTION[identifiant] = controle
        return controle

    return inscrire


@cache
def _catalogue() -> Mapping[str, Regle]:
    return {
        ligne["id"]: Regle(
            ligne["id"],
            ligne["phase"],
            ligne["severite"],  # type: ignore[arg-type]  # the table holds B, J, A and I
            ligne["declencheur"],
            ligne["message"],
            MESSAGES_EN.get(ligne["id"], ligne["message"]),
            ligne["source"],
            ligne["niveau_preuve"],
        )
        for ligne in tables.lignes("regles_controle")
    }


def regle(identifiant: str) -> Regle:
    return _catalogue()[identifiant]


def catalogue() -> tuple[Regle, ...]:
    return tuple(_catalogue().values())


def regles_appliquees() -> frozenset[str]:
    """Every rule id this service really decides."""
    return frozenset(_PRESCRIPTION) | frozenset(_EXECUTION) | AILLEURS


def severite(r: Regle, profil: Profil) -> Severite:
    if profil == "lenient" and r.severite in {"B", "J"} and r.id not in INDISPENSABLES:
        return "A"
    if profil != "homologation" and r.id in ADOUCIES_EN_STANDARD:
        return "A"
    return r.severite


@dataclass(frozen=True, slots=True)
class Bilan:
    """Everything the rules found, and which rules were looked at."""

    constats: tuple[Constat, ...]
    examinees: tuple[str, ...]
    justifiees: tuple[Constat, ...] = ()

    def de_severite(self, s: Severite) -> tuple[Constat, ...]:
        return tuple(c for c in self.constats if c.severite == s)

    @property
    def avertissements(self) -> list[dict[str, str]]:
        return [c.to_json() for c in self.constats if c.severite in {"A", "I"}]

    def to_json(self) -> list[dict[str, str]]:
        return [c.to_json() for c in self.constats]


def _rang_du_chemin(chemin: str, rangs: Mapping[int, int]) -> int | None:
    if not chemin.startswith("lignes["):
        return None
    return rangs.get(int(chemin[7 : chemin.index("]")]))


def _bilan(
    trouves: Iterable[tuple[str, str]],
    examinees: tuple[str, ...],
    profil: Profil,
    justifications: Iterable[tuple[str, int | None]],
    rangs: Mapping[int, int],
) -> Bilan:
    donnees = set(justifications)
    constats: list[Constat] = []
    justifiees: list[Constat] = []
    for identifiant, chemin in trouves:
        r = regle(identifiant)
        constat = Constat(r, severite(r, profil), chemin)
        rang = _rang_du_chemin(chemin, rangs)
        justifie = (identifiant, None) in donnees or (rang is not None and (identifiant, rang) in donnees)
        (justifiees if constat.severite == "J" and justifie else constats).append(constat)
    return Bilan(tuple(constats), examinees, tuple(justifiees))


_PAR_TYPE: Mapping[str, frozenset[str]] = {
    "PRODUITS_SANTE": frozenset({"MED", "LPP"}),
    "SOINS_INFIRMIERS": frozenset({"INF"}),
    "MASSO_KINE": frozenset({"KIN"}),
    "BIOLOGIE": frozenset({"BIO"}),
    "TRANSPORT": frozenset({"TRA"}),
    "ARRET_TRAVAIL": frozenset({"AAT"}),
    "ORTHOPHONIE": frozenset({"AUX"}),
    "ORTHOPTIE": frozenset({"AUX"}),
    "PEDICURIE_PODOLOGIE": frozenset({"AUX"}),
}


@cache
def _a_examiner(phase: Literal["P", "E"], type_prescription: str) -> tuple[str, ...]:
    """The rules that concern a type, in the order of the catalogue. Lines of another nature are GEN-19's business."""
    registre = _PRESCRIPTION if phase == "P" else _EXECUTION
    groupes = _PAR_TYPE.get(type_prescription, frozenset()) | {"GEN", "DSP"}
    return tuple(i for i in _catalogue() if i in registre and i.partition("-")[0] in groupes)


def controler_prescription(contexte: ContextePrescription, profil: Profil = "standard") -> Bilan:
    p = contexte.prescription
    examinees = _a_examiner("P", p.type)
    trouves = [(i, chemin) for i in examinees for chemin in _PRESCRIPTION[i](contexte)]
    justifications = [(j.regle, j.rang) for j in p.justifications]
    rangs = {i: ligne.rang for i, ligne in enumerate(p.lignes)}
    return _bilan(trouves, examinees, profil, justifications, rangs)


def controler_execution(contexte: ContexteExecution, profil: Profil = "standard") -> Bilan:
    e = contexte.execution
    examinees = _a_examiner("E", contexte.prescription.type)
    trouves = [(i, chemin) for i in examinees for chemin in _EXECUTION[i](contexte)]
    justifications = [(j.regle, j.rang) for j in e.justifications]
    justifications += [(j.regle, ligne.rang) for ligne in e.lignes for j in ligne.justifications]
    rangs = {i: ligne.rang for i, ligne in enumerate(e.lignes)}
    return _bilan(trouves, examinees, profil, justifications, rangs)


_CODES_PROPRES = {"GEN-04": "EP-403-01"}  # erreurs.csv, column "quand"


def exiger(bilan: Bilan, **membres: Any) -> Bilan:
    """Refuse on a blocking rule (EP-422-01, or the rule's own code), then on a missing justification (EP-422-02)."""
    _noter(bilan)
    bloquants, a_justifier = bilan.de_severite("B"), bilan.de_severite("J")
    for constats, code in ((bloquants, "EP-422-01"), (a_justifier, "EP-422-02")):
        if constats:
            premier = constats[0]
            code = _CODES_PROPRES.get(premier.regle.id, code)
            raise refus(
                code,
                regle=premier.regle.id,
                champ=premier.chemin,
                fr=premier.regle.fr,
                en=premier.regle.en,
                regles=[c.to_json() for c in (*bloquants, *a_justifier)],
                **membres,
            )
    return bilan


def _noter(bilan: Bilan) -> None:
    for constat in bilan.constats:
        verdict: Literal["refuse", "averti"] = "refuse" if constat.severite in {"B", "J"} else "averti"
        r = constat.regle
        ligne = {"id": r.id, "phase": r.phase, "severite": r.severite, "declencheur": r.declencheur}
        entrees = {"chemin": constat.chemin}
        noter(Decision(r.id, verdict, r.fr, r.en, entrees, bilan.examinees, ligne, r.source))
