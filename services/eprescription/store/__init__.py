"""Importing the package completes ``Base.metadata``."""

from services.eprescription.store import accords, annexes, executions, prescriptions, traces, verrous
from services.eprescription.store.base import Base

__all__ = ["Base", "accords", "annexes", "executions", "prescriptions", "traces", "verrous"]
