"""How a suite is started: one frozen value, whatever the topology."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

PORT = 8400
SMTP = 8587
IMAP = 8143
BOUCLE = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Options:
    """``port=0`` lets the system choose; mail ports are fixed only beside the default port (architecture §2)."""

    data: Path
    host: str = "127.0.0.1"
    port: int = PORT
    seed: str = "demo"
    tls: bool = False
    san: tuple[str, ...] = ()
    full: bool = False
    quiet: bool = False
    log_format: str = "console"
    log_level: str = "WARNING"
    public_url: str | None = None
    bacs_max: int = 64

    @property
    def boucle(self) -> bool:
        return self.host in BOUCLE

    @property
    def ports_de_mail(self) -> tuple[int, int]:
        return (SMTP, IMAP) if self.port == PORT else (0, 0)

    def url(self, port: int) -> str:
        hote = self.host if self.host not in ("0.0.0.0", "::") else "127.0.0.1"  # noqa: S104  # recognised, not bound
        return f"{'https' if self.tls else 'http'}://{f'[{hote}]' if ':' in hote else hote}:{port}"


def secret(data: Path, nom: str) -> str:
    """A secret kept in the data folder, made at first start, readable by its owner only."""
    fichier = data / nom
    if not fichier.exists():
        data.mkdir(parents=True, exist_ok=True)
        descripteur = os.open(fichier, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descripteur, "w") as sortie:
            sortie.write(secrets.token_urlsafe(24))
    return fichier.read_text().strip()
