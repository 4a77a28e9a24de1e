"""Life of a person in the base, and what the network hears of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.ins.domain.etat_civil import attribuer, corriger, creation, creer
from services.ins.domain.lots import Lot, LotInvalide, controler_refs
from shared.identite.ins import MatriculeIns, NatureMatricule
from shared.identite.traits import Traits
from tests.unit.ins import monde

A = datetime(2026, 1, 15, 8, 30, tzinfo=UTC)


def traits(**change: str) -> Traits:
    base = {"nom": "BLANC-VALMONT", "prenoms": "CAMILLE LOUISE", "sexe": "F", "date_naissance": "1985-07-14"}
    return Traits.lire(**{**base, "lieu": "63113", **change})


def test_a_created_person_is_told_with_matricule_oid_and_traits() -> None:
    personne = creer("p1", MatriculeIns("285076311304226"), traits())

    fait = creation(personne, mode="test", at=A)

    assert fait.subject == "ins.personne.creee"
    assert (fait.matricule_ins, fait.oid) == ("285076311304226", "1.2.250.1.213.1.4.10")
    assert (fait.prenom, fait.liste_prenoms) == ("CAMILLE", "CAMILLE LOUISE")
    assert fait.occurred_at == A


def test_corrected_traits_are_told_once() -> None:
    corrigee, fait = corriger(monde.BLANC_VALMONT, traits(nom="BLANC"), mode="qualif", at=A)

    assert corrigee.nom_naissance == "BLANC"
    assert fait is not None
    assert fait.champs == ["nom_naissance"]
    assert corriger(corrigee, traits(nom="BLANC"), mode="qualif", at=A) == (corrigee, None)


@pytest.mark.exigence("INSI-INSHISTO")
def test_a_registered_person_keeps_the_nia_in_history() -> None:
    inscrit, rien = attribuer(
        monde.OKONKWO, MatriculeIns("188049933801642"), NatureMatricule.NIR, motif="rien", mode="qualif", at=A
    )
    assert (inscrit, rien) == (monde.OKONKWO, None)

    inscrit, faits = attribuer(
        monde.OKONKWO,
        MatriculeIns.de("1880499338017"),
        NatureMatricule.NIR,
        motif="immatriculation",
        mode="qualif",
        at=A,
    )

    assert faits is not None
    fait, etat = faits
    assert (etat.matricule_ins, etat.champs) == (fait.matricule_ins, ["matricule_ins"])
    assert (fait.ancien_oid, fait.oid) == ("1.2.250.1.213.1.4.9", "1.2.250.1.213.1.4.8")
    assert fait.ancien_matricule_ins == "188049933801642"
    assert [m.valeur for m in inscrit.historique] == ["188049933801642"]
    assert inscrit.historique[0].fin == "2026-01-15"
    assert inscrit.historique[0].nature is NatureMatricule.NIA


def test_coming_back_to_an_old_matricule_leaves_it_out_of_history() -> None:
    revenu, _ = attribuer(
        replace(monde.VILLEDIEU), MatriculeIns("162063306320140"), NatureMatricule.NIR, motif=None, mode="qualif", at=A
    )

    assert [m.valeur for m in revenu.historique] == ["262063306320187"]


def test_a_batch_ends_when_its_delay_has_passed_on_the_clock_of_the_bac() -> None:
    lot = Lot("l1", A, ())

    assert lot.etat(A + timedelta(seconds=1)) == "EN_COURS"
    assert lot.etat(A + timedelta(seconds=2)) == "TERMINE"


@pytest.mark.exigence("INSI-LOT-01")
@pytest.mark.parametrize("refs", [[], ["a", "a"], ["a", "b", "c"]])
def test_a_batch_empty_too_big_or_ambiguous_is_refused(refs: list[str]) -> None:
    with pytest.raises(LotInvalide):
        controler_refs(refs, taille_max=2)
