"""The access history of a dossier, for whom it may be shown (AD-065, AD-066, AD-075; mon-espace-sante.md §6.2)."""

from dataclasses import dataclass
from datetime import datetime

from services.dmp.domain.situation import Action, TypeActeur
from services.dmp.store import traces
from services.dmp.store.traces import TraceRow
from services.dmp.usecases.visite import Visite


@dataclass(frozen=True, slots=True)
class Filtre:
    depuis: datetime | None = None
    jusqu: datetime | None = None
    acteur_id: str | None = None
    evenement: str | None = None
    limite: int = 100
    offset: int = 0


async def lire(visite: Visite, f: Filtre) -> tuple[list[TraceRow], int]:
    """The holder and the médecin traitant see everything, a representative all but secret acts, others their own."""
    acteur = visite.acteur
    acteur_id = f.acteur_id
    sans_secret = False
    if acteur.type in {TypeActeur.PS, TypeActeur.CPE, TypeActeur.STRUCTURE}:
        if acteur.medecin_traitant:
            visite.exiger(Action.HISTORIQUE_COMPLET)
        else:
            visite.exiger(Action.HISTORIQUE)
            acteur_id = acteur.id_nat
    elif acteur.type is TypeActeur.REPRESENTANT:
        sans_secret = True
    return await traces.historique(
        visite.uow.session,
        visite.matricule_ins,
        acteur_id=acteur_id,
        depuis=f.depuis,
        jusqu=f.jusqu,
        evenement=f.evenement,
        sans_secret=sans_secret,
        limite=f.limite,
        offset=f.offset,
    )
