"""OAuth refusals: a rule of the table, turned into an exception the surfaces know how to render."""

from typing import ClassVar, Self
from urllib.parse import urlencode

from gateway.oidc.domain.regles import REGLES, Regle
from shared.errors import DomainError


class RefusOAuth(DomainError):
    """An error of the provider; ``membres`` holds the OAuth members of its JSON answer."""

    status, issue, slug = 400, "invalid", "oauth"

    def __init__(self, regle: Regle, error: str, description: str, **entetes: str) -> None:
        membres: dict[str, str] = {}
        if error:
            membres["error"] = error
        if description:
            membres["error_description"] = description
        super().__init__(regle.en, regle.fr, regle=regle.id, membres=membres, entetes=entetes)
        self.error = error
        self.description = description
        self.source = regle.source
        self.vues: dict[str, str] = {}

    def avec(self, **vues: object) -> Self:
        """This refusal, with what was looked at: told to the journal, never to the caller."""
        self.vues |= {nom: str(valeur)[:300] for nom, valeur in vues.items() if valeur is not None}
        return self

    def corps(self) -> dict[str, object]:
        """The JSON answer: the published members, then the rule and its explanation as extension members."""
        return {**self.membres, "regle": self.regle, "explication": {"fr": self.fr, "en": self.en}}


class RefusNonAuthentifie(RefusOAuth):
    status, issue, slug = 401, "login", "oauth-non-authentifie"


class RefusPortee(RefusOAuth):
    status, issue, slug = 403, "forbidden", "oauth-portee"


class RefusIndisponible(RefusOAuth):
    status, issue, slug = 503, "transient", "oauth-indisponible"


_PAR_STATUT: dict[int, type[RefusOAuth]] = {
    400: RefusOAuth,
    401: RefusNonAuthentifie,
    403: RefusPortee,
    503: RefusIndisponible,
}


def refus(regle_id: str, *, error: str | None = None, entetes: dict[str, str] | None = None, **mots: str) -> RefusOAuth:
    """The refusal of rule ``regle_id``; ``mots`` fill the blanks of its published text."""
    regle = REGLES[regle_id]
    description = regle.description
    for nom, valeur in mots.items():
        description = description.replace("{" + nom + "}", valeur[:200])
    return _PAR_STATUT[regle.statut](regle, error or regle.error, description, **(entetes or {}))


class RefusPage(RefusOAuth):
    """Shown as a page to the person in front of the browser: there is no trustworthy place to redirect to."""

    slug: ClassVar[str] = "oauth-page"

    @classmethod
    def de(cls, regle_id: str, *, details: dict[str, object] | None = None) -> "RefusPage":
        regle = REGLES[regle_id]
        page = cls(regle, regle.error, regle.description)
        page.details = dict(details or {})
        return page

    details: dict[str, object]


class RefusRedirige(RefusOAuth):
    """Told to the client through the browser: a redirection to its enrolled URI (PSC §2.3)."""

    def __init__(self, refus: RefusOAuth, *, redirect_uri: str, state: str | None, response_mode: str) -> None:
        regle = REGLES[refus.regle]
        super().__init__(regle, refus.error, refus.description)
        self.vues = refus.vues
        self.redirect_uri = redirect_uri
        self.state = state
        self.response_mode = response_mode

    def reponse(self, issuer: str) -> dict[str, str]:
        """``error``, ``error_description``, ``state`` (even empty) and ``iss``, nothing else (RFC 9207)."""
        champs = {"error": self.error}
        if self.description:
            champs["error_description"] = self.description
        if self.state is not None:
            champs["state"] = self.state
        champs["iss"] = issuer
        return champs


def url_de_reponse(redirect_uri: str, champs: dict[str, str], response_mode: str = "query") -> str:
    """The redirection that carries ``champs``; keeps a query the enrolled URI already has."""
    suite = urlencode(champs)
    if response_mode == "fragment":
        return f"{redirect_uri}#{suite}"
    return f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{suite}"
