"""Every row of access_decision_table.csv, played as a request: the row says what must happen."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from services.dmp.domain.acces import Acces
from services.dmp.domain.situation import (
    Acteur,
    Action,
    Authentification,
    ConditionDocument,
    EtatVu,
    ModeAcces,
    Reglages,
    Situation,
    TypeActeur,
)
from services.dmp.domain.table_acces import PhraseInconnue, TableAcces
from services.dmp.tables import charger, lignes

LIGNES = lignes("access_decision_table")

MEDECIN = Acteur(TypeActeur.PS, "899700000011", profession="10", structure_id="1990000010", secteur="SA07")
INFIRMIER = replace(MEDECIN, profession="60")
ACTEURS: dict[str, list[Acteur]] = {
    "any PS": [MEDECIN, INFIRMIER],
    "PS": [MEDECIN, INFIRMIER],
    "PS (non MT)": [MEDECIN, INFIRMIER],
    "PS non MT": [MEDECIN, INFIRMIER],
    "PS not author": [MEDECIN, INFIRMIER],
    "author PS": [MEDECIN, INFIRMIER],
    "medecin non MT": [MEDECIN],
    "medecin traitant": [replace(MEDECIN, medecin_traitant=True)],
    "medecin du travail": [replace(MEDECIN, specialite="SM25"), replace(MEDECIN, secteur="SA13")],
    "medecin regulateur": [replace(MEDECIN, regulateur=True)],
    "any PS in AIR": [replace(MEDECIN, authentification=Authentification.AIR)],
    "medecin non MT in AIR": [replace(MEDECIN, authentification=Authentification.AIR)],
    "any PS, secret connection": [replace(MEDECIN, connexion_secrete=True)],
    "structure (CPE or certificate)": [Acteur(TypeActeur.STRUCTURE), Acteur(TypeActeur.CPE)],
    "structure": [Acteur(TypeActeur.STRUCTURE), Acteur(TypeActeur.CPE)],
    "indirect (structure)": [Acteur(TypeActeur.STRUCTURE, authentification=Authentification.INDIRECTE)],
    "CPE non PS": [Acteur(TypeActeur.CPE)],
    "system": [Acteur(TypeActeur.SYSTEME)],
    "patient": [Acteur(TypeActeur.PATIENT)],
    "minor patient at majority": [Acteur(TypeActeur.PATIENT)],
    "legal representative": [Acteur(TypeActeur.REPRESENTANT)],
    "PS with temporary access code": [replace(MEDECIN, code_acces="valide")],
    "referenced service": [Acteur(TypeActeur.SERVICE)],
    "insurer, employer, bank, mutuelle": [Acteur(TypeActeur.TIERS)],
}
MODES: dict[str, list[tuple[ModeAcces, str | None]]] = {
    "normal": [(ModeAcces.NORMAL, None)],
    "bris_de_glace": [(ModeAcces.BRIS_DE_GLACE, "patient inconscient")],
    "bris_de_glace without reason": [(ModeAcces.BRIS_DE_GLACE, None), (ModeAcces.BRIS_DE_GLACE, "  ")],
    "centre_15": [(ModeAcces.CENTRE_15, None)],
    "bris_de_glace or centre_15": [(ModeAcces.BRIS_DE_GLACE, "urgence vitale"), (ModeAcces.CENTRE_15, None)],
    "any": [(ModeAcces.NORMAL, None)],
    "-": [(ModeAcces.NORMAL, None)],
}
ETATS = {
    "no DMP": [EtatVu.AUCUN],
    "opposed": [EtatVu.OPPOSE],
    "no DMP / opposed": [EtatVu.AUCUN, EtatVu.OPPOSE],
    "closed": [EtatVu.CLOS],
}
D = ConditionDocument
DOCUMENTS: dict[str, ConditionDocument | None] = {
    "Approved": D(),
    "Approved, N, in matrix": D(),
    "not masked": D(),
    "MASQUE_PS": D(masque=True),
    "MASQUE_PS, other depositor": D(masque=True),
    "MASQUE_PS, own deposit": D(masque=True, auteur=True),
    "MASQUE_PS + INVISIBLE_PATIENT together": D(masque=True, invisible_patient=True),
    "INVISIBLE_PATIENT": D(invisible_patient=True),
    "INVISIBLE_PATIENT for 2 weeks": D(invisible_patient=True, jours_caches=14),
    "INVISIBLE_PATIENT for 1 month": D(invisible_patient=True, jours_caches=30),
    "INVISIBLE_REPRESENTANTS_LEGAUX": D(invisible_representants=True),
    "without INVISIBLE_REPRESENTANTS_LEGAUX": D(),
    "type outside matrix": D(dans_matrice=False),
    "status Deleted": D(statut="Deleted"),
    "own deposit by uniqueId": D(auteur=True, meme_structure=True),
    "any other depositor": D(),
    "own document": D(auteur=True),
    "own deposit": D(auteur=True, depot_patient=True),
    "own document visible": D(auteur=True),
    "document of another PS": D(),
    "PS document": D(),
    "masked document of another PS": D(masque=True),
    "document of same structure": D(meme_structure=True),
    "patient document": D(depot_patient=True),
    "patient document (class 90 / DOCPAT / EXPPAT)": D(depot_patient=True),
    "any": D(),
    "any document": D(),
    "all documents": D(),
}
ACTIONS = {
    "TD2.1/TD2.2 deposit": [Action.ALIMENTER],
    "TD3.1 / TD3.2": [Action.RECHERCHER, Action.CONSULTER],
    "TD3.1 default query": [Action.RECHERCHER],
    "TD3.2 by uniqueId": [Action.CONSULTER],
    "TD3.3a / TD3.3b": [Action.MASQUER, Action.DEMASQUER, Action.RENDRE_VISIBLE],
    "TD3.3c delete or TD3.3d archive": [Action.SUPPRIMER, Action.ARCHIVER],
    "TD3.3c / TD3.3d": [Action.SUPPRIMER, Action.ARCHIVER],
    "mask / unmask": [Action.MASQUER, Action.DEMASQUER],
    "delete": [Action.SUPPRIMER],
    "block professional (including MT)": [Action.BLOQUER],
    "after expiry or revocation": [Action.LIRE_PAR_CODE],
    "any": [Action.CONSULTER],
}


def _en_regulation(acteur: Acteur, mode: ModeAcces) -> Acteur:
    """Only a regulating doctor may use the regulation mode (scenario URG-2); the rows take that for granted."""
    return replace(acteur, regulateur=True) if mode is ModeAcces.CENTRE_15 else acteur


def situations(ligne: Mapping[str, str]) -> list[Situation]:
    """Every request that the words of a row describe, one per actor, mode, state and action it names."""
    autorisation = ligne["authorisation"]
    modele: dict[str, Any] = {
        "mineur": "minor" in ligne["dossier_state"],
        "autorise": autorisation in {"valid", "any"},
        "bloque": ligne["blocked"] == "yes",
        "oppose_urgence": ligne["emergency_opposed"] == "yes",
        "consentement": {"consent valid": "valide", "consent revoked": "revoque"}.get(autorisation),
        "document": DOCUMENTS.get(ligne["document_condition"]),
    }
    acteurs = ACTEURS[ligne["actor"]]
    if ligne["action"] == "after expiry or revocation":
        acteurs = [replace(a, code_acces=c) for a in acteurs for c in ("expire", "revoque")]
    return [
        Situation(acteur=_en_regulation(acteur, mode), action=action, mode=mode, motif=motif, etat=etat, **modele)
        for acteur in acteurs
        for action in ACTIONS.get(ligne["action"]) or [Action(ligne["action"])]
        for mode, motif in MODES[ligne["purpose_of_use"]]
        for etat in ETATS.get(ligne["dossier_state"], [EtatVu.OUVERT])
    ]


@pytest.fixture(scope="module")
def acces() -> Acces:
    return charger().acces


@pytest.mark.parametrize("ligne", [pytest.param(r, id=r["id"], marks=pytest.mark.exigence(r["id"])) for r in LIGNES])
def test_each_published_row_decides_as_it_says(acces: Acces, ligne: Mapping[str, str]) -> None:
    refuse = ligne["decision"].startswith("deny") or ligne["decision"].startswith("allow per matrix / deny")

    for situation in situations(ligne):
        verdict = acces.decider(situation)

        assert verdict.autorise is not refuse, (situation, verdict)
        if "not listed" in ligne["result"]:
            assert not verdict.visible, situation
        elif not refuse:
            assert verdict.visible, situation


@pytest.mark.parametrize("ligne", [pytest.param(r, id=r["id"]) for r in LIGNES])
def test_the_row_that_decides_is_named_and_explained_in_both_languages(acces: Acces, ligne: Mapping[str, str]) -> None:
    for situation in situations(ligne):
        verdict = acces.decider(situation)

        assert verdict.regle.startswith("DMP-")
        assert verdict.fr != verdict.en
        assert verdict.examinees
        if verdict.ligne is not None:
            assert verdict.regle == f"DMP-{verdict.ligne['id']}"
        if not verdict.autorise:
            assert verdict.refus().regle == verdict.regle


def test_every_row_is_quoted_by_its_own_id_for_at_least_one_request(acces: Acces) -> None:
    muettes = {
        ligne["id"]
        for ligne in LIGNES
        if not any(acces.decider(s).regle == f"DMP-{ligne['id']}" for s in situations(ligne))
    }

    assert muettes <= set(), muettes


def test_a_changed_row_changes_the_decision() -> None:
    publiees = charger().acces
    modifiees = [{**r, "decision": "deny"} if r["id"] == "AD-024" else r for r in LIGNES]
    acces = Acces(TableAcces(modifiees), publiees.droits, publiees.matrice)
    recherche = Situation(MEDECIN, Action.RECHERCHER, autorise=True)

    assert publiees.decider(recherche).autorise
    assert not acces.decider(recherche).autorise


def test_a_row_in_unknown_words_is_refused_when_loaded() -> None:
    with pytest.raises(PhraseInconnue, match="AD-001"):
        TableAcces([{**LIGNES[0], "actor": "any astronaut"}])


@pytest.mark.exigence("AD-047")
@pytest.mark.parametrize("tolere", [False, True])
def test_masking_another_ones_document_follows_the_switch(tolere: bool) -> None:
    acces = charger(Reglages(masquage_non_auteur=tolere)).acces
    situation = Situation(MEDECIN, Action.MASQUER, autorise=True, document=ConditionDocument())

    assert acces.decider(situation).autorise is tolere


@pytest.mark.exigence("AD-017")
def test_a_blocked_professional_may_be_refused_the_deposit_by_switch() -> None:
    acces = charger(Reglages(bloque_peut_alimenter=False)).acces

    assert not acces.decider(Situation(MEDECIN, Action.ALIMENTER, bloque=True)).autorise


@pytest.mark.exigence("AD-064")
def test_archiving_in_an_emergency_follows_the_published_table_unless_switched_off() -> None:
    situation = Situation(
        MEDECIN, Action.ARCHIVER, mode=ModeAcces.BRIS_DE_GLACE, motif="urgence", document=ConditionDocument()
    )

    assert charger().acces.decider(situation).autorise
    assert not charger(Reglages(archivage_en_urgence=False)).acces.decider(situation).autorise
