"""``bacasante up --full``: PostgreSQL and NATS, one process per service, watched and restarted by this one.

``DATABASE_URL`` and ``NATS_URL`` use servers of yours; otherwise both come from their wheels. Leftovers of a crashed
run are stopped first (architecture §11.22).
"""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

import orjson

from bacasante import etat
from bacasante.avancement import Avance, muet
from bacasante.options import Options, secret
from bacasante.topologie import PASSERELLE, SERVICES, Processus
from shared.nats_local import commande, port_libre

_MARQUE = "bacasante.processus"


def stopper_les_restes(data: Path) -> None:
    """End what a killed supervisor left behind, by the ids it wrote down, if they still are what they were."""
    precedent = etat.lire(data) or {}
    for nom, pid in precedent.get("enfants", {}).items():
        with suppress(OSError):
            ligne = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
            if _MARQUE in ligne or "nats-server" in ligne:
                etat.arreter(int(pid))
                sys.stderr.write(f"stopped a leftover process: {nom} ({pid})\n")


class Superviseur:
    def __init__(self, options: Options) -> None:
        self.options = options
        self.enfants: dict[str, subprocess.Popen[bytes]] = {}
        self._commandes: dict[str, tuple[list[str], dict[str, str]]] = {}
        self._postgres: Any = None
        self._arret = False
        (options.data / "logs").mkdir(parents=True, exist_ok=True)

    # ── servers ────────────────────────────────────────────────────────────

    def _base_de(self, processus: Processus) -> str:
        racine = os.environ.get("DATABASE_URL")
        if racine is None:
            if self._postgres is None:
                from shared.postgres_local import PostgresLocal

                self._postgres = PostgresLocal(self.options.data / "postgres")
            url: str = self._postgres.creer_base(processus.base)
            return url
        from psycopg import connect, sql

        with connect(racine, autocommit=True) as connexion:
            connu = connexion.execute("SELECT 1 FROM pg_database WHERE datname = %s", (processus.base,)).fetchone()
            if connu is None:
                connexion.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(processus.base)))
        tete, _, requete = racine.partition("?")
        return f"{tete.rsplit('/', 1)[0]}/{processus.base}" + (f"?{requete}" if requete else "")

    def _nats(self) -> str:
        if url := os.environ.get("NATS_URL"):
            return url
        port = port_libre()
        dossier = self.options.data / "nats"
        self._lancer("nats", commande(dossier, port), {})
        return f"nats://127.0.0.1:{port}"

    # ── processes ──────────────────────────────────────────────────────────

    def _lancer(self, nom: str, commande: list[str], environnement: dict[str, str]) -> None:
        self._commandes[nom] = (commande, environnement)
        with (self.options.data / "logs" / f"{nom}.log").open("ab") as sortie:
            self.enfants[nom] = subprocess.Popen(  # noqa: S603  # our own command line
                commande,
                env={**os.environ, **environnement},
                stdout=sortie,
                stderr=sortie,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def demarrer(self, avance: Avance = muet) -> str:
        """Start everything; the public URL."""
        options = self.options
        port = options.port or port_libre()
        avance("nats")
        nats = self._nats()
        ports = {p.nom: port_libre() for p in SERVICES}
        smtp, imap = options.ports_de_mail
        smtp, imap = smtp or port_libre(), imap or port_libre()
        url = options.url(port)
        for processus in (*SERVICES, PASSERELLE):
            avance(processus.nom)
            p = processus.prefixe
            environnement = {
                f"{p}DATA": str(options.data),
                f"{p}DATABASE_URL": self._base_de(processus),
                f"{p}NATS_URL": nats,
                f"{p}SECRET": secret(options.data, "secret-interne"),
                f"{p}GATEWAY_URL": f"http://127.0.0.1:{port}",
                f"{p}LOG_FORMAT": options.log_format,
                f"{p}LOG_LEVEL": options.log_level,
            }
            if processus.nom == "mss":
                environnement |= self._mail(smtp, imap)
            if processus is PASSERELLE:
                environnement |= {
                    "GATEWAY_ADRESSE": url,
                    "GATEWAY_GRAINE": options.seed,
                    "GATEWAY_BACS_MAX": str(options.bacs_max),
                    "GATEWAY_HOTES": orjson.dumps(options.san).decode(),
                    "GATEWAY_LIBRE": "true" if options.boucle else "false",
                    "GATEWAY_JETON_DE_CONTROLE": secret(options.data, "jeton-de-controle"),
                    "GATEWAY_SMTP": f"{options.host}:{smtp}",
                    "GATEWAY_IMAP": f"{options.host}:{imap}",
                    "GATEWAY_SERVICES": orjson.dumps(
                        {nom: f"http://127.0.0.1:{n}" for nom, n in ports.items()}
                    ).decode(),
                    **({"GATEWAY_PUBLIC_URL": options.public_url} if options.public_url else {}),
                }
            hote, n = (options.host, port) if processus is PASSERELLE else ("127.0.0.1", ports[processus.nom])
            ligne = [sys.executable, "-m", _MARQUE, processus.nom, "--host", hote, "--port", str(n)]
            if options.tls:
                environnement["SSL_CERT_FILE"] = str(options.data / "pki" / "racine.pem")  # who calls the gateway
            if processus is PASSERELLE:
                if options.tls:
                    ligne += ["--tls", str(options.data / "pki"), *(f"--san={nom}" for nom in options.san)]
                self._attendre_les_services(ports)
            self._lancer(processus.nom, ligne, environnement)
        self._noter(url, smtp, imap)
        return url

    def _mail(self, smtp: int, imap: int) -> dict[str, str]:
        from gateway.pki import Pki

        pki = Pki.load_or_create(self.options.data / "pki", ("localhost", "127.0.0.1", "::1", *self.options.san))
        return {
            "MSS_COURRIER_HOTE": self.options.host,
            "MSS_SMTP_PORT": str(smtp),
            "MSS_IMAP_PORT": str(imap),
            "MSS_TLS_CERTIFICAT": str(pki.serveur.certificat),
            "MSS_TLS_CLE": str(pki.serveur.cle),
        }

    def _attendre_les_services(self, ports: dict[str, int]) -> None:
        limite = time.monotonic() + 60
        for nom, port in ports.items():
            while True:
                self._verifier(nom)
                with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                    break
                if time.monotonic() > limite:
                    raise TimeoutError(f"{nom} did not start: see {self.options.data / 'logs' / nom}.log")
                time.sleep(0.02)

    def _verifier(self, nom: str) -> None:
        if self.enfants[nom].poll() is not None:
            raise ChildProcessError(f"{nom} ended at start: see {self.options.data / 'logs' / nom}.log")

    def _noter(self, url: str, smtp: int, imap: int) -> None:
        etat.ecrire(
            self.options.data,
            {
                "pid": os.getpid(),
                "url": url,
                "smtp": f"{self.options.host}:{smtp}",
                "imap": f"{self.options.host}:{imap}",
                "enfants": {nom: enfant.pid for nom, enfant in self.enfants.items()},
            },
        )

    def surveiller(self) -> None:
        """Until asked to stop: bring back whatever died."""
        for signe in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signe, self._stopper)
        while not self._arret:
            for nom, enfant in list(self.enfants.items()):
                if enfant.poll() is not None and not self._arret:
                    sys.stderr.write(f"{nom} ended with {enfant.returncode}: started again\n")
                    self._lancer(nom, *self._commandes[nom])
                    precedent = etat.lire(self.options.data) or {}
                    precedent.setdefault("enfants", {})[nom] = self.enfants[nom].pid
                    etat.ecrire(self.options.data, precedent)
            self._veiller_sur_postgres()
            time.sleep(0.1)

    def _veiller_sur_postgres(self) -> None:
        if self._postgres is not None and not self._arret and self._postgres.pid is None:
            sys.stderr.write("postgres ended: started again\n")
            try:
                self._postgres.relancer()
            except Exception as error:  # a slow recovery must not take the rest down: the next round looks again
                sys.stderr.write(f"postgres is not back yet: {type(error).__name__}\n")

    def _stopper(self, _signe: int, _cadre: FrameType | None) -> None:
        self._arret = True

    def arreter(self) -> None:
        self._arret = True
        for nom in [PASSERELLE.nom, *(p.nom for p in SERVICES), "nats"]:
            if (enfant := self.enfants.get(nom)) is not None and enfant.poll() is None:
                enfant.terminate()
        for enfant in self.enfants.values():
            with suppress(subprocess.TimeoutExpired):
                enfant.wait(8)
            if enfant.poll() is None:
                enfant.kill()
                enfant.wait(3)
        if self._postgres is not None:
            self._postgres.stop()
