"""An SMTP session before any mail: greeting, STARTTLS, AUTH, answers (RFC 5321 §4, RFC 3207, RFC 4954)."""

from collections.abc import Awaitable, Callable

from services.mss.domain import sasl
from services.mss.domain.refus import reponse_smtp
from services.mss.mail.bord import BordMail, Echange, SessionFermee, Titulaire, noter_refus
from services.mss.mail.connexion import Connexion, LigneTropLongue
from services.mss.mail.smtp_syntaxe import Transaction
from services.mss.usecases.professionnel import BoiteInterdite
from shared.auth.tokens import JetonRefuse
from shared.errors import DomainError, Introuvable, NonAuthentifie

LIGNE_COMMANDE_MAX = 2048
LIGNE_SASL_MAX = 16 * 1024
ERREURS_MAX = 25


class Fin(Exception):
    """Close the connection after the answer that was sent."""


class SessionDeBase:
    """One connection; what carries mail is added by :class:`services.mss.mail.smtp.SessionSmtp`."""

    def __init__(self, connexion: Connexion, bord: BordMail) -> None:
        self.connexion = connexion
        self.bord = bord
        self.titulaire: Titulaire | None = None
        self.salue = False
        self.etendu = False
        self.transaction = Transaction()
        self.erreurs = 0
        self._commandes: dict[str, Callable[[str], Awaitable[None]]] = {
            "EHLO": self._ehlo,
            "HELO": self._helo,
            "STARTTLS": self._starttls,
            "AUTH": self._auth,
            "RSET": self._rset,
            "NOOP": self._noop,
            "QUIT": self._quit,
            "VRFY": self._vrfy,
            "HELP": self._help,
        }

    async def servir(self) -> None:
        await self._dire(220, f"{self.bord.settings.courrier_nom} ESMTP Bac a Sante (bac a sable)")
        while True:
            try:
                await self._une_commande()
            except LigneTropLongue:
                await self._erreur(500, "5.5.6 line too long")
            except Fin:
                return
            except SessionFermee:
                await self._dire(421, "4.7.0 the Pro Sante Connect session is closed, sign in again")
                return

    async def _une_commande(self) -> None:
        brute = await self.connexion.ligne(limite=LIGNE_SASL_MAX)
        if brute[:5].upper() != b"AUTH " and len(brute) > LIGNE_COMMANDE_MAX:
            raise LigneTropLongue
        try:
            ligne = brute.decode("ascii")
        except UnicodeDecodeError:
            await self._erreur(500, "5.5.2 commands are ASCII (SMTPUTF8 is not offered)")
            return
        nom, _, reste = ligne.partition(" ")
        if "\x00" in ligne or "\r" in ligne:
            await self._erreur(500, "5.5.2 control character in a command")
            return
        commande = self._commandes.get(nom.upper())
        if commande is None:
            await self._erreur(500, f"5.5.1 unknown command {nom[:20]!r}")
            return
        if self.titulaire is not None:
            await self.bord.encore_ouverte(self.titulaire)
        await commande(reste.strip())

    # -- answers ---------------------------------------------------------------------------------------------------

    async def _dire(self, code: int, texte: str) -> None:
        await self.connexion.ecrire(f"{code} {texte}\r\n".encode("ascii", "replace"))

    async def _erreur(self, code: int, texte: str) -> None:
        self.erreurs += 1
        if self.erreurs >= ERREURS_MAX:
            await self._dire(421, "4.7.0 too many errors")
            raise Fin
        await self._dire(code, texte)

    async def _repondre(self, echange: Echange, code: int, texte: str) -> None:
        """Report, then answer: whoever reads the answer can ask why at once."""
        echange.statut = code
        echange.reponse = f"{code} {texte}"
        if self.titulaire is not None:
            await self.bord.rapporter(self.titulaire, echange)
            texte = f"{texte} (journal {echange.id})"
        if code >= 400:
            await self._erreur(code, texte)
        else:
            await self._dire(code, texte)

    async def _refuser(self, echange: Echange, erreur: DomainError) -> None:
        noter_refus(erreur)
        code, statut, texte = reponse_smtp(erreur)
        await self._repondre(echange, code, f"{statut} {texte}")

    # -- greeting, TLS, authentication -----------------------------------------------------------------------------

    async def _ehlo(self, nom: str) -> None:
        if not nom:
            await self._erreur(501, "5.5.4 syntax: EHLO hostname")
            return
        self.salue = self.etendu = True
        self.transaction = Transaction()
        lignes = [self.bord.settings.courrier_nom]
        if self.connexion.peut_chiffrer:
            lignes.append("STARTTLS")
        if self.connexion.chiffree and self.titulaire is None:
            lignes.append("AUTH " + " ".join(self.bord.settings.mecanismes))
        lignes += [f"SIZE {self.bord.settings.taille_max}", "8BITMIME", "PIPELINING", "DSN", "ENHANCEDSTATUSCODES"]
        rendues = [f"250-{ligne}" for ligne in lignes[:-1]] + [f"250 {lignes[-1]}"]
        await self.connexion.ecrire("".join(f"{ligne}\r\n" for ligne in rendues).encode())

    async def _helo(self, nom: str) -> None:
        if not nom:
            await self._erreur(501, "5.5.4 syntax: HELO hostname")
            return
        self.salue, self.etendu = True, False
        self.transaction = Transaction()
        await self._dire(250, self.bord.settings.courrier_nom)

    async def _starttls(self, reste: str) -> None:
        if reste:
            await self._erreur(501, "5.5.4 STARTTLS takes no parameter")
        elif self.connexion.chiffree:
            await self._erreur(503, "5.5.1 TLS is already on")
        elif not self.connexion.peut_chiffrer:
            await self._erreur(454, "4.7.0 TLS is not available")
        else:
            await self.connexion.passer_en_tls(b"220 2.0.0 ready to start TLS\r\n")
            self.salue = self.etendu = False
            self.transaction = Transaction()

    async def _auth(self, reste: str) -> None:
        mecanisme, _, initiale = reste.partition(" ")
        mecanisme = mecanisme.upper()
        if not self.connexion.chiffree:
            await self._erreur(538, "5.7.11 encryption required: STARTTLS first (ECO.1.2.1)")
        elif self.titulaire is not None:
            await self._erreur(503, "5.5.1 already authenticated")
        elif self.transaction.expediteur is not None:
            await self._erreur(503, "5.5.1 not during a mail transaction")
        elif mecanisme not in self.bord.settings.mecanismes:
            await self._erreur(504, "5.5.4 mechanism not offered: " + " ".join(self.bord.settings.mecanismes))
        else:
            await self._sasl(mecanisme, initiale.strip())

    async def _sasl(self, mecanisme: str, initiale: str) -> None:
        reponse = initiale.encode()
        if not reponse:
            await self.connexion.ecrire(b"334 \r\n")
            reponse = (await self.connexion.ligne(limite=LIGNE_SASL_MAX)).strip()
        if reponse == b"*":
            await self._erreur(501, "5.7.0 authentication cancelled")
            return
        with self.bord.echange("SMTP", "AUTH", f"AUTH {mecanisme} ***") as echange:
            try:
                titulaire = await self.bord.authentifier(mecanisme, b"" if reponse == b"=" else reponse)
            except (NonAuthentifie, BoiteInterdite, Introuvable, JetonRefuse) as refus:
                await self.connexion.ecrire(b"334 " + sasl.defi_echec(mecanisme) + b"\r\n")
                await self.connexion.ligne(limite=LIGNE_SASL_MAX)  # an empty line, or AQ==
                noter_refus(refus)
                await self._erreur(535, f"5.7.8 authentication failed: {refus} [{refus.regle}]")
                return
            except DomainError as refus:
                await self._erreur(454, f"4.7.0 temporary authentication failure: {refus} [{refus.regle}]")
                return
            self.titulaire = titulaire
            await self._repondre(echange, 235, "2.7.0 authentication successful")

    async def _rset(self, reste: str) -> None:
        self.transaction = Transaction()
        await self._dire(250, "2.0.0 ok")

    async def _noop(self, reste: str) -> None:
        await self._dire(250, "2.0.0 ok")

    async def _quit(self, reste: str) -> None:
        await self._dire(221, "2.0.0 bye")
        raise Fin

    async def _vrfy(self, reste: str) -> None:
        await self._dire(252, "2.5.2 cannot verify: search the directory")

    async def _help(self, reste: str) -> None:
        await self._dire(214, "2.0.0 RFC 5321, STARTTLS then AUTH XOAUTH2 with a Pro Sante Connect access token")
