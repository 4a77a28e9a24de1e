"""P4, P8, P10, E1: who reads what (§4.2). Deny order: profession, relation, consent and anonymity."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from sqlalchemy.ext.asyncio import AsyncSession

from services.eprescription.domain.erreurs import refus
from services.eprescription.domain.habilitation import Acteur, peut_executer, types_executes, types_prescrits
from services.eprescription.store import executions, prescriptions, verrous
from services.eprescription.store.executions import FicheExecution
from services.eprescription.store.prescriptions import FichePrescription
from services.eprescription.usecases.commun import executions_consultables, mettre_a_jour, tracer
from shared.db.unit_of_work import UnitOfWork
from shared.decision import Decision, noter

Relation: TypeAlias = Literal["AUTEUR", "EXECUTANT", "PORTEUR", "EQUIPE", "PATIENT", "INTERNE"]


@dataclass(frozen=True, slots=True)
class Vue:
    """A prescription as one reader may see it; ``executions`` says whether what was delivered shows."""

    row: FichePrescription
    relation: Relation
    executions: bool


def _structures(lecteur: Acteur) -> frozenset[str]:
    return lecteur.structures | ({lecteur.structure_id} if lecteur.structure_id else frozenset())


async def _relation(session: AsyncSession, lecteur: Acteur, row: FichePrescription) -> Relation:
    if lecteur.id_nat == row.auteur_id_nat or lecteur.partage(row.structure_id):
        return "AUTEUR"
    if not types_prescrits(lecteur.profession) and not peut_executer(lecteur, row.type):
        raise refus("EP-403-01", regle="DSP-19", profession=lecteur.profession)
    if await verrous.a_tenu(session, row.numero, _structures(lecteur)):
        return "EXECUTANT"
    if peut_executer(lecteur, row.type):
        return "PORTEUR"  # the patient handed the paper: whoever may execute may read
    if lecteur.profession.partition("/")[0] in {"G15_40", "G15_50"} or await _dans_l_equipe(session, lecteur, row):
        return "EQUIPE"
    raise refus("EP-403-05")


async def _dans_l_equipe(session: AsyncSession, lecteur: Acteur, row: FichePrescription) -> bool:
    return await est_de_l_equipe(session, lecteur, row.matricule_ins)


async def est_de_l_equipe(session: AsyncSession, lecteur: Acteur, matricule: str) -> bool:
    """Care team: already prescribed for this person, or took one of their prescriptions in charge."""
    structures = _structures(lecteur)
    if await prescriptions.equipe_connait(session, matricule, lecteur.id_nat, structures):
        return True
    return await verrous.a_servi(session, matricule, structures)


async def consulter(uow: UnitOfWork, lecteur: Acteur, numero: str) -> Vue:
    """P4. The reading is traced; with NON the prescriber sees the prescription and not its execution."""
    row = await prescriptions.trouver(uow.session, numero)
    relation = await _relation(uow.session, lecteur, row)
    if row.anonymat_ivg and relation not in {"AUTEUR", "EXECUTANT"}:
        raise refus("EP-403-04", regle="GEN-21")
    await mettre_a_jour(uow, row)
    visibles = relation in {"EXECUTANT", "PORTEUR"} or (
        relation == "AUTEUR" and await executions_consultables(uow.session, row)
    )
    noter(
        Decision(
            "EP-ACCES",
            "accepte",
            f"Lecture accordée : {relation.lower()}.",
            f"Reading granted: {relation.lower()}.",
            {"profession": lecteur.profession, "type": row.type, "relation": relation, "executions": visibles},
            examinees=("DSP-19", "GEN-21", "GEN-20"),
            source="eprescription §4.2",
        )
    )
    await tracer(uow, row, "LUE", lecteur)
    return Vue(row, relation, visibles)


async def consulter_executions(
    uow: UnitOfWork, lecteur: Acteur, numero: str
) -> tuple[FichePrescription, list[FicheExecution]]:
    """P8: the author when the patient said OUI; pharmacists for safety; other executants what they did themselves."""
    vue = await consulter(uow, lecteur, numero)
    if vue.relation == "EQUIPE":
        raise refus("EP-403-02")
    if vue.relation == "AUTEUR" and not vue.executions:
        raise refus("EP-403-03", regle="GEN-20")
    rows = await executions.de_la_prescription(uow.session, numero)
    if vue.relation != "AUTEUR" and not lecteur.est_pharmacien:
        rows = [row for row in rows if lecteur.partage(row.structure_id)]
    return vue.row, rows


async def execution(session: AsyncSession, lecteur: Acteur, identifiant: str) -> FicheExecution:
    """D5: one's own structure only."""
    row = await executions.trouver(session, identifiant)
    if not lecteur.partage(row.structure_id):
        raise refus("EP-403-02")
    return row


async def suivre(session: AsyncSession, auteur: Acteur, depuis: datetime | None) -> list[FichePrescription]:
    """P10: what I prescribed."""
    return await prescriptions.de_l_auteur(session, auteur.id_nat, depuis=depuis)


async def rechercher(
    uow: UnitOfWork, lecteur: Acteur, matricule: str, *, statut: str | None, type_: str | None
) -> list[FichePrescription]:
    """E1: coordination inside the care team; logged; never an anonymous IVG."""
    if not types_prescrits(lecteur.profession) and not types_executes(lecteur):
        raise refus("EP-403-01", profession=lecteur.profession)
    if not await est_de_l_equipe(uow.session, lecteur, matricule):
        raise refus("EP-403-05")
    rows = await prescriptions.de_patient(uow.session, matricule, statut=statut, type_=type_)
    visibles = [row for row in rows if not row.anonymat_ivg]
    for row in visibles:
        await tracer(uow, row, "LUE", lecteur, recherche=True)
    return visibles


async def interne(session: AsyncSession, numero: str) -> FichePrescription:
    """A sibling service fetches the copy it files (architecture §11.13)."""
    return await prescriptions.trouver(session, numero)
