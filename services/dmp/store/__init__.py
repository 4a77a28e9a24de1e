"""Rows and queries of the DMP, one module per aggregate."""

from services.dmp.store.base import Base
from services.dmp.store.documents import BlobRow, DocumentRow, LotRow, VersionRow
from services.dmp.store.dossiers import AutorisationRow, DossierRow, RepresentationRow
from services.dmp.store.mes import CodeAccesRow, CompteRow, EnrolementRow, SessionMesRow, SoinRow, VerrouRow
from services.dmp.store.traces import TraceRow

__all__ = [
    "AutorisationRow",
    "Base",
    "BlobRow",
    "CodeAccesRow",
    "CompteRow",
    "DocumentRow",
    "DossierRow",
    "EnrolementRow",
    "LotRow",
    "RepresentationRow",
    "SessionMesRow",
    "SoinRow",
    "TraceRow",
    "VerrouRow",
    "VersionRow",
]
