"""Domain values and rows → the JSON of our own faces (pure functions)."""

from datetime import datetime
from typing import Any

from services.mss.domain.reception import Courrier
from services.mss.store.boites import Boite
from services.mss.store.dossiers import Entree
from services.mss.store.messages import Destin, MessageRow
from services.mss.store.patients import PriveRow
from services.mss.usecases.envoi import Depot


def instant(valeur: datetime | None) -> str | None:
    return valeur.isoformat(timespec="seconds") if valeur else None


def boite(valeur: Boite) -> dict[str, Any]:
    return {
        "adresse": valeur.adresse,
        "type": str(valeur.type_bal),
        "libelle": valeur.libelle,
        "structure_id": valeur.structure_id,
        "quota": valeur.quota,
        "occupe": valeur.occupe,
    }


def resume(entree: Entree, message: MessageRow) -> dict[str, Any]:
    """One line of a list: nothing that needs the bytes."""
    return {
        "id": message.id,
        "uid": entree.uid,
        "de": message.expediteur,
        "libelle": message.libelle,
        "a": message.destinataires,
        "objet": message.objet,
        "recu_le": instant(entree.recu_le),
        "date": instant(message.date_entete),
        "lu": "\\Seen" in entree.drapeaux,
        "drapeaux": sorted(entree.drapeaux),
        "taille": entree.taille,
        "extrait": message.extrait,
        "pieces": message.pieces,
    }


def detail(message: MessageRow, courrier: Courrier) -> dict[str, Any]:
    return {
        "id": message.id,
        "message_id": message.entete_id,
        "en_reponse_a": message.en_reponse_a,
        "de": message.expediteur,
        "libelle": message.libelle,
        "a": message.destinataires,
        "cc": message.copies,
        "objet": message.objet,
        "date": instant(message.date_entete),
        "recu_le": instant(message.recu_le),
        "texte": courrier.texte,
        "entetes": courrier.entetes_mss,
        "taille": message.taille,
        "pieces": message.pieces,
    }


def sort(valeur: Destin) -> dict[str, Any]:
    return {
        "destinataire": valeur.destinataire,
        "regle": valeur.regle,
        "issue": valeur.issue,
        "statut": valeur.statut,
    }


def depot(valeur: Depot) -> dict[str, Any]:
    return {
        "id": valeur.message_id,
        "sorts": [sort(s) for s in valeur.sorts],
        "constats": [
            {"regle": c.regle, "gravite": c.gravite, "exigence": c.exigence, "fr": c.fr, "en": c.en}
            for c in valeur.constats
        ],
    }


def prive(row: PriveRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "canal": row.canal,
        "destination": row.destination,
        "concerne": row.concerne_ins,
        "motif": row.motif,
        "objet": row.objet,
        "texte": row.texte,
        "recu_le": instant(row.le),
    }
