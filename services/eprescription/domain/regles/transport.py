"""TRA rules: medical transport (S3138) and its prior agreement (S3139)."""

from collections.abc import Iterator
from datetime import timedelta
from functools import cache

from services.eprescription.domain import tables
from services.eprescription.domain.lignes import LigneTransport
from services.eprescription.domain.regles.catalogue import (
    ContexteExecution,
    ContextePrescription,
    a_l_execution,
    a_la_prescription,
)

MOTIFS = frozenset({"HOSPITALISATION", "AT_MP", "ALD", "AUTRE_R322_10"})
ASSIS = "TRANSPORT_ASSIS_PROFESSIONNALISE"
SILENCE = timedelta(days=15)  # CSS R.322-10-4


def _categorie(mode: str | None) -> str | None:
    ligne = tables.par_code("modes_transport").get(mode or "")
    return ligne["categorie_prescription"] if ligne else None


@cache
def _besoins_de(categorie: str) -> frozenset[str]:
    table = tables.lignes("besoins_transport")
    return frozenset(ligne["code"] for ligne in table if ligne["categorie_recommandee"] == categorie)


def _categories(ligne: LigneTransport) -> set[str | None]:
    return {_categorie(mode) for mode in (ligne.mode_aller, ligne.mode_retour) if mode}


def _seance_ald(ligne: LigneTransport) -> bool:
    """Dialysis, radiotherapy or chemotherapy of a patient in ALD: some conditions drop."""
    return ligne.ald is not None and ligne.ald.reconnue and ligne.ald.en_lien and ligne.ald.seance is not None


def _accord_demande(ligne: LigneTransport) -> bool:
    a = ligne.accord_prealable
    return a is not None and (bool(a.numero) or a.statut in {"DEMANDE", "EN_ATTENTE", "ACCORDE"})


@a_la_prescription("TRA-01")
def non_medecin(c: ContextePrescription) -> Iterator[str]:
    for _ in c.lignes(LigneTransport):
        if not c.auteur.est_medecin:
            yield "prescripteur.profession"
            return


@a_la_prescription("TRA-02")
def transport_deja_fait(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in c.lignes(LigneTransport):
        avant = ligne.date_transport is not None and ligne.date_transport < c.prescription.date_de_redaction
        if avant and not ligne.urgence:
            yield f"{chemin}.dateTransport"


@a_la_prescription("TRA-04")
def motif_absent(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in c.lignes(LigneTransport):
        if ligne.motif not in MOTIFS:
            yield f"{chemin}.motif"


@a_la_prescription("TRA-05")
def conditions_ald(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in c.lignes(LigneTransport):
        if ligne.motif != "ALD" or _seance_ald(ligne):
            continue
        a = ligne.ald
        if a is None or not (a.reconnue and a.en_lien and a.deficience):
            yield f"{chemin}.ald"


@a_la_prescription("TRA-06")
def incapacite_non_attestee(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in c.lignes(LigneTransport):
        if not ligne.incapacite and not _seance_ald(ligne):
            yield f"{chemin}.incapacite"


@a_la_prescription("TRA-07")
def mode_absent(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in c.lignes(LigneTransport):
        if _categorie(ligne.mode_aller) in {None, "MOTORISATION"}:
            yield f"{chemin}.modeAller"


@a_la_prescription("TRA-08")
def ambulance_sans_besoin(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in c.lignes(LigneTransport):
        if "AMBULANCE" in _categories(ligne) and not set(ligne.besoins) & _besoins_de("AMBULANCE"):
            yield f"{chemin}.besoins"


@a_la_prescription("TRA-09")
def assis_sans_besoin(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in c.lignes(LigneTransport):
        if ASSIS in _categories(ligne) and not set(ligne.besoins) & _besoins_de(ASSIS):
            yield f"{chemin}.besoins"


@a_la_prescription("TRA-10")
def trop_loin_sans_accord(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in c.lignes(LigneTransport):
        if (ligne.distance_km or 0) > 150 and not _accord_demande(ligne):
            yield f"{chemin}.accordPrealable"


@a_la_prescription("TRA-11")
def serie_sans_accord(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in c.lignes(LigneTransport):
        s = ligne.serie
        longue = s is not None and s.nombre >= 4 and s.periode_mois <= 2 and (ligne.distance_km or 0) > 50
        if longue and ligne.motif != "ALD" and not _accord_demande(ligne):
            yield f"{chemin}.accordPrealable"


@a_la_prescription("TRA-12")
def avion_sans_accord(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in c.lignes(LigneTransport):
        if "AVION_BATEAU" in _categories(ligne) and not _accord_demande(ligne):
            yield f"{chemin}.accordPrealable"


@a_la_prescription("TRA-13")
def camsp_sans_accord(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in c.lignes(LigneTransport):
        if ligne.centre is not None and not _accord_demande(ligne):
            yield f"{chemin}.accordPrealable"


@a_la_prescription("TRA-14")
def partage_non_precise(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in c.lignes(LigneTransport):
        p = ligne.transport_partage
        if ASSIS in _categories(ligne) and (p is None or (not p.accepte and not p.contre_indication)):
            yield f"{chemin}.transportPartage"


@a_la_prescription("TRA-15")
def modes_identiques(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in c.lignes(LigneTransport):
        besoins = {b for b in ligne.besoins if b in _besoins_de("AMBULANCE")}
        autres = {b for b in ligne.besoins if b in _besoins_de(ASSIS)}
        if besoins and autres and ligne.mode_retour in {None, ligne.mode_aller}:
            yield f"{chemin}.modeRetour"


@a_la_prescription("TRA-17")
def accompagnant_sans_accord(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in c.lignes(LigneTransport):
        if ligne.accompagnant and not _accord_demande(ligne):
            yield f"{chemin}.accompagnant"


@a_l_execution("TRA-03")
def modification_apres_delivrance(c: ContexteExecution) -> Iterator[str]:
    if c.execution.transport_modifie is not None:
        yield "transportModifie"
    for lc in c.lignes():
        if isinstance(lc.prescrite, LigneTransport) and lc.faite.adaptation is not None:
            yield f"{lc.chemin}.adaptation"


@a_l_execution("TRA-16")
def accord_en_attente(c: ContexteExecution) -> Iterator[str]:
    for lc in c.lignes():
        a = lc.prescrite.accord_prealable if isinstance(lc.prescrite, LigneTransport) else None
        if a is None or a.statut not in {"DEMANDE", "EN_ATTENTE"}:
            continue
        demande = a.date_demande or c.prescription.date_de_redaction
        if c.execution.date - demande < SILENCE:
            yield f"{lc.chemin}.accordPrealable"
