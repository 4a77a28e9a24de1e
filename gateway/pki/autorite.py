"""Certification authorities of the test PKI, shaped after the IGC-Santé and named TEST everywhere."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

CleX509: TypeAlias = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
Algorithme: TypeAlias = Literal["ec", "rsa"]
Usage: TypeAlias = Literal["serveur", "client"]

ORGANISATION = "BAC A SANTE - TEST SEULEMENT"
DUREE_AUTORITE = timedelta(days=3650)
_USAGES = {
    "serveur": [ExtendedKeyUsageOID.SERVER_AUTH],
    "client": [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.EMAIL_PROTECTION],
}


def nouvelle_cle(algorithme: Algorithme = "ec") -> CleX509:
    """P-256 at once, RSA 2048 in some tens of milliseconds: generate the latter only when asked for."""
    if algorithme == "rsa":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1())


def cle_pem(cle: CleX509) -> bytes:
    return cle.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def nom(cn: str, *, ou: str | None = None, o: str = ORGANISATION) -> x509.Name:
    """``C=FR, O=…, OU=…, CN=…`` in the order of the IGC-Santé."""
    attributs = [x509.NameAttribute(NameOID.COUNTRY_NAME, "FR"), x509.NameAttribute(NameOID.ORGANIZATION_NAME, o[:64])]
    if ou:
        attributs.append(x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, ou[:64]))
    return x509.Name([*attributs, x509.NameAttribute(NameOID.COMMON_NAME, cn[:64])])


@dataclass(frozen=True, slots=True)
class Publication:
    """Where a certificate says its issuer publishes: ``{base}/pki/…``."""

    base: str

    def extensions(self) -> list[x509.ExtensionType]:
        return [
            x509.CRLDistributionPoints(
                [x509.DistributionPoint([x509.UniformResourceIdentifier(f"{self.base}/pki/crl")], None, None, None)]
            ),
            x509.AuthorityInformationAccess(
                [
                    x509.AccessDescription(
                        AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(f"{self.base}/pki/ocsp")
                    ),
                    x509.AccessDescription(
                        AuthorityInformationAccessOID.CA_ISSUERS,
                        x509.UniformResourceIdentifier(f"{self.base}/pki/chaine.pem"),
                    ),
                ]
            ),
        ]


@dataclass(frozen=True, slots=True)
class Autorite:
    """A CA: its certificate and the key that issues."""

    certificat: x509.Certificate
    cle: CleX509

    @classmethod
    def racine(cls, cn: str, maintenant: datetime) -> "Autorite":
        cle = nouvelle_cle()
        sujet = nom(cn)
        constructeur = _autorite(sujet, sujet, cle, maintenant, longueur=1)
        return cls(constructeur.sign(cle, hashes.SHA256()), cle)

    @classmethod
    def charger(cls, certificat: bytes, cle: bytes) -> "Autorite":
        lue = load_pem_private_key(cle, None)
        if not isinstance(lue, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
            raise ValueError("the key of an authority is EC or RSA")
        return cls(x509.load_pem_x509_certificate(certificat), lue)

    @property
    def pem(self) -> bytes:
        return self.certificat.public_bytes(Encoding.PEM)

    def intermediaire(self, cn: str, maintenant: datetime) -> "Autorite":
        cle = nouvelle_cle()
        constructeur = _autorite(nom(cn), self.certificat.subject, cle, maintenant, longueur=0)
        constructeur = constructeur.add_extension(self._identifiant(), critical=False)
        return Autorite(constructeur.sign(self.cle, hashes.SHA256()), cle)

    def delivrer(
        self,
        sujet: x509.Name,
        cle: CleX509,
        *,
        usage: Usage,
        debut: datetime,
        fin: datetime,
        sans: Sequence[str] = (),
        publication: Publication | None = None,
    ) -> x509.Certificate:
        """A leaf certificate; ``sans`` are DNS names, IP addresses or e-mail addresses."""
        constructeur = (
            x509.CertificateBuilder()
            .subject_name(sujet)
            .issuer_name(self.certificat.subject)
            .public_key(cle.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(debut)
            .not_valid_after(fin)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage_cle(feuille=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage(_USAGES[usage]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(cle.public_key()), critical=False)
            .add_extension(self._identifiant(), critical=False)
        )
        if sans:
            constructeur = constructeur.add_extension(
                x509.SubjectAlternativeName([nom_alternatif(san) for san in sans]), critical=False
            )
        for extension in publication.extensions() if publication else ():
            constructeur = constructeur.add_extension(extension, critical=False)
        return constructeur.sign(self.cle, hashes.SHA256())

    def _identifiant(self) -> x509.AuthorityKeyIdentifier:
        extension = self.certificat.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
        return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(extension.value)


def nom_alternatif(san: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(san))
    except ValueError:
        return x509.RFC822Name(san) if "@" in san else x509.DNSName(san)


def _autorite(
    sujet: x509.Name, emetteur: x509.Name, cle: CleX509, maintenant: datetime, *, longueur: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(sujet)
        .issuer_name(emetteur)
        .public_key(cle.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(maintenant - timedelta(days=1))
        .not_valid_after(maintenant + DUREE_AUTORITE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=longueur), critical=True)
        .add_extension(_usage_cle(feuille=False), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(cle.public_key()), critical=False)
    )


def _usage_cle(*, feuille: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=feuille,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=not feuille,
        crl_sign=not feuille,
        encipher_only=False,
        decipher_only=False,
    )
