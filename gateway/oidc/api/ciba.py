"""CIBA by poll: the backchannel request and each poll of the token endpoint (PSC §4)."""

import secrets
import uuid
from datetime import timedelta

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.oidc import sso
from gateway.oidc.api import contrat
from gateway.oidc.api.appel import Appel, lire_appel
from gateway.oidc.api.emission import Octroi
from gateway.oidc.api.outils import NO_STORE, Monde, lire, noter_oauth, sha256
from gateway.oidc.domain.ciba import juger_sondage, politique_de, valider_ciba
from gateway.oidc.domain.connexion import demande_ecps
from gateway.oidc.domain.decouverte import PROTOCOLE
from gateway.oidc.domain.refus import RefusOAuth, refus
from gateway.personas.repertoire import Persona, trouver
from gateway.store.psc import CibaRow, DemandeEcpsRow, SessionPscRow
from shared.decision import operation
from shared.web.reponses import JSONReponse

router = APIRouter(prefix=PROTOCOLE, tags=["Pro Santé Connect"])


async def par_ciba(a: Appel) -> Octroi:
    """One poll (PSC §4.3). The answer is remembered with the time it was given."""
    valeur = a.champs.get("auth_req_id")
    if not valeur:
        raise refus("PSC-CIBA-20")
    m, client_id = a.m, a.client.client_id
    persona: Persona | None = None
    session: SessionPscRow | None = None
    async with m.ctx.transaction(m.bac) as uow:
        row = await uow.session.get(CibaRow, sha256(valeur), with_for_update=True)
        demande = await uow.session.get(DemandeEcpsRow, row.demande_id) if row else None
        regle = juger_sondage(
            row.to_domain() if row else None,
            demande.to_domain() if demande else None,
            client_id=client_id,
            maintenant=uow.now(),
        )
        if row is not None and row.client_id == client_id:
            row.suivre(row.to_domain().sondee(uow.now(), regle))
        if regle is None and row is not None and demande is not None:
            persona = await trouver(uow.session, demande.persona)
            if m.psc.est_jour_de_menage(m.bac.nom):
                await sso.purger(uow, m.reglages)
            if persona is not None:
                session = sso.nouvelle_session(m.bac, persona, row.channel, cookie=None)
                uow.session.add(session)
                await sso.rattacher(uow.session, session.sid, client_id)
    if regle is not None or row is None or session is None or persona is None:
        raise refus(regle or "PSC-CIBA-21").avec(
            client_id=client_id,
            known=row is not None,
            interval=row.intervalle if row else None,
            expires_at=row.expire_a.isoformat() if row else None,
            now=m.bac.now().isoformat(),
        )
    return Octroi(session.to_domain(), persona, client_id, row.scope, None, cnf=a.cnf)


@router.post(
    "/ext/ciba/auth",
    openapi_extra=contrat.formulaire(
        ("scope",),
        ("login_hint", "id_token_hint", "binding_message", "acr_values", "channel", "requested_expiry"),
        refus=(400, 401, 503),
    ),
)
async def ciba(request: Request) -> Response:
    """Ask a professional's phone to sign in (PSC §4.2); the client then polls the token endpoint."""
    try:
        a = await lire_appel(request)
        return await _demander(a)
    except RefusOAuth as erreur:
        noter_oauth(erreur, "ciba")
        raise


async def _demander(a: Appel) -> Response:
    m = a.m
    voulue = valider_ciba(a.champs, a.client, m.reglages, strict=m.strict)
    async with lire(m) as session:
        persona = await trouver(session, await _indice(m, voulue.indice, voulue.valeur_indice))
    if persona is None or not persona.peut_se_connecter:
        raise refus("PSC-CIBA-05")
    politique = politique_de([persona.politique, m.reglages.ciba_policy])
    if politique == "unreachable" or (voulue.channel == "MOBILE" and not persona.personne.ecps_active):
        raise refus("PSC-CIBA-26")
    auth_req_id = secrets.token_urlsafe(48)
    demande = demande_ecps(
        str(uuid.uuid4()),
        persona=persona.personne.slug,
        id_nat=persona.personne.id_nat,
        numero=voulue.binding_message or "",
        service=a.client.nom or a.client.client_id,
        origine="ciba",
        maintenant=m.bac.now(),
        duree=voulue.duree,
        politique=politique,
        reglages=m.reglages,
    )
    async with m.ctx.transaction(m.bac) as uow:
        uow.session.add(DemandeEcpsRow.de(demande))
        uow.session.add(
            CibaRow(
                empreinte=sha256(auth_req_id),
                client_id=a.client.client_id,
                scope=voulue.scope,
                channel=voulue.channel,
                demande_id=demande.id,
                expire_a=uow.now() + timedelta(seconds=voulue.duree),
                intervalle=m.reglages.ciba_interval,
                sondee_a=None,
                consommee=False,
            )
        )
    operation("PSC-CIBA", client_id=a.client.client_id, id_nat=demande.id_nat, numero=demande.numero)
    corps = {"auth_req_id": auth_req_id, "expires_in": voulue.duree, "interval": m.reglages.ciba_interval}
    return JSONReponse(corps, headers=NO_STORE)


async def _indice(m: Monde, indice: str, valeur: str) -> str:
    """The national identifier a hint stands for."""
    if indice == "login_hint":
        return valeur
    claims = (await m.psc.signataire(m.bac.nom)).lire(valeur)
    return str((claims or {}).get("preferred_username", ""))
