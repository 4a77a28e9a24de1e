"""One IMAP connection: states, dispatch, authentication, IDLE (RFC 3501 §3, RFC 2177, RFC 4959)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias, TypeVar

from services.mss.domain import sasl
from services.mss.mail.bord import BordMail, Echange, SessionFermee, Titulaire, noter_refus
from services.mss.mail.connexion import Connexion, ConnexionFermee, LigneTropLongue
from services.mss.mail.imap import commandes, messages
from services.mss.mail.imap.erreurs import Refus
from services.mss.mail.imap.grammaire import Commande, SyntaxeInvalide, analyser, astring
from services.mss.mail.imap.lecture import Brute, lire_commande
from services.mss.mail.imap.selection import Selection
from services.mss.store import dossiers
from services.mss.usecases.professionnel import BoiteInterdite
from shared.db.unit_of_work import UnitOfWork
from shared.errors import DomainError, Introuvable, NonAuthentifie

ERREURS_MAX = 25
INACTIVITE = 7200.0
"""Seconds: a mailbox left alone locks after two hours (SC.SSI/IE.58)."""
SONDE_IDLE = 0.5
AVANT_AUTH_MAX = 16 * 1024

_TOUJOURS = "IMAP4rev1 LITERAL+ SASL-IR ID"
_APRES = "IMAP4rev1 LITERAL+ ID IDLE UIDPLUS MOVE NAMESPACE SPECIAL-USE CHILDREN UNSELECT"

T = TypeVar("T")
Action: TypeAlias = "Callable[[SessionImap, Commande], Awaitable[str | None]]"
"""A command's action: its closing words, None for the usual ones, empty when it has already answered."""


class Fin(Exception):
    """Close after what was said."""


class SessionImap:
    """``selection`` is the selected folder, ``titulaire`` who is authenticated."""

    def __init__(self, connexion: Connexion, bord: BordMail) -> None:
        self.connexion = connexion
        self.bord = bord
        self.titulaire: Titulaire | None = None
        self.selection: Selection | None = None
        self.erreurs = 0

    async def servir(self) -> None:
        await self.dire(f"* OK [CAPABILITY {self.capacites()}] Bac a Sante IMAP (bac a sable)")
        while True:
            try:
                await self._une_commande()
            except LigneTropLongue:
                await self.dire("* BAD line too long")
                self._compter_erreur()
            except Fin:
                return
            except SessionFermee:
                await self.dire("* BYE the Pro Sante Connect session is closed, sign in again")
                return

    def capacites(self) -> str:
        if self.titulaire is not None:
            return _APRES
        if self.connexion.chiffree:
            return " ".join([_TOUJOURS, *(f"AUTH={m}" for m in self.bord.settings.mecanismes)])
        return f"{_TOUJOURS} STARTTLS LOGINDISABLED" if self.connexion.peut_chiffrer else f"{_TOUJOURS} LOGINDISABLED"

    async def _une_commande(self) -> None:
        brute = await lire_commande(
            self.connexion,
            delai=INACTIVITE if self.titulaire else 300.0,
            message_max=self.bord.settings.taille_max if self.titulaire else AVANT_AUTH_MAX,
        )
        if brute.trop_gros is not None:
            code = "[TOOBIG] " if brute.nom == "APPEND" else ""
            await self.dire(f"{brute.etiquette} NO {code}a literal of {brute.trop_gros} bytes is over the limit (L22)")
            self._compter_erreur()
            return
        if self.titulaire is not None:
            await self.bord.encore_ouverte(self.titulaire)
        try:
            commande = analyser(brute.segments, brute.litteraux)
        except SyntaxeInvalide as erreur:
            await self.dire(f"{_etiquette_sure(brute.etiquette)} BAD {erreur}")
            self._compter_erreur()
            return
        await self._executer(commande, brute)

    async def _executer(self, commande: Commande, brute: Brute) -> None:
        action = _ACTIONS.get(commande.nom)
        nom = commande.nom
        if commande.nom == "UID" and commande.arguments:
            nom = f"UID {astring(commande.arguments[0]).upper()}"
            action = messages.ACTIONS_UID.get(nom)
        if action is None:
            await self.dire(f"{commande.etiquette} BAD unknown command {nom[:30]}")
            self._compter_erreur()
            return
        if self.titulaire is None:
            if nom not in commandes.SANS_AUTHENTIFICATION:
                await self.dire(f"{commande.etiquette} NO authenticate first: STARTTLS then AUTHENTICATE XOAUTH2")
                self._compter_erreur()
                return
            await self._jouer(action, commande, None)
            return
        with self.bord.echange("IMAP", nom, brute.texte()) as echange:
            if not await self._fauter(commande, echange):
                await self._jouer(action, commande, echange)

    async def _jouer(self, action: Action, commande: Commande, echange: Echange | None) -> None:
        statut, code = "OK", 200
        try:
            rendu = await action(self, commande)
            if rendu == "":
                return  # the action has answered
            texte = rendu or f"{commande.nom} completed"
        except SyntaxeInvalide as erreur:
            statut, code, texte = "BAD", 400, str(erreur)
        except Refus as erreur:
            statut, code, texte = "NO", 403, f"[{erreur.code}] {erreur}" if erreur.code else str(erreur)
        except DomainError as erreur:
            noter_refus(erreur)
            statut, code, texte = "NO", erreur.status, f"{erreur} [{erreur.regle}]"
        await self._conclure(commande, echange, statut, code, texte)
        if statut == "BAD":
            self._compter_erreur()
        if commande.nom == "LOGOUT":
            raise Fin

    async def _conclure(self, commande: Commande, echange: Echange | None, statut: str, code: int, texte: str) -> None:
        if echange is not None and self.titulaire is not None:
            echange.statut, echange.reponse = code, f"{statut} {texte}"
            await self.bord.rapporter(self.titulaire, echange)
            texte = f"{texte} (journal {echange.id})"
        await self.dire(f"{commande.etiquette} {statut} {texte}")

    async def _fauter(self, commande: Commande, echange: Echange) -> bool:
        assert self.titulaire is not None
        faute = await self.bord.faute(self.titulaire, echange)
        if faute is None:
            return False
        if faute["effet"] == "refus":
            refus = faute.get("refus") or {}
            texte = refus.get("en") or refus.get("message") or "injected fault"
            await self._conclure(commande, echange, "NO", 503, f"[UNAVAILABLE] {texte}")
            return True
        await self.bord.rapporter(self.titulaire, echange)
        if faute["effet"] == "charabia":
            await self.connexion.ecrire(b"\x00\xff%%% garbage\r\n")
            return True
        self.connexion.couper()
        raise ConnexionFermee

    def _compter_erreur(self) -> None:
        self.erreurs += 1
        if self.erreurs >= ERREURS_MAX:
            raise Fin

    # -- what the commands use -------------------------------------------------------------------------------------

    async def dire(self, *lignes: str | bytes) -> None:
        octets = b"".join((x.encode("utf-8") if isinstance(x, str) else x) + b"\r\n" for x in lignes)
        await self.connexion.ecrire(octets)

    @property
    def adresse(self) -> str:
        assert self.titulaire is not None
        return self.titulaire.boite.adresse

    def exiger_selection(self, *, ecriture: bool = False) -> Selection:
        if self.selection is None:
            raise Refus("select a folder first", code="CLIENTBUG")
        if ecriture and self.selection.lecture_seule:
            raise Refus("the folder is read-only", code="READ-ONLY")
        return self.selection

    async def transaction(self, action: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        assert self.titulaire is not None
        bac = await self.bord.bac(self.titulaire.bac)
        async with self.bord.ctx.transaction(bac) as uow:
            return await action(uow)

    async def rafraichir(self, *, expunger: bool = True) -> None:
        """Tell what other sessions and deliveries changed in the selected folder."""
        if self.selection is None or self.titulaire is None:
            return
        async with (await self.bord.ctx.spaces.open(self.titulaire.bac)).lecture() as session:
            dites = await self.selection.rafraichir(session, expunger=expunger)
        if dites:
            await self.dire(*dites)

    # -- any state -------------------------------------------------------------------------------------------------

    async def starttls(self, commande: Commande) -> str | None:
        if self.connexion.chiffree:
            raise SyntaxeInvalide("TLS is already on")
        if not self.connexion.peut_chiffrer:
            raise SyntaxeInvalide("TLS is not available")
        await self.connexion.passer_en_tls(f"{commande.etiquette} OK begin TLS now\r\n".encode())
        self.erreurs = 0
        return ""

    async def authenticate(self, commande: Commande) -> str | None:
        if self.titulaire is not None:
            raise SyntaxeInvalide("already authenticated")
        if not commande.arguments:
            raise SyntaxeInvalide("AUTHENTICATE wants a mechanism")
        if not self.connexion.chiffree:
            raise Refus("STARTTLS first (ECO.1.2.1)", code="PRIVACYREQUIRED")
        mecanisme = astring(commande.arguments[0]).upper()
        if mecanisme not in self.bord.settings.mecanismes:
            raise Refus("mechanism not offered: " + " ".join(self.bord.settings.mecanismes), code="CANNOT")
        reponse = await self._reponse_sasl(commande)
        with self.bord.echange("IMAP", "AUTHENTICATE", f"{commande.etiquette} AUTHENTICATE {mecanisme} ***") as echange:
            try:
                titulaire = await self.bord.authentifier(mecanisme, reponse)
            except (NonAuthentifie, BoiteInterdite, Introuvable) as refus:
                await self.dire(b"+ " + sasl.defi_echec(mecanisme))
                await self.connexion.ligne(limite=AVANT_AUTH_MAX)
                self._compter_erreur()
                raise Refus(f"{refus} [{refus.regle}]", code="AUTHENTICATIONFAILED") from refus
            echange.statut, echange.reponse = 200, "OK authenticated"
            await self.bord.rapporter(titulaire, echange)
        self.titulaire = titulaire
        await self.transaction(lambda uow: dossiers.garnir(uow.session, titulaire.boite.adresse, le=uow.now()))
        return f"[CAPABILITY {self.capacites()}] authenticated (journal {echange.id})"

    async def _reponse_sasl(self, commande: Commande) -> bytes:
        if len(commande.arguments) > 1:
            initiale = astring(commande.arguments[1]).encode()
            return b"" if initiale == b"=" else initiale
        await self.connexion.ecrire(b"+ \r\n")
        reponse = (await self.connexion.ligne(limite=AVANT_AUTH_MAX)).strip()
        if reponse == b"*":
            raise SyntaxeInvalide("authentication cancelled")
        return reponse

    async def idle(self, commande: Commande) -> str | None:
        """Tell changes as they come until ``DONE``; the store is looked at twice a second, an index read."""
        await self.dire("+ idling")
        attente = asyncio.ensure_future(self.connexion.ligne(limite=100, delai=1800))
        try:
            while not attente.done():
                await asyncio.wait({attente}, timeout=SONDE_IDLE)
                await self.rafraichir()
                if self.titulaire is not None:
                    await self.bord.encore_ouverte(self.titulaire)
            if attente.result().strip().upper() != b"DONE":
                raise SyntaxeInvalide("DONE was expected")
        finally:
            attente.cancel()
        return "IDLE completed"


_ACTIONS: dict[str, Action] = {
    **commandes.ACTIONS,
    "STARTTLS": SessionImap.starttls,
    "AUTHENTICATE": SessionImap.authenticate,
    "IDLE": SessionImap.idle,
}


def _etiquette_sure(etiquette: str) -> str:
    return etiquette if etiquette.isascii() and etiquette.isprintable() and etiquette.isalnum() else "*"
