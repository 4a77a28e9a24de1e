"""The facts every document event carries."""

from datetime import datetime
from typing import Any

from services.dmp.domain.document import Document


def faits(d: Document, at: datetime) -> dict[str, Any]:
    """The fields every document event carries."""
    return {
        "occurred_at": at,
        "unique_id": d.unique_id,
        "matricule_ins": d.matricule_ins,
        "titre": d.titre,
        "type_code": d.type_code,
        "classe_code": d.classe,
        "auteur_id_nat": d.auteur_id_nat,
        "auteur_nom": d.auteur_nom,
        "structure_id": d.structure_id,
    }
