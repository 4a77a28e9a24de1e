"""The baseline of the bench: a bare ASGI application on the same server as the suite."""

from bacasante.prise import ecouter
from bacasante.serveur import servir
from gateway.app import avec_vie
from shared.web.asgi import Receive, Scope, Send

_DEBUT = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"text/plain"), (b"content-length", b"5")],
}
_CORPS = {"type": "http.response.body", "body": b"hello"}


async def bonjour(scope: Scope, receive: Receive, send: Send) -> None:
    await send(_DEBUT)
    await send(_CORPS)


async def _rien() -> None:
    return None


if __name__ == "__main__":
    prise = ecouter("127.0.0.1", 0)
    adresse = f"http://127.0.0.1:{prise.getsockname()[1]}"
    servir(
        avec_vie(bonjour, _rien, _rien),
        prise,
        pret=lambda: print(f"listening {adresse}", flush=True),
    )
