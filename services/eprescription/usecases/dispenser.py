"""D4, D5: deliver in parts, withdraw a delivery."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from services.eprescription.config import EprescriptionSettings
from services.eprescription.domain.calendrier import jour
from services.eprescription.domain.cycle import Dossier, Mesure, annuler_execution, executer
from services.eprescription.domain.erreurs import refus
from services.eprescription.domain.etat import Completude
from services.eprescription.domain.execution import Execution
from services.eprescription.domain.habilitation import Acteur, exiger_executant
from services.eprescription.domain.lignes import LigneMed
from services.eprescription.domain.machine import Statut, StatutPriseEnCharge
from services.eprescription.domain.modele import Prescription
from services.eprescription.domain.referentiel import lpp, par_cip13
from services.eprescription.domain.regles import Bilan, ContexteExecution, controler_execution, exiger, regle
from services.eprescription.domain.regles.delivrance import jours_couverts, mesurer
from services.eprescription.store import accords, annexes, executions, prescriptions
from services.eprescription.store.executions import FicheExecution, ecrire_mesure
from services.eprescription.store.prescriptions import FichePrescription
from services.eprescription.usecases.commun import exiger_version, tracer
from services.eprescription.usecases.prise_en_charge import exiger_verrou, rendre, structure_de, tenue_par_un_autre
from shared.contracts.eprescription import DelivranceAnnulee, DelivranceEnregistree
from shared.db.unit_of_work import UnitOfWork
from shared.ids import Ids


@dataclass(frozen=True, slots=True)
class Delivrance:
    execution: FicheExecution
    row: FichePrescription
    bilan: Bilan


async def delivrer(
    uow: UnitOfWork,
    acteur: Acteur,
    e: Execution,
    jeton: str | None,
    s: EprescriptionSettings,
    ids: Ids,
    *,
    if_match: int | None = None,
) -> Delivrance:
    """D4. Every line taken in charge gets an outcome; the counters and the status follow."""
    row = await prescriptions.verrouiller(uow.session, e.numero)
    exiger_executant(acteur, row.type)
    structure_id = structure_de(acteur, e.structure)
    exiger_verrou(uow, row, structure_id, jeton)
    exiger_version(row, if_match)
    p, dossier = row.prescription(), row.dossier()
    _verifier_date(e, p, uow)
    await _verifier_accords(uow, e)
    _verifier_rangs(e, dossier)
    bilan = exiger(controler_execution(ContexteExecution(p, dossier, e, acteur, s.parametres), uow.bac.reglages.profil))
    mesures = _mesures(p, dossier, e)
    apres, completudes = executer(dossier, mesures)
    row.recevoir(apres)
    execution = _ecrire(uow, acteur, structure_id, e, row, mesures, completudes, ids)
    await executions.ajouter(uow.session, execution)
    await _tracer_lignes(uow, row, acteur, e, execution)
    if e.cloturer or row.statut == Statut.TERMINEE:
        await rendre(uow, row, "clôturer", StatutPriseEnCharge.CLOTUREE)
    else:
        await prescriptions.ecrire(uow.session, row)
    await _annoncer(uow, row, p, execution)
    return Delivrance(execution, row, bilan)


def _verifier_date(e: Execution, p: Prescription, uow: UnitOfWork) -> None:
    if e.date > jour(uow.now()):
        raise refus("EP-400-02", champ="date", fr="Date de délivrance future.", en="The delivery is in the future.")
    if e.date < p.date_de_redaction:
        raise refus(
            "EP-400-02", champ="date", fr="Délivrance antérieure à la rédaction.", en="Delivered before it was written."
        )


def _verifier_rangs(e: Execution, dossier: Dossier) -> None:
    vus: set[int] = set()
    for i, faite in enumerate(e.lignes):
        if faite.hors_base:
            continue
        if faite.rang in vus:
            raise refus("EP-400-02", champ=f"lignes[{i}].rang", fr="Ligne répétée.", en="Repeated line.")
        vus.add(faite.rang)
        dossier.ligne(faite.rang)


async def _verifier_accords(uow: UnitOfWork, e: Execution) -> None:
    """An agreement quoted by id must exist, be accepted, and be about this prescription."""
    for i, faite in enumerate(e.lignes):
        accord = faite.adaptation.accord if faite.adaptation else None
        if accord is None or accord.demande_id is None:
            continue
        demande = await accords.trouver(uow.session, accord.demande_id)
        if demande.numero != e.numero or demande.statut != "ACCEPTE":
            r = regle("DSP-14")
            champ = f"lignes[{i}].adaptation.accord.demandeId"
            raise refus("EP-422-01", regle="DSP-14", champ=champ, fr=r.fr, en=r.en)


def _mesures(p: Prescription, dossier: Dossier, e: Execution) -> list[Mesure]:
    prescrites = {ligne.rang: ligne for ligne in p.lignes}
    mesures = []
    for faite in e.lignes:
        if faite.hors_base:
            continue
        etat, prescrite = dossier.ligne(faite.rang), prescrites[faite.rang]
        couvre = faite.duree_couverte_jours
        if isinstance(prescrite, LigneMed) and not faite.est_non_execution:
            couvre = jours_couverts(faite, prescrite, etat)
        mesures.append(
            Mesure(
                faite.rang,
                mesurer(faite, etat) * (0 if faite.est_non_execution else 1),
                e.date,
                couvre,
                non_executee=faite.est_non_execution,
                exceptionnelle=faite.exceptionnelle is not None or faite.renouvellement_mk is not None,
            )
        )
    return mesures


def _ecrire(
    uow: UnitOfWork,
    acteur: Acteur,
    structure_id: str,
    e: Execution,
    row: FichePrescription,
    mesures: list[Mesure],
    completudes: dict[int, Completude],
    ids: Ids,
) -> FicheExecution:
    contenu = e.model_dump(mode="json", by_alias=True, exclude_unset=True)
    for ligne in contenu["lignes"]:
        if ligne.get("rang") in completudes:
            ligne["completude"] = completudes[ligne["rang"]]
    return FicheExecution(
        id=f"exe-{ids.uuid()}",
        numero=row.numero,
        structure_id=structure_id,
        structure_nom=acteur.structure_nom,
        executant_id_nat=acteur.id_nat,
        executant_nom=acteur.nom_complet,
        date=e.date,
        enregistree_le=uow.now(),
        contenu=contenu,
        mesures=[ecrire_mesure(m) for m in mesures],
    )


async def _tracer_lignes(
    uow: UnitOfWork, row: FichePrescription, acteur: Acteur, e: Execution, execution: FicheExecution
) -> None:
    faites = [ligne.rang for ligne in e.lignes if not ligne.est_non_execution]
    refusees = [ligne.rang for ligne in e.lignes if ligne.est_non_execution]
    adaptees = [ligne.rang for ligne in e.lignes if ligne.adaptation is not None]
    if faites:
        await tracer(uow, row, "EXECUTEE", acteur, execution=execution.id, rangs=faites)
    if refusees:
        await tracer(uow, row, "NON_EXECUTEE", acteur, execution=execution.id, rangs=refusees)
    if adaptees:
        await tracer(uow, row, "ADAPTEE", acteur, execution=execution.id, rangs=adaptees)


def _libelle(faite: dict[str, Any], prescrite: Any) -> str:
    produit = faite.get("produitDelivre") or {}
    if (m := par_cip13(produit.get("cip13"))) is not None:
        return m.denomination
    if (ligne := lpp(produit.get("lpp"))) is not None:
        return ligne["designation"]
    propre = getattr(getattr(prescrite, "produit", None), "libelle", None) or getattr(prescrite, "designation", None)
    return str(produit.get("libelle") or faite.get("libelle") or propre or "")


def lignes_delivrees(row: FichePrescription, p: Prescription, execution: FicheExecution) -> list[dict[str, Any]]:
    """What was handed over, as facts (no dosage, no notes)."""
    prescrites = {ligne.rang: ligne for ligne in p.lignes}
    etats = {ligne.rang: ligne for ligne in row.dossier().lignes}
    mesures = {m.rang: m for m in execution.lire_mesures()}
    lignes = []
    for faite in execution.contenu["lignes"]:
        rang = faite["rang"]
        mesure = mesures.get(rang)
        if mesure is None or mesure.non_executee:
            continue
        produit = faite.get("produitDelivre") or {}
        prescrite = prescrites.get(rang)
        lignes.append(
            {
                "rang": rang,
                "famille": etats[rang].famille,
                "cip13": produit.get("cip13") or getattr(getattr(prescrite, "produit", None), "cip13", None),
                "lpp": produit.get("lpp") or getattr(prescrite, "lpp", None),
                "libelle": _libelle(faite, prescrite),
                "quantite": ecrire_mesure(mesure)["quantite"],
                "unite": etats[rang].unite,
                "completude": faite.get("completude"),
                "statut": str(etats[rang].statut),
            }
        )
    return lignes


async def _annoncer(uow: UnitOfWork, row: FichePrescription, p: Prescription, execution: FicheExecution) -> None:
    lignes = lignes_delivrees(row, p, execution)
    if not lignes:
        return
    rangs = {ligne["rang"] for ligne in lignes}
    remboursee = any(not ligne.non_remboursable for ligne in p.lignes if ligne.rang in rangs)
    adresse = await annexes.adresse_mss(uow.session, execution.structure_id, execution.executant_id_nat)
    uow.emit(
        DelivranceEnregistree(
            numero=row.numero,
            delivrance_id=execution.id,
            matricule_ins=row.matricule_ins,
            pharmacien_id_nat=execution.executant_id_nat,
            pharmacien_nom=execution.executant_nom,
            structure_id=execution.structure_id,
            structure_nom=execution.structure_nom,
            pharmacie_adresse_mss=adresse,
            lignes=lignes,
            remboursee=remboursee,
            statut=row.statut,
            occurred_at=uow.now(),
        )
    )


async def annuler_delivrance(
    uow: UnitOfWork, acteur: Acteur, identifiant: str, s: EprescriptionSettings, motif: str | None
) -> Delivrance:
    """D5: the same structure, within 24 hours; the counters come back."""
    execution = await executions.trouver(uow.session, identifiant)
    if not acteur.partage(execution.structure_id):
        raise refus("EP-403-02")
    row = await prescriptions.verrouiller(uow.session, execution.numero)
    execution = await executions.trouver(uow.session, identifiant)  # as it is now that nobody else decides
    if execution.annulee_le is not None:
        raise refus("EP-409-03", fr="Exécution déjà annulée.", en="The execution is already withdrawn.")
    if uow.now() - execution.enregistree_le > timedelta(hours=s.annulation_execution_heures):
        raise refus(
            "EP-409-03",
            fr=f"Délai de {s.annulation_execution_heures} heures dépassé.",
            en=f"More than {s.annulation_execution_heures} hours ago.",
        )
    if row.est_verrouillee(uow.now()) and row.verrou_structure != execution.structure_id:
        raise tenue_par_un_autre(row)
    await executions.annuler(uow.session, execution, le=uow.now(), motif=motif)
    autres = await executions.de_la_prescription(uow.session, row.numero)
    restantes = [m for autre in autres if autre.annulee_le is None for m in autre.lire_mesures()]
    row.recevoir(annuler_execution(row.dossier(), execution.lire_mesures(), restantes))
    await prescriptions.ecrire(uow.session, row)
    await tracer(uow, row, "EXECUTION_ANNULEE", acteur, execution=execution.id, motif=motif)
    if _a_delivre(execution.lire_mesures()):
        uow.emit(
            DelivranceAnnulee(
                numero=row.numero,
                delivrance_id=execution.id,
                matricule_ins=row.matricule_ins,
                pharmacien_id_nat=acteur.id_nat,
                structure_id=execution.structure_id,
                motif=motif,
                statut=row.statut,
                occurred_at=uow.now(),
            )
        )
    return Delivrance(execution, row, Bilan((), ()))


def _a_delivre(mesures: Iterable[Mesure]) -> bool:
    return any(not m.non_executee for m in mesures)
