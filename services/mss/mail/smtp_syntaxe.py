"""The words of SMTP: paths, parameters of MAIL and RCPT, replies (RFC 5321 §4.1, RFC 3461, RFC 1870)."""

import re
from dataclasses import dataclass, field
from typing import Any

from services.mss.domain.rapports import Demande
from services.mss.domain.refus import MessageTropGros
from services.mss.usecases.distribution import Enveloppe
from shared.errors import TropGros

_CHEMIN = re.compile(r"<(?:@[^<>:]{1,200}:)?(?P<adresse>[^<>]*)>\s*(?P<reste>.*)", re.S)


@dataclass(slots=True)
class Transaction:
    """The mail being built between MAIL and DATA."""

    expediteur: str | None = None
    ret: str | None = None
    envid: str | None = None
    destinataires: list[Enveloppe] = field(default_factory=list)


def lire_mail(parametres: dict[str, str], taille_max: int) -> Transaction | None:
    """The parameters of MAIL; None when one is unknown, a refusal when the announced size is over the limit."""
    transaction = Transaction()
    for nom, valeur in parametres.items():
        match nom:
            case "SIZE" if valeur.isdigit() and len(valeur) <= 20:
                if int(valeur) > taille_max:
                    raise MessageTropGros(int(valeur), taille_max)
            case "BODY" if valeur.upper() in {"7BIT", "8BITMIME"}:
                pass
            case "RET" if valeur.upper() in {"FULL", "HDRS"}:
                transaction.ret = valeur.upper()
            case "ENVID" if valeur and len(valeur) <= 100:
                transaction.envid = xtext(valeur)
            case "AUTH":
                pass
            case _:
                return None
    return transaction


def lire_demande(parametres: dict[str, str], ret: str | None, envid: str | None) -> Demande | None:
    """The parameters of RCPT, in any case (common clients send lower case); None when one is unknown."""
    notify: frozenset[str] = frozenset()
    orcpt = None
    for nom, valeur in parametres.items():
        if nom == "NOTIFY":
            notify = frozenset(v.strip().upper() for v in valeur.split(","))
            if not notify <= {"NEVER", "SUCCESS", "FAILURE", "DELAY"} or ("NEVER" in notify and len(notify) > 1):
                return None
        elif nom == "ORCPT" and ";" in valeur and len(valeur) <= 500:
            orcpt = xtext(valeur).replace(";", "; ", 1)
        else:
            return None
    return Demande(ret, envid, notify, orcpt)


def depasse(limite: int) -> TropGros:
    return TropGros(
        f"the message is over the {limite} bytes of this operator",
        f"le message dépasse les {limite} octets de cet opérateur",
        regle="L22",
        champ="taille",
        membres={"smtp": 552, "statut": "5.3.4"},
    )


def reponse_de_faute(refus: dict[str, Any]) -> tuple[int, str]:
    code = int(refus.get("code") or 451)
    code = code if 400 <= code <= 599 else 451
    statut = str(refus.get("statut") or f"{code // 100}.3.0")
    return code, ascii_seul(f"{statut} {refus.get('en') or refus.get('message') or 'injected fault'}")


def lire_chemin(reste: str, mot: str) -> tuple[str, dict[str, str]] | None:
    """``FROM:<a@b> SIZE=1`` → the address and the parameters (names in upper case)."""
    if not reste.upper().startswith(mot):
        return None
    suite = reste[len(mot) :].strip()
    trouve = _CHEMIN.fullmatch(suite)
    if trouve is None:
        adresse, _, queue = suite.partition(" ")
        if not adresse or "<" in suite or ">" in suite:
            return None
    else:
        adresse, queue = trouve["adresse"], trouve["reste"]
    parametres: dict[str, str] = {}
    for morceau in queue.split():
        nom, _, valeur = morceau.partition("=")
        parametres[nom.upper()] = valeur
    return adresse, parametres


def xtext(valeur: str) -> str:
    """RFC 3461 xtext: ``+HH`` is a byte."""
    return re.sub(r"\+([0-9A-F]{2})", lambda m: chr(int(m[1], 16)), valeur)


def ascii_seul(texte: str) -> str:
    return " ".join(texte.encode("ascii", "replace").decode().split())
