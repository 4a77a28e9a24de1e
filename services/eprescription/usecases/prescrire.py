"""P2, P3, P6: check, record, replace a prescription."""

import hashlib
import uuid
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from services.eprescription.config import EprescriptionSettings
from services.eprescription.domain import numero as numeros
from services.eprescription.domain.codes import codes_inconnus, hors_echantillon, titre_document, type_document
from services.eprescription.domain.cycle import annuler, enregistrer
from services.eprescription.domain.erreurs import refus
from services.eprescription.domain.habilitation import Acteur, exiger_prescripteur
from services.eprescription.domain.lignes import LigneMed
from services.eprescription.domain.modele import Prescription
from services.eprescription.domain.referentiel import medicament_de, sans_accents
from services.eprescription.domain.regles import Bilan, ContextePrescription, controler_prescription, exiger
from services.eprescription.domain.regles.medicaments import fin_couverte
from services.eprescription.store import annexes, prescriptions
from services.eprescription.store.annexes import PersonneRow
from services.eprescription.store.prescriptions import FichePrescription, etat
from services.eprescription.usecases.commun import dire_annulee, ouvrir_pour_l_auteur, tracer
from shared.contracts.eprescription import PrescriptionCreee
from shared.db.unit_of_work import UnitOfWork
from shared.decision import avertir
from shared.edge.bac import Bac
from shared.errors import Invalide
from shared.identite import MatriculeIns, nature

_ESPACE_DOCUMENTS = uuid.uuid5(uuid.NAMESPACE_OID, numeros.SYSTEME)


def document_unique_id(numero: str) -> str:
    """The DMP uniqueId of the copy, the same whoever files it: a function of the number (X.667)."""
    return f"2.25.{uuid.uuid5(_ESPACE_DOCUMENTS, numero).int}"


def pdf_path(numero: str) -> str:
    return f"/eprescription/v1/prescriptions/{numero}/pdf"


def ecrire_contenu(p: Prescription) -> bytes:
    """The prescription as the base keeps it."""
    return p.model_dump_json(by_alias=True, exclude_unset=True).encode()


def empreinte(contenu: bytes) -> str:
    """A digest of the content, whatever the order of its members."""
    return hashlib.sha256(orjson.dumps(orjson.loads(contenu), option=orjson.OPT_SORT_KEYS)).hexdigest()


async def _verifier_patient(session: AsyncSession, bac: Bac, p: Prescription) -> None:
    """A matricule, when given, is well formed and of this bac's authority; its key holds unless INSi vouches for it."""
    ins = p.patient.ins
    if ins is None or not ins.matricule:
        return
    try:
        matricule = MatriculeIns.stocke(ins.matricule)
        if ins.oid:
            nature(ins.oid, bac.reglages.oid_mode)
        if not matricule.cle_est_juste and await session.get(PersonneRow, ins.matricule) is None:
            MatriculeIns(ins.matricule)
    except Invalide as faux:
        champ = "patient.ins.oid" if "oid" in (faux.champ or "").lower() else "patient.ins.matricule"
        raise refus("EP-400-02", regle=faux.regle, champ=champ, fr=faux.fr, en=faux.en) from faux


def _verifier_codes(p: Prescription, bac: Bac) -> None:
    for inconnu in codes_inconnus(p):
        if bac.reglages.profil == "lenient" and inconnu.chemin != "type":
            avertir("EP-422-05", fr="Code inconnu accepté.", en="Unknown code accepted.", chemin=inconnu.chemin)
            continue
        raise refus("EP-422-05", champ=inconnu.chemin, codeInconnu=inconnu.code, referentiel=inconnu.table)
    for chemin in hors_echantillon(p):
        avertir(
            "EP-422-05",
            fr="Produit hors de l'échantillon BDPM : ses règles propres ne sont pas contrôlées.",
            en="Product outside our BDPM sample: its own rules are not checked.",
            chemin=chemin,
        )


async def controler(
    session: AsyncSession, bac: Bac, auteur: Acteur, p: Prescription, s: EprescriptionSettings
) -> Bilan:
    """P2, the dry run: the rules fired, nothing stored."""
    exiger_prescripteur(auteur)
    return await _examiner(session, bac, auteur, p, s)


async def _examiner(
    session: AsyncSession, bac: Bac, auteur: Acteur, p: Prescription, s: EprescriptionSettings
) -> Bilan:
    await _verifier_patient(session, bac, p)
    _verifier_codes(p, bac)
    matricule = p.patient.matricule
    couvertures = await annexes.couvertures(session, matricule, sauf=p.remplace) if matricule else ()
    contexte = ContextePrescription(p, bac.now(), auteur, couvertures, s.parametres)
    return controler_prescription(contexte, bac.reglages.profil)


@dataclass(frozen=True, slots=True)
class Enregistrement:
    row: FichePrescription
    nouvelle: bool


async def prescrire(uow: UnitOfWork, auteur: Acteur, p: Prescription, s: EprescriptionSettings) -> Enregistrement:
    """P3. The same number with the same content is the same prescription (200); with another content, 409."""
    exiger_prescripteur(auteur)
    numero = numeros.lire(p.numero or "")
    p = p.model_copy(update={"numero": numero})
    contenu = ecrire_contenu(p)
    marque = empreinte(contenu)
    if (deja := await _deja(uow, numero, marque)) is not None:
        return deja
    bilan = exiger(await _examiner(uow.session, uow.bac, auteur, p, s))
    row = _row(uow, auteur, p, bilan, contenu, marque)
    if not await prescriptions.ajouter(uow.session, row):
        deja = await _deja(uow, numero, marque)
        assert deja is not None
        return deja
    await _couvrir(uow, p, row)
    await tracer(uow, row, "CREEE", auteur)
    uow.emit(_creee(uow, row))
    return Enregistrement(row, nouvelle=True)


async def recevoir(uow: UnitOfWork, auteur: Acteur, p: Prescription, s: EprescriptionSettings) -> Enregistrement:
    """P3, where a prescription that names the one it replaces cancels it (§2.7)."""
    if not p.remplace or await prescriptions.chercher(uow.session, numeros.lire(p.numero or "")) is not None:
        return await prescrire(uow, auteur, p, s)
    return await remplacer(uow, auteur, numeros.lire(p.remplace, champ="remplace"), p, s, motif="CHANGEMENT_TRAITEMENT")


async def _deja(uow: UnitOfWork, numero: str, marque: str) -> Enregistrement | None:
    row = await prescriptions.chercher(uow.session, numero)
    if row is None:
        return None
    if row.empreinte != marque:
        raise refus("EP-409-01", regle="GEN-02", champ="numero")
    return Enregistrement(row, nouvelle=False)


def _structure(auteur: Acteur, p: Prescription) -> str | None:
    """Where it was written: the author's structure whose FINESS the prescription names, else the token's first."""
    finess = f"1{p.prescripteur.finess}"
    return finess if auteur.partage(finess) else auteur.structure_id


def _row(
    uow: UnitOfWork, auteur: Acteur, p: Prescription, bilan: Bilan, contenu: bytes, marque: str
) -> FichePrescription:
    dossier = enregistrer(numeros.lire(p.numero or ""), p)
    copie = uow.bac.reglages.copie_dmp == "base" and p.patient.ins_qualifiee and not p.anonymat_ivg
    return FichePrescription(
        numero=dossier.numero,
        empreinte=marque,
        type=p.type,
        matricule_ins=p.patient.matricule or "",
        auteur_id_nat=auteur.id_nat,
        auteur_nom=auteur.nom_complet,
        structure_id=_structure(auteur, p),
        date_redaction=p.date_redaction,
        enregistree_le=uow.now(),
        fin_validite=dossier.fin_validite,
        consultation_execution="OUI" if p.consultation_execution == "OUI" else "NON",
        anonymat_ivg=p.anonymat_ivg,
        document_unique_id=document_unique_id(dossier.numero),
        copie_dmp=copie,
        contenu=contenu,
        avertissements=bilan.avertissements,
        logiciel=auteur.logiciel,
        remplace=p.remplace,
        **etat(dossier),
    )


async def _couvrir(uow: UnitOfWork, p: Prescription, row: FichePrescription) -> None:
    """Remember the periods of stupéfiants and assimilés (MED-17)."""
    for ligne in p.lignes:
        m = medicament_de(ligne) if isinstance(ligne, LigneMed) else None
        if not isinstance(ligne, LigneMed) or m is None or not (m.est_stupefiant or m.est_assimile):
            continue
        debut = ligne.debut or p.date_de_redaction
        await annexes.couvrir(
            uow.session,
            matricule_ins=row.matricule_ins,
            numero=row.numero,
            substances=[sans_accents(s) for s in m.substances],
            debut=debut,
            fin=fin_couverte(debut, ligne),
        )


def _creee(uow: UnitOfWork, row: FichePrescription) -> PrescriptionCreee:
    return PrescriptionCreee(
        numero=row.numero,
        matricule_ins=row.matricule_ins,
        prescripteur_id_nat=row.auteur_id_nat,
        prescripteur_nom=row.auteur_nom,
        structure_id=row.structure_id,
        type_prescription=row.type,
        type_code=type_document(row.type),
        titre=titre_document(row.type),
        copie_dmp=row.copie_dmp,
        document_unique_id=row.document_unique_id,
        pdf_path=pdf_path(row.numero),
        occurred_at=uow.now(),
    )


async def remplacer(
    uow: UnitOfWork,
    auteur: Acteur,
    ancien: str,
    p: Prescription,
    s: EprescriptionSettings,
    *,
    motif: str,
    if_match: int | None = None,
) -> Enregistrement:
    """P6: a new number, and the old prescription cancelled in the same transaction."""
    row = await ouvrir_pour_l_auteur(uow, auteur, ancien, if_match)
    if row.est_verrouillee(uow.now()):
        raise refus("EP-423-01", regle="DSP-18", tenuJusqua=_iso(row))
    if p.numero and numeros.normaliser(p.numero) == ancien:
        raise refus("EP-409-01", regle="GEN-02", champ="numero")
    row.recevoir(annuler(row.dossier(), motif, verrouillee=False))
    nouveau = await prescrire(uow, auteur, p.model_copy(update={"remplace": ancien}), s)
    row.remplacee_par = nouveau.row.numero  # written by what follows
    await dire_annulee(uow, row, motif, auteur)
    return nouveau


def _iso(row: FichePrescription) -> Any:
    return row.verrou_expire.isoformat() if row.verrou_expire else None
