"""Opening a visit: the identity is checked, what is due has run, titles and codes are read."""

from dataclasses import replace
from functools import lru_cache

from services.dmp.config import DmpSettings
from services.dmp.domain.profil import derouler, echeance
from services.dmp.domain.refus import refuser
from services.dmp.domain.situation import (
    Action,
    TypeActeur,
)
from services.dmp.store import dossiers, mes, registre
from services.dmp.store.dossiers import DossierRow, Fiche, valide
from services.dmp.tables import charger
from services.dmp.usecases.transitions import annoncer
from services.dmp.usecases.visite import Appel, Visite, oid_attendu
from shared.contracts.dmp import NotificationEmise
from shared.db.unit_of_work import UnitOfWork
from shared.decision import avertir
from shared.edge.bac import Bac
from shared.identite import MatriculeIns


@lru_cache(maxsize=1024)
def _forme(matricule: str) -> None:
    MatriculeIns.stocke(matricule)


def verifier_ins(row: Fiche | None, bac: Bac, matricule: str, oid_recu: str | None) -> None:
    """Form of the matricule, then V8: the OID is the one of the bac's mode (dmp.md §2.2)."""
    _forme(matricule)
    if row is None or oid_recu is None:
        return
    attendu = oid_attendu(row, bac)
    if oid_recu == attendu:
        return
    fr = f"l'OID {oid_recu} n'est pas celui de cet INS dans ce bac ({attendu})"
    en = f"OID {oid_recu} is not the one of this INS in this bac ({attendu})"
    if bac.reglages.profil == "lenient":
        avertir("DMP-V8", fr=fr, en=en, oid=oid_recu)
        return
    raise refuser("XDSUnknownPatientId", en, fr, regle="DMP-V8", champ="patient.identifier")


async def a_jour(uow: UnitOfWork, row: DossierRow | None, settings: DmpSettings) -> DossierRow | None:
    """Check on read: whatever timer of the profile is due at the bac's now has run when this returns."""
    if row is None or row.echeance is None or row.echeance > uow.now():
        return row
    await uow.session.refresh(row, with_for_update=True)  # another request may be running the same timer
    if row.echeance is None or row.echeance > uow.now():
        return row
    tables = charger(settings.reglages)
    avant = row.profil()
    apres, faites = derouler(tables.machine, avant, now=uow.now(), opposition=settings.delai_opposition)
    suivante = echeance(apres, opposition=settings.delai_opposition)
    row.poser(apres, suivante[0] if suivante else None)
    for transition in faites:
        annoncer(uow, row, transition, automatique=True)
    return row


async def visiter(uow: UnitOfWork, appel: Appel, matricule_ins: str, oid_recu: str | None = None) -> Visite:
    """Open the visit of a caller to a dossier. Nothing is decided yet."""
    row = await registre.fiche(uow, matricule_ins)
    verifier_ins(row, appel.bac, matricule_ins, oid_recu)
    if row is not None and row.echeance is not None and row.echeance <= uow.now():
        row = await a_jour(uow, await dossiers.dossier(uow.session, matricule_ins), appel.settings)
    acteur = appel.acteur
    if acteur.type is not TypeActeur.PS or acteur.id_nat is None:
        return Visite(uow, appel, matricule_ins, row, None, bloque=False, autorise=False, acteur=acteur)
    titres = await registre.titres(uow, matricule_ins, {acteur.id_nat, *acteur.structures})
    propre = next((t for t in titres if t.titulaire_id == acteur.id_nat), None)
    valides = [t for t in titres if valide(t, appel.now)]
    mt = propre is not None and propre.medecin_traitant and valide(propre, appel.now)
    visite = Visite(
        uow,
        appel,
        matricule_ins,
        row,
        propre,
        bloque=any(t.mode == "INTERDITE" for t in titres),
        autorise=bool(valides),
        acteur=acteur if acteur.medecin_traitant is mt else replace(acteur, medecin_traitant=mt),
    )
    if appel.code_acces is not None:
        await presenter_code(visite, appel.code_acces)
    return visite


async def presenter_code(visite: Visite, code: str) -> None:
    """AD-077, AD-078: a valid temporary code opens the reading; each use is traced and told to the person."""
    row = await mes.par_code(visite.uow.session, code)
    now = visite.appel.now
    etat = row.etat(now) if row is not None and row.matricule_ins == visite.matricule_ins else "EXPIRED"
    presente = {"REVOKED": "revoque", "EXPIRED": "expire"}.get(etat, "valide")
    situation = visite.situation(Action.LIRE_PAR_CODE)
    visite.exiger_situation(replace(situation, acteur=replace(visite.acteur, code_acces=presente)))
    if row is None:
        return
    row.utilisations += 1
    row.utilise_par = [*row.utilise_par, visite.acteur.id_nat or ""]
    visite.autorise = visite.autorise or "documents" in row.portee
    await visite.tracer(
        visite.ligne("TEMP_CODE_USED", "CODE_ACCES", notifie=[{"channel": "email", "at": now.isoformat()}])
    )
    visite.uow.emit(
        NotificationEmise(
            occurred_at=now,
            matricule_ins=visite.matricule_ins,
            motif="TEMP_CODE_USED",
            objet="Votre code d'accès temporaire a été utilisé",
            texte=f"{visite.acteur.nom or 'Un professionnel'} a utilisé votre code d'accès temporaire.",
        )
    )
