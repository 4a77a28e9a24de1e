"""Sessions and codes: load, decide, remember, tell."""

import hashlib
import secrets
import uuid
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.oidc.domain.autorisation import Demande
from gateway.oidc.domain.connexion import Etat
from gateway.oidc.domain.reglages import Reglages
from gateway.oidc.domain.session import Session
from gateway.personas.repertoire import Persona
from gateway.store.psc import (
    CibaRow,
    CodeRow,
    ConnexionRow,
    DemandeEcpsRow,
    JetonConnuRow,
    SessionClientRow,
    SessionPscRow,
)
from shared.contracts.gateway import SessionClose
from shared.db.unit_of_work import UnitOfWork
from shared.edge.bac import Bac

_CLIENTS = uuid.UUID("b3a1d9d0-0d5a-4c39-9d0a-5a9e1c1f7b10")


async def session_du_cookie(session: AsyncSession, bac: Bac, empreinte: str | None) -> SessionPscRow | None:
    """The session a browser holds in this bac and this epoch, open or not."""
    if empreinte is None:
        return None
    statement = select(SessionPscRow).where(
        SessionPscRow.cookie == empreinte, SessionPscRow.epoque == bac.epoque, SessionPscRow.terminee_a.is_(None)
    )
    return (await session.scalars(statement)).first()


async def session_active(
    session: AsyncSession, bac: Bac, sid: str, client_id: str | None, reglages: Reglages, *, verrou: bool = False
) -> tuple[SessionPscRow | None, bool]:
    """The row of an open session (``None`` when over), and whether ``client_id`` still belongs to it."""
    row = await session.get(SessionPscRow, sid, with_for_update=verrou or None)
    if row is None or row.epoque != bac.epoque:
        return None, False
    ouverte = row.patient is not None or row.to_domain().est_active(bac.now(), reglages)
    if not ouverte or row.terminee_a is not None:
        return None, False
    if client_id is None:
        return row, True
    membre = await session.get(SessionClientRow, (sid, client_id))
    return row, membre is not None and membre.detache_a is None


def nouvelle_session(bac: Bac, persona: Persona, auth_mode: str, *, cookie: str | None) -> SessionPscRow:
    maintenant = bac.now()
    return SessionPscRow(
        sid=str(uuid.uuid4()),
        epoque=bac.epoque,
        persona=persona.personne.slug,
        id_nat=persona.personne.id_nat,
        patient=None,
        auth_mode=auth_mode,
        auth_time=maintenant,
        ouverte_a=maintenant,
        vue_a=maintenant,
        terminee_a=None,
        cookie=cookie,
    )


async def ouvrir(
    uow: UnitOfWork, persona: Persona, auth_mode: str, *, cookie: str | None, ancienne: SessionPscRow | None = None
) -> SessionPscRow:
    """A login that succeeded: the browser's session authenticated again, or a new one when the person changed."""
    if ancienne is not None and ancienne.persona == persona.personne.slug:
        ancienne.suivre(ancienne.to_domain().reauthentifiee(uow.now(), auth_mode))
        ancienne.cookie = cookie or ancienne.cookie
        return ancienne
    if ancienne is not None:
        await terminer(uow, ancienne)
    row = nouvelle_session(uow.bac, persona, auth_mode, cookie=cookie)
    uow.session.add(row)
    return row


async def rattacher(session: AsyncSession, sid: str, client_id: str) -> None:
    """The client joins the session (again, when it had left)."""
    await session.merge(SessionClientRow(sid=sid, client_id=client_id, detache_a=None))


async def emettre_code(uow: UnitOfWork, row: SessionPscRow, demande: Demande, reglages: Reglages) -> str:
    """``<uuid>.<session uuid>.<client uuid>``, good once for a minute; only its digest is kept (PSC §2.3)."""
    code = f"{uuid.UUID(bytes=secrets.token_bytes(16), version=4)}.{row.sid}.{uuid.uuid5(_CLIENTS, demande.client_id)}"
    row.suivre(row.to_domain().utilisee(uow.now()))
    await rattacher(uow.session, row.sid, demande.client_id)
    uow.session.add(
        CodeRow(
            empreinte=hashlib.sha256(code.encode()).hexdigest(),
            client_id=demande.client_id,
            redirect_uri=demande.redirect_uri,
            scope=demande.scope,
            sid=row.sid,
            nonce=demande.nonce,
            code_challenge=demande.code_challenge,
            code_challenge_method=demande.code_challenge_method,
            expire_a=uow.now() + timedelta(seconds=reglages.code_ttl),
            utilise_a=None,
        )
    )
    return code


async def terminer(uow: UnitOfWork, row: SessionPscRow) -> list[str]:
    """End a session for every client; returns those that were in it, for back-channel logout."""
    if row.terminee_a is not None:
        return []
    row.suivre(row.to_domain().terminee(uow.now()))
    membres = await clients_de(uow.session, row.sid)
    uow.emit(SessionClose(occurred_at=uow.now(), sid=row.sid, id_nat=row.id_nat))
    return membres


async def clients_de(session: AsyncSession, sid: str) -> list[str]:
    statement = select(SessionClientRow.client_id).where(
        SessionClientRow.sid == sid, SessionClientRow.detache_a.is_(None)
    )
    return list(await session.scalars(statement.order_by(SessionClientRow.client_id)))


async def sessions_avec(session: AsyncSession, client_id: str) -> list[str]:
    statement = select(SessionClientRow.sid).where(
        SessionClientRow.client_id == client_id, SessionClientRow.detache_a.is_(None)
    )
    return list(await session.scalars(statement))


async def detacher(uow: UnitOfWork, sid: str, client_id: str) -> None:
    """One client leaves: its tokens stop. The session ends with its last client, as the platform does."""
    membre = await uow.session.get(SessionClientRow, (sid, client_id))
    row = await uow.session.get(SessionPscRow, sid, with_for_update=True)
    if membre is None or membre.detache_a is not None or row is None:
        return
    membre.detache_a = uow.now()
    await uow.session.flush()
    if await clients_de(uow.session, sid):
        uow.emit(SessionClose(occurred_at=uow.now(), sid=sid, id_nat=row.id_nat, client_id=client_id))
    else:
        await terminer(uow, row)


async def jeton_connu(session: AsyncSession, jti: str, nature: str) -> bool:
    return await session.get(JetonConnuRow, (jti[:100], nature)) is not None


async def retenir_jeton(session: AsyncSession, jti: str, nature: str, expire_a: datetime) -> None:
    await session.merge(JetonConnuRow(jti=jti[:100], nature=nature, expire_a=expire_a))


async def purger(uow: UnitOfWork, reglages: Reglages) -> None:
    """Forget what can no longer be asked about; a day of grace so that late questions get the right answer."""
    limite = uow.now() - timedelta(days=1)
    for table in (CodeRow, ConnexionRow, DemandeEcpsRow, CibaRow, JetonConnuRow):
        await uow.session.execute(delete(table).where(table.expire_a < limite))
    mortes = select(SessionPscRow.sid).where(SessionPscRow.vue_a < limite - timedelta(seconds=reglages.sso_max))
    await uow.session.execute(delete(SessionClientRow).where(SessionClientRow.sid.in_(mortes)))
    await uow.session.execute(
        delete(SessionPscRow).where(SessionPscRow.vue_a < limite - timedelta(seconds=reglages.sso_max))
    )


async def repondre_demande(
    uow: UnitOfWork, id_: str, *, accord: bool, pin: str | None, pin_attendu: str
) -> DemandeEcpsRow | None:
    """The gesture on the phone, once: the state it leaves is the row's."""
    row = await uow.session.get(DemandeEcpsRow, id_, with_for_update=True)
    if row is None:
        return None
    demande = row.to_domain().repondue(accord, pin, maintenant=uow.now(), pin_attendu=pin_attendu)
    row.suivre(demande)
    return row


async def demandes_en_attente(session: AsyncSession, persona: str | None, maintenant: datetime) -> list[DemandeEcpsRow]:
    """What phones show now (oldest first): still waiting, not expired, not about to answer by itself."""
    statement = select(DemandeEcpsRow).where(
        DemandeEcpsRow.etat == Etat.ATTENTE.value, DemandeEcpsRow.expire_a > maintenant
    )
    if persona is not None:
        statement = statement.where(DemandeEcpsRow.persona == persona)
    rows = await session.scalars(statement.order_by(DemandeEcpsRow.creee_a, DemandeEcpsRow.id).limit(200))
    return [r for r in rows if r.to_domain().vue(maintenant).etat is Etat.ATTENTE]


async def oublier_sessions_de(uow: UnitOfWork, id_nat: str) -> None:
    """Every open session of a person ends (the account was closed)."""
    statement = select(SessionPscRow).where(SessionPscRow.id_nat == id_nat, SessionPscRow.terminee_a.is_(None))
    for row in await uow.session.scalars(statement):
        await terminer(uow, row)


def fin_de_session(session: Session, reglages: Reglages, maintenant: datetime) -> int:
    """Seconds the session may still live if it is used to the end."""
    debut = session.ouverte_a or session.auth_time
    return max(0, int((debut + timedelta(seconds=reglages.sso_max) - maintenant).total_seconds()))
