"""Finding a professional of a bac by slug, national identifier or bare RPPS."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.personas.fiche import en_professionnel, en_structures
from gateway.store import personas as store
from gateway.store.personas import PersonaRow
from shared.monde.modele import Professionnel, Structure
from shared.monde.professionnels import PAR_ID_NAT, PROFESSIONNELS
from shared.monde.structures import STRUCTURES

MODIFIABLES = ("nom", "prenom", "civilite", "auth_mode", "ecps_active", "actif", "libelle")
SITUATIONS_SANS_CONNEXION = frozenset({"logiciel", "inactif"})


@dataclass(frozen=True, slots=True)
class Persona:
    """A professional with the structures they refer to, and how their simulated phone behaves."""

    personne: Professionnel
    structures: Mapping[str, Structure] = field(default_factory=lambda: STRUCTURES)
    politique: str | None = None
    pin: str = "1234"
    courriel: str | None = None
    adresse_mss: str | None = None
    version: int = 0
    ajoute: bool = False

    @property
    def peut_se_connecter(self) -> bool:
        return self.personne.actif and not self.personne.situations & SITUATIONS_SANS_CONNEXION


async def trouver(session: AsyncSession, cle: str | None) -> Persona | None:
    """The persona of this bac with that slug, national identifier or RPPS; ``None`` when there is none."""
    if not cle or len(cle) > 64 or "\0" in cle:
        return None
    cle = cle.strip()
    if len(cle) == 11 and cle.isascii() and cle.isdigit():
        cle = f"8{cle}"
    row = await store.lire(session, cle)
    if row is not None:
        return depuis_row(row)
    return du_monde(cle)


def du_monde(cle: str) -> Persona | None:
    """Somebody of the demonstration world as nobody changed them."""
    personne = PROFESSIONNELS.get(cle) or PAR_ID_NAT.get(cle)
    return Persona(personne) if personne else None


async def lister(session: AsyncSession) -> list[Persona]:
    """Everybody, the demonstration world first and in its order."""
    rows = {row.slug: row for row in await store.toutes(session)}
    premiers = [depuis_row(rows.pop(slug)) if slug in rows else Persona(p) for slug, p in PROFESSIONNELS.items()]
    return premiers + [depuis_row(row) for row in rows.values()]


def depuis_row(row: PersonaRow) -> Persona:
    reste: dict[str, Any] = {c: row.donnees.get(c) for c in ("politique", "courriel", "adresse_mss")}
    pin = str(row.donnees.get("pin") or "1234")
    version = int(row.donnees.get("version", 0))
    if row.ajoute:
        propres = en_structures(row.slug, row.donnees)
        personne = en_professionnel(row.slug, row.donnees)
        return Persona(personne, {**STRUCTURES, **propres}, pin=pin, version=version, ajoute=True, **reste)
    base = PROFESSIONNELS[row.slug]
    changes: dict[str, Any] = {k: v for k, v in row.donnees.items() if k in MODIFIABLES}
    assert set(changes) <= {f.name for f in fields(Professionnel)}
    return Persona(replace(base, **changes), pin=pin, version=version, **reste)
