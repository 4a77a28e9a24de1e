"""What the citizen's face says of a profile, a document, a trace, an access code: domain rows → JSON members."""

from datetime import datetime
from typing import Any

from services.dmp.domain.profil import Etat
from services.dmp.fhir.ressources import instant
from services.dmp.store.documents import Ligne
from services.dmp.store.dossiers import DossierRow
from services.dmp.store.mes import CodeAccesRow
from services.dmp.store.traces import TraceRow
from services.dmp.usecases.visite import Visite


def profil(row: DossierRow) -> dict[str, Any]:
    return {
        "profil": row.matricule_ins,
        "prenom": row.prenom,
        "nom_naissance": row.nom_naissance,
        "etat": row.etat,
        "depuis": instant(row.depuis),
        "ouverture_prevue": instant(row.echeance) if row.etat == Etat.NOTIFIED.value and row.echeance else None,
        "boite": f"{row.matricule_ins}@patient.mssante.fr",
        "motif_fermeture": row.motif_fermeture,
        "reglages": {
            "bris_de_glace": not row.oppose_bris_de_glace,
            "centre_15": not row.oppose_centre_15,
            "masques_en_urgence": row.masques_en_urgence,
            "notification_acces": row.notification_acces,
            "email": row.email,
        },
    }


def trace(t: TraceRow) -> dict[str, Any]:
    return {
        "id": t.id,
        "at": instant(t.at),
        "profileId": t.matricule_ins,
        "event": t.evenement,
        "result": t.resultat,
        "rule": t.regle,
        "actor": {
            "type": "professional" if t.acteur_type in {"ps", "cpe"} else t.acteur_type,
            "id": t.acteur_id,
            "name": t.acteur_nom,
            "profession": t.profession,
            "structure": t.structure_nom or t.structure_id,
        },
        "mode": t.mode,
        "reason": t.motif,
        "objects": t.objets,
        "software": {"name": t.logiciel},
        "notified": t.notifie,
    }


def code(row: CodeAccesRow, now: datetime) -> dict[str, Any]:
    return {
        "id": row.id,
        "code": row.code,
        "scope": row.portee,
        "expiresAt": instant(row.expire_le),
        "state": row.etat(now),
        "uses": row.utilisations,
    }


def document(visite: Visite, row: Ligne) -> dict[str, Any]:
    v = visite.appel.tables.valeurs
    connu = v.types.get(row.type_code)
    return {
        "id": row.id,
        "uniqueId": f"urn:oid:{row.unique_id}",
        "titre": row.titre,
        "type": {"code": row.type_code, "libelle": connu.libelle if connu else row.type_code},
        "classe": row.classe,
        "categorie": v.categorie_mes(row.type_code, row.classe),
        "date": instant(row.creation),
        "ajoute_le": instant(row.depose_le),
        "auteur": row.auteur_nom,
        "depose_par_moi": row.depot_patient,
        "masque": row.masque,
        "archive": row.statut == "Archived",
    }
