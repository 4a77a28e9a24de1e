"""Mail as an ordinary client does it: ``smtplib`` and ``imaplib``, in a thread so that the service can answer."""

import base64
import email
import imaplib
import smtplib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from typing import Any, TypeVar

from anyio import to_thread

from tests.banc import Banc

T = TypeVar("T")
NOMS = {"verdier-mg": "alice.verdier@medecin.mssante.fr", "martin-mg": "marie.martin@medecin.mssante.fr"}
VERDIER = NOMS["verdier-mg"]
MARTIN = NOMS["martin-mg"]
BLANC_VALMONT = "285076311304226@patient.mssante.fr"


def xoauth2(boite: str, jeton: str) -> str:
    return f"user={boite}\x01auth=Bearer {jeton}\x01\x01"


def message(de: str = VERDIER, a: str = MARTIN, objet: str = "Avis", **entetes: str) -> EmailMessage:
    m = EmailMessage(policy=policy.SMTP)
    m["From"] = f"Dr_Alice_VERDIER <{de}>"
    m["To"] = a
    m["Subject"] = objet
    m["Message-ID"] = entetes.pop("message_id", f"<{abs(hash((de, a, objet)))}@medecin.mssante.fr>")
    m["X-MSS-NIL"] = "12345-67890"
    for nom, valeur in entetes.items():
        m[nom.replace("_", "-")] = valeur
    m.set_content("Bonjour,\n\n.ceci commence par un point.\nBien à vous, été compris.\n")
    return m


@dataclass
class Courrier:
    b: Banc
    ports: dict[str, int]
    confiance: ssl.SSLContext

    async def smtp(self, faire: Callable[[smtplib.SMTP], T], slug: str = "verdier-mg", **connexion: Any) -> T:
        """Run ``faire`` on an authenticated SMTP connection."""
        jeton = connexion.pop("jeton", None) or self.b.jeton(slug)
        boite = connexion.pop("boite", None) or NOMS[slug]

        def dans_un_fil() -> T:
            with smtplib.SMTP("localhost", self.ports["smtp"], timeout=10) as client:
                client.starttls(context=self.confiance)
                client.ehlo("lps.example")
                client.auth("XOAUTH2", lambda defi=None: "" if defi else xoauth2(boite, jeton))
                return faire(client)

        return await to_thread.run_sync(dans_un_fil)

    async def imap(self, faire: Callable[[imaplib.IMAP4], T], slug: str = "verdier-mg", **connexion: Any) -> T:
        jeton = connexion.pop("jeton", None) or self.b.jeton(slug)
        boite = connexion.pop("boite", None) or NOMS[slug]

        def dans_un_fil() -> T:
            with imaplib.IMAP4("localhost", self.ports["imap"], timeout=10) as client:
                client.starttls(self.confiance)
                client.authenticate("XOAUTH2", lambda defi: b"" if defi else xoauth2(boite, jeton).encode())
                return faire(client)

        return await to_thread.run_sync(dans_un_fil)

    async def envoyer(self, m: EmailMessage, *, de: str = VERDIER, slug: str = "verdier-mg", **options: Any) -> Any:
        a = [x.strip() for x in m["To"].split(",")]
        return await self.smtp(lambda c: c.sendmail(de, a, m.as_bytes(), **options), slug)

    async def boite(self, slug: str = "verdier-mg", dossier: str = "INBOX") -> list[EmailMessage]:
        """Every message of a folder, as ``imaplib`` reads it."""

        def lire(client: imaplib.IMAP4) -> list[EmailMessage]:
            client.select(dossier, readonly=True)
            _, [numeros] = client.search(None, "ALL")
            lus: list[EmailMessage] = []
            for numero in numeros.split():
                [reponse, *_] = client.fetch(numero.decode(), "(BODY.PEEK[])")[1]
                assert isinstance(reponse, tuple)
                lus.append(email.message_from_bytes(reponse[1], policy=policy.SMTP))
            return lus

        return await self.imap(lire, slug)


class Brut:
    """A socket that speaks IMAP or SMTP by hand, for what the libraries never send."""

    def __init__(self, port: int, confiance: ssl.SSLContext) -> None:
        self.prise: socket.socket = socket.create_connection(("localhost", port), timeout=10)
        self._confiance = confiance
        self._tampon = b""
        self.ligne()

    def ligne(self) -> str:
        while b"\r\n" not in self._tampon:
            recu = self.prise.recv(65536)
            if not recu:
                return ""
            self._tampon += recu
        ligne, _, self._tampon = self._tampon.partition(b"\r\n")
        return ligne.decode("utf-8", "replace")

    def dire(self, octets: bytes) -> None:
        self.prise.sendall(octets)

    def jusqua(self, etiquette: str) -> list[str]:
        lignes = []
        while True:
            lignes.append(self.ligne())
            if lignes[-1].startswith(etiquette + " ") or not lignes[-1]:
                return lignes

    def chiffrer(self) -> None:
        self.dire(b"t STARTTLS\r\n")
        assert self.jusqua("t")[-1].startswith("t OK")
        self.prise = self._confiance.wrap_socket(self.prise, server_hostname="localhost")

    def ouvrir(self, jeton: str) -> None:
        self.chiffrer()
        self.dire(b"a AUTHENTICATE XOAUTH2 " + base64.b64encode(xoauth2(VERDIER, jeton).encode()) + b"\r\n")
        assert self.jusqua("a")[-1].startswith("a OK")
