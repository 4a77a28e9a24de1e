"""ITI-65 and ITI-105: from a bundle (or a lone DocumentReference) to a lot of the domain (dmp.md §5.3)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from services.dmp.domain.lot import Entree, Ins, Lot
from services.dmp.domain.refus import refuser
from services.dmp.fhir.lecture import (
    donnees_en_ligne,
    lire_binaire,
    lire_document_reference,
    lire_liste,
    url_piece,
)
from shared.fhir.bundle import RequeteEntree, lire_transaction
from shared.fhir.patch import lire_patch
from shared.fhir.validation import Noeud

FOLDER: Final = "folder"


@dataclass(frozen=True, slots=True)
class LotFhir:
    """A lot, the resources it came in, and which request entry is what."""

    lot: Lot
    soumises: Mapping[str, Mapping[str, Any]]
    liste: Mapping[str, Any] | None
    requetes: tuple[RequeteEntree, ...] = ()
    ref_de: Mapping[int, str] = field(default_factory=dict)
    """Rank of the request entry → ``ref`` of the document it is (DocumentReference) or carries (Binary)."""
    patches: Mapping[int, str] = field(default_factory=dict)
    """Rank → id of the DocumentReference whose status a PATCH entry sets to superseded."""
    dossiers: frozenset[int] = frozenset()
    """Ranks of folders, which the DMP ignores (PartialFolderContentNotProcessed)."""

    @property
    def patient(self) -> Ins | None:
        return self.lot.patient or next((e.patient for e in self.lot.entrees if e.patient), None)


def lire_bundle(ressource: Mapping[str, Any]) -> LotFhir:
    """Read a provide-document bundle. Its shape is checked here, its content by the rules MD-*."""
    requetes = lire_transaction(ressource)
    par_type: dict[str, list[RequeteEntree]] = {}
    patches: dict[int, str] = {}
    dossiers: set[int] = set()
    for requete in requetes:
        genre = str(requete.ressource.get("resourceType", ""))
        if requete.method == "PATCH":
            patches[requete.rang] = _patch(requete)
            continue
        if requete.method not in {"POST", "PUT"} or genre not in {"List", "DocumentReference", "Binary", "Patient"}:
            raise refuser(
                "FHIRDocumentNotSupported" if genre in {"Bundle", "Composition"} else "XDSMetadataUpdateOperationError",
                f"{requete.method} {genre or '(nothing)'} is not part of ITI-65",
                f"{requete.method} {genre or '(rien)'} ne fait pas partie d'ITI-65",
                regle="ITI-65-ENTREE",
                champ=f"Bundle.entry[{requete.rang}].request",
            )
        if genre == "List" and _code_liste(requete) == FOLDER:
            dossiers.add(requete.rang)
            continue
        par_type.setdefault(genre, []).append(requete)
    listes = par_type.get("List", [])
    if len(listes) != 1:
        raise refuser(
            "XDSRegistryMetadataError",
            f"one submission set (List) is expected, {len(listes)} found",
            f"un lot (List) est attendu, {len(listes)} trouvé(s)",
            regle="ITI-65-LIST",
            champ="Bundle.entry",
        )
    binaires = {cle: r for r in par_type.get("Binary", []) for cle in _adresses(r)}
    utilises: set[int] = set()
    ref_de: dict[int, str] = {}
    entrees: list[Entree] = []
    soumises: dict[str, Mapping[str, Any]] = {}
    for requete in par_type.get("DocumentReference", []):
        noeud = requete.chemin
        ref = requete.full_url or f"Bundle.entry[{requete.rang}]"
        contenu = donnees_en_ligne(noeud)
        if contenu is None and (binaire := binaires.get(url_piece(noeud) or "")) is not None:
            contenu = lire_binaire(binaire.chemin)
            utilises.add(binaire.rang)
            ref_de[binaire.rang] = ref
        ref_de[requete.rang] = ref
        entrees.append(lire_document_reference(noeud, ref, contenu))
        soumises[ref] = requete.ressource
    orphelins = tuple(
        r.full_url or f"Bundle.entry[{r.rang}]" for r in par_type.get("Binary", []) if r.rang not in utilises
    )
    lot = lire_liste(listes[0].chemin, tuple(entrees), orphelins)
    return LotFhir(lot, soumises, listes[0].ressource, tuple(requetes), ref_de, patches, frozenset(dossiers))


def lire_seul(ressource: Mapping[str, Any]) -> LotFhir:
    """ITI-105: one DocumentReference with its bytes inline; the server makes the lot."""
    noeud = Noeud(ressource, "DocumentReference")
    entree = lire_document_reference(noeud, "DocumentReference", donnees_en_ligne(noeud))
    if url_piece(noeud) is not None and entree.contenu is not None:
        raise noeud.refuser(
            "content[0].attachment.url",
            "url is not allowed when the document is inline (ITI-105)",
            "url n'est pas admis quand le document est en ligne (ITI-105)",
            regle="ITI-105-URL",
        )
    auteur = entree.auteurs[0] if entree.auteurs else None
    lot = Lot(None, None, None, entree.titre, None, entree.patient, auteur, (entree,))
    return LotFhir(lot, {"DocumentReference": ressource}, None)


def avec_remplacements(lu: LotFhir) -> LotFhir:
    """Check that each PATCH entry goes with a ``relatesTo replaces`` on the same target."""
    cibles = {c for e in lu.lot.entrees for c in e.remplace}
    for rang, cible in lu.patches.items():
        if cible not in cibles:
            raise refuser(
                "XDSReplaceFailed",
                f"PATCH of {cible}: no entry of the bundle replaces it",
                f"PATCH de {cible} : aucune entrée du lot ne le remplace",
                regle="ITI-65-PATCH",
                champ=f"Bundle.entry[{rang}]",
            )
    return lu


def completer(lu: LotFhir, patient: Ins) -> LotFhir:
    """The lot with its patient, when only the entries named one (accepted in ``lenient``)."""
    return replace(lu, lot=replace(lu.lot, patient=lu.lot.patient or patient))


def _adresses(requete: RequeteEntree) -> list[str]:
    adresses = [requete.full_url] if requete.full_url else []
    if identifiant := requete.ressource.get("id"):
        adresses.append(f"Binary/{identifiant}")
    return [a for a in adresses if a]


def _code_liste(requete: RequeteEntree) -> str | None:
    trouve = requete.chemin.premier_coding("code")
    return trouve[1] if trouve else None


def _patch(requete: RequeteEntree) -> str:
    """The id of the entry whose status a PATCH entry sets to superseded."""
    genre, _, id = requete.url.partition("/")
    operations = lire_patch(dict(requete.ressource)) if requete.ressource.get("resourceType") == "Parameters" else ()
    attendu = [("replace", "/status", "superseded")]
    if genre != "DocumentReference" or not id or [(o.verbe, o.chemin, o.valeur) for o in operations] != attendu:
        raise refuser(
            "XDSMetadataUpdateOperationError",
            "in ITI-65 a PATCH entry only sets DocumentReference.status to superseded",
            "dans ITI-65 une entrée PATCH ne fait que passer DocumentReference.status à superseded",
            regle="ITI-65-PATCH",
            champ=f"Bundle.entry[{requete.rang}].resource",
        )
    return id
