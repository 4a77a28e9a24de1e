"""Text that a database can keep: no NUL, no lone surrogate (PostgreSQL refuses both)."""

from typing import Any

from starlette.requests import Request

from shared.errors import Invalide

MOTIF = r"^[^\x00]*$"


def est_propre(valeur: Any) -> bool:
    """Whether every string of a JSON value can be stored and sent back."""
    match valeur:
        case str():
            return "\x00" not in valeur and not any("\ud800" <= c <= "\udfff" for c in valeur)
        case dict():
            return all(est_propre(v) for paire in valeur.items() for v in paire)
        case list():
            return all(est_propre(v) for v in valeur)
        case _:
            return True


async def adresse_propre(request: Request) -> None:
    """Router dependency: what the path and the query say is storable text."""
    for nom, valeur in (*request.path_params.items(), *request.query_params.multi_items()):
        if not est_propre(nom) or not est_propre(valeur):
            raise Invalide("NUL is not a character here.", "Le caractère NUL est refusé.", champ=nom.strip("\x00"))
