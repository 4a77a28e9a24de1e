"""P5, P7, P9: cancel, stop, change the consent, suspend and resume a line. The author, or the same structure."""

from services.eprescription.domain import cycle
from services.eprescription.domain.erreurs import refus
from services.eprescription.domain.habilitation import Acteur
from services.eprescription.domain.machine import Statut
from services.eprescription.domain.regles import regle
from services.eprescription.store import prescriptions
from services.eprescription.store.prescriptions import FichePrescription
from services.eprescription.usecases.commun import dire_annulee, ouvrir_pour_l_auteur, tracer
from shared.db.unit_of_work import UnitOfWork


async def annuler(
    uow: UnitOfWork,
    auteur: Acteur,
    numero: str,
    *,
    motif: str | None,
    texte: str | None = None,
    rangs: tuple[int, ...] = (),
    if_match: int | None = None,
) -> FichePrescription:
    """P5. Under a lock the wish is kept (the answer is 202) and applied when the lock falls."""
    row = await ouvrir_pour_l_auteur(uow, auteur, numero, if_match)
    valide = cycle.verifier_motif(motif, texte)
    verrouillee = row.est_verrouillee(uow.now())
    if row.annulation_en_attente is not None:
        return row
    row.recevoir(cycle.annuler(row.dossier(), valide, verrouillee=verrouillee, rangs=rangs))
    if verrouillee:
        await prescriptions.ecrire(uow.session, row)
    else:
        await dire_annulee(uow, row, valide, auteur, rangs)
    return row


async def arreter(
    uow: UnitOfWork, auteur: Acteur, numero: str, *, motif: str | None, texte: str | None, if_match: int | None = None
) -> FichePrescription:
    """Give up what is left once execution has begun; under a lock, at its release (§2.5.5)."""
    row = await ouvrir_pour_l_auteur(uow, auteur, numero, if_match)
    valide = cycle.verifier_motif(motif, texte)
    if row.est_verrouillee(uow.now()):
        if row.statut != Statut.EN_COURS:
            raise refus("EP-409-03", fr="Rien n'a été exécuté.", en="Nothing was executed.")
        row.annulation_en_attente = valide
        row.version += 1
        await prescriptions.ecrire(uow.session, row)
        return row
    row.recevoir(cycle.arreter(row.dossier()))
    await dire_annulee(uow, row, valide, auteur)
    return row


async def consentir(
    uow: UnitOfWork, auteur: Acteur, numero: str, choix: str | None, if_match: int | None = None
) -> FichePrescription:
    """P7: OUI or NON, as the patient says at the surgery."""
    row = await ouvrir_pour_l_auteur(uow, auteur, numero, if_match)
    if choix not in {"OUI", "NON"}:
        r = regle("GEN-08")
        raise refus("EP-422-01", regle="GEN-08", champ="consultationExecution", fr=r.fr, en=r.en)
    if row.consultation_execution != choix:
        row.consultation_execution = choix
        row.version += 1
        await prescriptions.ecrire(uow.session, row)
        await tracer(uow, row, "CONSENTEMENT", auteur, choix=choix)
    return row


async def suspendre(
    uow: UnitOfWork, auteur: Acteur, numero: str, rang: int, if_match: int | None = None
) -> FichePrescription:
    row = await ouvrir_pour_l_auteur(uow, auteur, numero, if_match)
    _exiger_libre(uow, row)
    row.recevoir(cycle.suspendre(row.dossier(), rang))
    await prescriptions.ecrire(uow.session, row)
    await tracer(uow, row, "SUSPENDUE", auteur, rangs=[rang])
    return row


async def reprendre(
    uow: UnitOfWork, auteur: Acteur, numero: str, rang: int, if_match: int | None = None
) -> FichePrescription:
    row = await ouvrir_pour_l_auteur(uow, auteur, numero, if_match)
    row.recevoir(cycle.reprendre(row.dossier(), rang))
    await prescriptions.ecrire(uow.session, row)
    await tracer(uow, row, "REPRISE", auteur, rangs=[rang])
    return row


def _exiger_libre(uow: UnitOfWork, row: FichePrescription) -> None:
    if row.est_verrouillee(uow.now()):
        jusqua = row.verrou_expire.isoformat() if row.verrou_expire else None
        raise refus("EP-423-01", regle="DSP-18", tenuJusqua=jusqua)


def motif_valide(motif: str) -> str:
    """A reason of ``motifs_annulation.csv`` that needs no text."""
    return cycle.verifier_motif(motif, None)
