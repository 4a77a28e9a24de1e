"""Every code table loads, is what the index says, and can be rebuilt byte for byte."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import shared.nomenclatures as nomenclatures
from shared.nomenclatures import codes, fiche, fiches, libelle, ligne, lignes, octets, table

DOSSIER = Path(nomenclatures.__file__).parent
SCRIPT = DOSSIER.parents[1] / "scripts" / "nomenclatures.py"


@pytest.mark.parametrize("nom", sorted(fiches()))
def test_a_table_is_what_the_index_says(nom: str) -> None:
    decrite = fiche(nom)

    assert hashlib.sha256(octets(nom)).hexdigest() == decrite.sha256
    assert len(table(nom)) == decrite.lignes > 0
    assert all(tuple(rangee) == decrite.colonnes for rangee in table(nom))
    assert {decrite.cle, decrite.libelle} <= set(decrite.colonnes)
    assert all(rangee[decrite.cle] for rangee in table(nom))
    assert decrite.source, "every table says where it comes from"


def test_no_file_is_left_out_of_the_index() -> None:
    fichiers = {f"{d}/{c.name}" for d in ("tables", "nos") for c in (DOSSIER / d).glob("*.csv")}

    assert fichiers == {f.fichier for f in fiches().values()}


def test_a_code_has_its_label_and_an_unknown_one_the_default() -> None:
    assert libelle("xds_type_code", "11488-4") == "CR ou fiche de consultation ou de visite"
    assert libelle("tre_g15_profession_sante", "21") == "Pharmacien"
    assert libelle("tre_g15_profession_sante", "00", "?") == "?"
    assert ligne("xds_type_code", "nothing") is None
    assert "MASQUE_PS" in codes("xds_confidentiality_code")
    assert len(lignes("dmp_functional_rights", transaction="TD0.1")) == 1
    assert lignes("dmp_functional_rights", transaction="none") == ()


def test_rows_cannot_be_changed_by_a_reader() -> None:
    rangee = table("tre_r23_mode_exercice")[0]

    with pytest.raises(TypeError):
        rangee["code"] = "X"  # type: ignore[index]
    assert table("tre_r23_mode_exercice") is table("tre_r23_mode_exercice")


def test_an_unknown_table_is_our_mistake() -> None:
    with pytest.raises(KeyError):
        table("no-such-table")


def lancer(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True, check=False)


def test_the_script_rebuilds_the_package_data_byte_for_byte(tmp_path: Path) -> None:
    shutil.copytree(DOSSIER / "nos", tmp_path / "dest" / "nos")

    rendu = lancer(str(DOSSIER / "tables"), "--dest", str(tmp_path / "dest"))

    assert rendu.returncode == 0, rendu.stderr
    for chemin in (*DOSSIER.glob("tables/*.csv"), *DOSSIER.glob("tables/README-*.md"), DOSSIER / "index.json"):
        assert (tmp_path / "dest" / chemin.relative_to(DOSSIER)).read_bytes() == chemin.read_bytes(), chemin.name


def test_the_script_notices_a_changed_table_and_forgets_a_removed_one(tmp_path: Path) -> None:
    source, dest = tmp_path / "source", tmp_path / "dest"
    shutil.copytree(DOSSIER / "tables", source)
    (source / "unites.csv").unlink()
    (source / "mine.csv").write_text('code,libelle\n1,"un,\ndeux"\n', encoding="utf-8")

    lancer(str(DOSSIER / "tables"), "--dest", str(dest))
    rendu = lancer(str(source), "--dest", str(dest))

    assert rendu.returncode == 0, rendu.stderr
    index = json.loads((dest / "index.json").read_text(encoding="utf-8"))["tables"]
    assert index["mine"]["lignes"] == 1
    assert "unites" not in index
    assert not (dest / "tables" / "unites.csv").exists()


def test_the_script_refuses_a_folder_without_tables_and_touches_nothing(tmp_path: Path) -> None:
    rendu = lancer(str(tmp_path), "--dest", str(tmp_path / "dest"))

    assert rendu.returncode == 2
    assert "no code tables" in rendu.stderr
    assert not (tmp_path / "dest").exists()


def test_a_broken_line_stops_the_script(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "bad.csv").write_text("code,libelle\n1,un,trop\n", encoding="utf-8")

    rendu = lancer(str(tmp_path / "source"), "--dest", str(tmp_path / "dest"))

    assert rendu.returncode != 0
    assert "bad.csv" in rendu.stderr
