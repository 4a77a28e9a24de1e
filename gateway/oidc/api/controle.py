"""``/_bac/psc``: knobs, queued logins, phone requests, sessions, keys: for tests and the console."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlalchemy import delete, select
from starlette.requests import Request
from starlette.responses import Response

from gateway.oidc import sso
from gateway.oidc.api.deconnexion import fermer_session
from gateway.oidc.api.outils import lire, monde
from gateway.oidc.domain.connexion import DemandeEcps, Etat
from gateway.oidc.fournisseur import fournisseur
from gateway.personas.repertoire import trouver
from gateway.store.psc import DemandeEcpsRow, ProchaineConnexionRow, ReglagesPscRow, SessionPscRow
from shared.errors import Conflit, Introuvable
from shared.web.deps import BacDep, LectureDep, UowDep, contexte

router = APIRouter(prefix="/_bac/psc", tags=["control: Pro Santé Connect"])

Cle = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00]+$")]


class NextLogin(BaseModel):
    """Who the next login page of the bac answers for, and how it ends."""

    model_config = ConfigDict(extra="forbid")

    persona: Cle
    outcome: Literal["approve", "refuse", "timeout"] = "approve"
    means: Literal["MOBILE", "CARD"] | None = None
    times: int = 1


class PhoneAnswer(BaseModel):
    model_config = ConfigDict(extra="forbid")

    decision: Literal["approve", "refuse"]
    pin: Annotated[str, StringConstraints(max_length=8)] | None = None


def persona_inconnu(cle: str) -> Introuvable:
    return Introuvable(
        f"No professional {cle!r} in this bac: give a slug, a national identifier or an RPPS (GET /_bac/personas).",
        f"Aucun professionnel {cle!r} dans ce bac : donnez un slug, un identifiant national ou un RPPS "
        "(GET /_bac/personas).",
        regle="PSC-PER-01",
        champ="persona",
    )


@router.get("/settings")
async def lire_reglages(request: Request, bac: BacDep) -> dict[str, Any]:
    """Every knob and its value."""
    return (await fournisseur(contexte(request)).reglages(bac)).to_json()


@router.patch("/settings")
async def changer_reglages(request: Request, bac: BacDep, changements: Annotated[dict[str, Any], Body()]) -> Any:
    """Change some knobs; the others stay. An unknown name or value is refused with what is allowed."""
    ctx = contexte(request)
    psc = fournisseur(ctx)
    psc.relire_reglages(bac)
    reglages = (await psc.reglages(bac)).modifies(changements)
    async with ctx.transaction(bac) as uow:
        await uow.session.merge(ReglagesPscRow(cle="psc", valeurs=reglages.to_json()))
    psc.relire_reglages(bac)
    return reglages.to_json()


@router.delete("/settings")
async def oublier_reglages(request: Request, bac: BacDep) -> dict[str, Any]:
    """Every knob back to its default."""
    ctx = contexte(request)
    async with ctx.transaction(bac) as uow:
        await uow.session.execute(delete(ReglagesPscRow))
    fournisseur(ctx).relire_reglages(bac)
    return (await fournisseur(ctx).reglages(bac)).to_json()


@router.post("/next-login", status_code=201)
async def prevoir(corps: NextLogin, uow: UowDep) -> dict[str, Any]:
    """Queue the answer of the next login page: it then never shows."""
    persona = await trouver(uow.session, corps.persona)
    if persona is None:
        raise persona_inconnu(corps.persona)
    if not 1 <= corps.times <= 100:
        raise Conflit("times is 1 to 100.", "times va de 1 à 100.", regle="PSC-FILE-01", champ="times")
    for _ in range(corps.times):
        uow.session.add(
            ProchaineConnexionRow(persona=persona.personne.slug, issue=corps.outcome, auth_mode=corps.means)
        )
    return {"persona": persona.personne.slug, "outcome": corps.outcome, "means": corps.means, "times": corps.times}


@router.get("/next-login")
async def previsions(session: LectureDep) -> list[dict[str, Any]]:
    """The logins that will answer by themselves, first to come first."""
    rows = await session.scalars(select(ProchaineConnexionRow).order_by(ProchaineConnexionRow.rang))
    return [{"persona": r.persona, "outcome": r.issue, "means": r.auth_mode} for r in rows]


@router.delete("/next-login", status_code=204)
async def oublier_previsions(uow: UowDep) -> None:
    """Forget the queued logins: the page shows again."""
    await uow.session.execute(delete(ProchaineConnexionRow))


@router.get("/ecps")
async def demandes(bac: BacDep, session: LectureDep, persona: str | None = None) -> list[dict[str, Any]]:
    """What the phones show now."""
    slug = None
    if persona is not None:
        trouve = await trouver(session, persona)
        if trouve is None:
            raise persona_inconnu(persona)
        slug = trouve.personne.slug
    return [_vue(r.to_domain()) for r in await sso.demandes_en_attente(session, slug, bac.now())]


def _vue(d: DemandeEcps) -> dict[str, Any]:
    return {
        "id": d.id,
        "persona": d.persona,
        "id_nat": d.id_nat,
        "number": d.numero,
        "service": d.service,
        "origin": d.origine,
        "state": d.etat.value,
        "attempts": d.essais,
        "expires_at": d.expire_a.isoformat(),
    }


@router.post("/ecps/{id_}")
async def repondre(id_: Cle, corps: PhoneAnswer, uow: UowDep) -> dict[str, Any]:
    """Press a button of the phone; without ``pin`` the right one is typed."""
    demande = await uow.session.get(DemandeEcpsRow, id_)
    if demande is None:
        raise Introuvable("No such phone request.", "Demande inconnue.", regle="PSC-ECPS-01", champ="id")
    if demande.to_domain().vue(uow.now()).etat is not Etat.ATTENTE:
        raise Conflit(
            "This request no longer waits for an answer.",
            "Cette demande n'attend plus de réponse.",
            regle="PSC-ECPS-02",
        )
    persona = await trouver(uow.session, demande.persona)
    pin = persona.pin if persona else "1234"
    row = await sso.repondre_demande(
        uow,
        id_,
        accord=corps.decision == "approve",
        pin=pin if corps.pin is None else corps.pin,
        pin_attendu=pin,
    )
    assert row is not None
    return _vue(row.to_domain())


@router.get("/sessions")
async def sessions(request: Request, bac: BacDep) -> list[dict[str, Any]]:
    """The open sessions of professionals and patients, latest first."""
    m = await monde(request)
    async with lire(m) as session:
        statement = (
            select(SessionPscRow)
            .where(SessionPscRow.epoque == bac.epoque, SessionPscRow.terminee_a.is_(None))
            .order_by(SessionPscRow.vue_a.desc(), SessionPscRow.sid)
            .limit(500)
        )
        rows = list(await session.scalars(statement))
        return [
            {
                "sid": r.sid,
                "persona": r.persona,
                "id_nat": r.id_nat,
                "means": r.auth_mode,
                "auth_time": r.auth_time.isoformat(),
                "ends_at": r.to_domain().fin(m.reglages).isoformat(),
                "clients": await sso.clients_de(session, r.sid),
            }
            for r in rows
            if r.patient is not None or r.to_domain().est_active(bac.now(), m.reglages)
        ]


@router.delete("/sessions/{sid}", status_code=204)
async def fermer(sid: Cle, request: Request) -> Response:
    """End a session from outside, as an administrator of the platform would."""
    if not await fermer_session(await monde(request), sid):
        raise Introuvable("No such open session.", "Aucune session ouverte de ce nom.", regle="PSC-SES-01", champ="sid")
    return Response(status_code=204)


@router.post("/keys/rotate", status_code=201)
async def tourner(request: Request, bac: BacDep) -> dict[str, Any]:
    """A new signing key; the old one stays published so that living tokens verify (PSC §11 row 40)."""
    signataire = await fournisseur(contexte(request)).tourner(bac.nom)
    return {
        "kid": signataire.trousseau.signature.kid,
        "previous": [c.kid for c in signataire.trousseau.anciennes],
    }
