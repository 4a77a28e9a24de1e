"""What is enrolled in every bac from the start, so that the first call works (architecture §11.9)."""

from datetime import UTC, datetime, time

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.oidc.domain.client import Client
from gateway.store import clients
from gateway.store.clients import IdentifiantRow
from shared.db.spaces import Graine

CLIENT_ID = "lps-demo-bas"
CLIENT_SECRET = "secret-lps-demo"  # noqa: S105  # published on purpose: a sandbox's first call works
IDAM = "SBX0000001"
CLE_API = "bac-a-sante"

# Redirect URIs are compared exactly, so the usual ones of a laptop are listed one by one.
_CHEMINS = ("/callback", "/cb", "/login/callback", "/oidc/callback", "/auth/callback", "/redirect_uri")
_HOTES = tuple(f"http://{h}:{p}" for h in ("127.0.0.1", "localhost") for p in (3000, 5000, 8000, 8080))
RETOURS = (
    "http://127.0.0.1:8400/_bac/callback",
    "http://localhost:8400/_bac/callback",
    "https://lps.example/cb",
    *(hote + chemin for hote in _HOTES for chemin in _CHEMINS),
)
SORTIES = ("http://127.0.0.1:8400/", "http://localhost:8400/", "https://lps.example/", *(f"{h}/" for h in _HOTES))

CLIENT_DEMO = Client(
    client_id=CLIENT_ID,
    client_secret=CLIENT_SECRET,
    nom="LPS de démonstration",
    redirect_uris=RETOURS,
    post_logout_redirect_uris=SORTIES,
    autologin=True,
)


async def semer(session: AsyncSession, graine: Graine) -> None:
    """The default client, software number and API key."""
    await clients.poser(session, CLIENT_DEMO, a=datetime.combine(graine.reference, time(), UTC))
    session.add(IdentifiantRow(nature="IDAM", valeur=IDAM, nom="LPS de démonstration"))
    session.add(IdentifiantRow(nature="CLE_API", valeur=CLE_API, nom="Annuaire Santé, clé de démonstration"))
