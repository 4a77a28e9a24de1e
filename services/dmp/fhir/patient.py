"""FHIR out: Patient of TD0.2, Consent, AuditEvent, CapabilityStatement (dmp.md §3.1, §5.1, §9)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from services.dmp.fhir.lecture import OID_PS, OID_STRUCTURE
from services.dmp.fhir.ressources import instant
from services.dmp.store.dossiers import AutorisationRow, Fiche
from services.dmp.store.traces import TraceRow

DMP: Final = "https://interop.esante.gouv.fr/ig/fhir/dmp/StructureDefinition/"
_HL7: Final = "http://terminology.hl7.org/CodeSystem/"
_GENRE: Final = {"M": "male", "F": "female"}
_AUTORISATION: Final = {"VALIDE": "permit", "INTERDIT": "deny", "INTERDITE": "deny"}


def patient(d: Fiche, oid: str, *, actif: bool, medecin_traitant: bool) -> dict[str, Any]:
    """TD0.2: state, closing date, motive and reason, attachment to Mon espace santé, médecin traitant flag."""
    extensions: list[dict[str, Any]] = [
        {"url": f"{DMP}dmp-rattachement-mes", "valueBoolean": True},
        {"url": f"{DMP}dmp-medecin-traitant", "valueBoolean": medecin_traitant},
    ]
    if not actif:
        sous: list[dict[str, Any]] = [
            {"url": "dateFermeture", "valueDate": d.depuis.date().isoformat()},
            {
                "url": "motifFermeture",
                "valueCodeableConcept": {
                    "coding": [
                        {
                            "system": "https://interop.esante.gouv.fr/ig/fhir/dmp/CodeSystem/dmp-motif-fermeture",
                            "code": d.motif_fermeture,
                        }
                    ]
                },
            },
        ]
        if d.raison_fermeture:
            sous.append({"url": "raisonFermeture", "valueString": d.raison_fermeture})
        extensions.append({"url": f"{DMP}dmp-fermeture", "extension": sous})
    ressource: dict[str, Any] = {
        "resourceType": "Patient",
        "id": f"p-{d.matricule_ins}",
        "extension": extensions,
        "identifier": [{"use": "official", "system": f"urn:oid:{oid}", "value": d.matricule_ins}],
        "active": actif,
        "name": [{"use": "official", "family": d.nom_naissance, "given": (d.prenoms or d.prenom).split()}],
        "gender": _GENRE.get(d.sexe, "unknown"),
    }
    if len(d.date_naissance) == 10 and d.date_naissance[5:7] <= "12" and d.date_naissance[5:] != "00-00":
        ressource["birthDate"] = d.date_naissance
    return ressource


def consent(matricule: str, oid: str, acteur_id: str, mode: str | None, at: datetime) -> dict[str, Any]:
    """AUTORISATION for a software that only speaks FHIR (the sheet's own proposal, §3.1)."""
    return {
        "resourceType": "Consent",
        "id": f"autorisation-{acteur_id.replace('/', '-')}",
        "status": "active" if mode == "VALIDE" else "inactive",
        "scope": {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}]
        },
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"identifier": {"system": f"urn:oid:{oid}", "value": matricule}},
        "dateTime": instant(at),
        "provision": {
            "type": _AUTORISATION.get(mode or "", "deny"),
            "actor": [
                {
                    "role": {
                        "coding": [
                            {"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "IRCP"}
                        ]
                    },
                    "reference": {"identifier": {"system": f"urn:oid:{OID_PS}", "value": acteur_id}},
                }
            ],
        },
    }


def autorisation(row: AutorisationRow) -> dict[str, Any]:
    """One line of TD1.6, in the words of the published reply."""
    return {
        "nationalId": row.titulaire_id,
        "nationalIdType": "STRUCTURE" if row.type == "structure" else "PS",
        "firstName": row.prenom,
        "lastName": row.nom,
        "codeSpeciality": row.specialite,
        "profession": row.profession,
        "startOfAuthorization": instant(row.depuis),
        "endOfAuthorization": instant(row.fin) if row.fin else None,
        "lastActionDate": instant(row.derniere_action),
        "mode": "ACTIVE" if row.mode == "VALIDE" else row.mode,
        "specificRight": "MEDECIN_TRAITANT" if row.medecin_traitant else None,
    }


def audit_event(t: TraceRow, oid: str) -> dict[str, Any]:
    """A trace as an AuditEvent shaped like the IHE BALP patterns of MHD (§9)."""
    return {
        "resourceType": "AuditEvent",
        "id": t.id,
        "type": {"system": "http://terminology.hl7.org/CodeSystem/audit-event-type", "code": "rest"},
        "subtype": [
            {"system": "urn:bacasante:activite", "code": t.evenement},
            {"system": "urn:ihe:event-type-code", "code": t.transaction},
        ],
        "action": {"DOC_ADDED": "C", "DOC_REPLACED": "C", "DOC_LISTED": "E", "DOC_VIEWED": "R"}.get(t.evenement, "U"),
        "recorded": instant(t.at),
        "outcome": "0" if t.resultat == "ok" else "8",
        **({"outcomeDesc": t.regle} if t.resultat != "ok" and t.regle else {}),
        "purposeOfEvent": [{"coding": [{"system": "urn:oid:1.2.250.1.213.1.1.4.248", "code": t.mode}]}],
        "agent": [
            {
                "who": {
                    "identifier": {"system": f"urn:oid:{OID_PS}", "value": t.acteur_id},
                    "display": t.acteur_nom,
                },
                "requestor": True,
                **(
                    {"location": {"identifier": {"system": f"urn:oid:{OID_STRUCTURE}", "value": t.structure_id}}}
                    if t.structure_id
                    else {}
                ),
            }
        ],
        "source": {"observer": {"display": t.logiciel or "dmp"}},
        "entity": [
            {
                "what": {"identifier": {"system": f"urn:oid:{oid}", "value": t.matricule_ins}},
                "type": {"system": "http://terminology.hl7.org/CodeSystem/audit-entity-type", "code": "1"},
            },
            *(
                {
                    "what": {"identifier": {"system": "urn:ietf:rfc:3986", "value": o.get("uniqueId")}},
                    "name": o.get("title"),
                }
                for o in t.objets
                if o.get("uniqueId")
            ),
        ],
    }


def capacites(base: str, parametres: Iterable[str], parametres_lot: Iterable[str], date: datetime) -> dict[str, Any]:
    """What this server does (PDSm actor GestionnaireDePartageDeDocuments, §5.1)."""

    def recherche(noms: Iterable[str]) -> list[dict[str, str]]:
        return [{"name": nom, "type": "string"} for nom in sorted(noms)]

    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": instant(date),
        "kind": "instance",
        "software": {"name": "Bac à Santé, DMP"},
        "implementation": {"description": "DMP emulator, PDSm road", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json"],
        "patchFormat": ["application/json-patch+json", "application/fhir+json"],
        "instantiates": [
            "https://interop.esante.gouv.fr/ig/fhir/pdsm/CapabilityStatement/GestionnaireDePartageDeDocuments"
        ],
        "rest": [
            {
                "mode": "server",
                "interaction": [{"code": "transaction"}],
                "resource": [
                    {
                        "type": "DocumentReference",
                        "interaction": [{"code": c} for c in ("read", "search-type", "patch", "create")],
                        "conditionalUpdate": True,
                        "searchParam": recherche(parametres),
                    },
                    {
                        "type": "List",
                        "interaction": [{"code": c} for c in ("read", "search-type")],
                        "searchParam": recherche(parametres_lot),
                    },
                    {"type": "Binary", "interaction": [{"code": "read"}]},
                    {
                        "type": "Patient",
                        "interaction": [{"code": "search-type"}],
                        "searchParam": recherche(["identifier"]),
                    },
                    {
                        "type": "AuditEvent",
                        "interaction": [{"code": "search-type"}],
                        "searchParam": recherche(["patient.identifier", "date"]),
                    },
                ],
            }
        ],
    }
