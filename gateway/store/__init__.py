"""Rows of the gateway; importing this package completes ``Base.metadata``."""

from gateway.store import bacs, clients, personas, psc
from gateway.store.base import Base

__all__ = ["Base", "bacs", "clients", "personas", "psc"]
