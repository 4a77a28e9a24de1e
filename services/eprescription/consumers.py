"""What the base learns from the others: people of the national identity base, mailboxes of professionals."""

from sqlalchemy import delete, update

from services.eprescription.store.annexes import CorrespondantRow, CouvertureRow, OppositionRow, PersonneRow
from services.eprescription.store.prescriptions import PrescriptionRow
from services.eprescription.store.traces import TraceRow
from services.eprescription.store.verrous import PriseEnChargeRow
from shared.contracts.gateway import ProfessionnelCree, ProfessionnelModifie
from shared.contracts.ins import MatriculeChange, PersonneCreee, PersonneModifiee
from shared.db.unit_of_work import UnitOfWork
from shared.events.consumer import Subscription


async def personne(uow: UnitOfWork, event: PersonneCreee | PersonneModifiee) -> None:
    """Keep the traits INSi answers: a matricule INSi vouches for is accepted whatever its key."""
    row = await uow.session.get(PersonneRow, event.matricule_ins, with_for_update=True)
    if row is None:
        row = PersonneRow(matricule_ins=event.matricule_ins)
        uow.session.add(row)
    row.oid = event.oid
    row.nom_naissance = event.nom_naissance
    row.prenoms = event.liste_prenoms
    row.sexe = event.sexe
    row.date_naissance = event.date_naissance


async def matricule_change(uow: UnitOfWork, event: MatriculeChange) -> None:
    """A person's prescriptions, oppositions and history follow them to their new matricule."""
    for colonne in (
        PrescriptionRow.matricule_ins,
        TraceRow.matricule_ins,
        CouvertureRow.matricule_ins,
        PriseEnChargeRow.matricule_ins,
    ):
        await uow.session.execute(
            update(colonne.class_)
            .where(colonne == event.ancien_matricule_ins)
            .values({colonne.key: event.matricule_ins})
            .execution_options(synchronize_session=False)
        )
    await uow.session.execute(delete(OppositionRow).where(OppositionRow.matricule_ins == event.matricule_ins))
    await uow.session.execute(
        update(OppositionRow)
        .where(OppositionRow.matricule_ins == event.ancien_matricule_ins)
        .values(matricule_ins=event.matricule_ins)
        .execution_options(synchronize_session=False)
    )
    ancienne = await uow.session.get(PersonneRow, event.ancien_matricule_ins)
    if ancienne is not None and await uow.session.get(PersonneRow, event.matricule_ins) is None:
        ancienne.matricule_ins, ancienne.oid = event.matricule_ins, event.oid


async def professionnel(uow: UnitOfWork, event: ProfessionnelCree | ProfessionnelModifie) -> None:
    """Where MSSanté reaches a pharmacist, for the event of a delivery."""
    row = await uow.session.get(CorrespondantRow, event.id_nat)
    if event.adresse_mss is None:
        if row is not None:
            await uow.session.delete(row)
    elif row is None:
        uow.session.add(CorrespondantRow(cle=event.id_nat, adresse_mss=event.adresse_mss))
    else:
        row.adresse_mss = event.adresse_mss


ABONNEMENTS = (
    Subscription("eprescription.personne-creee", PersonneCreee, personne),
    Subscription("eprescription.personne-modifiee", PersonneModifiee, personne),
    Subscription("eprescription.matricule-change", MatriculeChange, matricule_change),
    Subscription("eprescription.professionnel-cree", ProfessionnelCree, professionnel),
    Subscription("eprescription.professionnel-modifie", ProfessionnelModifie, professionnel),
)
