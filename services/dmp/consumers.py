"""The events the DMP listens to, as a table of subscriptions (architecture §6)."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

from services.dmp.config import DmpSettings
from services.dmp.store import dossiers
from services.dmp.store.mes import SoinRow
from services.dmp.usecases import depots, profils
from shared.contracts.apcv import FactureSignee
from shared.contracts.eprescription import (
    DelivranceAnnulee,
    DelivranceEnregistree,
    PrescriptionAnnulee,
    PrescriptionCreee,
)
from shared.contracts.ins import MatriculeChange, PersonneCreee, PersonneModifiee
from shared.contracts.mss import PieceEnregistree
from shared.db.unit_of_work import UnitOfWork
from shared.events.consumer import Subscription
from shared.service import Contexte


def abonnements(settings: DmpSettings) -> tuple[Subscription, ...]:
    def avec(f: Any) -> Any:
        return partial(f, settings)

    return (
        Subscription("dmp.ouvrir-dossier", PersonneCreee, avec(_personne_creee)),
        Subscription("dmp.suivre-traits", PersonneModifiee, avec(_personne_modifiee)),
        Subscription("dmp.suivre-matricule", MatriculeChange, _matricule_change),
        Subscription("dmp.historique-remboursements", FactureSignee, _facture_signee),
        Subscription("dmp.historique-delivrances", DelivranceEnregistree, _delivrance),
        Subscription("dmp.annuler-delivrance", DelivranceAnnulee, _delivrance_annulee),
        Subscription("dmp.copie-prescription", PrescriptionCreee, avec(_prescription), chercher=chercher_pdf),
        Subscription("dmp.retrait-prescription", PrescriptionAnnulee, avec(_prescription_annulee)),
        Subscription("dmp.piece-jointe", PieceEnregistree, avec(_piece), chercher=chercher_piece),
    )


async def _personne_creee(settings: DmpSettings, uow: UnitOfWork, event: PersonneCreee) -> None:
    await profils.naitre(uow, settings, event.model_dump())


async def _personne_modifiee(settings: DmpSettings, uow: UnitOfWork, event: PersonneModifiee) -> None:
    row = await dossiers.dossier(uow.session, event.matricule_ins, verrou=True)
    if row is None:
        await profils.naitre(uow, settings, event.model_dump())
    else:
        profils.row_traits(row, event.model_dump())


async def _matricule_change(uow: UnitOfWork, event: MatriculeChange) -> None:
    await profils.changer_matricule(uow, event.ancien_matricule_ins, event.matricule_ins, event.oid)


async def _facture_signee(uow: UnitOfWork, event: FactureSignee) -> None:
    """The reimbursement history shown to the person (mon-espace-sante.md §5.5)."""
    actes = [str(a.get("libelle") or a.get("code") or "") for a in event.actes]
    uow.session.add(
        SoinRow(
            id=event.facture_id,
            matricule_ins=event.matricule_ins,
            famille="remboursement",
            date=_jour(event.date_soins) or event.occurred_at,
            libelle=", ".join(a for a in actes if a)[:400] or "Soins",
            donnees={
                "montant_total": event.montant_total,
                "montant_amo": event.montant_amo,
                "professionnel_id_nat": event.professionnel_id_nat,
                "professionnel_nom": event.professionnel_nom,
                "actes": event.actes,
            },
        )
    )


async def _delivrance(uow: UnitOfWork, event: DelivranceEnregistree) -> None:
    libelles = [str(ligne.get("libelle") or "") for ligne in event.lignes]
    uow.session.add(
        SoinRow(
            id=event.delivrance_id,
            matricule_ins=event.matricule_ins,
            famille="delivrance",
            date=event.occurred_at,
            libelle=", ".join(x for x in libelles if x)[:400] or f"Prescription {event.numero}",
            donnees={
                "numero": event.numero,
                "pharmacien_id_nat": event.pharmacien_id_nat,
                "pharmacien_nom": event.pharmacien_nom,
                "structure_id": event.structure_id,
                "structure_nom": event.structure_nom,
                "lignes": event.lignes,
                "statut": event.statut,
            },
        )
    )


async def _delivrance_annulee(uow: UnitOfWork, event: DelivranceAnnulee) -> None:
    row = await uow.session.get(SoinRow, event.delivrance_id)
    if row is not None:
        row.annule = True


async def chercher_pdf(ctx: Contexte, bac: Any, event: PrescriptionCreee) -> bytes | None:
    """Fetch the PDF that the base owns, over the internal upstream (architecture §11.13)."""
    if not event.copie_dmp or not event.pdf_path:
        return None
    reponse = await ctx.passerelle.service(bac.nom, "eprescription", "GET", event.pdf_path)
    if reponse.status != 200:
        raise ValueError(f"{event.pdf_path}: {reponse.status}")
    return reponse.body


async def _prescription(
    settings: DmpSettings, uow: UnitOfWork, event: PrescriptionCreee, contenu: bytes | None
) -> None:
    if contenu is not None:
        await depots.copie_prescription(uow, settings, event, contenu)


async def _prescription_annulee(settings: DmpSettings, uow: UnitOfWork, event: PrescriptionAnnulee) -> None:
    """Cancelled before any execution: the copy that the base filed is unpublished (same uniqueId on both roads)."""
    if event.copie_dmp and event.statut == "ANNULEE":
        await depots.retirer_prescription(uow, settings, event.matricule_ins, event.document_unique_id)


async def chercher_piece(ctx: Contexte, bac: Any, event: PieceEnregistree) -> bytes:
    reponse = await ctx.passerelle.service(bac.nom, "mss", "GET", event.chemin)
    if reponse.status != 200:
        raise ValueError(f"{event.chemin}: {reponse.status}")
    return reponse.body


async def _piece(settings: DmpSettings, uow: UnitOfWork, event: PieceEnregistree, contenu: bytes) -> None:
    await depots.piece_recue(uow, settings, event, contenu)


def _jour(texte: str) -> datetime | None:
    try:
        lu = datetime.fromisoformat(texte)
    except ValueError:
        return None
    return lu if lu.tzinfo else lu.replace(tzinfo=UTC)
