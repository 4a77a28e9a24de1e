"""JetStream (or the in-process bus) → use case, once: the inbox row and the effect commit together."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.contracts.event import Event
from shared.db.spaces import EspaceInconnu
from shared.db.unit_of_work import UnitOfWork
from shared.db.upsert import inserer_si_absent
from shared.decision import carnet
from shared.errors import Indisponible
from shared.events.envelope import Envelope
from shared.observability.metrics import compter
from shared.observability.tracing import suivi, suivre

if TYPE_CHECKING:
    from shared.service import Contexte

_ESSAIS = 4

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Subscription:
    """``consumer`` names the effect (``dmp.ouvrir-dossier``) and never changes: it is the inbox key.

    ``handler(uow, event)`` applies the effect. When it needs something over the network, ``chercher(ctx, bac, event)``
    runs before the transaction and its result is passed as ``handler(uow, event, resultat)``. An event for which ``si``
    says no has no effect, and opens no transaction.
    """

    consumer: str
    event: type[Event]
    handler: Callable[..., Awaitable[None]]
    chercher: Callable[..., Awaitable[Any]] | None = None
    si: Callable[[Any], bool] | None = None


async def livrer(ctx: "Contexte", envelope: Envelope) -> None:
    """Apply one event to every subscription of a service; a consumer that keeps failing gets a dead letter."""
    bac = await ctx.bacs.get(envelope.bac)
    if bac is None or envelope.epoque < bac.epoque:
        return  # dropped, or reset since: the fact belongs to a bac that no longer exists
    for abonnement in ctx.abonnements:
        if abonnement.event.subject == envelope.subject:
            await _avec_patience(ctx, abonnement, envelope)


async def _avec_patience(ctx: "Contexte", abonnement: Subscription, envelope: Envelope) -> None:
    for essai in range(_ESSAIS):
        try:
            await _appliquer(ctx, abonnement, envelope)
            return
        except EspaceInconnu:
            return
        except (Indisponible, InterfaceError, OperationalError, PoolTimeout, OSError):
            raise  # the database, a neighbour or the gateway is away: the event is not at fault
        except Exception as error:
            if isinstance(error, DBAPIError) and error.connection_invalidated:
                raise
            log.warning("consommateur.echec", consommateur=abonnement.consumer, essai=essai, erreur=repr(error)[:300])
            if essai + 1 == _ESSAIS:
                await _lettre_morte(ctx, abonnement, envelope, error)
            else:
                await asyncio.sleep(0.02 * 4**essai)


async def _appliquer(ctx: "Contexte", abonnement: Subscription, envelope: Envelope) -> None:
    bac = await ctx.bacs.get(envelope.bac)
    if bac is None:
        return
    bac = bac.estampille()
    event = abonnement.event.model_validate(envelope.data)
    if abonnement.si is not None and not abonnement.si(event):
        return
    space = await ctx.spaces.open(envelope.bac)
    extra = () if abonnement.chercher is None else (await abonnement.chercher(ctx, bac, event),)
    inbox = space.metadata.tables["inbox"]
    with carnet(), _trace(abonnement, envelope):
        async with space.transaction(bac) as uow:
            nouveau = await _premiere_fois(uow, inbox, abonnement.consumer, envelope.id)
            if nouveau:
                await abonnement.handler(uow, event, *extra)
    issue = "applique" if nouveau else "deja-vu"
    compter(
        "bacasante_evenements_traites_total", service=ctx.service.nom, consommateur=abonnement.consumer, issue=issue
    )


def _trace(abonnement: Subscription, envelope: Envelope) -> AbstractContextManager[Any]:
    """The effect is a child of what caused it, over NATS as in process."""
    if not suivi(envelope.traceparent):
        return nullcontext()
    return suivre(abonnement.consumer, {"traceparent": envelope.traceparent} if envelope.traceparent else None)


async def _premiere_fois(uow: UnitOfWork, inbox: Any, consumer: str, event_id: str) -> bool:
    return await inserer_si_absent(
        uow.session, inbox, consumer=consumer, event_id=event_id, traite_le=datetime.now(UTC)
    )


async def _lettre_morte(ctx: "Contexte", abonnement: Subscription, envelope: Envelope, error: Exception) -> None:
    space = await ctx.spaces.open(envelope.bac)
    async with space.ecriture() as session:
        await session.execute(
            insert(space.metadata.tables["lettre_morte"]).values(
                consumer=abonnement.consumer,
                event_id=envelope.id,
                subject=envelope.subject,
                payload=envelope.to_bytes(),
                erreur=f"{type(error).__name__}: {error}"[:2000],
                survenu_le=datetime.now(UTC),
            )
        )
    compter("bacasante_lettres_mortes_total", service=ctx.service.nom, consommateur=abonnement.consumer)
