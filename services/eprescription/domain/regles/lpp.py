"""LPP rules: medical devices and services, at prescription and at delivery."""

from collections.abc import Iterator
from datetime import timedelta

from services.eprescription.domain.calendrier import plus_mois
from services.eprescription.domain.lignes import LigneDM
from services.eprescription.domain.referentiel import lpp as ligne_lppr
from services.eprescription.domain.regles.catalogue import (
    ContexteExecution,
    ContextePrescription,
    LigneContexte,
    a_l_execution,
    a_la_prescription,
)
from services.eprescription.domain.regles.delivrance import accord_manquant

PREMIERE_DELIVRANCE_MOIS = 6  # CSS R.165-40
VALIDITE_MOIS = 12


def _forme(code: str | None) -> bool:
    return code is not None and len(code) == 7 and code.isascii() and code.isdigit()


@a_la_prescription("LPP-01")
def code_invalide(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in c.lignes(LigneDM):
        if not _forme(ligne.lpp) and not (ligne.lpp is None and (ligne.emdn or ligne.hors_lppr)):
            yield f"{chemin}.lpp"


@a_la_prescription("LPP-02")
def designation_absente(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in c.lignes(LigneDM):
        if not ligne.designation:
            yield f"{chemin}.designation"


@a_la_prescription("LPP-03")
def quantite_absente(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in c.lignes(LigneDM):
        if not ligne.quantite and not ligne.conditionnements and not ligne.duree_location_jours:
            yield f"{chemin}.quantite"


@a_la_prescription("LPP-04")
def ni_duree_ni_renouvellements(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in c.lignes(LigneDM):
        if ligne.duree_totale_mois is None and ligne.renouvellements is None:
            yield f"{chemin}.dureeTotaleMois"


@a_la_prescription("LPP-05")
def plus_de_douze_mois(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in c.lignes(LigneDM):
        if (ligne.duree_totale_mois or 0) > VALIDITE_MOIS:
            yield f"{chemin}.dureeTotaleMois"
        elif (ligne.renouvellements or 0) + 1 > VALIDITE_MOIS:
            yield f"{chemin}.renouvellements"


@a_la_prescription("LPP-06")
def age_ou_poids_absent(c: ContextePrescription) -> Iterator[str]:
    vitaux = c.prescription.signes_vitaux
    for chemin, ligne in c.lignes(LigneDM):
        table = ligne_lppr(ligne.lpp)
        if table is None or table["age_poids_requis"] != "O":
            continue
        age_connu = ligne.age is not None or c.prescription.patient.date_naissance is not None
        poids_connu = ligne.poids is not None or (vitaux is not None and vitaux.poids is not None)
        if not (age_connu and poids_connu):
            yield f"{chemin}.poids"


@a_la_prescription("LPP-08")
def hors_competence(c: ContextePrescription) -> Iterator[str]:
    if c.auteur.est_medecin:
        return
    profession = c.auteur.profession.partition("/")[0]
    for chemin, ligne in c.lignes(LigneDM):
        table = ligne_lppr(ligne.lpp)
        if table is not None and profession not in {p.strip() for p in table["prescripteurs"].split(",")}:
            yield f"{chemin}.lpp"


@a_la_prescription("LPP-09")
def nr_absent(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in c.lignes(LigneDM):
        if ligne.hors_lppr and not ligne.non_remboursable:
            yield f"{chemin}.nonRemboursable"


@a_la_prescription("LPP-10")
def a_executer_trop_tard(c: ContextePrescription) -> Iterator[str]:
    limite = plus_mois(c.prescription.date_de_redaction, PREMIERE_DELIVRANCE_MOIS)
    for chemin, ligne in c.lignes(LigneDM):
        if ligne.a_executer_avant is not None and ligne.a_executer_avant > limite:
            yield f"{chemin}.aExecuterAvant"


@a_la_prescription("LPP-11")
def renouvellements_absents(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in c.lignes(LigneDM):
        if ligne.renouvellements is None:
            yield f"{chemin}.renouvellements"


@a_la_prescription("LPP-12")
def indicateurs_absents(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in c.lignes(LigneDM):
        for nom, valeur in (
            ("ald", ligne.ald),
            ("atMp", ligne.at_mp),
            ("prevention", ligne.prevention),
            ("nonRemboursable", ligne.non_remboursable),
        ):
            if valeur is None:
                yield f"{chemin}.{nom}"


@a_la_prescription("LPP-19")
def lpp_inconnu(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in c.lignes(LigneDM):
        if _forme(ligne.lpp) and ligne_lppr(ligne.lpp) is None:
            yield f"{chemin}.lpp"


def _lignes_dm(c: ContexteExecution) -> Iterator[tuple[LigneContexte, LigneDM]]:
    for lc in c.lignes():
        if isinstance(lc.prescrite, LigneDM):
            yield lc, lc.prescrite


@a_l_execution("LPP-13")
def premiere_apres_six_mois(c: ContexteExecution) -> Iterator[str]:
    limite = plus_mois(c.prescription.date_de_redaction, PREMIERE_DELIVRANCE_MOIS)
    for lc, _ in _lignes_dm(c):
        if not lc.etat.delivre and c.execution.date > limite:
            yield lc.chemin


@a_l_execution("LPP-14")
def date_limite_depassee(c: ContexteExecution) -> Iterator[str]:
    for lc, ligne in _lignes_dm(c):
        if not lc.etat.delivre and ligne.a_executer_avant is not None and c.execution.date > ligne.a_executer_avant:
            yield lc.chemin


@a_l_execution("LPP-15")
def plus_d_un_mois(c: ContexteExecution) -> Iterator[str]:
    for lc, _ in _lignes_dm(c):
        jours = lc.faite.duree_couverte_jours
        if jours is not None and jours > 31 and not lc.faite.conditionnement_superieur:
            yield f"{lc.chemin}.dureeCouverteJours"


@a_l_execution("LPP-16")
def ordonnance_lpp_expiree(c: ContexteExecution) -> Iterator[str]:
    for lc, _ in _lignes_dm(c):
        if c.execution.date > plus_mois(c.prescription.date_de_redaction, VALIDITE_MOIS):
            yield lc.chemin


@a_l_execution("LPP-17")
def modification_sans_accord(c: ContexteExecution) -> Iterator[str]:
    for lc, _ in _lignes_dm(c):
        if accord_manquant(lc):
            yield f"{lc.chemin}.adaptation.accord"


@a_l_execution("LPP-18")
def location_trop_longue(c: ContexteExecution) -> Iterator[str]:
    for lc, ligne in _lignes_dm(c):
        if ligne.duree_location_jours is None or lc.faite.duree_couverte_jours is None:
            continue
        deja = timedelta(days=int(lc.etat.delivre) if lc.etat.unite == "jour" else 0)
        if deja + timedelta(days=lc.faite.duree_couverte_jours) > timedelta(days=ligne.duree_location_jours):
            yield f"{lc.chemin}.dureeCouverteJours"
