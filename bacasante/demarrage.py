"""``bacasante up``: bind, start, say it is ready, stay, stop."""

import gc
import os
import sys
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from bacasante import etat
from bacasante.avancement import barre
from bacasante.options import Options
from bacasante.topologie import SERVICES, TOUS
from shared.observability.sobre import importer_structlog

if TYPE_CHECKING:
    import socket


def demarrer(options: Options) -> int:
    """Run until interrupted; the exit code."""
    debut = time.monotonic()
    options.data.mkdir(parents=True, exist_ok=True)
    verrou = etat.Verrou(options.data)
    try:
        verrou.prendre()
    except etat.DejaEnMarche:
        courant = etat.lire(options.data) or {}
        sys.stderr.write(
            f"a suite already runs from {options.data}: {courant.get('url', '?')} (bacasante down stops it, "
            "--data starts another)\n"
        )
        return 1
    try:
        return _distribue(options, debut) if options.full else _embarque(options, debut)
    except OSError as error:
        sys.stderr.write(f"cannot start: {error}\n")
        return 1
    finally:
        etat.effacer(options.data)
        verrou.rendre()


def _lier(options: Options) -> "socket.socket":
    from bacasante.prise import ecouter

    try:
        return ecouter(options.host, options.port)
    except OSError as error:
        raise OSError(
            f"port {options.port} of {options.host}: {error.strerror} (choose another with --port)"
        ) from error


def _embarque(options: Options, debut: float) -> int:
    importer_structlog()
    gc.disable()  # what a start makes is there to stay: collecting it over and over is a quarter of its time
    from bacasante.embarque import Suite
    from bacasante.prise import contexte_tls
    from bacasante.serveur import servir
    from gateway.app import avec_vie
    from shared.observability.logging import configurer

    configurer(niveau=options.log_level, format="json" if options.log_format == "json" else "console")
    prise = _lier(options)
    url = options.url(prise.getsockname()[1])
    with ExitStack() as pile:
        avance = pile.enter_context(barre(len(SERVICES) + 1, silence=options.quiet))
        suite = Suite(options, url, avance, figer=gc.freeze)

        def pret() -> None:
            pile.close()
            suite.achever_en_fond(gc.enable)
            registre = suite.passerelle.registre
            etat.ecrire(
                options.data,
                {"pid": os.getpid(), "url": url, "smtp": registre.smtp, "imap": registre.imap, "enfants": {}},
            )
            annoncer(options, url, str(registre.smtp), str(registre.imap), time.monotonic() - debut)

        app = avec_vie(suite.app, suite.ouvrir, suite.stop)
        tls = contexte_tls(options.data / "pki", options.san) if options.tls else None
        return 0 if servir(app, prise, pret=pret, tls=tls) else 1


def _distribue(options: Options, debut: float) -> int:
    from bacasante.distribue import Superviseur, stopper_les_restes
    from bacasante.instance import Instance

    stopper_les_restes(options.data)
    superviseur = Superviseur(options)
    try:
        with barre(len(TOUS) + 3, silence=options.quiet) as avance:
            url = superviseur.demarrer(avance)
            avance("waiting for every service")
            pret = Instance(options.data, url).attendre(60)
        if not pret:
            sys.stderr.write(f"not ready after 60 s: see {options.data / 'logs'}\n")
            return 1
        courant = etat.lire(options.data) or {}
        annoncer(options, url, str(courant.get("smtp")), str(courant.get("imap")), time.monotonic() - debut)
        superviseur.surveiller()
    except (ChildProcessError, TimeoutError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    finally:
        superviseur.arreter()
    return 0


def annoncer(options: Options, url: str, smtp: str, imap: str, duree: float) -> None:
    """The ready line; and for a newcomer the URLs, three personas and one command to try."""
    sys.stdout.write(f"ready in {duree:.1f} s: {url} (SMTP {smtp}, IMAP {imap})\n")
    if not options.quiet:
        from bacasante.affichage import premier_ecran

        sys.stdout.write(premier_ecran(url, smtp, imap))
    sys.stdout.flush()
