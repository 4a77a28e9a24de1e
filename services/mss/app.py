"""Secure mail: the application of service ``mss``, its HTTP faces and its mail listeners."""

from fastapi import FastAPI

from services.mss.config import MssSettings
from services.mss.consumers import ABONNEMENTS
from services.mss.mail.bord import BordMail
from services.mss.mail.serveur import MailOptions, ServeurMail
from services.mss.seed import semer
from services.mss.store.base import Base
from shared.contracts.gateway import SessionClose
from shared.db.unit_of_work import UnitOfWork
from shared.events.bus import Bus
from shared.events.consumer import Subscription
from shared.service import Contexte, Face, Service, application
from shared.web.asgi import ASGIApp

__all__ = ["MailOptions", "MssSettings", "create_app"]


class _Mail:
    """The listeners of one application: opened with it, closed with it, cut by the end of sessions."""

    def __init__(self, settings: MssSettings, options: MailOptions | None) -> None:
        self._settings = settings
        self._options = options
        self._bord: BordMail | None = None
        self._serveur: ServeurMail | None = None
        self.ports: dict[str, int] = {}

    async def ouvrir(self, ctx: Contexte) -> None:
        if self._options is None:
            return
        self._bord = BordMail(ctx, self._settings)
        self._serveur = ServeurMail(self._bord, self._options)
        await self._serveur.start()
        self.ports.update(self._serveur.ports)

    async def fermer(self, ctx: Contexte) -> None:
        if self._serveur is not None:
            await self._serveur.stop()

    async def couper(self, uow: UnitOfWork, event: SessionClose) -> None:
        """ECO.1.2.6: a mail session does not outlive the Pro Santé Connect session behind it."""
        if self._bord is not None:
            self._bord.couper(uow.bac.nom, event.sid)


def face() -> Face:
    from services.mss.api import annuaire, patient, professionnel, public

    return Face(
        [professionnel.router, patient.router, public.router, annuaire.router],
        surfaces={"/annuaire": annuaire.rendre_refus},
    )


def create_app(
    settings: MssSettings | None = None,
    *,
    bus: Bus | None = None,
    passerelle: ASGIApp | None = None,
    mail: MailOptions | None = None,
) -> FastAPI:
    """``mail`` says where SMTP and IMAP listen; a service that runs alone takes it from its settings."""
    reglages = settings or MssSettings()
    if mail is None and bus is None and reglages.courrier:
        mail = MailOptions(
            reglages.courrier_hote,
            reglages.smtp_port,
            reglages.imap_port,
            reglages.tls_certificat,
            reglages.tls_cle,
        )
    courrier = _Mail(reglages, mail)
    service = Service(
        nom="mss",
        metadata=Base.metadata,
        migrations="services.mss.migrations",
        semer=semer,
        abonnements=(*ABONNEMENTS, Subscription("mss.couper-le-courrier", SessionClose, courrier.couper)),
    )
    app = application(
        service,
        reglages,
        face,
        titre="MSSanté",
        description="Opérateur MSSanté, messagerie citoyenne de Mon espace santé, Annuaire Santé",
        bus=bus,
        passerelle=passerelle,
        au_depart=courrier.ouvrir,
        a_l_arret=courrier.fermer,
    )
    app.state.mail_ports = courrier.ports
    return app
