"""A batch as B2 records of 128 characters (apcv.md §10.4).

The record types, their order and their totals are those of the public book; the positions inside a record are ours,
and every file says so in its first record.
"""

from collections.abc import Iterator
from decimal import Decimal

from services.apcv.domain.contexte import Professionnel
from services.apcv.domain.facture import Facture
from services.apcv.domain.montants import BAREMES, Part

LONGUEUR = 128


def rendre(numero: int, ps: Professionnel, factures: list[Facture]) -> str:
    """The whole file: 000, 1, then 2/2S/4…/5 for each invoice, 6, 999."""
    corps = [ligne for facture in factures for ligne in _facture(facture)]
    lignes = [
        _article("000", "B2", "BACASANTE", "POSITIONS NON OFFICIELLES"),
        _article("1", ps.identifiant_facturation, f"{numero:03d}", f"{len(factures):04d}"),
        *corps,
        _article("6", f"{numero:03d}", f"{len(factures):04d}", *_totaux(factures)),
    ]
    lignes.append(_article("999", f"{len(lignes) + 1:06d}"))
    return "".join(f"{ligne}\r\n" for ligne in lignes)


def _facture(f: Facture) -> Iterator[str]:
    total = f.total()
    naissance = f.date_naissance.replace("-", "")
    nature = BAREMES[f.situation].nature
    yield _article("2", f.numero or "", f.matricule_ins, naissance, str(f.rang), nature, f"{f.date_elaboration:%Y%m%d}")
    yield _article("2S", f.parcours, f.professionnel.code_specialite or "", f.numero_signature or "")
    for cotation, part in zip(f.cotations, f.parts(), strict=True):
        yield _article(
            "4",
            f"{cotation.date:%Y%m%d}",
            cotation.code_acte,
            f"{cotation.quantite:02d}",
            _centimes(cotation.coefficient),
            _centimes(cotation.base),
            f"{f.prise(cotation).taux():03d}",
            _centimes(part.amo),
            cotation.qualificatif,
        )
    yield _article("5", f.numero or "", *_montants(total))


def _totaux(factures: list[Facture]) -> tuple[str, ...]:
    montant = sum((f.total().montant for f in factures), Decimal(0))
    amo = sum((f.total().amo for f in factures), Decimal(0))
    return _centimes(montant), _centimes(amo)


def _montants(part: Part) -> tuple[str, ...]:
    return tuple(_centimes(v) for v in (part.montant, part.amo, part.amc, part.assure))


def _centimes(valeur: Decimal) -> str:
    return f"{int(valeur * 100):08d}"


def _article(type_: str, *zones: str) -> str:
    """Type on three characters, zones separated by one blank, padded to 128."""
    texte = f"{type_:<3}" + " ".join(zone for zone in zones)
    return f"{texte[:LONGUEUR]:<{LONGUEUR}}"
