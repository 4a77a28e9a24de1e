"""The minimal billing chain: prepare, control, validate, send (apcv.md §10)."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from services.apcv.domain import facture as regles
from services.apcv.domain.contexte import Professionnel, exiger_beneficiaire, exiger_signature_possible
from services.apcv.domain.facture import Cotation, Facture, Message, Statut
from services.apcv.domain.lecture import Mode
from services.apcv.domain.refus import TABLE, refus
from services.apcv.domain.signature import DemandeSignature, Prestation
from services.apcv.store import assures, contextes, factures
from services.apcv.usecases import contextes as cas_contextes
from services.apcv.usecases import signatures
from services.apcv.vues import Lu, Signature
from shared.db.unit_of_work import UnitOfWork
from shared.errors import Conflit, Interdit, RegleMetier
from shared.ids import Ids


class FactureRefusee(RegleMetier):
    slug = "facture-refusee"


class FactureDAutrui(Interdit):
    slug = "facture-d-autrui"
    regle = "FSE-22"


class FactureEnDouble(Conflit):
    slug = "facture-en-double"
    regle = "FSE-23"


@dataclass(frozen=True, slots=True)
class DemandeFacture:
    """What the software sends to prepare an invoice."""

    matricule_ins: str
    contexte_id: str | None
    cotations: tuple[Cotation, ...]
    facture_id: str | None = None
    date_elaboration: date | None = None
    date_naissance: str | None = None
    rang: int = 1
    securisation: int = 3
    parcours: str = "T"
    situation: str | None = None
    tiers_payant_amo: bool = False
    tiers_payant_amc: bool = False
    amc: str | None = None
    numero_at: str | None = None
    total_montants: Decimal | None = None
    total_amo: Decimal | None = None


async def preparer(uow: UnitOfWork, ids: Ids, ps: Professionnel, demande: DemandeFacture) -> Facture:
    """``initialiserFacture``: the invoice with its amounts, on the context that was read."""
    if demande.contexte_id is not None:
        await _exiger_contexte(uow, demande, ps)
    facture_id = demande.facture_id or ids.uuid()
    if await uow.session.get(factures.FactureRow, facture_id) is not None:
        raise FactureEnDouble(
            f"Invoice {facture_id} exists already.", f"La facture {facture_id} existe déjà.", champ="idFacture"
        )
    jour = demande.date_elaboration or uow.now().date()
    situation, age, naissance = await _couverture(uow, demande, jour)
    facture = Facture(
        facture_id=facture_id,
        matricule_ins=demande.matricule_ins,
        date_naissance=naissance,
        professionnel=ps,
        date_elaboration=jour,
        cotations=demande.cotations,
        situation=situation,
        age=age,
        contexte_id=demande.contexte_id,
        rang=demande.rang,
        securisation=demande.securisation,
        parcours=demande.parcours,
        tiers_payant_amo=demande.tiers_payant_amo,
        tiers_payant_amc=demande.tiers_payant_amc,
        amc=demande.amc,
        numero_at=demande.numero_at,
    )
    _exiger_totaux(facture, demande)
    uow.session.add(factures.nouvelle(facture))
    return facture


async def _exiger_contexte(uow: UnitOfWork, demande: DemandeFacture, ps: Professionnel) -> None:
    """An invoice is opened on a context that could still sign it, for someone it speaks for."""
    contexte = (await contextes.verrouiller(uow.session, demande.contexte_id or "")).to_domain()
    exiger_signature_possible(contexte, ps, at=uow.now())
    exiger_beneficiaire(contexte, demande.matricule_ins)


async def _couverture(uow: UnitOfWork, demande: DemandeFacture, jour: date) -> tuple[str, int, str]:
    """Situation, age and birth date: the invoice's word, then what adri told us of the person."""
    assure = await assures.trouver(uow.session, demande.matricule_ins, uow.bac.reglages.oid_mode)
    if assure is None:
        raise refus("APCV-212", champ="patient.nir")
    naissance = demande.date_naissance or assure.date_naissance
    if not assure.droits_ouverts(jour):
        return "hors_droits", assure.age(jour), naissance
    situation = demande.situation or assure.situation
    return situation if regles.situation_connue(situation) else "ordinaire", assure.age(jour), naissance


def _exiger_totaux(facture: Facture, demande: DemandeFacture) -> None:
    total = facture.total()
    for annonce, calcule, champ in (
        (demande.total_montants, total.montant, "totalMontants"),
        (demande.total_amo, total.amo, "totalAMO"),
    ):
        if annonce is not None and annonce != calcule:
            raise FactureRefusee(
                f"{champ} is {annonce}, the acts and the coverage ({facture.situation}) give {calcule}.",
                f"{champ} vaut {annonce}, les actes et la couverture ({facture.situation}) donnent {calcule}.",
                regle="FSE-08",
                champ=champ,
                membres={"annonce": float(annonce), "calcule": float(calcule), "situation": facture.situation},
            )


async def lire(session: AsyncSession, facture_id: str, ps: Professionnel) -> Facture:
    facture = (await factures.verrouiller(session, facture_id)).to_domain()
    if not facture.professionnel.est_le_meme(ps):
        raise FactureDAutrui(
            "This invoice belongs to another professional.", "Cette facture est celle d'un autre professionnel."
        )
    return facture


async def valider(uow: UnitOfWork, ids: Ids, facture_id: str, ps: Professionnel) -> tuple[Facture, Signature]:
    """``validerFacture``: control, sign with the patient's phone, number."""
    row = await factures.verrouiller(uow.session, facture_id)
    facture = await lire(uow.session, facture_id, ps)
    regles.exiger_en_cours(facture)
    _exiger_sans_blocage(regles.controler(facture))
    assure = await assures.trouver(uow.session, facture.matricule_ins, uow.bac.reglages.oid_mode)
    nir_assure = (assure.nir_assure if assure else None) or facture.matricule_ins
    signature = await signatures.signer(
        uow, ids, facture.contexte_id or "", ps, _demande_de_signature(facture, nir_assure)
    )
    numero = await factures.prochain_numero(uow.session, ps.identifiant_facturation)
    validee = regles.valider(facture, numero=numero, numero_signature=signature.numero, at=uow.now())
    row.poser(validee)
    return validee, signature


def _exiger_sans_blocage(messages: tuple[Message, ...]) -> None:
    bloquants = [m for m in messages if m.bloquant]
    if not bloquants:
        return
    premier = bloquants[0]
    liste = [{"code": m.regle, "message": m.fr, "champ": m.champ} for m in bloquants]
    erreur = (
        refus(premier.regle, champ=premier.champ)
        if premier.regle in TABLE
        else FactureRefusee(
            premier.en, premier.fr, regle=premier.regle, champ=premier.champ, membres={"code": premier.regle}
        )
    )
    erreur.membres["messages"] = liste
    raise erreur


def _demande_de_signature(facture: Facture, nir_assure: str) -> DemandeSignature:
    total = facture.total()
    a_une_dre = total.du_amc > 0
    return DemandeSignature(
        type="FSE+DRE" if a_une_dre else "FSE",
        nir_assure=nir_assure,
        matricule_beneficiaire=facture.matricule_ins,
        empreinte_fse=facture.empreinte(),
        empreinte_dre=facture.empreinte() if a_une_dre else None,
        prestations=tuple(
            Prestation(c.code_acte, c.intitule, c.date.isoformat(), p.montant, p.amo, p.amc)
            for c, p in zip(facture.cotations, facture.parts(), strict=True)
        ),
        facture_id=facture.facture_id,
        avance=total.avance,
    )


async def renouveler(
    uow: UnitOfWork, facture_id: str, ps: Professionnel, donnees: str, mode: Mode | None
) -> tuple[Facture, Lu]:
    """``renouvellementContexteApCV``: another reading; the invoice is kept, its context replaced (apcv.md §7.C)."""
    row = await factures.verrouiller(uow.session, facture_id)
    facture = await lire(uow.session, facture_id, ps)
    regles.exiger_en_cours(facture)
    lu = await cas_contextes.ouvrir(uow, donnees, ps, mode=mode)
    exiger_beneficiaire(lu.contexte, facture.matricule_ins)
    renouvelee = replace(facture, contexte_id=lu.contexte.identifiant)
    row.poser(renouvelee)
    return renouvelee, lu


def est_envoyable(facture: Facture) -> bool:
    return facture.statut in (Statut.VALIDATED, Statut.REJECTED)
