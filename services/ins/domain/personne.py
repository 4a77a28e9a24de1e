"""A person of the national identity base: matricules (active and past), traits, OIDs (insi.md §2)."""

from dataclasses import dataclass, field

from shared.identite.ins import NatureMatricule, OidMode, oid
from shared.identite.traits import normaliser


@dataclass(frozen=True, slots=True)
class Matricule:
    """``NumIdentifiant`` (13) and ``Cle`` (2) as stored; past ones carry the dates they were active, when known."""

    valeur: str
    nature: NatureMatricule = NatureMatricule.NIR
    debut: str | None = None
    fin: str | None = None

    @property
    def num(self) -> str:
        return self.valeur[:13]

    @property
    def cle(self) -> str:
        return self.valeur[13:]

    def oid(self, mode: OidMode) -> str:
        """The assigning authority as this bac shows it (architecture §1, ``oid_mode``)."""
        return oid(self.nature, mode)


@dataclass(frozen=True, slots=True)
class Panne:
    """The published technical trouble this identity meets on a search (insi.md §11.2, P13 to P15)."""

    code: str | None = None
    delai_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Personne:
    id: str
    matricule: Matricule
    nom_naissance: str
    prenoms: tuple[str, ...]
    sexe: str
    date_naissance: str
    lieu_naissance: str | None = None
    rang_naissance: int = 1
    alias: tuple[str, ...] = ()
    historique: tuple[Matricule, ...] = ()
    panne: Panne = field(default_factory=Panne)
    oid_impose: OidMode | None = None
    """Some people keep the OID of one mode in every bac (a test identity met in qualification)."""

    def oid(self, mode: OidMode, matricule: Matricule | None = None) -> str:
        return (matricule or self.matricule).oid(self.oid_impose or mode)

    @property
    def liste_prenoms(self) -> str:
        return " ".join(self.prenoms)

    @property
    def noms_recherche(self) -> frozenset[str]:
        """The birth name and its recorded variants, normalised. A usage name is never one of them."""
        return frozenset(normaliser(nom) for nom in (self.nom_naissance, *self.alias))

    @property
    def prenoms_recherche(self) -> tuple[str, ...]:
        return tuple(normaliser(self.liste_prenoms).split())
