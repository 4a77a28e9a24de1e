"""Dossiers come to life, open by themselves, close and disappear; hidden documents come to light (timers)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.dmp.config import DmpSettings
from services.dmp.domain.activation import serie_vitale
from services.dmp.domain.document import DELAI_VISIBILITE, minuteur, muter
from services.dmp.domain.profil import Etat, Evenement, Profil, appliquer, echeance
from services.dmp.domain.situation import Acteur, Action, TypeActeur
from services.dmp.store import documents, dossiers, registre
from services.dmp.store.documents import BlobRow, DocumentRow, LotRow, VersionRow
from services.dmp.store.dossiers import AutorisationRow, DossierRow, RepresentationRow
from services.dmp.store.mes import CodeAccesRow, CompteRow, SoinRow
from services.dmp.store.traces import TraceRow
from services.dmp.tables import charger
from services.dmp.usecases.metadonnees import appliquer as appliquer_document
from services.dmp.usecases.ouverture import a_jour, visiter
from services.dmp.usecases.transitions import annoncer
from services.dmp.usecases.visite import Appel, Visite, est_mineur
from shared.contracts.dmp import NotificationEmise
from shared.db.unit_of_work import UnitOfWork
from shared.identite import MatriculeIns

SYSTEME = Acteur(TypeActeur.SYSTEME, nom="Mon espace santé")
_LOT_DE_MINUTEURS = 500


async def evenement(
    uow: UnitOfWork,
    row: DossierRow,
    e: Evenement,
    settings: DmpSettings,
    *,
    motif: str | None = None,
    raison: str | None = None,
) -> None:
    """One published transition of a profile at the bac's now."""
    machine = charger(settings.reglages).machine
    await a_jour(uow, row, settings)
    avant: Profil = row.profil()
    apres, t = appliquer(machine, avant, e, at=uow.now(), motif=motif)
    suivante = echeance(apres, opposition=settings.delai_opposition)
    row.poser(apres, suivante[0] if suivante else None)
    row.raison_fermeture = raison if apres.motif_fermeture else None
    if apres.etat is Etat.ACTIVE:
        row.active_le = row.active_le or uow.now()
    annoncer(uow, row, t, automatique=e is Evenement.INFORMER)
    if apres.etat is Etat.ERASED:
        await effacer_contenu(uow.session, row.matricule_ins)


async def naitre(uow: UnitOfWork, settings: DmpSettings, faits: Mapping[str, Any]) -> DossierRow:
    """A person is known to the national base: her dossier is eligible and the information leaves at once (T1, T9)."""
    row = await dossiers.dossier(uow.session, str(faits["matricule_ins"]), verrou=True)
    if row is not None:
        row_traits(row, faits)
        return row
    row = DossierRow(
        matricule_ins=str(faits["matricule_ins"]),
        nature="NIA" if str(faits.get("oid", "")).endswith((".9", ".11")) else "NIR",
        etat=Etat.ELIGIBLE.value,
        depuis=uow.now(),
        serie_vitale=serie_vitale(str(faits["matricule_ins"])),
        profil_medical={},
        masques_en_urgence=True,
        oppose_bris_de_glace=False,
        oppose_centre_15=False,
    )
    row_traits(row, faits)
    uow.session.add(row)
    for ouvreur in faits.get("ouvreurs_droit") or []:
        if est_mineur(row.date_naissance, uow.now()):
            representant = str(MatriculeIns.de(str(ouvreur)))
            uow.session.add(RepresentationRow(representant_ins=representant, matricule_ins=row.matricule_ins))
    await uow.session.flush()
    await evenement(uow, row, Evenement.INFORMER, settings)
    return row


def row_traits(row: DossierRow, faits: Mapping[str, Any]) -> None:
    row.nom_naissance = str(faits.get("nom_naissance") or row.nom_naissance or "")
    row.prenom = str(faits.get("prenom") or row.prenom or "")
    row.prenoms = str(faits.get("liste_prenoms") or row.prenoms or row.prenom)
    row.sexe = str(faits.get("sexe") or row.sexe or "")
    row.date_naissance = str(faits.get("date_naissance") or row.date_naissance or "")[:10]
    row.lieu_naissance = str(faits.get("lieu_naissance") or row.lieu_naissance or "")[:5]


async def changer_matricule(uow: UnitOfWork, ancien: str, nouveau: str, oid: str) -> None:
    """The same person under another matricule: the dossier and all that hangs on it follow."""
    row = await dossiers.dossier(uow.session, ancien, verrou=True)
    if row is None or await dossiers.dossier(uow.session, nouveau) is not None:
        return
    nature = "NIA" if oid.endswith((".9", ".11")) else "NIR"
    await uow.session.execute(
        update(DossierRow)
        .where(DossierRow.matricule_ins == ancien)
        .values(matricule_ins=nouveau, nature=nature, serie_vitale=serie_vitale(nouveau))
    )
    for table in (DocumentRow, LotRow, AutorisationRow, TraceRow, CodeAccesRow, SoinRow, CompteRow, RepresentationRow):
        await uow.session.execute(update(table).where(table.matricule_ins == ancien).values(matricule_ins=nouveau))
    await uow.session.execute(
        update(RepresentationRow).where(RepresentationRow.representant_ins == ancien).values(representant_ins=nouveau)
    )
    registre.oublier(uow.session)
    uow.session.expire_all()


async def effacer_contenu(session: AsyncSession, matricule_ins: str) -> None:
    """Destroy what an erased space held; blobs shared with another dossier stay."""
    ids = select(DocumentRow.id).where(DocumentRow.matricule_ins == matricule_ins)
    await session.execute(delete(VersionRow).where(VersionRow.document_id.in_(ids)))
    for table in (DocumentRow, LotRow, AutorisationRow, TraceRow, CodeAccesRow, SoinRow, CompteRow):
        await session.execute(delete(table).where(table.matricule_ins == matricule_ins))
    registre.oublier(session)
    restants = select(DocumentRow.blob)
    await session.execute(delete(BlobRow).where(BlobRow.sha256.not_in(restants)))


async def minuteurs(uow: UnitOfWork, settings: DmpSettings) -> None:
    """Everything due at the bac's now: profiles first, then the R1111-53 notices and openings of documents."""
    while lot := await dossiers.echus(uow.session, uow.now(), _LOT_DE_MINUTEURS):
        for row in lot:
            avant = row.etat
            await a_jour(uow, row, settings)
            if row.etat == Etat.ERASED.value and avant != row.etat:
                await effacer_contenu(uow.session, row.matricule_ins)
        await uow.session.flush()
    while echus := await documents.echus(uow.session, uow.now(), _LOT_DE_MINUTEURS):
        for document in echus:
            await _document_du(uow, settings, document)
        await uow.session.flush()


async def _document_du(uow: UnitOfWork, settings: DmpSettings, row: DocumentRow) -> None:
    """AD-054 after two weeks, AD-055 after one month; both are decisions of the published table."""
    visite = await _visite_systeme(uow, settings, row.matricule_ins)
    d = row.to_domain()
    match minuteur(d, uow.now()):
        case "rendre_visible":
            visite.exiger(Action.MINUTEUR, d)
            mutation = muter(d, Action.RENDRE_VISIBLE)
            if mutation.changement:
                await appliquer_document(visite, row, mutation.document, mutation.changement)
            row.echeance = None
        case "informer":
            visite.exiger(Action.MINUTEUR, d)
            row.information_donnee = True
            row.echeance = row.depose_le + DELAI_VISIBILITE
            await visite.tracer(
                visite.ligne(
                    "DOC_UPDATE_PENDING", "R1111-53", notifie=[{"channel": "email", "at": uow.now().isoformat()}]
                )
            )
            uow.emit(
                NotificationEmise(
                    occurred_at=uow.now(),
                    matricule_ins=row.matricule_ins,
                    motif="DOC_UPDATE_PENDING",
                    objet="Une mise à jour est disponible",
                    texte="Une mise à jour de votre dossier médical est disponible auprès de votre professionnel "
                    "de santé.",
                )
            )
        case _:
            row.echeance = row.depose_le + DELAI_VISIBILITE if row.invisible_patient else None
            if row.echeance is not None and row.echeance <= uow.now():
                row.echeance = None


async def _visite_systeme(uow: UnitOfWork, settings: DmpSettings, matricule_ins: str) -> Visite:
    return await visiter(uow, Appel(SYSTEME, uow.bac, settings), matricule_ins)


async def prochaine(session: AsyncSession) -> datetime | None:
    """When the next timer of the space falls due."""
    instants = []
    for colonne in (DossierRow.echeance, DocumentRow.echeance):
        requete = select(colonne).where(colonne.is_not(None)).order_by(colonne).limit(1)
        if (due := (await session.execute(requete)).scalar_one_or_none()) is not None:
            instants.append(due)
    return min(instants, default=None)
