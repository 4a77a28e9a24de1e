"""A registered document: its state, its visibility, and what may happen to it (dmp.md §6.1 and §6.2)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from services.dmp.domain.lot import Statut
from services.dmp.domain.refus import refuser
from services.dmp.domain.situation import Acteur, Action, ConditionDocument, TypeActeur

DELAI_INFORMATION: Final = timedelta(days=14)
"""Two weeks after the deposit the patient is told that an update exists (CSP R1111-53)."""
DELAI_VISIBILITE: Final = timedelta(days=30)
"""One month after the deposit the document becomes visible to the patient (CSP R1111-53)."""

Changement = Literal[
    "DOC_MASKED", "DOC_UNMASKED", "DOC_VISIBLE_PATIENT", "DOC_ARCHIVED", "DOC_UNARCHIVED", "DOC_DELETED"
]


@dataclass(frozen=True, slots=True)
class Document:
    """The registry entry, without its bytes. ``id`` is stable over metadata versions, ``entry_uuid`` is not."""

    id: str
    entry_uuid: str
    unique_id: str
    matricule_ins: str
    version: int
    statut: Statut
    masque: bool
    invisible_patient: bool
    invisible_representants: bool
    type_code: str
    classe: str
    titre: str
    auteur_id_nat: str | None
    auteur_nom: str | None
    structure_id: str | None
    depot_patient: bool
    depose_le: datetime
    information_donnee: bool = False

    def condition(
        self, acteur: Acteur, *, dans_matrice: bool, now: datetime, demande: bool = False
    ) -> ConditionDocument:
        """What the access decision needs to know of this document for this caller."""
        return ConditionDocument(
            statut=self.statut.value,
            masque=self.masque,
            invisible_patient=self.invisible_patient,
            invisible_representants=self.invisible_representants,
            auteur=self.est_auteur(acteur),
            meme_structure=self.de_la_structure(acteur),
            depot_patient=self.depot_patient,
            dans_matrice=dans_matrice,
            statut_demande=demande,
            jours_caches=(now - self.depose_le).days if self.invisible_patient else 0,
        )

    def de_la_structure(self, acteur: Acteur) -> bool:
        return self.structure_id is not None and self.structure_id in {acteur.structure_id, *acteur.structures}

    def est_auteur(self, acteur: Acteur) -> bool:
        if acteur.type in {TypeActeur.PATIENT, TypeActeur.REPRESENTANT}:
            return self.depot_patient
        return bool(acteur.id_nat and acteur.id_nat == self.auteur_id_nat)


@dataclass(frozen=True, slots=True)
class Mutation:
    """A change of metadata and the word the history knows it by; ``None`` when nothing changed."""

    document: Document
    changement: Changement | None


def muter(d: Document, action: Action) -> Mutation:
    """Apply one of the TD3.3 actions. Asking for the state a document already has changes nothing."""
    if d.statut is Statut.DELETED:
        if action is Action.SUPPRIMER:
            return Mutation(d, None)
        raise refuser(
            "XDSMetadataUpdateError",
            "the document is deleted: its metadata are frozen",
            "le document est supprimé : ses métadonnées sont figées",
            regle="DMP-CV-SUPPRIME",
        )
    if d.statut is Statut.DEPRECATED and action is not Action.SUPPRIMER:
        raise refuser(
            "XDSRegistryDeprecatedDocumentError",
            "only the current version can be changed",
            "seule la version à jour peut être modifiée",
            regle="DMP-CV-OBSOLETE",
        )
    return _MUTATIONS[action](d)


def _masquer(d: Document) -> Mutation:
    return Mutation(d, None) if d.masque else Mutation(replace(d, masque=True), "DOC_MASKED")


def _demasquer(d: Document) -> Mutation:
    return Mutation(replace(d, masque=False), "DOC_UNMASKED") if d.masque else Mutation(d, None)


def _rendre_visible(d: Document) -> Mutation:
    if not (d.invisible_patient or d.invisible_representants):
        return Mutation(d, None)
    return Mutation(replace(d, invisible_patient=False, invisible_representants=False), "DOC_VISIBLE_PATIENT")


def _archiver(d: Document) -> Mutation:
    if d.statut is Statut.ARCHIVED:
        return Mutation(d, None)
    return Mutation(replace(d, statut=Statut.ARCHIVED), "DOC_ARCHIVED")


def _desarchiver(d: Document) -> Mutation:
    if d.statut is not Statut.ARCHIVED:
        return Mutation(d, None)
    return Mutation(replace(d, statut=Statut.APPROVED), "DOC_UNARCHIVED")


def _supprimer(d: Document) -> Mutation:
    return Mutation(replace(d, statut=Statut.DELETED), "DOC_DELETED")


_MUTATIONS: Final = {
    Action.MASQUER: _masquer,
    Action.DEMASQUER: _demasquer,
    Action.RENDRE_VISIBLE: _rendre_visible,
    Action.ARCHIVER: _archiver,
    Action.DESARCHIVER: _desarchiver,
    Action.SUPPRIMER: _supprimer,
}


def remplacer(d: Document, acteur: Acteur) -> Document:
    """The replaced version becomes Deprecated; only its author or his structure may replace it (dmp.md §6.1)."""
    if d.statut is not Statut.APPROVED:
        raise refuser(
            "XDSRegistryDeprecatedDocumentError",
            f"{d.unique_id} is {d.statut.value}: only an Approved version can be replaced",
            f"{d.unique_id} est {d.statut.value} : seule une version à jour peut être remplacée",
            regle="DMP-CV-RPLC",
        )
    if not (d.est_auteur(acteur) or d.de_la_structure(acteur) or acteur.type is TypeActeur.SYSTEME):
        raise refuser(
            "XDSReplaceFailed",
            "only the author of a document, or his structure, may replace it",
            "seul l'auteur d'un document, ou sa structure, peut le remplacer",
            regle="DMP-CV-RPLC-AUTEUR",
        )
    return replace(d, statut=Statut.DEPRECATED)


def visible_au_patient(d: Document, *, representant: bool, mineur: bool) -> bool:
    """§6.2: what the holder, or the legal representative of a minor, may see."""
    if d.statut is Statut.DELETED:
        return False
    if d.invisible_patient:
        return False
    return not (d.invisible_representants and (representant or mineur))


def minuteur(d: Document, now: datetime) -> Literal["informer", "rendre_visible"] | None:
    """What the R1111-53 timers ask for this document at this instant."""
    if not d.invisible_patient or d.statut in {Statut.DELETED, Statut.DEPRECATED}:
        return None
    if now >= d.depose_le + DELAI_VISIBILITE:
        return "rendre_visible"
    if now >= d.depose_le + DELAI_INFORMATION and not d.information_donnee:
        return "informer"
    return None
