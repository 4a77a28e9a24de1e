"""The pages people see: plain HTML and CSS, no external asset, nothing that a script must do."""

import secrets
from pathlib import Path
from typing import Any

from starlette.responses import HTMLResponse

from gateway.oidc.domain.refus import RefusPage
from gateway.oidc.textes import TEXTES
from shared.web.gabarits import Gabarits

_GABARITS = Gabarits(Path(__file__).parent / "templates")
_CSP = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
_ENTETES = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def page(gabarit: str, *, langue: str, bac: str, statut: int = 200, **valeurs: Any) -> HTMLResponse:
    """One page; ``valeurs`` are escaped by the template engine."""
    html = _GABARITS.rendre(gabarit, t=TEXTES[langue], langue=langue, bac=bac, **valeurs)
    return HTMLResponse(html, status_code=statut, headers={**_ENTETES, "Content-Security-Policy": _CSP})


def page_erreur(refus: RefusPage, *, langue: str, bac: str, base: str) -> HTMLResponse:
    """The refusal as a page, with its rule and what to do about it; never a redirection."""
    details = getattr(refus, "details", {})
    return page(
        "erreur.html",
        langue=langue,
        bac=bac,
        statut=refus.status,
        refus=refus,
        details=details,
        commande=_commande(refus, details, base),
    )


def page_envoi(action: str, champs: dict[str, str], *, langue: str) -> HTMLResponse:
    """``response_mode=form_post``: a form the browser sends by itself, or with a button where scripts are off."""
    alea = secrets.token_urlsafe(16)
    html = _GABARITS.rendre("envoi.html", t=TEXTES[langue], langue=langue, action=action, champs=champs, alea=alea)
    csp = f"default-src 'none'; script-src 'nonce-{alea}'; base-uri 'none'; frame-ancestors 'none'"
    return HTMLResponse(html, headers={**_ENTETES, "Content-Security-Policy": csp})


def _commande(refus: RefusPage, details: dict[str, Any], base: str) -> str:
    """A command an integrator can paste to enrol what was missing."""
    if refus.regle == "PSC-AUT-03" and details.get("recue"):
        corps = '{"redirect_uris": {"ajouter": ["' + str(details["recue"])[:500].replace("'", "%27") + '"]}}'
        url, verbe = f"{base}/_bac/clients/{details['client_id']}", "PATCH"
    elif refus.regle == "PSC-AUT-02":
        corps = '{"redirect_uris": ["http://127.0.0.1:8080/callback"]}'
        url, verbe = f"{base}/_bac/clients", "POST"
    else:
        return ""
    return f"curl -X {verbe} {url} -H 'Content-Type: application/json' -d '{corps}'"
