"""Values the rules are tried on: one sound prescription, one sound delivery, changed one thing at a time."""

import copy
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson

from services.eprescription.domain.calendrier import plus_mois
from services.eprescription.domain.cycle import Dossier, Mesure, echoir, enregistrer, executer
from services.eprescription.domain.execution import Execution
from services.eprescription.domain.habilitation import Acteur
from services.eprescription.domain.modele import Prescription
from services.eprescription.domain.regles import (
    ContexteExecution,
    ContextePrescription,
    Couverture,
    controler_execution,
    controler_prescription,
)
from services.eprescription.domain.regles.delivrance import mesurer

MAINTENANT = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
JOUR = date(2026, 3, 1)
PARACETAMOL, AMOXICILLINE, METFORMINE, OMEPRAZOLE = "60234100", "69118175", "67346461", "67995040"
MORPHINE, METHADONE, ZOLPIDEM, ZOPICLONE, LEXOMIL = "69666321", "60998856", "63179285", "68508795", "66796142"
TRAMADOL, LYRICA, LAMICTAL, LEPONEX, NEORAL, DEPAKINE = (
    "63435884", "67928173", "69658075", "62552920", "67194943", "60184188"
)  # fmt: skip
TRANXENE, DUROGESIC, CERAZETTE, GLUCOPHAGE = "68644101", "60914025", "61452187", "61052830"

MEDECIN = Acteur("810999000010", "DUMAS", "Claire", "G15_10", frozenset({"SM26"}), "1990000010")
NEUROLOGUE = Acteur("810999000010", "DUMAS", "Claire", "G15_10", frozenset({"SM32"}), "1990000010")
PHARMACIEN = Acteur("899700990213", "GARNIER", "Pierre", "G15_21/A", frozenset(), "1990000036")
INFIRMIER = Acteur("810999000010", "MARTIN", "Ines", "G15_60")
SAGE_FEMME = Acteur("810999000010", "AUBRY", "Lena", "G15_50")

LIGNE: dict[str, Any] = {
    "rang": 1,
    "famille": "MED",
    "ald": False,
    "produit": {"cis": METFORMINE, "cip13": "3400939718330", "libelle": "METFORMINE"},
    "substitution": {"code": "G"},
    "posologie": {"texte": "1 comprimé matin et soir"},
    "dureeJours": 30,
    "quantite": {"valeur": 2},
    "renouvellements": 2,
}
DM: dict[str, Any] = {
    "rang": 1,
    "famille": "DM",
    "lpp": "9000028",
    "designation": "Bas de compression classe 2, la paire",
    "quantite": 1,
    "renouvellements": 5,
    "ald": False,
    "atMp": False,
    "prevention": False,
    "nonRemboursable": False,
}
TRANSPORT: dict[str, Any] = {
    "rang": 1,
    "famille": "TRANSPORT",
    "motif": "ALD",
    "ald": {"reconnue": True, "enLien": True, "deficience": True},
    "incapacite": True,
    "besoins": ["AIDE_DEPLACEMENT"],
    "modeAller": "ORG-160",
    "modeRetour": "ORG-160",
    "transportPartage": {"accepte": True},
    "distanceKm": 42,
    "dateTransport": "2026-03-05",
}
ARRET: dict[str, Any] = {
    "rang": 1,
    "famille": "ARRET",
    "nature": "INITIAL",
    "cadre": "MALADIE",
    "debut": "2026-03-01",
    "fin": "2026-03-06",
    "motifMedical": "lombalgie aiguë",
    "sorties": {"type": "AUTORISEES_9H_11H_14H_16H"},
    "mode": "PRESENTIEL",
}
SOIN: dict[str, Any] = {"rang": 1, "famille": "ACTE", "ald": False, "dateDebut": "2026-03-02"}
PRESCRIPTION: dict[str, Any] = {
    "numero": "014K7Q2M9XT3WZ6RH1",
    "type": "PRODUITS_SANTE",
    "contexte": "VILLE",
    "dateRedaction": "2026-03-01T09:12:00+01:00",
    "validite": {"debut": "2026-03-01", "fin": "2027-02-28"},
    "consultationExecution": "OUI",
    "signature": "jws",
    "prescripteur": {"rpps": "10999000010", "nom": "DUMAS", "prenom": "Claire", "finess": "990000010"},
    "patient": {
        "ins": {"matricule": "280017505601635", "oid": "1.2.250.1.213.1.4.8", "statut": "QUALIFIEE"},
        "nomNaissance": "LOISEAU",
        "prenoms": "MARINA ANNE",
        "sexe": "F",
        "dateNaissance": "1980-01-21",
    },
    "lignes": [LIGNE],
}


def med(cis: str | None = None, **champs: Any) -> dict[str, Any]:
    ligne = copy.deepcopy(LIGNE) | champs
    if cis:
        ligne["produit"] = {"cis": cis}
    return ligne


def poser(objet: dict[str, Any], chemin: str, valeur: Any) -> None:
    """Set (or, with ``...``, remove) ``a.b.0.c`` in nested JSON."""
    *parents, dernier = chemin.split(".")
    courant: Any = objet
    for partie in parents:
        courant = courant[int(partie)] if isinstance(courant, list) else courant.setdefault(partie, {})
    if valeur is ...:
        courant.pop(dernier, None)
    else:
        courant[dernier] = valeur


def prescription(*lignes: dict[str, Any], **changements: Any) -> Prescription:
    """Keys of ``changements`` write dots as ``__``: ``patient__sexe=...`` removes the sex."""
    contenu = copy.deepcopy(PRESCRIPTION)
    if lignes:
        contenu["lignes"] = [copy.deepcopy(ligne) | {"rang": i} for i, ligne in enumerate(lignes, start=1)]
    for chemin, valeur in changements.items():
        poser(contenu, chemin.replace("__", "."), valeur)
    return Prescription.model_validate_json(orjson.dumps(contenu), strict=True)


def regles_p(
    p: Prescription, auteur: Acteur = MEDECIN, couvertures: tuple[Couverture, ...] = (), quand: datetime = MAINTENANT
) -> set[str]:
    bilan = controler_prescription(ContextePrescription(p, quand, auteur, couvertures), "homologation")
    return {c.regle.id for c in bilan.constats}


def execution(le: date, *lignes: dict[str, Any], **champs: Any) -> Execution:
    faites = list(lignes) or [{"rang": 1, "quantite": 2}]
    contenu = {"numero": "014K7Q2M9XT3WZ6RH1", "date": le.isoformat(), "lignes": faites} | champs
    return Execution.model_validate_json(orjson.dumps(contenu), strict=True)


def dossier_de(p: Prescription, *avant: tuple[date, dict[str, Any]], echu: date | None = None) -> Dossier:
    """The state after these earlier deliveries, and after the clock passed ``echu``."""
    d = enregistrer("014K7Q2M9XT3WZ6RH1", p)
    for le, faite in avant:
        e = execution(le, faite)
        mesures = [
            Mesure(
                f.rang,
                mesurer(f, d.ligne(f.rang)),
                le,
                f.duree_couverte_jours or 30,
                exceptionnelle=f.exceptionnelle is not None,
            )
            for f in e.lignes
        ]
        d, _ = executer(d, mesures)
    return echoir(d, echu) if echu else d


def regles_e(
    p: Prescription,
    le: date,
    *faites: dict[str, Any],
    avant: tuple[tuple[date, dict[str, Any]], ...] = (),
    echu: date | None = None,
    **champs: Any,
) -> set[str]:
    contexte = ContexteExecution(p, dossier_de(p, *avant, echu=echu), execution(le, *faites, **champs), PHARMACIEN)
    return {c.regle.id for c in controler_execution(contexte, "homologation").constats}


def apres(jours: int) -> date:
    return JOUR + timedelta(days=jours)


def mois(nombre: int, jours: int = 0) -> date:
    return plus_mois(JOUR, nombre) + timedelta(days=jours)
