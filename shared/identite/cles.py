"""Check digits: matricule key (modulo 97) and Luhn (RPPS, FINESS, SIREN, SIRET)."""

CORSE = {"2A": "19", "2B": "18"}


def cle_matricule(num13: str) -> str:
    """The two-digit key of a 13-character matricule; Corsica counts ``2A`` as 19 and ``2B`` as 18 (insi §2.1)."""
    numero = num13.upper()
    departement = numero[5:7]
    chiffres = numero[:5] + CORSE.get(departement, departement) + numero[7:]
    return f"{97 - int(chiffres) % 97:02d}"


def luhn_ok(chiffres: str) -> bool:
    """Whether the last digit is the Luhn key of the others (annuaire-sante §6.5)."""
    return chiffres.isascii() and chiffres.isdigit() and _somme(chiffres) % 10 == 0


def luhn_cle(chiffres: str) -> str:
    """The digit to append so that :func:`luhn_ok` holds."""
    return str(-_somme(chiffres + "0") % 10)


def _somme(chiffres: str) -> int:
    total = 0
    for rang, caractere in enumerate(reversed(chiffres)):
        valeur = int(caractere) * (2 if rang % 2 else 1)
        total += valeur - 9 if valeur > 9 else valeur
    return total
