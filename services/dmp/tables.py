"""The published tables of the DMP, read once and compiled: the only place that asks shared.nomenclatures for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from services.dmp.domain.acces import Acces
from services.dmp.domain.droits import Droits, Matrice, TableDroits
from services.dmp.domain.profil import MachineProfil
from services.dmp.domain.situation import Reglages
from services.dmp.domain.table_acces import TableAcces
from services.dmp.domain.valeurs import Valeurs
from shared import nomenclatures


def lignes(nom: str) -> Sequence[Mapping[str, str]]:
    """The rows of one table, as they are published."""
    return nomenclatures.table(nom)


@dataclass(frozen=True, slots=True)
class Tables:
    acces: Acces
    machine: MachineProfil
    valeurs: Valeurs


@lru_cache(maxsize=8)
def charger(reglages: Reglages | None = None) -> Tables:
    """Everything the service decides with. Cached: the tables are immutable package data."""
    droits = Droits(
        TableDroits(lignes("dmp_functional_rights")), TableDroits(lignes("dmp_functional_rights_air"), air=True)
    )
    acces = Acces(
        TableAcces(lignes("access_decision_table"), reglages), droits, Matrice(lignes("habilitation_matrix")), reglages
    )
    return Tables(
        acces=acces,
        machine=MachineProfil(lignes("mes_profile_state_machine")),
        valeurs=Valeurs.depuis({nom: lignes(nom) for nom in Valeurs.TABLES}),
    )
