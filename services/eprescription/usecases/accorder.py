"""P11, D6: the executant asks for an agreement, the prescriber answers."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.eprescription.domain import tables
from services.eprescription.domain.erreurs import refus
from services.eprescription.domain.habilitation import Acteur, exiger_executant
from services.eprescription.store import accords, prescriptions
from services.eprescription.store.accords import DemandeAccordRow
from services.eprescription.usecases.prise_en_charge import structure_de
from shared.db.unit_of_work import UnitOfWork
from shared.ids import Ids

REPONSES = frozenset({"ACCEPTE", "REFUSE"})


async def demander(
    uow: UnitOfWork, acteur: Acteur, numero: str, rang: int, adaptation: dict[str, Any], ids: Ids
) -> DemandeAccordRow:
    """D6. The kind of adaptation is one of ``motifs_adaptation.csv``."""
    row = await prescriptions.trouver(uow.session, numero)
    exiger_executant(acteur, row.type)
    row.dossier().ligne(rang)
    if adaptation.get("type") not in tables.par_code("motifs_adaptation"):
        raise refus("EP-422-05", champ="adaptation.type")
    demande = DemandeAccordRow(
        id=f"acc-{ids.uuid()}",
        numero=numero,
        rang=rang,
        prescripteur_id_nat=row.auteur_id_nat,
        executant_id_nat=acteur.id_nat,
        executant_nom=acteur.nom_complet,
        structure_id=structure_de(acteur, None),
        adaptation=adaptation,
        statut="EN_ATTENTE",
        demandee_le=uow.now(),
    )
    uow.session.add(demande)
    return demande


async def lister(session: AsyncSession, auteur: Acteur, statut: str | None) -> Sequence[DemandeAccordRow]:
    return await accords.pour_le_prescripteur(session, auteur.id_nat, statut)


async def lire(session: AsyncSession, acteur: Acteur, identifiant: str) -> DemandeAccordRow:
    demande = await session.get(DemandeAccordRow, identifiant)
    if demande is None:
        raise refus("EP-404-01", champ="id", fr="Demande d'accord inconnue.", en="Unknown request for agreement.")
    if demande.prescripteur_id_nat != acteur.id_nat and not acteur.partage(demande.structure_id):
        raise refus("EP-403-02")
    return demande


async def repondre(
    uow: UnitOfWork, auteur: Acteur, identifiant: str, reponse: str, commentaire: str | None
) -> DemandeAccordRow:
    demande = await accords.trouver(uow.session, identifiant)
    if demande.prescripteur_id_nat != auteur.id_nat:
        raise refus("EP-403-02")
    if reponse not in REPONSES:
        raise refus("EP-400-02", champ="reponse", fr="ACCEPTE ou REFUSE.", en="ACCEPTE or REFUSE.")
    if demande.statut != "EN_ATTENTE":
        raise refus("EP-409-03", fr="Demande déjà répondue.", en="Already answered.")
    demande.statut, demande.commentaire, demande.repondue_le = reponse, commentaire, uow.now()
    return demande
