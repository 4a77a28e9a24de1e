"""The console's sentences in both languages: one table each, the same keys (a test compares them)."""

from gateway.console.textes.anglais import ANGLAIS
from gateway.console.textes.francais import FRANCAIS

TEXTES: dict[str, dict[str, str]] = {"fr": FRANCAIS, "en": ANGLAIS}
DEFAUT = "fr"


def langue(demandee: str | None, accept_language: str | None) -> str:
    """``?lang=`` first, then the first language we speak among the browser's; French otherwise."""
    if demandee is not None and demandee in TEXTES:
        return demandee
    for morceau in (accept_language or "")[:200].split(","):
        code = morceau.partition(";")[0].strip()[:2].lower()
        if code in TEXTES:
            return code
    return DEFAUT
