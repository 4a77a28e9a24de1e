"""The state of ``ins``: people, matricules, cards, batches."""

from services.ins.store import base

__all__ = ["base"]
