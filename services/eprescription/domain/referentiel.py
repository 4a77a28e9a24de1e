"""Products and codes the rules look up: the BDPM sample, LPP, EDQM, UCUM (e-prescription §6)."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from services.eprescription.domain import tables
from services.eprescription.domain.lignes import LigneMed, Produit


@lru_cache(maxsize=4096)
def sans_accents(texte: str) -> str:
    """Upper case ASCII, to compare substances of tables that write accents differently."""
    return "".join(c for c in unicodedata.normalize("NFKD", texte.upper()) if not unicodedata.combining(c))


@dataclass(frozen=True, slots=True)
class Medicament:
    """One presentation of the BDPM sample, with the regime the rules read."""

    cis: str
    cip13: str
    denomination: str
    substances: tuple[str, ...]
    dosages: str
    voie: str
    atc: str
    liste: str
    regime: str
    ordonnance_securisee: bool
    duree_max_jours: int | None
    fractionnement_jours: int | None
    conditions: str
    groupe_generique: str

    @property
    def est_liste_i(self) -> bool:
        return self.liste == "I"

    @property
    def est_liste_ii(self) -> bool:
        return self.liste == "II"

    @property
    def est_liste(self) -> bool:
        """Liste I or II, the products whose time limits CSP R.5132-21 and R.5132-22 set."""
        return self.liste in {"I", "II"}

    @property
    def est_stupefiant(self) -> bool:
        return self.regime.startswith("STUPEFIANT")

    @property
    def est_assimile(self) -> bool:
        return self.regime.startswith("ASSIMILE")

    @property
    def est_tso(self) -> bool:
        """Opioid substitution treatment (traitement de substitution aux opiacés)."""
        return self.regime.endswith("_TSO")

    @property
    def est_contraceptif(self) -> bool:
        return self.atc.startswith("G03A")

    def contient(self, *racines: str) -> bool:
        return any(racine in sans_accents(substance) for substance in self.substances for racine in racines)


def _entier(texte: str) -> int | None:
    return int(texte) if texte.strip() else None


def _medicament(ligne: Mapping[str, str]) -> Medicament:
    return Medicament(
        cis=ligne["cis"],
        cip13=ligne["cip13"],
        denomination=ligne["denomination"],
        substances=tuple(s.strip() for s in ligne["substances"].split(";")),
        dosages=ligne["dosages"],
        voie=ligne["voie"],
        atc=ligne["atc"],
        liste=ligne["liste"],
        regime=ligne["regime_emulateur"],
        ordonnance_securisee=ligne["ordonnance_securisee"] == "O",
        duree_max_jours=_entier(ligne["duree_max_prescription_jours"]),
        fractionnement_jours=_entier(ligne["fractionnement_jours"]),
        conditions=ligne["conditions_prescription_bdpm_2019"].replace("’", "'"),
        groupe_generique=ligne["groupe_generique"],
    )


@cache
def _medicaments() -> tuple[Medicament, ...]:
    return tuple(_medicament(ligne) for ligne in tables.lignes("medicaments_bdpm_sample"))


@cache
def _par_cis() -> Mapping[str, Medicament]:
    return {m.cis: m for m in _medicaments()}


@cache
def _par_cip13() -> Mapping[str, Medicament]:
    return {m.cip13: m for m in _medicaments()}


def par_cis(cis: str | None) -> Medicament | None:
    return _par_cis().get(cis or "")


def par_cip13(cip13: str | None) -> Medicament | None:
    return _par_cip13().get(cip13 or "")


def medicament(produit: Produit | None) -> Medicament | None:
    """The product prescribed, when our table knows it."""
    return (par_cis(produit.cis) or par_cip13(produit.cip13)) if produit else None


def medicament_de(ligne: LigneMed) -> Medicament | None:
    return medicament(ligne.produit)


def cip13_valide(cip13: str) -> bool:
    """EAN-13 key, thirteen digits."""
    if len(cip13) != 13 or not cip13.isascii() or not cip13.isdigit():
        return False
    somme = sum(int(c) * (3 if i % 2 else 1) for i, c in enumerate(cip13[:12]))
    return (10 - somme % 10) % 10 == int(cip13[12])


def meme_groupe_generique(a: Medicament, b: Medicament) -> bool:
    return bool(a.groupe_generique) and a.groupe_generique == b.groupe_generique


@cache
def _mte() -> tuple[frozenset[str], ...]:
    return tuple(
        frozenset(sans_accents(ligne["substance"]).split()) - {"DE"} for ligne in tables.lignes("mte_substances")
    )


def _mots(substance: str) -> set[str]:
    return set(sans_accents(substance).replace("(", " ").replace(")", " ").replace("'", " ").split())


def est_mte(m: Medicament) -> bool:
    """Whether a substance is on the list of the arrêté of 12/11/2019 (narrow therapeutic index)."""
    return any(attendus <= _mots(s) for s in m.substances for attendus in _mte())


def lpp(code: str | None) -> Mapping[str, str] | None:
    return tables.par_code("lpp_sample").get(code or "")


@cache
def _codes_unites() -> frozenset[str]:
    edqm = {ligne["code"] for ligne in tables.lignes("formes_pharmaceutiques_edqm")}
    conditionnements = {ligne["code"] for ligne in tables.lignes("conditionnements_edqm")}
    return frozenset({ligne["code"] for ligne in tables.lignes("unites")} | edqm | conditionnements)


def unite_connue(code: str) -> bool:
    return code in _codes_unites()


def code_connu(table: str, code: str) -> bool:
    return code in tables.par_code(table)
