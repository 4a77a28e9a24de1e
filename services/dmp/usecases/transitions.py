"""What the network and the person hear of a change of profile."""

import uuid
from typing import Final

from services.dmp.domain.profil import DELAI_OPPOSITION, Etat, Evenement, Transition
from services.dmp.store.dossiers import DossierRow
from services.dmp.store.traces import TraceRow
from shared.contracts.dmp import (
    NotificationEmise,
    ProfilActive,
    ProfilClos,
    ProfilInforme,
    ProfilOppose,
    ProfilOuvert,
)
from shared.db.unit_of_work import UnitOfWork

_TRACES: Final = {
    Etat.ACTIVE: "PROFILE_ACTIVATED",
    Etat.OPEN_NOT_ACTIVATED: "PROFILE_OPENED",
    Etat.CLOSED: "PROFILE_CLOSED",
    Etat.CLOSED_DECEASED: "PROFILE_CLOSED",
    Etat.OPPOSED: "PROFILE_OPPOSED",
    Etat.SUSPENDED: "PROFILE_SUSPENDED",
    Etat.ERASED: "PROFILE_ERASED",
}


def annoncer(uow: UnitOfWork, row: DossierRow, t: Transition, *, automatique: bool) -> None:
    """Emit the event of a transition that has just been written, keep its trace, and tell the person where due."""
    commun = {
        "occurred_at": row.depuis,
        "matricule_ins": row.matricule_ins,
        "etat": t.vers.value,
        "ancien_etat": next(iter(t.de)).value if len(t.de) == 1 else "ACTIVE",
        "automatique": automatique,
    }
    match t.vers:
        case Etat.NOTIFIED:
            prevue = row.echeance or row.depuis + DELAI_OPPOSITION
            uow.emit(ProfilInforme.model_validate({**commun, "ouverture_prevue": prevue}))
            _courrier(
                uow,
                row,
                "MES_INFORMATION",
                "Votre espace santé va être ouvert",
                f"Mon espace santé sera ouvert le {prevue:%d/%m/%Y}, sauf opposition de votre part d'ici là. "
                "Vous pouvez l'activer ou vous y opposer dès maintenant.",
            )
        case Etat.OPEN_NOT_ACTIVATED:
            uow.emit(ProfilOuvert.model_validate(commun))
        case Etat.ACTIVE:
            if t.evenement is Evenement.ROUVRIR:
                uow.emit(ProfilOuvert.model_validate(commun))
            uow.emit(ProfilActive.model_validate({**commun, "email": row.email}))
        case Etat.OPPOSED:
            uow.emit(ProfilOppose.model_validate(commun))
        case Etat.CLOSED | Etat.CLOSED_DECEASED:
            uow.emit(ProfilClos.model_validate({**commun, "motif": row.motif_fermeture or ""}))
            _courrier(
                uow,
                row,
                "PROFILE_CLOSED",
                "Votre espace santé est fermé",
                "Votre espace santé est fermé. Ses données sont archivées dix ans ; vous pouvez demander leur "
                "suppression ou rouvrir votre espace.",
            )
        case _:
            pass
    if (evenement := _TRACES.get(t.vers)) is not None:
        uow.session.add(
            TraceRow(
                id=str(uuid.uuid4()),
                matricule_ins=row.matricule_ins,
                at=row.depuis,
                evenement=evenement,
                transaction=t.id,
                acteur_type="systeme" if automatique else "patient",
                acteur_id=None if automatique else row.matricule_ins,
                acteur_nom=None if automatique else f"{row.prenom} {row.nom_naissance}".strip(),
                regle=t.id,
            )
        )


def _courrier(uow: UnitOfWork, row: DossierRow, motif: str, objet: str, texte: str) -> None:
    uow.emit(
        NotificationEmise(
            occurred_at=row.depuis,
            matricule_ins=row.matricule_ins,
            canal="email" if row.email else "courrier",
            motif=motif,
            objet=objet,
            texte=texte,
        )
    )
