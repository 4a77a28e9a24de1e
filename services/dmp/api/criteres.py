"""Search parameters of DocumentReference and List as predicates over stored rows (dmp.md §5.1, §5.2)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from services.dmp.domain.lot import Statut
from services.dmp.domain.refus import refuser
from services.dmp.domain.valeurs import Valeurs
from services.dmp.fhir.lecture import oid_de
from services.dmp.fhir.ressources import labels
from services.dmp.store.documents import Ligne, LotRow
from services.dmp.usecases.recherche import Criteres
from services.dmp.usecases.texte import plier
from shared.edge.bac import Profil
from shared.fhir.bundle import searchset
from shared.fhir.search import Genre, Parametre, Recherche, lire_recherche

DOCUMENT: Final[Mapping[str, Genre]] = {
    "patient": "reference",
    "patient.identifier": "token",
    "status": "token",
    "identifier": "token",
    "type": "token",
    "category": "token",
    "facility": "token",
    "setting": "token",
    "format": "token",
    "event": "token",
    "security-label": "token",
    "creation": "date",
    "date": "date",
    "period": "date",
    "period-start": "date",
    "period-end": "date",
    "isArchived": "token",
    "relatesto": "reference",
    "related": "token",
    "author": "reference",
    "author.given": "string",
    "author.family": "string",
}
LISTE: Final[Mapping[str, Genre]] = {
    "patient": "reference",
    "patient.identifier": "token",
    "code": "token",
    "status": "token",
    "date": "date",
    "identifier": "token",
    "designationType": "token",
    "sourceId": "token",
    "title": "string",
    "source": "reference",
    "source.given": "string",
    "source.family": "string",
    "authorOrg": "token",
    "isArchived": "token",
}
# Names of the capability statement, which differ from the codes used in URLs (§5.1): both are accepted.
_ALIAS: Final = {
    "PDSm_isArchived": "isArchived",
    "PDSm-isArchived": "isArchived",
    "DesignationType": "designationType",
    "SourceId": "sourceId",
    "PDSm-DocumentReference-period-start": "period-start",
    "PDSm-DocumentReference-period-end": "period-end",
    "patient:identifier": "patient.identifier",
    "patient:Patient.identifier": "patient.identifier",
    "source:PractitionerRole.name": "source.family",
    "source:Patient.family": "source.family",
    "source:Patient.given": "source.given",
}
_MHD_LISTE: Final = "profiles.ihe.net/ITI/MHD/CodeSystem/MHDlistTypes"
_A_PART: Final = frozenset({"patient", "patient.identifier", "status", "isArchived"})
_STATUTS: Final = {
    "current": frozenset({Statut.APPROVED}),
    "superseded": frozenset({Statut.DEPRECATED}),
    "entered-in-error": frozenset({Statut.DELETED}),
}

Row = TypeVar("Row", Ligne, LotRow)


@dataclass(slots=True)
class Demande:
    """An ITI-67 search as it was read, and the patient it names."""

    recherche: Recherche
    matricule: str
    oid: str | None
    _tete: tuple[str, int, bytes] | None = None
    _criteres: tuple[Valeurs, Criteres] | None = None

    def criteres(self, valeurs: Valeurs, profil: Profil) -> Criteres:
        """Every parameter but the patient. A demand is read under one profile."""
        if self._criteres is None or self._criteres[0] is not valeurs:
            self._criteres = (valeurs, criteres(self.recherche, valeurs, profil))
        return self._criteres[1]

    def tete(self, url: str, total: int) -> bytes:
        """The searchset that answers it, without its entries: the same for as long as there are so many."""
        if self._tete is None or self._tete[:2] != (url, total):
            self._tete = (url, total, searchset((), total=total, liens=self.recherche.liens(url, total=total)))
        return self._tete[2]


def lire(
    couples: Iterable[tuple[str, str]], declares: Mapping[str, Genre], *, prefer: str | None, profil: Profil
) -> Recherche:
    return lire_recherche(
        [(_ALIAS.get(nom, nom), valeur) for nom, valeur in couples],
        declares,
        prefer=prefer,
        strict=profil == "homologation",
    )


def patient(r: Recherche) -> tuple[str, str | None]:
    """(matricule, OID or None) of the mandatory patient."""
    for p in r.parametres:
        if p.nom == "patient.identifier":
            jeton = p.jetons()[0]
            if jeton.code is None:
                break
            return jeton.code, oid_de(jeton.systeme)
        if p.nom == "patient":
            return p.references()[0].id.removeprefix("p-"), None
    raise refuser(
        "XDSStoredQueryMissingParam",
        "patient or patient.identifier is mandatory",
        "patient ou patient.identifier est obligatoire",
        regle="ITI-67-PATIENT",
        champ="patient.identifier",
    )


def criteres(r: Recherche, v: Valeurs, profil: Profil) -> Criteres:
    """Every parameter of an ITI-67 search but the patient."""
    statuts, demande = _statuts(r, profil)
    tests = [
        _document(p, v) for p in r.parametres if p.nom not in {"patient", "patient.identifier", "status", "isArchived"}
    ]
    return Criteres(statuts, demande, tuple(tests), r.count, r.offset)


def _statuts(r: Recherche, profil: Profil) -> tuple[frozenset[Statut], bool]:
    """``status`` (mandatory in homologation, else ``current``) crossed with ``isArchived`` (default: not archived)."""
    demandes = [p for p in r.parametres if p.nom == "status"]
    if not demandes and profil == "homologation":
        raise refuser(
            "XDSStoredQueryMissingParam",
            "status is mandatory (ITI-67)",
            "status est obligatoire (ITI-67)",
            regle="ITI-67-STATUS",
            champ="status",
        )
    codes = [j.code or "" for p in demandes for j in p.jetons()] or ["current"]
    inconnus = [c for c in codes if c not in _STATUTS]
    if inconnus:
        raise refuser(
            "XDSStoredQueryParamNumber",
            f"status {inconnus[0]!r} is not one of {', '.join(_STATUTS)}",
            f"status {inconnus[0]!r} n'est pas parmi {', '.join(_STATUTS)}",
            regle="ITI-67-STATUS",
            champ="status",
        )
    statuts = frozenset(s for c in codes for s in _STATUTS[c])
    archives = {j.code for p in r.parametres if p.nom == "isArchived" for j in p.jetons()}
    if "current" in codes and "true" in archives:
        statuts |= {Statut.ARCHIVED}
        if "false" not in archives:
            statuts -= {Statut.APPROVED}
    return statuts, bool(demandes)


def _document(p: Parametre, v: Valeurs) -> Callable[[Ligne], bool]:
    lecteurs: dict[str, Callable[[Ligne], Any]] = {
        "type": lambda d: d.type_code,
        "category": lambda d: d.classe,
        "facility": lambda d: d.etablissement,
        "setting": lambda d: d.cadre,
        "format": lambda d: d.format,
    }
    if p.nom in lecteurs:
        codes = {j.code for j in p.jetons()}
        systemes = {j.code: j.systeme for j in p.jetons()}
        lire_code = lecteurs[p.nom]
        if p.nom == "type":
            return lambda d: d.type_code in codes and _meme_systeme(v, d.type_code, systemes[d.type_code])
        return lambda d: lire_code(d) in codes
    if p.nom in {"creation", "date", "period-start", "period-end", "period"}:
        return _dates(p)
    match p.nom:
        case "identifier":
            cles = {oid_de(j.code) for j in p.jetons()} | {(j.code or "").removeprefix("urn:uuid:") for j in p.jetons()}
            return lambda d: d.unique_id in cles or d.entry_uuid in cles
        case "security-label":
            codes = {j.code for j in p.jetons()}
            return lambda d: bool(codes & _labels(d))
        case "event" | "related":
            fragments = [f"|{oid_de(j.code) if p.nom == 'related' else j.code}|" for j in p.jetons()]
            bruts = [f"|{j.code}|" for j in p.jetons()]
            champ = "evenements" if p.nom == "event" else "references"
            return lambda d: any(f in getattr(d, champ) for f in (*fragments, *bruts))
        case "relatesto":
            ids = {ref.id for ref in p.references()}
            return lambda d: d.remplace in ids
        case "author":
            ids = {ref.id.rpartition("|")[2] for ref in p.references()}
            return lambda d: d.auteur_id_nat in ids
        case "author.given" | "author.family":
            return _noms(p, lambda d: d.auteurs)
        case "_id":
            ids = {j.code or "" for j in p.jetons()}
            return lambda d: d.id in ids or d.entry_uuid in ids
        case "_lastUpdated":
            return lambda d: any(plage.correspond(d.modifie_le) for plage in p.dates())
    raise AssertionError(f"declared and not handled: {p.nom}")


def _labels(d: Ligne) -> set[str]:
    return set(labels(d.niveau, d.masque, d.invisible_patient, d.invisible_representants))


def _meme_systeme(v: Valeurs, type_code: str, systeme: str | None) -> bool:
    connu = v.types.get(type_code)
    return not systeme or connu is None or connu.systeme.removeprefix("http://") == systeme.removeprefix("http://")


def _dates(p: Parametre) -> Callable[[Ligne], bool]:
    plages = p.dates()
    if p.nom == "period":
        return lambda d: any(_recouvre(plage, d.debut, d.fin or d.debut) for plage in plages)
    lecteurs: dict[str, Callable[[Ligne], datetime | None]] = {
        "creation": lambda d: d.creation,
        "date": lambda d: d.creation,
        "period-start": lambda d: d.debut,
        "period-end": lambda d: d.fin,
    }
    lire_date = lecteurs[p.nom]
    return lambda d: (quand := lire_date(d)) is not None and any(plage.correspond(quand) for plage in plages)


def _recouvre(plage: Any, debut: datetime, fin: datetime) -> bool:
    """FHIR: a period matches a date when they overlap."""
    bas, haut = plage.bornes()
    return (bas is None or fin >= bas) and (haut is None or debut < haut)


def _noms(p: Parametre, lire_noms: Callable[[Row], str | None]) -> Callable[[Row], bool]:
    cherches = [plier(t) for t in p.textes()]
    if p.modificateur == "exact" or p.modificateur == "contains":
        return lambda d: any(c in (lire_noms(d) or "") for c in cherches)
    return lambda d: any(mot.startswith(c) for c in cherches for mot in (lire_noms(d) or "").split())


def lots(r: Recherche) -> list[Callable[[LotRow], bool]]:
    """Every parameter of an ITI-66 search but the patient; ``code`` must be ``submissionset``."""
    codes = [j for p in r.parametres if p.nom == "code" for j in p.jetons()]
    for jeton in codes:
        if jeton.code != "submissionset" or (jeton.systeme and _MHD_LISTE not in jeton.systeme):
            return [lambda _: False]
    tests: list[Callable[[LotRow], bool]] = []
    for p in r.parametres:
        if p.nom in {"patient", "patient.identifier", "code"}:
            continue
        tests.append(_lot(p))
    return tests


def _lot(p: Parametre) -> Callable[[LotRow], bool]:
    valeurs = {j.code for j in p.jetons()} | {oid_de(j.code) for j in p.jetons()}
    match p.nom:
        case "status":
            return lambda _: "current" in valeurs
        case "isArchived":
            return lambda _: "false" in valeurs
        case "date":
            return lambda lot: any(plage.correspond(lot.date) for plage in p.dates())
        case "identifier":
            return lambda lot: lot.unique_id in valeurs or f"urn:uuid:{lot.id}" in valeurs
        case "designationType":
            return lambda lot: lot.contenu in valeurs
        case "sourceId":
            return lambda lot: lot.source_id in valeurs
        case "authorOrg":
            return lambda lot: lot.structure_id in valeurs
        case "title":
            cherches = [plier(t) for t in p.textes()]
            return lambda lot: any(plier(lot.titre or "").startswith(c) for c in cherches)
        case "source":
            ids = {ref.id.rpartition("|")[2] for ref in p.references()}
            return lambda lot: lot.auteur_id_nat in ids
        case "source.given" | "source.family":
            return _noms(p, lambda lot: lot.auteur_nom)
        case "_id":
            return lambda lot: lot.id in valeurs
        case "_lastUpdated":
            return lambda lot: any(plage.correspond(lot.depose_le) for plage in p.dates())
    raise AssertionError(f"declared and not handled: {p.nom}")
