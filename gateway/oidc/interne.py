"""What the gateway tells its services about keys and sessions (``/_interne/bacs/{bac}/…``)."""

from typing import TYPE_CHECKING, Any

import orjson

from gateway.oidc import sso
from gateway.oidc.domain import userinfo
from gateway.oidc.domain.reglages import Reglages
from gateway.oidc.fournisseur import arreter, demarrer, fournisseur
from gateway.personas.repertoire import trouver
from shared.edge.bac import Bac

if TYPE_CHECKING:
    from shared.service import Contexte

__all__ = ["arreter", "demarrer", "jwks", "oublier", "session"]

_NORMAUX = Reglages()


async def jwks(ctx: "Contexte", bac: Bac) -> dict[str, Any]:
    cles: dict[str, Any] = orjson.loads((await fournisseur(ctx).signataire(bac.nom)).trousseau.jwks())
    return cles


async def session(ctx: "Contexte", bac: Bac, sid: str) -> dict[str, Any] | None:
    """The open session behind a token and the clients in it; ``None`` when it is over or unknown.

    The identity is told whole and with its full identifier whatever the knobs of the public UserInfo say: services
    decide on who the person is, not on what a client was shown.
    """
    if not sid or len(sid) > 36 or "\0" in sid:
        return None
    reglages = await fournisseur(ctx).reglages(bac)
    async with (await ctx.spaces.open(bac.nom)).lecture() as lecture:
        row, _ = await sso.session_active(lecture, bac, sid, None, reglages)
        if row is None:
            return None
        membres = await sso.clients_de(lecture, sid)
        if row.patient is not None:
            return {"sid": sid, "clients": membres, **row.patient}
        persona = await trouver(lecture, row.persona)
    if persona is None:
        return None
    info = userinfo.composer(
        persona.personne,
        structure=persona.structures.get,
        scope="openid scope_all",
        auth_mode=row.auth_mode,
        reglages=_NORMAUX,
        courriel=persona.courriel,
    )
    return {"sid": sid, "clients": membres, "userinfo": info}


async def oublier(ctx: "Contexte", nom: str) -> None:
    """The bac ``nom`` was dropped: forget its keys."""
    await fournisseur(ctx).oublier(nom)
