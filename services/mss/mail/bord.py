"""The edge of the mail face: whose bac and mailbox a token opens, injected faults, and the journal of each command.

The issuer of the token picks the bac (architecture §11.12); addresses are the same in every bac.
"""

import asyncio
import base64
import binascii
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlsplit

import orjson

from services.mss.config import MssSettings
from services.mss.domain import sasl
from services.mss.domain.sasl import SaslInvalide
from services.mss.store.boites import Boite
from services.mss.usecases.professionnel import boite_de
from shared.auth.principal import Professionnel
from shared.auth.tokens import REALM
from shared.decision import Decision, Notes, carnet, noter
from shared.edge.bac import DEFAUT, Bac, verifier_nom
from shared.errors import DomainError, Indisponible, Introuvable
from shared.service import Contexte

CAPTURE = 16_000
_REVERIFICATION = 5.0
"""Seconds between two looks at the gateway: the session behind the token may have been closed."""


class SessionFermee(Exception):
    """The Pro Santé Connect session behind this connection is over (ECO.1.2.6)."""


@dataclass(slots=True)
class Titulaire:
    """Who is connected: a professional, in a bac, on one mailbox."""

    bac: str
    professionnel: Professionnel
    boite: Boite
    epoque: int
    verifie_a: float = field(default_factory=time.monotonic)


@dataclass(slots=True)
class Echange:
    """One command and its answer, as the journal will show it."""

    id: str
    protocole: str
    commande: str
    debut: float
    notes: Notes
    requete: str = ""
    reponse: str = ""
    statut: int = 250
    faute: str | None = None
    requete_taille: int = 0


class BordMail:
    """What SMTP and IMAP ask of the bac, the gateway and the store."""

    def __init__(self, ctx: Contexte, settings: MssSettings) -> None:
        self.ctx = ctx
        self.settings = settings
        self._ouvertes: dict[tuple[str, str], set[asyncio.Task[Any]]] = {}

    async def bac(self, nom: str) -> Bac:
        """The bac with its present instant fixed."""
        connu = await self.ctx.bacs.get(nom)
        if connu is None:
            raise Introuvable(f"no bac {nom}", f"pas de bac {nom}", regle="BAC-ESP-01")
        return connu.estampille()

    async def authentifier(self, mecanisme: str, reponse: bytes) -> Titulaire:
        """SASL response → mailbox, or a refusal; a valid token without a right fails like an unknown mailbox."""
        if mecanisme.upper() not in self.settings.mecanismes:
            raise SaslInvalide(f"mechanism {mecanisme} is not offered", f"le mécanisme {mecanisme} n'est pas proposé")
        identifiants = sasl.lire(mecanisme, reponse)
        bac = await self.bac(bac_du_jeton(identifiants.jeton))
        principal = await self.ctx.jetons.verifier(identifiants.jeton, bac)
        if not isinstance(principal, Professionnel):
            raise SaslInvalide(
                "a citizen's mailbox is opened in Mon espace santé, not by a mail client",
                "la boîte d'un usager s'ouvre dans Mon espace santé, pas par un client de messagerie",
            )
        async with (await self.ctx.spaces.open(bac.nom)).lecture() as session:
            boite = await boite_de(session, principal.id_nat, identifiants.boite.lower())
        noter(
            Decision(
                "MSS-AUTH-03",
                "accepte",
                f"Le titulaire {principal.id_nat} peut ouvrir la boîte {boite.adresse}.",
                f"Holder {principal.id_nat} may open mailbox {boite.adresse}.",
                entrees={"id_nat": principal.id_nat, "boite": boite.adresse, "mecanisme": mecanisme.upper()},
                source="mssante.md §2.2",
            )
        )
        titulaire = Titulaire(bac.nom, principal, boite, bac.epoque)
        self.inscrire(titulaire)
        return titulaire

    async def encore_ouverte(self, titulaire: Titulaire) -> None:
        """Raise :class:`SessionFermee` once the session is closed or the bac was reset; tokens may expire unharmed."""
        bac = await self.ctx.bacs.get(titulaire.bac)
        if bac is None or bac.epoque != titulaire.epoque:
            raise SessionFermee
        if time.monotonic() - titulaire.verifie_a < _REVERIFICATION:
            return
        titulaire.verifie_a = time.monotonic()
        try:
            await self.ctx.passerelle.session(titulaire.bac, titulaire.professionnel.sid)
        except Introuvable:
            raise SessionFermee from None
        except Indisponible:
            return

    def inscrire(self, titulaire: Titulaire) -> None:
        """Register the running connection so that the end of its session can cut it."""
        tache = asyncio.current_task()
        assert tache is not None
        self._ouvertes.setdefault((titulaire.bac, titulaire.professionnel.sid), set()).add(tache)
        tache.add_done_callback(lambda finie: self._rayer(titulaire, finie))

    def _rayer(self, titulaire: Titulaire, tache: asyncio.Task[Any]) -> None:
        cle = (titulaire.bac, titulaire.professionnel.sid)
        self._ouvertes.get(cle, set()).discard(tache)
        if not self._ouvertes.get(cle):
            self._ouvertes.pop(cle, None)

    def couper(self, bac: str, sid: str) -> int:
        """Cut every connection of a closed session; how many there were."""
        taches = list(self._ouvertes.get((bac, sid), ()))
        for tache in taches:
            tache.cancel("session-close")
        return len(taches)

    @contextmanager
    def echange(self, protocole: str, commande: str, requete: str) -> Iterator[Echange]:
        """A notebook for one command; its id is what the answer shows and ``/_bac/why`` takes."""
        with carnet() as notes:
            notes.operation = f"{protocole} {commande}"
            yield Echange(
                secrets.token_urlsafe(9), protocole, commande, time.monotonic(), notes, requete=requete[:CAPTURE]
            )

    async def rapporter(self, titulaire: Titulaire, echange: Echange) -> None:
        """Give the journal what happened; a gateway that does not answer loses an entry, never a mail."""
        entree = {
            "id": echange.id,
            "canal": echange.protocole.lower(),
            "service": "mss",
            "methode": echange.protocole,
            "chemin": echange.commande,
            "operation": echange.notes.operation,
            "appelant": titulaire.professionnel.id_nat,
            "statut": echange.statut,
            "duree_ms": round((time.monotonic() - echange.debut) * 1000, 2),
            "faute": echange.faute,
            "requete": echange.requete,
            "requete_taille": echange.requete_taille or None,
            "reponse": echange.reponse[:CAPTURE],
            "faits": {"boite": titulaire.boite.adresse, **echange.notes.faits},
            "decisions": [asdict(decision) for decision in echange.notes.decisions],
        }
        try:
            await self.ctx.passerelle.journaliser(titulaire.bac, entree)
        except (DomainError, ValueError, KeyError):
            return

    async def faute(self, titulaire: Titulaire, echange: Echange) -> dict[str, Any] | None:
        """The injected fault for this command; latency is served here, the rest is the protocol's to render."""
        try:
            faute = await self.ctx.passerelle.faute(
                titulaire.bac, "mss", f"{echange.protocole} {echange.commande}", titulaire.professionnel.id_nat
            )
        except DomainError:
            return None
        if faute is None:
            return None
        echange.faute = str(faute.get("nom") or faute.get("id") or faute.get("effet"))
        if latence := int(faute.get("latence_ms") or 0):
            await asyncio.sleep(latence / 1000)
        return faute if faute.get("effet") in {"refus", "coupure", "charabia"} else None


def noter_refus(erreur: DomainError) -> None:
    noter(
        Decision(erreur.regle, "refuse", erreur.fr, erreur.en, entrees={"champ": erreur.champ} if erreur.champ else {})
    )


def bac_du_jeton(jeton: str) -> str:
    """The bac named by the issuer of a token that nobody has verified yet."""
    try:
        charge = jeton.split(".")[1]
        claims = orjson.loads(base64.urlsafe_b64decode(charge + "=" * (-len(charge) % 4)))
        chemin = urlsplit(str(claims["iss"])).path
    except (IndexError, KeyError, TypeError, ValueError, binascii.Error) as erreur:
        raise SaslInvalide(
            "the token is not a JWT with an issuer", "le jeton n'est pas un JWT avec émetteur"
        ) from erreur
    if chemin == REALM:
        return DEFAUT
    prefixe, _, nom = chemin.removesuffix(REALM).rpartition("/")
    if prefixe != "/bac" or not chemin.endswith(REALM):
        raise SaslInvalide(
            "the issuer of the token is not Pro Santé Connect", "l'émetteur du jeton n'est pas Pro Santé Connect"
        )
    return verifier_nom(nom)
