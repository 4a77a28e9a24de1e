"""D2, D3: the lock of §2.5: one structure at a time, recovered after a crash, freed at will."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

from services.eprescription.config import EprescriptionSettings
from services.eprescription.domain.calendrier import jour
from services.eprescription.domain.cycle import Dossier, exiger_executable
from services.eprescription.domain.erreurs import refus
from services.eprescription.domain.etat import A_DELIVRER
from services.eprescription.domain.execution import Execution, LigneExecutee
from services.eprescription.domain.habilitation import Acteur, exiger_executant
from services.eprescription.domain.machine import StatutPriseEnCharge, franchir
from services.eprescription.domain.modele import Prescription
from services.eprescription.domain.regles import Bilan, ContexteExecution, controler_execution, regle
from services.eprescription.store import prescriptions, verrous
from services.eprescription.store.prescriptions import FichePrescription
from services.eprescription.usecases.commun import appliquer_attente, mettre_a_jour, tracer
from shared.db.unit_of_work import UnitOfWork
from shared.decision import Decision, noter

PRISE_EN_CHARGE = "PRISE_EN_CHARGE"


@dataclass(frozen=True, slots=True)
class PriseEnCharge:
    """The lock as its holder learns it; ``jeton`` is told once and kept only as a digest."""

    id: str
    jeton: str
    expire_a: datetime
    recuperee: bool
    row: FichePrescription
    dossier: Dossier
    apercu: Bilan


def _empreinte(jeton: str) -> str:
    return hashlib.sha256(jeton.encode()).hexdigest()


def structure_de(acteur: Acteur, demandee: str | None) -> str:
    """The structure that executes: the one named (a FINESS may come without its type digit), else the token's own."""
    siennes = sorted(acteur.structures | ({acteur.structure_id} if acteur.structure_id else set()))
    if demandee is None:
        if acteur.structure_id:
            return acteur.structure_id
    else:
        propre = demandee.replace(" ", "")
        for sienne in siennes:
            if sienne == propre or sienne[1:] == propre:
                return sienne
    raise refus(
        "EP-400-02",
        champ="structure",
        fr="La structure exécutante doit être une de celles du professionnel.",
        en="The executing structure must be one of the professional's own.",
        structures=siennes,
    )


def tenue_par_un_autre(row: FichePrescription) -> Exception:
    """DSP-18. Says until when, never by whom (§2.5.2)."""
    jusqua = row.verrou_expire.isoformat() if row.verrou_expire else None
    r = regle("DSP-18")
    noter(
        Decision(
            "DSP-18",
            "refuse",
            r.fr,
            r.en,
            {"numero": row.numero, "tenuJusqua": jusqua},
            ligne={"id": r.id, "severite": r.severite, "declencheur": r.declencheur},
            source="eprescription §2.5",
        )
    )
    return refus("EP-423-01", regle="DSP-18", tenuJusqua=jusqua)


async def prendre_en_charge(
    uow: UnitOfWork,
    acteur: Acteur,
    numero: str,
    s: EprescriptionSettings,
    *,
    structure: str | None = None,
    controle_ins: str | None = None,
    exceptionnelle: bool = False,
) -> PriseEnCharge:
    """D2. Of two structures at once exactly one gets it; the same structure gets a new token (§2.5)."""
    row = await prescriptions.verrouiller(uow.session, numero)
    exiger_executant(acteur, row.type)
    structure_id = structure_de(acteur, structure)
    await mettre_a_jour(uow, row)
    dossier = row.dossier()
    exiger_executable(dossier, exceptionnelle=exceptionnelle)
    if controle_ins and controle_ins.replace(" ", "") != row.matricule_ins:
        raise refus("EP-422-02", regle="DSP-20", champ="controleIns", fr=regle("DSP-20").fr, en=regle("DSP-20").en)
    recuperee = row.est_verrouillee(uow.now()) and row.verrou_structure == structure_id
    identifiant = row.verrou_id if recuperee and row.verrou_id else f"pec-{secrets.token_hex(8)}"
    jeton = secrets.token_urlsafe(32)
    expire_a = uow.now() + s.duree_verrou
    pose = await verrous.poser(
        uow.session,
        row,
        verrou_id=identifiant,
        structure_id=structure_id,
        jeton=_empreinte(jeton),
        maintenant=uow.now(),
        expire_a=expire_a,
    )
    if not pose:
        raise tenue_par_un_autre(row)
    await _inscrire(uow, row, acteur, structure_id, recuperee=recuperee)
    await tracer(uow, row, "PRISE_EN_CHARGE", acteur, recuperee=recuperee)
    apercu = _apercu(uow, row.prescription(), dossier, acteur, s)
    return PriseEnCharge(identifiant, jeton, expire_a, recuperee, row, dossier, apercu)


async def _inscrire(
    uow: UnitOfWork, row: FichePrescription, acteur: Acteur, structure_id: str, *, recuperee: bool
) -> None:
    assert row.verrou_id is not None
    assert row.verrou_expire is not None
    if recuperee and (pec := await verrous.chercher(uow.session, row.verrou_id)) is not None:
        franchir(PRISE_EN_CHARGE, pec.statut, "récupérer", StatutPriseEnCharge.OUVERTE)
        await verrous.changer(uow.session, pec.id, expire_a=row.verrou_expire)
        return
    await verrous.ouvrir(
        uow.session,
        id=row.verrou_id,
        numero=row.numero,
        matricule_ins=row.matricule_ins,
        structure_id=structure_id,
        executant_id_nat=acteur.id_nat,
        ouverte_le=uow.now(),
        expire_a=row.verrou_expire,
        statut=franchir(PRISE_EN_CHARGE, "-", "ouvrir", StatutPriseEnCharge.OUVERTE),
    )


def _apercu(uow: UnitOfWork, p: Prescription, dossier: Dossier, acteur: Acteur, s: EprescriptionSettings) -> Bilan:
    """What the E rules would say of delivering everything due today."""
    dues = [LigneExecutee(rang=ligne.rang) for ligne in dossier.lignes if ligne.statut in A_DELIVRER]
    essai = Execution.model_construct(
        numero=dossier.numero, date=jour(uow.now()), lignes=dues, justifications=[], ins_presentee=None
    )
    return controler_execution(ContexteExecution(p, dossier, essai, acteur, s.parametres), uow.bac.reglages.profil)


async def _tenue(uow: UnitOfWork, acteur: Acteur, identifiant: str, jeton: str | None) -> FichePrescription:
    """The prescription held under this id by this professional's structure, with the right token when one is given."""
    pec = await verrous.prise_en_charge(uow.session, identifiant)
    if not acteur.partage(pec.structure_id):
        raise refus("EP-423-02", champ="id")
    row = await prescriptions.verrouiller(uow.session, pec.numero)
    if row.verrou_id != identifiant or not row.est_verrouillee(uow.now()):
        raise refus("EP-423-02", champ="id")
    if jeton is not None:
        _exiger_jeton(row, jeton)
    return row


def _exiger_jeton(row: FichePrescription, jeton: str | None) -> None:
    if not jeton or not row.verrou_jeton or not hmac.compare_digest(_empreinte(jeton), row.verrou_jeton):
        raise refus("EP-423-02", champ="X-Prise-En-Charge")


async def prolonger(
    uow: UnitOfWork, acteur: Acteur, identifiant: str, jeton: str | None, s: EprescriptionSettings
) -> datetime:
    """D3 PUT: same token, a whole new TTL."""
    row = await _tenue(uow, acteur, identifiant, jeton)
    pec = await verrous.prise_en_charge(uow.session, identifiant)
    franchir(PRISE_EN_CHARGE, pec.statut, "prolonger", StatutPriseEnCharge.OUVERTE)
    row.verrou_expire = expire_a = uow.now() + s.duree_verrou
    await prescriptions.ecrire(uow.session, row)
    await verrous.changer(uow.session, identifiant, expire_a=expire_a)
    return expire_a


async def liberer(uow: UnitOfWork, acteur: Acteur, identifiant: str, jeton: str | None) -> None:
    """D3 DELETE: the prescription is open to any pharmacy again; a pending cancellation applies."""
    row = await _tenue(uow, acteur, identifiant, jeton)
    await rendre(uow, row, "rejeter", StatutPriseEnCharge.LIBEREE)
    await tracer(uow, row, "LIBEREE", acteur)


async def rendre(uow: UnitOfWork, row: FichePrescription, evenement: str, statut: StatutPriseEnCharge) -> None:
    """Free the lock, in the base too."""
    assert row.verrou_id is not None
    pec = await verrous.prise_en_charge(uow.session, row.verrou_id)
    await verrous.changer(uow.session, pec.id, statut=franchir(PRISE_EN_CHARGE, pec.statut, evenement, statut))
    row.liberer()
    await appliquer_attente(uow, row)
    await prescriptions.ecrire(uow.session, row)


def exiger_verrou(uow: UnitOfWork, row: FichePrescription, structure_id: str, jeton: str | None) -> None:
    if row.est_verrouillee(uow.now()) and row.verrou_structure != structure_id:
        raise tenue_par_un_autre(row)
    if not row.est_verrouillee(uow.now()):
        raise refus("EP-423-02", champ="X-Prise-En-Charge")
    _exiger_jeton(row, jeton)
