"""FHIR out: what the server adds to a resource before keeping it, and the resources it writes itself (dmp.md §5)."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import orjson

from services.dmp.domain.lot import Entree, Ins, Lot, Statut
from services.dmp.domain.valeurs import (
    INVISIBLE_PATIENT,
    INVISIBLE_REPRESENTANTS,
    MASQUE_PS,
    SYSTEME_CONFIDENTIALITE,
    SYSTEME_VISIBILITE,
    Valeurs,
)
from services.dmp.fhir.lecture import ARCHIVE, OID_PS, OID_STRUCTURE

BASE: Final = "https://base.invalid/fhir/dmp"
"""Stands for the public address in stored bytes; replaced when they are served (architecture §11.6)."""
PROFIL_DOCUMENT: Final = (
    "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-comprehensive-document-reference"
)
PROFIL_LOT: Final = "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-submissionset-comprehensive"
ENTRY_UUID: Final = "https://interop.esante.gouv.fr/ig/fhir/dmp/NamingSystem/entryUUID"
STATUT_FHIR: Final = {
    Statut.APPROVED: "current",
    Statut.ARCHIVED: "current",
    Statut.DEPRECATED: "superseded",
    Statut.DELETED: "entered-in-error",
}


def servir(octets: bytes, base: str) -> bytes:
    """Stored bytes with the address through which the caller came."""
    return octets.replace(BASE.encode(), base.encode())


def entree(id: str, octets: bytes, base: str) -> bytes:
    """An entry of a searchset around stored bytes."""
    url = orjson.dumps(f"{base}/DocumentReference/{id}")
    suite = b',"search":{"mode":"match"}}'
    return b"".join((b'{"fullUrl":', url, b',"resource":', servir(octets, base), suite))


def searchset(tete: bytes, entrees: Sequence[bytes]) -> bytes:
    """A searchset without its entries, and these, which are ready."""
    if not entrees:
        return tete
    return b"".join((tete[:-1], b',"entry":[', b",".join(entrees), b"]}"))


def instant(d: datetime) -> str:
    return d.isoformat(timespec="milliseconds")


def document_reference(
    soumise: Mapping[str, Any],
    *,
    id: str,
    entry_uuid: str,
    version: int,
    modifie_le: datetime,
    statut: Statut,
    labels: Iterable[str],
    sha1: str,
    taille: int,
    remplace: str | None = None,
) -> bytes:
    """The submitted resource with what the registry decides: ids, version, status, labels, attachment address."""
    r: dict[str, Any] = {k: v for k, v in soumise.items() if k not in {"id", "meta", "status", "securityLabel"}}
    r["id"] = id
    r["meta"] = {"versionId": str(version), "lastUpdated": instant(modifie_le), "profile": [PROFIL_DOCUMENT]}
    r["status"] = STATUT_FHIR[statut]
    r["securityLabel"] = [{"coding": [label(code)]} for code in labels]
    autres = [
        i
        for i in r.get("identifier") or []
        if not (isinstance(i, dict) and i.get("system") == "urn:ietf:rfc:3986" and i.get("use") == "official")
    ]
    r["identifier"] = [
        {"use": "official", "system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{entry_uuid}"},
        *autres,
    ]
    extensions = [e for e in r.get("extension") or [] if not (isinstance(e, dict) and e.get("url") == ARCHIVE)]
    r["extension"] = [*extensions, {"url": ARCHIVE, "valueBoolean": statut is Statut.ARCHIVED}]
    if remplace is not None:
        r["relatesTo"] = [
            {"code": "replaces", "target": {"reference": f"DocumentReference/{remplace}"}},
        ]
    contenu = dict(r["content"][0])
    piece = {k: v for k, v in contenu["attachment"].items() if k != "data"}
    piece["url"] = f"{BASE}/Binary/{id}"
    piece["size"] = taille
    piece["hash"] = base64.b64encode(bytes.fromhex(sha1)).decode()
    r["content"] = [{**contenu, "attachment": piece}]
    return orjson.dumps({"resourceType": "DocumentReference", **r})


def liste(
    soumise: Mapping[str, Any], *, id: str, unique_id: str, depose_le: datetime, documents: Iterable[str]
) -> bytes:
    """The submission set as served: its uniqueId, its id, and its members under their final addresses."""
    r: dict[str, Any] = {k: v for k, v in soumise.items() if k not in {"id", "meta", "identifier", "entry"}}
    r["id"] = id
    r["meta"] = {"versionId": "1", "lastUpdated": instant(depose_le), "profile": [PROFIL_LOT]}
    r["identifier"] = [
        {"use": "official", "system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{id}"},
        {"use": "usual", "system": "urn:ietf:rfc:3986", "value": f"urn:oid:{unique_id}"},
    ]
    r.setdefault("date", instant(depose_le))
    r["entry"] = [{"item": {"reference": f"DocumentReference/{d}"}} for d in documents]
    return orjson.dumps({"resourceType": "List", **r})


def label(code: str) -> dict[str, str]:
    """A security label: HL7 confidentiality, or TRE_A07 for the visibility flags."""
    if code in {MASQUE_PS, INVISIBLE_PATIENT, INVISIBLE_REPRESENTANTS}:
        return {"system": SYSTEME_VISIBILITE, "code": code, "display": _VISIBILITES[code]}
    return {"system": SYSTEME_CONFIDENTIALITE, "code": code}


_VISIBILITES: Final = {
    MASQUE_PS: "Masqué aux professionnels de santé",
    INVISIBLE_PATIENT: "Non visible par le patient",
    INVISIBLE_REPRESENTANTS: "Non visible par les représentants légaux du patient",
}


def labels(niveau: str, masque: bool, invisible_patient: bool, invisible_representants: bool) -> list[str]:
    """Confidentiality level first, then the flags that are set."""
    drapeaux = (
        (MASQUE_PS, masque),
        (INVISIBLE_PATIENT, invisible_patient),
        (INVISIBLE_REPRESENTANTS, invisible_representants),
    )
    return [niveau, *(code for code, mis in drapeaux if mis)]


def composer_document(e: Entree, v: Valeurs) -> dict[str, Any]:
    """A DocumentReference for an entry that did not come as FHIR (patient upload, seed, another service's PDF)."""
    assert e.patient is not None
    auteur = e.auteurs[0]
    type_ = v.types.get(e.type_code or "")
    contenues = [_patient_contenu(e.patient), _auteur_contenu("aut", auteur)]
    corps: dict[str, Any] = {
        "resourceType": "DocumentReference",
        "contained": contenues,
        "masterIdentifier": {"use": "usual", "system": "urn:ietf:rfc:3986", "value": f"urn:oid:{e.unique_id}"},
        "status": "current",
        "type": {
            "coding": [
                {
                    "system": type_.systeme if type_ else "http://loinc.org",
                    "code": e.type_code,
                    "display": type_.libelle if type_ else e.type_code,
                }
            ]
        },
        "category": [
            {
                "coding": [
                    {
                        "system": _NOS.format(nom="TRE_A03-ClasseDocument", url="TRE-A03-ClasseDocument"),
                        "code": e.classe,
                    }
                ]
            }
        ],
        "subject": _reference_ins(e.patient),
        "date": instant(e.creation) if e.creation else None,
        "author": [{"reference": "#aut"}],
        "authenticator": {"reference": "#aut"},
        "content": [
            {
                "attachment": {
                    "contentType": e.mime,
                    "language": e.langue,
                    "url": "Binary",
                    "title": e.titre,
                    "creation": instant(e.creation) if e.creation else None,
                },
                "format": {"system": "urn:oid:1.3.6.1.4.1.19376.1.2.3", "code": e.format},
            }
        ],
        "context": {
            "period": {"start": instant(e.debut) if e.debut else None},
            "sourcePatientInfo": {"reference": "#spi"},
            "facilityType": {
                "coding": [
                    {
                        "system": _NOS.format(nom="TRE_R02-SecteurActivite", url="TRE-R02-SecteurActivite"),
                        "code": e.etablissement,
                    }
                ]
            },
            "practiceSetting": {
                "coding": [
                    {"system": _NOS.format(nom="TRE_A01-CadreExercice", url="TRE-A01-CadreExercice"), "code": e.cadre}
                ]
            },
        },
    }
    if auteur.structure_id:
        corps["custodian"] = {"identifier": {"system": f"urn:oid:{OID_STRUCTURE}", "value": auteur.structure_id}}
    return corps


def composer_liste(lot: Lot) -> dict[str, Any]:
    assert lot.patient is not None
    corps: dict[str, Any] = {
        "resourceType": "List",
        "status": "current",
        "mode": "working",
        "title": lot.titre,
        "code": {
            "coding": [{"system": "https://profiles.ihe.net/ITI/MHD/CodeSystem/MHDlistTypes", "code": "submissionset"}]
        },
        "subject": _reference_ins(lot.patient),
    }
    if lot.date is not None:
        corps["date"] = instant(lot.date)
    if lot.auteur is not None:
        corps["contained"] = [_auteur_contenu("src", lot.auteur)]
        corps["source"] = {"reference": "#src"}
    return corps


_NOS: Final = "https://mos.esante.gouv.fr/NOS/{nom}/FHIR/{url}"


def _reference_ins(ins: Ins) -> dict[str, Any]:
    return {"identifier": {"system": f"urn:oid:{ins.oid}", "value": ins.matricule}}


def _patient_contenu(ins: Ins) -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "id": "spi",
        "identifier": [{"use": "official", "system": f"urn:oid:{ins.oid}", "value": ins.matricule}],
    }


def _auteur_contenu(id: str, auteur: Any) -> dict[str, Any]:
    if auteur.type == "patient":
        return {
            "resourceType": "Patient",
            "id": id,
            "identifier": [{"value": auteur.id_nat}],
            "name": [{"family": auteur.nom, "given": [auteur.prenom] if auteur.prenom else []}],
        }
    role: dict[str, Any] = {
        "resourceType": "PractitionerRole",
        "id": id,
        "practitioner": {
            "identifier": {"system": f"urn:oid:{OID_PS}", "value": auteur.id_nat},
            "display": auteur.nom_complet or auteur.id_nat,
        },
    }
    if auteur.structure_id:
        role["organization"] = {
            "identifier": {"system": f"urn:oid:{OID_STRUCTURE}", "value": auteur.structure_id},
            **({"display": auteur.structure_nom} if auteur.structure_nom else {}),
        }
    if auteur.specialite:
        role["specialty"] = [{"coding": [{"code": auteur.specialite}]}]
    return role
