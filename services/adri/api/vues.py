"""An answer of ADRi in its JSON dialects: the façade of adri.md §6 and the engine's own shape of §3.2."""

from datetime import date
from typing import Any

from services.adri.domain.acquisition import Reponse
from services.adri.domain.droits import Beneficiaire, Complementaire, Couverture, Organisme, Periode
from services.adri.domain.situations import Situation
from shared.identite.traits import date_interpretee

OUVERTS = "Les droits AMO sont ouverts"
FERMES = "Les droits AMO sont fermés"
SANS_DATE = "00000000"


def facade(reponse: Reponse, *, aujourd_hui: date) -> dict[str, Any]:
    """§6: names as in the sheet; ``debut``, ``fin``, ``tiersPayant`` … of a coverage are additions of ours."""
    corps: dict[str, Any] = {
        "cr": {"code": reponse.code, "libelle": reponse.libelle},
        "dateReponse": aujourd_hui.isoformat(),
        "dateReference": reponse.demande.date_reference.isoformat(),
    }
    if reponse.organisme is not None:
        corps["organisme"] = _organisme(reponse.organisme)
    if reponse.beneficiaire is not None:
        corps |= _droits(reponse, reponse.beneficiaire)
    return corps


def _droits(reponse: Reponse, b: Beneficiaire) -> dict[str, Any]:
    jour = reponse.demande.date_reference
    presentes = {c.situation for c in b.couvertures if c.periode.couvre(jour)}
    return {
        "validite": _periode(reponse.validite) if reponse.validite else None,
        "etatDroitsAMO": OUVERTS if b.est_ouvert(jour) else FERMES,
        "beneficiaire": {
            "nom": b.nom,
            "nomUsuel": b.nom_usuel or b.nom,
            "prenoms": list(b.prenoms),
            "dateNaissance": b.date_naissance,
            "rang": b.rang,
            "qualite": b.qualite,
            "nirCertifie": b.matricule,
            "ins": None,
        },
        "droitsAMO": [{**_periode(p), "ouvert": p.couvre(jour)} for p in reponse.periodes],
        "couverture": [_couverture(c, b, jour) for c in reponse.couvertures],
        "servicesAMO": [
            {"code": c.effet.service_amo, **_periode(c.periode)}
            for c in reponse.couvertures
            if c.effet.service_amo != "00"
        ],
        "medecinTraitant": {
            "declare": b.medecin_traitant is not None,
            "estLeDemandeur": reponse.est_medecin_traitant,
        },
        "regimeLocal": Situation.ALSACE_MOSELLE in presentes,
        "complementaire": _complementaire(b, jour),
        "accidentsTravail": [
            {"rang": a.rang, "numero": a.numero, "date": a.date.isoformat(), "organisme": a.organisme}
            for a in b.accidents
        ],
    }


def _couverture(c: Couverture, b: Beneficiaire, jour: date) -> dict[str, Any]:
    effet = c.effet
    return {
        "codeALD": effet.code_ald,
        "codeSituation": effet.code_situation,
        "situation": c.situation.value,
        "taux": effet.taux,
        "exonerationTM": effet.exoneration_tm,
        "motif": effet.motif,
        **_periode(c.periode),
        "tiersPayant": effet.tiers_payant,
        "participationForfaitaire": effet.participation and age(b.date_naissance, jour) >= 18,
        "natureAssurance": effet.nature_b2,
    }


def _complementaire(b: Beneficiaire, jour: date) -> dict[str, Any] | None:
    if (c := gere_par_amo(b, jour)) is None:
        return None
    return {
        "gestion": c.gestion,
        "numeroAMC": c.numero_amc,
        "typeContrat": c.type_contrat,
        "garanties": c.garanties,
        **_periode(c.periode),
    }


def gere_par_amo(b: Beneficiaire, jour: date) -> Complementaire | None:
    """The complementary that ADRi may tell: the one the AMO manages, in force that day (adri.md §1)."""
    c = b.complementaire
    return c if c is not None and c.gestion == "unique" and c.periode.couvre(jour) else None


def age(date_naissance: str, jour: date) -> int:
    naissance = date_interpretee(date_naissance)
    return jour.year - naissance.year - ((jour.month, jour.day) < (naissance.month, naissance.day))


def moteur(reponse: Reponse, *, aujourd_hui: date, inverse: bool = False) -> dict[str, Any]:
    """§3.2: what an approved engine returns to its host software (``TEL-getAdri``); 00 and 02 only."""
    b, jour = reponse.beneficiaire, reponse.demande.date_reference
    assert b is not None  # the caller renders other codes as messages
    assert reponse.organisme is not None
    complementaire = gere_par_amo(b, jour)
    corps: dict[str, Any] = {
        "dateReponse": f"{aujourd_hui:%Y%m%d}",
        "infosGlobales": {
            "codeRegime": reponse.organisme.regime,
            "codeCaisse": reponse.organisme.caisse,
            "centrePrestation": reponse.organisme.centre,
            "codePresentationSupportAMO": "0",
        },
        "beneficiaireDeSoins": _beneficiaire_moteur(reponse, b, inverse),
        "etatDroitsAMO": OUVERTS if b.est_ouvert(jour) else FERMES,
        "donneesAT": [{"number": a.rang, "id": a.numero, "code": "1", "organism": a.organisme} for a in b.accidents],
    }
    if complementaire is not None:
        corps["mutuelle"] = {
            "noIdentification": complementaire.numero_amc,
            "indicateurTraitement": "",
            "codeAiguillageSTS": "",
            "typeServicesAssocies": "",
            "servicesAssociesAuContrat": "",
            "codeGarantiesComplementaires": complementaire.garanties,
            "periodeMutuelle": {"noPeriode": "108", **_periode_moteur(complementaire.periode)},
        }
    return corps


def message_moteur(reponse: Reponse) -> dict[str, Any]:
    """A result code without body, in the engine's envelope (adri.md §3.2)."""
    return {
        "method": {
            "name": "TEL-getAdri",
            "lstException": [{"code": reponse.code, "source": "TELESERVICE ADRI", "description": reponse.libelle}],
        }
    }


def _beneficiaire_moteur(reponse: Reponse, b: Beneficiaire, inverse: bool) -> dict[str, Any]:
    jour = reponse.demande.date_reference
    service = next((c for c in reponse.couvertures if c.effet.service_amo != "00" and c.periode.couvre(jour)), None)
    return {
        "numero": b.numero,
        "nomUsuel": b.nom_usuel or b.nom,
        "nomPatronymique": b.nom,
        "prenom": b.prenoms[0],
        **{f"adresse{n}": "" for n in range(1, 6)},
        "noNIRCertifie": b.matricule or "",
        "dateNaissance": b.date_naissance.replace("-", ""),
        "rangGemellaire": str(b.rang),
        "qualite": b.qualite,
        "codeServiceAMO": service.effet.service_amo if service else "0",
        "dateDebutServiceAMO": _jour(service.periode.debut) if service else SANS_DATE,
        "dateFinServiceAMO": (_jour(service.periode.fin) or SANS_DATE) if service else SANS_DATE,
        "codeModedeGestionComplementaire": "",
        "codeSupportComplementaire": "",
        "topMedecinTraitant": _top(reponse, b, inverse),
        "lstPeriodeAMO": [_periode_moteur(p) for p in reponse.periodes],
        "lstPeriodeCodeCouverture": [
            {
                "groupe": 106,
                **_periode_moteur(c.periode),
                "codeALD": c.effet.code_ald,
                "codeSituation": c.effet.code_situation,
            }
            for c in reponse.couvertures
        ],
    }


def _top(reponse: Reponse, b: Beneficiaire, inverse: bool) -> str:
    """``1`` declared here, ``0`` declared elsewhere, empty unknown; some engines read ``0`` as declared."""
    if b.medecin_traitant is None:
        return ""
    return "1" if reponse.est_medecin_traitant != inverse else "0"


def _organisme(o: Organisme) -> dict[str, str]:
    return {"regime": o.regime, "caisse": o.caisse, "centre": o.centre, "codeGestion": o.code_gestion}


def _periode(p: Periode) -> dict[str, str | None]:
    return {"debut": p.debut.isoformat(), "fin": p.fin.isoformat() if p.fin else None}


def _periode_moteur(p: Periode) -> dict[str, str]:
    return {"dateDebut": _jour(p.debut), "dateFin": _jour(p.fin)}


def _jour(jour: date | None) -> str:
    return f"{jour:%Y%m%d}" if jour else ""
