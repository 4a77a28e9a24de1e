"""What the gateway learns of patients from ``ins``, so that tokens can be minted for those made in this bac."""

from gateway.store.personas import PatientConnuRow
from shared.contracts.ins import MatriculeChange, PersonneCreee, PersonneModifiee
from shared.db.unit_of_work import UnitOfWork
from shared.events.consumer import Subscription


async def retenir(uow: UnitOfWork, event: PersonneCreee | PersonneModifiee) -> None:
    row = await uow.session.get(PatientConnuRow, event.matricule_ins)
    await uow.session.merge(
        PatientConnuRow(
            matricule_ins=event.matricule_ins,
            oid=event.oid,
            nom_naissance=event.nom_naissance[:100],
            prenom=event.prenom[:100],
            remplace=row.remplace if row else None,
        )
    )


async def renumeroter(uow: UnitOfWork, event: MatriculeChange) -> None:
    """The person as now follows in :class:`PersonneModifiee`; order of arrival does not matter."""
    ancien = await uow.session.get(PatientConnuRow, event.ancien_matricule_ins)
    nouveau = await uow.session.get(PatientConnuRow, event.matricule_ins)
    connu = nouveau or ancien
    await uow.session.merge(
        PatientConnuRow(
            matricule_ins=event.matricule_ins,
            oid=event.oid,
            nom_naissance=connu.nom_naissance if connu else "",
            prenom=connu.prenom if connu else "",
            remplace=event.ancien_matricule_ins,
        )
    )


ABONNEMENTS = (
    Subscription("gateway.patient-cree", PersonneCreee, retenir),
    Subscription("gateway.patient-modifie", PersonneModifiee, retenir),
    Subscription("gateway.patient-renumerote", MatriculeChange, renumeroter),
)
