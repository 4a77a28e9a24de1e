"""FHIR R4 façade (e-prescription §4.5): one MedicationRequest a drug line, sharing ``groupIdentifier``.

Profile canonicals and the status map are those of the sheet. Medicines only, as the published guide.
"""

from collections.abc import Iterator
from typing import Any

import orjson

from services.eprescription.domain import numero as numeros
from services.eprescription.domain.etat import EtatLigne
from services.eprescription.domain.lignes import LigneMed
from services.eprescription.domain.machine import Statut, StatutLigne
from services.eprescription.domain.modele import Prescription
from services.eprescription.rendu.textes import denomination
from services.eprescription.store.prescriptions import FichePrescription
from shared.edge.bac import Bac
from shared.fhir.bundle import Entree, searchset

IG = "https://interop.esante.gouv.fr/ig/fhir/eprescription/StructureDefinition/"
SYSTEME = f"urn:oid:{numeros.SYSTEME}"
EDQM = "http://standardterms.edqm.eu"
CIS = "http://data.esante.gouv.fr/ansm/medicament/SpecialitePharmaceutique"
CIP = "http://data.esante.gouv.fr/ansm/medicament/Presentation"
RENDU = "http://hl7.org/fhir/5.0/StructureDefinition/extension-MedicationRequest.renderedDosageInstruction"
FR_CORE = "https://hl7.fr/ig/fhir/core/StructureDefinition/"

_STATUTS = {
    StatutLigne.A_EXECUTER: "active",
    StatutLigne.PARTIELLE: "active",
    StatutLigne.NON_EXECUTEE: "active",
    StatutLigne.EXECUTEE: "completed",
    StatutLigne.SUSPENDUE: "on-hold",
}


def statut_fhir(etat: EtatLigne, prescription: Statut, motif: str | None) -> str:
    """The status map of §4.5: cancelled, stopped, or completed when executed at least once."""
    if etat.statut is StatutLigne.ANNULEE:
        if prescription is Statut.ARRETEE or etat.delivre:
            return "stopped"
        return "entered-in-error" if motif == "ERREUR_PATIENT" else "cancelled"
    if etat.statut is StatutLigne.EXPIREE:
        return "completed" if etat.delivre else "stopped"
    return _STATUTS[etat.statut]


def identifiant(numero: str, rang: int) -> str:
    return f"{numero}-{rang}"


def _sans_vides(objet: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in objet.items() if v not in (None, [], {}, "")}


def _medication(ligne: LigneMed) -> dict[str, Any]:
    produit = ligne.produit
    codes = [
        {"system": systeme, "code": code}
        for systeme, code in ((CIS, produit.cis if produit else None), (CIP, produit.cip13 if produit else None))
        if code
    ]
    return {
        "resourceType": "Medication",
        "id": f"m{ligne.rang}",
        "meta": {"profile": [f"{IG}fr-medication-noncompound"]},
        "code": _sans_vides({"coding": codes, "text": denomination(ligne)}),
    }


def _posologie(ligne: LigneMed) -> list[dict[str, Any]]:
    texte = ligne.posologie.texte if ligne.posologie else None
    voie = {"coding": [{"system": EDQM, "code": ligne.voie}]} if ligne.voie else None
    prises = ligne.posologie.structuree if ligne.posologie else []
    if not prises:
        return [_sans_vides({"text": texte, "route": voie})]
    return [
        _sans_vides(
            {
                "sequence": i,
                "text": texte,
                "asNeededBoolean": prise.si_besoin or None,
                "timing": {"repeat": _sans_vides({"when": prise.moments, "timeOfDay": prise.heures})}
                if prise.moments or prise.heures
                else None,
                "route": voie,
                "doseAndRate": [{"doseQuantity": _dose(prise.dose, prise.unite)}] if prise.dose else None,
            }
        )
        for i, prise in enumerate(prises, start=1)
    ]


def _dose(valeur: int | float, unite: Any) -> dict[str, Any]:
    if unite is None:
        return {"value": valeur}
    return {"value": valeur, "system": unite.systeme or EDQM, "code": unite.code}


def medication_request(row: FichePrescription, p: Prescription, ligne: LigneMed, *, executions: bool) -> dict[str, Any]:
    dossier = row.dossier()
    etat = dossier.ligne(ligne.rang)
    statut = statut_fhir(etat, dossier.statut, row.motif_annulation)
    if not executions and statut == "completed":
        statut = "active"
    texte = ligne.posologie.texte if ligne.posologie else ""
    substitution: dict[str, Any] = {"allowedBoolean": ligne.substitution.code != "N"}
    if ligne.substitution.motif:
        substitution["reason"] = {"text": ligne.substitution.motif}
    return _sans_vides(
        {
            "resourceType": "MedicationRequest",
            "id": identifiant(row.numero, ligne.rang),
            "meta": {"versionId": str(row.version), "profile": [f"{IG}fr-medicationrequest"]},
            "extension": [{"url": RENDU, "valueMarkdown": texte}] if texte else None,
            "identifier": [{"system": SYSTEME, "value": identifiant(row.numero, ligne.rang)}],
            "groupIdentifier": {"system": SYSTEME, "value": row.numero},
            "status": statut,
            "intent": "order",
            "medicationReference": {"reference": f"Medication/m{ligne.rang}"},
            "subject": {"reference": "Patient/p1"},
            "authoredOn": p.date_redaction.isoformat(),
            "requester": {"reference": "Practitioner/pr1"},
            "dosageInstruction": _posologie(ligne),
            "substitution": substitution,
            "dispenseRequest": _sans_vides(
                {
                    "validityPeriod": {
                        "start": p.date_de_redaction.isoformat(),
                        "end": dossier.fin_validite.isoformat(),
                    },
                    "numberOfRepeatsAllowed": ligne.renouvellements,
                    "dispenseInterval": _jours(ligne.fractionnement_jours),
                    "quantity": {"value": ligne.quantite.valeur} if ligne.quantite else None,
                    "expectedSupplyDuration": _jours(ligne.duree_jours),
                }
            ),
        }
    )


def _jours(nombre: int | None) -> dict[str, Any] | None:
    return {"value": nombre, "system": "http://unitsofmeasure.org", "code": "d"} if nombre else None


def _patient(p: Prescription) -> dict[str, Any]:
    ins = p.patient.ins
    return _sans_vides(
        {
            "resourceType": "Patient",
            "id": "p1",
            "meta": {"profile": [f"{FR_CORE}fr-core-patient-ins"]},
            "identifier": [_sans_vides({"system": f"urn:oid:{ins.oid}" if ins.oid else None, "value": ins.matricule})]
            if ins and ins.matricule and not p.anonymat_ivg
            else None,
            "name": [
                _sans_vides(
                    {
                        "use": "official",
                        "family": p.patient.nom_naissance,
                        "given": (p.patient.prenoms or "").split(),
                    }
                )
            ],
            "gender": {"F": "female", "M": "male"}.get(p.patient.sexe or "", "unknown"),
            "birthDate": p.patient.naissance.isoformat() if p.patient.naissance else None,
        }
    )


def _prescripteur(p: Prescription) -> dict[str, Any]:
    d = p.prescripteur
    return _sans_vides(
        {
            "resourceType": "Practitioner",
            "id": "pr1",
            "meta": {"profile": [f"{FR_CORE}fr-core-practitioner"]},
            "identifier": [{"system": "https://rpps.esante.gouv.fr", "value": d.rpps}] if d.rpps else None,
            "name": [_sans_vides({"family": d.nom, "given": [d.prenom] if d.prenom else None})],
        }
    )


def _groupe(row: FichePrescription, p: Prescription) -> dict[str, Any]:
    return {
        "resourceType": "RequestGroup",
        "id": row.numero,
        "meta": {"profile": [f"{IG}fr-requestgroup-for-prescription"]},
        "groupIdentifier": {"system": SYSTEME, "value": row.numero},
        "status": "active" if row.est_ouverte else "completed",
        "intent": "order",
        "subject": {"reference": "Patient/p1"},
        "authoredOn": p.date_redaction.isoformat(),
        "author": {"reference": "Practitioner/pr1"},
        "action": [
            {"resource": {"reference": f"MedicationRequest/{identifiant(row.numero, ligne.rang)}"}}
            for ligne in p.lignes
            if isinstance(ligne, LigneMed)
        ],
    }


def _entrees(row: FichePrescription, bac: Bac, *, executions: bool) -> Iterator[Entree]:
    p = row.prescription()
    racine = f"{bac.base_url}/fhir/eprescription"
    meds = [ligne for ligne in p.lignes if isinstance(ligne, LigneMed)]
    for ligne in meds:
        ressource = medication_request(row, p, ligne, executions=executions)
        yield Entree(f"{racine}/MedicationRequest/{ressource['id']}", orjson.dumps(ressource))
    autour = [*(_medication(ligne) for ligne in meds), _patient(p), _prescripteur(p), _groupe(row, p)]
    for ressource in autour:
        yield Entree(f"{racine}/{ressource['resourceType']}/{ressource['id']}", orjson.dumps(ressource), "include")


def bundle_prescription(row: FichePrescription, bac: Bac, *, executions: bool) -> bytes:
    """The searchset of one number: its requests, and what they point to."""
    entrees = list(_entrees(row, bac, executions=executions))
    total = sum(1 for e in entrees if e.mode == "match")
    lien = f"{bac.base_url}/fhir/eprescription/MedicationRequest?group-identifier={row.numero}"
    return searchset(entrees, total=total, liens={"self": lien})
