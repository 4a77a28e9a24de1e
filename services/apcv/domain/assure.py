"""The insured person as the SI apCV knows them: identity, attachment, rights, eligibility (apcv.md §1, §7.A)."""

from dataclasses import dataclass
from datetime import date

AGE_MINIMAL = 16
MAJORITE = 18
# General scheme, MSA and MGEN first; 03 (independents) is run with 01 (apcv.md §1, adri.md §4.1).
REGIMES_ELIGIBLES = frozenset({"01", "02", "03", "91"})


@dataclass(frozen=True, slots=True)
class Periode:
    """ISO dates, both included; an open end is ``None``."""

    debut: str
    fin: str | None = None

    def couvre(self, jour: date) -> bool:
        iso = jour.isoformat()
        return self.debut <= iso and (not self.fin or iso <= self.fin)


@dataclass(frozen=True, slots=True)
class Amc:
    """The complementary contract the app carries (apcv.md §11)."""

    numero: str
    libelle: str
    numero_adherent: str
    debut: str
    fin: str | None
    gestion: str
    """``separee`` or ``unique``."""


@dataclass(frozen=True, slots=True)
class Assure:
    """``nir_assure`` opens the rights: the person's own, or a parent's for a child (adri.md §2)."""

    matricule_ins: str
    oid: str
    nom_naissance: str
    prenom: str
    liste_prenoms: str
    sexe: str
    date_naissance: str
    lieu_naissance: str | None = None
    nom_utilise: str | None = None
    rang_naissance: int = 1
    type_matricule: str = "NIR"
    nir_assure: str | None = None
    regime: str = "01"
    caisse: str = "631"
    centre: str = "0000"
    qualite: str = "0"
    situation: str = "ordinaire"
    periodes: tuple[Periode, ...] = ()
    tutelle: bool = False
    decede: bool = False
    amc: Amc | None = None
    parents: tuple[str, ...] = ()
    """Matricules of the parents on whose app a minor appears."""

    def age(self, jour: date) -> int:
        """Completed years. A fictitious month or day counts as the 31st of December: never older than the person is."""
        annee, mois, quantieme = (int(partie) for partie in self.date_naissance.split("-"))
        if not 1 <= mois <= 12:
            mois, quantieme = 12, 31
        elif not 1 <= quantieme <= 31:
            quantieme = 31
        return jour.year - annee - ((jour.month, jour.day) < (mois, quantieme))

    def droits_ouverts(self, jour: date) -> bool:
        return any(periode.couvre(jour) for periode in self.periodes)


def raison_ineligible(assure: Assure | None, *, jour: date) -> str | None:
    """Why this person cannot activate the app, as the error end of apcv.md §7.A.6; ``None`` when they can.

    The order is the text's: identity (INSi) first, then rights, age and guardianship.
    """
    if assure is None or not assure.nom_naissance or assure.type_matricule != "NIR" or assure.decede:
        return "NIR_INCONNU"
    if assure.regime not in REGIMES_ELIGIBLES or assure.situation == "ame":
        return "REGIME_NON_ELIGIBLE"
    if not assure.droits_ouverts(jour):
        return "DROITS_FERMES"
    if assure.age(jour) < AGE_MINIMAL:
        return "AGE"
    if assure.tutelle:
        return "TUTELLE"
    return None


def beneficiaires(titulaire: Assure, enfants: tuple[Assure, ...], *, jour: date) -> tuple[Assure, ...]:
    """Holder first, then the minor children by birth date and rank: what the software lets the user pick from."""
    mineurs = [enfant for enfant in enfants if enfant.age(jour) < MAJORITE and not enfant.decede]
    mineurs.sort(key=lambda e: (e.date_naissance, e.rang_naissance, e.matricule_ins))
    return (titulaire, *mineurs)
