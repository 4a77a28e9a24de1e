"""One client of the mail face: bounded lines and literals, idle timeout, and STARTTLS; SMTP and IMAP both sit on it.

After STARTTLS a fresh reader replaces the old one, so nothing sent in clear before the handshake is ever read as a
command (RFC 3207 §6).
"""

import asyncio
import contextlib
import ssl

LIGNE_MAX = 64 * 1024
TAMPON = 256 * 1024


class ConnexionFermee(Exception):
    """The client is gone, or must go."""


class LigneTropLongue(Exception):
    """A line over the bound; it was read to its end and thrown away."""


class Connexion:
    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        contexte_tls: ssl.SSLContext | None,
        *,
        delai: float = 300.0,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._tls = contexte_tls
        self._delai = delai
        self.chiffree = False
        pair = writer.get_extra_info("peername")
        self.pair = f"{pair[0]}:{pair[1]}" if pair else "?"

    @property
    def peut_chiffrer(self) -> bool:
        return self._tls is not None and not self.chiffree

    async def ligne(self, *, limite: int = LIGNE_MAX, delai: float | None = None) -> bytes:
        """The next line without its end."""
        try:
            async with asyncio.timeout(delai or self._delai):
                brute = await self._reader.readuntil(b"\n")
        except asyncio.LimitOverrunError:
            await self._jeter_la_ligne()
            raise LigneTropLongue from None
        except (asyncio.IncompleteReadError, ConnectionError, TimeoutError, ssl.SSLError) as erreur:
            raise ConnexionFermee from erreur
        if len(brute) > limite + 2:
            raise LigneTropLongue
        return brute.rstrip(b"\r\n")

    async def _jeter_la_ligne(self) -> None:
        jetes = 0
        while jetes < 16 * TAMPON:
            try:
                async with asyncio.timeout(self._delai):
                    await self._reader.readuntil(b"\n")
                return
            except asyncio.LimitOverrunError as erreur:
                jetes += erreur.consumed
                await self._reader.readexactly(erreur.consumed)
            except (asyncio.IncompleteReadError, ConnectionError, TimeoutError, ssl.SSLError) as erreur:
                raise ConnexionFermee from erreur
        raise ConnexionFermee

    async def exactement(self, taille: int) -> bytes:
        try:
            async with asyncio.timeout(self._delai):
                return await self._reader.readexactly(taille)
        except (asyncio.IncompleteReadError, ConnectionError, TimeoutError, ssl.SSLError) as erreur:
            raise ConnexionFermee from erreur

    async def jeter(self, taille: int) -> None:
        """Read and forget what is too big to keep."""
        while taille > 0:
            morceau = min(taille, TAMPON)
            await self.exactement(morceau)
            taille -= morceau

    async def ecrire(self, octets: bytes) -> None:
        try:
            self._writer.write(octets)
            async with asyncio.timeout(self._delai):
                await self._writer.drain()
        except (ConnectionError, TimeoutError, RuntimeError, ssl.SSLError) as erreur:
            raise ConnexionFermee from erreur

    async def passer_en_tls(self, annonce: bytes) -> None:
        """Say ``annonce``, then shake hands. Reading is paused first: the client's hello belongs to TLS."""
        assert self._tls is not None
        transport = self._writer.transport
        transport.pause_reading()  # type: ignore[attr-defined]  # every stream transport reads
        await self.ecrire(annonce)
        boucle = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=TAMPON, loop=boucle)
        protocole = asyncio.StreamReaderProtocol(reader, loop=boucle)
        try:
            chiffre = await boucle.start_tls(
                transport, protocole, self._tls, server_side=True, ssl_handshake_timeout=30
            )
        except (OSError, TimeoutError) as erreur:
            raise ConnexionFermee from erreur
        if chiffre is None:
            raise ConnexionFermee
        protocole.connection_made(chiffre)
        self._reader = reader
        self._writer = asyncio.StreamWriter(chiffre, protocole, reader, boucle)
        self.chiffree = True

    async def fermer(self) -> None:
        with contextlib.suppress(Exception):
            self._writer.close()
            async with asyncio.timeout(2):
                await self._writer.wait_closed()

    def couper(self) -> None:
        """Drop the connection without a word."""
        with contextlib.suppress(Exception):
            self._writer.transport.abort()
