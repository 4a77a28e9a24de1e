"""How the gateway carries the PKI: its routers, and the PKI of the data folder in the application's state."""

from fastapi import APIRouter, FastAPI

from gateway.config import GatewaySettings
from gateway.pki.api import controle, publique
from gateway.pki.pki import SANS, Pki


def routers() -> list[APIRouter]:
    return [publique, controle]


def installer(app: FastAPI, settings: GatewaySettings) -> None:
    """Open (or make, at first start) the PKI of this installation."""
    dossier = settings.pki or settings.data / "pki"
    app.state.pki = Pki.load_or_create(dossier, (*SANS, *settings.hotes), url=settings.public_url or settings.adresse)
