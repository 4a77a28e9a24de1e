"""A form sent by a client that proved who it is: the first rows of the table (PSC §2.4)."""

from dataclasses import dataclass

from starlette.requests import Request

from gateway.oidc.api.authentification import client_authentifie
from gateway.oidc.api.outils import Monde, formulaire, monde, premiers
from gateway.oidc.domain.client import Client, verifier_grant
from gateway.oidc.domain.code import lire_grant_type, refuser_doublons
from shared.decision import operation


@dataclass(frozen=True, slots=True)
class Appel:
    """A form sent by a client that proved who it is."""

    m: Monde
    client: Client
    champs: dict[str, str]
    cnf: str | None


async def lire_appel(request: Request, champs: list[tuple[str, str]] | None = None) -> Appel:
    """Rows 1 to 4 of the table, in order; without ``champs`` (not the token endpoint) only 3 and 4."""
    jeton = champs is not None
    champs = await formulaire(request) if champs is None else champs
    m = await monde(request)
    operation("PSC-TOKEN" if jeton else "PSC", client_id=premiers(champs).get("client_id"))
    grant_type = lire_grant_type(champs) if jeton else None
    client, cnf = await client_authentifie(request, m, premiers(champs))
    refuser_doublons(champs, "PSC-TOK-04" if jeton else "PSC-REV-02")
    if grant_type is not None:
        verifier_grant(client, grant_type)
    return Appel(m, client, premiers(champs), cnf)
