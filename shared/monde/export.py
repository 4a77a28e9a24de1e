"""The canonical export of the demonstration world: what two seeds must agree on, byte for byte (architecture §11.5)."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date, timedelta
from enum import Enum
from io import BytesIO
from typing import Any, BinaryIO

from shared.identite import OidMode
from shared.monde.modele import Patient
from shared.monde.patients import INCONNUS, PATIENTS
from shared.monde.population import ecrire, generer
from shared.monde.professionnels import PROFESSIONNELS
from shared.monde.structures import STRUCTURES


def exporter_demo(fichier: BinaryIO, reference_date: date, *, oid_mode: OidMode = "qualif") -> str:
    """Write the demonstration world as sorted JSON lines, offsets turned into dates; returns its SHA-256."""
    empreinte = hashlib.sha256()
    for objet in _objets(reference_date, oid_mode):
        texte = json.dumps(objet, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        ligne = f"{texte}\n".encode()
        empreinte.update(ligne)
        fichier.write(ligne)
    return empreinte.hexdigest()


def empreinte_monde(seed: str, reference_date: date, *, graine: int = 0, oid_mode: OidMode = "qualif") -> str:
    """The fingerprint of a seed: ``demo``, ``vide`` or ``population-N``."""
    if seed == "vide":
        return hashlib.sha256().hexdigest()
    if seed == "demo":
        return exporter_demo(BytesIO(), reference_date, oid_mode=oid_mode)
    genre, _, taille = seed.partition("-")
    if genre != "population" or not taille.isdigit():
        raise ValueError(f"unknown seed {seed!r}: demo, vide or population-N")
    return ecrire(generer(int(taille), graine, reference_date), _Nulle())


class _Nulle(BytesIO):
    """Counts nothing, keeps nothing."""

    def write(self, octets: Any, /) -> int:
        return len(octets)


def _objets(reference: date, mode: OidMode) -> Iterator[dict[str, Any]]:
    for structure in _tries(STRUCTURES):
        yield {"genre": "structure", **en_clair(structure), "identifiant": structure.identifiant}
    for professionnel in _tries(PROFESSIONNELS):
        yield {"genre": "professionnel", **en_clair(professionnel)}
    for patient in _tries(PATIENTS):
        yield {"genre": "patient", **_patient(patient, reference, mode)}
    for patient in _tries(INCONNUS):
        yield {"genre": "inconnu", **_patient(patient, reference, mode)}


def _tries(table: dict[str, Any]) -> list[Any]:
    return [table[slug] for slug in sorted(table)]


def _patient(patient: Patient, reference: date, mode: OidMode) -> dict[str, Any]:
    return {**dater(en_clair(patient), reference), "oid": patient.oid(mode)}


def dater(objet: dict[str, Any], reference: date) -> dict[str, Any]:
    """Replace every ``x_jours`` offset by ``x_le``, an ISO date."""
    datees: dict[str, Any] = {}
    for nom, valeur in objet.items():
        if nom.endswith("_jours"):
            jour = None if valeur is None else (reference + timedelta(days=valeur)).isoformat()
            datees[nom.removesuffix("_jours") + "_le"] = jour
        elif isinstance(valeur, list):
            datees[nom] = [dater(v, reference) if isinstance(v, dict) else v for v in valeur]
        else:
            datees[nom] = valeur
    return datees


def en_clair(valeur: Any) -> Any:
    """A record as plain JSON values; sets sorted, so that nothing depends on hashing."""
    if is_dataclass(valeur) and not isinstance(valeur, type):
        return {champ.name: en_clair(getattr(valeur, champ.name)) for champ in fields(valeur)}
    if isinstance(valeur, Enum):
        return valeur.value
    if isinstance(valeur, (frozenset, set)):
        return sorted(en_clair(v) for v in valeur)
    if isinstance(valeur, (tuple, list)):
        return [en_clair(v) for v in valeur]
    return valeur
