"""The bacs a service has heard of: pushed by the gateway, stamped on each request, or asked for."""

from shared.edge.bac import Bac
from shared.errors import Introuvable
from shared.passerelle import Passerelle


class Bacs:
    def __init__(self, passerelle: Passerelle) -> None:
        self._passerelle = passerelle
        self._connus: dict[str, Bac] = {}
        self._bruts: dict[str, str] = {}

    def poser(self, etat: str) -> Bac:
        """Take the state the gateway sent; unchanged states cost one comparison."""
        nom = etat[8 : etat.index('"', 8)]  # {"nom":"…
        if self._bruts.get(nom) != etat:
            bac = Bac.from_json(etat)
            nom = bac.nom
            ancien = self._connus.get(nom)
            if ancien is None or bac.epoque >= ancien.epoque:
                self._connus[nom] = bac
                self._bruts[nom] = etat
            return bac
        return self._connus[nom]

    def oublier(self, nom: str) -> None:
        self._connus.pop(nom, None)
        self._bruts.pop(nom, None)

    def connu(self, nom: str) -> Bac | None:
        return self._connus.get(nom)

    async def get(self, nom: str) -> Bac | None:
        """The bac, asking the gateway when this process has just started; None when it does not exist."""
        if (bac := self._connus.get(nom)) is not None:
            return bac
        try:
            bac = await self._passerelle.bac(nom)
        except Introuvable:
            return None
        self._connus[nom] = bac
        return bac
