"""The private inbox of a person: e-mails, SMS and letters that leave the trust space (mssante.md §4.4)."""

from services.mss.domain.notifications import Avis
from services.mss.store import patients
from services.mss.store.patients import Profil
from shared.db.unit_of_work import UnitOfWork


async def prevenir(uow: UnitOfWork, profil: Profil, avis: Avis) -> None:
    """Write to the person, or to the parents when the profile hangs on theirs (MES-20); silent without an address."""
    if not profil.representants:
        if profil.courriel is not None:
            await patients.deposer_prive(
                uow.session, profil.matricule_ins, avis, le=uow.now(), destination=profil.courriel
            )
        return
    for matricule in profil.representants:
        parent = await patients.profil(uow.session, matricule)
        if parent is not None and parent.courriel is not None:
            await patients.deposer_prive(
                uow.session,
                parent.matricule_ins,
                avis,
                le=uow.now(),
                destination=parent.courriel,
                concerne=profil.matricule_ins,
            )


async def remettre(
    uow: UnitOfWork, matricule: str, avis: Avis, *, destination: str | None = None, concerne: str | None = None
) -> None:
    """Put a message in a private inbox whatever is known of the person: codes and legal notices are always readable."""
    profil = await patients.profil(uow.session, matricule)
    connue = None
    if profil is not None:
        connue = profil.telephone if avis.canal == "sms" else profil.courriel if avis.canal == "email" else None
    await patients.deposer_prive(
        uow.session, matricule, avis, le=uow.now(), destination=destination or connue, concerne=concerne
    )
