"""Serving an application with uvicorn, the same way in every topology (architecture §10)."""

import base64
import contextlib
import re
import signal
import socket
import ssl
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from shared.web.asgi import ASGIApp
from shared.web.certificat import CLE

_OFFRE = re.compile(rb"(^|\n)upgrade:", re.IGNORECASE)


class Protocole(HttpToolsProtocol):
    """HTTP/1.1 that declines every upgrade by ignoring it (RFC 9110 §7.8), body and all.

    Java's own client offers h2c on each request in clear; the parser takes any offer for a change of protocol and
    never reads the body that follows (uvicorn #2722). So the offer is renamed before it is parsed.
    """

    def connection_made(self, transport: Any) -> None:
        """The certificate of the caller goes with each of its requests (:mod:`shared.web.certificat`)."""
        super().connection_made(transport)
        tls = transport.get_extra_info("ssl_object")
        if tls is not None and (der := tls.getpeercert(binary_form=True)):
            self.app_state = {**self.app_state, CLE: base64.b64encode(der).decode("ascii")}

    def data_received(self, data: bytes) -> None:
        if self.cycle is None or not self.cycle.more_body:
            fin = data.find(b"\r\n\r\n")
            tete = data if fin < 0 else data[:fin]
            if b"pgrade:" in tete or b"PGRADE:" in tete:
                data = _OFFRE.sub(rb"\1upgrade-declined:", tete) + data[len(tete) :]
        super().data_received(data)


class Serveur(uvicorn.Server):
    """Tells when it listens."""

    def __init__(self, config: uvicorn.Config, pret: Callable[[], None]) -> None:
        super().__init__(config)
        self._pret = pret

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and not self.should_exit:
            self._pret()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As uvicorn does, but without dying of the signal once stopped: a stop that was asked for is a success."""
        with super().capture_signals():
            yield
            self._captured_signals.clear()


def configuration(app: ASGIApp, tls: ssl.SSLContext | None = None) -> uvicorn.Config:
    chiffre: dict[str, Any] = {"ssl_context_factory": lambda _config, _defaut: tls} if tls else {}
    return uvicorn.Config(
        app,
        loop="uvloop" if find_spec("uvloop") else "asyncio",
        http=Protocole,
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        backlog=2048,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=5,
        **chiffre,
    )


def servir(
    app: ASGIApp,
    prise: socket.socket,
    *,
    pret: Callable[[], None] = lambda: None,
    tls: ssl.SSLContext | None = None,
) -> bool:
    """Serve until asked to stop; False when the application could not start."""
    # uvicorn stops on these by itself, then raises them again for the handler it found: ours lets the start-up code
    # clean up behind it.
    for signe in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signe, lambda _signe, _cadre: None)
    serveur = Serveur(configuration(app, tls), pret)
    serveur.run(sockets=[prise])
    return bool(serveur.started)
