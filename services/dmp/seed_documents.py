"""The documents of the demonstration, as rows: a CDA level 1, its metadata, its lot, its trace."""

import hashlib
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from services.dmp.domain.document import DELAI_INFORMATION
from services.dmp.domain.lot import Auteur, Entree, Ins, Lot, sha1
from services.dmp.fhir import ressources
from services.dmp.redaction import Redaction, Traits, cda, pdf
from services.dmp.seed_depots import DEPOTS, PATIENT_DEPOTS, Depot
from services.dmp.store.documents import BlobRow, DocumentRow, LotRow
from services.dmp.store.traces import TraceRow
from services.dmp.tables import charger
from services.dmp.usecases.texte import plier
from shared.monde.modele import Professionnel
from shared.monde.patients import PATIENTS
from shared.monde.professionnels import PROFESSIONNELS
from shared.monde.structures import STRUCTURES

ESPACE: Final = uuid.UUID("6b1f2c1e-7d0a-5f3e-9c55-0d3f6a1b2c3d")
RACINE: Final = "1.2.250.1.999.1.10"


def lignes_documents(debut: datetime) -> Iterator[Any]:
    blobs: set[str] = set()
    for n, depot in enumerate(DEPOTS, start=1):
        auteur = _auteur(PROFESSIONNELS[depot.auteur])
        yield from _document(n, depot, auteur, debut, blobs, depot_patient=False)
    for n, (slug, type_code, titre, jours) in enumerate(PATIENT_DEPOTS, start=1001):
        p = PATIENTS[slug]
        soi = Auteur("patient", p.matricule_ins, p.traits.nom_naissance, p.traits.prenom, specialite="EXP_PATIENT")
        depot = Depot(slug, "", type_code, titre, jours, f"Document déposé par {p.traits.prenom}.")
        yield from _document(n, depot, soi, debut, blobs, depot_patient=True)


def _auteur(pro: Professionnel) -> Auteur:
    structure = STRUCTURES[pro.structure] if pro.structure else None
    specialite = f"G15_{pro.profession}" + (f"/{pro.savoir_faire}" if pro.savoir_faire else "")
    return Auteur(
        id_nat=pro.id_nat,
        nom=pro.nom,
        prenom=pro.prenom,
        structure_id=structure.identifiant if structure else None,
        structure_nom=structure.raison_sociale if structure else None,
        specialite=specialite,
    )


def _document(
    n: int, depot: Depot, auteur: Auteur, debut: datetime, blobs: set[str], *, depot_patient: bool
) -> Iterator[Any]:
    v = charger().valeurs
    p = PATIENTS[depot.patient]
    date = debut - timedelta(days=depot.jours) + timedelta(hours=3)
    type_ = v.types[depot.type_code]
    ins = Ins(p.matricule_ins, p.oid("qualif"))
    secteur = STRUCTURES[_structure(depot.auteur)].secteur if _structure(depot.auteur) else "EXP_PATIENT"
    etablissement = secteur if secteur in v.etablissements else "SA07"
    cadre = "EXP_PATIENT" if depot_patient else "ETABLISSEMENT" if etablissement == "SA01" else "AMBULATOIRE"
    contenu = cda(
        Redaction(
            unique_id=f"{RACINE}.{n}.1",
            set_id=f"{RACINE}.{n}",
            version=1,
            type_code=depot.type_code,
            type_libelle=type_.libelle,
            titre=depot.titre,
            date=date,
            debut=date,
            patient=ins,
            traits=Traits(
                p.traits.nom_naissance,
                p.traits.prenom,
                p.traits.liste_prenoms,
                str(p.traits.sexe),
                str(p.traits.date_naissance),
                p.traits.lieu_naissance or "",
            ),
            auteur=auteur,
            specialite_libelle=v.specialites.get(auteur.specialite or "", auteur.specialite or ""),
            etablissement=etablissement,
            cadre=cadre,
        ),
        pdf(depot.titre, [f"Le {date:%d/%m/%Y}", "", depot.texte]),
    )
    entree = Entree(
        ref=f"demo-{n}",
        unique_id=f"{RACINE}.{n}.1",
        titre=depot.titre,
        type_code=depot.type_code,
        classe=type_.classe,
        format="urn:ihe:iti:xds-sd:pdf:2008",
        confidentialites=("N", depot.visibilite) if depot.visibilite else ("N",),
        etablissement=etablissement,
        cadre=cadre,
        auteurs=(auteur,),
        validateur=auteur,
        creation=date,
        debut=date,
        fin=None,
        langue="fr-FR",
        mime="text/xml",
        hash_sha1=None,
        taille=None,
        patient=ins,
        contenu=contenu,
    )
    cle = hashlib.sha256(contenu).hexdigest()
    if cle not in blobs:
        blobs.add(cle)
        yield BlobRow(sha256=cle, contenu=contenu)
    yield from _lignes(entree, depot, auteur, date, n, cle, depot_patient)


def _structure(slug: str) -> str:
    return PROFESSIONNELS[slug].structure or "" if slug else ""


def _lignes(
    e: Entree, depot: Depot, auteur: Auteur, date: datetime, n: int, cle: str, depot_patient: bool
) -> Iterator[Any]:
    id, entry, lot = (str(uuid.uuid5(ESPACE, f"{sorte}-{n}")) for sorte in ("document", "entree", "lot"))
    contenu = e.contenu or b""
    corps = ressources.composer_document(e, charger().valeurs)
    matricule = e.patient.matricule if e.patient else ""
    yield DocumentRow(
        id=id,
        entry_uuid=entry,
        unique_id=e.unique_id,
        matricule_ins=matricule,
        statut=depot.statut.value,
        niveau="N",
        masque=e.masque,
        invisible_patient=e.invisible_patient,
        invisible_representants=e.invisible_representants,
        type_code=e.type_code,
        classe=e.classe,
        format=e.format,
        etablissement=e.etablissement,
        cadre=e.cadre,
        titre=e.titre,
        auteur_id_nat=auteur.id_nat,
        auteur_nom=auteur.nom_complet,
        auteurs=plier(auteur.nom_complet or ""),
        structure_id=auteur.structure_id,
        depot_patient=depot_patient,
        creation=date,
        debut=date,
        depose_le=date,
        modifie_le=date,
        echeance=date + DELAI_INFORMATION if e.invisible_patient else None,
        lot_id=lot,
        mime="text/xml",
        taille=len(contenu),
        sha1=sha1(contenu),
        blob=cle,
        ressource=ressources.document_reference(
            corps,
            id=id,
            entry_uuid=entry,
            version=1,
            modifie_le=date,
            statut=depot.statut,
            labels=list(e.confidentialites),
            sha1=sha1(contenu),
            taille=len(contenu),
        ),
    )
    lot_soumis = Lot(f"{RACINE}.{n}", f"{RACINE}", "07", e.titre, date, e.patient, auteur, (e,))
    yield LotRow(
        id=lot,
        unique_id=f"{RACINE}.{n}",
        matricule_ins=matricule,
        source_id=RACINE,
        contenu="EXP_PATIENT" if depot_patient else "07",
        titre=e.titre,
        date=date,
        auteur_id_nat=auteur.id_nat,
        auteur_nom=plier(auteur.nom_complet or ""),
        structure_id=auteur.structure_id,
        depose_le=date,
        ressource=ressources.liste(
            ressources.composer_liste(lot_soumis),
            id=lot,
            unique_id=f"{RACINE}.{n}",
            depose_le=date,
            documents=[id],
        ),
    )
    yield _trace(n, "DOC_ADDED", date, matricule, auteur, [{"uniqueId": f"urn:oid:{e.unique_id}", "title": e.titre}], e)


def _trace(
    n: int, evenement: str, at: datetime, matricule: str, auteur: Auteur, objets: list[dict[str, Any]], e: Entree
) -> TraceRow:
    return TraceRow(
        id=str(uuid.uuid5(ESPACE, f"trace-{evenement}-{n}")),
        matricule_ins=matricule,
        at=at,
        evenement=evenement,
        transaction="TD2.1",
        acteur_type=auteur.type,
        acteur_id=auteur.id_nat,
        acteur_nom=auteur.nom_complet,
        structure_id=auteur.structure_id,
        structure_nom=auteur.structure_nom,
        objets=objets,
        notifie=[],
        secret=e.invisible_representants,
    )
