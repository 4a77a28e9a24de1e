"""What a software feeds: a lot (submission set) and its entries, in words both faces share (dmp.md §4)."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from services.dmp.domain.valeurs import INVISIBLE_PATIENT, INVISIBLE_REPRESENTANTS, MASQUE_PS


class Statut(StrEnum):
    """JDV_J52, last part of the published URN."""

    APPROVED = "Approved"
    DEPRECATED = "Deprecated"
    ARCHIVED = "Archived"
    DELETED = "Deleted"


def sha1(contenu: bytes) -> str:
    # The published metadata carry a SHA-1; it identifies, it does not protect.
    return hashlib.sha1(contenu, usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class Ins:
    matricule: str
    oid: str

    def __str__(self) -> str:
        return f"{self.matricule}^^^&{self.oid}&ISO^NH"


@dataclass(frozen=True, slots=True)
class Auteur:
    """An author as the metadata name him: a professional, the patient, a device or a whole structure."""

    type: str = "ps"
    id_nat: str | None = None
    nom: str | None = None
    prenom: str | None = None
    structure_id: str | None = None
    structure_nom: str | None = None
    specialite: str | None = None
    role: str | None = None

    @property
    def nom_complet(self) -> str | None:
        return " ".join(mot for mot in (self.prenom, self.nom) if mot) or None


@dataclass(frozen=True)
class Entree:
    """One DocumentEntry as submitted. ``ref`` is how the message names it (fullUrl or id), for error locations."""

    ref: str
    unique_id: str | None
    titre: str | None
    type_code: str | None
    classe: str | None
    format: str | None
    confidentialites: tuple[str, ...]
    etablissement: str | None
    cadre: str | None
    auteurs: tuple[Auteur, ...]
    validateur: Auteur | None
    creation: datetime | None
    debut: datetime | None
    fin: datetime | None
    langue: str | None
    mime: str | None
    hash_sha1: str | None
    taille: int | None
    patient: Ins | None
    commentaires: str | None = None
    evenements: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    remplace: tuple[str, ...] = ()
    """Ids (of DocumentReference) or uniqueIds of the versions this one replaces."""
    archive: bool = False
    contenu: bytes | None = None
    dates_invalides: tuple[str, ...] = ()
    """Elements whose date could not be read."""

    @cached_property
    def sha1(self) -> str | None:
        return None if self.contenu is None else sha1(self.contenu)

    @property
    def masque(self) -> bool:
        return MASQUE_PS in self.confidentialites

    @property
    def invisible_patient(self) -> bool:
        return INVISIBLE_PATIENT in self.confidentialites

    @property
    def invisible_representants(self) -> bool:
        return INVISIBLE_REPRESENTANTS in self.confidentialites


@dataclass(frozen=True, slots=True)
class Lot:
    """A submission set; ``orphelins`` are documents of the message that no entry describes."""

    unique_id: str | None
    source_id: str | None
    contenu: str | None
    titre: str | None
    date: datetime | None
    patient: Ins | None
    auteur: Auteur | None
    entrees: tuple[Entree, ...]
    orphelins: tuple[str, ...] = ()
    commentaires: str | None = None
    manques: tuple[tuple[str, str], ...] = field(default=())
    """Mandatory elements that are absent, as (rule, path)."""
