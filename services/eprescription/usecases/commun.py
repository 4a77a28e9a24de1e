"""What every operation shares: the trace, the state of the day, optimistic versions."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.eprescription.domain.calendrier import jour, plus_mois
from services.eprescription.domain.cycle import appliquer_annulation_en_attente, echoir
from services.eprescription.domain.erreurs import refus
from services.eprescription.domain.habilitation import Acteur
from services.eprescription.domain.machine import Statut
from services.eprescription.store import annexes, prescriptions, traces
from services.eprescription.store.prescriptions import FichePrescription
from services.eprescription.store.traces import Evenement
from shared.contracts.eprescription import PrescriptionAnnulee
from shared.db.unit_of_work import UnitOfWork

CONSERVATION_ANNEES = 5  # CSP R.4071-1 2°


async def tracer(
    uow: UnitOfWork,
    row: FichePrescription,
    evenement: Evenement,
    acteur: Acteur | None,
    **detail: Any,
) -> None:
    """Append to the log of the prescription: who, when, with which software."""
    await traces.ajouter(
        uow.session,
        numero=row.numero,
        matricule_ins=row.matricule_ins,
        quand=uow.now(),
        evenement=evenement,
        id_nat=acteur.id_nat if acteur else None,
        nom=acteur.nom_complet if acteur else None,
        profession=acteur.profession if acteur else None,
        structure_id=acteur.structure_id if acteur else None,
        logiciel=acteur.logiciel if acteur else None,
        detail=detail,
    )


def est_conservee(row: FichePrescription, maintenant: datetime) -> bool:
    return plus_mois(jour(row.date_redaction), 12 * CONSERVATION_ANNEES) >= jour(maintenant)


async def mettre_a_jour(uow: UnitOfWork, row: FichePrescription) -> None:
    """What the clock already decided: a stale lock falls, a pending cancellation applies, validity ends."""
    maintenant = uow.now()
    if row.statut == Statut.SUPPRIMEE or not est_conservee(row, maintenant):
        raise refus("EP-410-01", regle="GEN-22", champ="numero")
    if row.verrou_id is not None and not row.est_verrouillee(maintenant):
        row.liberer()
        await appliquer_attente(uow, row)
    if row.est_ouverte and jour(maintenant) > row.fin_validite and not row.est_verrouillee(maintenant):
        row.recevoir(echoir(row.dossier(), jour(maintenant)))
        await tracer(uow, row, "EXPIREE", None)
    await prescriptions.ecrire(uow.session, row)


async def appliquer_attente(uow: UnitOfWork, row: FichePrescription) -> None:
    """A cancellation asked for during a lock takes effect now that the lock is gone (§2.5.5); the caller writes."""
    if row.annulation_en_attente is None:
        return
    motif = row.annulation_en_attente
    avant = row.statut
    row.recevoir(appliquer_annulation_en_attente(row.dossier()))
    if row.statut != avant:
        await dire_annulee(uow, row, motif, None)


async def dire_annulee(
    uow: UnitOfWork, row: FichePrescription, motif: str, acteur: Acteur | None, rangs: tuple[int, ...] = ()
) -> None:
    """Write, log and publish a cancellation (or a stop)."""
    row.motif_annulation = motif
    await prescriptions.ecrire(uow.session, row)
    if row.statut in {Statut.ANNULEE, Statut.ARRETEE}:
        await annexes.decouvrir(uow.session, row.numero)
    await tracer(
        uow, row, "ARRETEE" if row.statut == Statut.ARRETEE else "ANNULEE", acteur, motif=motif, rangs=list(rangs)
    )
    uow.emit(
        PrescriptionAnnulee(
            numero=row.numero,
            matricule_ins=row.matricule_ins,
            prescripteur_id_nat=row.auteur_id_nat,
            motif=motif,
            statut=row.statut,
            rangs=list(rangs),
            copie_dmp=row.copie_dmp,
            document_unique_id=row.document_unique_id,
            occurred_at=uow.now(),
        )
    )


def exiger_version(row: FichePrescription, if_match: int | None) -> None:
    if if_match is not None and if_match != row.version:
        raise refus("EP-412-01", champ="If-Match", version=row.version)


def exiger_auteur(row: FichePrescription, acteur: Acteur) -> None:
    """Cancel, replace, suspend: the author, or the same structure (§2.7)."""
    if row.auteur_id_nat != acteur.id_nat and not acteur.partage(row.structure_id):
        raise refus("EP-403-02")


async def ouvrir_pour_l_auteur(uow: UnitOfWork, acteur: Acteur, numero: str, if_match: int | None) -> FichePrescription:
    """The row an author may change, locked and brought up to date."""
    row = await prescriptions.verrouiller(uow.session, numero)
    exiger_auteur(row, acteur)
    await mettre_a_jour(uow, row)
    exiger_version(row, if_match)
    return row


async def executions_consultables(session: AsyncSession, row: FichePrescription) -> bool:
    """Whether the prescriber may see what was delivered: OUI, and no later opposition of the patient (§4.2)."""
    return row.consultation_execution == "OUI" and not await annexes.est_oppose(
        session, row.matricule_ins, row.auteur_id_nat
    )
