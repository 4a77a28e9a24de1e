"""``/_bac/personas``: who can be played in a bac; add and change professionals; mint their tokens."""

import re
import secrets
import unicodedata
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request

from gateway.clients.seed import CLIENT_ID
from gateway.oidc import sso
from gateway.oidc.api.controle import persona_inconnu
from gateway.oidc.api.emission import Octroi, emettre
from gateway.oidc.api.lectures import composer
from gateway.oidc.api.outils import Monde, lire, monde
from gateway.oidc.domain.autorisation import SCOPES
from gateway.oidc.domain.client import Client
from gateway.personas.emission_patient import emettre_patient, trouver_patient
from gateway.personas.fiche import PersonaChangements, PersonaEntree
from gateway.personas.repertoire import Persona, depuis_row, lister, trouver
from gateway.store import clients
from gateway.store.personas import PersonaRow
from shared.contracts.gateway import ProfessionnelCree, ProfessionnelModifie
from shared.decision import operation
from shared.errors import Conflit, Introuvable, Invalide, RegleMetier
from shared.identite import PsIdNat, Rpps
from shared.monde.patients import PATIENTS
from shared.monde.professionnels import PROFESSIONNELS
from shared.monde.structures import STRUCTURES
from shared.web.deps import LectureDep, UowDep

router = APIRouter(prefix="/_bac/personas", tags=["control: personas"])


class TokenOrder(BaseModel):
    """What to mint. For a patient only ``client_id`` counts."""

    model_config = ConfigDict(extra="forbid")

    client_id: Annotated[str, StringConstraints(max_length=100)] = CLIENT_ID
    scope: Annotated[str, StringConstraints(max_length=500)] = "openid scope_all"
    nonce: Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00]*$")] | None = None
    means: Literal["MOBILE", "CARD"] | None = None


@router.get("")
async def tous(session: LectureDep, type: Literal["professionnel", "patient", "structure"] | None = None) -> Any:
    """Everybody who can be played, by kind."""
    personnes: list[dict[str, Any]] = []
    if type in (None, "professionnel"):
        personnes += [_resume(p) for p in await lister(session)]
    if type in (None, "patient"):
        personnes += [
            {
                "slug": p.slug,
                "type": "patient",
                "nom": p.traits.nom_naissance,
                "prenom": p.traits.prenom,
                "matricule_ins": p.matricule_ins,
                "situations": sorted(p.situations),
            }
            for p in PATIENTS.values()
        ]
    if type in (None, "structure"):
        personnes += [
            {"slug": s.slug, "type": "structure", "nom": s.raison_sociale, "structure_id": s.identifiant}
            for s in STRUCTURES.values()
        ]
    return {"personas": personnes}


@router.get("/{slug}")
async def un(slug: str, request: Request) -> dict[str, Any]:
    """One professional, with the UserInfo a client with ``scope_all`` would get."""
    m = await monde(request)
    async with lire(m) as session:
        persona = await _existant(session, slug)
    info = composer(persona, scope="openid scope_all", auth_mode=persona.personne.auth_mode, m=m)
    return {**_resume(persona), "pin": persona.pin, "politique": persona.politique, "userinfo": info}


@router.post("", status_code=201)
async def ajouter(corps: PersonaEntree, uow: UowDep) -> dict[str, Any]:
    """A new professional of this bac: directory, mailbox and tokens follow from the event."""
    donnees = corps.model_dump()
    donnees["id_nat"] = _id_nat(corps)
    slug = corps.slug or _slug(corps)
    for cle in (slug, donnees["id_nat"]):
        if await trouver(uow.session, cle) is not None or cle in PATIENTS:
            raise Conflit(
                f"{cle} already names somebody in this bac.",
                f"{cle} désigne déjà quelqu'un dans ce bac.",
                regle="PSC-PER-02",
                champ="slug" if cle == slug else "id_nat",
            )
    for rang, activite in enumerate(corps.activites):
        if isinstance(activite.structure, str) and activite.structure not in STRUCTURES:
            raise Invalide(
                f"No structure {activite.structure!r} in the demonstration world.",
                f"Aucune structure {activite.structure!r} dans le monde de démonstration.",
                regle="PSC-PER-03",
                champ=f"activites.{rang}.structure",
            )
    row = PersonaRow(slug=slug, id_nat=donnees["id_nat"], ajoute=True, donnees=donnees)
    uow.session.add(row)
    persona = depuis_row(row)
    uow.emit(ProfessionnelCree(occurred_at=uow.now(), **_faits(persona)))
    operation("PERSONA-AJOUT", id_nat=row.id_nat)
    return _resume(persona)


@router.patch("/{slug}")
async def changer(slug: str, corps: PersonaChangements, uow: UowDep) -> dict[str, Any]:
    """Change a professional, those of the demonstration world included; a closed account loses its sessions."""
    persona = await _existant(uow.session, slug)
    cle = persona.personne.slug
    row = await uow.session.get(PersonaRow, cle, with_for_update=True)
    if row is None:
        row = PersonaRow(slug=cle, id_nat=persona.personne.id_nat, ajoute=False, donnees={})
        uow.session.add(row)
    changements = corps.model_dump(exclude_unset=True)
    row.donnees = {**row.donnees, **changements, "version": int(row.donnees.get("version", 0)) + 1}
    nouveau = depuis_row(row)
    uow.emit(ProfessionnelModifie(occurred_at=uow.now(), **_faits(nouveau)))
    if not nouveau.peut_se_connecter:
        await sso.oublier_sessions_de(uow, nouveau.personne.id_nat)
    return _resume(nouveau)


@router.delete("/{slug}", status_code=204)
async def fermer(slug: str, uow: UowDep) -> None:
    """Close the account: sessions end, no login succeeds any more; the person stays known to the directory."""
    persona = await _existant(uow.session, slug)
    cle = persona.personne.slug
    row = await uow.session.get(PersonaRow, cle, with_for_update=True)
    if row is None:
        row = PersonaRow(slug=cle, id_nat=persona.personne.id_nat, ajoute=False, donnees={})
        uow.session.add(row)
    row.donnees = {**row.donnees, "actif": False, "version": int(row.donnees.get("version", 0)) + 1}
    uow.emit(ProfessionnelModifie(occurred_at=uow.now(), **_faits(depuis_row(row))))
    await sso.oublier_sessions_de(uow, row.id_nat)


@router.post("/{slug}/tokens", status_code=201)
async def frapper(slug: str, request: Request, corps: TokenOrder | None = None) -> dict[str, Any]:
    """A full token set without any login page: of a professional for a client, or of a patient (slug or matricule)."""
    ordre = corps or TokenOrder()
    m = await monde(request)
    async with lire(m) as session:
        client = await clients.lire(session, ordre.client_id)
        persona = await trouver(session, slug)
        patient = None if persona else await trouver_patient(session, slug, m.bac.reglages.oid_mode)
    if client is None:
        raise Introuvable(
            f"No client {ordre.client_id!r} in this bac.",
            f"Aucun client {ordre.client_id!r} dans ce bac.",
            regle="PSC-CLI-02",
            champ="client_id",
        )
    if patient is not None:
        return await emettre_patient(m, patient, client.client_id)
    if persona is None:
        raise persona_inconnu(slug)
    return await _frapper_professionnel(m, persona, client, ordre)


async def _frapper_professionnel(m: Monde, persona: Persona, client: Client, ordre: TokenOrder) -> dict[str, Any]:
    if not persona.peut_se_connecter:
        raise RegleMetier(
            f"{persona.personne.slug} cannot sign in (closed account, or not a person).",
            f"{persona.personne.slug} ne peut pas se connecter (compte fermé, ou pas une personne).",
            regle="PSC-PER-04",
            champ="slug",
        )
    scopes = ordre.scope.split()
    if "openid" not in scopes or any(s not in SCOPES for s in scopes):
        raise Invalide(
            "scope must contain openid and only advertised scopes.",
            "scope doit contenir openid et seulement des scopes annoncés.",
            regle="PSC-AUT-11",
            champ="scope",
        )
    async with m.ctx.transaction(m.bac) as uow:
        if m.psc.est_jour_de_menage(m.bac.nom):
            await sso.purger(uow, m.reglages)
        row = sso.nouvelle_session(m.bac, persona, ordre.means or persona.personne.auth_mode, cookie=None)
        uow.session.add(row)
        await sso.rattacher(uow.session, row.sid, client.client_id)
    operation("PERSONA-JETONS", id_nat=row.id_nat, client_id=client.client_id, sid=row.sid)
    return await emettre(m, Octroi(row.to_domain(), persona, client.client_id, " ".join(scopes), ordre.nonce))


async def _existant(session: AsyncSession, slug: str) -> Persona:
    persona = await trouver(session, slug)
    if persona is None:
        raise persona_inconnu(slug)
    return persona


def _resume(persona: Persona) -> dict[str, Any]:
    p = persona.personne
    return {
        "slug": p.slug,
        "type": "logiciel" if "logiciel" in p.situations else "professionnel",
        "nom": p.nom,
        "prenom": p.prenom,
        "libelle": p.libelle,
        "id_nat": p.id_nat,
        "profession": p.profession,
        "savoir_faire": p.savoir_faire,
        "structure": p.structure,
        "adresse_mss": persona.adresse_mss or p.adresse_mss,
        "auth_mode": p.auth_mode,
        "ecps_active": p.ecps_active,
        "peut_se_connecter": persona.peut_se_connecter,
        "ajoute": persona.ajoute,
        "situations": sorted(p.situations),
    }


def _faits(persona: Persona) -> dict[str, Any]:
    p = persona.personne
    activite = next((a for a in p.activites if a.structure), None)
    lieu = persona.structures.get(activite.structure or "") if activite else None
    return {
        "id_nat": p.id_nat,
        "nom": p.nom,
        "prenom": p.prenom,
        "profession_code": p.profession,
        "adresse_mss": persona.adresse_mss or p.adresse_mss,
        "civilite": p.civilite or None,
        "savoir_faire": p.savoir_faire or None,
        "structure_id": lieu.identifiant if lieu else None,
        "structure_nom": lieu.raison_sociale if lieu else None,
        "secteur_activite": activite.secteur if activite else None,
    }


def _id_nat(corps: PersonaEntree) -> str:
    """The identifier given, checked; else a fresh RPPS of the test range (997), key included."""
    if corps.rpps is not None:
        return str(Rpps(corps.rpps).id_nat)
    if corps.id_nat is not None:
        return str(PsIdNat(corps.id_nat))
    return str(Rpps.de(f"9978{secrets.randbelow(10**6):06d}").id_nat)


def _slug(corps: PersonaEntree) -> str:
    plat = unicodedata.normalize("NFKD", f"{corps.nom}-{corps.prenom}").encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", plat).strip("-")[:50] or "persona"
    return f"{base}-{secrets.token_hex(2)}" if base in PROFESSIONNELS else base
