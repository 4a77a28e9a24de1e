"""``/annuaire/fhir/v2``: the public read API of the Annuaire Santé (annuaire-sante.md §2, §3)."""

import base64
import binascii
import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

import orjson
from fastapi import APIRouter, Depends, Path
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from services.mss.api import annuaire_ressources as ressources
from services.mss.store import recherche_annuaire as recherches
from services.mss.store.annuaire import OrganisationRow, PraticienRow, SituationRow, boites_publiees
from services.mss.store.boites import BoiteRow
from services.mss.store.recherche_annuaire import Traduction
from shared.decision import avertir, operation
from shared.edge.bac import Bac
from shared.errors import DomainError, Introuvable, Invalide, NonAuthentifie
from shared.fhir.bundle import Entree, searchset
from shared.fhir.outcome import outcome
from shared.fhir.search import Genre, Recherche, lire_recherche
from shared.web.deps import BacDep, LectureDep, contexte
from shared.web.entree import bac_de
from shared.web.reponses import FhirResponse, JSONReponse

PREFIXE = "/annuaire/fhir/v2"
CLE_PAR_DEFAUT = "bac-a-sante"
PAGE_MAX = 1000
FORMULAIRE_MAX = 64 * 1024

_GENRES: Mapping[str, Genre] = {
    "_id": "token",
    "_lastUpdated": "date",
    "organization": "reference",
    "practitioner": "reference",
    "partof": "reference",
    "family": "string",
    "given": "string",
    "name": "string",
    "mailbox-mss": "string",
    "address": "string",
    "address-city": "string",
    "address-line": "string",
    "address-postalcode": "string",
}


class CleAbsente(NonAuthentifie):
    slug, regle = "cle-api-refusee", "ANN-CLE-01"


class ParametreInconnu(Invalide):
    slug, issue, regle = "parametre-inconnu", "processing", "ANN-RECH-01"


class RessourceInconnue(Introuvable):
    slug, regle = "ressource-inconnue", "ANN-RES-01"


@dataclass(frozen=True, slots=True)
class TypeRessource:
    """One resource type: its table, its search parameters, its mailboxes' owner column, its rendering."""

    nom: str
    table: Any
    traductions: Mapping[str, Traduction]
    proprietaire: Any
    cle: Callable[[Any], str]
    rendre: Callable[[Any, Iterable[BoiteRow]], dict[str, Any]]


_TYPES: dict[str, TypeRessource] = {
    "Practitioner": TypeRessource(
        "Practitioner",
        PraticienRow,
        recherches.PRATICIEN,
        BoiteRow.id_nat,
        lambda row: str(row.id_nat),
        ressources.praticien,
    ),
    "PractitionerRole": TypeRessource(
        "PractitionerRole",
        SituationRow,
        recherches.SITUATION,
        BoiteRow.situation_id,
        lambda row: str(row.numero),
        ressources.situation,
    ),
    "Organization": TypeRessource(
        "Organization",
        OrganisationRow,
        recherches.ORGANISATION,
        BoiteRow.structure_id,
        lambda row: str(row.structure_id),
        ressources.organisation,
    ),
}


async def cle_api(request: Request) -> None:
    """Every call carries ``ESANTE-API-KEY``; the default one exists in every bac (ruling 11.9)."""
    cle = request.headers.get("esante-api-key", "")
    bac = bac_de(request.scope)
    for connue in await _cles(request, bac):
        if hmac.compare_digest(cle.encode(), connue.encode()):
            return
    refus = CleAbsente(
        "the ESANTE-API-KEY header is missing or unknown in this bac (default key: bac-a-sante)",
        "l'en-tête ESANTE-API-KEY est absent ou inconnu dans ce bac (clé par défaut : bac-a-sante)",
        champ="ESANTE-API-KEY",
    )
    if bac.reglages.profil != "lenient":
        raise refus
    avertir(refus.regle, fr=refus.fr, en=refus.en)


async def _cles(request: Request, bac: Bac) -> Sequence[str]:
    passerelle = contexte(request).passerelle
    if passerelle.app is None:
        return (CLE_PAR_DEFAUT,)
    reponse = await passerelle.appel("GET", f"/_interne/bacs/{bac.nom}/logiciels")
    if reponse.status != 200:
        return (CLE_PAR_DEFAUT,)
    cles: list[str] = reponse.json().get("cle_api", [CLE_PAR_DEFAUT])
    return cles


router = APIRouter(prefix=PREFIXE, tags=["Annuaire Santé"], dependencies=[Depends(cle_api)])


@router.get("/metadata")
async def metadata() -> Response:
    """What this copy of the directory answers."""
    return FhirResponse(
        {
            "resourceType": "CapabilityStatement",
            "status": "active",
            "date": "2026-06-30",
            "kind": "instance",
            "fhirVersion": "4.0.1",
            "format": ["json"],
            "rest": [
                {
                    "mode": "server",
                    "resource": [
                        {
                            "type": genre.nom,
                            "interaction": [{"code": "read"}, {"code": "search-type"}],
                            "searchParam": [
                                {"name": nom, "type": _GENRES.get(nom, "token")} for nom in sorted(genre.traductions)
                            ],
                        }
                        for genre in _TYPES.values()
                    ],
                }
            ],
        }
    )


@router.get("/_page")
async def page_suivante(id: str, session: LectureDep, bac: BacDep) -> Response:
    """The page an earlier answer named; the id is opaque."""
    try:
        lu = orjson.loads(base64.urlsafe_b64decode(id.encode() + b"=" * (-len(id) % 4)))
        nom, couples = str(lu[0]), [(str(n), str(v)) for n, v in lu[1]]
    except (ValueError, TypeError, IndexError, binascii.Error) as erreur:
        raise Invalide("this page id is not ours", "cet identifiant de page n'est pas le nôtre", champ="id") from erreur
    return await _repondre(_type(nom), couples, session, bac)


@router.get("/{genre}")
async def chercher(genre: str, request: Request, session: LectureDep, bac: BacDep) -> Response:
    """Search; unknown parameters are refused, no result is an empty bundle."""
    return await _repondre(_type(genre), list(request.query_params.multi_items()), session, bac)


@router.post("/{genre}/_search")
async def chercher_par_formulaire(genre: str, request: Request, session: LectureDep, bac: BacDep) -> Response:
    """Search the directory, criteria in a form."""
    corps = await request.body()
    if len(corps) > FORMULAIRE_MAX:
        raise Invalide("the form is too long", "le formulaire est trop long", champ="corps")
    try:
        couples = parse_qsl(corps.decode("utf-8"), keep_blank_values=True, max_num_fields=200)
    except (UnicodeDecodeError, ValueError) as erreur:
        raise Invalide("the form cannot be read", "le formulaire est illisible", champ="corps") from erreur
    return await _repondre(_type(genre), [*request.query_params.multi_items(), *couples], session, bac)


@router.get("/{genre}/{id}")
async def lire(genre: str, id: Annotated[str, Path(pattern=r"^[A-Za-z0-9.-]{1,64}$")], session: LectureDep) -> Response:
    """One resource of the directory."""
    trouve = _type(genre)
    row = await session.get(trouve.table, id)
    if row is None:
        raise RessourceInconnue(
            f"HAPI-2001: Resource {genre}/{id} is not known", f"la ressource {genre}/{id} est inconnue", champ="id"
        )
    return FhirResponse((await _rendre(session, trouve, [row]))[0][1])


def _type(nom: str) -> TypeRessource:
    if (trouve := _TYPES.get(nom)) is None:
        connus = ", ".join(_TYPES)
        raise RessourceInconnue(
            f"HAPI-0302: Unknown resource type '{nom}' - Server knows how to handle: [{connus}]",
            f"type de ressource inconnu '{nom}' ; connus : {connus}",
            champ="resourceType",
        )
    return trouve


async def _repondre(genre: TypeRessource, couples: list[tuple[str, str]], session: AsyncSession, bac: Bac) -> Response:
    operation(f"ANNUAIRE {genre.nom}")
    recherche = _lire(genre, couples)
    rows = await recherches.chercher(session, genre.table, recherche, genre.traductions)
    total = await recherches.compter(session, genre.table, recherche, genre.traductions)
    base = f"{bac.base_url}{PREFIXE}"
    trouvees = await _rendre(session, genre, rows)
    incluses = await _inclure(session, genre, rows, couples)
    elements = next((v for n, v in couples if n == "_elements"), None)
    entrees = [
        Entree(f"{base}/{genre.nom}/{row.id}", orjson.dumps(_reduire(ressource, elements)), "match")
        for row, ressource in trouvees
    ]
    entrees += [Entree(f"{base}/{g.nom}/{row.id}", orjson.dumps(r), "include") for g, row, r in incluses]
    liens = {"self": f"{base}/{genre.nom}?{urlencode([c for c in couples if c[0] != '_offset'])}"}
    if recherche.offset + recherche.count < total and recherche.count:
        suite = [c for c in couples if c[0] != "_offset"]
        suite.append(("_offset", str(recherche.offset + recherche.count)))
        cle = base64.urlsafe_b64encode(orjson.dumps([genre.nom, suite])).decode().rstrip("=")
        liens["next"] = f"{base}/_page?id={cle}"
    sans_total = ("_total", "none") in couples
    return FhirResponse(searchset(entrees, total=None if sans_total else total, liens=liens))


def _lire(genre: TypeRessource, couples: list[tuple[str, str]]) -> Recherche:
    communs = {"_count", "_offset", "_total", "_include", "_revinclude", "_elements", "_pretty", "_format"}
    for complet, valeur in couples:
        nom = complet.partition(":")[0]
        if "\x00" in valeur:
            raise Invalide(f"{nom} holds a NUL character", f"{nom} contient un caractère NUL", champ=nom)
        if nom not in genre.traductions and nom not in communs:
            raise ParametreInconnu(
                f"Parameter {nom} not found for resource {genre.nom}",
                f"le paramètre {nom} n'existe pas pour la ressource {genre.nom}",
                champ=nom,
            )
    declares: dict[str, Genre] = {nom: _GENRES.get(nom, "token") for nom in genre.traductions}
    return lire_recherche(couples, declares, strict=True, count_max=PAGE_MAX)


async def _rendre(session: AsyncSession, genre: TypeRessource, rows: Sequence[Any]) -> list[tuple[Any, dict[str, Any]]]:
    """Resources with their published mailboxes, two queries whatever the number of rows."""
    boites = await boites_publiees(session, colonne=genre.proprietaire, valeurs=[genre.cle(row) for row in rows])
    par_cle: dict[str, list[BoiteRow]] = {}
    for boite in boites:
        if genre.nom == "Practitioner" and boite.situation_id is not None:
            continue  # a mailbox tied to a workplace is published on the PractitionerRole (§4.4)
        par_cle.setdefault(str(getattr(boite, genre.proprietaire.key)), []).append(boite)
    return [(row, genre.rendre(row, par_cle.get(genre.cle(row), []))) for row in rows]


async def _inclure(
    session: AsyncSession, genre: TypeRessource, rows: Sequence[Any], couples: list[tuple[str, str]]
) -> list[tuple[TypeRessource, Any, dict[str, Any]]]:
    """``_include`` and ``_revinclude`` of §3.3."""
    voulues: dict[str, set[str]] = {}
    for nom, valeur in couples:
        if nom == "_include":
            for cible, ids in _inclusions(genre.nom, valeur, rows):
                voulues.setdefault(cible, set()).update(ids)
    incluses = []
    for cible, ids in voulues.items():
        autre = _TYPES[cible]
        trouvees = await _par(session, autre, autre.table.id, ids)
        incluses += [(autre, row, r) for row, r in await _rendre(session, autre, trouvees)]
    for nom, valeur in couples:
        if nom == "_revinclude" and (lien := _RETOURS.get((genre.nom, valeur))) is not None:
            autre = _TYPES[lien[0]]
            trouvees = await _par(session, autre, lien[1], {row.id for row in rows})
            incluses += [(autre, row, r) for row, r in await _rendre(session, autre, trouvees)]
    return incluses


_RETOURS: dict[tuple[str, str], tuple[str, Any]] = {
    ("Practitioner", "PractitionerRole:practitioner"): ("PractitionerRole", SituationRow.praticien_id),
    ("Organization", "PractitionerRole:organization"): ("PractitionerRole", SituationRow.organisation_id),
    ("Organization", "Organization:partof"): ("Organization", OrganisationRow.partie_de),
}


def _inclusions(genre: str, valeur: str, rows: Sequence[Any]) -> list[tuple[str, set[str]]]:
    tout = valeur in {"*", f"{genre}:*"}
    rendues = []
    if genre == "PractitionerRole" and (tout or valeur == "PractitionerRole:practitioner"):
        rendues.append(("Practitioner", {row.praticien_id for row in rows}))
    if genre == "PractitionerRole" and (tout or valeur == "PractitionerRole:organization"):
        rendues.append(("Organization", {row.organisation_id for row in rows if row.organisation_id}))
    if genre == "Organization" and (tout or valeur == "Organization:partof"):
        rendues.append(("Organization", {row.partie_de for row in rows if row.partie_de}))
    return rendues


async def _par(session: AsyncSession, genre: TypeRessource, colonne: Any, ids: set[str]) -> Sequence[Any]:
    if not ids:
        return []
    return (await session.scalars(select(genre.table).where(colonne.in_(sorted(ids))).order_by(genre.table.id))).all()


def _reduire(ressource: dict[str, Any], elements: str | None) -> dict[str, Any]:
    """``_elements``: the wanted and mandatory elements, tagged SUBSETTED."""
    if not elements:
        return ressource
    gardes = {"resourceType", "id", "meta", "identifier", "active", *elements.split(",")}
    reduite = {cle: valeur for cle, valeur in ressource.items() if cle in gardes}
    etiquette = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}
    return reduite | {"meta": {**ressource["meta"], "tag": [etiquette]}}


def rendre_refus(erreur: DomainError, request: Request) -> Response:
    """FHIR refusals are OperationOutcomes; 401 comes from the API gateway and is not FHIR (§2)."""
    if erreur.status == 401:
        return JSONReponse(
            {
                "message": "Unauthorized",
                "http_status_code": 401,
                "regle": erreur.regle,
                "explication": {"fr": erreur.fr, "en": erreur.en},
            },
            status_code=401,
        )
    return FhirResponse(outcome(erreur), status_code=erreur.status, headers=dict(erreur.entetes))
