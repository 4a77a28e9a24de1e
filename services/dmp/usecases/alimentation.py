"""TD2.1 / ITI-65: feed a lot of documents, all or nothing (dmp.md §3.3, §5.3, §6.4)."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.exc import IntegrityError

from services.dmp.cda import MIMES_CDA, CdaIllisible, lire_entete
from services.dmp.domain import validation
from services.dmp.domain.cda import EnTete
from services.dmp.domain.constats import Constat, trier
from services.dmp.domain.contexte_lot import Contexte
from services.dmp.domain.document import DELAI_INFORMATION, remplacer
from services.dmp.domain.lot import Entree, Lot, Statut
from services.dmp.domain.refus import REFUS, RefusDmp, refuser
from services.dmp.domain.situation import Action, ConditionDocument, EtatVu, TypeActeur
from services.dmp.fhir import ressources
from services.dmp.store import documents, registre
from services.dmp.store.documents import DocumentRow, Inscrit, en_domaine
from services.dmp.usecases.faits import faits
from services.dmp.usecases.texte import plier
from services.dmp.usecases.versions import changer_statut
from services.dmp.usecases.visite import RefusTrace, Visite, objet
from shared.contracts.dmp import DocumentDepose, DocumentRemplace
from shared.decision import avertir, noter


@dataclass(frozen=True, slots=True)
class Depot:
    """What a feed left: the set, its documents by ``ref``, the versions it made obsolete, the warnings it drew."""

    lot_id: str
    documents: Mapping[str, Inscrit]
    remplaces: Mapping[str, int]
    """Id of each version made obsolete → its new metadata version."""
    avertissements: tuple[Constat, ...]


async def deposer(
    visite: Visite,
    lot: Lot,
    soumises: Mapping[str, Mapping[str, Any]],
    liste: Mapping[str, Any] | None = None,
    *,
    depot_patient: bool = False,
) -> Depot:
    """Check rights, then the rules MD-01 to MD-20, then write everything in the open transaction."""
    _droits(visite, lot)
    avertissements = await _regles(visite, lot)
    lot_id, lot_unique = str(uuid.uuid4()), lot.unique_id or f"2.25.{uuid.uuid4().int}"
    rows: dict[str, Inscrit] = {}
    remplaces: dict[str, int] = {}
    session = visite.uow.session
    registre.oublier_documents(session, visite.matricule_ins)
    try:
        for entree in lot.entrees:
            cibles = [await _cible(visite, entree, c) for c in entree.remplace]
            rows[entree.ref] = await _enregistrer(visite, entree, soumises[entree.ref], lot_id, cibles, depot_patient)
            for cible in cibles:
                await changer_statut(visite, cible, Statut.DEPRECATED)
                remplaces[cible.id] = cible.version
        await _enregistrer_lot(visite, lot, liste, lot_id, lot_unique, rows)
        await session.flush()
    except IntegrityError:
        raise refuser(
            "XDSDuplicateUniqueIdInRegistry", regle="MD-03", champ="masterIdentifier / List.identifier"
        ) from None
    await _annoncer(visite, lot_id, rows)
    return Depot(lot_id, rows, remplaces, tuple(avertissements))


def _droits(visite: Visite, lot: Lot) -> None:
    """AD-016 to AD-023: the caller, the dossier, then the combination of labels of each entry."""
    if visite.etat in {EtatVu.AUCUN, EtatVu.OPPOSE}:
        # MD-01: told like an unknown patient, so that an opposition is never revealed (AD-019).
        visite.exiger(Action.ALIMENTER)
    for entree in lot.entrees:
        condition = ConditionDocument(
            masque=entree.masque,
            invisible_patient=entree.invisible_patient,
            invisible_representants=entree.invisible_representants,
            auteur=True,
        )
        situation = visite.situation(Action.ALIMENTER)
        verdict = visite.peser(replace(situation, document=condition))
        noter(verdict.decision())
        if not verdict.autorise:
            trace = visite.ligne("DOC_ADDED", "TD2.1", verdict=verdict, resultat="refuse") if verdict.trace else None
            raise RefusTrace(verdict.refus(), trace if visite.etat is EtatVu.OUVERT else None)


async def _regles(visite: Visite, lot: Lot) -> list[Constat]:
    """MD-02 to MD-20; the errors of the bac's profile refuse the whole lot, the others are noted."""
    appel = visite.appel
    entetes: dict[str, EnTete] = {}
    illisibles: dict[str, str] = {}
    for entree in lot.entrees:
        if entree.contenu and (entree.mime or "").partition(";")[0] in MIMES_CDA and entree.type_code != "E1762":
            try:
                entetes[entree.ref] = lire_entete(entree.contenu)
            except CdaIllisible as erreur:
                illisibles[entree.ref] = str(erreur)
    session = visite.uow.session
    uids = [e.unique_id for e in lot.entrees if e.unique_id]
    empreintes = [e.sha1 for e in lot.entrees if e.contenu and e.sha1]
    constats = validation.verifier(
        lot,
        Contexte(
            now=appel.now,
            valeurs=appel.tables.valeurs,
            acteur=visite.acteur,
            entetes=entetes,
            illisibles=illisibles,
            connus=await documents.connus(session, uids),
            contenus=await documents.contenus_identiques(session, visite.matricule_ins, empreintes),
            limites=appel.settings.limites,
            cumul_invisible_masque=appel.settings.cumul_invisible_patient_masque_ps,
        ),
    )
    erreurs, avertissements = trier(constats, appel.bac.reglages.profil)
    for constat in avertissements:
        avertir(constat.regle, fr=constat.fr, en=constat.en, champ=constat.champ, code=constat.code)
    if erreurs:
        raise refus_de(erreurs)
    manque = next((e for e in lot.entrees if e.contenu is None or e.unique_id is None), None)
    if manque is not None:  # in lenient everything parseable is stored, but nothing can be stored without these
        raise refuser("XDSMissingDocument", regle="MD-04", champ=manque.ref)
    return avertissements


def refus_de(erreurs: list[Constat]) -> RefusDmp:
    """One refusal for all the broken rules: the first names it, the others follow as issues."""
    premier = erreurs[0]
    return refuser(
        premier.code,
        premier.en,
        premier.fr,
        regle=premier.regle,
        champ=premier.champ,
        membres={
            "constats": [
                {
                    "regle": c.regle,
                    "code": c.code,
                    "fr": c.fr,
                    "en": c.en,
                    "champ": c.champ,
                    "issue": REFUS[c.code].issue,
                }
                for c in erreurs
            ]
        },
    )


async def _cible(visite: Visite, entree: Entree, cle: str) -> DocumentRow:
    """The version an entry replaces: it exists, belongs to this dossier, is current, and is the caller's."""
    session = visite.uow.session
    row = await documents.par_id(session, cle, verrou=True) if len(cle) == 36 else None
    row = row or await documents.par_unique_id(session, cle, verrou=True)
    if row is None:
        raise refuser(
            "UnresolvedReferenceException",
            f"{cle} designates no document",
            f"{cle} ne désigne aucun document",
            regle="DMP-CV-RPLC-CIBLE",
            champ=f"{entree.ref}.relatesTo.target",
        )
    if row.matricule_ins != visite.matricule_ins:
        raise refuser("XDSPatientIdDoesNotMatch", regle="MD-02", champ=f"{entree.ref}.relatesTo.target")
    remplacer(row.to_domain(), visite.acteur)
    return row


async def _enregistrer(
    visite: Visite,
    e: Entree,
    soumise: Mapping[str, Any],
    lot_id: str,
    cibles: list[DocumentRow],
    depot_patient: bool,
) -> Inscrit:
    now = visite.appel.now
    assert e.contenu is not None
    assert e.unique_id is not None
    assert e.sha1 is not None
    id, entry_uuid = str(uuid.uuid4()), str(uuid.uuid4())
    auteur = e.auteurs[0] if e.auteurs else None
    niveau = next((c for c in e.confidentialites if c in {"N", "R", "V"}), "N")
    valeurs = visite.appel.tables.valeurs
    statut = Statut.ARCHIVED if e.archive else Statut.APPROVED
    debut = e.debut or e.creation or now
    deposant = visite.acteur
    return await documents.inscrire(
        visite.uow.session,
        id=id,
        entry_uuid=entry_uuid,
        unique_id=e.unique_id,
        matricule_ins=visite.matricule_ins,
        version=1,
        statut=statut.value,
        niveau=niveau,
        masque=e.masque,
        invisible_patient=e.invisible_patient,
        invisible_representants=e.invisible_representants,
        type_code=e.type_code or "",
        classe=e.classe or valeurs.classe_de(e.type_code or "") or "",
        format=e.format or "",
        etablissement=e.etablissement,
        cadre=e.cadre,
        titre=e.titre or e.type_code or "",
        auteur_id_nat=_deposant(visite, e),
        auteur_nom=(auteur.nom_complet if auteur else None) or deposant.nom,
        auteurs=plier(" ".join(a.nom_complet or "" for a in e.auteurs) or deposant.nom or ""),
        structure_id=(auteur.structure_id if auteur else None) or deposant.structure_id,
        depot_patient=depot_patient,
        creation=e.creation or now,
        debut=debut,
        fin=e.fin,
        depose_le=now,
        modifie_le=now,
        echeance=now + DELAI_INFORMATION if e.invisible_patient else None,
        information_donnee=False,
        evenements=_liste(e.evenements),
        references=_liste(e.references),
        remplace=cibles[0].id if cibles else None,
        lot_id=lot_id,
        mime=e.mime or "application/octet-stream",
        taille=len(e.contenu),
        sha1=e.sha1,
        blob=await documents.poser_blob(visite.uow.session, e.contenu),
        ressource=ressources.document_reference(
            soumise,
            id=id,
            entry_uuid=entry_uuid,
            version=1,
            modifie_le=now,
            statut=statut,
            labels=ressources.labels(niveau, e.masque, e.invisible_patient, e.invisible_representants),
            sha1=e.sha1,
            taille=len(e.contenu),
            remplace=cibles[0].id if cibles else None,
        ),
    )


def _deposant(visite: Visite, e: Entree) -> str | None:
    """Who may later mask, replace or delete as author: the professional who is author, else the one who deposits."""
    ids = [a.id_nat for a in e.auteurs if a.type == "ps" and a.id_nat]
    acteur = visite.acteur
    if acteur.type is TypeActeur.PS and (acteur.id_nat in ids or not ids):
        return acteur.id_nat
    return ids[0] if ids else acteur.id_nat


async def _enregistrer_lot(
    visite: Visite,
    lot: Lot,
    liste: Mapping[str, Any] | None,
    lot_id: str,
    lot_unique: str,
    rows: Mapping[str, Inscrit],
) -> None:
    now = visite.appel.now
    soumise = liste or ressources.composer_liste(lot)
    await documents.inscrire_lot(
        visite.uow.session,
        id=lot_id,
        unique_id=lot_unique,
        matricule_ins=visite.matricule_ins,
        source_id=lot.source_id,
        contenu=lot.contenu,
        titre=lot.titre,
        date=lot.date or now,
        auteur_id_nat=lot.auteur.id_nat if lot.auteur else visite.acteur.id_nat,
        auteur_nom=plier((lot.auteur.nom_complet if lot.auteur else None) or visite.acteur.nom or ""),
        structure_id=(lot.auteur.structure_id if lot.auteur else None) or visite.acteur.structure_id,
        depose_le=now,
        ressource=ressources.liste(
            soumise, id=lot_id, unique_id=lot_unique, depose_le=now, documents=[r.id for r in rows.values()]
        ),
    )


async def _annoncer(visite: Visite, lot_id: str, rows: Mapping[str, Inscrit]) -> None:
    par_patient = visite.acteur.type in {TypeActeur.PATIENT, TypeActeur.REPRESENTANT}
    for row in rows.values():
        d = en_domaine(row)
        notifier = not par_patient and not d.invisible_patient
        commun = {**faits(d, visite.appel.now), "par_patient": par_patient, "notifier": notifier, "lot_id": lot_id}
        remplace = row.remplace
        if remplace is not None:
            visite.uow.emit(DocumentRemplace.model_validate({**commun, "remplace": remplace}))
        else:
            visite.uow.emit(DocumentDepose.model_validate({**commun, "visible_patient": not d.invisible_patient}))
        await visite.tracer(
            visite.ligne(
                "DOC_REPLACED" if remplace is not None else "DOC_ADDED",
                "TD2.1",
                objets=[{**objet(d), "lot": lot_id}],
                secret=d.invisible_representants,
                notifie=[{"channel": "email", "at": visite.appel.now.isoformat()}] if notifier else [],
            )
        )


def _liste(valeurs: tuple[str, ...]) -> str:
    return f"|{'|'.join(valeurs)}|" if valeurs else ""
