"""Activation, secret code, eligibility, delegation, receipts."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from services.apcv.domain import appli as applis
from services.apcv.domain import delegation as delegations
from services.apcv.domain import recu as recus
from services.apcv.domain.appli import Appli, Etat, Telephone
from services.apcv.domain.assure import Assure, Periode, beneficiaires, raison_ineligible
from services.apcv.domain.refus import RefusApcv
from services.apcv.domain.signature import DemandeSignature, exiger_empreintes, type_facture
from shared.errors import DomainError

INSTANT = datetime(2026, 1, 15, 8, 30, tzinfo=UTC)
JOUR = date(2026, 1, 15)
CAMILLE = Assure(
    matricule_ins="285076311304226",
    oid="1.2.250.1.213.1.4.8",
    nom_naissance="BLANC-VALMONT",
    prenom="CAMILLE",
    liste_prenoms="CAMILLE LOUISE",
    sexe="F",
    date_naissance="1985-07-14",
    periodes=(Periode("2025-01-01"),),
)
DEMANDE = Appli(
    "0123456789abcdef", CAMILLE.matricule_ins, "c@example.test", "cnie", Telephone(), Etat.EMAIL, INSTANT, "042042"
)


def active(code: str = "1234") -> Appli:
    appli = applis.confirmer_email(DEMANDE, "042042", at=INSTANT)
    appli = applis.prouver_identite(appli, at=INSTANT)
    return applis.choisir_code(appli, code, cle_id=1, secret=b"s" * 32, at=INSTANT)


def test_the_electronic_identity_card_path_needs_no_operator() -> None:
    assert active().etat is Etat.ACTIVE


def test_the_video_path_waits_for_an_operator_and_its_films_live_96_hours() -> None:
    appli = applis.confirmer_email(replace(DEMANDE, voie="video"), "042042", at=INSTANT)
    appli = applis.prouver_identite(appli, at=INSTANT)

    assert appli.etat is Etat.OPERATEUR
    assert appli.biometrie_jusquau == INSTANT + timedelta(hours=96)
    assert applis.decider(appli, True).etat is Etat.CODE
    assert applis.decider(appli, False).motif == "VIDEO_REFUSEE"
    assert applis.decider(appli, False).biometrie_jusquau is None


@pytest.mark.exigence("APCV-ACT-EMAIL_CODE")
@pytest.mark.parametrize(("code", "minutes"), [("042043", 1), ("042042", 15), ("", 1)])
def test_a_wrong_or_late_email_code_is_refused(code: str, minutes: int) -> None:
    with pytest.raises(DomainError) as refuse:
        applis.confirmer_email(DEMANDE, code, at=INSTANT + timedelta(minutes=minutes))

    assert refuse.value.regle == "APCV-ACT-EMAIL_CODE"


def test_steps_cannot_be_skipped() -> None:
    with pytest.raises(DomainError) as refuse:
        applis.choisir_code(DEMANDE, "1234", cle_id=1, secret=b"s" * 32, at=INSTANT)

    assert refuse.value.regle == "APCV-ACT-00"
    assert refuse.value.status == 409


@pytest.mark.parametrize("code", ["123", "1234567", "12a4", "٣٤٥٦7x"])
def test_a_secret_code_is_four_to_six_digits(code: str) -> None:
    with pytest.raises(DomainError) as refuse:
        active(code)

    assert refuse.value.champ == "code"


def test_three_wrong_codes_lock_the_phone_and_a_good_one_resets_the_count() -> None:
    appli, bon = applis.verifier_code(active(), "0000")
    assert (bon, appli.essais_restants) == (False, 2)

    appli, bon = applis.verifier_code(appli, "1234")
    assert (bon, appli.essais_restants) == (True, 3)

    for _ in range(3):
        appli, bon = applis.verifier_code(appli, "0000")
    with pytest.raises(DomainError) as refuse:
        applis.verifier_code(appli, "1234")
    assert refuse.value.regle == "APCV-PIN-02"


@pytest.mark.exigence("APCV-221")
@pytest.mark.parametrize(
    "appli", [applis.opposer(active(), "vol"), applis.desactiver(active()), applis.remplacer(active())]
)
def test_an_opposed_deactivated_or_replaced_app_may_do_nothing(appli: Appli) -> None:
    with pytest.raises(RefusApcv) as refuse:
        applis.exiger_active(appli)

    assert refuse.value.regle == "APCV-221"


@pytest.mark.exigence("apcv.md §7.A.6")
@pytest.mark.parametrize(
    ("assure", "raison"),
    [
        (CAMILLE, None),
        (None, "NIR_INCONNU"),
        (replace(CAMILLE, type_matricule="NIA"), "NIR_INCONNU"),
        (replace(CAMILLE, regime="06"), "REGIME_NON_ELIGIBLE"),
        (replace(CAMILLE, situation="ame"), "REGIME_NON_ELIGIBLE"),
        (replace(CAMILLE, periodes=(Periode("2020-01-01", "2025-06-30"),)), "DROITS_FERMES"),
        (replace(CAMILLE, periodes=()), "DROITS_FERMES"),
        (replace(CAMILLE, date_naissance="2010-01-16"), "AGE"),
        (replace(CAMILLE, date_naissance="2010-01-15"), None),
        (replace(CAMILLE, tutelle=True), "TUTELLE"),
        (replace(CAMILLE, date_naissance="1942-20-00"), None),
    ],
)
def test_who_may_have_the_app(assure: Assure | None, raison: str | None) -> None:
    assert raison_ineligible(assure, jour=JOUR) == raison


def test_minor_children_appear_on_the_app_and_twins_by_rank() -> None:
    grande = replace(CAMILLE, matricule_ins="3", date_naissance="2005-01-01", prenom="GRANDE")
    leo = replace(CAMILLE, matricule_ins="2", date_naissance="2018-01-11", rang_naissance=1, prenom="LEO")
    noe = replace(CAMILLE, matricule_ins="1", date_naissance="2018-01-11", rang_naissance=2, prenom="NOE")

    liste = beneficiaires(CAMILLE, (noe, grande, leo), jour=JOUR)

    assert [p.prenom for p in liste] == ["CAMILLE", "LEO", "NOE"]


def _delegation(jours: float = 30, beneficiaires: tuple[str, ...] = ("enfant",)) -> delegations.Delegation:
    return delegations.proposer(
        "d1",
        "mere",
        "grand-pere",
        beneficiaires,
        INSTANT + timedelta(days=jours),
        ouverts=("mere", "enfant"),
        at=INSTANT,
    )


@pytest.mark.parametrize(("jours", "beneficiaires"), [(31, ("enfant",)), (0, ("enfant",)), (5, ()), (5, ("voisin",))])
def test_a_delegation_is_thirty_days_at_most_and_for_ones_own(jours: float, beneficiaires: tuple[str, ...]) -> None:
    with pytest.raises(DomainError) as refuse:
        _delegation(jours, beneficiaires)

    assert refuse.value.regle == "APCV-DEL-01"


@pytest.mark.exigence("APCV-231")
def test_a_delegation_holds_once_accepted_until_its_end_or_its_revocation() -> None:
    proposee = _delegation(10)
    acceptee = delegations.accepter(proposee, at=INSTANT)

    assert delegations.exiger_valable(acceptee, "grand-pere", at=INSTANT + timedelta(days=9)) is acceptee
    for delegation, delegue, jour in [
        (None, "grand-pere", 1),
        (proposee, "grand-pere", 1),
        (acceptee, "voisin", 1),
        (acceptee, "grand-pere", 10),
        (delegations.revoquer(acceptee), "grand-pere", 1),
    ]:
        with pytest.raises(RefusApcv) as refuse:
            delegations.exiger_valable(delegation, delegue, at=INSTANT + timedelta(days=jour))
        assert refuse.value.regle == "APCV-231"


RECU = recus.Recu(
    recu_id="r1",
    facture_id="f1",
    lecteurs=("mere", "pere"),
    date_soins="2026-01-15",
    ps_nom="VERDIER ALICE",
    ps_specialite="01",
    beneficiaire_matricule="enfant",
    beneficiaire_nom="FONTANGES",
    beneficiaire_prenom="LEO",
    lignes=(recus.LigneRecu("Consultation", Decimal("30.00"), Decimal("21.00"), Decimal("0.00")),),
    avance=Decimal("30.00"),
    emis_le=INSTANT,
)


def test_a_receipt_waits_seven_days_and_is_kept_once_downloaded() -> None:
    pris = recus.telecharger(RECU, "mere", at=INSTANT + timedelta(days=6))

    assert recus.telecharger(pris, "mere", at=INSTANT + timedelta(days=400)) is pris
    with pytest.raises(recus.RecuPerdu) as refuse:
        recus.telecharger(pris, "pere", at=INSTANT + timedelta(days=7))
    assert refuse.value.status == 410
    with pytest.raises(recus.RecuInterdit):
        recus.telecharger(RECU, "voisin", at=INSTANT)


def test_a_receipt_says_what_remains_to_pay() -> None:
    json = recus.en_json(RECU, "mere")

    assert (json["total"], json["resteACharge"], json["avance"]) == (30.0, 9.0, 30.0)
    assert json["disponibleJusquau"] == "2026-01-22T08:30:00+00:00"


SHA = "3q2+7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


@pytest.mark.exigence("APCV-212")
@pytest.mark.parametrize(
    ("type_", "fse", "dre"),
    [
        ("FSE", None, None),
        ("FSE", "pas du base64", None),
        ("FSE", "AAAA", None),
        ("FSE+DRE", SHA, None),
        ("DRE", SHA, ""),
    ],
)
def test_a_signature_needs_the_hashes_its_type_announces(type_: str, fse: str | None, dre: str | None) -> None:
    with pytest.raises(RefusApcv) as refuse:
        exiger_empreintes(DemandeSignature(type_facture(type_), "n", "m", fse, dre))

    assert refuse.value.regle == "APCV-212"


def test_an_fse_and_its_dre_are_signed_together() -> None:
    exiger_empreintes(DemandeSignature(type_facture("FSE+DRE"), "n", "m", SHA, SHA))
    with pytest.raises(RefusApcv):
        type_facture("DEVIS")
