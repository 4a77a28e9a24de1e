"""The published decision rows (access_decision_table.csv), compiled once into predicates.

The rows are data; this module only knows the *vocabulary* in which they are written (``PS non MT``, ``MASQUE_PS, own
deposit`` …). A phrase that it does not know is an error at load time, never a row that silently never matches.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from services.dmp.domain.situation import (
    Action,
    Authentification,
    ConditionDocument,
    EtatVu,
    ModeAcces,
    Reglages,
    Situation,
    TypeActeur,
)

Predicat: TypeAlias = Callable[[Situation], bool]
PredicatDocument: TypeAlias = Callable[[ConditionDocument | None], bool]


class PhraseInconnue(ValueError):
    """A row of the table uses words this module cannot read."""


def _est(type_: TypeActeur) -> Predicat:
    return lambda s: s.acteur.type is type_


def _ps(s: Situation) -> bool:
    return s.acteur.type is TypeActeur.PS and s.acteur.code_acces is None


def _structure(s: Situation) -> bool:
    return s.acteur.type in {TypeActeur.CPE, TypeActeur.STRUCTURE}


def _air(s: Situation) -> bool:
    return s.acteur.authentification is Authentification.AIR


# Each actor phrase: how precise it is (the more precise row is quoted when several agree) and what it means.
ACTEURS: Final[dict[str, tuple[int, Predicat]]] = {
    "any PS": (0, _ps),
    "PS": (0, _ps),
    "PS (non MT)": (1, lambda s: _ps(s) and not s.acteur.medecin_traitant),
    "PS non MT": (1, lambda s: _ps(s) and not s.acteur.medecin_traitant),
    "medecin non MT": (2, lambda s: _ps(s) and s.acteur.est_medecin and not s.acteur.medecin_traitant),
    "medecin traitant": (3, lambda s: _ps(s) and s.acteur.medecin_traitant),
    "medecin du travail": (3, lambda s: _ps(s) and s.acteur.est_medecin_du_travail),
    "medecin regulateur": (3, lambda s: _ps(s) and s.acteur.est_medecin and s.acteur.regulateur),
    "author PS": (2, lambda s: _ps(s) and s.document is not None and s.document.auteur),
    "PS not author": (1, lambda s: _ps(s) and s.document is not None and not s.document.auteur),
    "any PS in AIR": (2, lambda s: _ps(s) and _air(s)),
    "medecin non MT in AIR": (
        3,
        lambda s: _ps(s) and s.acteur.est_medecin and not s.acteur.medecin_traitant and _air(s),
    ),
    "any PS, secret connection": (2, lambda s: _ps(s) and s.acteur.connexion_secrete),
    "structure (CPE or certificate)": (1, _structure),
    "structure": (1, _structure),
    "indirect (structure)": (1, _est(TypeActeur.STRUCTURE)),
    "CPE non PS": (1, _est(TypeActeur.CPE)),
    "system": (0, _est(TypeActeur.SYSTEME)),
    "patient": (0, _est(TypeActeur.PATIENT)),
    "minor patient at majority": (1, lambda s: s.acteur.type is TypeActeur.PATIENT and not s.mineur),
    "legal representative": (0, _est(TypeActeur.REPRESENTANT)),
    "PS with temporary access code": (
        3,
        lambda s: s.acteur.type is TypeActeur.PS and s.acteur.code_acces is not None,
    ),
    "referenced service": (0, _est(TypeActeur.SERVICE)),
    "insurer, employer, bank, mutuelle": (0, _est(TypeActeur.TIERS)),
}

_URGENCES = frozenset({ModeAcces.BRIS_DE_GLACE, ModeAcces.CENTRE_15})
MODES: Final[dict[str, Predicat]] = {
    "normal": lambda s: s.mode is ModeAcces.NORMAL,
    "bris_de_glace": lambda s: s.mode is ModeAcces.BRIS_DE_GLACE and bool(s.motif and s.motif.strip()),
    "bris_de_glace without reason": lambda s: s.mode is ModeAcces.BRIS_DE_GLACE and not (s.motif and s.motif.strip()),
    "centre_15": lambda s: s.mode is ModeAcces.CENTRE_15,
    "bris_de_glace or centre_15": lambda s: s.mode in _URGENCES,
    "any": lambda s: True,
    "-": lambda s: True,
}

ETATS: Final[dict[str, Predicat]] = {
    "no DMP": lambda s: s.etat is EtatVu.AUCUN,
    "opposed": lambda s: s.etat is EtatVu.OPPOSE,
    "no DMP / opposed": lambda s: s.etat in {EtatVu.AUCUN, EtatVu.OPPOSE},
    "open": lambda s: s.etat is EtatVu.OUVERT,
    "active": lambda s: s.etat is EtatVu.OUVERT,
    "open minor": lambda s: s.etat is EtatVu.OUVERT and s.mineur,
    "active minor": lambda s: s.etat is EtatVu.OUVERT and s.mineur,
    "closed": lambda s: s.etat is EtatVu.CLOS,
    "any": lambda s: True,
}

AUTORISATIONS: Final[dict[str, Predicat]] = {
    "any": lambda s: True,
    "-": lambda s: True,
    # In an emergency and for a deposit the authorisation is not looked at ("only for consultation", AD-016).
    "none": lambda s: not s.autorise or s.mode in _URGENCES or s.action in {Action.ALIMENTER, Action.TESTER},
    "valid": lambda s: s.autorise or s.bloque,  # blocking is told by its own column (AD-026)
    "consent valid": lambda s: s.consentement == "valide",
    "consent revoked": lambda s: s.consentement == "revoque",
}


def _drapeau(lire: Callable[[Situation], bool]) -> dict[str, Predicat]:
    return {"yes": lire, "no": lambda s: not lire(s), "any": lambda s: True, "-": lambda s: True}


BLOQUES: Final = _drapeau(lambda s: s.bloque)
OPPOSITIONS: Final = _drapeau(lambda s: s.oppose_urgence)


def _d(lire: Callable[[ConditionDocument], bool]) -> PredicatDocument:
    return lambda d: d is not None and lire(d)


def _sans_document(lire: Callable[[ConditionDocument], bool]) -> PredicatDocument:
    """True too when the question is about the transaction as a whole, before any document is looked at."""
    return lambda d: d is None or lire(d)


def _libre(d: ConditionDocument) -> bool:
    return not (d.masque or d.invisible_patient or d.invisible_representants)


def _d_autrui(d: ConditionDocument) -> bool:
    return not d.auteur and not d.depot_patient


DOCUMENTS: Final[dict[str, PredicatDocument]] = {
    "-": lambda d: True,
    "any": lambda d: True,
    "any document": lambda d: True,
    "all documents": lambda d: True,
    "scope granted": lambda d: True,
    "Approved": _sans_document(lambda d: d.statut == "Approved"),
    "Approved, N, in matrix": _sans_document(lambda d: d.statut == "Approved" and _libre(d) and d.dans_matrice),
    "not masked": _sans_document(lambda d: not d.masque),
    "MASQUE_PS": _d(lambda d: d.masque),
    "MASQUE_PS, other depositor": _d(lambda d: d.masque and not d.auteur),
    "MASQUE_PS, own deposit": _d(lambda d: d.masque and d.auteur),
    "MASQUE_PS + INVISIBLE_PATIENT together": _d(lambda d: d.masque and d.invisible_patient),
    "INVISIBLE_PATIENT": _d(lambda d: d.invisible_patient),
    "INVISIBLE_PATIENT for 2 weeks": _d(lambda d: d.invisible_patient and 14 <= d.jours_caches < 30),
    "INVISIBLE_PATIENT for 1 month": _d(lambda d: d.invisible_patient and d.jours_caches >= 30),
    "INVISIBLE_REPRESENTANTS_LEGAUX": _d(lambda d: d.invisible_representants),
    "without INVISIBLE_REPRESENTANTS_LEGAUX": _d(lambda d: not d.invisible_representants),
    "type outside matrix": _d(lambda d: not d.dans_matrice and not d.auteur),
    "status Deleted": _d(lambda d: d.statut == "Deleted" and not d.statut_demande),
    "own deposit by uniqueId": lambda d: d is None or d.auteur or d.meme_structure,
    "any other depositor": _d(lambda d: not d.auteur),
    "own document": _d(lambda d: d.auteur),
    "own deposit": _d(lambda d: d.auteur),
    "own document visible": _d(lambda d: d.auteur and not d.invisible_patient),
    "document of another PS": _d(_d_autrui),
    "PS document": _d(lambda d: not d.depot_patient),
    "masked document of another PS": _d(lambda d: _d_autrui(d) and d.masque),
    "document of same structure": _d(lambda d: d.meme_structure),
    "patient document": _d(lambda d: d.depot_patient),
    "patient document (class 90 / DOCPAT / EXPPAT)": _d(lambda d: d.depot_patient),
}

_TOUTES = frozenset(Action)
ACTIONS: Final[dict[str, frozenset[Action]]] = {
    "TD0.2": frozenset({Action.TESTER}),
    "TD0.3 AJOUT": frozenset({Action.AUTORISER, Action.DEVENIR_MT}),
    "TD0.3 AJOUT role=MEDECIN_TRAITANT": frozenset({Action.DEVENIR_MT}),
    "TD0.3 SUPPRESSION": frozenset({Action.RETIRER_AUTORISATION}),
    "TD1.6 list authorisations": frozenset({Action.LISTER_AUTORISATIONS}),
    "block a professional": frozenset({Action.BLOQUER}),
    "block professional (including MT)": frozenset({Action.BLOQUER}),
    "TD2.1 deposit": frozenset({Action.ALIMENTER}),
    "TD2.1/TD2.2 deposit": frozenset({Action.ALIMENTER}),
    "TD3.1": frozenset({Action.RECHERCHER}),
    "TD3.1 default query": frozenset({Action.RECHERCHER}),
    "TD3.1 / TD3.2": frozenset({Action.RECHERCHER, Action.CONSULTER}),
    "TD3.1 reference": frozenset({Action.RECHERCHER_REFERENCE}),
    "TD3.2": frozenset({Action.CONSULTER}),
    "TD3.2 by uniqueId": frozenset({Action.CONSULTER}),
    "TD3.3a mask": frozenset({Action.MASQUER}),
    "TD3.3a unmask": frozenset({Action.DEMASQUER}),
    "TD3.3a / TD3.3b": frozenset({Action.MASQUER, Action.DEMASQUER, Action.RENDRE_VISIBLE}),
    "hide from patient after deposit": frozenset({Action.CACHER_PATIENT}),
    "TD3.3b make visible": frozenset({Action.RENDRE_VISIBLE}),
    "TD3.3c delete": frozenset({Action.SUPPRIMER}),
    "delete": frozenset({Action.SUPPRIMER}),
    "TD3.3c delete or TD3.3d archive": frozenset({Action.SUPPRIMER, Action.ARCHIVER, Action.DESARCHIVER}),
    "TD3.3c / TD3.3d": frozenset({Action.SUPPRIMER, Action.ARCHIVER, Action.DESARCHIVER}),
    "TD3.3d archive": frozenset({Action.ARCHIVER, Action.DESARCHIVER}),
    "mask / unmask": frozenset({Action.MASQUER, Action.DEMASQUER}),
    "mask all in one click": frozenset({Action.MASQUER_TOUT}),
    "oppose break-glass and/or regulation access": frozenset({Action.OPPOSER_URGENCE}),
    "read full access history": frozenset({Action.HISTORIQUE_COMPLET}),
    "read access history": frozenset({Action.HISTORIQUE}),
    "list documents": frozenset({Action.LISTER_DOCUMENTS}),
    "see activity of hidden document": frozenset({Action.VOIR_ACTIVITE}),
    "read MES (whole or part)": frozenset({Action.LIRE_PAR_CODE}),
    "after expiry or revocation": frozenset({Action.LIRE_PAR_CODE}),
    "API call": frozenset({Action.APPELER_API}),
    "timer": frozenset({Action.MINUTEUR}),
    "any": _TOUTES,
}


@dataclass(frozen=True, slots=True)
class LigneAcces:
    """One published row: what it says (``texte``) and when it applies (``convient``)."""

    id: str
    texte: Mapping[str, str]
    actions: frozenset[Action]
    predicats: tuple[Predicat, ...]
    document: PredicatDocument
    precision: int
    refuse: bool
    cache: bool
    """Allowed, but the document is silently left out (``not listed``)."""

    def convient(self, s: Situation) -> bool:
        return s.action in self.actions and self.document(s.document) and all(p(s) for p in self.predicats)

    @property
    def severite(self) -> int:
        return 2 if self.refuse else 1 if self.cache else 0

    @property
    def trace(self) -> bool:
        """``yes`` leaves a trace in the person's history; ``tech log only`` and ``no`` do not."""
        return self.texte["trace"] == "yes"

    @property
    def notifie_patient(self) -> bool:
        return self.texte["notify_patient"] not in {"no", "-", ""}

    @property
    def premiere_seulement(self) -> bool:
        return self.texte["notify_patient"].startswith("first")

    @property
    def notifie_mt(self) -> bool:
        return self.texte["notify_mt"] == "yes"


def _lire(vocabulaire: Mapping[str, Predicat], ligne: Mapping[str, str], colonne: str) -> Predicat:
    try:
        return vocabulaire[ligne[colonne]]
    except KeyError:
        raise PhraseInconnue(f"{ligne['id']}: {colonne} = {ligne[colonne]!r}") from None


def _nuances(ligne: Mapping[str, str]) -> Iterable[Predicat]:
    """Conditions the table writes in its effect column rather than in a column of their own."""
    effet = ligne["error_or_effect"]
    if "(direct mode)" in effet:
        yield lambda s: not _air(s)
    if "masked docs in" in effet:  # functional note 7: unless the patient restricts masked documents in an emergency
        yield lambda s: s.masques_en_urgence
    if "only when undefined or expired" in effet:
        yield lambda s: not s.acteur.medecin_traitant
    if ligne["actor"] == "PS with temporary access code":
        valide = ligne["action"] != "after expiry or revocation"
        yield lambda s: (s.acteur.code_acces == "valide") is valide


def _refuse(ligne: Mapping[str, str], reglages: Reglages) -> bool:
    """Whether the row refuses; the three rows on which the sources disagree follow a switch."""
    if ligne["decision"] == "allow per matrix / deny per webinar":
        return not reglages.masquage_non_auteur
    if "make it a switch" in ligne["basis"] and ligne["blocked"] == "yes":
        return not reglages.bloque_peut_alimenter
    if "make it a switch" in ligne["error_or_effect"]:
        return not reglages.archivage_en_urgence
    if "cumul-invisible_patient-masque_ps" in ligne["error_or_effect"]:
        return not reglages.cumul_invisible_patient_masque_ps
    return ligne["decision"].startswith("deny")


def compiler(ligne: Mapping[str, str], reglages: Reglages) -> LigneAcces:
    """Read one row; :class:`PhraseInconnue` names the cell that cannot be read."""
    try:
        rang, acteur = ACTEURS[ligne["actor"]]
        actions = ACTIONS[ligne["action"]]
        document = DOCUMENTS[ligne["document_condition"]]
    except KeyError as e:
        raise PhraseInconnue(f"{ligne['id']}: {e.args[0]!r}") from None
    colonnes = (
        (MODES, "purpose_of_use"),
        (ETATS, "dossier_state"),
        (AUTORISATIONS, "authorisation"),
        (BLOQUES, "blocked"),
        (OPPOSITIONS, "emergency_opposed"),
    )
    predicats = [acteur, *(_lire(v, ligne, c) for v, c in colonnes), *_nuances(ligne)]
    precision = 10 * rang + sum(ligne[c] not in {"any", "-"} for _, c in colonnes)
    precision += ligne["document_condition"] not in {"any", "-", "any document"}
    return LigneAcces(
        id=ligne["id"],
        texte=ligne,
        actions=actions,
        predicats=tuple(predicats),
        document=document,
        precision=precision,
        refuse=_refuse(ligne, reglages),
        cache="not listed" in ligne["result"],
    )


class TableAcces:
    """All rows, indexed by action. Among the rows that match, the most restrictive decides, then the most precise."""

    def __init__(self, lignes: Iterable[Mapping[str, str]], reglages: Reglages | None = None) -> None:
        choix = reglages or Reglages()
        self.lignes: tuple[LigneAcces, ...] = tuple(compiler(ligne, choix) for ligne in lignes)
        self._par_action: dict[Action, tuple[LigneAcces, ...]] = {
            action: tuple(
                sorted(
                    (ligne for ligne in self.lignes if action in ligne.actions),
                    key=lambda ligne: (-ligne.severite, -ligne.precision, ligne.id),
                )
            )
            for action in Action
        }

    def chercher(self, s: Situation) -> tuple[LigneAcces | None, tuple[str, ...]]:
        """The row that decides, and the ids of the rows looked at before it."""
        vues: list[str] = []
        for ligne in self._par_action[s.action]:
            vues.append(ligne.id)
            if ligne.convient(s):
                return ligne, tuple(vues)
        return None, tuple(vues)
