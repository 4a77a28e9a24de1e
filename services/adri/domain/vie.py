"""How rights begin, change body, close: for people told by ``ins`` and for the sandbox's own administration."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise

from services.adri.domain.droits import UN_JOUR, Affiliation, Beneficiaire, Organisme, Periode, par_debut
from shared.contracts.adri import DroitsModifies, PeriodeDroits
from shared.errors import RegleMetier

ORGANISME_DEFAUT = Organisme("01", "631")


class MutationRefusee(RegleMetier):
    regle = "ADRI-MUT-01"


class PeriodesRefusees(RegleMetier):
    regle = "ADRI-PER-01"


def droits_par_defaut(
    matricule: str,
    *,
    nom: str,
    prenoms: tuple[str, ...],
    date_naissance: str,
    rang: int,
    at: date,
    assure: tuple[str, str] | None = None,
    organisme: Organisme = ORGANISME_DEFAUT,
    numero: int = 1,
) -> Beneficiaire:
    """Ordinary rights, open since a year, for a person ``ins`` has just told: insured unless attached to ``assure``."""
    nir, cle = assure or (matricule[:13], matricule[13:])
    debut = at - timedelta(days=364)
    return Beneficiaire(
        id=f"{matricule}-{nir}",
        assure_nir=nir,
        assure_cle=cle,
        nom=nom,
        prenoms=prenoms,
        date_naissance=date_naissance,
        rang=rang,
        qualite="0" if nir == matricule[:13] else "6",
        affiliations=(Affiliation(organisme, Periode(debut)),),
        periodes=(Periode(debut),),
        matricule=matricule,
        numero=numero,
    )


def muter(beneficiaire: Beneficiaire, organisme: Organisme, effet: date) -> Beneficiaire:
    """Another body from ``effet`` on; the present one ends the day before."""
    actuelle = beneficiaire.affiliation(effet)
    if actuelle.organisme == organisme or actuelle.periode.debut >= effet:
        raise MutationRefusee(
            "the beneficiary already belongs to this body, or joined the present one later than this date",
            "le bénéficiaire relève déjà de cet organisme, ou a rejoint l'actuel après cette date",
            champ="dateEffet",
        )
    close = replace(actuelle, periode=Periode(actuelle.periode.debut, effet - UN_JOUR))
    nouvelle = Affiliation(organisme, Periode(effet, actuelle.periode.fin))
    autres = tuple(a for a in beneficiaire.affiliations if a is not actuelle)
    return replace(beneficiaire, affiliations=(*autres, close, nouvelle))


def controler_periodes(periodes: tuple[Periode, ...]) -> None:
    """Each period runs forward and none overlaps another."""
    rangees = sorted(periodes, key=par_debut)
    for periode in rangees:
        if periode.fin is not None and periode.fin < periode.debut:
            raise _periodes("a period ends before it starts", "une période finit avant de commencer")
    for avant, apres in pairwise(rangees):
        if avant.intersection(apres) is not None:
            raise _periodes("two periods overlap", "deux périodes se chevauchent")


def modification(beneficiaire: Beneficiaire, *, at: datetime) -> DroitsModifies | None:
    """What the network hears of new rights; nothing about somebody without a matricule."""
    if beneficiaire.matricule is None:
        return None
    jour = at.date()
    return DroitsModifies(
        matricule_ins=beneficiaire.matricule,
        assure_matricule_ins=beneficiaire.assure_nir + beneficiaire.assure_cle,
        rang_naissance=beneficiaire.rang,
        date_effet=jour.isoformat(),
        ouverts=beneficiaire.est_ouvert(jour),
        situation=beneficiaire.situation(jour).value,
        periodes=[
            PeriodeDroits(debut=p.debut.isoformat(), fin=p.fin.isoformat() if p.fin else None)
            for p in sorted(beneficiaire.periodes, key=par_debut)
        ],
        organisme=_organisme(beneficiaire.affiliation(jour).organisme),
        occurred_at=at,
    )


def _organisme(organisme: Organisme) -> str:
    return f"{organisme.regime}{organisme.caisse}{organisme.centre}"


def _periodes(en: str, fr: str) -> PeriodesRefusees:
    return PeriodesRefusees(en, fr, champ="periodes")
