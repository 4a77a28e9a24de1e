"""The state of ``adri``: beneficiaries, apCV contexts, invoices."""

from services.adri.store import base

__all__ = ["base"]
