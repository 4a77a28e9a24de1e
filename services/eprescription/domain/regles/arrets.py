"""AAT rules: the notice of work stoppage (avis d'arrêt de travail)."""

from collections.abc import Iterator
from datetime import date

from services.eprescription.domain.calendrier import jour
from services.eprescription.domain.lignes import LigneArret
from services.eprescription.domain.regles.catalogue import ContextePrescription, a_la_prescription

PLAFONDS_DEPUIS = date(2026, 9, 1)  # loi 2025-1403, art. 81
PRESCRIPTEURS = frozenset({"G15_10", "G16_10", "G15_40", "G15_50"})


def _duree(ligne: LigneArret) -> int | None:
    """Days, both ends counted."""
    if ligne.debut is not None and ligne.fin is not None:
        return (ligne.fin - ligne.debut).days + 1
    return ligne.duree


@a_la_prescription("AAT-01")
def profession(c: ContextePrescription) -> Iterator[str]:
    for _ in c.lignes(LigneArret):
        if c.auteur.profession.partition("/")[0] not in PRESCRIPTEURS:
            yield "prescripteur.profession"
            return


@a_la_prescription("AAT-02")
def mode_inconnu(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in c.lignes(LigneArret):
        if ligne.mode not in {"PRESENTIEL", "TELECONSULTATION"}:
            yield f"{chemin}.mode"


@a_la_prescription("AAT-03")
def teleconsultation_trop_longue(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in c.lignes(LigneArret):
        if ligne.mode == "TELECONSULTATION" and (_duree(ligne) or 0) > 3 and not ligne.medecin_traitant:
            yield f"{chemin}.fin"


@a_la_prescription("AAT-04")
def motif_medical_absent(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in c.lignes(LigneArret):
        if not ligne.motif_medical:
            yield f"{chemin}.motifMedical"


def _depasse(c: ContextePrescription, nature: str, plafond: int) -> Iterator[str]:
    if c.prescription.date_de_redaction < PLAFONDS_DEPUIS:
        return
    for chemin, ligne in c.lignes(LigneArret):
        if ligne.nature == nature and (_duree(ligne) or 0) > plafond and not ligne.motif_depassement:
            yield f"{chemin}.fin"


@a_la_prescription("AAT-05")
def premier_arret_trop_long(c: ContextePrescription) -> Iterator[str]:
    yield from _depasse(c, "INITIAL", c.parametres.plafond_arret_initial_jours)


@a_la_prescription("AAT-06")
def prolongation_trop_longue(c: ContextePrescription) -> Iterator[str]:
    yield from _depasse(c, "PROLONGATION", c.parametres.plafond_arret_prolongation_jours)


@a_la_prescription("AAT-07")
def prolongation_par_un_autre(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in c.lignes(LigneArret):
        autre = ligne.prescripteur_initial not in {c.auteur.rpps, c.auteur.id_nat}
        if ligne.nature == "PROLONGATION" and autre and not ligne.medecin_traitant and not ligne.motif_depassement:
            yield f"{chemin}.prescripteurInitial"


@a_la_prescription("AAT-08")
def sorties_sans_justification(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in c.lignes(LigneArret):
        if ligne.sorties and ligne.sorties.type == "SANS_RESTRICTION" and not ligne.sorties.justification:
            yield f"{chemin}.sorties.justification"


@a_la_prescription("AAT-09")
def duree_incoherente(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in c.lignes(LigneArret):
        duree = _duree(ligne)
        if duree is None or duree < 1:
            yield f"{chemin}.fin"


@a_la_prescription("AAT-12")
def antidate(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in c.lignes(LigneArret):
        consultation = jour(ligne.date_consultation) if ligne.date_consultation else c.prescription.date_de_redaction
        if ligne.debut is not None and ligne.debut < consultation:
            yield f"{chemin}.debut"
