"""The citizen at home: whose space it is, settings, closing, temporary access codes (mon-espace-sante.md §3 to §6)."""

import secrets
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

from services.dmp.domain.activation import ProfilInactif
from services.dmp.domain.profil import Etat, Evenement
from services.dmp.domain.situation import Action, TypeActeur
from services.dmp.store import dossiers, mes, registre
from services.dmp.store.dossiers import DossierRow
from services.dmp.store.mes import CodeAccesRow
from services.dmp.usecases.ouverture import visiter
from services.dmp.usecases.profils import evenement
from services.dmp.usecases.visite import Appel, Visite, est_mineur
from shared.db.unit_of_work import UnitOfWork
from shared.errors import Interdit, Introuvable

DUREE_MAX_MINUTES = 60 * 24 * 30


async def chez(uow: UnitOfWork, appel: Appel, profil: str | None, *, actif: bool = True) -> Visite:
    """The visit of a person to her own space, or to the one of somebody she represents."""
    moi = appel.acteur.id_nat or ""
    cible = profil or moi
    if cible != moi:
        lien = await dossiers.representation(uow.session, moi, cible)
        row = await registre.fiche(uow, cible)
        majeur = row is not None and not est_mineur(row.date_naissance, appel.now)
        if lien is None or (lien.nature == "parent" and majeur):
            # MAJ-1: the access of a parent ends with the 18th birthday.
            raise Interdit(
                "this profile is not one you represent",
                "ce profil n'est pas de ceux que vous représentez",
                regle="MES-PRO-02",
                champ="profil",
                membres={"code": "MES_NOT_REPRESENTATIVE", "retryable": False},
            )
        appel = replace(appel, acteur=replace(appel.acteur, type=TypeActeur.REPRESENTANT))
    visite = await visiter(uow, appel, cible)
    if visite.dossier is None:
        raise Introuvable(
            "no space for this person",
            "aucun espace pour cette personne",
            regle="MES-PRO-03",
            membres={"code": "MES_UNKNOWN_PERSON", "retryable": False},
        )
    if actif and visite.dossier.etat != Etat.ACTIVE.value:
        raise ProfilInactif(
            f"the profile is {visite.dossier.etat}: activate it first",
            f"le profil est {visite.dossier.etat} : activez-le d'abord",
            membres={"code": _CODES.get(visite.dossier.etat, "MES_NOT_ACTIVE"), "retryable": False},
        )
    return visite


_CODES = {
    "OPPOSED": "MES_OPPOSED",
    "SUSPENDED": "MES_SUSPENDED",
    "CLOSED": "MES_CLOSED",
    "CLOSED_DECEASED": "MES_CLOSED",
}


async def dossier(visite: Visite) -> DossierRow:
    """The dossier of the visit, to write to."""
    row = await dossiers.dossier(visite.uow.session, visite.matricule_ins)
    assert row is not None
    return row


async def fermer(visite: Visite, *, raison: str | None, express: bool) -> DossierRow:
    """T5: closing at any time; ``express`` asks for the deletion within three months."""
    row = await dossier(visite)
    settings = visite.appel.settings
    if row.etat == Etat.NOTIFIED.value:
        await evenement(visite.uow, row, Evenement.OPPOSER, settings)
        return row
    if row.etat != Etat.CLOSED.value:
        await evenement(visite.uow, row, Evenement.FERMER, settings, raison=raison)
    elif not express:
        await evenement(visite.uow, row, Evenement.FERMER, settings)  # refused, in the words of the state machine
    if express:
        row.effacement_demande_le = visite.appel.now
        row.echeance = visite.appel.now + timedelta(days=90)
    return row


async def rouvrir(visite: Visite) -> DossierRow:
    """Archived data come back; an opposition or a suspension is reversed the same way."""
    row = await dossier(visite)
    e = {
        Etat.CLOSED.value: Evenement.ROUVRIR,
        Etat.SUSPENDED.value: Evenement.CONTESTER,
    }.get(row.etat, Evenement.ACTIVER)
    await evenement(visite.uow, row, e, visite.appel.settings)
    return row


async def regler(visite: Visite, changements: dict[str, Any]) -> DossierRow:
    """AD-072: two independent emergency switches, masked documents in an emergency, notification choice."""
    row = await dossier(visite)
    urgence = {"bris_de_glace", "centre_15", "masques_en_urgence"} & changements.keys()
    if urgence:
        visite.exiger(Action.OPPOSER_URGENCE)
        row.oppose_bris_de_glace = not changements.get("bris_de_glace", not row.oppose_bris_de_glace)
        row.oppose_centre_15 = not changements.get("centre_15", not row.oppose_centre_15)
        row.masques_en_urgence = bool(changements.get("masques_en_urgence", row.masques_en_urgence))
        await visite.tracer(visite.ligne("EMERGENCY_OPPOSITION_CHANGED", "REGLAGES"))
    if "notification_acces" in changements:
        row.notification_acces = changements["notification_acces"]
    if "email" in changements:
        row.email = changements["email"]
    return row


async def creer_code(visite: Visite, *, minutes: int, portee: list[str]) -> CodeAccesRow:
    """A temporary access code whose length and scope the person chooses (§6.1)."""
    brut = "".join(secrets.choice("23456789ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(8))
    row = CodeAccesRow(
        id=str(uuid.uuid4()),
        code=f"{brut[:4]}-{brut[4:]}",
        matricule_ins=visite.matricule_ins,
        portee=portee,
        cree_le=visite.appel.now,
        expire_le=visite.appel.now + timedelta(minutes=minutes),
        utilisations=0,
        utilise_par=[],
    )
    visite.uow.session.add(row)
    await visite.tracer(visite.ligne("TEMP_CODE_CREATED", "CODE_ACCES"))
    return row


async def revoquer_code(visite: Visite, id: str) -> CodeAccesRow:
    row = await visite.uow.session.get(CodeAccesRow, id)
    if row is None or row.matricule_ins != visite.matricule_ins:
        raise Introuvable("no such access code", "code d'accès inconnu", regle="MES-COD-01", champ="id")
    row.revoque_le = row.revoque_le or visite.appel.now
    return row


async def codes(visite: Visite) -> list[CodeAccesRow]:
    return await mes.codes_de(visite.uow.session, visite.matricule_ins)
