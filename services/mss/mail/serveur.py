"""The two listeners of the mail face: start, stop, and the TLS they offer (mssante.md §2.1)."""

import asyncio
import contextlib
import ipaddress
import ssl
import tempfile
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from services.mss.mail.bord import BordMail
from services.mss.mail.connexion import TAMPON, Connexion, ConnexionFermee
from services.mss.mail.imap.session import SessionImap
from services.mss.mail.smtp import SessionSmtp

log = structlog.get_logger(__name__)

SUITES = "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-SHA384:ECDHE-RSA-AES128-SHA256"
"""The four suites of ECO.1.1.3; the key must be RSA. TLS 1.3 suites stay on unless the maximum says otherwise."""

CONNEXIONS_MAX = 500


@dataclass(frozen=True, slots=True)
class MailOptions:
    """Where to listen and with which certificate; port 0 lets the system choose, ports are told by ``mail_ports``."""

    host: str = "127.0.0.1"
    smtp_port: int = 8587
    imap_port: int = 8143
    certificat: Path | None = None
    cle: Path | None = None
    tls: ssl.SSLContext | None = None


def contexte_tls(certificat: Path, cle: Path) -> ssl.SSLContext:
    contexte = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    contexte.minimum_version = ssl.TLSVersion.TLSv1_2
    contexte.set_ciphers(SUITES)
    contexte.load_cert_chain(certificat, cle)
    return contexte


def contexte_ephemere(nom: str) -> ssl.SSLContext:
    """A certificate of its own for a service that runs alone without the test PKI: TLS works, trust does not."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.x509.oid import NameOID

    cle = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    sujet = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, nom)])
    noms = [x509.DNSName(nom), x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    maintenant = datetime.now(UTC)
    certificat = (
        x509.CertificateBuilder()
        .subject_name(sujet)
        .issuer_name(sujet)
        .public_key(cle.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(maintenant - timedelta(days=1))
        .not_valid_after(maintenant + timedelta(days=365))
        .add_extension(x509.SubjectAlternativeName(noms), critical=False)
        .sign(cle, hashes.SHA256())
    )
    with tempfile.TemporaryDirectory() as dossier:
        chemin_certificat, chemin_cle = Path(dossier) / "cert.pem", Path(dossier) / "cle.pem"
        chemin_certificat.write_bytes(certificat.public_bytes(serialization.Encoding.PEM))
        chemin_cle.write_bytes(
            cle.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return contexte_tls(chemin_certificat, chemin_cle)


class ServeurMail:
    """SMTP and IMAP on the running loop."""

    def __init__(self, bord: BordMail, options: MailOptions) -> None:
        self._bord = bord
        self._options = options
        self._tls: ssl.SSLContext | None = None
        self._ecoutes: list[asyncio.Server] = []
        self._taches: set[asyncio.Task[Any]] = set()
        self.ports: dict[str, int] = {}

    async def start(self) -> None:
        options = self._options
        if options.tls is not None:
            self._tls = options.tls
        elif options.certificat is not None and options.cle is not None:
            self._tls = contexte_tls(options.certificat, options.cle)
        else:
            self._tls = await asyncio.to_thread(contexte_ephemere, self._bord.settings.courrier_nom)
        await self._ouvrir("smtp", options.smtp_port, lambda c: SessionSmtp(c, self._bord).servir())
        await self._ouvrir("imap", options.imap_port, lambda c: SessionImap(c, self._bord).servir())
        log.info("mail.ouvert", **self.ports)

    async def _ouvrir(self, nom: str, port: int, servir: Callable[[Connexion], Coroutine[Any, Any, None]]) -> None:
        async def accueillir(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            tache = asyncio.current_task()
            assert tache is not None
            if len(self._taches) >= CONNEXIONS_MAX:
                writer.close()
                return
            self._taches.add(tache)
            connexion = Connexion(reader, writer, self._tls, delai=1800 if nom == "imap" else 300)
            try:
                await servir(connexion)
            except ConnexionFermee:
                pass
            except asyncio.CancelledError:
                adieu = b"421 4.7.0 session closed\r\n" if nom == "smtp" else b"* BYE session closed\r\n"
                with contextlib.suppress(ConnexionFermee, TimeoutError):
                    async with asyncio.timeout(1):
                        await connexion.ecrire(adieu)
            except Exception as erreur:
                log.error("mail.defaut", protocole=nom, erreur=type(erreur).__name__, exc_info=erreur)
            finally:
                self._taches.discard(tache)
                await connexion.fermer()

        ecoute = await asyncio.start_server(accueillir, self._options.host, port, limit=TAMPON)
        self._ecoutes.append(ecoute)
        self.ports[nom] = int(ecoute.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        for ecoute in self._ecoutes:
            ecoute.close()
        for tache in list(self._taches):
            tache.cancel()
        if self._taches:
            await asyncio.wait(list(self._taches), timeout=3)
        for ecoute in self._ecoutes:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(2):
                    await ecoute.wait_closed()
        self._ecoutes.clear()
