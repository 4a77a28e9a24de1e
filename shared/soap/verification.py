"""How far an assertion is believed, by profile (architecture §11.9).

lenient ........ read it, note what a stricter bac would have refused
standard ....... same, but a signature that is present must hold; unsigned is accepted and noted
homologation ... signature by a certificate of the test chain, and dates on the bac's now
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding

from shared.decision import avertir
from shared.errors import NonAuthentifie
from shared.soap.assertion import Assertion

Profil: TypeAlias = Literal["homologation", "standard", "lenient"]

VALIDITE_CPS = timedelta(hours=1)  # insi.md §9: about one hour, from a client-side comment
VALIDITE_VITALE = timedelta(minutes=20)  # insi.md §5, conformance test 1.02
TOLERANCE = timedelta(minutes=5)  # workstation clocks drift


class AssertionNonSignee(NonAuthentifie):
    regle = "BAC-SAML-11"


class SignatureInvalide(NonAuthentifie):
    regle = "BAC-SAML-12"


class CertificatRefuse(NonAuthentifie):
    """The signature holds, its certificate is not one this bac trusts (chain, dates, revocation)."""

    regle = "BAC-SAML-13"


class AssertionPerimee(NonAuthentifie):
    """Outside its validity on the bac's clock."""

    regle = "BAC-SAML-14"


class AudienceInattendue(NonAuthentifie):
    """dmp.md §2.2 V3: ``AudienceRestriction`` must be absent."""

    regle = "BAC-SAML-15"


def verifier_assertion(
    assertion: Assertion,
    *,
    profil: Profil,
    now: datetime,
    autorites: Sequence[bytes] = (),
    revoques: frozenset[int] = frozenset(),
    validite: timedelta = VALIDITE_CPS,
) -> None:
    """Accept, accept with a note, or refuse, as the profile says.

    ``autorites`` are PEM certificates of the CAs that may issue a signing certificate, ``revoques`` the serial
    numbers of revoked ones. ``validite`` bounds an assertion that carries no ``Conditions``.
    """
    for refus in _defauts(assertion, now, autorites, revoques, validite):
        signature_fausse = isinstance(refus, SignatureInvalide)
        if profil == "homologation" or (profil == "standard" and signature_fausse):
            raise refus
        avertir(refus.regle, fr=refus.fr, en=refus.en, assertion=assertion.id, profil=profil)


def verifier_vitale(assertion: Assertion, *, now: datetime) -> None:
    """A Vitale assertion older than 20 minutes is refused in every profile (fault ``sandbox_vitale_exp``)."""
    if now - assertion.issue_instant > VALIDITE_VITALE:
        raise AssertionPerimee(
            "the Vitale assertion is older than 20 minutes",
            "l'assertion Vitale a plus de 20 minutes : relire la carte",
            regle="sandbox_vitale_exp",
            champ="AssertionCV/@IssueInstant",
            membres={"subcode": "siram_20", "code": "sandbox_vitale_exp", "severite": "erreur", "acteur": "Sender"},
        )


def _defauts(
    assertion: Assertion, now: datetime, autorites: Sequence[bytes], revoques: frozenset[int], validite: timedelta
) -> list[NonAuthentifie]:
    defauts: list[NonAuthentifie] = []
    try:
        _verifier_signature(assertion, now, autorites, revoques)
    except NonAuthentifie as refus:
        defauts.append(refus)
    if (perimee := _defaut_de_date(assertion, now, validite)) is not None:
        defauts.append(perimee)
    if assertion.audiences:
        defauts.append(
            AudienceInattendue(
                "AudienceRestriction must be absent",
                "AudienceRestriction doit être absent",
                champ="Conditions/AudienceRestriction",
            )
        )
    return defauts


def _defaut_de_date(assertion: Assertion, now: datetime, validite: timedelta) -> AssertionPerimee | None:
    debut = assertion.not_before or assertion.issue_instant
    fin = assertion.not_on_or_after or assertion.issue_instant + validite
    if debut - TOLERANCE <= now < fin:
        return None
    return AssertionPerimee(
        f"the assertion is valid from {debut.isoformat()} to {fin.isoformat()}, the bac's clock says {now.isoformat()}",
        f"l'assertion est valable du {debut.isoformat()} au {fin.isoformat()}, l'horloge du bac indique "
        f"{now.isoformat()}",
        champ="Assertion/@IssueInstant",
    )


def _verifier_signature(
    assertion: Assertion, now: datetime, autorites: Sequence[bytes], revoques: frozenset[int]
) -> None:
    if not assertion.signee:
        raise AssertionNonSignee(
            "the assertion is not signed", "l'assertion n'est pas signée", champ="Assertion/Signature"
        )
    certificat = _certificat(assertion)
    _verifier_dsig(assertion, certificat)
    if motif := _motif_de_refus(certificat, now, autorites, revoques):
        raise CertificatRefuse(
            f"the signing certificate {certificat.subject.rfc4514_string()} is refused: {motif[0]}",
            f"le certificat de signature {certificat.subject.rfc4514_string()} est refusé : {motif[1]}",
            champ="Assertion/Signature/KeyInfo",
        )


def _certificat(assertion: Assertion) -> x509.Certificate:
    textes = assertion.element.findall(
        "{http://www.w3.org/2000/09/xmldsig#}Signature//{http://www.w3.org/2000/09/xmldsig#}X509Certificate"
    )
    try:
        corps = "".join((textes[0].text or "").split())
        return x509.load_pem_x509_certificate(
            f"-----BEGIN CERTIFICATE-----\n{corps}\n-----END CERTIFICATE-----\n".encode()
        )
    except (IndexError, ValueError):
        raise SignatureInvalide(
            "the signature carries no readable X509Certificate",
            "la signature ne porte pas de X509Certificate lisible",
            champ="Assertion/Signature/KeyInfo",
        ) from None


def _verifier_dsig(assertion: Assertion, certificat: x509.Certificate) -> None:
    from signxml.verifier import SignatureConfiguration, XMLVerifier  # heavy: only callers who sign pay for it

    try:
        resultat = XMLVerifier().verify(
            assertion.element,
            x509_cert=certificat.public_bytes(Encoding.PEM).decode(),
            id_attribute="ID",
            # dates are checked below, on the bac's clock: here any instant of the certificate's life will do
            expect_config=SignatureConfiguration(
                location="./", verification_time=certificat.not_valid_before_utc + timedelta(seconds=1)
            ),
        )
    except Exception as exc:  # signxml, lxml and cryptography each have their own families of errors
        raise SignatureInvalide(
            f"the signature does not hold: {type(exc).__name__} {str(exc)[:120]}",
            "la signature de l'assertion ne se vérifie pas",
            champ="Assertion/Signature",
        ) from exc
    signe = getattr(resultat, "signed_xml", None)
    if signe is None or signe.get("ID") != assertion.id:
        raise SignatureInvalide(
            "the signature covers something else than this assertion",
            "la signature porte sur autre chose que cette assertion",
            champ="Assertion/Signature/SignedInfo/Reference",
        )


def _motif_de_refus(
    certificat: x509.Certificate, now: datetime, autorites: Sequence[bytes], revoques: frozenset[int]
) -> tuple[str, str] | None:
    if not certificat.not_valid_before_utc <= now <= certificat.not_valid_after_utc:
        return "not valid at the bac's date", "hors de sa période de validité à la date du bac"
    if certificat.serial_number in revoques:
        return "revoked", "révoqué"
    if not any(_emis_par(certificat, autorite) for autorite in autorites):
        return "not issued by an authority this bac trusts", "non émis par une autorité reconnue par ce bac"
    return None


def _emis_par(certificat: x509.Certificate, autorite: bytes) -> bool:
    try:
        certificat.verify_directly_issued_by(x509.load_pem_x509_certificate(autorite))
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
