"""PATCH of metadata: which TD3.3 actions a patch stands for, the published oddities included (dmp.md §5.4)."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from services.dmp.domain.document import Document
from services.dmp.domain.lot import Statut
from services.dmp.domain.refus import RefusDmp, refuser
from services.dmp.domain.situation import Action
from services.dmp.domain.valeurs import (
    INVISIBLE_PATIENT,
    INVISIBLE_REPRESENTANTS,
    MASQUE_PS,
    NIVEAUX,
    VISIBILITES,
)
from services.dmp.fhir.lecture import ARCHIVE
from shared.decision import avertir
from shared.fhir.patch import Operation

_ARCHIVE: Final = re.compile(r"^/extension(/\d+|\[.*is-archived.*\])/value(Boolean)?$")


def actions(operations: Sequence[Operation], d: Document, labels: Sequence[str], *, superseded: bool) -> list[Action]:
    """The acts asked for, in order. ``labels`` are the labels as served; ``superseded`` says the header allows it."""
    trouvees = [a for operation in operations for a in _une(operation, d, labels, superseded)]
    return list(dict.fromkeys(trouvees))


def _une(o: Operation, d: Document, labels: Sequence[str], superseded: bool) -> Iterator[Action]:
    if o.verbe == "test":
        return
    if o.chemin == "/status":
        yield _statut(o, d, superseded)
    elif o.chemin == "/securityLabel" and o.verbe != "remove":
        yield from _ensemble(_codes(o.valeur if isinstance(o.valeur, list) else [o.valeur], o), labels)
    elif m := re.match(r"^/securityLabel/(\d+|-)$", o.chemin):
        yield from _label(o, m[1], labels)
    elif m := re.match(r"^/securityLabel/(\d+)/coding/0(/code)?$", o.chemin):
        code = o.valeur if isinstance(o.valeur, str) else (o.valeur or {}).get("code")
        yield from _poser(str(code), labels, o)
    elif _ARCHIVE.match(o.chemin) or _extension(o):
        yield Action.ARCHIVER if _booleen(o) else Action.DESARCHIVER
    else:
        raise _interdit(o)


def _statut(o: Operation, d: Document, superseded: bool) -> Action:
    if o.verbe == "remove":
        raise _interdit(o)
    if o.valeur == "entered-in-error" or (o.valeur == "superseded" and superseded):
        return Action.SUPPRIMER
    if o.valeur == "current" and d.statut is Statut.ARCHIVED:
        return Action.DESARCHIVER
    raise refuser(
        "XDSMetadataUpdateError",
        f"status {o.valeur!r} cannot be asked for: only entered-in-error (delete)",
        f"le statut {o.valeur!r} ne se demande pas : seulement entered-in-error (supprimer)",
        regle="DMP-PATCH-STATUT",
        champ="DocumentReference.status",
    )


def _label(o: Operation, rang: str, labels: Sequence[str]) -> Iterator[Action]:
    if o.verbe == "remove":
        if rang == "-" or int(rang) >= len(labels):
            raise _interdit(o)
        yield from _retirer({labels[int(rang)]}, o)
        return
    for code in _codes([o.valeur], o):
        yield from _poser(code, labels, o)


def _poser(code: str, labels: Sequence[str], o: Operation) -> Iterator[Action]:
    """``replace …/0`` with a TRE_A07 code adds the flag; with N, R or V it removes the flags that are set."""
    if code == MASQUE_PS:
        yield Action.MASQUER
    elif code in {INVISIBLE_PATIENT, INVISIBLE_REPRESENTANTS}:
        if code not in labels:
            yield Action.CACHER_PATIENT
    elif code in NIVEAUX:
        yield from _retirer(set(labels) & VISIBILITES, o)
    else:
        raise _code_inconnu(code)


def _ensemble(codes: list[str], labels: Sequence[str]) -> Iterator[Action]:
    """The whole list replaced: what appears is set, what disappears is removed."""
    for code in codes:
        if code not in NIVEAUX | VISIBILITES:
            raise _code_inconnu(code)
    if MASQUE_PS in codes and MASQUE_PS not in labels:
        yield Action.MASQUER
    if MASQUE_PS not in codes and MASQUE_PS in labels:
        yield Action.DEMASQUER
    for invisible in (INVISIBLE_PATIENT, INVISIBLE_REPRESENTANTS):
        if invisible in codes and invisible not in labels:
            yield Action.CACHER_PATIENT
        if invisible not in codes and invisible in labels:
            yield Action.RENDRE_VISIBLE


def _retirer(retires: set[str], o: Operation) -> Iterator[Action]:
    if not retires <= VISIBILITES:
        raise _interdit(o)
    if MASQUE_PS in retires:
        yield Action.DEMASQUER
    if retires & {INVISIBLE_PATIENT, INVISIBLE_REPRESENTANTS}:
        yield Action.RENDRE_VISIBLE


def _codes(valeurs: Sequence[Any], o: Operation) -> list[str]:
    codes = [
        str(coding["code"])
        for concept in valeurs
        if isinstance(concept, dict)
        for coding in concept.get("coding") or []
        if isinstance(coding, dict) and coding.get("code")
    ]
    if not codes:
        raise refuser(
            "XDSMetadataUpdateError",
            "a security label needs a coding with a code",
            "un label de confidentialité porte un coding avec un code",
            regle="DMP-PATCH-LABEL",
            champ=o.chemin,
        )
    return codes


def _extension(o: Operation) -> bool:
    return (
        o.verbe == "add"
        and re.match(r"^/extension(/(\d+|-))?$", o.chemin) is not None
        and any(isinstance(e, dict) and e.get("url") == ARCHIVE for e in _en_liste(o.valeur))
    )


def _en_liste(valeur: Any) -> list[Any]:
    return valeur if isinstance(valeur, list) else [valeur]


def _booleen(o: Operation) -> bool:
    if o.verbe == "remove":
        return False
    valeur = o.valeur
    for e in _en_liste(valeur):
        if isinstance(e, dict) and "valueBoolean" in e:
            valeur = e["valueBoolean"]
    if isinstance(valeur, str) and valeur in {"true", "false"}:
        avertir(
            "DMP-PATCH-BOOLEEN",
            fr="isArchived est un booléen, une chaîne a été acceptée",
            en="isArchived is a boolean, a string was accepted",
            chemin=o.chemin,
        )
        return valeur == "true"
    if not isinstance(valeur, bool):
        raise _interdit(o)
    return valeur


def _interdit(o: Operation) -> RefusDmp:
    return refuser(
        "XDSMetadataUpdateOperationError",
        f"{o.verbe} {o.chemin} is not allowed: only status, securityLabel and isArchived may change",
        f"{o.verbe} {o.chemin} n'est pas permis : seuls status, securityLabel et isArchived peuvent changer",
        regle="DMP-PATCH-405",
        champ=o.chemin,
    )


def _code_inconnu(code: str) -> RefusDmp:
    return refuser(
        "DMPConfidentialityConflict",
        f"confidentiality {code!r} is not in JDV_J58",
        f"confidentialité {code!r} hors JDV_J58",
        regle="MD-10",
        champ="DocumentReference.securityLabel",
    )
