"""Mutated SOAP envelopes, SMTP and IMAP streams: refused in their dialect, no hang, and the next caller is served.

``BACASANTE_GRAINE`` replays a run, ``BACASANTE_FUZZ`` sets how many mutants of each sample are tried.
"""

import asyncio
import base64
import contextlib
import os
import random
import re
import ssl
from collections.abc import AsyncIterator

import pytest
from lxml import etree

from services.adri.soap.messages import ACTION as ADRI
from services.apcv.soap.messages import RESTITUER, SIGNER
from services.ins.soap.messages import ACTION_TRAITS
from tests import lps
from tests.api.adri.test_adri_soap import message as message_adri
from tests.api.apcv.test_lps import signature
from tests.api.ins.test_insi_soap import CAMILLE
from tests.suite import Maison, maison

MUTANTS = int(os.environ.get("BACASANTE_FUZZ", "25"))
GRAINE = int(os.environ.get("BACASANTE_GRAINE", "20260115"))
PATIENCE = 10.0
BOITE = "alice.verdier@medecin.mssante.fr"

ENVELOPPES = {
    ACTION_TRAITS: lps.enveloppe(ACTION_TRAITS, CAMILLE),
    ADRI: message_adri(),
    SIGNER: lps.enveloppe(SIGNER, signature("CTX-0123456789"), bam=""),
    RESTITUER: lps.enveloppe(RESTITUER, "<a/>", bam=""),
}
ORDURES = (
    b"\x00",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"&bombe;",
    b"<!DOCTYPE a [<!ENTITY bombe SYSTEM 'file:///etc/passwd'>]>",
    b"<![CDATA[",
    b"]]>",
    b"<!--",
    b"<?xml version='1.1' encoding='utf-16'?>",
    b"A" * 5000,
    b"<a>" * 2000,
    b" xmlns=''",
    b"'\"",
    "é💊".encode(),
    b"\r\n",
    b"-1",
    b"9" * 400,
    b"1e999",
    b"{99999999999}",
    b"(" * 600,
)


def muter(hasard: random.Random, brut: bytes) -> bytes:
    """One to three accidents: cut, repeat, flip, insert, swap."""
    for _ in range(hasard.randint(1, 3)):
        a, b = sorted(hasard.randrange(len(brut) + 1) for _ in range(2))
        b = min(b, a + 200)
        match hasard.randrange(6):
            case 0:
                brut = brut[:a] + brut[b:]
            case 1:
                brut = brut[:b] + brut[a:b] + brut[b:]
            case 2:
                brut = brut[:a] + bytes([hasard.randrange(256)]) + brut[a + 1 :]
            case 3:
                brut = brut[:a] + hasard.choice(ORDURES) + brut[a:]
            case 4:
                brut = brut[:a] + hasard.choice(ORDURES) + brut[b:]
            case _:
                brut = brut[:a] if hasard.random() < 0.3 else brut[:a] + brut[a:].swapcase()
    return brut


@pytest.fixture(scope="module")
async def m(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Maison]:
    """The clock stands still: samples stay fresh, tokens too."""
    async with maison(tmp_path_factory.mktemp("suite")) as m:
        fige = {"mode": "frozen", "at": lps.MAINTENANT.isoformat()}
        assert (await m.client.put("/_bac/clock", json=fige)).status_code == 200
        yield m


# ── SOAP ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("action", ENVELOPPES, ids=lambda a: str(a).rsplit(":", 1)[-1])
async def test_a_mutated_envelope_gets_a_published_fault_at_worst(m: Maison, action: str) -> None:
    hasard = random.Random(f"{GRAINE}{action}")
    saine = await m.client.post("/lps", content=ENVELOPPES[action], headers=lps.TYPE)
    plaintes = []
    for _ in range(8 * MUTANTS):
        mutant = muter(hasard, ENVELOPPES[action])
        type_ = lps.TYPE if hasard.random() < 0.9 else {"Content-Type": "text/xml"}
        reponse = await asyncio.wait_for(m.client.post("/lps", content=mutant, headers=type_), PATIENCE)
        if (plainte := _plainte(reponse.status_code, reponse.content)) is not None:
            plaintes.append(f"{plainte}: {reponse.text[:200]} for {mutant[:3000]!r}")
    assert not plaintes, "\n".join(plaintes)
    encore = await m.client.post("/lps", content=ENVELOPPES[action], headers=lps.TYPE)
    assert encore.status_code == saine.status_code


def _plainte(statut: int, contenu: bytes) -> str | None:
    """What is wrong with an answer of ``/lps``: not SOAP, or a failure that names no rule."""
    if b"BAC-BUG" in contenu or b"Traceback" in contenu:
        return f"{statut} shows a defect"
    if statut == 415 and b"BAC-SOAP-02" in contenu:
        return None  # not SOAP 1.2: said to whoever speaks something else
    try:
        racine = etree.fromstring(contenu)
    except etree.XMLSyntaxError:
        return f"{statut} is not XML"
    if not str(racine.tag).endswith("}Envelope"):
        return f"{statut} is not an envelope"
    if statut >= 400 and b"Fault" not in contenu:
        return f"{statut} without a fault"
    if statut >= 500 and b"urn:bacasante:regle" not in contenu:
        return f"{statut} names no rule"
    return None


# ── mail ────────────────────────────────────────────────────────────────────────────────────────────────────────────

SMTP = (
    b"EHLO client.test",
    b"HELO client.test",
    b"MAIL FROM:<alice.verdier@medecin.mssante.fr> SIZE=1000 BODY=8BITMIME",
    b"RCPT TO:<285076311304226@patient.mssante.fr>",
    b"DATA",
    b"RSET",
    b"VRFY alice",
    b"AUTH XOAUTH2 dXNlcj1h",
    b"BDAT 10 LAST",
    b"NOOP",
)
IMAP = (
    b"CAPABILITY",
    b"SELECT INBOX",
    b"SEARCH CHARSET UTF-8 HEADER Message-ID <a@b>",
    b"UID FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT FROM)] RFC822.SIZE)",
    b"FETCH 1 (BODY[1.2.MIME]<0.100> ENVELOPE BODYSTRUCTURE)",
    b"STORE 1:3 +FLAGS.SILENT (\\Seen $x)",
    b'LIST "" "*"',
    b'CREATE "dossier {4}"',
    b"RENAME a b",
    b"STATUS INBOX (MESSAGES UIDNEXT UNSEEN)",
    b'APPEND INBOX (\\Seen) "15-Jan-2026 09:00:00 +0000" {12}',
    b"COPY 1,2:4,* Trash",
    b"UID EXPUNGE 4294967295",
    b"IDLE",
    b'LOGIN "a" {3}',
    b"AUTHENTICATE XOAUTH2 dXNlcj1h",
)


class Fil:
    """One TLS connection of a mail client; every wait is bounded."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def ouvrir(cls, port: int, salut: bytes, racine: ssl.SSLContext) -> "Fil":
        fil = cls(*await asyncio.open_connection("127.0.0.1", port))
        await fil.ligne()
        await fil.envoyer(salut)
        while not (await fil.ligne()).startswith((b"220", b"t OK")):
            pass
        await fil.writer.start_tls(racine, server_hostname="localhost")
        return fil

    async def ligne(self) -> bytes:
        """The next line, empty when the server has closed."""
        try:
            return await asyncio.wait_for(self.reader.readline(), PATIENCE)
        except (ConnectionError, ssl.SSLError):
            return b""

    async def envoyer(self, ligne: bytes) -> None:
        """A server that has closed meanwhile is seen by the next read."""
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            self.writer.write(ligne + b"\r\n")
            await asyncio.wait_for(self.writer.drain(), PATIENCE)

    async def fermer(self) -> None:
        self.writer.close()
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            await asyncio.wait_for(self.writer.wait_closed(), PATIENCE)


async def _racine(m: Maison) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=(await m.client.get("/pki/ca.pem")).text)


def _port(m: Maison, voie: str) -> int:
    ports: dict[str, int] = m.suite.services["mss"].state.mail_ports
    return ports[voie]


async def _xoauth2(m: Maison) -> bytes:
    return base64.b64encode(f"user={BOITE}\x01auth=Bearer {await m.jeton()}\x01\x01".encode())


def _commande(hasard: random.Random, exemples: tuple[bytes, ...]) -> bytes:
    """One line, mutated half of the time; a line end inside would make it several."""
    ligne = hasard.choice(exemples)
    if hasard.random() < 0.7:
        ligne = muter(hasard, ligne)
    return ligne.replace(b"\r", b"").replace(b"\n", b"")


async def _smtp(m: Maison) -> Fil:
    fil = await Fil.ouvrir(_port(m, "smtp"), b"STARTTLS", await _racine(m))
    await fil.envoyer(b"EHLO client.test")
    while (await fil.ligne())[3:4] == b"-":
        pass
    return fil


async def _reponse_smtp(fil: Fil) -> bytes:
    while (ligne := await fil.ligne())[3:4] == b"-":
        pass
    return ligne


@pytest.mark.parametrize("connecte", [False, True], ids=["anonymous", "signed in"])
async def test_a_mutated_smtp_dialogue_is_answered_line_by_line(m: Maison, connecte: bool) -> None:
    hasard = random.Random(f"{GRAINE}smtp{connecte}")

    async def ouvrir() -> Fil:
        fil = await _smtp(m)
        if connecte:
            await fil.envoyer(b"AUTH XOAUTH2 " + await _xoauth2(m))
            assert (await _reponse_smtp(fil)).startswith(b"235")
        return fil

    fil = await ouvrir()
    for _ in range(4 * MUTANTS):
        commande = _commande(hasard, SMTP)
        await fil.envoyer(commande)
        reponse = await _reponse_smtp(fil)
        while reponse.startswith((b"334", b"354")):
            await fil.envoyer(b"*" if reponse.startswith(b"334") else muter(hasard, b"Subject: x\r\n\r\ny") + b"\r\n.")
            reponse = await _reponse_smtp(fil)
        assert reponse == b"" or (reponse[:3].isdigit() and reponse[:1] in b"245"), (commande, reponse)
        if reponse[:3] in (b"", b"421", b"221"):
            await fil.fermer()
            fil = await ouvrir()
    await fil.fermer()
    neuf = await _smtp(m)
    await neuf.envoyer(b"AUTH XOAUTH2 " + await _xoauth2(m))
    assert (await _reponse_smtp(neuf)).startswith(b"235")
    await neuf.fermer()


async def _imap(m: Maison, *, connecte: bool) -> Fil:
    fil = await Fil.ouvrir(_port(m, "imap"), b"t STARTTLS", await _racine(m))
    if connecte:
        await fil.envoyer(b"u AUTHENTICATE XOAUTH2 " + await _xoauth2(m))
        while not (ligne := await fil.ligne()).startswith(b"u "):
            assert ligne, "closed while signing in"
        assert ligne.startswith(b"u OK"), ligne
    return fil


async def _reponse_imap(fil: Fil, etiquette: bytes, commande: bytes = b"") -> bytes:
    """Up to the tagged line, a refusal without a tag, a request for more, or the end of the connection."""
    while True:
        try:
            ligne = await fil.ligne()
        except TimeoutError:
            raise AssertionError(f"no answer to {commande!r}") from None
        if not ligne or ligne.startswith((etiquette + b" ", b"* BAD", b"* BYE", b"+")):
            return ligne


def _suite(commande: bytes) -> bytes | None:
    """What a client sends after ``+``: its literal, the end of IDLE, or the end of an authentication."""
    if (litteral := re.search(rb"\{(\d+)\}$", commande)) is not None:
        return b"x" * int(litteral[1]) if int(litteral[1]) <= 1000 else None
    return b"DONE" if commande.upper().startswith(b"IDLE") else b"*"


@pytest.mark.parametrize("connecte", [False, True], ids=["anonymous", "signed in"])
async def test_a_mutated_imap_dialogue_is_answered_command_by_command(m: Maison, connecte: bool) -> None:
    hasard = random.Random(f"{GRAINE}imap{connecte}")
    fil = await _imap(m, connecte=connecte)
    for rang in range(4 * MUTANTS):
        etiquette = f"a{rang}".encode()
        commande = _commande(hasard, IMAP)
        await fil.envoyer(etiquette + b" " + commande)
        reponse = await _reponse_imap(fil, etiquette, commande)
        if reponse.startswith(b"+") and (suite := _suite(commande)) is not None:
            await fil.envoyer(suite)
            reponse = await _reponse_imap(fil, etiquette, commande)
        if reponse.startswith((b"+", b"* BYE")) or not reponse:
            await fil.fermer()  # asked for more than we have: as a client that goes away
            fil = await _imap(m, connecte=connecte)
    await fil.fermer()
    neuf = await _imap(m, connecte=True)
    await neuf.envoyer(b"z SELECT INBOX")
    assert (await _reponse_imap(neuf, b"z")).startswith(b"z OK")
    await neuf.fermer()
