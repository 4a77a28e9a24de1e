"""A frugal HTTP client for the bench: prepared requests, pipelined over one connection, answers only counted."""

import json
import socket
from typing import Any
from urllib.parse import urlsplit

_FENETRE = 16


def requete(methode: str, chemin: str, entetes: dict[str, str] | None = None, corps: Any = None) -> bytes:
    """The bytes of one request."""
    contenu = b"" if corps is None else corps if isinstance(corps, bytes) else json.dumps(corps).encode()
    lignes = [f"{methode} {chemin} HTTP/1.1", "Host: 127.0.0.1", *(f"{k}: {v}" for k, v in (entetes or {}).items())]
    if contenu:
        lignes.append(f"Content-Length: {len(contenu)}")
    return ("\r\n".join(lignes) + "\r\n\r\n").encode() + contenu


class Prise:
    """One kept-alive connection to a server."""

    def __init__(self, url: str) -> None:
        decoupe = urlsplit(url)
        self._socket = socket.create_connection((decoupe.hostname, decoupe.port or 80), timeout=120)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._tampon = b""

    def jouer(self, requetes: list[bytes], statut: int = 200) -> None:
        """Send them all, a window at a time; every answer must have that status."""
        fenetre = _FENETRE if len(requetes[0]) < 4096 else 1
        for debut in range(0, len(requetes), fenetre):
            lot = requetes[debut : debut + fenetre]
            self._socket.sendall(b"".join(lot))
            for _ in lot:
                self._reponse(statut)

    def _reponse(self, statut: int) -> None:
        while (fin := self._tampon.find(b"\r\n\r\n")) < 0:
            self._lire()
        tete = self._tampon[:fin]
        taille = 0
        for ligne in tete.split(b"\r\n")[1:]:
            if ligne[:15].lower() == b"content-length:":
                taille = int(ligne[15:])
        while len(self._tampon) < fin + 4 + taille:
            self._lire()
        if int(tete[9:12]) != statut:
            corps = self._tampon[fin + 4 : fin + 4 + taille]
            raise RuntimeError(f"{tete.splitlines()[0].decode()}: {corps[:600].decode(errors='replace')}")
        self._tampon = self._tampon[fin + 4 + taille :]

    def _lire(self) -> None:
        recu = self._socket.recv(1 << 20)
        if not recu:
            raise ConnectionError("the server closed the connection")
        self._tampon += recu
