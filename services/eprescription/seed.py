"""The demonstration share of the base: people, mailboxes, and a few prescriptions in each interesting state."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from services.eprescription.domain import numero as numeros
from services.eprescription.domain.calendrier import PARIS
from services.eprescription.domain.cycle import Dossier, Mesure, annuler, echoir, enregistrer, executer
from services.eprescription.domain.modele import Prescription
from services.eprescription.domain.referentiel import par_cis
from services.eprescription.store.annexes import CorrespondantRow, PersonneRow
from services.eprescription.store.executions import ExecutionRow, ecrire_mesure
from services.eprescription.store.prescriptions import PrescriptionRow, etat
from services.eprescription.store.traces import TraceRow
from services.eprescription.store.verrous import PriseEnChargeRow
from services.eprescription.usecases.prescrire import document_unique_id, ecrire_contenu, empreinte
from shared.db.spaces import Graine
from shared.identite import oid
from shared.monde.modele import Patient, Professionnel
from shared.monde.patients import PATIENTS
from shared.monde.professionnels import PROFESSIONNELS
from shared.monde.structures import STRUCTURES


@dataclass(frozen=True, slots=True)
class Scene:
    """One prescription of the demonstration: who, for whom, what, how long ago, and what happened since."""

    corps: str  # 15 symbols; the number is 01 + corps + key
    patient: str
    prescripteur: str
    cis: str
    posologie: str
    duree: int
    quantite: int
    renouvellements: int = 0
    jours: int = 0  # before the reference date
    consultation: str = "OUI"
    ald: bool = False
    ivg: bool = False
    delivrances: tuple[tuple[int, int], ...] = ()  # (days after writing, packs), at garnier-pharmacien's
    annulee: bool = False


SCENES = (
    Scene("4K7Q2M9XT3WZ6RH", "loiseau", "dumas-mg", "67346461", "1 comprimé matin et soir", 30, 2, 5, 10, ald=True),
    Scene(
        "8N5V0C2JD7YEA1P", "kermadec", "verdier-mg", "69257869", "1 comprimé le matin", 30, 1, 5, 40, ald=True,
        delivrances=((1, 1),),
    ),
    Scene(
        "F6GTS93KBXQ40WM", "d-orgeval", "verdier-mg", "66661454", "1 comprimé si douleur", 5, 2, 0, 20,
        delivrances=((0, 2),),
    ),
    Scene("2DRKE5T8V0CYN7Q", "tavernier", "exemple-un-mg", "66796142", "1/4 le soir", 28, 1, 0, 5, consultation="NON",
          delivrances=((1, 1),)),
    Scene("9XW3HM6P1ZB4G0J", "rousselot", "verdier-mg", "61736700", "1 comprimé le soir", 28, 1, 0, 15, annulee=True),
    Scene("C7YJ0KV5N2T8RQ3", "santelli", "martin-mg", "67995040", "1 gélule le matin", 28, 1, 11, 420),
)  # fmt: skip


def numero_de(scene: Scene) -> str:
    return "01" + scene.corps + numeros.cle("01" + scene.corps)


def _personne(patient: Patient) -> PersonneRow:
    t = patient.traits
    return PersonneRow(
        matricule_ins=patient.matricule_ins,
        oid=oid(patient.nature, "qualif"),
        nom_naissance=t.nom_naissance,
        prenoms=" ".join(t.prenoms),
        sexe=str(t.sexe),
        date_naissance=t.date_naissance,
    )


def _correspondants() -> Iterator[CorrespondantRow]:
    for pro in PROFESSIONNELS.values():
        if pro.adresse_mss:
            yield CorrespondantRow(cle=pro.id_nat, adresse_mss=pro.adresse_mss)
    vus: set[str] = set()
    for structure in STRUCTURES.values():
        if structure.adresse_mss and structure.identifiant not in vus:
            vus.add(structure.identifiant)
            yield CorrespondantRow(cle=structure.identifiant, adresse_mss=structure.adresse_mss)


def _prescription(scene: Scene, redaction: datetime) -> Prescription:
    patient, pro, m = PATIENTS[scene.patient], PROFESSIONNELS[scene.prescripteur], par_cis(scene.cis)
    assert m is not None
    t = patient.traits
    contenu: dict[str, Any] = {
        "numero": numero_de(scene),
        "type": "PRODUITS_SANTE",
        "contexte": "VILLE",
        "dateRedaction": redaction.isoformat(),
        "sousTypes": [],
        "consultationExecution": scene.consultation,
        "anonymatIvg": scene.ivg,
        "prescripteur": {
            "rpps": pro.id_nat[1:],
            "nom": pro.nom,
            "prenom": pro.prenom,
            "profession": "G15_10",
            "specialite": pro.savoir_faire or None,
            "am": pro.facturation.numero if pro.facturation else "990000000",
        },
        "patient": {
            "ins": {
                "matricule": patient.matricule_ins,
                "oid": oid(patient.nature, "qualif"),
                "statut": "QUALIFIEE",
            },
            "nomNaissance": t.nom_naissance,
            "prenoms": " ".join(t.prenoms),
            "sexe": str(t.sexe),
            "dateNaissance": t.date_naissance,
        },
        "lignes": [
            {
                "rang": 1,
                "famille": "MED",
                "ald": scene.ald,
                "nonRemboursable": False,
                "produit": {"cis": m.cis, "cip13": m.cip13, "libelle": m.denomination},
                "posologie": {"texte": scene.posologie},
                "dureeJours": scene.duree,
                "quantite": {"valeur": scene.quantite, "conditionnement": "30009000"},
                "renouvellements": scene.renouvellements,
            }
        ],
    }
    return Prescription.model_validate_json(orjson.dumps(contenu), strict=True)


def _row(p: Prescription, scene: Scene, pro: Professionnel, redaction: datetime, dossier: Dossier) -> PrescriptionRow:
    structure = STRUCTURES[pro.structure] if pro.structure else None
    contenu = ecrire_contenu(p)
    return PrescriptionRow(
        numero=dossier.numero,
        empreinte=empreinte(contenu),
        type=p.type,
        matricule_ins=p.patient.matricule or "",
        auteur_id_nat=pro.id_nat,
        auteur_nom=f"{pro.prenom} {pro.nom}",
        structure_id=structure.identifiant if structure else None,
        date_redaction=redaction,
        enregistree_le=redaction,
        fin_validite=dossier.fin_validite,
        consultation_execution=scene.consultation,
        anonymat_ivg=scene.ivg,
        document_unique_id=document_unique_id(dossier.numero),
        copie_dmp=False,
        contenu=contenu,
        avertissements=[],
        motif_annulation="CHANGEMENT_TRAITEMENT" if scene.annulee else None,
        **etat(dossier),
    )


def _delivrances(scene: Scene, dossier: Dossier, redaction: datetime) -> tuple[Dossier, list[Any]]:
    pharmacien = PROFESSIONNELS["garnier-pharmacien"]
    pharmacie = STRUCTURES["pharmacie-bac-a-sable"]
    rows: list[Any] = []
    m = par_cis(scene.cis)
    assert m is not None
    for rang, (apres, packs) in enumerate(scene.delivrances, start=1):
        quand = redaction + timedelta(days=apres, hours=3)
        couvre = scene.duree * packs // scene.quantite
        mesure = Mesure(1, Decimal(packs), quand.date(), couvre)
        dossier, completudes = executer(dossier, [mesure])
        commun = {"numero": dossier.numero, "structure_id": pharmacie.identifiant}
        rows.append(
            ExecutionRow(
                id=f"exe-{dossier.numero}-{rang}",
                structure_nom=pharmacie.raison_sociale,
                executant_id_nat=pharmacien.id_nat,
                executant_nom=f"{pharmacien.prenom} {pharmacien.nom}",
                date=quand.date(),
                enregistree_le=quand,
                contenu={
                    "numero": dossier.numero,
                    "date": quand.date().isoformat(),
                    "lignes": [
                        {
                            "rang": 1,
                            "quantite": packs,
                            "dureeCouverteJours": couvre,
                            "produitDelivre": {"cip13": m.cip13},
                            "completude": completudes[1],
                        }
                    ],
                },
                mesures=[ecrire_mesure(mesure)],
                **commun,
            )
        )
        rows.append(
            PriseEnChargeRow(
                id=f"pec-{dossier.numero}-{rang}",
                matricule_ins=PATIENTS[scene.patient].matricule_ins,
                executant_id_nat=pharmacien.id_nat,
                ouverte_le=quand,
                expire_a=quand + timedelta(minutes=30),
                statut="CLOTUREE",
                **commun,
            )
        )
        rows.append(_trace(scene, dossier.numero, "EXECUTEE", quand, pharmacien, "G15_21/A"))
    return dossier, rows


def _trace(scene: Scene, numero: str, evenement: str, quand: datetime, pro: Professionnel, profession: str) -> TraceRow:
    structure = STRUCTURES[pro.structure] if pro.structure else None
    return TraceRow(
        numero=numero,
        matricule_ins=PATIENTS[scene.patient].matricule_ins,
        quand=quand,
        evenement=evenement,
        id_nat=pro.id_nat,
        nom=f"{pro.prenom} {pro.nom}",
        profession=profession,
        structure_id=structure.identifiant if structure else None,
        detail={},
    )


def scenes(reference: date) -> Iterator[Any]:
    """Every row of the demonstration's prescriptions."""
    for scene in SCENES:
        redaction = datetime.combine(reference - timedelta(days=scene.jours), time(10, 15), tzinfo=PARIS)
        pro = PROFESSIONNELS[scene.prescripteur]
        p = _prescription(scene, redaction)
        dossier = enregistrer(numero_de(scene), p)
        rows: list[Any] = [_trace(scene, dossier.numero, "CREEE", redaction, pro, "G15_10")]
        dossier, faites = _delivrances(scene, dossier, redaction)
        dossier = echoir(dossier, reference)
        if scene.annulee:
            dossier = annuler(dossier, "CHANGEMENT_TRAITEMENT", verrouillee=False)
            rows.append(_trace(scene, dossier.numero, "ANNULEE", redaction + timedelta(hours=1), pro, "G15_10"))
        yield _row(p, scene, pro, redaction, dossier)
        yield from rows
        yield from faites


async def semer(session: AsyncSession, graine: Graine) -> None:
    """``demo``: the world and its scenes; ``vide`` and populations: mailboxes only (people come by events)."""
    session.add_all(_correspondants())
    if graine.nom != "demo":
        return
    session.add_all(_personne(p) for p in PATIENTS.values())
    session.add_all(scenes(graine.reference))
