"""TD0.2, TD0.3, TD0.4, TD1.6: existence, authorisations, médecin traitant, blocking (dmp.md §3.1, §3.2, §7.3)."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.dmp.domain.refus import refuser
from services.dmp.domain.situation import Action, EtatVu, TypeActeur
from services.dmp.store import dossiers
from services.dmp.store.dossiers import AutorisationRow, Fiche
from services.dmp.usecases.visite import Visite
from shared.contracts.dmp import AutorisationModifiee


@dataclass(frozen=True, slots=True)
class Existence:
    """What TD0.2 tells: nothing at all for a person without a DMP or who opposed (AD-001, AD-002)."""

    trouve: bool
    dossier: Fiche | None = None
    actif: bool = False
    autorisation: str | None = None
    """``VALIDE``, ``INTERDIT`` or absent."""
    medecin_traitant: bool = False


async def tester_existence(visite: Visite) -> Existence:
    verdict = visite.exiger(Action.TESTER)
    if visite.dossier is None or visite.etat in {EtatVu.AUCUN, EtatVu.OPPOSE}:
        return Existence(False)
    if verdict.trace and visite.etat is EtatVu.OUVERT:
        await visite.tracer(visite.ligne("DMP_TESTED", "TD0.2", verdict=verdict))
    statut = "INTERDIT" if visite.bloque else "VALIDE" if visite.autorise else None
    return Existence(True, visite.dossier, visite.etat is EtatVu.OUVERT, statut, visite.acteur.medecin_traitant)


async def ajouter(visite: Visite, *, medecin_traitant: bool = False, fin: datetime | None = None) -> AutorisationRow:
    """TD0.3 AJOUT: the professional declares that the patient agreed; never lifts a block."""
    action = Action.DEVENIR_MT if medecin_traitant else Action.AUTORISER
    await _verrouiller(visite)
    _dossier_ouvert(visite)
    if medecin_traitant and not visite.acteur.est_medecin:
        raise refuser(
            "DMPAccessDeniedByRightsService",
            "only a doctor may hold the médecin traitant role",
            "seul un médecin peut tenir le rôle de médecin traitant",
            regle="DMP-AUT-MT",
            champ="role",
        )
    situation = visite.situation(action)
    if medecin_traitant and not visite.acteur.medecin_traitant:
        # Taking the role with an authorisation already in hand is not declaring oneself twice (AD-007).
        situation = replace(situation, autorise=False)
    visite.exiger_situation(situation)
    if visite.acteur.medecin_traitant:
        raise refuser(
            "XDSMetadataUpdateError",
            "an authorisation is only added when undefined or expired",
            "une autorisation ne s'ajoute que si elle est absente ou expirée",
            regle="DMP-AD-007",
            champ="action",
        )
    row = await _ligne(visite, medecin_traitant=medecin_traitant, fin=fin)
    await _annoncer(visite, "MT_SET" if medecin_traitant else "AUTH_PS_SET", row.titulaire_id, notifier=True)
    return row


async def retirer(visite: Visite, *, medecin_traitant: bool = False) -> AutorisationRow:
    """TD0.3 SUPPRESSION: one's own authorisation, or one's own role of médecin traitant."""
    _dossier_ouvert(visite)
    visite.exiger(Action.QUITTER_MT if medecin_traitant else Action.RETIRER_AUTORISATION)
    row = await _la_sienne(visite)
    if row is None or (row.mode != "VALIDE" and not medecin_traitant):
        raise refuser(
            "XDSMetadataUpdateError",
            "there is no authorisation to remove",
            "aucune autorisation à supprimer",
            regle="DMP-AUT-ABSENTE",
            champ="action",
        )
    row.medecin_traitant = False
    if not medecin_traitant:
        row.mode = "RETIREE"
    row.derniere_action = visite.appel.now
    await _annoncer(visite, "MT_REMOVED" if medecin_traitant else "AUTH_PS_REMOVED", row.titulaire_id, notifier=True)
    return row


async def lister(visite: Visite, mode: str) -> list[AutorisationRow]:
    """TD1.6: ACTIVE, INTERDITE or TOUTE."""
    visite.exiger(Action.LISTER_AUTORISATIONS)
    rows = await dossiers.autorisations(visite.uow.session, visite.matricule_ins)
    attendus = {"ACTIVE": {"VALIDE"}, "INTERDITE": {"INTERDITE"}}.get(mode, {"VALIDE", "INTERDITE"})
    return [r for r in rows if r.mode in attendus]


async def bloquer(
    visite: Visite, titulaire_id: str, *, bloque: bool, nom: str = "", prenom: str = "", type_: str = "ps"
) -> AutorisationRow:
    """Block or unblock a professional or a structure: by the patient, or by the médecin traitant at his request."""
    await _verrouiller(visite)
    _dossier_ouvert(visite)
    visite.exiger(Action.BLOQUER)
    now = visite.appel.now
    row = await dossiers.autorisation(visite.uow.session, visite.matricule_ins, titulaire_id)
    if bloque and row is not None and row.medecin_traitant and not visite.appel.settings.mt_blocable:
        raise refuser(
            "DMPAccessDeniedByRightsService",
            "the médecin traitant cannot be blocked here (setting mt_blocable)",
            "le médecin traitant ne peut pas être bloqué ici (réglage mt_blocable)",
            regle="DMP-AUT-MT-BLOCABLE",
            champ="titulaire",
        )
    if row is None:
        if not bloque:
            raise refuser(
                "XDSMetadataUpdateError",
                f"{titulaire_id} is not blocked",
                f"{titulaire_id} n'est pas bloqué",
                regle="DMP-AUT-ABSENTE",
                champ="titulaire",
            )
        row = AutorisationRow(
            matricule_ins=visite.matricule_ins,
            titulaire_id=titulaire_id,
            type=type_,
            mode="INTERDITE",
            nom=nom,
            prenom=prenom,
            depuis=now,
            derniere_action=now,
        )
        visite.uow.session.add(row)
    deja = (row.mode == "INTERDITE") is bloque and row.depuis != now
    row.mode = "INTERDITE" if bloque else "RETIREE"
    row.derniere_action = now
    if not deja:
        par_patient = visite.acteur.type in {TypeActeur.PATIENT, TypeActeur.REPRESENTANT}
        await _annoncer(visite, "PS_BLOCKED" if bloque else "PS_UNBLOCKED", titulaire_id, notifier=not par_patient)
    return row


async def _verrouiller(visite: Visite) -> None:
    """One decision about the authorisations of a dossier at a time."""
    visite.dossier = await dossiers.dossier(visite.uow.session, visite.matricule_ins, verrou=True)


async def _la_sienne(visite: Visite) -> AutorisationRow | None:
    """What the patient decided about the caller in person, to write to."""
    if visite.acteur.id_nat is None:
        return None
    return await dossiers.autorisation(visite.uow.session, visite.matricule_ins, visite.acteur.id_nat)


def _dossier_ouvert(visite: Visite) -> None:
    if visite.etat in {EtatVu.AUCUN, EtatVu.OPPOSE}:
        raise refuser("DMPNotFound", regle="DMP-ETAPE-3", champ="patient")
    if visite.etat is EtatVu.CLOS:
        raise refuser("DMPClosed", regle="DMP-ETAPE-3", champ="patient")


async def _ligne(visite: Visite, *, medecin_traitant: bool, fin: datetime | None) -> AutorisationRow:
    now, acteur = visite.appel.now, visite.acteur
    titulaire = acteur.id_nat or ""
    type_ = "ps"
    if acteur.type is TypeActeur.CPE:  # functional note 1: granted to the structure, not to the person
        titulaire, type_ = acteur.structure_id or titulaire, "structure"
    row = await _la_sienne(visite)
    if row is None:
        row = AutorisationRow(
            matricule_ins=visite.matricule_ins,
            titulaire_id=titulaire,
            type=type_,
            mode="VALIDE",
            nom=acteur.nom or "",
            profession=acteur.profession,
            specialite=acteur.specialite,
            depuis=now,
            derniere_action=now,
        )
        visite.uow.session.add(row)
    row.mode = "VALIDE"
    row.fin = fin
    row.depuis = now
    row.derniere_action = now
    row.medecin_traitant = medecin_traitant or row.medecin_traitant
    return row


async def _annoncer(visite: Visite, changement: str, titulaire_id: str, *, notifier: bool) -> None:
    now = visite.appel.now
    await visite.tracer(
        visite.ligne(
            changement,
            "TD0.3",
            objets=[{"professionnel": titulaire_id}],
            notifie=[{"channel": "email", "at": now.isoformat()}] if notifier else [],
        )
    )
    visite.uow.emit(
        AutorisationModifiee.model_validate(
            {
                "occurred_at": now,
                "matricule_ins": visite.matricule_ins,
                "auteur_id_nat": titulaire_id,
                "changement": changement,
                "notifier": notifier,
            }
        )
    )
