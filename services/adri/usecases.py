"""What ``adri`` can do: tell the rights of a person at a date, attach the answer to an invoice, keep the rights."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import update

from services.adri.domain import acquisition, contexte, datation, vie
from services.adri.domain.acquisition import Demande, Reponse
from services.adri.domain.contexte import ContexteApcv
from services.adri.domain.droits import (
    AccidentTravail,
    Beneficiaire,
    Complementaire,
    Couverture,
    Organisme,
    Periode,
)
from services.adri.store import beneficiaires, contextes
from services.adri.store.base import FactureRow
from shared.db.spaces import Space
from shared.db.unit_of_work import UnitOfWork
from shared.db.upsert import inserer_si_absent
from shared.edge.bac import Bac
from shared.errors import Introuvable

Attente = Callable[[float], Awaitable[None]]
PAS_S = 0.02


class BeneficiaireIntrouvable(Introuvable):
    regle = "ADRI-BEN-01"


class FactureIntrouvable(Introuvable):
    regle = "ADRI-FAC-01"


@dataclass(frozen=True, slots=True)
class Interroger:
    """One caller's view of one bac."""

    espace: Space
    bac: Bac
    patience_s: float = 0.5
    attendre: Attente = asyncio.sleep

    async def acquerir(self, demande: Demande) -> Reponse:
        """The rights at the date of reference; asked with an apCV, only through an open context."""
        acquisition.controler(demande)
        ouvert = await self._contexte(demande.contexte_apcv) if demande.contexte_apcv is not None else None
        async with self.espace.lecture() as session:
            foyer = await beneficiaires.foyer(session, demande.assure.num.upper())
        if demande.contexte_apcv is not None:
            self._verifier_contexte(ouvert, demande)
        reponse = acquisition.acquerir(demande, foyer)
        if demande.contexte_apcv is not None and reponse.beneficiaire is not None:
            self._verifier_contexte(ouvert, demande, reponse.beneficiaire.matricule)
        return reponse

    def _verifier_contexte(self, ouvert: ContexteApcv | None, demande: Demande, matricule: str | None = None) -> None:
        contexte.verifier(
            ouvert,
            at=self.bac.now(),
            matricule=matricule,
            identifiant_facturation=demande.demandeur.identifiant_facturation,
        )

    async def _contexte(self, contexte_id: str) -> ContexteApcv | None:
        """The context; the news of one opened this instant may still be on its way."""
        restant = self.patience_s
        while True:
            async with self.espace.lecture() as session:
                trouve = await contextes.lire(session, contexte_id)
            if trouve is not None or restant <= 0:
                return trouve
            await self.attendre(PAS_S)
            restant -= PAS_S


@dataclass(frozen=True, slots=True)
class Retouche:
    """What the sandbox's administration may set on somebody's rights; what is ``None`` stays as it is."""

    periodes: tuple[Periode, ...] | None = None
    couvertures: tuple[Couverture, ...] | None = None
    accidents: tuple[AccidentTravail, ...] | None = None
    complementaire: Complementaire | None = None
    sans_complementaire: bool = False
    medecin_traitant: str | None = None
    sans_medecin_traitant: bool = False
    en_mise_a_jour: bool | None = None


async def retoucher(uow: UnitOfWork, matricule: str, retouche: Retouche) -> list[Beneficiaire]:
    """Change the rights of a person under each insured number, and tell the network when the rights changed."""
    if retouche.periodes is not None:
        vie.controler_periodes(retouche.periodes)
    apres = []
    for avant in await _exiger(uow, matricule):
        nouveau = _retouche(avant, retouche)
        apres.append(nouveau)
        await _enregistrer(uow, avant, nouveau)
    return apres


async def muter(uow: UnitOfWork, matricule: str, organisme: Organisme, effet: date) -> list[Beneficiaire]:
    apres = []
    for avant in await _exiger(uow, matricule):
        nouveau = vie.muter(avant, organisme, effet)
        apres.append(nouveau)
        await _enregistrer(uow, avant, nouveau)
    return apres


async def attacher(
    uow: UnitOfWork, facture_id: str, date_facture: date, reponse: Reponse, corps: dict[str, Any]
) -> None:
    """Attach an answer to an open invoice; a new one replaces the old (engine ``FDS-getAdriFacture``)."""
    datation.verifier_rattachement(reponse.demande.date_reference, date_facture)
    contenu = {
        "date_facture": date_facture,
        "date_reference": reponse.demande.date_reference,
        "reponse": corps,
        "attachee_le": uow.now(),
    }
    table = FactureRow.metadata.tables[FactureRow.__tablename__]
    if not await inserer_si_absent(uow.session, table, id=facture_id, **contenu):
        await uow.session.execute(update(FactureRow).where(FactureRow.id == facture_id).values(**contenu))


async def detacher(uow: UnitOfWork, facture_id: str) -> None:
    if (row := await uow.session.get(FactureRow, facture_id, with_for_update=True)) is None:
        raise FactureIntrouvable(
            "no ADRi answer is attached to this invoice",
            "aucune réponse ADRi n'est attachée à cette facture",
            champ="facture",
        )
    await uow.session.delete(row)


async def _exiger(uow: UnitOfWork, matricule: str) -> list[Beneficiaire]:
    trouves = await beneficiaires.de_la_personne(uow.session, matricule, verrou=True)
    if not trouves:
        raise introuvable()
    return trouves


def introuvable() -> BeneficiaireIntrouvable:
    return BeneficiaireIntrouvable(
        "this person has no rights here", "cette personne n'a pas de droits ici", champ="matricule"
    )


async def _enregistrer(uow: UnitOfWork, avant: Beneficiaire, apres: Beneficiaire) -> None:
    if avant == apres:
        return
    await beneficiaires.enregistrer(uow.session, apres)
    fait = vie.modification(apres, at=uow.now())
    if fait is not None and fait != vie.modification(avant, at=uow.now()):
        uow.emit(fait)


def _retouche(b: Beneficiaire, r: Retouche) -> Beneficiaire:
    return replace(
        b,
        periodes=b.periodes if r.periodes is None else r.periodes,
        couvertures=b.couvertures if r.couvertures is None else r.couvertures,
        accidents=b.accidents if r.accidents is None else r.accidents,
        complementaire=None if r.sans_complementaire else r.complementaire or b.complementaire,
        medecin_traitant=None if r.sans_medecin_traitant else r.medecin_traitant or b.medecin_traitant,
        en_mise_a_jour=b.en_mise_a_jour if r.en_mise_a_jour is None else r.en_mise_a_jour,
    )
