"""SMTP submission (RFC 5321, 6409) with STARTTLS and a Pro Santé Connect token (R2 ECO.1.0.1, ECO.1.2.1).

Extensions: STARTTLS, AUTH XOAUTH2 OAUTHBEARER (after TLS only), SIZE, 8BITMIME, PIPELINING, DSN, ENHANCEDSTATUSCODES.
A message answered 250 is committed: its copies, bounces and events are there.
"""

import asyncio

from services.mss.domain.adresses import Adresse, AdresseInvalide
from services.mss.domain.refus import ExpediteurUsurpe
from services.mss.mail.bord import BordMail, Echange, noter_refus
from services.mss.mail.connexion import Connexion, ConnexionFermee, LigneTropLongue
from services.mss.mail.smtp_session import SessionDeBase
from services.mss.mail.smtp_syntaxe import (
    Transaction,
    ascii_seul,
    depasse,
    lire_chemin,
    lire_demande,
    lire_mail,
    reponse_de_faute,
)
from services.mss.usecases.distribution import Enveloppe
from services.mss.usecases.envoi import envoyer, preparer, verifier_destinataire
from shared.decision import avertir
from shared.errors import DomainError
from shared.ids import RandomIds

DESTINATAIRES_MAX = 100
LIGNE_DONNEES_MAX = 128 * 1024


class SessionSmtp(SessionDeBase):
    """One connection, from greeting to QUIT: MAIL, RCPT and DATA on top of the base."""

    def __init__(self, connexion: Connexion, bord: BordMail) -> None:
        super().__init__(connexion, bord)
        self._commandes |= {"MAIL": self._mail, "RCPT": self._rcpt, "DATA": self._data}

    async def _mail(self, reste: str) -> None:
        if not await self._pret():
            return
        if self.transaction.expediteur is not None:
            await self._erreur(503, "5.5.1 nested MAIL command")
            return
        lu = lire_chemin(reste, "FROM:")
        if lu is None:
            await self._erreur(501, "5.5.4 syntax: MAIL FROM:<address>")
            return
        adresse, parametres = lu
        assert self.titulaire is not None
        with self.bord.echange("SMTP", "MAIL", f"MAIL {reste}") as echange:
            if await self._faute(echange):
                return
            try:
                await self._verifier_expediteur(adresse)
                transaction = lire_mail(parametres, self.bord.settings.taille_max)
            except DomainError as refus:
                await self._refuser(echange, refus)
                return
            if transaction is None:
                await self._repondre(echange, 555, "5.5.4 unknown MAIL parameter")
                return
            transaction.expediteur = adresse.lower()
            self.transaction = transaction
            await self._repondre(echange, 250, "2.1.0 sender ok")

    async def _verifier_expediteur(self, adresse: str) -> None:
        assert self.titulaire is not None
        boite = self.titulaire.boite.adresse
        if adresse.lower() == boite:
            return
        bac = await self.bord.bac(self.titulaire.bac)
        refus = ExpediteurUsurpe(adresse, boite)
        if bac.reglages.profil != "lenient":
            raise refus
        avertir("L06", fr=refus.fr, en=refus.en)

    async def _rcpt(self, reste: str) -> None:
        if not await self._pret():
            return
        if self.transaction.expediteur is None:
            await self._erreur(503, "5.5.1 need MAIL first")
            return
        lu = lire_chemin(reste, "TO:")
        if lu is None:
            await self._erreur(501, "5.5.4 syntax: RCPT TO:<address>")
            return
        adresse, parametres = lu
        assert self.titulaire is not None
        with self.bord.echange("SMTP", "RCPT", f"RCPT {reste}") as echange:
            if await self._faute(echange):
                return
            if len(self.transaction.destinataires) >= DESTINATAIRES_MAX:
                await self._repondre(echange, 452, f"4.5.3 more than {DESTINATAIRES_MAX} recipients")
                return
            demande = lire_demande(parametres, self.transaction.ret, self.transaction.envid)
            if demande is None:
                await self._repondre(echange, 555, "5.5.4 unknown RCPT parameter")
                return
            try:
                cible = Adresse.lire(adresse, champ="destinataires")
                async with (await self.bord.ctx.spaces.open(self.titulaire.bac)).lecture() as session:
                    await verifier_destinataire(session, cible)
            except AdresseInvalide as refus:
                noter_refus(refus)
                await self._repondre(echange, 553, f"5.1.3 {ascii_seul(str(refus))} [{refus.regle}]")
                return
            except DomainError as refus:
                await self._refuser(echange, refus)
                return
            self.transaction.destinataires.append(Enveloppe(cible, demande))
            await self._repondre(echange, 250, "2.1.5 recipient ok")

    async def _data(self, reste: str) -> None:
        if not await self._pret():
            return
        if reste:
            await self._erreur(501, "5.5.4 DATA takes no parameter")
            return
        if not self.transaction.destinataires:
            await self._erreur(503 if self.transaction.expediteur is None else 554, "5.5.1 no valid recipients")
            return
        with self.bord.echange("SMTP", "DATA", "DATA") as echange:
            transaction, self.transaction = self.transaction, Transaction()
            if await self._faute(echange):
                return
            await self._dire(354, "end with <CRLF>.<CRLF>")
            brut = await self._recevoir()
            echange.requete_taille = len(brut) if brut is not None else 0
            if brut is None:
                await self._refuser(echange, depasse(self.bord.settings.taille_max))
                return
            echange.requete = brut[:16_000].decode("utf-8", "replace")
            await self._accepter(echange, transaction, brut)

    async def _recevoir(self) -> bytes | None:
        """The message with its dots unstuffed; None when it is over the limit (then read to its end all the same)."""
        morceaux: list[bytes] = []
        taille = 0
        limite = self.bord.settings.taille_max
        while True:
            try:
                ligne = await self.connexion.ligne(limite=LIGNE_DONNEES_MAX)
            except LigneTropLongue:
                taille = limite + 1
                morceaux.clear()
                continue
            if ligne == b".":
                return b"".join(morceaux) if taille <= limite else None
            if ligne.startswith(b"."):
                ligne = ligne[1:]
            taille += len(ligne) + 2
            if taille > limite:
                morceaux.clear()
            else:
                morceaux.append(ligne + b"\r\n")
            if taille > 20 * limite:
                raise ConnexionFermee

    async def _accepter(self, echange: Echange, transaction: Transaction, brut: bytes) -> None:
        assert self.titulaire is not None
        try:
            prepare = await asyncio.to_thread(preparer, brut) if len(brut) > 200_000 else preparer(brut)
            bac = await self.bord.bac(self.titulaire.bac)
            async with self.bord.ctx.transaction(bac) as uow:
                depot = await envoyer(
                    uow,
                    RandomIds(),
                    self.titulaire.boite,
                    prepare,
                    transaction.destinataires,
                    limite=self.bord.settings.taille_max,
                )
        except DomainError as refus:
            await self._refuser(echange, refus)
            return
        echange.notes.faits |= {
            "message_id": depot.message_id,
            "destinataires": [f"{sort.destinataire} {sort.issue} {sort.regle}" for sort in depot.sorts],
            "lint": [constat.regle for constat in depot.constats],
        }
        await self._repondre(echange, 250, f"2.0.0 queued as {depot.message_id}")

    async def _pret(self) -> bool:
        if not self.salue:
            await self._erreur(503, "5.5.1 EHLO first")
        elif not self.connexion.chiffree:
            await self._erreur(530, "5.7.0 must issue a STARTTLS command first")
        elif self.titulaire is None:
            await self._erreur(530, "5.7.0 authentication required")
        else:
            return True
        return False

    async def _faute(self, echange: Echange) -> bool:
        """Whether an injected fault answered in our place."""
        assert self.titulaire is not None
        faute = await self.bord.faute(self.titulaire, echange)
        if faute is None:
            return False
        if faute["effet"] == "coupure":
            await self.bord.rapporter(self.titulaire, echange)
            self.connexion.couper()
            raise ConnexionFermee
        if faute["effet"] == "charabia":
            await self.bord.rapporter(self.titulaire, echange)
            await self.connexion.ecrire(b"\x00\xff%%% garbage\r\n")
            return True
        await self._repondre(echange, *reponse_de_faute(faute.get("refus") or {}))
        return True
