"""Folding names for search."""

import unicodedata


def plier(texte: str) -> str:
    """No accent, no case: ``LÉVÊQUE`` and ``leveque`` meet."""
    nu = unicodedata.normalize("NFKD", texte)
    return "".join(c for c in nu if not unicodedata.combining(c)).lower()
