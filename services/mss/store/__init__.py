"""Rows and queries, one module per aggregate; importing the package registers every table on the metadata."""

from services.mss.store import annuaire, boites, dossiers, messages, patients

__all__ = ["annuaire", "boites", "dossiers", "messages", "patients"]
