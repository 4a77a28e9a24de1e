"""Domain values → JSON of the apCV, phone and FSE faces (pure functions)."""

from datetime import datetime
from typing import Any

from services.apcv.domain.appli import Appli
from services.apcv.domain.assure import Amc, Assure
from services.apcv.domain.contexte import Contexte
from services.apcv.domain.delegation import Delegation
from services.apcv.domain.facture import Facture, Message
from services.apcv.domain.montants import participation_forfaitaire
from services.apcv.heure import heure_locale
from services.apcv.vues import Lu, Signature


def contexte(c: Contexte, *, at: datetime) -> dict[str, Any]:
    restantes = max(0, int((c.expire_le - at).total_seconds())) if c.etat == "ACTIVE" else 0
    return {
        "identifiant": c.identifiant,
        "token": c.token,
        "dateFinValidite": heure_locale(c.expire_le),
        "expireLe": c.expire_le.isoformat(),
        "secondesRestantes": restantes,
        "etat": c.etat.value,
        "mode": c.mode,
        "motif": c.motif,
    }


def lu(vue: Lu, *, at: datetime) -> dict[str, Any]:
    """What the reading gives: the context, the holder, the people it speaks for, AMO and AMC."""
    return {
        "contexteApCV": contexte(vue.contexte, at=at),
        "porteur": {
            "role": vue.contexte.role,
            "nomUsage": vue.titulaire.nom_utilise or vue.titulaire.nom_naissance,
            "nomFamille": vue.titulaire.nom_naissance,
            "prenom": vue.titulaire.prenom,
        },
        "beneficiaires": [beneficiaire(b) for b in vue.beneficiaires],
        "amo": {
            "regime": vue.titulaire.regime,
            "caisse": vue.titulaire.caisse,
            "centre": vue.titulaire.centre,
            "nirAssure": vue.titulaire.nir_assure or vue.titulaire.matricule_ins,
        },
        "amc": amc(vue.titulaire.amc),
        "typeCarte": "D",  # demonstration data: the software prints a notice (apcv.md §3)
    }


def administratif(a: Assure) -> dict[str, Any]:
    """What software shows when the professional's card is missing (61441): no INS, no context, no rights."""
    return {
        "porteur": {"nomUsage": a.nom_utilise or a.nom_naissance, "nomFamille": a.nom_naissance, "prenom": a.prenom},
        "amo": {"regime": a.regime, "caisse": a.caisse, "centre": a.centre},
        "contexteApCV": None,
        "typeCarte": "D",
        "avertissement": "61441",
    }


def beneficiaire(a: Assure) -> dict[str, Any]:
    """An identity with its qualified INS, whose source is ``AV``: no INSi call is needed (apcv.md §1)."""
    return {
        "rang": a.rang_naissance,
        "nirCertifie": a.matricule_ins,
        "ins": {
            "matricule": a.matricule_ins,
            "oid": a.oid,
            "nomNaissance": a.nom_naissance,
            "prenom": a.prenom,
            "listePrenoms": a.liste_prenoms,
            "sexe": a.sexe,
            "dateNaissance": a.date_naissance,
            "lieuNaissance": a.lieu_naissance,
            "source": "AV",
        },
        "nirAssure": a.nir_assure or a.matricule_ins,
        "qualite": a.qualite,
    }


def amc(a: Amc | None) -> dict[str, Any] | None:
    if a is None:
        return None
    return {
        "numero": a.numero,
        "libelle": a.libelle,
        "numeroAdherent": a.numero_adherent,
        "debut": a.debut,
        "fin": a.fin,
        "gestion": a.gestion,
    }


def signature(s: Signature) -> dict[str, Any]:
    return {
        "numeroSignature": s.numero,
        "dateSignature": s.date.isoformat(),
        "valeurFSE": s.valeur_fse,
        "valeurDRE": s.valeur_dre,
        "journalApCV": s.journal,
        "idFacture": s.facture_id,
        "contexte": {"identifiant": s.contexte_id, "consomme": True},
    }


def appli(a: Appli, assure: Assure | None = None) -> dict[str, Any]:
    return {
        "id": a.appli_id,
        "matricule_ins": a.matricule_ins,
        "nom": assure.nom_naissance if assure else None,
        "prenom": assure.prenom if assure else None,
        "etat": a.etat.value,
        "voie": a.voie,
        "telephone": {"modele": a.telephone.modele, "nfc": a.telephone.nfc},
        "cle": a.cle_id or None,
        "activeLe": a.active_le.isoformat() if a.active_le else None,
        "motif": a.motif,
    }


def delegation(d: Delegation) -> dict[str, Any]:
    return {
        "id": d.delegation_id,
        "titulaire": d.titulaire,
        "delegue": d.delegue,
        "beneficiaires": list(d.beneficiaires),
        "debut": d.debut.isoformat(),
        "fin": d.fin.isoformat(),
        "etat": d.etat.value,
        "copieRecu": d.copie_recu,
    }


def usage(c: Contexte) -> dict[str, Any]:
    """One usage trace, as the app shows it."""
    return {
        "le": c.ouvert_le.isoformat(),
        "professionnel": c.professionnel.nom or c.professionnel.identifiant_facturation,
        "mode": c.mode,
        "role": c.role,
        "etat": c.etat.value,
    }


def facture(f: Facture) -> dict[str, Any]:
    """The engine JSON of §10.2, amounts computed."""
    total = f.total()
    droits = "fermés" if f.situation == "hors_droits" else "ouverts"
    return {
        "idFacture": f.facture_id,
        "statut": f.statut.value,
        "securisation": f.securisation,
        "dateElaboration": f"{f.date_elaboration:%Y%m%d}",
        "numeroFacture": f.numero,
        "numeroSignature": f.numero_signature,
        "situation": f.situation,
        "patient": {
            "nir": f.matricule_ins,
            "dateNaissance": f.date_naissance.replace("-", ""),
            "rangGemellaire": str(f.rang),
            "apCV": True,
            "contexteApCV": {"identifiant": f.contexte_id} if f.contexte_id else None,
        },
        "ps": {
            "noIdentification": f.professionnel.identifiant_facturation,
            "specialite": f.professionnel.code_specialite,
        },
        "parcoursSoins": {"indicateur": f.parcours},
        "organismeComplementaire": {
            "tiersPayantAMO": total.du_amo > 0,
            "tiersPayantAMC": int(total.du_amc > 0),
            "AMC": f.prise(f.cotations[0]).amc if f.cotations else f.amc,
        },
        "lstCotations": [_cotation(f, rang) for rang in range(len(f.cotations))],
        "totalMontants": float(total.montant),
        "totalAMO": float(total.amo),
        "totalAMC": float(total.amc),
        "totalAssure": float(total.assure),
        "duAMO": float(total.du_amo),
        "duAMC": float(total.du_amc),
        "avance": float(total.avance),
        "participationForfaitaire": float(
            participation_forfaitaire(f.prise(f.cotations[0]), f.nombre_consultations()) if f.cotations else 0
        ),
        "hashFSE": f.empreinte(),
        "etatDroitsAMO": f"Les droits AMO sont {droits}",
    }


def _cotation(f: Facture, rang: int) -> dict[str, Any]:
    c, part = f.cotations[rang], f.parts()[rang]
    return {
        "type": c.type,
        "date": f"{c.date:%Y%m%d}",
        "codeActe": c.code_acte,
        "libelle": c.libelle,
        "quantite": c.quantite,
        "coefficient": float(c.coefficient),
        "prixUnitaire": float(c.prix_unitaire),
        "baseRemboursement": float(c.base),
        "taux": f.prise(c).taux(),
        "montantDepassement": float(c.depassement),
        "qualificatifDepense": c.qualificatif,
        "montantFacture": float(part.montant),
        "totalAMO": float(part.amo),
        "totalAMC": float(part.amc),
        "totalAssure": float(part.assure),
        "duAMO": float(part.du_amo),
        "duAMC": float(part.du_amc),
    }


def message(m: Message) -> dict[str, Any]:
    return {"code": m.regle, "libelle": m.fr, "label": m.en, "champ": m.champ, "bloquant": m.bloquant}
