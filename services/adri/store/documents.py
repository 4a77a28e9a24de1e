"""The rights of a beneficiary as the JSON document that is stored."""

from datetime import date
from typing import Any

from services.adri.domain.droits import (
    AccidentTravail,
    Affiliation,
    Beneficiaire,
    Complementaire,
    Couverture,
    Organisme,
    Periode,
)
from services.adri.domain.situations import Situation


def ecrire(b: Beneficiaire) -> dict[str, Any]:
    return {
        "affiliations": [[_organisme(a.organisme), _periode(a.periode)] for a in b.affiliations],
        "periodes": [_periode(p) for p in b.periodes],
        "couvertures": [[c.situation.value, _periode(c.periode)] for c in b.couvertures],
        "complementaire": _complementaire(b.complementaire) if b.complementaire else None,
        "accidents": [[a.numero, a.date.isoformat(), a.organisme, a.rang] for a in b.accidents],
    }


def lire_affiliations(d: dict[str, Any]) -> tuple[Affiliation, ...]:
    return tuple(Affiliation(Organisme(*o), lire_periode(p)) for o, p in d["affiliations"])


def lire_periodes(d: dict[str, Any]) -> tuple[Periode, ...]:
    return tuple(lire_periode(p) for p in d["periodes"])


def lire_couvertures(d: dict[str, Any]) -> tuple[Couverture, ...]:
    return tuple(Couverture(Situation(s), lire_periode(p)) for s, p in d["couvertures"])


def lire_complementaire(d: dict[str, Any]) -> Complementaire | None:
    if (c := d["complementaire"]) is None:
        return None
    numero, gestion, type_contrat, periode, garanties = c
    return Complementaire(numero, gestion, type_contrat, lire_periode(periode), garanties)


def lire_accidents(d: dict[str, Any]) -> tuple[AccidentTravail, ...]:
    return tuple(AccidentTravail(n, date.fromisoformat(j), o, r) for n, j, o, r in d["accidents"])


def lire_periode(p: list[str | None]) -> Periode:
    debut, fin = p
    assert debut is not None
    return Periode(date.fromisoformat(debut), date.fromisoformat(fin) if fin else None)


def _periode(p: Periode) -> list[str | None]:
    return [p.debut.isoformat(), p.fin.isoformat() if p.fin else None]


def _organisme(o: Organisme) -> list[str]:
    return [o.regime, o.caisse, o.centre, o.code_gestion]


def _complementaire(c: Complementaire) -> list[Any]:
    return [c.numero_amc, c.gestion, c.type_contrat, _periode(c.periode), c.garanties]


def lisible(b: Beneficiaire) -> dict[str, Any]:
    """The same content with names, for people."""

    def periode(p: Periode) -> dict[str, str | None]:
        return dict(zip(("debut", "fin"), _periode(p), strict=True))

    c = b.complementaire
    return {
        "organismes": [
            dict(zip(("regime", "caisse", "centre", "codeGestion"), _organisme(a.organisme), strict=True))
            | periode(a.periode)
            for a in b.affiliations
        ],
        "periodes": [periode(p) for p in b.periodes],
        "couvertures": [{"situation": k.situation.value, **periode(k.periode)} for k in b.couvertures],
        "complementaire": None
        if c is None
        else {
            "numeroAMC": c.numero_amc,
            "gestion": c.gestion,
            "typeContrat": c.type_contrat,
            "garanties": c.garanties,
            **periode(c.periode),
        },
        "accidentsTravail": [
            {"numero": a.numero, "date": a.date.isoformat(), "organisme": a.organisme, "rang": a.rang}
            for a in b.accidents
        ],
    }
