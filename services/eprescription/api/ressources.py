"""Domain values as the JSON of the sheet (§4.3)."""

from collections.abc import Iterable
from typing import Any

import orjson

from services.eprescription.domain import numero as numeros
from services.eprescription.domain.codes import titre_document, type_document
from services.eprescription.domain.machine import Statut
from services.eprescription.store.executions import FicheExecution
from services.eprescription.store.prescriptions import FichePrescription
from services.eprescription.usecases.consulter import Vue
from services.eprescription.usecases.dispenser import Delivrance
from services.eprescription.usecases.prise_en_charge import PriseEnCharge

BASE = "/eprescription/v1"


def liens(numero: str) -> dict[str, str]:
    prescription = f"{BASE}/prescriptions/{numero}"
    return {
        "self": prescription,
        "pdf": f"{prescription}?format=pdf",
        "cda": f"{prescription}?format=cda",
        "qr": f"{prescription}/qr",
        "executions": f"{prescription}/executions",
        "fhir": f"/fhir/eprescription/MedicationRequest?group-identifier={numero}",
    }


def accuse(row: FichePrescription, *, copie_par: str) -> dict[str, Any]:
    """The receipt of P3. ``documentDmp`` is what the software needs to file the copy under the same uniqueId."""
    return {
        "numero": row.numero,
        "numeroAffiche": numeros.grouper(row.numero),
        "statut": row.statut,
        "version": row.version,
        "enregistreeLe": row.enregistree_le.isoformat(),
        "empreinte": f"sha256:{row.empreinte}",
        "finValidite": row.fin_validite.isoformat(),
        "avertissements": row.avertissements,
        "documentDmp": {
            "uniqueId": row.document_unique_id,
            "typeCode": type_document(row.type),
            "titre": titre_document(row.type),
            "deposePar": copie_par,
        },
        "liens": liens(row.numero),
    }


def statut_visible(row: FichePrescription, *, executions: bool) -> str:
    """With NON the prescriber must not learn from the status that something was delivered."""
    if not executions and row.statut in {Statut.EN_COURS, Statut.TERMINEE}:
        return str(Statut.ACTIVE)
    return row.statut


def prescription(vue: Vue) -> dict[str, Any]:
    row = vue.row
    contenu: dict[str, Any] = orjson.loads(row.contenu)
    sortie = contenu | {
        "numero": row.numero,
        "consultationExecution": row.consultation_execution,
        "statut": statut_visible(row, executions=vue.executions),
        "version": row.version,
        "enregistreeLe": row.enregistree_le.isoformat(),
        "finValidite": row.fin_validite.isoformat(),
        "relation": vue.relation,
        "executionsVisibles": vue.executions,
        "annulationEnAttente": row.annulation_en_attente is not None,
        "remplaceePar": row.remplacee_par,
        "liens": liens(row.numero),
    }
    if vue.executions:
        sortie["etatLignes"] = row.lignes
    return sortie


def resume(row: FichePrescription, *, executions: bool) -> dict[str, Any]:
    return {
        "numero": row.numero,
        "type": row.type,
        "statut": statut_visible(row, executions=executions),
        "dateRedaction": row.date_redaction.isoformat(),
        "finValidite": row.fin_validite.isoformat(),
        "prescripteur": row.auteur_nom,
        "matricule": row.matricule_ins,
        "liens": liens(row.numero),
    }


def execution(row: FicheExecution) -> dict[str, Any]:
    return {
        "id": row.id,
        "numero": row.numero,
        "structure": row.structure_id,
        "structureNom": row.structure_nom,
        "executant": row.executant_nom,
        "idNatExecutant": row.executant_id_nat,
        "date": row.date.isoformat(),
        "enregistreeLe": row.enregistree_le.isoformat(),
        "lignes": row.contenu["lignes"],
        "annuleeLe": row.annulee_le.isoformat() if row.annulee_le else None,
    }


def executions(rows: Iterable[FicheExecution]) -> list[dict[str, Any]]:
    return [execution(row) for row in rows]


def delivrance(d: Delivrance) -> dict[str, Any]:
    touchees = {m["rang"] for m in d.execution.mesures}
    completudes = {ligne["rang"]: ligne.get("completude") for ligne in d.execution.contenu["lignes"]}
    return {
        "id": d.execution.id,
        "numero": d.row.numero,
        "statut": d.row.statut,
        "version": d.row.version,
        "date": d.execution.date.isoformat(),
        "annuleeLe": d.execution.annulee_le.isoformat() if d.execution.annulee_le else None,
        "lignes": [
            ligne | {"completude": completudes.get(ligne["rang"])}
            for ligne in d.row.lignes
            if ligne["rang"] in touchees
        ],
        "avertissements": d.bilan.avertissements,
    }


def prise_en_charge(p: PriseEnCharge) -> dict[str, Any]:
    return {
        "id": p.id,
        "jeton": p.jeton,
        "expireA": p.expire_a.isoformat(),
        "numero": p.row.numero,
        "statut": p.row.statut,
        "version": p.row.version,
        "lignes": [ligne.to_json() for ligne in p.dossier.lignes],
        "regles": p.apercu.to_json(),
        "liens": liens(p.row.numero),
    }
