"""The pytest plugin, used by a project of another distribution in an environment of its own."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bacasante.testing.bac import Bac
from bacasante.testing.plugin import _nom_de
from shared.edge.bac import verifier_nom
from tests.instance import Marche, marche

RACINE = Path(__file__).resolve().parents[2]
PROJET = RACINE / "tests" / "plugin_projet"


def _environnement(venv: Path, projet: Path) -> Path:
    """A new environment that finds this one's packages and the suite, with the project installed by pip; its Python.

    No network: dependencies are seen through a path file, the suite by its entry points as pyproject declares them.
    """
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True, timeout=120)
    python = venv / ("Scripts" if os.name == "nt" else "bin") / "python"
    demande = "import sysconfig; print(sysconfig.get_path('purelib'))"
    paquets = Path(
        subprocess.run([python, "-c", demande], capture_output=True, text=True, check=True, timeout=60).stdout.strip()
    )
    (paquets / "ici.pth").write_text(f"{sysconfig.get_path('purelib')}\n{RACINE}\n")
    declare = tomllib.loads((RACINE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    fiche = paquets / f"bacasante-{declare['version']}.dist-info"
    fiche.mkdir()
    (fiche / "METADATA").write_text(f"Metadata-Version: 2.1\nName: bacasante\nVersion: {declare['version']}\n")
    points = "".join(f"{nom} = {cible}\n" for nom, cible in declare["entry-points"]["pytest11"].items())
    (fiche / "entry_points.txt").write_text(f"[pytest11]\n{points}")
    installe = subprocess.run(
        [
            *(
                sys.executable,
                "-m",
                "pip",
                "--python",
                str(python),
                "install",
                "--quiet",
                "--disable-pip-version-check",
            ),
            *("--no-deps", "--no-build-isolation", "--no-index", "--editable", str(projet)),
        ],
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert installe.returncode == 0, installe.stderr
    return python


@pytest.fixture(scope="module")
def projet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copie = tmp_path_factory.mktemp("projet") / "cabinet-exemple"
    shutil.copytree(PROJET, copie, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    (copie / "gateway").mkdir()
    (copie / "gateway" / "__init__.py").write_text("raise ImportError('this is not the gateway of the suite')\n")
    return copie


@pytest.fixture(scope="module")
def python(projet: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _environnement(tmp_path_factory.mktemp("venv") / "venv", projet)


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marche]:
    with marche(tmp_path_factory.mktemp("instance") / "data") as prete:
        yield prete


def _pytest(python: Path, projet: Path, *options: str, **environnement: str) -> subprocess.CompletedProcess[str]:
    propre = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "BACASANTE_", "PYTHONPATH"))}
    return subprocess.run(
        [str(python), "-m", "pytest", "-p", "no:cacheprovider", *options],
        cwd=projet,
        env={**propre, **environnement},
        capture_output=True,
        text=True,
        timeout=280,
    )


def test_two_tests_of_another_project_run_at_once_in_two_bacs_of_one_instance(
    python: Path, projet: Path, tmp_path: Path
) -> None:
    fait = _pytest(python, projet, "-n", "2", f"--basetemp={tmp_path / 'base'}", TEMOINS=str(tmp_path))

    assert fait.returncode == 0, fait.stdout + fait.stderr
    assert "2 passed" in fait.stdout
    temoins = [f.read_text().split() for f in tmp_path.iterdir() if f.is_file()]
    assert len(temoins) == 2
    assert len({url for url, _ in temoins}) == 2
    assert {ouvrier for _, ouvrier in temoins} == {"gw0", "gw1"}
    [racine] = {url.partition("/bac/")[0] for url, _ in temoins}
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{racine}/health/live")


def test_a_failed_test_says_what_was_refused_and_leaves_nothing_behind(
    python: Path, projet: Path, tmp_path: Path, instance: Marche
) -> None:
    essai = tmp_path / "test_rate.py"
    essai.write_text(
        "import httpx, pytest\n"
        "@pytest.mark.bac(seed='vide', profile='homologation')\n"
        "def test_fails(bac):\n"
        "    httpx.get(f'{bac.url}/mes/v1/profil')\n"
        "    bac.assert_refused('BAC-JETON-01')\n"
        "    bac.assert_no_refusal()\n"
    )

    fait = _pytest(python, projet, str(essai), BACASANTE_URL=instance.url)
    assert fait.returncode == 1
    assert "BAC-JETON-01" in fait.stdout
    assert "Jeton absent" in fait.stdout
    assert "Token missing" in fait.stdout
    assert "/console/journal/" in fait.stdout
    assert [b["name"] for b in httpx.get(f"{instance.url}/_bac/bacs").json()["bacs"]] == ["default"]

    _pytest(python, projet, str(essai), "--bacasante-url", instance.url, "--bacasante-keep")
    [_, gardee] = sorted(httpx.get(f"{instance.url}/_bac/bacs").json()["bacs"], key=lambda b: b["name"] != "default")
    assert gardee["name"].startswith("fails-")
    assert (gardee["seed"], gardee["settings"]["profile"]) == ("vide", "homologation")
    httpx.delete(f"{instance.url}/_bac/bacs/{gardee['name']}")


def test_a_bac_in_hand_moves_time_breaks_things_and_tells_what_happened(instance: Marche) -> None:
    bac = Bac.creer(instance.url, "en-main")
    try:
        assert bac.issuer == f"{instance.url}/bac/en-main/auth/realms/esante-wallet"
        assert bac.smtp == instance.smtp
        gele = bac.clock.freeze()
        assert bac.clock.advance(hours=1).hour == (gele.hour + 1) % 24
        assert bac.clock.shift("2030-01-01T00:00:00Z").year == 2030
        assert bac.clock.real().year == gele.year

        bac.fault("eprescription-indisponible", times=1)
        entetes = {"Authorization": f"Bearer {bac.token('garnier-pharmacien')}"}
        assert bac.client.get("/eprescription/v1/prescriptions", headers=entetes).status_code == 503
        bac.assert_no_refusal()
        refus = bac.client.get("/mes/v1/profil")
        assert bac.why(refus)["rule"] == bac.assert_refused("BAC-JETON-01")["rule"]
        with pytest.raises(AssertionError, match="Token missing"):
            bac.assert_no_refusal()
        with pytest.raises(AssertionError, match="DMP-AD-025"):
            bac.assert_refused("DMP-AD-025")

        assert bac.journal(service="eprescription")[0]["fault"] == "eprescription-indisponible"
        assert {e["subject"] for e in bac.events("gateway.horloge.*")} == {"gateway.horloge.avancee"}
        assert bac.settle() == []
        bac.reset()
        bac.assert_no_refusal()
    finally:
        bac.fermer()
    assert httpx.get(f"{instance.url}/_bac/bacs/en-main").status_code == 404


def test_loading_the_plugin_costs_nothing_to_those_who_do_not_use_it() -> None:
    lourds = ("httpx", "fastapi", "sqlalchemy", "pydantic", "lxml")
    code = f"import sys, bacasante.testing.plugin; print([m for m in {lourds!r} if m in sys.modules])"

    fait = subprocess.run([sys.executable, "-c", code], cwd=RACINE, capture_output=True, text=True, timeout=60)

    assert fait.stdout.strip() == "[]", fait.stderr


@pytest.mark.parametrize("test", ["test_x", "test_É[a/b c]", "test_" + "long_" * 20, "test_[]", "TestCase.test-Éé--"])
def test_the_bac_of_a_test_has_a_legal_name_of_its_own(test: str) -> None:
    assert verifier_nom(_nom_de(test)) != _nom_de(test)
