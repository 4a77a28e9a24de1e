"""The socket a server is given."""

import socket


def ecouter(host: str, port: int) -> socket.socket:
    """A listening socket, opened before anything else so that a port in use is said at once."""
    famille = socket.AF_INET6 if ":" in host else socket.AF_INET
    prise = socket.socket(famille, socket.SOCK_STREAM)
    prise.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    prise.bind((host, port))
    return prise
