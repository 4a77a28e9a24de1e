"""Small builders for the rules of the provider."""

from datetime import UTC, datetime, timedelta

from gateway.oidc.domain.client import Client
from gateway.oidc.domain.code import CodeEmis
from gateway.oidc.domain.reglages import Reglages
from gateway.oidc.domain.session import Session

MIDI = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
RETOUR = "http://127.0.0.1:8080/callback"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
REGLAGES = Reglages()
CLIENT = Client(
    "lps-demo-bas",
    "secret-lps-demo",
    redirect_uris=(RETOUR,),
    post_logout_redirect_uris=("http://127.0.0.1:8080/",),
)


def apres(**duree: float) -> datetime:
    return MIDI + timedelta(**duree)


def session(**champs: object) -> Session:
    base = Session(
        sid="1f0c6c38-8a0e-4b4c-9f0d-0c6a3f2c9d11",
        persona="exemple-un-mg",
        id_nat="899700990015",
        auth_time=MIDI,
        vue_a=MIDI,
        ouverte_a=MIDI,
    )
    return Session(**{**{n: getattr(base, n) for n in Session.__slots__}, **champs})


def code(**champs: object) -> CodeEmis:
    valeurs: dict[str, object] = {
        "empreinte": "e",
        "client_id": "lps-demo-bas",
        "redirect_uri": RETOUR,
        "scope": "openid scope_all",
        "sid": "s",
        "nonce": None,
        "code_challenge": None,
        "code_challenge_method": None,
        "expire_a": apres(seconds=60),
    }
    return CodeEmis(**{**valeurs, **champs})  # type: ignore[arg-type]
