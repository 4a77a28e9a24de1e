"""INF, KIN, AUX and BIO rules: nursing care by model, physiotherapy, allied acts, biology."""

from collections.abc import Iterator
from decimal import Decimal

from services.eprescription.domain.calendrier import plus_mois
from services.eprescription.domain.lignes import LigneActe
from services.eprescription.domain.regles.catalogue import (
    ContexteExecution,
    ContextePrescription,
    a_l_execution,
    a_la_prescription,
)
from services.eprescription.domain.regles.delivrance import mesurer

INFIRMIER, KINE, BIOLOGIE = "SOINS_INFIRMIERS", "MASSO_KINE", "BIOLOGIE"
AUXILIAIRES = frozenset({"PEDICURIE_PODOLOGIE", "ORTHOPHONIE", "ORTHOPTIE"})
DOMICILE = "DOMICILE"
MENTION_MK = "Renouvellement masseur-kinésithérapeute"


def _actes(
    c: ContextePrescription, *types: str, modeles: frozenset[int] | None = None
) -> Iterator[tuple[str, LigneActe]]:
    if c.prescription.type in types:
        for chemin, ligne in c.lignes(LigneActe):
            if modeles is None or ligne.modele in modeles:
                yield chemin, ligne


def _soins(c: ContextePrescription, *modeles: int) -> Iterator[tuple[str, LigneActe]]:
    return _actes(c, INFIRMIER, modeles=frozenset(modeles) if modeles else None)


@a_la_prescription("INF-01")
def modele_inconnu(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in _soins(c):
        if ligne.modele not in range(1, 7):
            yield f"{chemin}.modele"


@a_la_prescription("INF-02")
def ald_absent(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in _soins(c):
        if ligne.ald is None:
            yield f"{chemin}.ald"


@a_la_prescription("INF-03")
def debut_absent(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in _soins(c):
        if ligne.date_debut is None:
            yield f"{chemin}.dateDebut"


@a_la_prescription("INF-04")
def lieu_absent(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in _soins(c, 1, 2):
        if ligne.lieu not in {DOMICILE, "CABINET"}:
            yield f"{chemin}.lieu"


@a_la_prescription("INF-05")
def lieu_inattendu(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in _soins(c, 3, 4, 5, 6):
        if ligne.lieu is not None and ligne.lieu != DOMICILE:
            yield f"{chemin}.lieu"


def _duree_absente(ligne: LigneActe) -> bool:
    return not ligne.duree_jours and not ligne.nombre_passages


def _manque(chemin: str, **valeurs: object) -> Iterator[str]:
    for nom, valeur in valeurs.items():
        if valeur is None or valeur == "" or valeur == []:
            yield f"{chemin}.{nom}"


@a_la_prescription("INF-06")
def injection_ou_perfusion_incomplete(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in _soins(c, 1, 6):
        yield from _manque(
            chemin,
            produit=ligne.produit,
            voieAbord=ligne.voie_abord,
            frequenceHoraire=ligne.frequence_horaire,
            joursIntervention=ligne.jours_intervention,
            dureeJours=None if _duree_absente(ligne) else 1,
        )


@a_la_prescription("INF-07")
def pansement_incomplet(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in _soins(c, 2):
        yield from _manque(
            chemin,
            localisationPlaie=ligne.localisation_plaie,
            classeOuMarque=ligne.classe_ou_marque,
            frequenceRenouvellement=ligne.frequence_renouvellement,
            anesthesieTopique=ligne.anesthesie_topique,
            dureeJours=None if _duree_absente(ligne) else 1,
        )


@a_la_prescription("INF-08")
def plusieurs_plaies(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in _soins(c, 2):
        if isinstance(ligne.localisation_plaie, list) and len(ligne.localisation_plaie) > 1:
            yield f"{chemin}.localisationPlaie"


@a_la_prescription("INF-09")
def therapeutique_orale_incomplete(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in _soins(c, 3):
        yield from _manque(
            chemin, passagesParJour=ligne.passages_par_jour, dureeJours=None if _duree_absente(ligne) else 1
        )


@a_la_prescription("INF-10")
def surveillance_trop_frequente(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in _soins(c, 4):
        par_jour = 1 if ligne.passages_par_jour is None else ligne.passages_par_jour
        if par_jour > 1:
            yield f"{chemin}.passagesParJour"
        if (ligne.nombre_passages or (ligne.duree_jours or 0) * par_jour) > 15:
            yield f"{chemin}.nombrePassages"


@a_la_prescription("INF-11")
def diabete_incomplet(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in _soins(c, 5):
        yield from _manque(
            chemin,
            glycemiesParJour=ligne.glycemies_par_jour,
            injectionsParJour=ligne.injections_par_jour,
            natureInsulines=ligne.nature_insulines,
            horaires=ligne.horaires,
            dureeMois=ligne.duree_mois,
        )


@a_la_prescription("INF-12")
def perfusion_incomplete(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in _soins(c, 6):
        yield from _manque(chemin, dureeSeance=ligne.duree_seance, presencePhysiqueIde=ligne.presence_physique_ide)


def _jours(ligne: LigneActe) -> str:
    jours = ligne.jours_intervention
    return " ".join(jours if isinstance(jours, list) else [jours or ""]).lower()


@a_la_prescription("INF-13")
def dimanche_non_mentionne(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in _soins(c, 1, 2, 3, 5, 6):
        texte = f"{_jours(ligne)} {ligne.frequence_horaire or ''} {ligne.frequence_renouvellement or ''}".lower()
        quotidien = ligne.modele in {3, 5} or "tous les jours" in texte or "quotidien" in texte
        if quotidien and not ligne.dimanche_et_feries and "dimanche" not in texte:
            yield f"{chemin}.dimancheEtFeries"


@a_la_prescription("INF-14")
def intervalle_non_mentionne(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in _soins(c, 1):
        texte = (ligne.frequence_horaire or "").lower()
        deux = ligne.injections_par_jour == 2 or ligne.passages_par_jour == 2
        if deux and "nuit" not in texte and "intervalle de 12 heures" not in texte:
            yield f"{chemin}.frequenceHoraire"


@a_la_prescription("INF-15")
def domicile_non_justifie(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in _soins(c):
        if ligne.lieu == DOMICILE and not ligne.justification_domicile:
            yield f"{chemin}.justificationDomicile"


def _depassements(c: ContexteExecution, type_prescription: str) -> Iterator[str]:
    if c.prescription.type != type_prescription:
        return
    for lc in c.lignes():
        restante: Decimal | None = lc.etat.quantite_restante
        if restante is not None and lc.faite.renouvellement_mk is None and mesurer(lc.faite, lc.etat) > restante:
            yield f"{lc.chemin}.seances"


@a_l_execution("INF-16")
def passages_depasses(c: ContexteExecution) -> Iterator[str]:
    yield from _depassements(c, INFIRMIER)


@a_la_prescription("KIN-01")
def indication_absente(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in _actes(c, KINE):
        if not ligne.indication:
            yield f"{chemin}.indication"


@a_l_execution("KIN-02")
def seances_depassees(c: ContexteExecution) -> Iterator[str]:
    yield from _depassements(c, KINE)


@a_l_execution("KIN-03")
def renouvellement_impossible(c: ContexteExecution) -> Iterator[str]:
    limite = plus_mois(c.prescription.date_de_redaction, 12)
    for lc in c.lignes():
        if lc.faite.renouvellement_mk is None:
            continue
        interdit = isinstance(lc.prescrite, LigneActe) and lc.prescrite.renouvelable is False
        if c.execution.date > limite or interdit:
            yield f"{lc.chemin}.renouvellementMk"


@a_l_execution("KIN-04")
def renouvellement_incomplet(c: ContexteExecution) -> Iterator[str]:
    for lc in c.lignes():
        r = lc.faite.renouvellement_mk
        if r is not None and not (r.mention == MENTION_MK and r.seances and r.date):
            yield f"{lc.chemin}.renouvellementMk"


@a_la_prescription("AUX-01")
def acte_absent(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in _actes(c, *AUXILIAIRES):
        if not (ligne.acte or ligne.code or ligne.libelle):
            yield f"{chemin}.acte"


@a_la_prescription("BIO-01")
def biologie_non_identifiee(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in _actes(c, BIOLOGIE):
        if not (ligne.code or ligne.libelle):
            yield f"{chemin}.code"
