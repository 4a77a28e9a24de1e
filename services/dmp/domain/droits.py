"""Functional rights (dmp_functional_rights*.csv, PDT-INF-526/606) and habilitation matrix (arrêté of 26/10/2023)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from services.dmp.domain.situation import (
    Acteur,
    Action,
    Authentification,
    ConditionDocument,
    ModeAcces,
    Situation,
    TypeActeur,
)

# The right that each action needs, as (transaction, right) keys of the published table.
_REFERENCE = ("TD3.1", "Rechercher - référence seule")
DROITS: Final[dict[Action, tuple[str, str]]] = {
    Action.TESTER: ("TD0.2", "Tester existence DMP / vérifier autorisation"),
    Action.AUTORISER: ("TD0.3", "Se déclarer autorisé (AJOUT)"),
    Action.DEVENIR_MT: ("TD0.3", "Se déclarer autorisé (AJOUT)"),
    Action.RETIRER_AUTORISATION: ("TD0.3", "Supprimer sa propre autorisation (SUPPRESSION)"),
    Action.QUITTER_MT: ("TD0.3", "Se supprimer du rôle médecin traitant DMP"),
    Action.LISTER_PATIENTS: ("TD0.4", "Lister les patients ayant donné autorisation"),
    Action.LISTER_AUTORISATIONS: ("TD1.6", "Lister les autorisations du patient"),
    Action.ALIMENTER: ("TD2.1", "Alimenter"),
    Action.RECHERCHER: ("TD3.1", "Rechercher - métadonnées"),
    Action.RECHERCHER_REFERENCE: _REFERENCE,
    Action.CONSULTER: ("TD3.2", "Consulter document non masqué"),
    Action.MASQUER: ("TD3.3a", "Masquer aux PS"),
    Action.DEMASQUER: ("TD3.3a", "Démasquer aux PS"),
    Action.RENDRE_VISIBLE: ("TD3.3b", "Rendre visible au patient / représentants légaux"),
    Action.CACHER_PATIENT: ("TD3.3b", "Rendre visible au patient / représentants légaux"),
    Action.SUPPRIMER: ("TD3.3c", "Supprimer (dépublier)"),
    Action.ARCHIVER: ("TD3.3d", "Archiver"),
    Action.DESARCHIVER: ("TD3.3d", "Désarchiver"),
}

_CONSULTER = {
    "masque": "Consulter document masqué aux PS",
    "invisible": "Consulter document non visible patient ou représentants légaux",
    "Archived": "Consulter document archivé",
    "Deprecated": "Consulter document obsolète",
    "Deleted": "Consulter document supprimé",
}

_CELLULE = re.compile(r"^(o|n)(?:\((\d+)\))?$")


@dataclass(frozen=True, slots=True)
class Droit:
    """One cell: allowed or not, under which note; ``id`` is ``DMP-DF-<transaction>-<column>``."""

    id: str
    accorde: bool
    note: int | None
    libelle: str
    colonne: str


def lettre(acteur: Acteur, mode: ModeAcces) -> str | None:
    """The column (A … L) of a caller in a mode; ``None`` when the published table has none for them."""
    if acteur.type is TypeActeur.CPE:
        return "J"
    if acteur.type is TypeActeur.STRUCTURE:
        return {ModeAcces.NORMAL: "K", ModeAcces.CENTRE_15: "L"}.get(mode)
    if acteur.type is not TypeActeur.PS:
        return None
    if acteur.est_medecin_du_travail and not acteur.medecin_traitant:
        return "G" if mode is ModeAcces.NORMAL else None
    if acteur.medecin_traitant and acteur.est_medecin and mode is not ModeAcces.CENTRE_15:
        return {ModeAcces.NORMAL: "H", ModeAcces.BRIS_DE_GLACE: "I"}[mode]
    colonnes = "DEF" if acteur.est_medecin else "ABC"
    rang = {ModeAcces.NORMAL: 0, ModeAcces.CENTRE_15: 1, ModeAcces.BRIS_DE_GLACE: 2}[mode]
    return colonnes[rang]


class TableDroits:
    """One of the two published matrices (direct and indirect, or AIR)."""

    def __init__(self, lignes: Iterable[Mapping[str, str]], *, air: bool = False) -> None:
        self.air = air
        self._cellules: dict[tuple[str, str, str], Droit] = {}
        for ligne in lignes:
            for colonne, valeur in ligne.items():
                if colonne in {"transaction", "right"}:
                    continue
                trouve = _CELLULE.match(valeur)
                if trouve is None:
                    raise ValueError(f"{ligne['transaction']} {ligne['right']} {colonne}: {valeur!r}")
                self._cellules[ligne["transaction"], ligne["right"], colonne[0]] = Droit(
                    id=f"DMP-DF{'-AIR' if air else ''}-{ligne['transaction']}-{colonne[0]}",
                    accorde=trouve[1] == "o",
                    note=int(trouve[2]) if trouve[2] else None,
                    libelle=ligne["right"],
                    colonne=colonne,
                )

    def droit(self, transaction: str, libelle: str, colonne: str) -> Droit | None:
        return self._cellules.get((transaction, libelle, colonne))


class Droits:
    def __init__(self, direct: TableDroits, air: TableDroits) -> None:
        self._direct, self._air = direct, air

    def exiges(self, s: Situation) -> list[Droit]:
        """The cells this request depends on. Empty when the published matrix does not cover the action.

        A caller without a column (a doctor of occupational health in an emergency mode) gets one refusing cell.
        """
        if s.action not in DROITS or s.acteur.type not in {TypeActeur.PS, TypeActeur.CPE, TypeActeur.STRUCTURE}:
            return []
        colonne = lettre(s.acteur, s.mode)
        transaction, libelle = DROITS[s.action]
        if colonne is None:
            return [Droit(f"DMP-DF-{transaction}-0", False, None, libelle, "aucune colonne")]
        if s.action is Action.ALIMENTER and colonne == "J":
            transaction, libelle = "TD2.2", "Alimenter (imputable structure)"
        table = self._air if s.acteur.authentification is Authentification.AIR else self._direct
        libelles = [libelle]
        if s.action is Action.CONSULTER and s.document is not None:
            libelles = _libelles_consulter(s.document)
        cellules = [table.droit(transaction, mot, colonne) for mot in libelles]
        return [
            cellule or Droit(f"DMP-DF-{transaction}-0", False, None, mot, colonne)
            for cellule, mot in zip(cellules, libelles, strict=True)
        ]


def _libelles_consulter(d: ConditionDocument) -> list[str]:
    mots = [_CONSULTER["masque"] if d.masque else "Consulter document non masqué"]
    if d.invisible_patient or d.invisible_representants:
        mots.append(_CONSULTER["invisible"])
    if d.statut in _CONSULTER:
        mots.append(_CONSULTER[d.statut])
    return mots


# ── habilitation matrix ─────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Categorie:
    id: str
    libelle: str
    types: frozenset[str]
    classe: str | None
    sauf: frozenset[str]


@dataclass(frozen=True, slots=True)
class Habilitation:
    id: str
    lire: bool
    base: str
    categorie: str
    profession: str


def _categorie(ligne: Mapping[str, str], listes: frozenset[str]) -> Categorie:
    """Read a selector: ``class=10 except listed types``, ``class=90 except X;Y``, ``type in X;Y``, ``type=X;Y``."""
    selecteur = ligne["selector"]
    types: frozenset[str] = frozenset()
    classe = None
    sauf: frozenset[str] = frozenset()
    if m := re.match(r"^type(?: in |=)(.+)$", selecteur):
        types = frozenset(m[1].split(";"))
    elif m := re.match(r"^class=(\S+?)(?: except (.+))?$", selecteur):
        classe = m[1]
        sauf = listes if m[2] == "listed types" else frozenset((m[2] or "").split(";")) - {""}
    else:
        raise ValueError(f"habilitation matrix: selector {selecteur!r}")
    return Categorie(ligne["category_id"], ligne["category_label"], types, classe, sauf)


def professions_de(code: str) -> list[str]:
    """``G15_38..39`` → 38, 39; ``331;332 (R85)`` → 331, 332: every code one cell of the matrix speaks for."""
    texte = re.sub(r"\s*\(R\d+\)$", "", code)
    if m := re.match(r"^G15_(\d+)\.\.(\d+)$", texte):
        return [f"G15_{n}" for n in range(int(m[1]), int(m[2]) + 1)]
    return texte.split(";")


class Matrice:
    """Who may read which kind of document. No row for a profession means no reading at all."""

    def __init__(self, lignes: Iterable[Mapping[str, str]]) -> None:
        toutes = list(lignes)
        listes = frozenset(
            t for ligne in toutes if ligne["selector"].startswith("type") for t in _categorie(ligne, frozenset()).types
        )
        self.categories: dict[str, Categorie] = {ligne["category_id"]: _categorie(ligne, listes) for ligne in toutes}
        self._cellules: dict[tuple[str, str], Habilitation] = {}
        for ligne in toutes:
            for profession in professions_de(ligne["profession_code"]):
                self._cellules[profession, ligne["category_id"]] = Habilitation(
                    f"DMP-HAB-{profession}-{ligne['category_id']}",
                    ligne["read"] == "Y",
                    ligne["basis"],
                    ligne["category_label"],
                    ligne["profession_label"],
                )

    def categorie(self, type_code: str, classe: str) -> str | None:
        """A listed type decides before its class; ``None`` for what no category holds (technical documents)."""
        for c in self.categories.values():
            if type_code in c.types:
                return c.id
        for c in self.categories.values():
            if c.classe == classe and type_code not in c.sauf:
                return c.id
        return None

    def habilitation(self, profession: str, type_code: str, classe: str) -> Habilitation:
        categorie = self.categorie(type_code, classe)
        if categorie is None:
            return Habilitation("DMP-HAB-TECHNIQUE", False, "documented", "document technique", profession)
        return self._cellules.get((profession, categorie)) or Habilitation(
            f"DMP-HAB-{profession or 'INCONNUE'}-{categorie}", False, "absence", categorie, profession
        )
