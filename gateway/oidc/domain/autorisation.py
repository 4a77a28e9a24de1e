"""The authorization request, checked in the platform's order: client, redirect URI, then the rest (PSC §2.3)."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NoReturn

from gateway.oidc.domain import pkce
from gateway.oidc.domain.client import GRANT_CODE, Client
from gateway.oidc.domain.refus import RefusPage, RefusRedirige, refus
from gateway.oidc.domain.reglages import Reglages

Parametres = Sequence[tuple[str, str]]

# The scopes the captured discovery document advertises (PSC §1.3); only openid and scope_all are documented.
SCOPES = [
    "openid",
    "microprofile-jwt",
    "rpps",
    "referentiel",
    "web-origins",
    "basic",
    "identity",
    "acr",
    "offline_access",
    "eidas1",
    "profile",
    "roles",
    "email",
    "scope_all",
    "phone",
    "interop",
    "scope_1",
    "address",
    "scope_2",
    "eidas2",
]
# Each with its words in alphabetical order: the order in the request does not count (RFC 6749 §3.1.1).
RESPONSE_TYPES = frozenset(
    {"code", "none", "id_token", "token", "id_token token", "code id_token", "code token", "code id_token token"}
)
RESPONSE_MODES = frozenset({"query", "fragment", "form_post"})
PROMPTS = frozenset({"none", "login", "consent", "select_account"})


@dataclass(frozen=True, slots=True)
class Demande:
    """An authorization request that passed every check that needs neither session nor person."""

    client_id: str
    redirect_uri: str
    scope: str
    response_mode: str = "query"
    state: str | None = None
    nonce: str | None = None
    code_challenge: str | None = None
    code_challenge_method: str | None = None
    prompt: tuple[str, ...] = ()
    max_age: int | None = None
    login_hint: str | None = None
    id_token_hint: str | None = None
    ui_locales: str | None = None
    acr_values: str | None = None
    kc_idp_hint: str | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, d: Mapping[str, Any]) -> "Demande":
        return cls(**{**d, "prompt": tuple(d.get("prompt", ()))})

    def refusee(self, regle_id: str) -> RefusRedirige:
        """This request answered with the error of a rule, at its own redirect URI."""
        return RefusRedirige(
            refus(regle_id), redirect_uri=self.redirect_uri, state=self.state, response_mode=self.response_mode
        )


def client_demande(parametres: Parametres) -> str:
    """The client named by the request, or a page: without it there is nobody to answer to."""
    client_id = _premier(parametres, "client_id")
    if not client_id:
        raise RefusPage.de("PSC-AUT-01")
    return client_id


def valider(parametres: Parametres, client: Client | None, reglages: Reglages, *, strict: bool = False) -> Demande:
    """The request, or the first refusal in the platform's order.

    Until the redirect URI is known to be the client's, refusals are pages; from then on they are redirections.
    """
    if client is None:
        raise RefusPage.de("PSC-AUT-02", details={"client_id": _premier(parametres, "client_id") or ""})
    redirect_uri = _premier(parametres, "redirect_uri")
    if not redirect_uri or redirect_uri not in client.redirect_uris:
        raise RefusPage.de(
            "PSC-AUT-03",
            details={
                "recue": redirect_uri or "",
                "enrolees": list(client.redirect_uris),
                "client_id": client.client_id,
            },
        )
    return _Examen(parametres, client, redirect_uri, reglages, strict).demande()


class _Examen:
    """The checks of the second half, where every refusal goes back to the redirect URI with the state."""

    def __init__(
        self, parametres: Parametres, client: Client, redirect_uri: str, reglages: Reglages, strict: bool
    ) -> None:
        self.parametres = parametres
        self.client = client
        self.redirect_uri = redirect_uri
        self.reglages = reglages
        self.strict = strict or reglages.strict_state == "on"
        self.mode = "query"

    def un(self, nom: str) -> str | None:
        return _premier(self.parametres, nom)

    def refuser(self, regle_id: str, *, scope: str = "", champ: str = "") -> NoReturn:
        raise RefusRedirige(
            refus(regle_id, scope=scope, champ=champ),
            redirect_uri=self.redirect_uri,
            state=self.un("state"),
            response_mode=self.mode,
        )

    def demande(self) -> Demande:
        self.response_type()
        self.doublons()
        self.objets_de_requete()
        scope = self.scope()
        prompt = self.prompt()
        max_age = self.max_age()
        self.claims()
        self.state_et_nonce()
        challenge, methode = self.pkce()
        return Demande(
            client_id=self.client.client_id,
            redirect_uri=self.redirect_uri,
            scope=scope,
            response_mode=self.mode,
            state=self.un("state"),
            nonce=self.un("nonce") or None,
            code_challenge=challenge,
            code_challenge_method=methode,
            prompt=prompt,
            max_age=max_age,
            login_hint=self.un("login_hint") or None,
            id_token_hint=self.un("id_token_hint") or None,
            ui_locales=self.un("ui_locales"),
            acr_values=self.un("acr_values"),
            kc_idp_hint=self.un("kc_idp_hint"),
        )

    def response_type(self) -> None:
        valeur = self.un("response_type")
        if not valeur:
            self.refuser("PSC-AUT-04")
        if " ".join(sorted(valeur.split())) not in RESPONSE_TYPES:
            self.refuser("PSC-AUT-05")
        mode = self.un("response_mode")
        if mode is not None and mode not in RESPONSE_MODES:
            self.refuser("PSC-AUT-07")
        self.mode = mode or "query"
        if valeur != "code":
            self.mode = mode or "fragment"
            self.refuser("PSC-AUT-06")
        if GRANT_CODE not in self.client.grant_types:
            self.refuser("PSC-AUT-22")

    def doublons(self) -> None:
        if any(n > 1 for n in Counter(nom for nom, _ in self.parametres).values()):
            self.refuser("PSC-AUT-08")

    def objets_de_requete(self) -> None:
        if self.un("request") is not None:
            self.refuser("PSC-AUT-09")
        if self.un("request_uri") is not None:
            self.refuser("PSC-AUT-10")

    def scope(self) -> str:
        demandes = (self.un("scope") or "").split()
        if "openid" not in demandes or any(s not in SCOPES for s in demandes):
            self.refuser("PSC-AUT-11", scope=" ".join(demandes))
        return " ".join(dict.fromkeys(demandes))

    def prompt(self) -> tuple[str, ...]:
        valeurs = tuple((self.un("prompt") or "").split())
        if any(v not in PROMPTS for v in valeurs) or ("none" in valeurs and len(valeurs) > 1):
            self.refuser("PSC-AUT-12")
        return valeurs

    def max_age(self) -> int | None:
        valeur = self.un("max_age")
        if valeur is None or valeur == "":
            return None
        if not (valeur.isascii() and valeur.isdigit() and len(valeur) <= 9):
            self.refuser("PSC-AUT-13")
        return int(valeur)

    def claims(self) -> None:
        if (valeur := self.un("claims")) is None:
            return
        try:
            lu = json.loads(valeur)
        except (ValueError, RecursionError):
            lu = None
        if not isinstance(lu, dict):
            self.refuser("PSC-AUT-18")

    def state_et_nonce(self) -> None:
        for champ in ("state", "nonce"):
            if self.strict and not self.un(champ):
                self.refuser("PSC-AUT-17", champ=champ)

    def pkce(self) -> tuple[str | None, str | None]:
        challenge, methode = self.un("code_challenge"), self.un("code_challenge_method")
        if challenge is None:
            if methode is not None or self.client.pkce_required:
                self.refuser("PSC-AUT-14")
            return None, None
        if methode not in (None, "plain", "S256"):
            self.refuser("PSC-AUT-15")
        if not pkce.est_bien_forme(challenge):
            self.refuser("PSC-AUT-16")
        return challenge, methode or "plain"


def _premier(parametres: Parametres, nom: str) -> str | None:
    return next((valeur for cle, valeur in parametres if cle == nom), None)
