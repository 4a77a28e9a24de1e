"""curl in a shell, as a reader types it: every command of the README in both languages, and the quick start."""

import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.contract.test_integration import blocs, executer, ici
from tests.contract.test_readme import BLOC, PAGES, RACINE, texte
from tests.instance import Marche

pytestmark = pytest.mark.blackbox

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


def _script(page: str, suite: Marche) -> str:
    morceaux = [_PRELUDE]
    for numero, bloc in enumerate(BLOC.findall(texte(page)), 1):
        premiere = bloc.splitlines()[0].replace("'", "")
        morceaux.append(f"echo '### {page}, block {numero}: {premiere}'\n{bloc}")
    return (
        "\n".join(morceaux)
        .replace("http://127.0.0.1:8400", suite.url)
        .replace("127.0.0.1:8587", suite.smtp)
        .replace("127.0.0.1:8143", suite.imap)
    )


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_the_readme_works(page: str, suite: Marche, tmp_path: Path) -> None:
    (tmp_path / "docs").symlink_to(RACINE / "docs")
    bash = shutil.which("bash")
    assert bash is not None
    assert httpx.post(f"{suite.url}/_bac/reset", json={}).status_code == 200, "each page starts from the seed"

    fait = subprocess.run(
        [bash, "-c", _script(page, suite)],
        cwd=tmp_path,
        env={
            "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
            "PYTHON": sys.executable,
            "PYTHONPATH": str(RACINE),
            "RACINE": str(RACINE),
            "BACASANTE_DATA": str(suite.data),
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


def test_the_curl_quick_start_runs_as_printed(suite: Marche) -> None:
    [bloc] = blocs("sh")
    sortie = executer(["bash", "-euo", "pipefail", "-c", ici(bloc, suite, "curl")], suite, "curl")
    assert "BAC-JETON-01" in sortie
