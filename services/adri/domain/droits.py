"""The rights of one beneficiary: periods, bodies, coverage, complementary (adri.md §3)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from services.adri.domain.situations import EFFETS, PRIORITE, Effet, Situation

UN_JOUR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Periode:
    """Both ends included; no ``fin`` means an open end."""

    debut: date
    fin: date | None = None

    def couvre(self, jour: date) -> bool:
        return self.debut <= jour and (self.fin is None or jour <= self.fin)

    def intersection(self, autre: "Periode") -> "Periode | None":
        debut = max(self.debut, autre.debut)
        fins = [f for f in (self.fin, autre.fin) if f is not None]
        fin = min(fins) if fins else None
        return None if fin is not None and fin < debut else Periode(debut, fin)


def par_debut(periode: Periode) -> date:
    return periode.debut


@dataclass(frozen=True, slots=True)
class Organisme:
    regime: str
    caisse: str
    centre: str = "0000"
    code_gestion: str = "10"


@dataclass(frozen=True, slots=True)
class Affiliation:
    organisme: Organisme
    periode: Periode


@dataclass(frozen=True, slots=True)
class Couverture:
    situation: Situation
    periode: Periode

    @property
    def effet(self) -> Effet:
        return EFFETS[self.situation]


@dataclass(frozen=True, slots=True)
class Complementaire:
    """``gestion`` ``unique`` is managed by the AMO and returned; ``separee`` is the insurer's and never is."""

    numero_amc: str
    gestion: str
    type_contrat: str
    periode: Periode
    garanties: str = "OOOOOOOO"


@dataclass(frozen=True, slots=True)
class AccidentTravail:
    numero: str
    date: date
    organisme: str
    rang: int = 1


@dataclass(frozen=True, slots=True)
class Beneficiaire:
    """A beneficiary under one insured person; a child of two insured parents is two of these."""

    id: str
    assure_nir: str
    assure_cle: str
    nom: str
    prenoms: tuple[str, ...]
    date_naissance: str
    rang: int
    qualite: str
    affiliations: tuple[Affiliation, ...]
    periodes: tuple[Periode, ...]
    couvertures: tuple[Couverture, ...] = ()
    matricule: str | None = None
    nom_usuel: str | None = None
    numero: int = 1
    medecin_traitant: str | None = None
    """Billing number of the declared family doctor."""
    complementaire: Complementaire | None = None
    accidents: tuple[AccidentTravail, ...] = ()
    en_mise_a_jour: bool = False

    def affiliation(self, jour: date) -> Affiliation:
        """The body at that date, or the latest known when rights are closed."""
        en_vigueur = [a for a in self.affiliations if a.periode.couvre(jour)]
        return max(en_vigueur or self.affiliations, key=lambda a: a.periode.debut)

    def est_ouvert(self, jour: date) -> bool:
        return any(p.couvre(jour) for p in self.periodes)

    def situation(self, jour: date) -> Situation:
        """The situation that decides at that date."""
        if not self.est_ouvert(jour):
            return Situation.HORS_DROITS
        presentes = {c.situation for c in self.couvertures if c.periode.couvre(jour)}
        return next((s for s in PRIORITE if s in presentes), Situation.ORDINAIRE)

    def couvertures_sur(self, fenetre: Periode) -> list[Couverture]:
        """The successive coverages met inside ``fenetre``, each over its whole period, in order of time."""
        segments: list[Couverture] = []
        for periode in sorted(self.periodes, key=par_debut):
            for debut, fin in _decoupe(periode, self.couvertures):
                segment = Periode(debut, fin)
                if segment.intersection(fenetre) is not None:
                    _ajouter(segments, Couverture(self.situation(debut), segment))
        return segments


def _decoupe(periode: Periode, couvertures: Iterable[Couverture]) -> list[tuple[date, date | None]]:
    """The slices of a period between which the coverage may change."""
    bornes = {periode.debut}
    for couverture in couvertures:
        commune = periode.intersection(couverture.periode)
        if commune is not None:
            bornes.add(commune.debut)
            if commune.fin is not None and commune.fin != periode.fin:
                bornes.add(commune.fin + UN_JOUR)
    debuts = sorted(bornes)
    fins: list[date | None] = [suivant - UN_JOUR for suivant in debuts[1:]]
    return list(zip(debuts, [*fins, periode.fin], strict=True))


def _ajouter(segments: list[Couverture], nouveau: Couverture) -> None:
    dernier = segments[-1] if segments else None
    contigu = (
        dernier is not None
        and dernier.periode.fin is not None
        and dernier.periode.fin + UN_JOUR == (nouveau.periode.debut)
    )
    if dernier is not None and contigu and dernier.situation is nouveau.situation:
        segments[-1] = Couverture(dernier.situation, Periode(dernier.periode.debut, nouveau.periode.fin))
    else:
        segments.append(nouveau)


def periode_maternite(debut_sixieme_mois: date, accouchement: date) -> Periode:
    """From the first day of the sixth month to twelve days after birth (adri.md §4.6)."""
    return Periode(debut_sixieme_mois, accouchement + timedelta(days=12))
