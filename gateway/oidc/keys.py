"""The keys of a bac: two RSA keys in the JWKS, a secret for refresh tokens, and a pool that never makes anyone wait.

Generating and signing release the interpreter lock, so both run in a small thread pool (architecture §10). Keys are
loaded once and kept as objects; the JWKS is kept as bytes.
"""

import asyncio
import base64
import hashlib
import json
import secrets
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import orjson
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from joserfc import jws
from joserfc.jwk import RSAKey

BITS = 2048
T = TypeVar("T")
_OUVRIERS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="cles")


def b64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class CleRsa:
    """A private key with its public face, certificate included as Keycloak publishes it."""

    kid: str
    use: str
    alg: str
    privee: rsa.RSAPrivateKey
    certificat: bytes
    jose: RSAKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "jose", RSAKey.import_key(self.privee))

    def jwk(self) -> dict[str, Any]:
        """Members and order of the platform's JWKS (PSC §2.5); never a private member."""
        nombres = self.privee.public_key().public_numbers()
        return {
            "kid": self.kid,
            "kty": "RSA",
            "alg": self.alg,
            "use": self.use,
            "x5c": [base64.b64encode(self.certificat).decode()],
            "x5t": b64url(hashlib.sha1(self.certificat, usedforsecurity=False).digest()),
            "x5t#S256": b64url(hashlib.sha256(self.certificat).digest()),
            "n": b64url(nombres.n.to_bytes((nombres.n.bit_length() + 7) // 8, "big")),
            "e": b64url(nombres.e.to_bytes(3, "big")),
        }

    def signer(self, claims: Mapping[str, Any], typ: str = "JWT") -> str:
        """A compact RS256 JWS. Blocking: call it through :func:`en_fond`."""
        en_tete = {"alg": "RS256", "typ": typ, "kid": self.kid}
        return jws.serialize_compact(en_tete, orjson.dumps(claims), self.jose, algorithms=["RS256"])

    def to_json(self) -> dict[str, str]:
        pem = self.privee.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return {
            "kid": self.kid,
            "use": self.use,
            "alg": self.alg,
            "pem": pem.decode(),
            "certificat": base64.b64encode(self.certificat).decode(),
        }

    @classmethod
    def from_json(cls, d: Mapping[str, str]) -> "CleRsa":
        privee = serialization.load_pem_private_key(d["pem"].encode(), password=None)
        if not isinstance(privee, rsa.RSAPrivateKey):
            raise TypeError("not an RSA key")
        return cls(d["kid"], d["use"], d["alg"], privee, base64.b64decode(d["certificat"]))


def generer(use: str, alg: str) -> CleRsa:
    """A fresh key with a self-signed certificate named after the realm. Blocking: tens of milliseconds."""
    privee = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    nom = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "esante-wallet (bac a sante, TEST)")])
    debut = datetime.now(UTC) - timedelta(days=1)
    certificat = (
        x509.CertificateBuilder()
        .subject_name(nom)
        .issuer_name(nom)
        .public_key(privee.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(debut)
        .not_valid_after(debut + timedelta(days=3650))
        .sign(privee, hashes.SHA256())
    )
    return CleRsa(
        b64url(secrets.token_bytes(32)), use, alg, privee, certificat.public_bytes(serialization.Encoding.DER)
    )


@dataclass(frozen=True, slots=True)
class Trousseau:
    """The key ring of one bac. ``anciennes`` still verify, the first of ``signature`` signs."""

    signature: CleRsa
    chiffrement: CleRsa
    secret: bytes
    anciennes: tuple[CleRsa, ...] = ()
    _jwks: list[bytes] = field(default_factory=list, repr=False, compare=False)

    def jwks(self) -> bytes:
        """The encryption key comes first: a client that takes the first key breaks here rather than in production."""
        if not self._jwks:
            cles = [self.chiffrement, self.signature, *self.anciennes]
            self._jwks.append(orjson.dumps({"keys": [c.jwk() for c in cles]}))
        return self._jwks[0]

    def verificatrices(self) -> tuple[CleRsa, ...]:
        return (self.signature, *self.anciennes)

    def tournee(self, nouvelle: CleRsa) -> "Trousseau":
        """A new signing key; the two last old ones stay published so that living tokens verify."""
        return Trousseau(nouvelle, self.chiffrement, self.secret, (self.signature, *self.anciennes)[:2])

    def to_json(self) -> str:
        return json.dumps(
            {
                "signature": self.signature.to_json(),
                "chiffrement": self.chiffrement.to_json(),
                "secret": b64url(self.secret),
                "anciennes": [c.to_json() for c in self.anciennes],
            }
        )

    @classmethod
    def from_json(cls, texte: str) -> "Trousseau":
        d = json.loads(texte)
        return cls(
            CleRsa.from_json(d["signature"]),
            CleRsa.from_json(d["chiffrement"]),
            base64.urlsafe_b64decode(d["secret"] + "=" * (-len(d["secret"]) % 4)),
            tuple(CleRsa.from_json(c) for c in d["anciennes"]),
        )


def trousseau_neuf() -> Trousseau:
    return Trousseau(generer("sig", "RS256"), generer("enc", "RSA-OAEP"), secrets.token_bytes(64))


class Reserve:
    """Key rings made ahead, in the background, so that a new bac costs milliseconds (ruling 11.21)."""

    def __init__(self, taille: int = 2) -> None:
        self.taille = taille
        self._pretes: deque[Trousseau] = deque()
        self._en_cours = 0
        self._taches: set[asyncio.Task[None]] = set()

    async def prendre(self) -> Trousseau:
        """A ring from the pool, or a new one made in a thread when the pool is dry; refills behind itself."""
        trousseau = self._pretes.popleft() if self._pretes else None
        self.remplir()
        if trousseau is None:
            trousseau = await asyncio.get_running_loop().run_in_executor(_OUVRIERS, trousseau_neuf)
        return trousseau

    def remplir(self) -> None:
        while len(self._pretes) + self._en_cours < self.taille:
            self._en_cours += 1
            tache = asyncio.get_running_loop().create_task(self._fabriquer())
            self._taches.add(tache)
            tache.add_done_callback(self._taches.discard)

    async def _fabriquer(self) -> None:
        try:
            self._pretes.append(await asyncio.get_running_loop().run_in_executor(_OUVRIERS, trousseau_neuf))
        finally:
            self._en_cours -= 1

    async def fermer(self) -> None:
        """Wait for the keys being made: a thread must not outlive the loop that reads it."""
        await asyncio.gather(*self._taches, return_exceptions=True)


async def en_fond(fonction: Callable[..., T], *args: Any) -> T:
    """Run a blocking cryptographic function in the small pool."""
    return await asyncio.get_running_loop().run_in_executor(_OUVRIERS, fonction, *args)
