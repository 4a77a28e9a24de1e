"""Submitting a message: judge it, keep it, place a copy in each mailbox, bounce what cannot be delivered.

Everything happens in one transaction: once the sender has its 250 (or its 201) the message, its copies, its bounces
and its events are all there.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from email.utils import format_datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.mss import xdm
from services.mss.domain import lint, mime
from services.mss.domain.adresses import Adresse
from services.mss.domain.lint import Constat, Envoi
from services.mss.domain.mes import (
    FERMES,
)
from services.mss.domain.reception import pieces, resumer
from services.mss.domain.refus import (
    BoiteFermee,
    BoitePleine,
    DestinataireInconnu,
    HorsListeBlanche,
    MessageNonConforme,
    MessageTropGros,
)
from services.mss.store import boites, messages, patients
from services.mss.store.boites import Boite
from services.mss.store.messages import Destin
from services.mss.usecases.distribution import Distribution, Enveloppe, Prepare
from shared.db.unit_of_work import UnitOfWork
from shared.decision import Decision, avertir, noter
from shared.ids import Ids

LIMITE_OPERATEUR = 26_214_400
"""The size this operator publishes in ``SIZE`` (mssante.md §2.3)."""


@dataclass(frozen=True, slots=True)
class Depot:
    """What the sender is told: the message's id and what became of each recipient."""

    message_id: str
    sorts: tuple[Destin, ...]
    constats: tuple[Constat, ...]


def preparer(brut: bytes) -> Prepare:
    racine = mime.lire(brut)
    archive = next(
        (partie for piece, partie in pieces(racine) if piece.nom.upper() == "IHE_XDM.ZIP"),
        None,
    )
    lue = xdm.lire_archive(archive.contenu()) if archive is not None else None
    return Prepare(brut, racine, resumer(racine), lue)


async def verifier_destinataire(session: AsyncSession, adresse: Adresse, *, taille: int = 0) -> None:
    """What an operator checks at ``RCPT TO``: the white list, then the mailbox when it is a professional's.

    A patient's address is never refused here: Mon espace santé is another operator and answers by a bounce (§6.2).
    """
    if not await boites.est_en_liste(session, adresse.domaine):
        raise HorsListeBlanche(adresse.domaine, "destinataires")
    if adresse.est_patient:
        return
    boite = await boites.trouver(session, str(adresse))
    if boite is None:
        raise DestinataireInconnu(str(adresse))
    if not boite.ouverte:
        raise BoiteFermee(str(adresse))
    if boite.occupe + taille > boite.quota:
        raise BoitePleine(str(adresse))


async def envoyer(
    uow: UnitOfWork,
    ids: Ids,
    boite: Boite,
    prepare: Prepare,
    destinataires: list[Enveloppe],
    *,
    limite: int = LIMITE_OPERATEUR,
) -> Depot:
    """Submit a message from an authenticated mailbox. Recipients were verified by :func:`verifier_destinataire`."""
    if len(prepare.brut) > limite:
        raise MessageTropGros(len(prepare.brut), limite)
    await _verrouiller(uow, boite, destinataires)
    constats = () if boite.est_patient else await _examiner(uow, boite, prepare, destinataires, limite)
    message_id = ids.uuid()
    message = await messages.conserver(
        uow.session,
        _traces(boite.adresse, message_id, uow.now()) + prepare.brut,
        prepare.courrier,
        message_id=message_id,
        chemin_de_retour=boite.adresse,
        recu_le=uow.now(),
        constats=[asdict(constat) for constat in constats],
    )
    envoi = Distribution(uow, ids, boite, prepare, message)
    sorts = [await envoi.distribuer(destinataire) for destinataire in _distincts(destinataires)]
    return Depot(message.id, tuple(sorts), tuple(constats))


async def _verrouiller(uow: UnitOfWork, boite: Boite, destinataires: list[Enveloppe]) -> None:
    """Take the mailboxes of a message in one order, whoever writes to whom: no two messages wait for each other."""
    adresses = {boite.adresse, *(str(d.adresse) for d in destinataires)}
    await boites.verrouiller(uow.session, adresses)
    for matricule in sorted(d.adresse.matricule for d in destinataires if d.adresse.est_patient):
        await patients.profil(uow.session, matricule, verrou=True)


def _traces(adresse: str, message_id: str, instant: datetime) -> bytes:
    """What an operator writes on top of a message it delivers (RFC 5321 §4.4): readers compare receipts with it."""
    domaine = adresse.partition("@")[2]
    return (
        f"Return-Path: <{adresse}>\r\n"
        f"Received: from {domaine} by mx.{domaine} with ESMTPSA id {message_id};\r\n\t{format_datetime(instant)}\r\n"
    ).encode()


async def _examiner(
    uow: UnitOfWork, boite: Boite, prepare: Prepare, destinataires: list[Enveloppe], limite: int
) -> list[Constat]:
    opposes = set()
    for destinataire in destinataires:
        if destinataire.adresse.est_patient:
            profil = await patients.profil(uow.session, destinataire.adresse.matricule)
            if profil is not None and profil.etat in FERMES:
                opposes.add(profil.matricule_ins)
    constats = lint.examiner(
        Envoi(
            courrier=prepare.courrier,
            racine=prepare.racine,
            boite=boite.adresse,
            type_bal=boite.type_bal,
            destinataires=tuple(str(d.adresse) for d in destinataires),
            taille=len(prepare.brut),
            limite_operateur=limite,
            message_id_deja_vu=await messages.deja_vu(uow.session, prepare.courrier.message_id),
            xdm=prepare.archive,
            patients_opposes=frozenset(opposes),
        )
    )
    if uow.bac.reglages.profil == "homologation" and (graves := lint.refusantes(constats)):
        _noter_examen(graves)
        raise MessageNonConforme(graves[0].regle, graves[0].en, graves[0].fr)
    for constat in constats:
        avertir(constat.regle, fr=constat.fr, en=constat.en, exigence=constat.exigence)
    return constats


def _noter_examen(graves: list[Constat]) -> None:
    noter(
        Decision(
            graves[0].regle,
            "refuse",
            graves[0].fr,
            graves[0].en,
            entrees={"rompues": [constat.regle for constat in graves]},
            examinees=tuple(regle.id for regle in lint.REGLES),
            ligne={"exigence": graves[0].exigence, "profil": "homologation"},
            source="mssante.md §3",
        )
    )


def _distincts(destinataires: list[Enveloppe]) -> list[Enveloppe]:
    return list({str(d.adresse): d for d in destinataires}.values())
