"""The unique number of a prescription: 18 Crockford symbols (sheet e-prescription §3.1 and §3.2).

The national algorithm (rule SEL-SFG-023) is not public. Ours adds a Luhn mod 32 key to the numbers *we* make; the key
of a number received is never enforced, because the published example does not satisfy any known key.
"""

import re
import secrets
from collections.abc import Callable

from services.eprescription.domain.erreurs import refus

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MOTIF = r"^[0-9A-HJKMNP-TV-Z]{18}$"
SYSTEME = "1.2.250.1.215.500.1.1"  # ANS eP-MED-DM 2024.01: root of the number in serviceEvent/id
_MOTIF = re.compile(MOTIF, re.ASCII)
_CONFUSIONS = str.maketrans({"O": "0", "I": "1", "L": "1", " ": None, "-": None, "\u00a0": None})


def cle(corps: str) -> str:
    """The check symbol of the first 17 symbols (Luhn mod 32, weight 2 first from the right)."""
    facteur, somme = 2, 0
    for symbole in reversed(corps):
        produit = facteur * ALPHABET.index(symbole)
        facteur = 3 - facteur
        somme += produit // 32 + produit % 32
    return ALPHABET[(32 - somme % 32) % 32]


def generer(choisir: Callable[[str], str] = secrets.choice) -> str:
    """A fresh number: ``01``, fifteen random symbols and the key."""
    corps = "01" + "".join(choisir(ALPHABET) for _ in range(15))
    return corps + cle(corps)


def normaliser(saisie: str) -> str:
    """What a person typed or a scanner read, as the base writes it: upper case, no blanks, ``O→0``, ``I, L→1``."""
    return saisie[:64].upper().translate(_CONFUSIONS)


def est_bien_forme(numero: str) -> bool:
    return _MOTIF.fullmatch(numero) is not None


def lire(saisie: str, *, champ: str = "numero") -> str:
    """The normalised number, or the refusal GEN-01."""
    numero = normaliser(saisie)
    if not est_bien_forme(numero):
        raise refus("EP-422-01", regle="GEN-01", champ=champ)
    return numero


def cle_est_juste(numero: str) -> bool:
    """Whether the number carries our own key (information only)."""
    return cle(numero[:17]) == numero[17]


def grouper(numero: str) -> str:
    """As printed under the QR code: ``01 4K7Q 2M9X T3WZ 6RH1``."""
    return " ".join((numero[:2], *(numero[i : i + 4] for i in range(2, 18, 4))))
