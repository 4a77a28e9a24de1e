"""Rows and queries: rows in, domain values out. Importing the package declares every table."""

from services.apcv.store import applis, assures, contextes, factures
from services.apcv.store.base import Base

__all__ = ["Base", "applis", "assures", "contextes", "factures"]
