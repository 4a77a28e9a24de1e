"""What a running gateway keeps in memory for its provider: key pool, key rings, cached answers."""

import time
from collections import OrderedDict
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from starlette.responses import Response

from gateway.oidc.domain.reglages import Reglages
from gateway.oidc.keys import Reserve, Trousseau, en_fond, generer
from gateway.oidc.signature import Signataire
from gateway.store.base import CENTRAL
from gateway.store.psc import CleBacRow, ReglagesPscRow
from shared.db.upsert import inserer_si_absent
from shared.edge.bac import Bac

if TYPE_CHECKING:
    from shared.service import Contexte

_REGLAGES_S = 1.0  # another replica may have changed them
_REPONSES = 2048
_MENAGE = 500  # logins between two cleanings of a bac


class Fournisseur:
    """One per running gateway; the tables are the truth, this is what they cost not to read twice."""

    def __init__(self, ctx: "Contexte") -> None:
        self._spaces = ctx.spaces
        self.reserve = Reserve()
        self._signataires: dict[str, Signataire] = {}
        self._reglages: dict[tuple[str, int], tuple[float, Reglages]] = {}
        self.reponses: OrderedDict[tuple[object, ...], Response] = OrderedDict()
        self.porteurs: OrderedDict[tuple[str, int, bytes], object] = OrderedDict()
        self._connexions: dict[str, int] = {}

    async def signataire(self, bac: str) -> Signataire:
        """The signer of a bac; its key ring is made once and kept in the central space."""
        if (connu := self._signataires.get(bac)) is not None:
            return connu
        central = await self._spaces.open(CENTRAL)
        async with central.lecture() as session:
            row = await session.get(CleBacRow, bac)
        if row is None:
            neuf = await self.reserve.prendre()
            async with central.ecriture() as session:
                await inserer_si_absent(
                    session, CleBacRow.metadata.tables["cle_bac"], bac=bac, trousseau=neuf.to_json()
                )
            async with central.lecture() as session:
                row = await session.get_one(CleBacRow, bac)
        trousseau = await en_fond(Trousseau.from_json, row.trousseau)
        return self._signataires.setdefault(bac, Signataire(trousseau))

    async def tourner(self, bac: str) -> Signataire:
        """A new signing key; tokens signed by the old one still verify until they expire."""
        ancien = await self.signataire(bac)
        tourne = ancien.trousseau.tournee(await en_fond(generer, "sig", "RS256"))
        async with (await self._spaces.open(CENTRAL)).ecriture() as session:
            await session.merge(CleBacRow(bac=bac, trousseau=tourne.to_json()))
        self._signataires[bac] = Signataire(tourne)
        return self._signataires[bac]

    async def reglages(self, bac: Bac) -> Reglages:
        """The knobs of a bac; the same object for as long as they do not move."""
        cle = (bac.nom, bac.epoque)
        connus = self._reglages.get(cle)
        if connus is not None and time.monotonic() - connus[0] < _REGLAGES_S:
            return connus[1]
        async with (await self._spaces.open(bac.nom)).lecture() as session:
            row = await session.get(ReglagesPscRow, "psc")
        reglages = Reglages.from_json(row.valeurs) if row else Reglages()
        if connus is not None and connus[1] == reglages:
            reglages = connus[1]
        if len(self._reglages) > 512:
            self._reglages.clear()
        self._reglages[cle] = (time.monotonic(), reglages)
        return reglages

    def relire_reglages(self, bac: Bac) -> None:
        self._reglages.pop((bac.nom, bac.epoque), None)

    def est_jour_de_menage(self, bac: str) -> bool:
        """True once every few hundred logins of a bac: the time to forget what nobody can ask about any more."""
        self._connexions[bac] = (self._connexions.get(bac, 0) + 1) % _MENAGE
        return self._connexions[bac] == 0

    def garder(self, cle: tuple[object, ...], reponse: Response) -> Response:
        """Remember an answer, to give it again as it is (bounded)."""
        self.reponses[cle] = reponse
        if len(self.reponses) > _REPONSES:
            self.reponses.popitem(last=False)
        return reponse

    def retenir_porteur(self, cle: tuple[str, int, bytes], connu: object) -> None:
        """Remember who held a token when UserInfo last looked (bounded); the reader judges whether it still holds."""
        self.porteurs[cle] = connu
        if len(self.porteurs) > _REPONSES:
            self.porteurs.popitem(last=False)

    async def oublier(self, bac: str) -> None:
        """The bac was dropped: its keys go with it."""
        self._signataires.pop(bac, None)
        self._connexions.pop(bac, None)
        async with (await self._spaces.open(CENTRAL)).ecriture() as session:
            if (row := await session.get(CleBacRow, bac)) is not None:
                await session.delete(row)


_FOURNISSEURS: "WeakKeyDictionary[Contexte, Fournisseur]" = WeakKeyDictionary()


def fournisseur(ctx: "Contexte") -> Fournisseur:
    trouve = _FOURNISSEURS.get(ctx)
    if trouve is None:
        trouve = _FOURNISSEURS[ctx] = Fournisseur(ctx)
    return trouve


async def demarrer(ctx: "Contexte") -> None:
    """Fill the key pool in the background."""
    fournisseur(ctx).reserve.remplir()


async def arreter(ctx: "Contexte") -> None:
    await fournisseur(ctx).reserve.fermer()
