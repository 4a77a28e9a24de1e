"""Functional rights and habilitation matrix, applied from the published tables (dmp.md §7)."""

from dataclasses import replace

import pytest

from services.dmp.domain.acces import Acces
from services.dmp.domain.droits import Droits, Matrice, TableDroits, lettre, professions_de
from services.dmp.domain.refus import REFUS, refuser
from services.dmp.domain.situation import (
    Acteur,
    Action,
    Authentification,
    ConditionDocument,
    ModeAcces,
    Situation,
    TypeActeur,
)
from services.dmp.tables import charger, lignes

MEDECIN = Acteur(TypeActeur.PS, "899700000011", profession="10")
DIRECT = TableDroits(lignes("dmp_functional_rights"))
AIR = TableDroits(lignes("dmp_functional_rights_air"), air=True)


@pytest.mark.parametrize(
    ("acteur", "mode", "colonne"),
    [
        (replace(MEDECIN, profession="60"), ModeAcces.NORMAL, "A"),
        (replace(MEDECIN, profession="60"), ModeAcces.CENTRE_15, "B"),
        (replace(MEDECIN, profession="60"), ModeAcces.BRIS_DE_GLACE, "C"),
        (MEDECIN, ModeAcces.NORMAL, "D"),
        (MEDECIN, ModeAcces.CENTRE_15, "E"),
        (MEDECIN, ModeAcces.BRIS_DE_GLACE, "F"),
        (replace(MEDECIN, specialite="SM25"), ModeAcces.NORMAL, "G"),
        (replace(MEDECIN, specialite="SM25"), ModeAcces.BRIS_DE_GLACE, None),
        (replace(MEDECIN, medecin_traitant=True), ModeAcces.NORMAL, "H"),
        (replace(MEDECIN, medecin_traitant=True), ModeAcces.BRIS_DE_GLACE, "I"),
        (replace(MEDECIN, medecin_traitant=True), ModeAcces.CENTRE_15, "E"),
        (Acteur(TypeActeur.CPE), ModeAcces.NORMAL, "J"),
        (Acteur(TypeActeur.STRUCTURE), ModeAcces.NORMAL, "K"),
        (Acteur(TypeActeur.STRUCTURE), ModeAcces.CENTRE_15, "L"),
        (Acteur(TypeActeur.STRUCTURE), ModeAcces.BRIS_DE_GLACE, None),
        (Acteur(TypeActeur.PATIENT), ModeAcces.NORMAL, None),
    ],
)
def test_each_caller_reads_his_own_column(acteur: Acteur, mode: ModeAcces, colonne: str | None) -> None:
    assert lettre(acteur, mode) == colonne


@pytest.mark.parametrize("table", [DIRECT, AIR])
def test_every_cell_of_the_published_matrices_can_be_read(table: TableDroits) -> None:
    publiees = lignes("dmp_functional_rights_air" if table.air else "dmp_functional_rights")
    for ligne in publiees:
        for colonne, valeur in ligne.items():
            if colonne in {"transaction", "right"}:
                continue
            droit = table.droit(ligne["transaction"], ligne["right"], colonne[0])
            assert droit is not None
            assert droit.accorde is valeur.startswith("o")


@pytest.mark.exigence("PDT-INF-606")
def test_the_air_matrix_feeds_nothing_and_archives_anything() -> None:
    air = replace(MEDECIN, authentification=Authentification.AIR)
    acces = charger().acces
    autrui = ConditionDocument()

    assert not acces.decider(Situation(air, Action.ALIMENTER)).autorise
    assert acces.decider(Situation(air, Action.ARCHIVER, autorise=True, document=autrui)).autorise
    assert not acces.decider(Situation(MEDECIN, Action.ARCHIVER, autorise=True, document=autrui)).autorise


def test_a_revoked_right_refuses_by_its_cell() -> None:
    lignes_ = [
        {**r, "D_medecin_non_MT_normal": "n"} if r["right"] == "Rechercher - métadonnées" else r
        for r in lignes("dmp_functional_rights")
    ]
    publiees = charger().acces
    acces = Acces(publiees.table, Droits(TableDroits(lignes_), AIR), publiees.matrice)

    verdict = acces.decider(Situation(MEDECIN, Action.RECHERCHER, autorise=True))

    assert (verdict.autorise, verdict.regle) == (False, "DMP-DF-TD3.1-D")


@pytest.mark.parametrize(
    ("code", "attendu"),
    [
        ("G15_38..39", ["G15_38", "G15_39"]),
        ("331;332 (R85)", ["331", "332"]),
        ("41 (R94)", ["41"]),
        ("AUTOMATE", ["AUTOMATE"]),
        ("G15_10", ["G15_10"]),
    ],
)
def test_profession_cells_are_spelled_out(code: str, attendu: list[str]) -> None:
    assert professions_de(code) == attendu


@pytest.mark.parametrize(
    ("acteur", "type_code", "lit"),
    [
        (MEDECIN, "11502-2", True),
        (replace(MEDECIN, profession="40"), "EXPPAT_3", False),
        (replace(MEDECIN, profession="80"), "15508-5", False),
        (replace(MEDECIN, profession="80"), "11488-4", True),
        (replace(MEDECIN, profession="39"), "60593-1", True),
        (replace(MEDECIN, profession="39"), "11488-4", False),
        (replace(MEDECIN, profession="41", systeme_profession="R94"), "18776-5", True),
        (replace(MEDECIN, profession="331", systeme_profession="R85"), "11488-4", False),
        (replace(MEDECIN, profession="99"), "11488-4", False),
        (Acteur(TypeActeur.STRUCTURE), "11488-4", False),
        (MEDECIN, "FEUILLE-DE-STYLE", False),
    ],
)
def test_the_matrix_says_who_reads_what(acteur: Acteur, type_code: str, lit: bool) -> None:
    valeurs = charger().valeurs

    assert charger().acces.dans_matrice(acteur, type_code, valeurs.classe_de(type_code) or "") is lit


def test_every_type_that_may_be_written_has_a_category_unless_it_is_technical() -> None:
    matrice: Matrice = charger().acces.matrice
    sans = {
        t.code for t in charger().valeurs.types.values() if t.ecriture and matrice.categorie(t.code, t.classe) is None
    }

    assert sans == {"FEUILLE-DE-STYLE", "E1762"}


@pytest.mark.parametrize(
    "ligne", [pytest.param(r, id=r["code"]) for r in lignes("dmp_error_codes") if r["code"] in REFUS]
)
def test_each_published_error_keeps_its_published_status(ligne: dict[str, str]) -> None:
    publie = ligne["http_status_on_fhir_facade(own mapping)"]
    refus = refuser(ligne["code"], regle="X")

    assert str(refus.status) in publie
    assert refus.membres["code"] == ligne["code"]
    assert refus.fr != refus.en
