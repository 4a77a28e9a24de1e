"""The decision tables of the citizen mailbox (mssante.md §4.2, §4.3)."""

import itertools
from datetime import UTC, datetime

import pytest

from services.mss.domain.adresses import Adresse, AdresseInvalide, ListeBlanche, matricule_bien_forme
from services.mss.domain.mes import (
    Arrivee,
    Ecriture,
    Etat,
    Fermeture,
    Issue,
    decider_arrivee,
    decider_ecriture,
    douze_mois_avant,
    etat_du_profil,
    fermeture,
)


def arrivee(**faits: object) -> Arrivee:
    base: dict[str, object] = {
        "domaine_en_liste": True,
        "trop_gros": False,
        "adresse_valide": True,
        "etat": Etat.ACTIVE,
        "courriel_connu": True,
    }
    return Arrivee(**(base | faits))  # type: ignore[arg-type]  # keyword bag of a test


@pytest.mark.parametrize(
    ("faits", "regle", "issue", "statut"),
    [
        ({}, "MES-01", Issue.REMETTRE, None),
        ({"etat": Etat.NON_ACTIVE}, "MES-02", Issue.CONSERVER, None),
        ({"etat": Etat.SUSPENDU}, "MES-02", Issue.CONSERVER, None),
        ({"etat": Etat.OPPOSE}, "MES-04", Issue.REBONDIR, "5.2.1"),
        ({"etat": Etat.CLOS}, "MES-04", Issue.REBONDIR, "5.2.1"),
        ({"etat": Etat.ELIGIBLE}, "MES-04", Issue.REBONDIR, "5.2.1"),
        ({"etat": Etat.INCONNU}, "MES-05", Issue.REBONDIR, "5.1.1"),
        ({"etat": Etat.INCONNU, "adresse_valide": False}, "MES-06", Issue.REBONDIR, "5.1.3"),
        ({"trop_gros": True}, "MES-07", Issue.REBONDIR, "5.3.4"),
        ({"trop_gros": True, "etat": Etat.OPPOSE}, "MES-07", Issue.REBONDIR, "5.3.4"),
        ({"domaine_en_liste": False}, "MES-08", Issue.REFUSER, "5.7.1"),
        ({"courriel_connu": False}, "MES-09", Issue.REMETTRE, None),
    ],
)
def test_each_row_of_the_arrival_table_decides_its_own_case(
    faits: dict[str, object], regle: str, issue: Issue, statut: str | None
) -> None:
    jugement = decider_arrivee(arrivee(**faits))

    assert (jugement.regle, jugement.issue, jugement.ligne.statut) == (regle, issue, statut)
    assert jugement.examinees[-1] == regle


def test_the_two_tables_have_no_hole() -> None:
    for domaine, gros, valide, etat, courriel in itertools.product(
        (True, False), (True, False), (True, False), Etat, (True, False)
    ):
        assert decider_arrivee(Arrivee(domaine, gros, valide, etat, courriel)).regle.startswith("MES-")
    booleens = itertools.product((True, False), repeat=6)
    for etat, qui, bits in itertools.product(Etat, ("professionnel", "patient", "exterieur"), list(booleens)):
        assert decider_ecriture(Ecriture(etat, qui, *bits)).regle.startswith("MES-")


def ecriture(**faits: object) -> Ecriture:
    base: dict[str, object] = {
        "etat": Etat.ACTIVE,
        "destinataire": "professionnel",
        "reponse": False,
        "deja_recu": False,
        "clos": False,
    }
    return Ecriture(**(base | faits))  # type: ignore[arg-type]  # keyword bag of a test


_PHARMACIE = {"officine": True, "bal_org": True}


@pytest.mark.parametrize(
    ("faits", "regle", "issue"),
    [
        ({}, "MES-30", Issue.INTERDIRE),
        ({"reponse": True, "deja_recu": True}, "MES-31", Issue.AUTORISER),
        ({"reponse": True, "deja_recu": True, "clos": True}, "MES-32", Issue.INTERDIRE),
        ({**_PHARMACIE, "dispensation_12_mois": True}, "MES-33", Issue.AUTORISER),
        ({"officine": True, "dispensation_12_mois": True}, "MES-34", Issue.INTERDIRE),
        (_PHARMACIE, "MES-35", Issue.INTERDIRE),
        ({"etat": Etat.OPPOSE, "reponse": True, "deja_recu": True}, "MES-36", Issue.INTERDIRE),
        ({"etat": Etat.NON_ACTIVE}, "MES-36", Issue.INTERDIRE),
        # MES-37: the pharmacy closed the thread, a new message is still allowed.
        ({**_PHARMACIE, "dispensation_12_mois": True, "deja_recu": True, "clos": True}, "MES-33", Issue.AUTORISER),
        ({"destinataire": "patient"}, "MES-38", Issue.INTERDIRE),
        ({"destinataire": "exterieur"}, "MES-38", Issue.INTERDIRE),
    ],
)
def test_each_row_of_the_patient_table_decides_its_own_case(faits: dict[str, object], regle: str, issue: Issue) -> None:
    jugement = decider_ecriture(ecriture(**faits))

    assert (jugement.regle, jugement.issue) == (regle, issue)


def test_a_decision_explains_itself_in_both_languages_with_its_row() -> None:
    decision = decider_arrivee(arrivee(etat=Etat.OPPOSE)).decision()

    assert decision.verdict == "refuse"
    assert decision.regle == "MES-04"
    assert "fermée" in decision.fr
    assert "closed" in decision.en
    assert decision.examinees == ("MES-08", "MES-07", "MES-06", "MES-05", "MES-04")
    assert decision.ligne is not None
    assert "OPPOSE" in decision.ligne["conditions"]["etat"]


@pytest.mark.exigence("MES-10", "MES-11", "MES-12", "MES-14")
@pytest.mark.parametrize(
    ("objet", "entete", "attendue"),
    [
        ("[FIN]", None, Fermeture.TOUS),
        ("Résultats", "FIN", Fermeture.MESSAGE),
        ("Résultats", "fin", Fermeture.AUCUNE),
        ("Résultats", "Fin", Fermeture.AUCUNE),
        *[(objet, None, Fermeture.AUCUNE) for objet in ("[fin]", "[FIN] merci", "Re: [FIN]", "[ FIN ]", "FIN", "")],
    ],
)
def test_only_the_exact_words_close_an_exchange(objet: str, entete: str | None, attendue: Fermeture) -> None:
    assert fermeture(objet, entete) is attendue


def test_the_profile_states_of_mon_espace_sante_become_mailbox_states() -> None:
    assert etat_du_profil("OPEN_NOT_ACTIVATED") is Etat.NON_ACTIVE
    assert etat_du_profil("NOTIFIED") is Etat.ELIGIBLE
    assert {etat_du_profil(e) for e in ("CLOSED", "CLOSED_DECEASED", "ERASED")} == {Etat.CLOS}


def test_twelve_months_before_a_leap_day_is_the_28th() -> None:
    assert douze_mois_avant(datetime(2028, 2, 29, 12, tzinfo=UTC)) == datetime(2027, 2, 28, 12, tzinfo=UTC)


@pytest.mark.parametrize("matricule", ["180017505600103", "285063306300232", "115027510100309", "198016912300483"])
def test_a_matricule_with_its_key_is_a_patient_address(matricule: str) -> None:
    assert matricule_bien_forme(matricule)
    assert not matricule_bien_forme(matricule[:-2] + f"{(int(matricule[-2:]) % 96) + 1:02d}")


def test_official_samples_with_a_wrong_key_pass_only_without_the_strict_switch() -> None:
    assert not matricule_bien_forme("288091234567823")
    assert matricule_bien_forme("288091234567823", cle_stricte=False)
    assert not matricule_bien_forme("jean.dupont", cle_stricte=False)


def test_addresses_are_compared_without_case_and_refused_when_they_are_not_addresses() -> None:
    assert Adresse.lire("Marie.MARTIN@Medecin.MSSante.fr") == Adresse("marie.martin", "medecin.mssante.fr")
    for faux in ("", "a@", "@b.fr", "a b@c.fr", "a@b@c", "a\r\n@b.fr", "x" * 70 + "@b.fr", "a@" + "b" * 400):
        with pytest.raises(AdresseInvalide):
            Adresse.lire(faux)


def test_the_white_list_ignores_case() -> None:
    liste = ListeBlanche.de(["Medecin.mssante.fr"])

    assert "MEDECIN.MSSANTE.FR" in liste
    assert "gmail.com" not in liste
