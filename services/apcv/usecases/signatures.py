"""``signerVitale``: the patient's phone signs the hash of an invoice, once (apcv.md §7.B.8)."""

import json
from decimal import Decimal
from typing import Any

from services.apcv import scellement
from services.apcv.domain import contexte as regles
from services.apcv.domain.assure import Assure
from services.apcv.domain.contexte import Contexte, Professionnel
from services.apcv.domain.refus import refus
from services.apcv.domain.signature import DemandeSignature, Prestation, exiger_empreintes
from services.apcv.store import applis, assures, contextes
from services.apcv.store.contextes import SignatureRow
from services.apcv.usecases.explications import SIGNATURE, expliquer
from services.apcv.vues import Signature
from shared.contracts.apcv import FactureSignee
from shared.db.unit_of_work import UnitOfWork
from shared.decision import Decision, noter
from shared.ids import Ids

ZERO = Decimal("0.00")


async def signer(
    uow: UnitOfWork, ids: Ids, contexte_id: str, ps: Professionnel, demande: DemandeSignature
) -> Signature:
    """Sign, consume the context, tell the phone: all or nothing."""
    with expliquer(SIGNATURE, contexte=contexte_id, type=demande.type, maintenant=uow.now().isoformat()):
        row = await contextes.verrouiller(uow.session, contexte_id)
        contexte = row.to_domain()
        regles.exiger_signature_possible(contexte, ps, at=uow.now())
        exiger_empreintes(demande)
        regles.exiger_beneficiaire(contexte, demande.matricule_beneficiaire)
        beneficiaire = await _exiger_droits(uow, contexte, demande)
        consomme, evenement = regles.consommer(contexte, ps, at=uow.now())
    row.poser(consomme)
    signature = await _sceller(uow, ids, contexte, demande)
    uow.emit(evenement)
    uow.emit(_facture_signee(uow, contexte, beneficiaire, demande, signature))
    _noter_signature(signature)
    return signature


async def _exiger_droits(uow: UnitOfWork, contexte: Contexte, demande: DemandeSignature) -> Assure:
    """The insured named on the invoice opens the rights of the person treated, and they are open today."""
    mode = uow.bac.reglages.oid_mode
    connus = await assures.plusieurs(uow.session, (contexte.matricule_ins, demande.matricule_beneficiaire), mode)
    titulaire, beneficiaire = connus[contexte.matricule_ins], connus[demande.matricule_beneficiaire]
    admis = {a for p in (titulaire, beneficiaire) for a in (p.nir_assure, p.matricule_ins) if a}
    if demande.nir_assure not in admis:
        raise refus(
            "APCV-212",
            "L'assuré de la facture n'est pas celui du contexte.",
            "The insured person of the invoice is not that of the context.",
            champ="NIRAssure",
        )
    if not beneficiaire.droits_ouverts(uow.now().date()):
        raise refus("APCV-222", champ="NIRCertifie")
    return beneficiaire


async def _sceller(uow: UnitOfWork, ids: Ids, contexte: Contexte, demande: DemandeSignature) -> Signature:
    appli = await applis.trouver(uow.session, contexte.appli_id)

    def valeur(empreinte: str | None, nature: str) -> str | None:
        if empreinte is None:
            return None
        charge = {"contexte": contexte.identifiant, nature: empreinte, "iat": int(uow.now().timestamp())}
        octets = json.dumps(charge, separators=(",", ":"), sort_keys=True).encode()
        return scellement.signer(appli.secret, appli.appli_id, octets)

    signature = Signature(
        numero=scellement.numero_signature(),
        date=uow.now(),
        contexte_id=contexte.identifiant,
        facture_id=demande.facture_id or ids.uuid(),
        valeur_fse=valeur(demande.empreinte_fse, "fse") if "FSE" in demande.type else None,
        valeur_dre=valeur(demande.empreinte_dre, "dre") if "DRE" in demande.type else None,
        journal=ids.uuid(),
        demande=demande,
    )
    uow.session.add(
        SignatureRow(
            contexte_id=contexte.identifiant,
            numero=signature.numero,
            facture_id=signature.facture_id,
            signee_le=signature.date,
            type=demande.type,
            matricule_ins=demande.matricule_beneficiaire,
            empreinte_fse=demande.empreinte_fse,
            empreinte_dre=demande.empreinte_dre,
            valeur_fse=signature.valeur_fse,
            valeur_dre=signature.valeur_dre,
        )
    )
    return signature


def _facture_signee(
    uow: UnitOfWork, contexte: Contexte, beneficiaire: Assure, demande: DemandeSignature, signature: Signature
) -> FactureSignee:
    montant = sum((p.montant for p in demande.prestations), ZERO)
    amo = sum((p.part_amo for p in demande.prestations), ZERO)
    amc = sum((p.part_amc for p in demande.prestations), ZERO)
    jour = uow.now().date().isoformat()
    ps = contexte.professionnel
    return FactureSignee(
        occurred_at=uow.now(),
        facture_id=signature.facture_id,
        contexte_id=contexte.identifiant,
        matricule_ins=beneficiaire.matricule_ins,
        titulaire_matricule_ins=contexte.matricule_ins,
        professionnel_id_nat=ps.id_nat,
        professionnel_nom=ps.nom,
        specialite=ps.code_specialite,
        identifiant_facturation=ps.identifiant_facturation,
        date_soins=max((p.date for p in demande.prestations if p.date), default=jour),
        montant_total=str(montant),
        montant_amo=str(amo),
        montant_amc=str(amc),
        montant_assure=str(montant - amo - amc),
        avance=str(montant if demande.avance is None else demande.avance),
        numero_signature=signature.numero,
        actes=[_acte(p, jour) for p in demande.prestations],
    )


def _acte(prestation: Prestation, jour: str) -> dict[str, Any]:
    return {
        "code": prestation.code_acte,
        "libelle": prestation.libelle or prestation.code_acte,
        "date": prestation.date or jour,
        "montant": str(prestation.montant),
        "amo": str(prestation.part_amo),
        "amc": str(prestation.part_amc),
    }


def _noter_signature(signature: Signature) -> None:
    noter(
        Decision(
            regle="APCV-SIGN",
            verdict="accepte",
            fr=f"Facture signée sous le numéro {signature.numero} ; le contexte est consommé.",
            en=f"Invoice signed under number {signature.numero}; the context is consumed.",
            entrees={
                "contexte": signature.contexte_id,
                "facture": signature.facture_id,
                "type": signature.demande.type,
            },
            examinees=SIGNATURE,
            source="apcv.md §3, §6",
        )
    )
