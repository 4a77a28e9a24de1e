"""MED rules: what a drug line must say, and the limits of its regime."""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import cache
from typing import TypeAlias

from services.eprescription.domain import tables
from services.eprescription.domain.calendrier import age
from services.eprescription.domain.lignes import LigneMed
from services.eprescription.domain.referentiel import (
    Medicament,
    est_mte,
    medicament_de,
    sans_accents,
    unite_connue,
)
from services.eprescription.domain.regles.catalogue import ContextePrescription, a_la_prescription

SECURISEE, EXCEPTION, BIZONE = "MED-1098", "MED-1097", "MED-1096"
MOTIFS_NON_SUBSTITUABLE = frozenset({"MTE", "EFG", "CIF"})

ParLigne: TypeAlias = Callable[[ContextePrescription, LigneMed, Medicament | None], str | None]


def _par_ligne(identifiant: str) -> Callable[[ParLigne], ParLigne]:
    """Register a check of one drug line; it answers the sub-path at fault, or nothing."""

    def inscrire(controle: ParLigne) -> ParLigne:
        @a_la_prescription(identifiant)
        def tous(c: ContextePrescription) -> Iterator[str]:
            for chemin, ligne in c.lignes(LigneMed):
                if (sous_chemin := controle(c, ligne, medicament_de(ligne))) is not None:
                    yield f"{chemin}.{sous_chemin}"

        return controle

    return inscrire


def duree_totale(ligne: LigneMed) -> int:
    """Days, renewals included; 0 when the line is written in packs only."""
    return (ligne.duree_jours or 0) * ((ligne.renouvellements or 0) + 1)


def fin_couverte(debut: date, ligne: LigneMed) -> date:
    """The last day of treatment, bounded to ten years: a longer one is refused by other rules."""
    return debut + timedelta(days=min(max(duree_totale(ligne), 1), 3660) - 1)


@_par_ligne("MED-01")
def denomination_absente(c: ContextePrescription, ligne: LigneMed, m: Medicament | None) -> str | None:
    p = ligne.produit
    nomme = p is not None and (p.cis or p.cip13 or p.mv or p.dc or p.formule or p.preparation)
    return None if nomme else "produit"


@_par_ligne("MED-02")
def formule_absente(c: ContextePrescription, ligne: LigneMed, m: Medicament | None) -> str | None:
    p = ligne.produit
    return "produit.formule" if p is not None and p.preparation and not p.formule else None


@_par_ligne("MED-03")
def posologie_absente(c: ContextePrescription, ligne: LigneMed, m: Medicament | None) -> str | None:
    return None if ligne.posologie is not None and ligne.posologie.texte else "posologie.texte"


@_par_ligne("MED-04")
def ni_duree_ni_quantite(c: ContextePrescription, ligne: LigneMed, m: Medicament | None) -> str | None:
    return None if ligne.duree_jours or ligne.quantite else "dureeJours"


@_par_ligne("MED-05")
def plus_de_douze_mois(c: ContextePrescription, ligne: LigneMed, m: Medicament | None) -> str | None:
    return "dureeJours" if m is not None and m.est_liste and duree_totale(ligne) > 365 else None


@_par_ligne("MED-06")
def poids_absent(c: ContextePrescription, ligne: LigneMed, m: Medicament | None) -> str | None:
    p = c.prescription
    naissance = p.patient.naissance
    enfant = naissance is not None and age(naissance, p.date_de_redaction) < 16
    pese = p.signes_vitaux is not None and p.signes_vitaux.poids is not None
    return "posologie" if enfant and not pese else None


@_par_ligne("MED-07")
def hypnotique_trop_long(c: ContextePrescription, ligne: LigneMed, m: Medicament | None) -> str | None:
    return "dureeJours" if m is not None and m.regime == "HYPNOTIQUE" and duree_totale(ligne) > 28 else None


@_par_ligne("MED-08")
def anxiolytique_trop_long(c: ContextePrescription, ligne: LigneMed, m: Medicament | None) -> str | None:
    return "dureeJours" if m is not None and m.regime == "ANXIOLYTIQUE" and duree_totale(ligne) > 84 else None


@_par_ligne("MED-09")
def opioide_faible_trop_long(c: ContextePrescription, ligne: LigneMed, m: Medicament | None) -> str | None:
    concerne = m is not None and m.contient("TRAMADOL", "CODEINE")  # DIHYDROCODEINE contains CODEINE
    return "dureeJours" if concerne and duree_totale(ligne) > 84 else None


def _milligrammes(dosages: str) -> float:
    trouve = re.search(r"(\d+(?:[.,]\d+)?)\s*mg", dosages)
    return float(trouve[1].replace(",", ".")) if trouve else 0.0


@_par_ligne("MED-10")
def zolpidem_ou_clorazepate_trop_long(c: ContextePrescription, ligne: LigneMed, m: Medicament | None) -> str | None:
    if m is None or duree_totale(ligne) <= 28:
        return None
    fort = m.contient("CLORAZEPATE") and "orale" in m.voie and _milligrammes(m.dosages) >= 20
    return "dureeJours" if m.contient("ZOLPIDEM") or fort else None


@_par_ligne("MED-11")
def pregabaline_trop_longue(c: ContextePrescription, ligne: LigneMed, m: Medicament | None) -> str | None:
    return "dureeJours" if m is not None and m.contient("PREGABALINE") and duree_totale(ligne) > 183 else None


@_par_ligne("MED-12")
def ordonnance_non_securisee(c: ContextePrescription, ligne: LigneMed, m: Medicament | None) -> str | None:
    return (
        "produit" if m is not None and m.ordonnance_securisee and SECURISEE not in c.prescription.sous_types else None
    )


@_par_ligne("MED-13")
def pas_en_toutes_lettres(c: ContextePrescription, ligne: LigneMed, m: Medicament | None) -> str | None:
    if SECURISEE not in c.prescription.sous_types or (m is not None and not m.ordonnance_securisee):
        return None
    lettres = ligne.posologie.toutes_lettres if ligne.posologie else None
    ecrit = lettres and not any(ch.isdigit() for ch in lettres)
    return None if ecrit else "posologie.toutesLettres"


@_par_ligne("MED-14")
def stupefiant_trop_long(c: ContextePrescription, ligne: LigneMed, m: Medicament | None) -> str | None:
    if m is None or not m.est_stupefiant or m.duree_max_jours is None:
        return None
    return "dureeJours" if duree_totale(ligne) > m.duree_max_jours else None


@_par_ligne("MED-15")
def fraction_non_precisee(c: ContextePrescription, ligne: LigneMed, m: Medicament | None) -> str | None:
    fractionne = m is not None and m.fractionnement_jours is not None
    return "fractionnementJours" if fractionne and not (ligne.fractionnement_jours or ligne.delivrance_unique) else None


@_par_ligne("MED-16")
def tso_sans_pharmacien(c: ContextePrescription, ligne: LigneMed, m: Medicament | None) -> str | None:
    p = c.prescription
    if m is None or not m.est_tso or SECURISEE not in p.sous_types:
        return None
    d = p.executant_designe
    return None if d is not None and (d.rpps or d.structure or d.nom) else "produit"


@_par_ligne("MED-17")
def chevauchement(c: ContextePrescription, ligne: LigneMed, m: Medicament | None) -> str | None:
    if m is None or not (m.est_stupefiant or m.est_assimile) or ligne.chevauchement_autorise:
        return None
    debut = ligne.debut or c.prescription.date_de_redaction
    fin = fin_couverte(debut, ligne)
    substances = frozenset(sans_accents(s) for s in m.substances)
    for deja in c.couvertures:
        if deja.substances & substances and deja.debut <= fin and debut <= deja.fin:
            return "chevauchementAutorise"
    return None


@_par_ligne("MED-18")
def non_substituable_sans_motif(c: ContextePrescription, ligne: LigneMed, m: Medicament | None) -> str | None:
    s = ligne.substitution
    return "substitution.motif" if s.code == "N" and s.motif not in MOTIFS_NON_SUBSTITUABLE else None


@_par_ligne("MED-19")
def efg_apres_six_ans(c: ContextePrescription, ligne: LigneMed, m: Medicament | None) -> str | None:
    naissance = c.prescription.patient.naissance
    if ligne.substitution.motif != "EFG" or naissance is None:
        return None
    return "substitution.motif" if age(naissance, c.prescription.date_de_redaction) >= 6 else None


@_par_ligne("MED-20")
def mte_hors_liste(c: ContextePrescription, ligne: LigneMed, m: Medicament | None) -> str | None:
    return "substitution.motif" if ligne.substitution.motif == "MTE" and m is not None and not est_mte(m) else None


@_par_ligne("MED-21")
def cif_sans_excipient(c: ContextePrescription, ligne: LigneMed, m: Medicament | None) -> str | None:
    s = ligne.substitution
    return "substitution.excipient" if s.motif == "CIF" and not s.excipient else None


_RACINES = {
    "NEUROLOGIE": "NEUROLOG",
    "PSYCHIATRIE": "PSYCHIATR",
    "GERIATRIE": "GERIATR",
    "PEDIATRIE": "PEDIATR",
    "MEDECINE INTERNE": "INTERNE",
    "HEPATO/GASTRO-ENTEROLOGIE": "GASTRO",
    "OPHTALMOLOGIE": "OPHTALMO",
    "RHUMATOLOGIE": "RHUMATO",
    "DERMATOLOGIE": "DERMATO",
}


@cache
def _specialites() -> dict[str, str]:
    return {
        ligne["code"].partition("/")[2]: sans_accents(ligne["display"])
        for ligne in tables.lignes("xds_author_specialty")
        if ligne["code"].startswith("G15_10/SM")
    }


def _est_specialiste(c: ContextePrescription, conditions: str) -> bool:
    codes = c.auteur.specialites | {c.prescription.prescripteur.specialite or ""}
    libelles = [_specialites()[code] for code in codes if code in _specialites()]
    if "certains sp" in conditions:
        return any("GENERALE" not in libelle for libelle in libelles)
    voulues = [racine for nom, racine in _RACINES.items() if nom in sans_accents(conditions)]
    return any(racine in libelle for racine in voulues for libelle in libelles)


@_par_ligne("MED-23")
def prescription_restreinte(c: ContextePrescription, ligne: LigneMed, m: Medicament | None) -> str | None:
    if m is None or ligne.initiale is not None:
        return None
    parties = [p.strip() for p in m.conditions.split("|")]
    reservee = any(p.startswith("prescription réservée") for p in parties) or "certains spécialistes" in m.conditions
    hospitaliere = "prescription initiale hospitalière" in m.conditions
    if not (reservee or hospitaliere):
        return None
    a_l_hopital = c.prescription.contexte == "PHEV" and hospitaliere
    return None if a_l_hopital or (reservee and _est_specialiste(c, m.conditions)) else "initiale"


@_par_ligne("MED-24")
def accord_de_soins_absent(c: ContextePrescription, ligne: LigneMed, m: Medicament | None) -> str | None:
    demande = m is not None and "accord de soins" in m.conditions
    return "accordDeSoins" if demande and not ligne.accord_de_soins else None


@a_la_prescription("MED-26")
def zones_melees(c: ContextePrescription) -> Iterator[str]:
    indicateurs = {ligne.ald for _, ligne in c.lignes(LigneMed)}
    if {True, False} <= indicateurs and BIZONE not in c.prescription.sous_types:
        yield "sousTypes"


@_par_ligne("MED-27")
def hors_amm_sans_mention(c: ContextePrescription, ligne: LigneMed, m: Medicament | None) -> str | None:
    return "horsAmm" if ligne.hors_amm and not ligne.mention_hors_amm and not ligne.non_remboursable else None


@a_la_prescription("MED-28")
def unite_non_conforme(c: ContextePrescription) -> Iterator[str]:
    for chemin, ligne in c.lignes(LigneMed):
        for i, prise in enumerate(ligne.posologie.structuree if ligne.posologie else ()):
            code = prise.unite.code if prise.unite else None
            if code is not None and (set(code) & set("{}[]") or not unite_connue(code)):
                yield f"{chemin}.posologie.structuree[{i}].unite.code"
