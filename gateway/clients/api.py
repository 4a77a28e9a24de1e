"""``/_bac/clients``: enrol, read, change and remove clients and software numbers of a bac (architecture §11.9)."""

import secrets
from dataclasses import replace
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from gateway.clients.seed import CLIENT_DEMO
from gateway.oidc import sso
from gateway.oidc.domain.client import GRANT_CIBA, GRANT_CODE, GRANT_REFRESH, Client
from gateway.oidc.signature import cles_lisibles
from gateway.store import clients as store
from gateway.store.clients import IdentifiantRow
from shared.db.unit_of_work import UnitOfWork
from shared.errors import Conflit, Introuvable, Invalide
from shared.web.deps import LectureDep, UowDep

router = APIRouter(prefix="/_bac/clients", tags=["control: clients"])

Nom = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]+$")]
ClientId = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,100}$")]
Uri = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=r"^[^\x00-\x20]+$")]
Uris = Annotated[list[Uri], Field(max_length=200)]
Grant = Literal["authorization_code", "refresh_token", "urn:openid:params:grant-type:ciba"]
Methode = Literal["client_secret_basic", "client_secret_post", "private_key_jwt", "tls_client_auth"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ListeChangee(_Strict):
    """Add to or take from a list without sending it whole."""

    ajouter: Uris = []
    retirer: Uris = []


class _Commun(_Strict):
    nom: Nom | None = None
    grant_types: list[Grant] | None = None
    auth_methods: list[Methode] | None = None
    ciba_enabled: bool | None = None
    pkce_required: bool | None = None
    autologin: bool | None = Field(None, description="a login_hint naming a persona signs in without any page")
    jwks: dict[str, Any] | None = None
    tls_client_auth_subject_dn: Nom | None = None
    tls_client_certificate_bound_access_tokens: bool | None = None
    backchannel_logout_uri: Uri | None = None
    backchannel_logout_session_required: bool | None = None
    environment: Literal["bas", "prod"] | None = None
    espace: Literal["communautaire", "confiance"] | None = None


class ClientEntree(_Commun):
    """Everything has a default: an empty object enrols a client with a random id and secret and no redirect URI."""

    client_id: ClientId | None = None
    client_secret: Nom | None = None
    redirect_uris: Uris = []
    post_logout_redirect_uris: Uris = []


class ClientChangements(_Commun):
    client_secret: Nom | None = None
    redirect_uris: Uris | ListeChangee | None = None
    post_logout_redirect_uris: Uris | ListeChangee | None = None


class IdentifiantEntree(_Strict):
    valeur: Nom
    nom: Nom = "Logiciel"


Nature = Literal["IDAM", "NIL", "CLE_API"]


@router.get("")
async def lister(session: LectureDep) -> dict[str, Any]:
    """Clients, and the numbers and keys softwares show on other wires."""
    return {
        "clients": [_vue(c) for c in await store.tous(session)],
        "identifiants": [_identifiant(r) for r in await store.identifiants(session)],
    }


@router.post("", status_code=201)
async def enroler(corps: ClientEntree, uow: UowDep) -> dict[str, Any]:
    """Enrol an OIDC client. Redirect URIs are compared exactly, character by character."""
    donnees = corps.model_dump(exclude_none=True)
    client_id = donnees.pop("client_id", None) or f"lps-{secrets.token_hex(4)}"
    if await store.lire(uow.session, client_id) is not None:
        raise Conflit(
            f"Client {client_id} is already enrolled: PATCH /_bac/clients/{client_id}.",
            f"Le client {client_id} est déjà enrôlé : PATCH /_bac/clients/{client_id}.",
            regle="PSC-CLI-01",
            champ="client_id",
        )
    base = {"nom": client_id, "client_secret": secrets.token_urlsafe(24), **donnees, "client_id": client_id}
    client = _verifier(Client.from_json(base))
    await store.poser(uow.session, client, a=uow.now())
    return _vue(client)


@router.get("/{client_id}")
async def lire(client_id: str, session: LectureDep) -> dict[str, Any]:
    """One client, its secret included: this is a sandbox."""
    return _vue(_existant(client_id, await store.lire(session, client_id)))


@router.patch("/{client_id}")
async def changer(client_id: str, corps: ClientChangements, uow: UowDep) -> dict[str, Any]:
    """Change what is sent. A list replaces the list; ``{"ajouter": […], "retirer": […]}`` edits it."""
    client = _existant(client_id, await store.lire(uow.session, client_id))
    valeurs: dict[str, Any] = corps.model_dump(exclude_unset=True)
    for liste in ("redirect_uris", "post_logout_redirect_uris"):
        if isinstance(edition := valeurs.get(liste), dict):
            gardees = [u for u in getattr(client, liste) if u not in edition["retirer"]]
            valeurs[liste] = list(dict.fromkeys([*gardees, *edition["ajouter"]]))
    change = _verifier(Client.from_json({**client.to_json(), **valeurs}))
    await store.poser(uow.session, change, a=uow.now())
    return _vue(change)


@router.delete("/{client_id}", status_code=204)
async def oter(client_id: str, uow: UowDep) -> None:
    """Remove a client: it leaves every session, so its tokens stop; the other clients keep theirs."""
    _existant(client_id, await store.lire(uow.session, client_id))
    for sid in await sso.sessions_avec(uow.session, client_id):
        await sso.detacher(uow, sid, client_id)
    await store.oter(uow.session, client_id)


@router.post("/identifiants/{nature}", status_code=201)
async def ajouter_identifiant(nature: Nature, corps: IdentifiantEntree, uow: UowDep) -> dict[str, Any]:
    """Register a software authorisation number (IDAM, NIL) or an API key of the directory."""
    await _refuser_doublon(uow, nature, corps.valeur)
    row = IdentifiantRow(nature=nature, valeur=corps.valeur, nom=corps.nom)
    uow.session.add(row)
    return _identifiant(row)


@router.delete("/identifiants/{nature}/{valeur}", status_code=204)
async def oter_identifiant(nature: Nature, valeur: str, uow: UowDep) -> None:
    """Forget a software number or an API key: calls that show it are refused from now on."""
    row = await uow.session.get(IdentifiantRow, (nature, valeur.replace("\0", "")[:100]))
    if row is None:
        raise Introuvable("No such number.", "Numéro inconnu.", regle="PSC-CLI-04", champ="valeur")
    await uow.session.delete(row)


async def _refuser_doublon(uow: UnitOfWork, nature: str, valeur: str) -> None:
    if await uow.session.get(IdentifiantRow, (nature, valeur)) is not None:
        raise Conflit(
            f"{nature} {valeur} is already registered.",
            f"{nature} {valeur} est déjà enregistré.",
            regle="PSC-CLI-03",
            champ="valeur",
        )


def _existant(client_id: str, client: Client | None) -> Client:
    if client is None:
        raise Introuvable(
            f"No client {client_id[:100]!r} in this bac.",
            f"Aucun client {client_id[:100]!r} dans ce bac.",
            regle="PSC-CLI-02",
            champ="client_id",
        )
    return client


def _verifier(client: Client) -> Client:
    """URIs are absolute and without fragment (RFC 6749 §3.1.2); a client keeps at least one way to work."""
    for champ in ("redirect_uris", "post_logout_redirect_uris"):
        for uri in getattr(client, champ):
            if not _est_absolue(uri):
                raise Invalide(
                    f"{uri!r} is not an absolute URI without fragment.",
                    f"{uri!r} n'est pas une URI absolue sans fragment.",
                    regle="PSC-CLI-05",
                    champ=champ,
                )
    retour = client.backchannel_logout_uri
    if retour and not (_est_absolue(retour) and retour.startswith(("http://", "https://"))):
        raise Invalide(
            "backchannel_logout_uri must be http or https.",
            "backchannel_logout_uri doit être en http ou https.",
            regle="PSC-CLI-06",
            champ="backchannel_logout_uri",
        )
    if client.jwks is not None and not cles_lisibles(client.jwks):
        raise Invalide(
            'jwks must be {"keys": [...]} with at least one public RSA or EC key.',
            'jwks doit être {"keys": [...]} avec au moins une clé publique RSA ou EC.',
            regle="PSC-CLI-07",
            champ="jwks",
        )
    return replace(
        client,
        nom=client.nom or client.client_id,
        grant_types=tuple(client.grant_types or (GRANT_CODE, GRANT_REFRESH, GRANT_CIBA)),
        auth_methods=tuple(client.auth_methods or CLIENT_DEMO.auth_methods),
    )


def _est_absolue(uri: str) -> bool:
    """Absolute, readable, without fragment; http and https name a host and a possible port."""
    try:
        parties = urlsplit(uri)
        parties.port  # noqa: B018  # reading it checks it
    except ValueError:
        return False
    sans_hote = parties.scheme in ("http", "https") and not parties.netloc
    return bool(parties.scheme) and not sans_hote and "#" not in uri


def _vue(client: Client) -> dict[str, Any]:
    return {k: list(v) if isinstance(v, tuple) else v for k, v in client.to_json().items()}


def _identifiant(row: IdentifiantRow) -> dict[str, str]:
    return {"nature": row.nature, "valeur": row.valeur, "nom": row.nom}
