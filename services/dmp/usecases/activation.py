"""Activation of Mon espace santé, step by step (mon-espace-sante.md §2.1, §2.2)."""

import secrets
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from sqlalchemy.exc import IntegrityError

from services.dmp.config import DmpSettings
from services.dmp.domain import activation as regles
from services.dmp.domain.profil import Etat, Evenement
from services.dmp.store import dossiers
from services.dmp.store.dossiers import DossierRow
from services.dmp.store.mes import CompteRow, EnrolementRow, VerrouRow
from services.dmp.tables import charger
from services.dmp.usecases.ouverture import a_jour
from services.dmp.usecases.profils import evenement
from services.dmp.usecases.visite import RefusTrace
from shared.contracts.dmp import CodeEnvoye
from shared.db.unit_of_work import UnitOfWork

Canal = Literal["sms", "email", "post"]


@dataclass(frozen=True, slots=True)
class Identite:
    nir: str
    date_naissance: str
    format_carte: str
    serie: str


async def ouvrir(uow: UnitOfWork, settings: DmpSettings, identite: Identite) -> tuple[EnrolementRow, list[DossierRow]]:
    """Step 1: three data confirm the identity; the candidates share the birth date that was given."""
    porteur = await dossiers.dossier(uow.session, identite.nir)
    if porteur is None:
        raise regles.PersonneInconnue(
            "no person for this social security number",
            "personne inconnue",
            champ="nir",
            membres={"code": "MES_UNKNOWN_PERSON", "retryable": False},
        )
    await _verrou_ouvert(uow, identite.nir)
    if not regles.serie_lisible(identite.format_carte, identite.serie) or porteur.serie_vitale != identite.serie:
        await _echec(uow, settings, identite.nir)
        raise RefusTrace(
            regles.IdentiteRefusee(
                "the serial number is not the one of this card",
                "le numéro de série n'est pas celui de cette carte",
                champ="vitaleSerial",
                membres={"code": "MES_SERIAL_MISMATCH", "retryable": True},
            ),
            None,
        )
    candidats = [porteur, *(row for _, row in await dossiers.representes(uow.session, identite.nir))]
    retenus = [c for c in candidats if c.date_naissance == identite.date_naissance]
    if not retenus:
        await _echec(uow, settings, identite.nir)
        raise RefusTrace(
            regles.IdentiteRefusee(
                "the birth date matches nobody on this card",
                "la date de naissance ne correspond à aucun bénéficiaire de la carte",
                champ="birthDate",
                membres={"code": "MES_BIRTHDATE_MISMATCH", "retryable": True},
            ),
            None,
        )
    row = EnrolementRow(
        id=str(uuid.uuid4()),
        nir=identite.nir,
        candidats=[c.matricule_ins for c in retenus],
        matricule_ins=retenus[0].matricule_ins if len(retenus) == 1 else None,
        cree_le=uow.now(),
    )
    uow.session.add(row)
    return row, retenus


def canaux(porteur: DossierRow) -> list[dict[str, str]]:
    """Where the code may be sent, masked; the post when nothing else is known."""
    connus: list[dict[str, str]] = []
    if porteur.telephone:
        connus.append({"type": "sms", "masked": regles.masquer_telephone(porteur.telephone)})
    if porteur.email:
        connus.append({"type": "email", "masked": regles.masquer_email(porteur.email)})
    return connus or [{"type": "post", "masked": "adresse postale connue de l'Assurance Maladie"}]


async def decider(
    uow: UnitOfWork, settings: DmpSettings, id: str, *, profil_ref: str | None, decision: str, conditions: bool
) -> DossierRow:
    """Step 2: choose the profile, then activate (terms accepted) or oppose."""
    row = await _enrolement(uow, id)
    candidats = row.candidats
    if profil_ref is not None and profil_ref.isdigit() and 0 <= int(profil_ref) < len(candidats):
        row.matricule_ins = candidats[int(profil_ref)]
    if row.matricule_ins is None:
        raise regles.DecisionRefusee(
            f"{len(candidats)} profiles share this birth date: profileRef names one",
            f"{len(candidats)} profils partagent cette date de naissance : profileRef en désigne un",
            champ="profileRef",
            membres={"code": "MES_AMBIGUOUS_PROFILE", "retryable": True},
        )
    dossier = await _dossier(uow, settings, row.matricule_ins)
    if decision == "oppose":
        ferme = Evenement.OPPOSER if dossier.etat == Etat.NOTIFIED.value else Evenement.FERMER
        await evenement(uow, dossier, ferme, settings, raison="Opposition du titulaire")
        row.decision, row.termine_le = "oppose", uow.now()
        return dossier
    if not conditions:
        raise regles.DecisionRefusee(
            "terms and privacy policy must be accepted to activate",
            "les conditions d'utilisation doivent être acceptées pour activer",
            regle="MES-ACT-06",
            champ="termsAccepted",
            membres={"code": "MES_TERMS_REQUIRED", "retryable": True},
        )
    charger(settings.reglages).machine.transition(Etat(dossier.etat), Evenement.ACTIVER)
    row.decision = "activate"
    return dossier


async def envoyer_code(uow: UnitOfWork, id: str, canal: Canal) -> None:
    """Step 3: a new provisional code; for a child it goes to the parent. A former code stops working."""
    row = await _enrolement(uow, id)
    if row.decision != "activate" or row.matricule_ins is None:
        raise _ordre("decision")
    porteur = await dossiers.dossier(uow.session, row.nir)
    if porteur is None:
        raise _ordre("enrolment")
    connus = {c["type"]: c["masked"] for c in canaux(porteur)}
    if canal not in connus:
        raise regles.DecisionRefusee(
            f"channel {canal} is not known for this person: {', '.join(connus)}",
            f"le canal {canal} n'est pas connu pour cette personne : {', '.join(connus)}",
            regle="MES-ACT-07",
            champ="channel",
            membres={"code": "MES_CHANNEL_UNKNOWN", "retryable": True},
        )
    code = "".join(secrets.choice(regles.ALPHABET) for _ in range(regles.LONGUEUR))
    row.code_empreinte = regles.empreinte(code)
    row.code_expire_le = uow.now() + regles.VALIDITE_CODE
    row.canal = canal
    row.essais = 0
    uow.emit(
        CodeEnvoye(
            occurred_at=uow.now(),
            matricule_ins=row.nir,
            concerne_ins=row.matricule_ins,
            canal="courrier" if canal == "post" else canal,
            destination_masquee=connus[canal],
            motif="activation",
            code=code,
            expire_le=row.code_expire_le,
        )
    )


async def confirmer(
    uow: UnitOfWork,
    settings: DmpSettings,
    id: str,
    *,
    code: str,
    identifiant: str,
    mot_de_passe: str,
    email: str | None,
) -> DossierRow:
    """Step 4: the code opens the account and activates the profile. ``mot_de_passe`` is already hashed."""
    row = await _enrolement(uow, id)
    if row.code_empreinte is None or row.code_expire_le is None or row.matricule_ins is None:
        raise _ordre("code")
    await _verrou_ouvert(uow, row.nir)
    if not regles.code_juste(code, row.code_empreinte):
        row.essais += 1
        await _echec(uow, settings, row.nir)
        raise RefusTrace(
            regles.CodeRefuse(
                "wrong provisional code (12 characters, case-sensitive)",
                "code provisoire erroné (12 signes, majuscules et minuscules distinguées)",
                champ="code",
                membres={"code": "MES_CODE_INVALID", "retryable": True},
            ),
            None,
        )
    if uow.now() >= row.code_expire_le:
        raise regles.CodeRefuse(
            "the provisional code has expired: ask for a new one",
            "le code provisoire a expiré : demandez-en un nouveau",
            regle="MES-ACT-08",
            champ="code",
            membres={"code": "MES_CODE_EXPIRED", "retryable": True},
        )
    dossier = await _dossier(uow, settings, row.matricule_ins)
    await _compte(uow, dossier, identifiant, mot_de_passe, email)
    if email:
        dossier.email = email
    await evenement(uow, dossier, Evenement.ACTIVER, settings)
    row.termine_le = uow.now()
    row.code_empreinte = None
    verrou = await uow.session.get(VerrouRow, row.nir)
    if verrou is not None:
        verrou.essais = 0
    return dossier


async def _compte(uow: UnitOfWork, dossier: DossierRow, identifiant: str, mot_de_passe: str, email: str | None) -> None:
    ancien = await uow.session.get(CompteRow, dossier.matricule_ins)
    if ancien is not None:
        ancien.mot_de_passe, ancien.email = mot_de_passe, email or ancien.email
        return
    try:
        async with uow.session.begin_nested():
            uow.session.add(
                CompteRow(
                    matricule_ins=dossier.matricule_ins,
                    identifiant=identifiant.lower(),
                    mot_de_passe=mot_de_passe,
                    email=email,
                    cree_le=uow.now(),
                )
            )
            await uow.session.flush()
    except IntegrityError:
        raise regles.DecisionRefusee(
            "this login is taken",
            "cet identifiant est déjà pris",
            regle="MES-ACT-09",
            champ="login",
            membres={"code": "MES_LOGIN_TAKEN", "retryable": True},
        ) from None


async def _dossier(uow: UnitOfWork, settings: DmpSettings, matricule_ins: str) -> DossierRow:
    dossier = await a_jour(uow, await dossiers.dossier(uow.session, matricule_ins, verrou=True), settings)
    if dossier is None:
        raise _ordre("enrolment")
    return dossier


async def _enrolement(uow: UnitOfWork, id: str) -> EnrolementRow:
    row = await uow.session.get(EnrolementRow, id, with_for_update=True)
    if row is None or row.termine_le is not None:
        raise regles.PersonneInconnue(
            "no activation under way with this id",
            "aucune activation en cours sous cet identifiant",
            regle="MES-ACT-10",
            champ="enrolmentId",
            membres={"code": "MES_ENROLMENT_UNKNOWN", "retryable": False},
        )
    return row


async def _verrou_ouvert(uow: UnitOfWork, nir: str) -> None:
    verrou = await uow.session.get(VerrouRow, nir)
    if verrou is None or verrou.jusqu is None:
        return
    if uow.now() < verrou.jusqu:
        raise regles.ActivationVerrouillee(
            f"too many wrong tries: locked until {verrou.jusqu.isoformat()}",
            f"trop d'essais erronés : verrouillé jusqu'au {verrou.jusqu:%d/%m/%Y %H:%M} (UTC)",
            membres={"code": "MES_LOCKED", "retryable": True},
        )
    verrou.essais, verrou.jusqu = 0, None


async def _echec(uow: UnitOfWork, settings: DmpSettings, nir: str) -> None:
    verrou = await uow.session.get(VerrouRow, nir, with_for_update=True)
    if verrou is None:
        verrou = VerrouRow(nir=nir, essais=0)
        uow.session.add(verrou)
    verrou.essais += 1
    if verrou.essais >= settings.code_essais:
        verrou.jusqu = uow.now() + timedelta(hours=settings.verrou_heures)


def _ordre(etape: str) -> regles.DecisionRefusee:
    return regles.DecisionRefusee(
        f"the step {etape} comes first",
        f"l'étape {etape} vient d'abord",
        regle="MES-ACT-11",
        membres={"code": "MES_STEP", "retryable": False},
    )


def resume(row: EnrolementRow, candidats: list[DossierRow], porteur: DossierRow) -> dict[str, Any]:
    return {
        "enrolmentId": row.id,
        "candidates": [
            {"profileRef": str(n), "label": regles.candidat(c.prenom, c.nom_naissance)} for n, c in enumerate(candidats)
        ],
        "channels": canaux(porteur),
    }
