"""An invented population of any size: valid keys, impossible people, plausible shares (architecture §11.23).

Households come one after the other, adults first, so a child's insured parent is always already known. Birth communes
are 990 to 998 of a department, codes that were never assigned; RPPS are taken from 9971000000 upwards.
The same ``size``, ``seed`` and ``reference_date`` give the same bytes on every supported Python.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from random import Random
from typing import BinaryIO, NamedTuple

from shared.identite import NatureMatricule, Sexe, Traits, luhn_cle
from shared.monde._noms import DEBUTS, DEPARTEMENTS, FINS, PARTICULES, PRENOMS
from shared.monde.modele import EtatApcv, EtatProfil

#: The seed every service uses for the people of a `population-N` bac, so that they all hold the same ones.
GRAINE_POPULATION = 0
COMMUNES = range(990, 999)
ORDRES = 999
MAX_NAISSANCES = len(COMMUNES) * ORDRES  # per sex, year, month and department
PREMIER_RPPS = 9_971_000_000
PATIENTS_PAR_MEDECIN = 850

# Shares of adult ages, by decade from 18 (thousandths): the shape of the French pyramid.
_AGES = ((18, 24, 106), (25, 34, 148), (35, 44, 158), (45, 54, 162), (55, 64, 160), (65, 74, 141), (75, 84, 85))
_AGES_HAUTS = ((85, 94, 36), (95, 104, 4))
# mon-espace-sante §11: measured shares; the opposed are "a few".
_PROFILS: tuple[tuple[EtatProfil, int], ...] = (
    ("OPEN_NOT_ACTIVATED", 734),
    ("ACTIVE", 246),
    ("CLOSED", 16),
    ("OPPOSED", 4),
)
_CAISSES = ["631", "751", "691", "331", "591", "131", "311", "441", "351", "671"]


class Personne(NamedTuple):
    """One invented person, in the words of :class:`shared.monde.modele.Patient`."""

    rang: int
    matricule_ins: str
    nature: str
    nom_naissance: str
    nom_usage: str
    prenoms: str
    sexe: str
    date_naissance: str
    lieu_naissance: str
    telephone: str | None
    courriel: str | None
    nir_assure: str
    rang_naissance: int
    qualite: str
    regime: str
    caisse: str
    centre: str
    medecin_traitant_id_nat: str | None
    profil: EtatProfil
    apcv: EtatApcv
    situation: str

    def traits(self) -> Traits:
        return Traits(
            self.nom_naissance,
            tuple(self.prenoms.split()),
            Sexe(self.sexe),
            self.date_naissance,
            self.lieu_naissance,
        )


def generer(size: int, seed: int, reference_date: date) -> Iterator[Personne]:
    """``size`` people, lazily; memory grows with the number of distinct (sex, birth month, department) only."""
    tirage = Random(f"bacasante-population-{seed}")  # noqa: S311  # reproducible on purpose
    medecins = max(1, size // PATIENTS_PAR_MEDECIN)
    fabrique = _Fabrique(tirage.random, reference_date.toordinal(), medecins)
    rang = 0
    while rang < size:
        for personne in fabrique.foyer(rang):
            yield personne
            rang += 1
            if rang == size:
                return


def rpps_genere(rang: int) -> str:
    """The RPPS of the n-th generated doctor."""
    dix = str(PREMIER_RPPS + rang)
    return dix + luhn_cle(dix)


class _Fabrique:
    """Draws households; holds the tables of choice and the counters that keep matricules unique."""

    def __init__(self, alea: Callable[[], float], reference: int, medecins: int) -> None:
        self._alea = alea
        self._reference = reference
        self._medecins = medecins
        self._compteurs: dict[str, int] = {}
        self._departements = _repeter(DEPARTEMENTS)
        self._profils = _repeter(_PROFILS)
        self._ages = _repeter(
            tuple((age, poids) for bas, haut, part in (*_AGES, *_AGES_HAUTS) for age, poids in _etaler(bas, haut, part))
        )

    def _parmi(self, choix: tuple[str, ...] | list[str]) -> str:
        return choix[int(self._alea() * len(choix))]

    def _souvent(self, choix: tuple[str, ...]) -> str:
        """As :meth:`_parmi`, the first values more often."""
        alea = self._alea
        return choix[int(alea() * (0.6 + 0.4 * alea()) * len(choix))]

    def foyer(self, rang: int) -> Iterator[Personne]:
        """One household: a first adult, often a second, and the children of the woman's age."""
        alea = self._alea
        age = int(self._parmi_ages())
        nom = self._nom()
        seul = alea() < (0.42 if age < 75 else 0.62)
        sexe = "F" if alea() < (0.56 if seul and age > 60 else 0.515 if seul else 0.5) else "M"
        premier = self._adulte(rang, nom, "", sexe, age)
        yield premier
        rang += 1
        if not seul:
            autre_age = min(104, max(18, age + int(alea() * 9) - 4))
            autre = "M" if sexe == "F" else "F"
            usage = nom if autre == "F" and alea() < 0.6 else ""
            yield self._adulte(rang, self._nom(), usage, autre, autre_age)
            rang += 1
        if 20 <= age <= 60 and alea() < (0.42 if seul else 0.9):
            yield from self._enfants(rang, nom, premier, age)

    def _enfants(self, rang: int, nom: str, parent: Personne, age: int) -> Iterator[Personne]:
        alea = self._alea
        nombre = 1 + (alea() < 0.7) + (alea() < 0.34) + (alea() < 0.1)
        ecart = 19 + int(alea() * 18)
        for _ in range(nombre):
            age_enfant = age - ecart
            ecart += 1 + int(alea() * 4)
            if not 0 <= age_enfant < 18:
                continue
            jour = self._jour(age_enfant)
            for rang_naissance in (1, 2) if alea() < 0.016 else (1,):
                sexe = "F" if alea() < 0.488 else "M"
                yield self._enfant(rang, nom, sexe, jour, parent, rang_naissance)
                rang += 1

    def _adulte(self, rang: int, nom: str, usage: str, sexe: str, age: int) -> Personne:
        alea = self._alea
        jour = self._jour(age)
        matricule, lieu, naissance = self._naissance(sexe, jour)
        prenoms = self._prenoms(sexe, jour)
        profil = self._profils[int(alea() * 1000)]
        tirage = alea()
        ald = 0.06 if age < 50 else 0.34
        situation = "ald" if tirage < ald else "c2s" if tirage < ald + 0.11 and age < 65 else ""
        contact = alea()
        return Personne(
            rang,
            matricule,
            NatureMatricule.NIR.value,
            nom,
            usage,
            prenoms,
            sexe,
            naissance,
            lieu,
            f"063998{rang % 10000:04d}" if contact < 0.93 else None,
            f"p{rang}@courriel.example" if contact < 0.82 else None,
            matricule,
            1,
            "0",
            "01" if tirage < 0.92 else "02",
            self._parmi(_CAISSES),
            "0000",
            self._medecin(0.9),
            profil,  # type: ignore[arg-type]  # drawn from _PROFILS
            "ACTIVE" if profil == "ACTIVE" and contact < 0.25 else "ABSENTE",
            situation,
        )

    def _enfant(self, rang: int, nom: str, sexe: str, jour: date, parent: Personne, rang_naissance: int) -> Personne:
        matricule, lieu, naissance = self._naissance(sexe, jour)
        return Personne(
            rang,
            matricule,
            NatureMatricule.NIR.value,
            nom,
            "",
            self._prenoms(sexe, jour),
            sexe,
            naissance,
            lieu,
            None,
            None,
            parent.matricule_ins,
            rang_naissance,
            "6",
            parent.regime,
            parent.caisse,
            parent.centre,
            self._medecin(0.7),
            "ACTIVE" if parent.profil == "ACTIVE" else "OPEN_NOT_ACTIVATED",
            "ABSENTE",
            parent.situation if parent.situation == "c2s" else "",
        )

    def _parmi_ages(self) -> str:
        return self._ages[int(self._alea() * len(self._ages))]

    def _jour(self, age: int) -> date:
        """A birth day that makes this person exactly ``age`` years old, more or less a leap day."""
        return date.fromordinal(self._reference - int((age + self._alea() * 0.997) * 365.2425) - 1)

    def _naissance(self, sexe: str, jour: date) -> tuple[str, str, str]:
        """Matricule, birth place and wire date; one in a thousand born abroad has a fictitious month."""
        departement = self._departements[int(self._alea() * len(self._departements))]
        iso = jour.isoformat()
        mois = iso[5:7]
        if departement == "99" and self._alea() < 0.01:
            mois, iso = "20", f"{iso[:4]}-20-00"
        debut = f"{'1' if sexe == 'M' else '2'}{iso[2:4]}{mois}{departement}"
        compte = self._compteurs.get(debut, 0)
        if compte >= MAX_NAISSANCES:
            raise OverflowError(f"more than {MAX_NAISSANCES} births for {debut}: the population is too large")
        self._compteurs[debut] = compte + 1
        commune, ordre = COMMUNES[compte // ORDRES], compte % ORDRES + 1
        numero = f"{debut}{commune}{ordre:03d}"
        chiffres = numero.replace("2A", "19", 1).replace("2B", "18", 1) if departement[0] == "2" else numero
        return f"{numero}{97 - int(chiffres) % 97:02d}", f"{departement}{commune}", iso

    def _prenoms(self, sexe: str, jour: date) -> str:
        generations = PRENOMS[sexe]
        annee = jour.year
        liste = generations[0 if annee < 1945 else min(4, 1 + (annee - 1945) // 20)]
        alea = self._alea
        premier = liste[int(alea() * (0.4 + 0.6 * alea()) * len(liste))]
        if alea() < 0.35:
            return premier
        second = liste[int(alea() * len(liste))]
        return premier if second == premier else f"{premier} {second}"

    def _nom(self) -> str:
        alea = self._alea
        # Frequent names come from a product of draws: a power would depend on the platform's libm.
        nom = self._souvent(DEBUTS) + self._souvent(FINS)
        tirage = alea()
        if tirage < 0.03:
            return f"{nom}-{self._parmi(DEBUTS)}{self._parmi(FINS)}"
        if tirage < 0.06:
            particule = self._parmi(PARTICULES)
            return f"{particule}{nom}" if particule[-1] == " " or nom[0] in "AEIOU" else f"LE {nom}"
        return nom

    def _medecin(self, part: float) -> str | None:
        alea = self._alea
        return f"8{rpps_genere(int(alea() * self._medecins))}" if alea() < part else None


def _etaler(bas: int, haut: int, part: int) -> Iterator[tuple[str, int]]:
    """Spread the share of an age band over its years; old ages thin out towards the top.

    Integers only: float sums are not the same on all supported versions of Python.
    """
    annees = range(bas, haut + 1)
    pentes = [10 if bas < 75 else 19 - 18 * (annee - bas) // (haut - bas) for annee in annees]
    total = sum(pentes)
    for annee, pente in zip(annees, pentes, strict=True):
        yield str(annee), max(1, part * 10 * pente // total)


def _repeter(parts: Iterable[tuple[str, int]]) -> list[str]:
    """A table to draw from with one multiplication: each value repeated by its weight."""
    return [valeur for valeur, poids in parts for _ in range(poids)]


def ecrire(personnes: Iterable[Personne], fichier: BinaryIO, *, avance: Callable[[int], None] | None = None) -> str:
    """The canonical export: one JSON object a line, sorted keys, UTF-8, LF; returns its SHA-256 in hexadecimal."""
    empreinte = hashlib.sha256()
    encoder = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
    for compte, personne in enumerate(personnes, 1):
        ligne = f"{encoder(personne._asdict())}\n".encode()
        empreinte.update(ligne)
        fichier.write(ligne)
        if avance is not None and compte % 1000 == 0:
            avance(compte)
    return empreinte.hexdigest()
