"""CIBA, poll mode (PSC §4): the backchannel request and the answer to each poll."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.oidc.domain.autorisation import SCOPES
from gateway.oidc.domain.client import Client
from gateway.oidc.domain.connexion import DemandeEcps, Etat
from gateway.oidc.domain.refus import refus
from gateway.oidc.domain.reglages import Reglages

_BINDING = re.compile(r"^[a-zA-Z0-9\-._+/!?#]{1,50}$")
INDICES = ("login_hint", "id_token_hint", "login_hint_token")
PENALITE = 5
SURSIS = 10


@dataclass(frozen=True, slots=True)
class DemandeCiba:
    """A backchannel request that passed its checks; the person is still to be found from the hint."""

    scope: str
    indice: str
    valeur_indice: str
    binding_message: str | None
    channel: str
    duree: int
    acr_values: str | None = None


@dataclass(frozen=True, slots=True)
class RequeteCiba:
    """What the platform keeps until ``expires_in + interval + 10 s``, so a late poll is told ``expired_token``."""

    empreinte: str
    client_id: str
    scope: str
    demande_id: str
    expire_a: datetime
    intervalle: int
    sondee_a: datetime | None = None
    consommee: bool = False

    def sondee(self, maintenant: datetime, regle: str | None) -> "RequeteCiba":
        """This poll remembered; a hasty client sees its interval grow (CIBA Core §11)."""
        intervalle = self.intervalle + PENALITE if regle == "PSC-CIBA-23" else self.intervalle
        return replace(self, sondee_a=maintenant, intervalle=intervalle, consommee=self.consommee or regle is None)


def valider_ciba(
    formulaire: Mapping[str, str], client: Client, reglages: Reglages, *, strict: bool = False
) -> DemandeCiba:
    """The request, or the first refusal of the published table (PSC §4.2)."""
    if not client.ciba_enabled:
        raise refus("PSC-CIBA-01")
    scopes = formulaire.get("scope", "").split()
    if not scopes:
        raise refus("PSC-CIBA-02")
    if "openid" not in scopes or any(s not in SCOPES for s in scopes):
        raise refus("PSC-CIBA-03", scope=" ".join(scopes))
    if "client_notification_token" in formulaire:
        raise refus("PSC-CIBA-07")
    if "user_code" in formulaire:
        raise refus("PSC-CIBA-06")
    indices = [i for i in INDICES if formulaire.get(i)]
    if len(indices) != 1:
        raise refus("PSC-CIBA-04")
    message = formulaire.get("binding_message")
    if message is None and strict:
        raise refus("PSC-CIBA-11")
    if message is not None and _BINDING.fullmatch(message) is None:
        raise refus("PSC-CIBA-08")
    channel = formulaire.get("channel", "MOBILE")
    if channel not in ("CARD", "MOBILE"):
        raise refus("PSC-CIBA-10")
    return DemandeCiba(
        scope=" ".join(dict.fromkeys(scopes)),
        indice=indices[0],
        valeur_indice=formulaire[indices[0]],
        binding_message=message,
        channel=channel,
        duree=_duree(formulaire.get("requested_expiry"), reglages),
        acr_values=formulaire.get("acr_values"),
    )


def _duree(demandee: str | None, reglages: Reglages) -> int:
    if demandee is None:
        return reglages.ciba_ttl
    if not (demandee.isascii() and demandee.isdigit() and len(demandee) <= 9 and int(demandee) > 0):
        raise refus("PSC-CIBA-09")
    return min(int(demandee), reglages.ciba_ttl)


def juger_sondage(
    requete: RequeteCiba | None, demande: DemandeEcps | None, *, client_id: str, maintenant: datetime
) -> str | None:
    """The id of the rule that answers this poll, or ``None`` when tokens are due.

    Order of the platform: expired, too early, refused, pending. A refusal is repeatable until expiry.
    """
    if requete is None or demande is None or requete.client_id != client_id or requete.consommee:
        return "PSC-CIBA-21"
    if maintenant >= requete.expire_a + timedelta(seconds=requete.intervalle + SURSIS):
        return "PSC-CIBA-21"
    if maintenant >= requete.expire_a:
        return "PSC-CIBA-22"
    if requete.sondee_a is not None and maintenant < requete.sondee_a + timedelta(seconds=requete.intervalle):
        return "PSC-CIBA-23"
    etat = demande.vue(maintenant).etat
    if etat is Etat.REFUSEE:
        return "PSC-CIBA-24"
    return None if etat is Etat.APPROUVEE else "PSC-CIBA-25"


def politique_de(client_hint: Sequence[str | None]) -> str:
    """The first automatic policy that was set: of the scripted answer, of the persona, of the bac."""
    return next((p for p in client_hint if p), "manual")
