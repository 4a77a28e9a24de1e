"""The end of every login: a session, a code, and the single sign-on cookie."""

from starlette.requests import Request
from starlette.responses import Response

from gateway.oidc import sso
from gateway.oidc.api.outils import Monde, alea, cookie, empreinte, poser_cookie, vers_le_client
from gateway.oidc.domain.autorisation import Demande
from gateway.personas.repertoire import Persona
from shared.db.unit_of_work import UnitOfWork
from shared.decision import operation


async def connecter(
    uow: UnitOfWork, request: Request, m: Monde, demande: Demande, persona: Persona, auth_mode: str
) -> Response:
    """The person is authenticated: open the session, give the code, leave the single sign-on cookie."""
    biscuit = cookie(request, m.bac, "session")
    ancienne = await sso.session_du_cookie(uow.session, m.bac, empreinte(m.bac, biscuit) if biscuit else None)
    if ancienne is not None and not ancienne.to_domain().est_active(m.bac.now(), m.reglages):
        await sso.terminer(uow, ancienne)
        ancienne = None
    secret = alea()
    row = await sso.ouvrir(uow, persona, auth_mode, cookie=empreinte(m.bac, secret), ancienne=ancienne)
    code = await sso.emettre_code(uow, row, demande, m.reglages)
    operation("PSC-AUTHORIZE", id_nat=persona.personne.id_nat, sid=row.sid, auth_mode=auth_mode)
    reponse = avec_code(m, demande, code, row.sid)
    poser_cookie(reponse, m, "session", secret)
    return reponse


def avec_code(m: Monde, demande: Demande, code: str, sid: str) -> Response:
    """The successful authorization response, ``iss`` always there (RFC 9207)."""
    champs = {"session_state": sid, "iss": m.issuer, "code": code}
    if demande.state is not None:
        champs = {"state": demande.state, **champs}
    return vers_le_client(demande.redirect_uri, champs, response_mode=demande.response_mode, parlee=m.langue)
