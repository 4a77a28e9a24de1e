"""The wires of this service write local time (apcv.md §3, §4)."""

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def _paris() -> ZoneInfo:
    try:
        return ZoneInfo("Europe/Paris")
    except ZoneInfoNotFoundError:  # a machine without the time-zone database: UTC is right, if less readable
        return ZoneInfo("UTC")


PARIS = _paris()


def heure_locale(moment: datetime) -> str:
    """``YYYYMMDDHHMMSS``: how the engine writes ``dateFinValidite``."""
    return f"{moment.astimezone(PARIS):%Y%m%d%H%M%S}"
