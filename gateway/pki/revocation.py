"""CRL (RFC 5280) and OCSP (RFC 6960) of the test PKI, computed from the register."""

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from gateway.pki.autorite import Autorite
from gateway.pki.pki import Fiche, Pki
from shared.errors import Invalide

VALIDITE = timedelta(days=1)
REQUETE_MAX = 8_192


class RequeteOcspInvalide(Invalide):
    regle = "BAC-PKI-04"


def crl(pki: Pki, *, personnes: bool = False, now: datetime | None = None) -> bytes:
    """The DER CRL of the authority of organisations (or of persons): every revoked certificate it issued."""
    instant = now or datetime.now(UTC)
    autorite = pki.personnes if personnes else pki.organisations
    constructeur = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(autorite.certificat.subject)
        .last_update(instant)
        .next_update(instant + VALIDITE)
        .add_extension(x509.CRLNumber(int(instant.timestamp())), critical=False)
        .add_extension(_identifiant(autorite), critical=False)
    )
    for fiche in pki.registre():
        if fiche.revoque_le and (fiche.genre == "professionnel") is personnes:
            constructeur = constructeur.add_revoked_certificate(_entree(fiche))
    return constructeur.sign(autorite.cle, hashes.SHA256()).public_bytes(Encoding.DER)


def repondre_ocsp(pki: Pki, demande: bytes, *, now: datetime | None = None) -> bytes:
    """GOOD, REVOKED or UNKNOWN for the serial asked about; a request that is not OCSP is refused."""
    instant = now or datetime.now(UTC)
    try:
        lue = ocsp.load_der_ocsp_request(demande[:REQUETE_MAX])
        serie, algorithme = lue.serial_number, lue.hash_algorithm
    except ValueError:
        raise RequeteOcspInvalide(
            "not an OCSP request in DER", "ce n'est pas une requête OCSP en DER", champ="corps"
        ) from None
    fiche = next((f for f in pki.registre() if int(f.serie, 16) == serie), None)
    autorite = pki.personnes if fiche is not None and fiche.genre == "professionnel" else pki.organisations
    statut, revoque_le = _statut(fiche)
    reponse = (
        ocsp.OCSPResponseBuilder()
        .add_response_by_hash(
            issuer_name_hash=lue.issuer_name_hash,
            issuer_key_hash=lue.issuer_key_hash,
            serial_number=serie,
            algorithm=algorithme,
            cert_status=statut,
            this_update=instant,
            next_update=instant + VALIDITE,
            revocation_time=revoque_le,
            revocation_reason=None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, autorite.certificat)
        .certificates([autorite.certificat])
    )
    return reponse.sign(autorite.cle, hashes.SHA256()).public_bytes(Encoding.DER)


def _statut(fiche: Fiche | None) -> tuple[ocsp.OCSPCertStatus, datetime | None]:
    if fiche is None or fiche.etat == "mauvais_emetteur":
        return ocsp.OCSPCertStatus.UNKNOWN, None
    if fiche.revoque_le:
        return ocsp.OCSPCertStatus.REVOKED, datetime.fromisoformat(fiche.revoque_le)
    return ocsp.OCSPCertStatus.GOOD, None


def _entree(fiche: Fiche) -> x509.RevokedCertificate:
    assert fiche.revoque_le is not None
    return (
        x509.RevokedCertificateBuilder()
        .serial_number(int(fiche.serie, 16))
        .revocation_date(datetime.fromisoformat(fiche.revoque_le))
        .build()
    )


def _identifiant(autorite: Autorite) -> x509.AuthorityKeyIdentifier:
    extension = autorite.certificat.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(extension.value)
