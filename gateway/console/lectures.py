"""What a page shows of a service: read inside the house, with the token of the person looked at, off the journal."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from gateway.clients.seed import CLIENT_ID
from gateway.console.ecran import Ecran
from gateway.edge.journal import Echange
from gateway.oidc.api.outils import monde
from gateway.personas import api as personas
from gateway.personas.emission_patient import PatientConnu, emettre_patient
from shared.errors import DomainError
from shared.web.asgi import Reponse, appeler

_REGARDES = 500
_JETONS_MAX = 512


@dataclass(frozen=True, slots=True)
class Lu:
    """What a service answered: ``donnees``, or why it did not."""

    donnees: Any = None
    absent: bool = False
    regle: str = ""
    fr: str = ""
    en: str = ""


class Guichet:
    """Reads as one person: a professional by slug or identifier, or a patient of this bac."""

    def __init__(self, e: Ecran, qui: str | PatientConnu) -> None:
        self.e = e
        self.qui = qui
        self._cle = qui if isinstance(qui, str) else qui.matricule_ins

    async def lire(self, service: str, path: str, query: str = "") -> Lu:
        """The JSON a face answers to this person; a refusal keeps its rule and its two texts."""
        try:
            reponse = await self.brut(service, path, query)
        except DomainError as erreur:
            return Lu(regle=erreur.regle, fr=erreur.fr, en=erreur.en)
        except OSError:
            return Lu(absent=True)
        if reponse.status < 300:
            return Lu(reponse.json())
        return _refus(reponse)

    async def brut(self, service: str, path: str, query: str = "") -> Reponse:
        reponse = await self._demander(service, path, query, await self._jeton())
        if reponse.status == 401:  # the bac's clock or a restore may have ended the session we kept
            self._jetons().pop(self._rang(), None)
            reponse = await self._demander(service, path, query, await self._jeton())
        return reponse

    async def _demander(self, service: str, path: str, query: str, jeton: str) -> Reponse:
        registre, bac = self.e.registre, self.e.bac
        entetes = [
            ("Bac-Secret", registre.settings.secret.get_secret_value()),
            ("Bac-Etat", bac.to_json().decode()),
            ("Bac-Now", bac.now().isoformat()),
            ("Authorization", f"Bearer {jeton}"),
        ]
        return await appeler(registre.services[service], "GET", path, headers=entetes, query=query)

    def _rang(self) -> tuple[str, int, str]:
        return self.e.bac.nom, self.e.bac.epoque, self._cle

    def _jetons(self) -> dict[tuple[str, int, str], tuple[str, datetime]]:
        etat = self.e.request.app.state
        if not hasattr(etat, "jetons_de_console"):
            etat.jetons_de_console = {}
        gardes: dict[tuple[str, int, str], tuple[str, datetime]] = etat.jetons_de_console
        return gardes

    async def _jeton(self) -> str:
        gardes, rang, maintenant = self._jetons(), self._rang(), self.e.bac.now()
        garde = gardes.get(rang)
        if garde is not None and maintenant < garde[1]:
            return garde[0]
        if isinstance(self.qui, str):
            emis = await personas.frapper(self.qui, self.e.request, None)
        else:
            emis = await emettre_patient(await monde(self.e.request), self.qui, CLIENT_ID)
        if len(gardes) >= _JETONS_MAX:
            gardes.clear()
        jeton = str(emis["access_token"])
        gardes[rang] = jeton, maintenant + timedelta(seconds=int(emis["expires_in"]) - 15)
        return jeton


async def sans_jeton(e: Ecran, service: str, path: str, query: str = "") -> Lu:
    """A face that asks for no token (the simulated phones)."""
    try:
        reponse = await e.registre.appel(e.bac, service, "GET", path, query=query)
    except (DomainError, OSError):
        return Lu(absent=True)
    return Lu(reponse.json()) if reponse.status < 300 else _refus(reponse)


def _refus(reponse: Reponse) -> Lu:
    try:
        corps = reponse.json()
        textes = corps.get("explication") or {"fr": corps.get("detail", ""), "en": corps.get("detail", "")}
        return Lu(regle=str(corps.get("regle", reponse.status)), fr=textes["fr"], en=textes["en"])
    except (orjson.JSONDecodeError, AttributeError, KeyError):
        return Lu(absent=True)


def echanges_de(e: Ecran, identite: str, *, combien: int = 12) -> list[dict[str, Any]]:
    """The latest exchanges that name somebody: as caller, in the path, in what was noted or in the request."""
    trouves: list[dict[str, Any]] = []
    for _, echange in zip(range(_REGARDES), e.registre.journal.lister(e.bac.nom), strict=False):
        if _nomme(echange, identite):
            trouves.append(echange.resume())
            if len(trouves) == combien:
                break
    return trouves


def _nomme(echange: Echange, identite: str) -> bool:
    if identite in echange.appelant or identite in echange.chemin or identite.encode() in echange.requete_corps:
        return True
    return any(identite in str(valeur) for valeur in echange.carnet()["faits"].values())
