"""The socket a server is given, and what encrypts it."""

import socket
import ssl
from collections.abc import Sequence
from pathlib import Path


def ecouter(host: str, port: int) -> socket.socket:
    """A listening socket, opened before anything else so that a port in use is said at once."""
    famille = socket.AF_INET6 if ":" in host else socket.AF_INET
    prise = socket.socket(famille, socket.SOCK_STREAM)
    prise.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    prise.bind((host, port))
    return prise


def contexte_tls(pki: Path, san: Sequence[str]) -> ssl.SSLContext:
    """TLS with the test PKI of a folder. A client certificate is asked for, and refused in the handshake unless one
    of our authorities signed it and its dates hold; a caller without one is served too."""
    from gateway.pki import Pki

    return Pki.load_or_create(pki, ("localhost", "127.0.0.1", "::1", *san)).contexte_serveur()
