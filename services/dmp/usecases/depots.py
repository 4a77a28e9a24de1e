"""Documents that do not come from a professional's software: patient uploads, kept attachments, prescription copies."""

import re
import uuid
from dataclasses import dataclass, replace

from services.dmp.config import DmpSettings
from services.dmp.domain.lot import Auteur, Entree, Ins, Lot, Statut
from services.dmp.domain.refus import refuser
from services.dmp.domain.situation import Acteur, Action, EtatVu, TypeActeur
from services.dmp.domain.valeurs import MASQUE_PS
from services.dmp.fhir import ressources
from services.dmp.redaction import Redaction, Traits, cda
from services.dmp.store import documents
from services.dmp.store.documents import Inscrit
from services.dmp.store.dossiers import Fiche
from services.dmp.usecases.alimentation import deposer
from services.dmp.usecases.metadonnees import modifier
from services.dmp.usecases.ouverture import visiter
from services.dmp.usecases.profils import SYSTEME
from services.dmp.usecases.visite import Appel, Visite, oid_attendu
from shared.contracts.eprescription import PrescriptionCreee
from shared.contracts.mss import PieceEnregistree
from shared.db.unit_of_work import UnitOfWork
from shared.decision import avertir
from shared.errors import Invalide

MEDIAS = {
    "application/pdf": (b"%PDF-", "urn:ihe:iti:xds-sd:pdf:2008"),
    "image/jpeg": (b"\xff\xd8\xff", "urn:ihe:iti-fr:xds-sd:jpeg:2010"),
    "text/plain": (b"", "urn:ihe:iti:xds-sd:text:2008"),
}
"""What a patient may upload; PNG is converted by nobody here, so it is refused by name (XDS-SD knows no PNG)."""
_TYPES_PATIENT = re.compile(r"^(EXPPAT_[1-3]|DOCPAT0[1-9]|74465-6)$")


class DepotPatientInvalide(Invalide):
    regle = "MES-DOC-01"


@dataclass(frozen=True, slots=True)
class Depot:
    titre: str
    type_code: str
    media: str
    contenu: bytes
    masque: bool = False
    remplace: str | None = None


async def deposer_par_patient(visite: Visite, depot: Depot) -> Inscrit:
    """A patient's own document: a CDA level 1 around the bytes, with the EXP_PATIENT codes (§5.1)."""
    _verifier(visite, depot)
    assert visite.dossier is not None
    row = visite.dossier
    type_ = visite.appel.tables.valeurs.types[depot.type_code]
    soi = Auteur("patient", row.matricule_ins, row.nom_naissance, row.prenom, specialite="EXP_PATIENT")
    unique_id = f"2.25.{uuid.uuid4().int}"
    now = visite.appel.now
    ins = Ins(row.matricule_ins, oid_attendu(row, visite.appel.bac))
    contenu = cda(
        Redaction(
            unique_id=unique_id,
            set_id=unique_id,
            version=1,
            type_code=depot.type_code,
            type_libelle=type_.libelle,
            titre=depot.titre,
            date=now,
            debut=now,
            patient=ins,
            traits=_traits(row),
            auteur=soi,
            specialite_libelle="Expression personnelle du patient",
            etablissement="EXP_PATIENT",
            cadre="EXP_PATIENT",
        ),
        depot.contenu,
        depot.media,
    )
    entree = Entree(
        ref="depot",
        unique_id=unique_id,
        titre=depot.titre,
        type_code=depot.type_code,
        classe=type_.classe,
        format=MEDIAS[depot.media][1],
        confidentialites=("N", MASQUE_PS) if depot.masque else ("N",),
        etablissement="EXP_PATIENT",
        cadre="EXP_PATIENT",
        auteurs=(soi,),
        validateur=soi,
        creation=now,
        debut=now,
        fin=None,
        langue="fr-FR",
        mime="text/xml",
        hash_sha1=None,
        taille=len(contenu),
        patient=ins,
        remplace=(depot.remplace,) if depot.remplace else (),
        contenu=contenu,
    )
    return await _un(visite, entree, contenu_lot="EXP_PATIENT", depot_patient=True)


def _verifier(visite: Visite, depot: Depot) -> None:
    if not _TYPES_PATIENT.fullmatch(depot.type_code):
        raise DepotPatientInvalide(
            f"type {depot.type_code!r} is not one of the patient's own types (EXPPAT_*, DOCPAT01 to 09, 74465-6)",
            f"le type {depot.type_code!r} n'est pas un type du patient (EXPPAT_*, DOCPAT01 à 09, 74465-6)",
            champ="type",
            membres={"code": "MES_TYPE_INVALID", "retryable": False},
        )
    media = MEDIAS.get(depot.media)
    if media is None or not depot.contenu.startswith(media[0]) or not depot.contenu:
        raise DepotPatientInvalide(
            f"{depot.media!r}: PDF, JPEG or text is expected, and the bytes must be of that type",
            f"{depot.media!r} : PDF, JPEG ou texte attendu, et le contenu doit être de ce type",
            regle="MES-DOC-02",
            champ="contenu",
            membres={"code": "MES_FORMAT_INVALID", "retryable": False},
        )


async def _un(visite: Visite, entree: Entree, *, contenu_lot: str, depot_patient: bool) -> Inscrit:
    lot = Lot(
        unique_id=f"{entree.unique_id}.1" if entree.unique_id else None,
        source_id="1.2.250.1.213.4.1.1.1",
        contenu=contenu_lot,
        titre=entree.titre,
        date=visite.appel.now,
        patient=entree.patient,
        auteur=entree.auteurs[0],
        entrees=(entree,),
    )
    corps = ressources.composer_document(entree, visite.appel.tables.valeurs)
    depot = await deposer(visite, lot, {entree.ref: corps}, depot_patient=depot_patient)
    [row] = depot.documents.values()
    return row


def _traits(row: Fiche) -> Traits:
    return Traits(
        row.nom_naissance, row.prenom, row.prenoms or row.prenom, row.sexe, row.date_naissance, row.lieu_naissance
    )


# ── from the other services ─────────────────────────────────────────────────────────────────────────────────────────


async def copie_prescription(uow: UnitOfWork, settings: DmpSettings, event: PrescriptionCreee, contenu: bytes) -> None:
    """``copie_dmp = base``: the base files the PDF in the prescriber's name (same uniqueId on both roads)."""
    acteur = Acteur(
        TypeActeur.PS,
        event.prescripteur_id_nat,
        event.prescripteur_nom,
        profession="10",
        structure_id=event.structure_id,
        structures=frozenset({event.structure_id} if event.structure_id else ()),
    )
    visite = await _visite(uow, settings, acteur, event.matricule_ins)
    if visite.etat is not EtatVu.OUVERT or visite.dossier is None:
        avertir(
            "DMP-COPIE-01",
            fr="aucun DMP ouvert : la copie de l'ordonnance n'est pas déposée",
            en="no open DMP: the copy of the prescription is not filed",
            numero=event.numero,
        )
        return
    if await documents.par_unique_id(uow.session, event.document_unique_id) is not None:
        return  # the prescriber's software was first
    v = visite.appel.tables.valeurs
    now = visite.appel.now
    type_code = event.type_code if event.type_code in v.types else "57833-6"
    ins = Ins(event.matricule_ins, oid_attendu(visite.dossier, uow.bac))
    auteur = Auteur(
        id_nat=event.prescripteur_id_nat,
        nom=event.prescripteur_nom,
        structure_id=event.structure_id or "3",
        specialite="G15_10",
    )
    titre = event.titre or f"Ordonnance numérique {event.numero}"
    document = cda(
        Redaction(
            unique_id=event.document_unique_id,
            set_id=event.document_unique_id,
            version=1,
            type_code=type_code,
            type_libelle=v.types[type_code].libelle,
            titre=titre,
            date=now,
            debut=now,
            patient=ins,
            traits=_traits(visite.dossier),
            auteur=auteur,
            specialite_libelle="Médecin",
            etablissement="SA07",
            cadre="AMBULATOIRE",
        ),
        contenu,
    )
    entree = Entree(
        ref=event.numero,
        unique_id=event.document_unique_id,
        titre=titre,
        type_code=type_code,
        classe=v.classe_de(type_code),
        format="urn:ihe:iti:xds-sd:pdf:2008",
        confidentialites=("N",),
        etablissement="SA07",
        cadre="AMBULATOIRE",
        auteurs=(auteur,),
        validateur=auteur,
        creation=now,
        debut=now,
        fin=None,
        langue="fr-FR",
        mime="text/xml",
        hash_sha1=None,
        taille=len(document),
        patient=ins,
        references=(event.numero,),
        contenu=document,
    )
    await _un(visite, entree, contenu_lot="07", depot_patient=False)


async def retirer_prescription(uow: UnitOfWork, settings: DmpSettings, matricule_ins: str, unique_id: str) -> None:
    row = await documents.par_unique_id(uow.session, unique_id, verrou=True)
    if row is None or row.matricule_ins != matricule_ins or row.statut == Statut.DELETED.value:
        return
    acteur = Acteur(TypeActeur.PS, row.auteur_id_nat, row.auteur_nom, profession="10", structure_id=row.structure_id)
    visite = await _visite(uow, settings, acteur, matricule_ins)
    if visite.etat is EtatVu.OUVERT:
        await modifier(visite, row, Action.SUPPRIMER)


async def piece_recue(uow: UnitOfWork, settings: DmpSettings, event: PieceEnregistree, contenu: bytes) -> None:
    """MES-19: the patient keeps an attachment of his mailbox as a document of his own."""
    visite = await _visite(uow, settings, SYSTEME, event.matricule_ins)
    if visite.dossier is None or visite.etat is not EtatVu.OUVERT:
        raise refuser("XDSUnknownPatientId", regle="MES-19")
    media = event.type_mime.partition(";")[0].strip().lower()
    type_code = "DOCPAT03"
    patient = Acteur(
        TypeActeur.PATIENT, event.matricule_ins, f"{visite.dossier.prenom} {visite.dossier.nom_naissance}".strip()
    )
    propre = replace(visite, acteur=patient)
    await deposer_par_patient(
        propre, Depot(event.titre or event.nom_fichier or "Pièce jointe", type_code, media, contenu)
    )


async def _visite(uow: UnitOfWork, settings: DmpSettings, acteur: Acteur, matricule_ins: str) -> Visite:
    return await visiter(uow, Appel(acteur, uow.bac, settings, logiciel="bac"), matricule_ins)
