"""Bundles joined from stored fragments: resources are served as the bytes we stored (architecture §10)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias

import orjson

from shared.errors import TropGros
from shared.fhir.validation import Noeud, RessourceInvalide

Mode: TypeAlias = Literal["match", "include", "outcome"]
ENTREES_MAX = 200


@dataclass(frozen=True, slots=True)
class Entree:
    """One entry of a searchset: the address of the resource and its stored bytes."""

    full_url: str | None
    ressource: bytes
    mode: Mode = "match"


@dataclass(frozen=True, slots=True)
class ReponseEntree:
    """One entry of a transaction-response (dmp.md §5.3): ``201 Created`` and a ``location``."""

    status: str
    location: str | None = None
    etag: str | None = None
    last_modified: datetime | None = None
    outcome: bytes | None = None
    ressource: bytes | None = None
    full_url: str | None = None


@dataclass(frozen=True, slots=True)
class RequeteEntree:
    """One entry of a received transaction; ``chemin`` reads its resource with errors that name its place."""

    rang: int
    full_url: str | None
    method: str
    url: str
    ressource: dict[str, Any] = field(default_factory=dict)
    if_none_exist: str | None = None
    if_match: str | None = None

    @property
    def chemin(self) -> Noeud:
        return Noeud(self.ressource, f"Bundle.entry[{self.rang}].resource")


def searchset(entrees: Iterable[Entree], *, total: int | None = None, liens: Mapping[str, str] | None = None) -> bytes:
    """A searchset; ``total`` counts every match, not this page, and is left out when it is not known."""
    entete: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset"}
    if total is not None:
        entete["total"] = total
    if liens:
        entete["link"] = [{"relation": relation, "url": url} for relation, url in liens.items()]
    fragments = [
        b"".join(
            (b"{", _full_url(e.full_url), b'"resource":', e.ressource, b',"search":{"mode":"', e.mode.encode(), b'"}}')
        )
        for e in entrees
    ]
    return _avec_entrees(entete, fragments)


def collection(type_bundle: str, ressources: Iterable[Entree], **membres: Any) -> bytes:
    """A bundle without search or response members (``collection``, ``document``, ``message``)."""
    entete = {"resourceType": "Bundle", "type": type_bundle, **membres}
    return _avec_entrees(
        entete, [b"".join((b"{", _full_url(e.full_url), b'"resource":', e.ressource, b"}")) for e in ressources]
    )


def transaction_response(reponses: Iterable[ReponseEntree], *, type_bundle: str = "transaction-response") -> bytes:
    """One entry per request entry, in the same order (ITI-65)."""
    return _avec_entrees({"resourceType": "Bundle", "type": type_bundle}, [_reponse(r) for r in reponses])


def lire_transaction(
    ressource: Mapping[str, Any], *, types: Sequence[str] = ("transaction",), maximum: int = ENTREES_MAX
) -> list[RequeteEntree]:
    """The entries of a received bundle, each with a method and a url, bounded in number."""
    bundle = Noeud(ressource, "Bundle")
    bundle.code("resourceType", parmi=("Bundle",))
    bundle.code("type", parmi=types)
    entrees = bundle.liste("entry")
    if len(entrees) > maximum:
        raise TropGros(
            f"{len(entrees)} entries, at most {maximum} are accepted",
            f"{len(entrees)} entrées, {maximum} au plus sont acceptées",
            champ="Bundle.entry",
        )
    lues = [_requete(rang, entree) for rang, entree in enumerate(entrees)]
    vus = [e.full_url for e in lues if e.full_url]
    if len(set(vus)) != len(vus):
        raise RessourceInvalide("two entries share a fullUrl", "deux entrées ont le même fullUrl", champ="Bundle.entry")
    return lues


def resoudre_references(valeur: Any, table: Mapping[str, str]) -> Any:
    """A copy of a resource in which every reference or url that is a ``fullUrl`` of the bundle became its location."""
    if isinstance(valeur, dict):
        return {
            cle: table.get(v, v)
            if cle in ("reference", "url") and isinstance(v, str)
            else resoudre_references(v, table)
            for cle, v in valeur.items()
        }
    if isinstance(valeur, list):
        return [resoudre_references(v, table) for v in valeur]
    return valeur


def _requete(rang: int, entree: Noeud) -> RequeteEntree:
    requete = entree.objet("request")
    ressource = entree.objet_facultatif("resource")
    return RequeteEntree(
        rang=rang,
        full_url=entree.texte_facultatif("fullUrl"),
        method=requete.code("method", parmi=("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH")),
        url=requete.texte("url"),
        ressource=dict(ressource.valeur) if ressource else {},
        if_none_exist=requete.texte_facultatif("ifNoneExist"),
        if_match=requete.texte_facultatif("ifMatch"),
    )


def _reponse(reponse: ReponseEntree) -> bytes:
    membres: dict[str, Any] = {"status": reponse.status}
    if reponse.location:
        membres["location"] = reponse.location
    if reponse.etag:
        membres["etag"] = reponse.etag
    if reponse.last_modified:
        membres["lastModified"] = reponse.last_modified.isoformat(timespec="milliseconds")
    if reponse.outcome:
        membres["outcome"] = orjson.Fragment(reponse.outcome)
    morceaux = [b"{", _full_url(reponse.full_url)]
    if reponse.ressource:
        morceaux += [b'"resource":', reponse.ressource, b","]
    return b"".join((*morceaux, b'"response":', orjson.dumps(membres), b"}"))


def _full_url(url: str | None) -> bytes:
    return b'"fullUrl":' + orjson.dumps(url) + b"," if url else b""


def _avec_entrees(entete: Mapping[str, Any], fragments: Sequence[bytes]) -> bytes:
    tete = orjson.dumps(entete)
    if not fragments:
        return tete  # FHIR forbids an empty array
    return b"".join((tete[:-1], b',"entry":[', b",".join(fragments), b"]}"))
