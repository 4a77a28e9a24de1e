"""Bodies of the wire (e-prescription §4.3), and the few steps every story starts with."""

import copy
import uuid
from typing import Any

from services.eprescription.domain import numero as numeros
from shared.monde.patients import PATIENTS
from shared.monde.professionnels import PROFESSIONNELS
from tests.banc import Banc

V1 = "/eprescription/v1"
METFORMINE, METFORMINE_CIP = "67346461", "3400939718330"
MORPHINE, MORPHINE_CIP = "69666321", "3400933323691"


def ligne(**champs: Any) -> dict[str, Any]:
    return {
        "rang": 1,
        "famille": "MED",
        "ald": True,
        "nonRemboursable": False,
        "produit": {"cis": METFORMINE, "cip13": METFORMINE_CIP, "libelle": "METFORMINE BIOGARAN 1000 mg"},
        "substitution": {"code": "G"},
        "posologie": {"texte": "1 comprimé matin et soir pendant les repas"},
        "voie": "20053000",
        "dureeJours": 30,
        "quantite": {"valeur": 2, "conditionnement": "30009000"},
        "renouvellements": 5,
    } | champs


def morphine(**champs: Any) -> dict[str, Any]:
    return (
        ligne(
            produit={"cis": MORPHINE, "cip13": MORPHINE_CIP},
            posologie={
                "texte": "1 gélule matin et soir",
                "toutesLettres": "une gélule de trente milligrammes deux fois",
            },
            dureeJours=28,
            quantite={"valeur": 4, "conditionnement": "30009000"},
            renouvellements=0,
        )
        | champs
    )


def ordonnance(
    *lignes: dict[str, Any], patient: str = "blanc-valmont", prescripteur: str = "verdier-mg", **champs: Any
) -> dict[str, Any]:
    personne, pro = PATIENTS[patient], PROFESSIONNELS[prescripteur]
    return {
        "numero": numeros.generer(),
        "type": "PRODUITS_SANTE",
        "contexte": "VILLE",
        "dateRedaction": "2026-01-15T09:50:00+01:00",
        "sousTypes": [],
        "consultationExecution": "OUI",
        "anonymatIvg": False,
        "prescripteur": {
            "rpps": pro.id_nat[1:],
            "profession": "G15_10",
            "specialite": "SM26",
            "nom": pro.nom,
            "prenom": pro.prenom,
            "am": "991234562",
        },
        "patient": {
            "ins": {"matricule": personne.matricule_ins, "oid": "1.2.250.1.213.1.4.8", "statut": "QUALIFIEE"},
            "nomNaissance": personne.traits.nom_naissance,
            "prenoms": " ".join(personne.traits.prenoms),
            "sexe": str(personne.traits.sexe),
            "dateNaissance": personne.traits.date_naissance,
        },
        "lignes": list(copy.deepcopy(lignes)) or [ligne()],
    } | champs


async def creer(b: Banc, corps: dict[str, Any] | None = None, qui: str = "verdier-mg", **entetes: str) -> Any:
    return await b.client.post(f"{V1}/prescriptions", json=corps or ordonnance(), headers=b.ps(qui) | entetes)


async def prendre(b: Banc, numero: str, qui: str = "garnier-pharmacien", **corps: Any) -> Any:
    return await b.client.post(f"{V1}/prises-en-charge", json={"numero": numero, **corps}, headers=b.ps(qui))


def execution(numero: str, *lignes: dict[str, Any], date: str = "2026-01-15", **champs: Any) -> dict[str, Any]:
    faites = list(lignes) or [
        {"rang": 1, "quantite": 2, "dureeCouverteJours": 30, "produitDelivre": {"cip13": METFORMINE_CIP}}
    ]
    return {"numero": numero, "date": date, "lignes": faites} | champs


async def delivrer(
    b: Banc, corps: dict[str, Any], jeton: str, qui: str = "garnier-pharmacien", cle: str | None = None
) -> Any:
    entetes = {"X-Prise-En-Charge": jeton, "Idempotency-Key": cle or str(uuid.uuid4())}
    return await b.client.post(f"{V1}/executions", json=corps, headers=b.ps(qui) | entetes)


async def servir(b: Banc, numero: str, *lignes: dict[str, Any], qui: str = "garnier-pharmacien", **champs: Any) -> Any:
    """Take in charge and deliver in one go."""
    pec = await prendre(b, numero, qui)
    assert pec.status_code in {200, 201}, pec.text
    return await delivrer(b, execution(numero, *lignes, **champs), pec.json()["jeton"], qui)
