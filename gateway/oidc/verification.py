"""Is this token of ours worth anything now? One statement answers: it is the hottest question there is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.oidc.domain.reglages import Reglages
from gateway.oidc.domain.session import Session
from gateway.personas.repertoire import Persona, depuis_row, du_monde
from gateway.store.personas import PersonaRow
from gateway.store.psc import JetonConnuRow, SessionClientRow, SessionPscRow
from shared.edge.bac import Bac

_ETAT = (
    select(
        SessionPscRow.sid,
        SessionPscRow.epoque,
        SessionPscRow.persona,
        SessionPscRow.id_nat,
        SessionPscRow.patient,
        SessionPscRow.auth_mode,
        SessionPscRow.auth_time,
        SessionPscRow.ouverte_a,
        SessionPscRow.vue_a,
        SessionPscRow.terminee_a,
        SessionClientRow.client_id,
        SessionClientRow.detache_a,
        JetonConnuRow.jti.label("revoque"),
        PersonaRow.slug.label("p_slug"),
        PersonaRow.id_nat.label("p_id_nat"),
        PersonaRow.ajoute.label("p_ajoute"),
        PersonaRow.donnees.label("p_donnees"),
    )
    .select_from(SessionPscRow)
    .outerjoin(
        SessionClientRow,
        and_(SessionClientRow.sid == SessionPscRow.sid, SessionClientRow.client_id == bindparam("client_id")),
    )
    .outerjoin(JetonConnuRow, and_(JetonConnuRow.jti == bindparam("jti"), JetonConnuRow.nature == bindparam("nature")))
    .outerjoin(PersonaRow, PersonaRow.slug == SessionPscRow.persona)
    .where(SessionPscRow.sid == bindparam("sid"))
)


@dataclass(frozen=True, slots=True)
class Porteur:
    """Who holds a living token: a professional, or a patient (``persona`` is then ``None``)."""

    session: Session
    persona: Persona | None
    patient: Mapping[str, Any] | None


async def porteur(
    lecture: AsyncSession, bac: Bac, claims: Mapping[str, Any], *, instant: datetime, reglages: Reglages
) -> Porteur | None:
    """The holder of a token whose signature holds; ``None`` when expired, revoked, or when its session is over.

    ``instant`` is the time that stamps tokens (ruling 11.4); sessions live on the bac's clock.
    """
    if instant.timestamp() >= claims["exp"]:
        return None
    parametres = {
        "sid": str(claims.get("sid", ""))[:36],
        "client_id": str(claims.get("azp", ""))[:100],
        "jti": str(claims.get("jti", ""))[:100],
        "nature": "revoque",
    }
    row = (await lecture.execute(_ETAT, parametres)).first()
    if row is None or row.epoque != bac.epoque or row.client_id is None or row.detache_a is not None or row.revoque:
        return None
    session = Session(
        row.sid, row.persona, row.id_nat, row.auth_time, row.vue_a, row.auth_mode, row.ouverte_a, row.terminee_a
    )
    if row.patient is not None:
        return Porteur(session, None, row.patient) if row.terminee_a is None else None
    if not session.est_active(bac.now(), reglages):
        return None
    if row.p_slug is not None:
        fiche = PersonaRow(slug=row.p_slug, id_nat=row.p_id_nat, ajoute=row.p_ajoute, donnees=row.p_donnees)
        return Porteur(session, depuis_row(fiche), None)
    persona = du_monde(row.persona)
    return Porteur(session, persona, None) if persona else None
