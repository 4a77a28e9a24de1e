"""Reading one IMAP command off a connection: lines, synchronising and non-synchronising literals, their bounds."""

from dataclasses import dataclass, field

from services.mss.mail.connexion import Connexion, ConnexionFermee
from services.mss.mail.imap.grammaire import LITTERAL

COMMANDE_MAX = 64 * 1024
LITTERAUX_MAX = 50
LITTERAL_COURANT_MAX = 64 * 1024
JETABLE_MAX = 100 * 1024 * 1024
"""A client that does not wait has its literal read to the end, but not for ever."""


@dataclass(slots=True)
class Brute:
    """A command as bytes; ``trop_gros`` is the size of the literal that was refused."""

    segments: list[bytes] = field(default_factory=list)
    litteraux: list[bytes] = field(default_factory=list)
    trop_gros: int | None = None

    @property
    def etiquette(self) -> str:
        mots = self.segments[0].split() if self.segments else []
        return mots[0].decode("ascii", "replace")[:64] if mots else "*"

    @property
    def nom(self) -> str:
        mots = self.segments[0].split() if self.segments else []
        return mots[1].decode("ascii", "replace").upper() if len(mots) > 1 else ""

    def texte(self) -> str:
        """For the journal: literals by their size only."""
        morceaux = [s.decode("utf-8", "replace") for s in self.segments]
        return "".join(morceaux)[:16_000]


async def lire_commande(connexion: Connexion, *, delai: float, message_max: int) -> Brute:
    """The next command; literals over the bound are not kept (and not asked for when synchronising)."""
    brute = Brute()
    ligne = await connexion.ligne(limite=COMMANDE_MAX, delai=delai)
    while True:
        trouve = LITTERAL.search(ligne)
        if trouve is None:
            brute.segments.append(ligne)
            return brute
        brute.segments.append(ligne[: trouve.start()])
        taille, sans_attente = int(trouve[1]), trouve[2] == b"+"
        limite = message_max if brute.nom == "APPEND" else LITTERAL_COURANT_MAX
        if taille > limite or len(brute.litteraux) >= LITTERAUX_MAX:
            brute.trop_gros = taille
            if not sans_attente:
                return brute
            if taille > JETABLE_MAX:
                raise ConnexionFermee
            await connexion.jeter(taille)
            brute.litteraux.append(b"")
        else:
            if not sans_attente:
                await connexion.ecrire(b"+ ready\r\n")
            brute.litteraux.append(await connexion.exactement(taille))
        ligne = await connexion.ligne(limite=COMMANDE_MAX)
