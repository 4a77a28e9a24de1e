"""RP-initiated logout: redirect, page or question (PSC §2.11, §11 rows 43 to 45)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from gateway.oidc.domain.client import Client
from gateway.oidc.domain.refus import RefusPage


@dataclass(frozen=True, slots=True)
class Verdict:
    """``terminer``: end ``sid``. ``rediriger``: where to, state included. ``demander``: ask the person first."""

    issue: Literal["terminer", "demander"]
    sid: str | None = None
    rediriger: str | None = None
    state: str | None = None


def juger_deconnexion(
    *,
    hint: Mapping[str, Any] | None,
    hint_envoye: bool,
    client_id: str | None,
    client: Client | None,
    retour: str | None,
    state: str | None,
    sid_du_navigateur: str | None,
    sans_parametre: bool,
) -> Verdict:
    """What the end-session endpoint does.

    ``hint`` are the claims of a hint signed by this bac (expired or not). Without a hint the platform asks and never
    redirects; without any parameter, or with a state alone, the session of the browser ends and a page says so.
    """
    if hint_envoye and hint is None:
        raise RefusPage.de("PSC-LOG-02")
    if hint is not None and client_id and hint.get("azp") != client_id:
        raise RefusPage.de("PSC-LOG-03")
    if retour is not None and client is not None and retour not in client.post_logout_redirect_uris:
        raise RefusPage.de("PSC-LOG-01", details={"recue": retour, "enrolees": list(client.post_logout_redirect_uris)})
    if hint is None:
        if retour is not None and client is None and client_id is not None:
            raise RefusPage.de("PSC-LOG-03")
        return Verdict("terminer" if sans_parametre else "demander", sid=sid_du_navigateur)
    return Verdict("terminer", sid=str(hint.get("sid")), rediriger=retour, state=state)
