"""The life of a prescription: execute, cancel, stop, suspend, expire (e-prescription §2.6 and §2.7). Pure decisions."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from services.eprescription.domain import tables
from services.eprescription.domain.erreurs import refus
from services.eprescription.domain.etat import (
    A_DELIVRER,
    OUVERTES,
    Completude,
    EtatLigne,
    avancer,
    completude,
    etat_initial,
    fin_de_validite,
    statut_derive,
    statut_selon_compteurs,
)
from services.eprescription.domain.machine import INITIAL, Statut, StatutLigne, franchir
from services.eprescription.domain.modele import Prescription

FINALS = frozenset({Statut.TERMINEE, Statut.EXPIREE, Statut.ANNULEE, Statut.ARRETEE, Statut.SUPPRIMEE})
SUSPENSION, REPRISE = "suspendre", "reprendre"


@dataclass(frozen=True, slots=True)
class Dossier:
    """Status, version and counters of one prescription; the content itself never changes."""

    numero: str
    statut: Statut
    version: int
    fin_validite: date
    lignes: tuple[EtatLigne, ...]
    annulation_en_attente: str | None = None  # the reason, kept until the lock is released (§2.5.5)

    def ligne(self, rang: int) -> EtatLigne:
        for ligne in self.lignes:
            if ligne.rang == rang:
                return ligne
        raise refus(
            "EP-400-02",
            champ="rang",
            fr=f"La prescription n'a pas de ligne {rang}.",
            en=f"The prescription has no line {rang}.",
        )

    def est_commencee(self) -> bool:
        return any(ligne.delivre for ligne in self.lignes)


@dataclass(frozen=True, slots=True)
class Mesure:
    """One line of a delivery, in the unit of the line. ``quantite`` is 0 for a line not executed."""

    rang: int
    quantite: Decimal
    le: date
    couvre_jours: int | None = None
    non_executee: bool = False
    exceptionnelle: bool = False


def enregistrer(numero: str, p: Prescription) -> Dossier:
    franchir("PRESCRIPTION", INITIAL, "enregistrer", Statut.ACTIVE)
    return Dossier(numero, Statut.ACTIVE, 1, fin_de_validite(p), tuple(etat_initial(ligne) for ligne in p.lignes))


def _remplacer(d: Dossier, nouvelles: Iterable[EtatLigne]) -> tuple[EtatLigne, ...]:
    par_rang = {ligne.rang: ligne for ligne in nouvelles}
    return tuple(par_rang.get(ligne.rang, ligne) for ligne in d.lignes)


def _executer_ligne(avant: EtatLigne, m: Mesure) -> EtatLigne:
    if m.exceptionnelle:
        return replace(avant, exceptionnelles=avant.exceptionnelles + 1, derniere_delivrance=m.le)
    if m.non_executee:
        if avant.statut in {StatutLigne.PARTIELLE, StatutLigne.NON_EXECUTEE}:
            return avant  # what was delivered stays; the reason is in the delivery
        vers = franchir("LIGNE", avant.statut, "ne pas exécuter", StatutLigne.NON_EXECUTEE)
        return replace(avant, statut=StatutLigne(vers))
    apres = avancer(avant, m.quantite, m.le, m.couvre_jours)
    if avant.statut is StatutLigne.NON_EXECUTEE:
        evenement = "exécuter"
    else:
        evenement = "exécuter en totalité" if apres.statut is StatutLigne.EXECUTEE else "exécuter en partie"
    franchir("LIGNE", avant.statut, evenement, apres.statut)
    return apres


def executer(d: Dossier, mesures: Iterable[Mesure]) -> tuple[Dossier, dict[int, Completude]]:
    """The dossier after a delivery, and the completeness code of each delivered line."""
    completudes: dict[int, Completude] = {}
    lignes: list[EtatLigne] = []
    exceptionnel = False
    for m in mesures:
        avant = d.ligne(m.rang)
        if not m.non_executee:
            completudes[m.rang] = "RFC" if m.exceptionnelle else completude(avant, m.quantite)
        lignes.append(_executer_ligne(avant, m))
        exceptionnel |= m.exceptionnelle
    apres = replace(d, lignes=_remplacer(d, lignes), version=d.version + 1)
    if exceptionnel and d.statut is Statut.EXPIREE:
        franchir("PRESCRIPTION", d.statut, "dispensation exceptionnelle", Statut.EXPIREE)
        return apres, completudes
    return replace(apres, statut=_apres_execution(d.statut, statut_derive(apres.lignes))), completudes


def _apres_execution(avant: Statut, derive: Statut) -> Statut:
    if derive is avant:
        return avant
    evenement = "exécution totale" if derive is Statut.TERMINEE else "première exécution"
    return Statut(franchir("PRESCRIPTION", avant, evenement, derive))


def annuler_execution(d: Dossier, mesures: Iterable[Mesure], restantes: Iterable[Mesure]) -> Dossier:
    """Withdraw a delivery: the counters are those of the deliveries that remain (§2.7)."""
    gardees = list(restantes)
    lignes = []
    for m in mesures:
        avant = d.ligne(m.rang)
        if m.exceptionnelle:
            lignes.append(replace(avant, exceptionnelles=avant.exceptionnelles - 1))
            continue
        autres = [g for g in gardees if g.rang == m.rang and not g.non_executee and not g.exceptionnelle]
        nue = replace(avant, delivre=Decimal(0), premiere_delivrance=None, derniere_delivrance=None)
        nue = replace(nue, prochaine_delivrance=None)
        for g in autres:
            nue = avancer(nue, g.quantite, g.le, g.couvre_jours)
        statut = statut_selon_compteurs(nue)
        if avant.statut in {StatutLigne.ANNULEE, StatutLigne.EXPIREE, StatutLigne.SUSPENDUE}:
            statut = avant.statut
        elif statut is StatutLigne.A_EXECUTER and any(g.rang == m.rang and g.non_executee for g in gardees):
            statut = StatutLigne.NON_EXECUTEE
        lignes.append(replace(nue, statut=statut))
    apres = replace(d, lignes=_remplacer(d, lignes), version=d.version + 1)
    derive = statut_derive(apres.lignes)
    if d.statut in {Statut.EXPIREE, Statut.ANNULEE, Statut.ARRETEE} or derive is d.statut:
        return apres
    # transitions.csv names only TERMINEE; from EN_COURS the same act can only lead back to ACTIVE.
    if d.statut is Statut.TERMINEE:
        franchir("PRESCRIPTION", d.statut, "annuler une exécution", derive)
    return replace(apres, statut=derive)


def verifier_motif(motif: str | None, texte: str | None) -> str:
    if not motif or motif not in tables.par_code("motifs_annulation"):
        raise refus(
            "EP-422-05",
            champ="motif",
            fr="Motif d'annulation attendu (motifs_annulation.csv).",
            en="A reason of motifs_annulation.csv is expected.",
        )
    if motif == "AUTRE" and not texte:
        raise refus("EP-400-02", champ="texte", fr="Le motif AUTRE demande un texte.", en="Reason AUTRE needs a text.")
    return motif


def annuler(d: Dossier, motif: str, *, verrouillee: bool, rangs: Iterable[int] = ()) -> Dossier:
    """Cancel before any execution; under a lock the wish is kept and applied at its release."""
    voulus = tuple(rangs)
    if d.statut in FINALS:
        franchir("PRESCRIPTION", d.statut, "annuler", Statut.ANNULEE)
    if d.est_commencee() and (not voulus or any(d.ligne(r).delivre for r in voulus)):
        raise refus(
            "EP-409-04",
            fr="Arrêtez la prescription pour renoncer au reliquat.",
            en="Stop the prescription to give up what is left.",
        )
    if verrouillee:
        if voulus:
            raise refus(
                "EP-409-03",
                champ="rangs",
                fr="Une prescription prise en charge ne s'annule qu'en entier.",
                en="A prescription taken in charge can only be cancelled whole.",
            )
        franchir("PRESCRIPTION", d.statut, "annuler (verrou tenu)", Statut.ACTIVE)
        return replace(d, annulation_en_attente=motif, version=d.version + 1)
    lignes = [d.ligne(r) for r in voulus] if voulus else [li for li in d.lignes if li.statut in OUVERTES]
    annulees = [_clore(ligne, "annuler") for ligne in lignes]
    apres = replace(d, lignes=_remplacer(d, annulees), version=d.version + 1, annulation_en_attente=None)
    derive = statut_derive(apres.lignes)
    if derive is d.statut:
        return apres
    evenement = {Statut.ANNULEE: "annuler", Statut.TERMINEE: "exécution totale"}.get(derive, "arrêter")
    return replace(apres, statut=Statut(franchir("PRESCRIPTION", d.statut, evenement, derive)))


def _clore(ligne: EtatLigne, evenement: str) -> EtatLigne:
    if ligne.statut in {StatutLigne.NON_EXECUTEE, StatutLigne.SUSPENDUE}:
        # Both stand for a line with nothing left in hand; the table lists only A_EXECUTER and PARTIELLE.
        return replace(ligne, statut=StatutLigne.ANNULEE)
    return replace(ligne, statut=StatutLigne(franchir("LIGNE", ligne.statut, evenement, StatutLigne.ANNULEE)))


def arreter(d: Dossier) -> Dossier:
    """Stop the remainder; what was executed stays readable."""
    franchir("PRESCRIPTION", d.statut, "arrêter", Statut.ARRETEE)
    closes = [
        _clore(ligne, "arrêter" if ligne.statut is StatutLigne.PARTIELLE else "annuler")
        for ligne in d.lignes
        if ligne.statut in OUVERTES
    ]
    return replace(
        d, statut=Statut.ARRETEE, lignes=_remplacer(d, closes), version=d.version + 1, annulation_en_attente=None
    )


def appliquer_annulation_en_attente(d: Dossier) -> Dossier:
    """At the release of the lock: cancelled when nothing was executed, stopped otherwise (§2.5.5)."""
    if d.annulation_en_attente is None:
        return d
    if d.statut in FINALS:
        return replace(d, annulation_en_attente=None)
    if d.est_commencee():
        return arreter(d)
    return annuler(d, d.annulation_en_attente, verrouillee=False)


def suspendre(d: Dossier, rang: int) -> Dossier:
    avant = d.ligne(rang)
    vers = franchir("LIGNE", avant.statut, SUSPENSION, StatutLigne.SUSPENDUE)
    return replace(d, lignes=_remplacer(d, [replace(avant, statut=StatutLigne(vers))]), version=d.version + 1)


def reprendre(d: Dossier, rang: int) -> Dossier:
    avant = d.ligne(rang)
    vers = franchir("LIGNE", avant.statut, REPRISE, statut_selon_compteurs(avant))
    return replace(d, lignes=_remplacer(d, [replace(avant, statut=StatutLigne(vers))]), version=d.version + 1)


def echoir(d: Dossier, aujourd_hui: date) -> Dossier:
    """What the clock does: the open lines expire the day after the end of validity."""
    if d.statut not in {Statut.ACTIVE, Statut.EN_COURS} or aujourd_hui <= d.fin_validite:
        return d
    lignes = [replace(ligne, statut=StatutLigne.EXPIREE) if ligne.statut in OUVERTES else ligne for ligne in d.lignes]
    for avant in d.lignes:
        if avant.statut in {StatutLigne.A_EXECUTER, StatutLigne.PARTIELLE}:
            franchir("LIGNE", avant.statut, "échéance", StatutLigne.EXPIREE)
    franchir("PRESCRIPTION", d.statut, "échéance", Statut.EXPIREE)
    return replace(d, statut=Statut.EXPIREE, lignes=tuple(lignes), version=d.version + 1, annulation_en_attente=None)


def exiger_executable(d: Dossier, *, exceptionnelle: bool = False) -> None:
    """Whether a structure may take it in charge: 409 when all is delivered, 410 when cancelled or expired."""
    if d.statut is Statut.TERMINEE or (d.statut in {Statut.ACTIVE, Statut.EN_COURS} and not _delivrables(d)):
        raise refus(
            "EP-409-03",
            regle="DSP-17",
            fr="Prescription entièrement délivrée ou suspendue.",
            en="The prescription is fully delivered or suspended.",
        )
    if d.statut is Statut.EXPIREE and exceptionnelle:
        return
    if d.statut in FINALS:
        raise refus("EP-410-02", regle="DSP-09" if d.statut is Statut.EXPIREE else "DSP-17", statut=str(d.statut))


def _delivrables(d: Dossier) -> bool:
    return any(ligne.statut in A_DELIVRER for ligne in d.lignes)
