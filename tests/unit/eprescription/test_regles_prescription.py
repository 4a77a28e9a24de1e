"""Each rule decided at prescription, with what trips it and its nearest neighbour that does not."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from services.eprescription.domain.modele import Prescription
from services.eprescription.domain.regles import Couverture, regles_appliquees
from services.eprescription.domain.regles.catalogue import regle
from tests.unit.eprescription.fabrique import (
    AMOXICILLINE,
    ARRET,
    DEPAKINE,
    DM,
    DUROGESIC,
    INFIRMIER,
    LAMICTAL,
    LEPONEX,
    LEXOMIL,
    LYRICA,
    MEDECIN,
    METHADONE,
    MORPHINE,
    NEORAL,
    NEUROLOGUE,
    PARACETAMOL,
    PHARMACIEN,
    SAGE_FEMME,
    SOIN,
    TRAMADOL,
    TRANSPORT,
    TRANXENE,
    ZOLPIDEM,
    ZOPICLONE,
    med,
    prescription,
    regles_p,
)


@dataclass(frozen=True)
class Cas:
    regle: str
    fautif: Callable[[], set[str]]
    juste: Callable[[], set[str]]


def _p(*lignes: dict[str, Any], auteur: Any = MEDECIN, **changements: Any) -> Callable[[], set[str]]:
    return lambda: regles_p(prescription(*lignes, **changements), auteur)


def _type(type_: str, ligne: dict[str, Any], **champs: Any) -> Callable[[], set[str]]:
    auteur = champs.pop("auteur", MEDECIN)
    return _p(ligne | champs, type=type_, auteur=auteur)


def _soin(modele: int | None, **champs: Any) -> Callable[[], set[str]]:
    return _type("SOINS_INFIRMIERS", SOIN | {"modele": modele}, **champs)


def _transport(**champs: Any) -> Callable[[], set[str]]:
    return _type("TRANSPORT", TRANSPORT, **champs)


def _arret(**champs: Any) -> Callable[[], set[str]]:
    return _type("ARRET_TRAVAIL", ARRET, **champs)


def _arret_le(redaction: str, **champs: Any) -> Callable[[], set[str]]:
    return _p(
        ARRET | champs,
        type="ARRET_TRAVAIL",
        dateRedaction=f"{redaction}T09:00:00+02:00",
        validite={"debut": redaction},
    )


def _couverte(**champs: Any) -> set[str]:
    deja = Couverture(frozenset({"SULFATE DE MORPHINE"}), date(2026, 2, 20), date(2026, 3, 10), "autre")
    p: Prescription = prescription(med(MORPHINE, dureeJours=28, renouvellements=0, **champs))
    return regles_p(p, couvertures=(deja,))


TSO = med(METHADONE, dureeJours=14, renouvellements=0, fractionnementJours=7)
INJECTION = {
    "lieu": "CABINET",
    "produit": "énoxaparine",
    "voieAbord": "sous-cutanée",
    "frequenceHoraire": "1/j",
    "joursIntervention": "tous les jours, dimanche et fériés",
    "dureeJours": 10,
}
PANSEMENT = {
    "lieu": "CABINET",
    "localisationPlaie": "malléole",
    "classeOuMarque": "hydrocellulaire",
    "frequenceRenouvellement": "1 jour sur 2",
    "dureeJours": 20,
    "anesthesieTopique": True,
}
DIABETE = {
    "glycemiesParJour": 3,
    "injectionsParJour": 2,
    "natureInsulines": "lente",
    "horaires": "8h 20h",
    "dureeMois": 3,
}
DIALYSE = {"reconnue": True, "enLien": True, "deficience": False, "seance": "DIALYSE"}
ACCORD = {"numero": "S3139-1", "statut": "DEMANDE"}

CAS = (
    Cas("GEN-01", _p(numero="01ILOU"), _p(numero="01 4k7q 2m9x t3wz 6rh1")),
    Cas("GEN-03", _p(prescripteur__rpps="10999000028"), _p(prescripteur__rpps="810999000010")),
    Cas("GEN-04", _p(TRANSPORT, type="TRANSPORT", auteur=SAGE_FEMME), _p(auteur=SAGE_FEMME)),
    Cas("GEN-05", _p(patient__sexe=...), _p(patient__sexe="I")),
    Cas("GEN-06", _p(patient__ins__statut="VALIDEE"), _p()),
    Cas("GEN-07", _p(dateRedaction="2026-03-01T09:36:00+01:00"), _p(dateRedaction="2026-03-01T09:35:00+01:00")),
    Cas("GEN-08", _p(consultationExecution="oui"), _p(consultationExecution="NON")),
    Cas("GEN-09", _p(prescripteur__finess=...), _p(prescripteur__finess=..., prescripteur__am="991234562")),
    Cas(
        "GEN-10",
        _p(prescripteur__estRemplacant=True),
        _p(prescripteur__estRemplacant=True, prescripteurRemplace={"rpps": "10999000028"}),
    ),
    Cas("GEN-11", _p(lignes=[]), _p()),
    Cas("GEN-12", _p(med(ald=None)), _p(med(ald=True))),
    Cas("GEN-13", _p(validite={"debut": "2026-03-02"}), _p(validite={"debut": "2026-03-01", "fin": "2026-03-01"})),
    Cas(
        "GEN-14",
        _p(patient__dateNaissance="2008-03-02"),
        _p(patient__dateNaissance="2008-03-02", patient__representant="Mère"),
    ),
    Cas("GEN-15", _p(grossesse=True), _p(grossesse=True, observationGrossesse=True)),
    Cas("GEN-16", _p(contexte="INTRA_HOSPITALIER"), _p(contexte="ESMS")),
    Cas("GEN-17", _p(contexte="PHEV", prescripteur__finess=..., prescripteur__am="991234562"), _p(contexte="PHEV")),
    Cas("GEN-18", _p(signature=...), _p(signature="jws")),
    Cas("GEN-19", _p(med(), TRANSPORT), _p(med(), DM)),
    Cas("MED-01", _p(med(produit={"libelle": "la petite pilule"})), _p(med(produit={"dc": "metformine"}))),
    Cas(
        "MED-02",
        _p(med(produit={"preparation": True})),
        _p(med(produit={"preparation": True, "formule": "urée 10 g, cérat qsp 100 g"})),
    ),
    Cas("MED-03", _p(med(posologie={"texte": " "})), _p(med(posologie={"texte": "1/j"}))),
    Cas("MED-04", _p(med(dureeJours=None, quantite=None)), _p(med(dureeJours=None))),
    Cas("MED-05", _p(med(renouvellements=12)), _p(med(renouvellements=11))),
    Cas(
        "MED-06",
        _p(patient__dateNaissance="2010-03-02"),
        _p(patient__dateNaissance="2010-03-02", signesVitaux={"poids": 40}),
    ),
    Cas(
        "MED-07",
        _p(med(ZOPICLONE, dureeJours=29, renouvellements=0)),
        _p(med(ZOPICLONE, dureeJours=28, renouvellements=0)),
    ),
    Cas(
        "MED-08",
        _p(med(LEXOMIL, dureeJours=85, renouvellements=0)),
        _p(med(LEXOMIL, dureeJours=28, renouvellements=2)),
    ),
    Cas(
        "MED-09",
        _p(med(TRAMADOL, dureeJours=85, renouvellements=0)),
        _p(med(TRAMADOL, dureeJours=84, renouvellements=0)),
    ),
    Cas(
        "MED-10",
        _p(med(ZOLPIDEM, dureeJours=29, renouvellements=0), med(TRANXENE, dureeJours=28, renouvellements=0)),
        _p(med(TRANXENE, dureeJours=28, renouvellements=0)),
    ),
    Cas(
        "MED-11",
        _p(med(LYRICA, dureeJours=184, renouvellements=0)),
        _p(med(LYRICA, dureeJours=183, renouvellements=0)),
    ),
    Cas("MED-12", _p(med(MORPHINE)), _p(med(MORPHINE), sousTypes=["MED-1098"])),
    Cas(
        "MED-13",
        _p(med(MORPHINE, posologie={"texte": "x", "toutesLettres": "1 gélule"}), sousTypes=["MED-1098"]),
        _p(med(MORPHINE, posologie={"texte": "x", "toutesLettres": "une gélule"}), sousTypes=["MED-1098"]),
    ),
    Cas(
        "MED-14",
        _p(med(MORPHINE, dureeJours=29, renouvellements=0)),
        _p(med(MORPHINE, dureeJours=28, renouvellements=0)),
    ),
    Cas("MED-15", _p(med(DUROGESIC)), _p(med(DUROGESIC, delivranceUnique=True))),
    Cas(
        "MED-16",
        _p(TSO, sousTypes=["MED-1098"]),
        _p(TSO, sousTypes=["MED-1098"], executantDesigne={"nom": "Garnier"}),
    ),
    Cas("MED-17", _couverte, lambda: _couverte(chevauchementAutorise=True)),
    Cas("MED-18", _p(med(substitution={"code": "N"})), _p(med(substitution={"code": "N", "motif": "MTE"}))),
    Cas(
        "MED-19",
        _p(med(substitution={"code": "N", "motif": "EFG"}), patient__dateNaissance="2020-03-01"),
        _p(med(substitution={"code": "N", "motif": "EFG"}), patient__dateNaissance="2020-03-02"),
    ),
    Cas(
        "MED-20",
        _p(med(PARACETAMOL, substitution={"code": "N", "motif": "MTE"})),
        _p(med(LAMICTAL, substitution={"code": "N", "motif": "MTE"})),
    ),
    Cas(
        "MED-21",
        _p(med(substitution={"code": "N", "motif": "CIF"})),
        _p(med(substitution={"code": "N", "motif": "CIF", "excipient": "lactose"})),
    ),
    Cas("MED-23", _p(med(LEPONEX)), _p(med(LEPONEX), auteur=NEUROLOGUE)),
    Cas("MED-24", _p(med(DEPAKINE)), _p(med(DEPAKINE, accordDeSoins=True))),
    Cas("MED-26", _p(med(ald=True), med(ald=False)), _p(med(ald=True), med(ald=False), sousTypes=["MED-1096"])),
    Cas("MED-27", _p(med(horsAmm=True)), _p(med(horsAmm=True, nonRemboursable=True))),
    Cas(
        "MED-28",
        _p(med(posologie={"texte": "x", "structuree": [{"dose": 1, "unite": {"code": "{tablet}"}}]})),
        _p(med(posologie={"texte": "x", "structuree": [{"dose": 1, "unite": {"code": "mg"}}]})),
    ),
    Cas("LPP-01", _p(DM | {"lpp": "123"}), _p(DM)),
    Cas("LPP-02", _p(DM | {"designation": ""}), _p(DM)),
    Cas("LPP-03", _p(DM | {"quantite": None}), _p(DM | {"quantite": None, "conditionnements": 2})),
    Cas("LPP-04", _p(DM | {"renouvellements": None}), _p(DM | {"renouvellements": None, "dureeTotaleMois": 6})),
    Cas("LPP-05", _p(DM | {"dureeTotaleMois": 13}), _p(DM | {"dureeTotaleMois": 12})),
    Cas("LPP-06", _p(DM | {"lpp": "9000042"}), _p(DM | {"lpp": "9000042", "poids": 71.5})),
    Cas(
        "LPP-08",
        _p(DM | {"lpp": "9000066"}, auteur=INFIRMIER),
        _p(DM | {"lpp": "9000035"}, auteur=INFIRMIER),
    ),
    Cas("LPP-09", _p(DM | {"horsLppr": True}), _p(DM | {"horsLppr": True, "nonRemboursable": True})),
    Cas("LPP-10", _p(DM | {"aExecuterAvant": "2026-09-02"}), _p(DM | {"aExecuterAvant": "2026-09-01"})),
    Cas("LPP-11", _p(DM | {"renouvellements": None}), _p(DM | {"renouvellements": 0})),
    Cas("LPP-12", _p(DM | {"prevention": None}), _p(DM)),
    Cas("LPP-19", _p(DM | {"lpp": "1234567"}), _p(DM)),
    Cas("INF-01", _soin(7), _soin(6)),
    Cas("INF-02", _soin(3, ald=None), _soin(3)),
    Cas("INF-03", _soin(3, dateDebut=None), _soin(3)),
    Cas("INF-04", _soin(2), _soin(2, lieu="CABINET")),
    Cas("INF-05", _soin(4, lieu="CABINET"), _soin(4, lieu="DOMICILE")),
    Cas("INF-06", _soin(1, **INJECTION | {"voieAbord": ""}), _soin(1, **INJECTION)),
    Cas("INF-07", _soin(2, **PANSEMENT | {"anesthesieTopique": None}), _soin(2, **PANSEMENT)),
    Cas("INF-08", _soin(2, **PANSEMENT | {"localisationPlaie": ["talon", "orteil"]}), _soin(2, **PANSEMENT)),
    Cas("INF-09", _soin(3, dureeJours=5), _soin(3, dureeJours=5, passagesParJour=2)),
    Cas("INF-10", _soin(4, nombrePassages=16), _soin(4, nombrePassages=15)),
    Cas("INF-11", _soin(5, **DIABETE | {"dureeMois": None}), _soin(5, **DIABETE)),
    Cas(
        "INF-12",
        _soin(6, **INJECTION),
        _soin(6, **INJECTION, dureeSeance="1 h", presencePhysiqueIde=False),
    ),
    Cas("INF-13", _soin(5, **DIABETE), _soin(5, **DIABETE, dimancheEtFeries=True)),
    Cas(
        "INF-14",
        _soin(1, **INJECTION, injectionsParJour=2),
        _soin(1, **INJECTION | {"frequenceHoraire": "2/j, intervalle de 12 heures"}, injectionsParJour=2),
    ),
    Cas("INF-15", _soin(3, lieu="DOMICILE"), _soin(3, lieu="DOMICILE", justificationDomicile="alité")),
    Cas("TRA-01", _type("TRANSPORT", TRANSPORT, auteur=SAGE_FEMME), _transport()),
    Cas("TRA-02", _transport(dateTransport="2026-02-28"), _transport(dateTransport="2026-02-28", urgence=True)),
    Cas("TRA-04", _transport(motif="CONFORT"), _transport(motif="HOSPITALISATION")),
    Cas(
        "TRA-05",
        _transport(ald={"reconnue": True, "enLien": True, "deficience": False}),
        _transport(ald=DIALYSE),
    ),
    Cas("TRA-06", _transport(incapacite=False), _transport(incapacite=False, ald=DIALYSE)),
    Cas("TRA-07", _transport(modeAller=None), _transport()),
    Cas(
        "TRA-08",
        _transport(modeAller="ORG-155"),
        _transport(modeAller="ORG-155", besoins=["OXYGENE", "AIDE_DEPLACEMENT"]),
    ),
    Cas("TRA-09", _transport(besoins=["AUTONOME"]), _transport(besoins=["HYGIENE_RIGOUREUSE"])),
    Cas("TRA-10", _transport(distanceKm=150.5), _transport(distanceKm=150)),
    Cas(
        "TRA-11",
        _transport(motif="HOSPITALISATION", distanceKm=51, serie={"nombre": 4}),
        _transport(motif="ALD", distanceKm=51, serie={"nombre": 4}),
    ),
    Cas("TRA-12", _transport(modeAller="GEN-092.06.08"), _transport(modeAller="GEN-092.06.08", accordPrealable=ACCORD)),
    Cas("TRA-13", _transport(centre="CAMSP"), _transport(centre="CAMSP", accordPrealable=ACCORD)),
    Cas(
        "TRA-14",
        _transport(transportPartage=None),
        _transport(transportPartage={"accepte": False, "contreIndication": "immunodépression"}),
    ),
    Cas(
        "TRA-15",
        _transport(besoins=["OXYGENE", "AIDE_DEPLACEMENT"]),
        _transport(besoins=["OXYGENE", "AIDE_DEPLACEMENT"], modeAller="ORG-155"),
    ),
    Cas("TRA-17", _transport(accompagnant=True), _transport(accompagnant=True, accordPrealable=ACCORD)),
    Cas("AAT-01", _type("ARRET_TRAVAIL", ARRET, auteur=INFIRMIER), _type("ARRET_TRAVAIL", ARRET, auteur=SAGE_FEMME)),
    Cas("AAT-02", _arret(mode="TELEPHONE"), _arret()),
    Cas("AAT-03", _arret(mode="TELECONSULTATION"), _arret(mode="TELECONSULTATION", fin="2026-03-03")),
    Cas("AAT-04", _arret(motifMedical=""), _arret()),
    Cas(
        "AAT-05",
        _arret_le("2026-09-02", debut="2026-09-02", fin="2026-10-11"),
        _arret_le("2026-08-31", debut="2026-08-31", fin="2026-10-09"),
    ),
    Cas(
        "AAT-06",
        _arret_le("2026-09-02", nature="PROLONGATION", debut="2026-09-02", fin="2026-11-02"),
        _arret_le("2026-09-02", nature="PROLONGATION", debut="2026-09-02", fin="2026-11-01"),
    ),
    Cas(
        "AAT-07",
        _arret(nature="PROLONGATION", prescripteurInitial="10999000028"),
        _arret(nature="PROLONGATION", prescripteurInitial="10999000010"),
    ),
    Cas(
        "AAT-08",
        _arret(sorties={"type": "SANS_RESTRICTION"}),
        _arret(sorties={"type": "SANS_RESTRICTION", "justification": "marche conseillée"}),
    ),
    Cas("AAT-09", _arret(fin="2026-02-28"), _arret(fin="2026-03-01")),
    Cas("AAT-12", _arret(debut="2026-02-28"), _arret()),
    Cas("KIN-01", _type("MASSO_KINE", SOIN), _type("MASSO_KINE", SOIN, indication="lombalgie")),
    Cas("AUX-01", _type("ORTHOPHONIE", SOIN), _type("ORTHOPHONIE", SOIN, acte="bilan")),
    Cas("BIO-01", _type("BIOLOGIE", SOIN), _type("BIOLOGIE", SOIN, code="1104")),
)


@pytest.mark.parametrize("cas", [pytest.param(c, id=c.regle, marks=pytest.mark.exigence(c.regle)) for c in CAS])
def test_a_rule_speaks_when_its_trigger_is_met_and_only_then(cas: Cas) -> None:
    assert cas.regle in cas.fautif()
    assert cas.regle not in cas.juste()


def test_every_rule_decided_at_prescription_has_its_two_cases() -> None:
    ailleurs = {"GEN-02", "GEN-23"}  # the store and the paper road: tests/api
    assert {c.regle for c in CAS} == {i for i in regles_appliquees() if regle(i).phase == "P"} - ailleurs


def test_a_sound_prescription_meets_no_rule_at_all() -> None:
    assert regles_p(prescription()) == set()


def test_a_pharmacist_prescribes_nothing_by_default() -> None:
    assert "GEN-04" in regles_p(prescription(), PHARMACIEN)


@pytest.mark.exigence("MED-23")
def test_a_hospital_initial_prescription_is_free_at_the_hospital_or_when_cited() -> None:
    assert "MED-23" in regles_p(prescription(med(NEORAL)))
    assert "MED-23" not in regles_p(prescription(med(NEORAL), contexte="PHEV"))
    assert "MED-23" not in regles_p(prescription(med(NEORAL, initiale={"prescripteur": "CHU"})))


@pytest.mark.exigence("MED-05")
def test_a_product_our_table_does_not_know_is_left_alone() -> None:
    assert regles_p(prescription(med("61234567", renouvellements=20))) == set()
    assert "MED-05" in regles_p(prescription(med(AMOXICILLINE, renouvellements=20)))


def test_lunar_birth_dates_are_understood() -> None:
    assert "GEN-14" not in regles_p(prescription(patient__dateNaissance="1942-20-00"))
