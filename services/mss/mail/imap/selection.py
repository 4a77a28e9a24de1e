"""The selected folder as one session sees it: numbers, flags, and what changed since (RFC 3501 §2.3.1.2, §7.3)."""

from bisect import bisect_left
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession

from services.mss.mail.imap.fetch import drapeaux as rendre_drapeaux
from services.mss.mail.imap.grammaire import Ensemble, choisir
from services.mss.store import dossiers
from services.mss.store.dossiers import Dossier, Entree


def uidvalidity(dossier: Dossier, epoque: int) -> int:
    """A reset gives the same UIDs to other messages: the epoch of the bac keeps clients from mixing them.

    Epochs are milliseconds; the value must fit 32 bits and grow (RFC 3501 §2.3.1.1).
    """
    return (dossier.uidvalidity + epoque // 1000) & 0xFFFFFFFF or 1


@dataclass(slots=True)
class Selection:
    """Sequence numbers are positions in ``uids``; they change only when the session is told so."""

    dossier: Dossier
    uidvalidity: int
    lecture_seule: bool
    uids: list[int] = field(default_factory=list)
    entrees: dict[int, Entree] = field(default_factory=dict)
    recents: set[int] = field(default_factory=set)
    version: int = -1

    @property
    def dernier_uid(self) -> int:
        return self.uids[-1] if self.uids else 0

    def drapeaux(self, uid: int) -> frozenset[str]:
        siens = self.entrees[uid].drapeaux
        return siens | {"\\Recent"} if uid in self.recents else siens

    def numero(self, uid: int) -> int:
        return bisect_left(self.uids, uid) + 1

    def visees(self, plages: Ensemble, *, par_uid: bool) -> list[int]:
        """The UIDs a set names, in order; unknown UIDs are silently ignored, as are numbers out of range."""
        if par_uid:
            choisis = choisir(plages, self.uids)
            return [uid for uid in self.uids if uid in choisis]
        numeros = choisir(plages, range(1, len(self.uids) + 1))
        return [uid for numero, uid in enumerate(self.uids, start=1) if numero in numeros]

    def premier_non_lu(self) -> int | None:
        return next((n for n, uid in enumerate(self.uids, 1) if "\\Seen" not in self.entrees[uid].drapeaux), None)

    async def charger(self, session: AsyncSession) -> None:
        """See the folder as it is now, telling nothing."""
        dossier = await dossiers.par_id(session, self.dossier.id)
        self.version = dossier.version if dossier else -1
        lues = await dossiers.entrees(session, self.dossier.id)
        self.entrees = {entree.uid: entree for entree in lues}
        self.uids = [entree.uid for entree in lues]

    async def rafraichir(self, session: AsyncSession, *, expunger: bool) -> list[bytes]:
        """What to tell the client since the last look; EXPUNGE only when ``expunger`` (never inside FETCH or STORE)."""
        dossier = await dossiers.par_id(session, self.dossier.id)
        version = dossier.version if dossier is not None else -1
        if version == self.version:
            return []
        lues = {entree.uid: entree for entree in await dossiers.entrees(session, self.dossier.id)}
        disparues = [uid for uid in self.uids if uid not in lues]
        dites = self._expunger(disparues) if expunger else []
        for uid in self.uids:
            if uid in lues and lues[uid].drapeaux != self.entrees[uid].drapeaux:
                self.entrees[uid] = lues[uid]
                dites.append(b"* %d FETCH (FLAGS %b)" % (self.numero(uid), rendre_drapeaux(self.drapeaux(uid))))
        nouvelles = sorted(uid for uid in lues if uid > self.dernier_uid)
        if nouvelles:
            self.uids += nouvelles
            self.entrees |= {uid: lues[uid] for uid in nouvelles}
            self.recents |= set(nouvelles)
            dites += [b"* %d EXISTS" % len(self.uids), b"* %d RECENT" % len(self.recents)]
        if expunger or not disparues:
            self.version = version
        return dites

    def _expunger(self, disparues: list[int]) -> list[bytes]:
        dites = []
        for uid in disparues:
            dites.append(b"* %d EXPUNGE" % self.numero(uid))
            self.uids.remove(uid)
            self.entrees.pop(uid, None)
            self.recents.discard(uid)
        return dites

    def retirer(self, uids: set[int]) -> list[bytes]:
        """Forget messages this session removed itself, and how to say it."""
        return self._expunger([uid for uid in list(self.uids) if uid in uids])
