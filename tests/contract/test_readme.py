"""The README in both languages: the same commands, links that lead somewhere, the addresses of the code.

Its commands are run with curl, which is not Python: ``tests/blackbox/test_curl.py``.
"""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

RACINE = Path(__file__).resolve().parents[2]
PAGES = ("README.md", "README.fr.md")
BLOC = re.compile(r"^```sh\n(.*?)^```$", re.S | re.M)
_LIEN = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")


def texte(page: str) -> str:
    return (RACINE / page).read_text(encoding="utf-8")


def test_both_languages_show_the_same_commands() -> None:
    anglais, francais = ([_neutre(b) for b in BLOC.findall(texte(p))] for p in PAGES)
    assert anglais == francais


def _neutre(bloc: str) -> str:
    return bloc.strip()


@pytest.mark.parametrize(
    "page", [*PAGES, "CONTRIBUTING.md", "docs/README.md", "docs/operations.md", "docs/adr/README.md"]
)
def test_no_link_leads_nowhere(page: str) -> None:
    dossier = (RACINE / page).parent
    liens = [lien for lien in _LIEN.findall(texte(page)) if not urlsplit(lien).scheme]
    assert liens
    assert [lien for lien in liens if not (dossier / lien).exists()] == []


def test_the_default_addresses_are_those_of_the_code() -> None:
    from bacasante.options import IMAP, PORT, SMTP

    for page in PAGES:
        assert f"http://127.0.0.1:{PORT}" in texte(page)
        assert f"SMTP=127.0.0.1:{SMTP} IMAP=127.0.0.1:{IMAP}" in texte(page)
