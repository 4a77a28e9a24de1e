"""Tokens of a patient: the principal of Mon espace santé and of the carte Vitale app."""

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.oidc import sso
from gateway.oidc.api.emission import horodatage
from gateway.oidc.api.outils import Monde
from gateway.oidc.domain.patients import DUREE, claims_patient
from gateway.store.personas import PatientConnuRow
from gateway.store.psc import SessionPscRow
from shared.decision import operation
from shared.identite import OidMode
from shared.ids import RandomIds
from shared.monde.patients import PAR_MATRICULE, PATIENTS


@dataclass(frozen=True, slots=True)
class PatientConnu:
    slug: str
    matricule_ins: str
    oid: str
    nom: str
    prenom: str


async def trouver_patient(session: AsyncSession, cle: str, oid_mode: OidMode) -> PatientConnu | None:
    """By slug or by fifteen-character matricule: of the demonstration world, or made in this bac since.

    Someone whose matricule changed is found under both, and has the new one.
    """
    du_monde = PATIENTS.get(cle) or PAR_MATRICULE.get(cle)
    matricule = du_monde.matricule_ins if du_monde else cle
    if len(matricule) != 15 or "\0" in matricule:
        return None
    if (row := await _derniere(session, matricule)) is not None:
        return PatientConnu(cle, row.matricule_ins, row.oid, row.nom_naissance, row.prenom)
    if du_monde is None:
        return None
    traits = du_monde.traits
    return PatientConnu(du_monde.slug, matricule, du_monde.oid(oid_mode), traits.nom_naissance, traits.prenom)


async def _derniere(session: AsyncSession, matricule: str) -> PatientConnuRow | None:
    """What is known of a matricule, or of the one that replaced it, to the last."""
    vus: set[str] = set()
    trouvee: PatientConnuRow | None = await session.get(PatientConnuRow, matricule)
    while matricule not in vus:
        vus.add(matricule)
        statement = select(PatientConnuRow).where(PatientConnuRow.remplace == matricule).limit(1)
        if (suivante := (await session.scalars(statement)).first()) is not None:
            trouvee, matricule = suivante, suivante.matricule_ins
    return trouvee


async def emettre_patient(m: Monde, patient: PatientConnu, client_id: str) -> dict[str, Any]:
    """An hour of access for the person, in a session of their own that can be closed like any other."""
    sid = str(uuid.uuid4())
    maintenant = m.bac.now()
    identite = {
        "matricule_ins": patient.matricule_ins,
        "oid": patient.oid,
        "family_name": patient.nom,
        "given_name": patient.prenom,
    }
    async with m.ctx.transaction(m.bac) as uow:
        uow.session.add(
            SessionPscRow(
                sid=sid,
                epoque=m.bac.epoque,
                persona=patient.slug,
                id_nat=patient.matricule_ins,
                patient=identite,
                auth_mode="MOBILE",
                auth_time=maintenant,
                ouverte_a=maintenant,
                vue_a=maintenant,
                terminee_a=None,
                cookie=None,
            )
        )
        await sso.rattacher(uow.session, sid, client_id)
    claims = claims_patient(
        identite, issuer=m.issuer, client_id=client_id, instant=horodatage(m), ids=RandomIds(), sid=sid
    )
    operation("PATIENT-JETON", client_id=client_id, sid=sid)
    jeton = await (await m.psc.signataire(m.bac.nom)).signer(claims)
    return {
        "access_token": jeton,
        "expires_in": DUREE,
        "token_type": "Bearer",
        "session_state": sid,
        "scope": claims["scope"],
        "sub": claims["sub"],
        "matricule_ins": patient.matricule_ins,
    }
