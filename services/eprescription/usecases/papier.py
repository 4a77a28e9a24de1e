"""D7: a paper prescription, executed and declared afterwards with its reason (CSP R.4073-2, GEN-23)."""

from datetime import date
from typing import Any

from services.eprescription.domain import tables
from services.eprescription.domain.calendrier import jour
from services.eprescription.domain.erreurs import refus
from services.eprescription.domain.habilitation import Acteur, exiger_executant
from services.eprescription.domain.regles import regle
from services.eprescription.store.annexes import ExecutionPapierRow
from services.eprescription.usecases.prise_en_charge import structure_de
from shared.db.unit_of_work import UnitOfWork
from shared.identite import MatriculeIns
from shared.ids import Ids


async def declarer(
    uow: UnitOfWork,
    acteur: Acteur,
    *,
    type_prescription: str,
    matricule: str,
    motif: str | None,
    le: date,
    structure: str | None,
    contenu: dict[str, Any],
    ids: Ids,
) -> ExecutionPapierRow:
    exiger_executant(acteur, type_prescription)
    if motif not in tables.par_code("motifs_papier"):
        r = regle("GEN-23")
        raise refus("EP-422-02", regle="GEN-23", champ="motif", fr=r.fr, en=r.en)
    if le > jour(uow.now()):
        raise refus("EP-400-02", champ="date", fr="Date de délivrance future.", en="The delivery is in the future.")
    row = ExecutionPapierRow(
        id=f"pap-{ids.uuid()}",
        matricule_ins=MatriculeIns.stocke(matricule).valeur,
        structure_id=structure_de(acteur, structure),
        executant_id_nat=acteur.id_nat,
        motif=motif,
        date=le,
        enregistree_le=uow.now(),
        contenu=contenu,
    )
    uow.session.add(row)
    return row
