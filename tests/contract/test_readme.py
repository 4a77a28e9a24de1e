"""The README alone is enough: every command and curl in it is run, in both languages, against a started suite."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.instance import Marche, marche

RACINE = Path(__file__).resolve().parents[2]
PAGES = ("README.md", "README.fr.md")
_BLOC = re.compile(r"^```sh\n(.*?)^```$", re.S | re.M)
_LIEN = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")

# What a reader types, made checkable: an HTTP error is an error, except when the README asks for a refusal to explain
# it; `make` targets must exist and are not run from here; the command talks to the suite of this test.
_PRELUDE = """
set -euo pipefail
curl() {
  case "$*" in
    *'%header{bac-journal}'*) command curl "$@" ;;
    *) command curl --fail-with-body --show-error --max-time 60 "$@" ;;
  esac
}
make() { for target in "$@"; do command make --silent --dry-run -C "$RACINE" "$target" >/dev/null; done; }
bacasante() { "$PYTHON" -m bacasante "$@"; }
"""


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marche]:
    with marche(tmp_path_factory.mktemp("readme") / "data") as prete:
        yield prete


def _texte(page: str) -> str:
    return (RACINE / page).read_text(encoding="utf-8")


def _script(page: str, instance: Marche) -> str:
    morceaux = [_PRELUDE]
    for numero, bloc in enumerate(_BLOC.findall(_texte(page)), 1):
        premiere = bloc.splitlines()[0].replace("'", "")
        morceaux.append(f"echo '### {page}, block {numero}: {premiere}'\n{bloc}")
    return (
        "\n".join(morceaux)
        .replace("http://127.0.0.1:8400", instance.url)
        .replace("127.0.0.1:8587", instance.smtp)
        .replace("127.0.0.1:8143", instance.imap)
    )


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_the_readme_works(page: str, instance: Marche, tmp_path: Path) -> None:
    (tmp_path / "docs").symlink_to(RACINE / "docs")
    bash = shutil.which("bash")
    assert bash is not None
    assert httpx.post(f"{instance.url}/_bac/reset", json={}).status_code == 200, "each page starts from the seed"

    fait = subprocess.run(
        [bash, "-c", _script(page, instance)],
        cwd=tmp_path,
        env={
            "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
            "PYTHON": sys.executable,
            "PYTHONPATH": str(RACINE),
            "RACINE": str(RACINE),
            "BACASANTE_DATA": str(instance.data),
            "HOME": str(tmp_path),
            "LANG": "C.UTF-8",
        },
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )

    assert fait.returncode == 0, f"{fait.stdout[-3000:]}\n{fait.stderr[-2000:]}"
    for preuve in ("285076311304226", '"code_cr":"00"', "MIME-Version", '"settled":true', "SubjectNameID"):
        assert preuve in fait.stdout
    assert (tmp_path / "prescription.pdf").read_bytes().startswith(b"%PDF")
    assert '"verdict":"refuse"' in fait.stdout, "the refusal is explained"


def test_both_languages_show_the_same_commands() -> None:
    anglais, francais = ([_neutre(b) for b in _BLOC.findall(_texte(p))] for p in PAGES)
    assert anglais == francais


def _neutre(bloc: str) -> str:
    return bloc.strip()


@pytest.mark.parametrize(
    "page", [*PAGES, "CONTRIBUTING.md", "docs/README.md", "docs/operations.md", "docs/adr/README.md"]
)
def test_no_link_leads_nowhere(page: str) -> None:
    dossier = (RACINE / page).parent
    liens = [lien for lien in _LIEN.findall(_texte(page)) if not urlsplit(lien).scheme]
    assert liens
    assert [lien for lien in liens if not (dossier / lien).exists()] == []


def test_the_default_addresses_are_those_of_the_code() -> None:
    from bacasante.options import IMAP, PORT, SMTP

    for page in PAGES:
        assert f"http://127.0.0.1:{PORT}" in _texte(page)
        assert f"SMTP=127.0.0.1:{SMTP} IMAP=127.0.0.1:{IMAP}" in _texte(page)
