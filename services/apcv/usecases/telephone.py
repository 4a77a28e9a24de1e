"""The patient's side: activation, presenting the card, opposition (apcv.md §7.A, §7.B.2, §7.F)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from sqlalchemy.ext.asyncio import AsyncSession

from services.apcv import scellement
from services.apcv.domain import appli as regles
from services.apcv.domain import lecture as lectures
from services.apcv.domain.appli import Appli, Etat, Telephone, Voie
from services.apcv.domain.assure import raison_ineligible
from services.apcv.domain.delegation import exiger_valable
from services.apcv.domain.lecture import Lecture, Mode
from services.apcv.store import applis, assures, contextes
from services.apcv.store.applis import AppliRow, PresentationRow
from services.apcv.usecases.contextes import revoquer
from shared.db.unit_of_work import UnitOfWork
from shared.errors import DomainError, RegleMetier

#: A presentation spoilt on purpose, so that an integrator can see each refusal of apcv.md §5.
Defaut: TypeAlias = Literal["expire", "rejoue", "altere", "autre_telephone", "revoque"]


class SansNfc(RegleMetier):
    slug = "sans-nfc"
    regle = "APCV-TEL-02"


@dataclass(frozen=True, slots=True)
class Presentation:
    donnees: str
    mode: Mode
    emis_le: datetime
    expire_le: datetime


async def demander(uow: UnitOfWork, matricule: str, email: str, voie: Voie, telephone: Telephone) -> Appli:
    """The first step: terms accepted, NIR typed; the code leaves by e-mail."""
    appli = Appli(
        appli_id=scellement.identifiant_appli(),
        matricule_ins=matricule,
        email=email,
        voie=voie,
        telephone=telephone,
        etat=Etat.EMAIL,
        creee_le=uow.now(),
        code_email=scellement.code_email(),
    )
    uow.session.add(applis.nouvelle(appli))
    return appli


async def confirmer_email(uow: UnitOfWork, appli_id: str, code: str) -> Appli:
    row = await applis.verrouiller(uow.session, appli_id)
    return _poser(row, regles.confirmer_email(row.to_domain(), code, at=uow.now()))


async def prouver_identite(uow: UnitOfWork, appli_id: str) -> Appli:
    """Identity proof, then what INSi and the rights say of the person (apcv.md §7.A.3, §7.A.4)."""
    row = await applis.verrouiller(uow.session, appli_id)
    prouvee = regles.prouver_identite(row.to_domain(), at=uow.now())
    assure = await assures.trouver(uow.session, row.matricule_ins, uow.bac.reglages.oid_mode)
    if motif := raison_ineligible(assure, jour=uow.now().date()):
        raise regles.fin(motif)
    return _poser(row, prouvee)


async def decider(uow: UnitOfWork, appli_id: str, accepte: bool) -> Appli:
    row = await applis.verrouiller(uow.session, appli_id)
    return _poser(row, regles.decider(row.to_domain(), accepte))


async def choisir_code(uow: UnitOfWork, appli_id: str, code: str) -> Appli:
    """The app becomes active; the person's former phone is revoked, with the contexts it opened."""
    row = await applis.verrouiller(uow.session, appli_id)
    appli = regles.choisir_code(
        row.to_domain(),
        code,
        cle_id=await applis.prochaine_cle(uow.session, row.matricule_ins),
        secret=scellement.nouveau_secret(),
        at=uow.now(),
    )
    for ancienne in await applis.actives_de(uow.session, row.matricule_ins):
        ancienne.poser(regles.remplacer(ancienne.to_domain()))
        revoquer(uow, await contextes.actifs_de_la_carte(uow.session, appli_id=ancienne.appli_id), "opposition")
    return _poser(row, appli)


async def deverrouiller(uow: UnitOfWork, appli_id: str, code: str) -> tuple[Appli, DomainError | None]:
    """Type the secret code. A wrong one is counted: the refusal is returned, for the count to be kept."""
    row = await applis.verrouiller(uow.session, appli_id)
    appli, bon = regles.verifier_code(row.to_domain(), code)
    row.poser(appli)
    return appli, None if bon else regles.code_faux(appli)


async def presenter(
    uow: UnitOfWork,
    appli: Appli,
    mode: Mode,
    *,
    delegation_id: str | None = None,
    defaut: Defaut | None = None,
) -> Presentation:
    """Show a QR code or offer an NFC exchange, of one's own card or of a delegated one."""
    regles.exiger_active(appli)
    if mode == "nfc" and not appli.telephone.nfc:
        raise SansNfc(
            "This phone has no usable NFC: show the QR code.",
            "Ce téléphone n'a pas de NFC utilisable : présentez le QR code.",
            champ="mode",
        )
    carte = appli.matricule_ins
    if delegation_id is not None:
        delegation = await applis.delegation(uow.session, delegation_id)
        carte = exiger_valable(delegation, appli.matricule_ins, at=uow.now()).titulaire
    presentation, lecture = _nouvelle_presentation(uow, appli, mode, carte, delegation_id, defaut)
    uow.session.add(presentation)
    secret = scellement.nouveau_secret() if defaut == "autre_telephone" else appli.secret
    donnees = lectures.sceller(lecture, secret)
    if defaut == "altere":
        donnees = lectures.alterer(donnees)
    if defaut == "revoque":
        await opposer(uow, appli.appli_id, "essai")
    return Presentation(donnees, mode, lecture.emis_le, lecture.emis_le + lectures.duree(mode))


def _nouvelle_presentation(
    uow: UnitOfWork, appli: Appli, mode: Mode, carte: str, delegation_id: str | None, defaut: Defaut | None
) -> tuple[PresentationRow, Lecture]:
    age = lectures.duree(mode) if defaut == "expire" else timedelta(0)
    lecture = Lecture(appli.appli_id, appli.cle_id, (uow.now() - age).replace(microsecond=0), scellement.nonce())
    row = PresentationRow(
        nonce=lecture.nonce,
        appli_id=appli.appli_id,
        carte=carte,
        delegation_id=delegation_id,
        mode=mode,
        emis_le=lecture.emis_le,
        utilise_le=uow.now() if defaut == "rejoue" else None,
    )
    return row, lecture


async def opposer(uow: UnitOfWork, appli_id: str, motif: str) -> Appli:
    """Loss, theft or compromise: the app is closed and every context of this card with it."""
    row = await applis.verrouiller(uow.session, appli_id)
    appli = _poser(row, regles.opposer(row.to_domain(), motif))
    revoquer(uow, await contextes.actifs_de_la_carte(uow.session, appli_id=appli_id), "opposition")
    revoquer(uow, await contextes.actifs_de_la_carte(uow.session, matricule=row.matricule_ins), "opposition")
    return appli


async def desactiver(uow: UnitOfWork, appli_id: str) -> Appli:
    row = await applis.verrouiller(uow.session, appli_id)
    appli = _poser(row, regles.desactiver(row.to_domain()))
    revoquer(uow, await contextes.actifs_de_la_carte(uow.session, appli_id=appli_id), "opposition")
    return appli


async def trouver(session: AsyncSession, appli_id: str) -> Appli:
    return await applis.trouver(session, appli_id)


def _poser(row: AppliRow, appli: Appli) -> Appli:
    row.poser(appli)
    return appli
