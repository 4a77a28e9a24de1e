"""What happens to a person of the base: birth registration, corrected traits, a new matricule (insi.md §2, §4)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.ins.domain.personne import Matricule, Personne
from shared.contracts.ins import MatriculeChange, PersonneCreee, PersonneModifiee
from shared.errors import Conflit
from shared.identite.ins import MatriculeIns, NatureMatricule, OidMode
from shared.identite.traits import Traits


class MatriculeDejaPris(Conflit):
    """A matricule, active or historic, belongs to one person for ever."""

    regle = "INS-MAT-03"


def creer(
    id_: str,
    matricule: MatriculeIns,
    traits: Traits,
    *,
    nature: NatureMatricule = NatureMatricule.NIR,
    rang_naissance: int = 1,
    alias: tuple[str, ...] = (),
    historique: tuple[Matricule, ...] = (),
) -> Personne:
    return Personne(
        id=id_,
        matricule=Matricule(matricule.valeur, nature),
        nom_naissance=traits.nom_naissance,
        prenoms=traits.prenoms,
        sexe=traits.sexe,
        date_naissance=traits.date_naissance,
        lieu_naissance=traits.lieu_naissance,
        rang_naissance=rang_naissance,
        alias=alias,
        historique=historique,
    )


def creation(personne: Personne, ouvreurs_droit: Sequence[str] = (), *, mode: OidMode, at: datetime) -> PersonneCreee:
    return PersonneCreee(**_faits(personne, mode), ouvreurs_droit=list(ouvreurs_droit), occurred_at=at)


def corriger(
    personne: Personne, traits: Traits, *, mode: OidMode, at: datetime
) -> tuple[Personne, PersonneModifiee | None]:
    """New traits for the same matricule; the same traits again change nothing and tell nobody."""
    corrigee = replace(
        personne,
        nom_naissance=traits.nom_naissance,
        prenoms=traits.prenoms,
        sexe=traits.sexe,
        date_naissance=traits.date_naissance,
        lieu_naissance=traits.lieu_naissance,
    )
    champs = [c for c in _TRAITS if getattr(personne, c) != getattr(corrigee, c)]
    if not champs:
        return personne, None
    return corrigee, PersonneModifiee(**_faits(corrigee, mode), champs=champs, occurred_at=at)


def attribuer(
    personne: Personne,
    matricule: MatriculeIns,
    nature: NatureMatricule,
    *,
    motif: str | None,
    mode: OidMode,
    at: datetime,
) -> tuple[Personne, tuple[MatriculeChange, PersonneModifiee] | None]:
    """Registration after a NIA, change of sex, correction: the old matricule joins ``INSHISTO`` with its last day."""
    ancien = personne.matricule
    if ancien.valeur == matricule.valeur:
        return personne, None
    nouveau = Matricule(matricule.valeur, nature, debut=at.date().isoformat())
    clos = replace(ancien, fin=at.date().isoformat())
    change = MatriculeChange(
        ancien_matricule_ins=ancien.valeur,
        ancien_oid=personne.oid(mode),
        matricule_ins=nouveau.valeur,
        oid=personne.oid(mode, nouveau),
        motif=motif,
        occurred_at=at,
    )
    anciens = tuple(m for m in personne.historique if m.valeur != nouveau.valeur)
    renumerotee = replace(personne, matricule=nouveau, historique=(*anciens, clos))
    etat = PersonneModifiee(**_faits(renumerotee, mode), champs=["matricule_ins"], occurred_at=at)
    return renumerotee, (change, etat)


_TRAITS = ("nom_naissance", "prenoms", "sexe", "date_naissance", "lieu_naissance")


def _faits(personne: Personne, mode: OidMode) -> dict[str, Any]:
    return {
        "matricule_ins": personne.matricule.valeur,
        "oid": personne.oid(mode),
        "nom_naissance": personne.nom_naissance,
        "prenom": personne.prenoms[0],
        "liste_prenoms": personne.liste_prenoms,
        "sexe": personne.sexe,
        "date_naissance": personne.date_naissance,
        "lieu_naissance": personne.lieu_naissance,
        "rang_naissance": personne.rang_naissance,
        "type_matricule": personne.matricule.nature.value,
    }
