"""MD-02 to MD-20 one by one: a lot that breaks nothing, then each rule broken alone (dmp.md §6.4)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.dmp.cda import lire_entete
from services.dmp.domain.constats import gravite, trier
from services.dmp.domain.contexte_lot import Contexte, Limites
from services.dmp.domain.lot import Auteur, Entree, Ins, Lot, sha1
from services.dmp.domain.situation import Acteur, TypeActeur
from services.dmp.domain.validation import verifier
from services.dmp.redaction import Redaction, Traits, cda
from services.dmp.tables import charger

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
INS = Ins("299129999999911", "1.2.250.1.213.1.4.10")
MEDECIN = Acteur(TypeActeur.PS, "899900000011", profession="10", structure_id="1990000010")
AUTEUR = Auteur(id_nat="899900000011", nom="TESTEUR", prenom="Alix", structure_id="1990000010")
CONTENU = cda(
    Redaction(
        unique_id="1.2.250.1.999.1.2.77.1",
        set_id="1.2.250.1.999.1.2.77",
        version=1,
        type_code="11488-4",
        type_libelle="CR de consultation",
        titre="Consultation",
        date=NOW,
        debut=NOW,
        patient=INS,
        traits=Traits("SANDBOX", "LOU", "LOU", "F", "1999-12-31", "99999"),
        auteur=replace(AUTEUR, specialite="G15_10/SM26"),
        specialite_libelle="Médecin",
        etablissement="SA07",
        cadre="AMBULATOIRE",
    ),
    b"%PDF-1.4",
)
ENTREE = Entree(
    ref="Document01",
    unique_id="1.2.250.1.999.1.2.77.1",
    titre="Consultation",
    type_code="11488-4",
    classe="10",
    format="urn:ihe:iti:xds-sd:pdf:2008",
    confidentialites=("N",),
    etablissement="SA07",
    cadre="AMBULATOIRE",
    auteurs=(AUTEUR,),
    validateur=AUTEUR,
    creation=NOW - timedelta(minutes=5),
    debut=NOW - timedelta(minutes=20),
    fin=None,
    langue="fr-FR",
    mime="text/xml",
    hash_sha1=sha1(CONTENU),
    taille=len(CONTENU),
    patient=INS,
    contenu=CONTENU,
)
LOT = Lot("1.2.250.1.999.1.2.77", "1.2.250.1.999.1.2", "07", "Lot", NOW, INS, AUTEUR, (ENTREE,))


def contexte(lot: Lot = LOT) -> Contexte:
    return Contexte(
        now=NOW,
        valeurs=charger().valeurs,
        acteur=MEDECIN,
        entetes={e.ref: lire_entete(e.contenu) for e in lot.entrees if e.contenu and e.contenu.startswith(b"<?xml")},
    )


def regles(lot: Lot, ctx: Contexte | None = None) -> set[str]:
    return {c.regle for c in verifier(lot, ctx or contexte(lot))}


def avec(**champs: object) -> Lot:
    return replace(LOT, entrees=(replace(ENTREE, **champs),))  # type: ignore[arg-type]  # fields of the entry


def test_a_good_lot_breaks_nothing() -> None:
    assert verifier(LOT, contexte()) == []


CAS: list[tuple[str, Callable[[], Lot]]] = [
    ("MD-02", lambda: avec(patient=None)),
    ("MD-02", lambda: avec(patient=Ins("199027505611739", INS.oid))),
    ("MD-02", lambda: replace(LOT, patient=Ins("199027505611739", INS.oid))),
    ("MD-03", lambda: replace(LOT, entrees=(ENTREE, replace(ENTREE, ref="Document02")))),
    ("MD-03-FORME", lambda: avec(unique_id="77")),
    ("MD-03-FORME", lambda: avec(unique_id="1.2." + "9" * 200)),
    ("MD-03-FORME", lambda: replace(LOT, unique_id="lot")),
    ("MD-04", lambda: avec(contenu=None)),
    ("MD-04", lambda: replace(LOT, entrees=())),
    ("MD-04", lambda: replace(LOT, orphelins=("urn:uuid:x",))),
    ("MD-05", lambda: avec(taille=1)),
    ("MD-05", lambda: avec(hash_sha1="0" * 40)),
    ("MD-05", lambda: avec(contenu=b"", taille=0, hash_sha1=None)),
    ("MD-06", lambda: avec(type_code="99999-9")),
    ("MD-06", lambda: avec(type_code="10213-7")),
    ("MD-06-J57", lambda: avec(classe="99")),
    ("MD-07", lambda: avec(classe="11")),
    ("MD-08", lambda: avec(format="urn:inconnu")),
    ("MD-08-CDA", lambda: avec(format="urn:ihe:iti:xds-sd:text:2008")),
    ("MD-09-J61", lambda: avec(etablissement="225728007")),
    ("MD-09-J04", lambda: avec(cadre=None)),
    ("MD-09-J03", lambda: replace(LOT, contenu="zz")),
    ("MD-10", lambda: avec(confidentialites=("MASQUE_PS",))),
    ("MD-10", lambda: avec(confidentialites=("N", "SECRET"))),
    ("MD-10", lambda: avec(confidentialites=("N", "MASQUE_PS", "INVISIBLE_PATIENT"))),
    ("MD-11", lambda: avec(creation=None)),
    ("MD-11", lambda: avec(debut=None, dates_invalides=("context.period.start",))),
    ("MD-11", lambda: avec(fin=NOW - timedelta(days=1))),
    ("MD-11-W", lambda: avec(creation=NOW + timedelta(hours=25))),
    ("MD-11-LANGUE", lambda: avec(langue="francais")),
    ("MD-11-TITRE", lambda: avec(titre=None)),
    ("MD-11-MIME", lambda: avec(mime=None)),
    ("MD-12", lambda: avec(auteurs=())),
    ("MD-12", lambda: avec(auteurs=(Auteur(),))),
    ("MD-12-STRUCT", lambda: avec(auteurs=(replace(AUTEUR, structure_id=None),))),
    ("MD-12-VIHF", lambda: avec(auteurs=(replace(AUTEUR, structure_id="1990000099"),))),
    ("MD-13", lambda: avec(validateur=None)),
    ("MD-14", lambda: avec(type_code="EXPPAT_3", classe="90")),
    ("MD-14", lambda: avec(type_code="DOCPAT05", classe="10")),
    ("MD-16-type", lambda: avec(type_code="34112-3")),
    ("MD-16-title", lambda: avec(titre="Autre titre")),
    ("MD-16-uniqueId", lambda: avec(unique_id="1.2.250.1.999.1.2.77.2")),
    ("MD-16-author", lambda: avec(auteurs=(replace(AUTEUR, id_nat="899700990015"),))),
]


@pytest.mark.parametrize(("regle", "lot"), [pytest.param(r, f, id=f"{r}-{n}") for n, (r, f) in enumerate(CAS)])
def test_each_rule_is_broken_by_its_own_defect(regle: str, lot: Callable[[], Lot]) -> None:
    assert regle in regles(lot())


@pytest.mark.exigence("MD-03")
def test_a_known_unique_id_is_a_duplicate_or_another_content() -> None:
    meme = replace(contexte(), connus={ENTREE.unique_id or "": (INS.matricule, sha1(CONTENU))})
    autre = replace(contexte(), connus={ENTREE.unique_id or "": (INS.matricule, "0" * 40)})

    assert [c.code for c in verifier(LOT, meme)] == ["XDSDuplicateUniqueIdInRegistry"]
    assert [c.code for c in verifier(LOT, autre)] == ["XDSNonIdenticalHash"]


@pytest.mark.exigence("MD-18")
def test_limits_are_those_of_the_settings() -> None:
    etroit = replace(contexte(), limites=Limites(documents=0, octets=10))

    constats = [c for c in verifier(LOT, etroit) if c.regle == "MD-18"]

    assert [c.code for c in constats] == ["XDSRepositoryOutOfResources"] * 2


@pytest.mark.exigence("MD-20")
def test_the_same_content_by_the_same_author_is_noticed() -> None:
    deja = replace(contexte(), contenus=frozenset({("899900000011", "11488-4", sha1(CONTENU))}))

    assert regles(LOT, deja) == {"MD-20"}


@pytest.mark.exigence("EX_2.1-1050")
def test_the_signature_entry_may_be_masked_and_hidden_at_once() -> None:
    signature = avec(
        type_code="E1762",
        classe="urn:oid:1.3.6.1.4.1.19376.1.2.1.1.1",
        confidentialites=("N", "MASQUE_PS", "INVISIBLE_PATIENT"),
        langue="art",
    )

    assert "MD-10" not in regles(signature)
    assert "MD-11-LANGUE" not in regles(signature)


def test_the_switch_lets_masked_and_hidden_be_combined() -> None:
    ctx = replace(contexte(), cumul_invisible_masque=True)

    assert "MD-10" not in regles(avec(confidentialites=("N", "MASQUE_PS", "INVISIBLE_PATIENT")), ctx)


@pytest.mark.parametrize(
    ("regle", "homologation", "standard", "lenient"),
    [
        ("MD-02", "error", "error", "error"),
        ("MD-06", "error", "error", "warning"),
        ("MD-07", "error", "warning", "warning"),
        ("MD-08-CDA", "error", "warning", "warning"),
        ("MD-09-J61", "error", "warning", "warning"),
        ("MD-11", "error", "error", "warning"),
        ("MD-11-W", "error", "warning", "warning"),
        ("MD-12-VIHF", "error", "warning", "warning"),
        ("MD-15-CDA-07", "error", "warning", "warning"),
        ("MD-16-title", "warning", "warning", "warning"),
        ("PDSm-LIST-sourceId", "error", "warning", "warning"),
    ],
)
def test_the_profile_weighs_each_rule(regle: str, homologation: str, standard: str, lenient: str) -> None:
    assert gravite(regle, "homologation") == homologation
    assert gravite(regle, "standard") == standard
    assert gravite(regle, "lenient") == lenient


def test_findings_are_sorted_by_rule_and_worded_in_both_languages() -> None:
    constats = verifier(avec(taille=1, titre=None, type_code="99999-9"), contexte())
    erreurs, avertissements = trier(constats, "standard")

    assert [c.regle for c in constats] == sorted(c.regle for c in constats)
    assert {"MD-05", "MD-06", "MD-11-TITRE"} <= {c.regle for c in erreurs}
    assert all(c.fr != c.en for c in (*erreurs, *avertissements))
