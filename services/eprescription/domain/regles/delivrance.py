"""DSP rules: what a pharmacist may hand over, when and how much."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import TypeAlias

from services.eprescription.domain import tables
from services.eprescription.domain.calendrier import plus_mois
from services.eprescription.domain.etat import EtatLigne
from services.eprescription.domain.execution import LigneExecutee
from services.eprescription.domain.lignes import LigneDM, LigneMed
from services.eprescription.domain.machine import StatutLigne
from services.eprescription.domain.modele import Prescription
from services.eprescription.domain.referentiel import (
    Medicament,
    cip13_valide,
    est_mte,
    medicament_de,
    meme_groupe_generique,
    par_cip13,
)
from services.eprescription.domain.regles.catalogue import ContexteExecution, LigneContexte, a_l_execution
from services.eprescription.domain.regles.medicaments import duree_totale

PREMIERE_DELIVRANCE_MOIS = 3  # CSP R.5132-22
STUPEFIANT_JOURS = 3  # CSP R.5132-33, the day of writing not counted
EXCEPTIONNELLES_MAX = 3  # CSP R.5123-2-1
FINALES = frozenset({StatutLigne.EXECUTEE, StatutLigne.ANNULEE, StatutLigne.EXPIREE})

ParLigne: TypeAlias = Callable[[ContexteExecution, LigneContexte, LigneMed, Medicament | None], str | None]


def _par_ligne(identifiant: str) -> Callable[[ParLigne], ParLigne]:
    def inscrire(controle: ParLigne) -> ParLigne:
        @a_l_execution(identifiant)
        def tous(c: ContexteExecution) -> Iterator[str]:
            for lc in c.lignes():
                if isinstance(lc.prescrite, LigneMed):
                    sous_chemin = controle(c, lc, lc.prescrite, medicament_de(lc.prescrite))
                    if sous_chemin is not None:
                        yield f"{lc.chemin}.{sous_chemin}" if sous_chemin else lc.chemin

        return controle

    return inscrire


def mesurer(faite: LigneExecutee, etat: EtatLigne) -> Decimal:
    """How much of the line this act delivers, in the unit of the line; what is due when the act does not say."""
    dite: int | float | None
    match etat.unite:
        case "jour":
            dite = faite.duree_couverte_jours or faite.quantite
        case "seance":
            dite = faite.seances or faite.quantite
        case _:
            dite = faite.quantite
    if dite is not None:
        return Decimal(str(dite))
    return etat.quantite_due or Decimal(1)


def jours_couverts(faite: LigneExecutee, prescrite: LigneMed, etat: EtatLigne) -> int | None:
    """Declared, or computed from the share of the period that is handed over."""
    if faite.duree_couverte_jours:
        return faite.duree_couverte_jours
    if not prescrite.duree_jours or not etat.due_par_periode:
        return None
    part = mesurer(faite, etat) / etat.due_par_periode * prescrite.duree_jours
    return int(part.to_integral_value(ROUND_CEILING))


def reste_a_courir(p: Prescription, ligne: LigneMed, le: date) -> int:
    """Days of a stupéfiant still worth delivering when it is presented late (DSP-02)."""
    return max(0, duree_totale(ligne) - (le - p.date_de_redaction).days)


def _presente_tard(c: ContexteExecution, lc: LigneContexte, m: Medicament | None) -> bool:
    return m is not None and m.est_stupefiant and not lc.etat.delivre


@_par_ligne("DSP-01")
def premiere_apres_trois_mois(
    c: ContexteExecution, lc: LigneContexte, ligne: LigneMed, m: Medicament | None
) -> str | None:
    if m is None or not m.est_liste or lc.etat.delivre or lc.faite.exceptionnelle:
        return None
    limite = plus_mois(c.prescription.date_de_redaction, PREMIERE_DELIVRANCE_MOIS)
    return "" if c.execution.date > limite else None


@_par_ligne("DSP-02")
def stupefiant_apres_trois_jours(
    c: ContexteExecution, lc: LigneContexte, ligne: LigneMed, m: Medicament | None
) -> str | None:
    if not _presente_tard(c, lc, m) or c.prescription.intervention_programmee is not None:
        return None
    limite = c.prescription.date_de_redaction + timedelta(days=STUPEFIANT_JOURS)
    return "dureeCouverteJours" if c.execution.date > limite else None


@_par_ligne("DSP-03")
def stupefiant_hors_fenetre(
    c: ContexteExecution, lc: LigneContexte, ligne: LigneMed, m: Medicament | None
) -> str | None:
    i = c.prescription.intervention_programmee
    if i is None or not _presente_tard(c, lc, m):
        return None
    marge = timedelta(days=STUPEFIANT_JOURS)
    sortie = i.date_sortie or i.date_intervention
    dedans = i.date_intervention - marge <= c.execution.date <= sortie + marge
    return None if dedans else "dureeCouverteJours"


@_par_ligne("DSP-04")
def plus_d_un_mois(c: ContexteExecution, lc: LigneContexte, ligne: LigneMed, m: Medicament | None) -> str | None:
    jours = jours_couverts(lc.faite, ligne, lc.etat)
    grand = lc.faite.conditionnement_superieur or (m is not None and m.est_contraceptif)
    p = c.parametres
    limite = p.duree_grand_conditionnement_jours if grand else p.duree_delivrance_jours
    return "dureeCouverteJours" if jours is not None and jours > limite else None


@_par_ligne("DSP-05")
def liste_i_sans_mention(c: ContexteExecution, lc: LigneContexte, ligne: LigneMed, m: Medicament | None) -> str | None:
    concerne = m is not None and m.est_liste_i and lc.etat.est_renouvellement and not lc.faite.exceptionnelle
    return "" if concerne and ligne.renouvellements is None else None


@_par_ligne("DSP-06")
def liste_ii_interdite(c: ContexteExecution, lc: LigneContexte, ligne: LigneMed, m: Medicament | None) -> str | None:
    concerne = m is not None and m.est_liste_ii and lc.etat.est_renouvellement and not lc.faite.exceptionnelle
    return "" if concerne and ligne.ne_pas_renouveler else None


@_par_ligne("DSP-07")
def renouvellements_epuises(
    c: ContexteExecution, lc: LigneContexte, ligne: LigneMed, m: Medicament | None
) -> str | None:
    epuise = lc.etat.est_renouvellement and lc.etat.renouvellements_restants == 0
    return "" if epuise and not lc.faite.exceptionnelle else None


@_par_ligne("DSP-08")
def renouvellement_anticipe(
    c: ContexteExecution, lc: LigneContexte, ligne: LigneMed, m: Medicament | None
) -> str | None:
    prochaine = lc.etat.prochaine_delivrance
    stupefiant = m is not None and m.est_stupefiant
    if prochaine is None or not (lc.etat.est_renouvellement or (stupefiant and lc.etat.delivre)):
        return None
    tolerance = timedelta(days=0 if stupefiant else c.parametres.tolerance_jours)
    return "" if c.execution.date < prochaine - tolerance else None


@a_l_execution("DSP-09")
def prescription_expiree(c: ContexteExecution) -> Iterator[str]:
    for lc in c.lignes():
        tard = c.execution.date > c.dossier.fin_validite and not isinstance(lc.prescrite, LigneDM)
        if tard and lc.faite.exceptionnelle is None:
            yield lc.chemin


@_par_ligne("DSP-10")
def exceptionnelle_non_permise(
    c: ContexteExecution, lc: LigneContexte, ligne: LigneMed, m: Medicament | None
) -> str | None:
    if lc.faite.exceptionnelle is None:
        return None
    fin, le = c.dossier.fin_validite, c.execution.date
    jours = jours_couverts(lc.faite, ligne, lc.etat)
    interdite = (
        duree_totale(ligne) < 90
        or le <= fin
        or (lc.etat.exceptionnelles == 0 and le > plus_mois(fin, 1))
        or lc.etat.exceptionnelles >= EXCEPTIONNELLES_MAX
        or (jours is not None and jours > c.parametres.duree_delivrance_jours)
        or (m is not None and (m.est_stupefiant or m.est_assimile))
    )
    return "exceptionnelle" if interdite else None


@_par_ligne("DSP-11")
def exceptionnelle_sans_mention(
    c: ContexteExecution, lc: LigneContexte, ligne: LigneMed, m: Medicament | None
) -> str | None:
    e = lc.faite.exceptionnelle
    return "exceptionnelle" if e is not None and not (e.mention and e.prescripteur_informe) else None


def _delivre(lc: LigneContexte) -> Medicament | None:
    return par_cip13(lc.faite.produit_delivre.cip13) if lc.faite.produit_delivre else None


@_par_ligne("DSP-12")
def substitution_exclue(c: ContexteExecution, lc: LigneContexte, ligne: LigneMed, m: Medicament | None) -> str | None:
    if ligne.substitution.code != "N":
        return None
    delivre = _delivre(lc)
    autre = m is not None and delivre is not None and delivre.cis != m.cis and meme_groupe_generique(delivre, m)
    return "substitution" if lc.faite.substitution is not None or autre else None


@_par_ligne("DSP-13")
def produit_different(c: ContexteExecution, lc: LigneContexte, ligne: LigneMed, m: Medicament | None) -> str | None:
    delivre = _delivre(lc)
    if m is None or delivre is None or delivre.cis == m.cis or meme_groupe_generique(delivre, m):
        return None
    return None if lc.faite.adaptation is not None else "produitDelivre.cip13"


def accord_manquant(lc: LigneContexte) -> bool:
    """Whether an adaptation that needs the prescriber's agreement lacks it, or its dates."""
    a = lc.faite.adaptation
    if a is None:
        return False
    requis = tables.par_code("motifs_adaptation").get(a.type, {}).get("accord_prescripteur_requis") == "O"
    return requis and not (a.accord is not None and a.accord.obtenu and a.accord.date and a.date_modification)


@_par_ligne("DSP-14")
def adaptation_sans_accord(
    c: ContexteExecution, lc: LigneContexte, ligne: LigneMed, m: Medicament | None
) -> str | None:
    return "adaptation.accord" if accord_manquant(lc) else None


@a_l_execution("DSP-15")
def cip13_invalide(c: ContexteExecution) -> Iterator[str]:
    for i, faite in enumerate(c.execution.lignes):
        p = faite.produit_delivre
        if p is not None and p.cip13 is not None and not cip13_valide(p.cip13):
            yield f"lignes[{i}].produitDelivre.cip13"


@a_l_execution("DSP-16")
def plus_que_le_reste(c: ContexteExecution) -> Iterator[str]:
    for lc in c.lignes():
        restante = lc.etat.quantite_restante
        if lc.faite.exceptionnelle is not None:
            continue
        if restante is not None and mesurer(lc.faite, lc.etat) > restante:
            yield f"{lc.chemin}.quantite"
        elif _depasse_le_reste_a_courir(c, lc):
            yield f"{lc.chemin}.dureeCouverteJours"


def _depasse_le_reste_a_courir(c: ContexteExecution, lc: LigneContexte) -> bool:
    """A late stupéfiant, even justified, covers only the days left (CSP R.5132-33)."""
    if not isinstance(lc.prescrite, LigneMed) or not duree_totale(lc.prescrite):
        return False
    tard = any(chemin.startswith(lc.chemin) for chemin in _retards(c))
    jours = jours_couverts(lc.faite, lc.prescrite, lc.etat)
    reste = reste_a_courir(c.prescription, lc.prescrite, c.execution.date)
    return tard and jours is not None and jours > reste


def _retards(c: ContexteExecution) -> Iterator[str]:
    for lc in c.lignes():
        if isinstance(lc.prescrite, LigneMed):
            m = medicament_de(lc.prescrite)
            for controle in (stupefiant_apres_trois_jours, stupefiant_hors_fenetre):
                if controle(c, lc, lc.prescrite, m) is not None:
                    yield lc.chemin


@a_l_execution("DSP-17")
def ligne_close(c: ContexteExecution) -> Iterator[str]:
    for lc in c.lignes(executees=False):
        if lc.etat.statut in FINALES and lc.faite.exceptionnelle is None:
            yield lc.chemin


@a_l_execution("DSP-20")
def patient_different(c: ContexteExecution) -> Iterator[str]:
    presentee = c.execution.ins_presentee
    if presentee and presentee.replace(" ", "") != (c.prescription.patient.matricule or ""):
        yield "insPresentee"


@a_l_execution("DSP-21")
def non_execution_sans_motif(c: ContexteExecution) -> Iterator[str]:
    motifs = tables.par_code("motifs_non_execution")
    for i, faite in enumerate(c.execution.lignes):
        if not faite.est_non_execution:
            continue
        if faite.non_execution not in motifs or (faite.non_execution == "AUTRE" and not faite.notes):
            yield f"lignes[{i}].nonExecution"


@_par_ligne("DSP-22")
def mte_ph_hors_liste(c: ContexteExecution, lc: LigneContexte, ligne: LigneMed, m: Medicament | None) -> str | None:
    return "mtePh" if lc.faite.mte_ph and m is not None and not est_mte(m) else None


@a_l_execution("DSP-23")
def ligne_hors_base(c: ContexteExecution) -> Iterator[str]:
    for i, faite in enumerate(c.execution.lignes):
        if faite.hors_base and not (faite.libelle and faite.image):
            yield f"lignes[{i}].horsBase"
