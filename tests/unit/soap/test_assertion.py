"""Assertions: parsing, and how far each profile believes them."""

from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from lxml import etree

from shared.decision import carnet
from shared.soap.assertion import (
    AssertionAbsente,
    AssertionMalFormee,
    CodeCE,
    PatientVise,
    assertion_de,
    assertion_vitale_de,
    exiger_assertion,
    lire_assertion,
)
from shared.soap.envelope import Enveloppe, lire_enveloppe
from shared.soap.verification import (
    AssertionNonSignee,
    AssertionPerimee,
    AudienceInattendue,
    CertificatRefuse,
    SignatureInvalide,
    verifier_assertion,
    verifier_vitale,
)
from tests.unit.soap.messages import TYPE_12, assertion_cps, enveloppe, securite, vihf

INSTANT = datetime(2026, 1, 15, 8, 30, tzinfo=UTC)


def lue(*assertions: str) -> Enveloppe:
    return lire_enveloppe(enveloppe(entetes=securite(*assertions)), TYPE_12)


def test_a_cps_assertion_is_read() -> None:
    cps = exiger_assertion(lue(assertion_cps()))

    assert cps.est_cps
    assert (cps.name_id, cps.identifiant_facturation, cps.code_specialite, cps.secteur_activite) == (
        "00B6087510",
        "991234562",
        "01",
        "SA05",
    )
    assert cps.issue_instant == INSTANT


def test_a_vihf_is_read_with_its_roles_patient_and_purpose() -> None:
    lu = exiger_assertion(lue(vihf()))

    assert not lu.est_cps
    assert lu.roles == (
        CodeCE("10", "1.2.250.1.71.1.2.7", "Médecin"),
        CodeCE("SM54", "1.2.250.1.71.4.2.5", None),
    )
    assert lu.patient == PatientVise("285076311304226", "1.2.250.1.213.1.4.8")
    assert lu.purpose_of_use is not None
    assert (lu.purpose_of_use.code, lu.mode_acces_raison) == ("bris_de_glace", "patient inconscient")
    assert (lu.secteur_activite, lu.authentification_mode) == ("SA07", "DIRECTE")


def test_the_vitale_assertion_is_told_from_the_professionals() -> None:
    message = lue(assertion_cps(qualifier="CV"), assertion_cps())

    professionnel, vitale = assertion_de(message), assertion_vitale_de(message)

    assert professionnel is not None
    assert vitale is not None
    assert (professionnel.name_qualifier, vitale.name_qualifier) == ("CPS", "CV")


def test_a_message_without_assertion_and_one_that_cannot_be_read_are_refused() -> None:
    with pytest.raises(AssertionAbsente):
        exiger_assertion(lue())
    with pytest.raises(AssertionMalFormee) as refus:
        exiger_assertion(lue(assertion_cps(instant="yesterday")))
    assert refus.value.champ == "IssueInstant"
    with pytest.raises(AssertionMalFormee):
        _ = exiger_assertion(lue(vihf(resource="285"))).patient


@pytest.mark.exigence("BAC-SAML-11")
def test_an_unsigned_assertion_with_old_dates_is_noted_in_standard_and_refused_in_homologation() -> None:
    cps = exiger_assertion(lue(assertion_cps()))
    demain = INSTANT + timedelta(days=1)

    with carnet() as notes:
        verifier_assertion(cps, profil="standard", now=demain)
    with pytest.raises(AssertionNonSignee):
        verifier_assertion(cps, profil="homologation", now=demain)

    assert [d.regle for d in notes.decisions] == ["BAC-SAML-11", "BAC-SAML-14"]


@pytest.mark.exigence("sandbox_vitale_exp")
def test_a_vitale_assertion_dies_at_twenty_minutes() -> None:
    cv = lire_assertion(etree.fromstring(assertion_cps(qualifier="CV")))

    verifier_vitale(cv, now=INSTANT + timedelta(minutes=20))
    with pytest.raises(AssertionPerimee) as refus:
        verifier_vitale(cv, now=INSTANT + timedelta(minutes=20, seconds=1))

    assert refus.value.membres["code"] == "sandbox_vitale_exp"


@cache
def _cle() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _certificat() -> bytes:
    nom = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "TEST autosigné")])
    certificat = (
        x509.CertificateBuilder()
        .subject_name(nom)
        .issuer_name(nom)
        .public_key(_cle().public_key())
        .serial_number(77)
        .not_valid_before(INSTANT - timedelta(days=1))
        .not_valid_after(INSTANT + timedelta(days=30))
        .sign(_cle(), hashes.SHA256())
    )
    return certificat.public_bytes(Encoding.PEM)


def _signee(source: str) -> bytes:
    from signxml.signer import XMLSigner

    signeur = XMLSigner(c14n_algorithm="http://www.w3.org/2001/10/xml-exc-c14n#")
    cle = _cle().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    signe = signeur.sign(etree.fromstring(source), key=cle, cert=_certificat().decode(), reference_uri="_a1")
    return etree.tostring(signe)


def test_a_signed_assertion_holds_in_homologation_until_a_byte_changes() -> None:
    brut, certificat = _signee(assertion_cps()), _certificat()
    bonne = exiger_assertion(lue(brut.decode()))
    fausse = exiger_assertion(lue(brut.decode().replace("991234562", "991234570")))

    verifier_assertion(bonne, profil="homologation", now=INSTANT, autorites=[certificat])
    for profil in ("homologation", "standard"):
        with pytest.raises(SignatureInvalide):
            verifier_assertion(fausse, profil=profil, now=INSTANT, autorites=[certificat])


def test_a_certificate_unknown_revoked_or_out_of_date_is_refused_in_homologation() -> None:
    bonne = exiger_assertion(lue(_signee(assertion_cps()).decode()))

    for autorites, revoques, now in (
        ([], frozenset[int](), INSTANT),
        ([_certificat()], frozenset({77}), INSTANT),
        ([_certificat()], frozenset[int](), INSTANT + timedelta(days=31)),
    ):
        with pytest.raises(CertificatRefuse):
            verifier_assertion(bonne, profil="homologation", now=now, autorites=autorites, revoques=revoques)


def test_an_audience_restriction_is_refused_in_homologation() -> None:
    conditions = "<Conditions><AudienceRestriction><Audience>urn:x</Audience></AudienceRestriction></Conditions>"
    lu = exiger_assertion(lue(vihf(extra=conditions)))

    with carnet() as notes:
        verifier_assertion(lu, profil="standard", now=lu.issue_instant)

    assert AudienceInattendue.regle in [d.regle for d in notes.decisions]


def test_a_genuine_signature_moved_under_a_forged_assertion_proves_nothing() -> None:
    vraie = _signee(assertion_cps()).decode()
    signature = vraie[vraie.index("<ds:Signature") : vraie.index("</ds:Signature>") + len("</ds:Signature>")]
    sans = vraie.replace(signature, "")
    fausse = assertion_cps().replace('ID="_a1"', 'ID="_pirate"').replace("00B6087510", "00B6999999")
    enveloppee = fausse.replace("<saml2:Subject>", f"{signature}<saml2:Advice>{sans}</saml2:Advice><saml2:Subject>", 1)

    pirate = exiger_assertion(lue(enveloppee))

    assert pirate.name_id == "00B6999999"
    for profil in ("homologation", "standard"):
        with pytest.raises(SignatureInvalide):
            verifier_assertion(pirate, profil=profil, now=INSTANT, autorites=[_certificat()])
