"""Dates of the law: months that end on the last day, and the legal clock of France."""

import calendar
from datetime import date, datetime
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


def jour(instant: datetime) -> date:
    """The calendar day in France."""
    return instant.astimezone(PARIS).date()


def plus_mois(depart: date, mois: int) -> date:
    """The same day ``mois`` months later, or the last day of a shorter month."""
    annee, rang = divmod(depart.year * 12 + depart.month - 1 + mois, 12)
    dernier = calendar.monthrange(annee, rang + 1)[1]
    return date(annee, rang + 1, min(depart.day, dernier))


def age(naissance: date, le: date) -> int:
    return le.year - naissance.year - ((le.month, le.day) < (naissance.month, naissance.day))
