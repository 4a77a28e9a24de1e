"""``signerVitale``: what is asked, what may be signed (apcv.md §3, §7.B.8)."""

import base64
import binascii
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeAlias, cast, get_args

from services.apcv.domain.refus import refus

TypeFacture: TypeAlias = Literal["FSE", "DRE", "FSE+DRE"]
_SHA256 = 32


@dataclass(frozen=True, slots=True)
class Prestation:
    """One line of ``ResumeFacture/Prestation``: it feeds the receipt."""

    code_acte: str
    libelle: str
    date: str
    montant: Decimal
    part_amo: Decimal
    part_amc: Decimal


@dataclass(frozen=True, slots=True)
class DemandeSignature:
    type: TypeFacture
    nir_assure: str
    """15 characters."""
    matricule_beneficiaire: str
    empreinte_fse: str | None = None
    empreinte_dre: str | None = None
    prestations: tuple[Prestation, ...] = ()
    facture_id: str | None = None
    avance: Decimal | None = None
    """What the patient paid at the desk; the whole amount when nothing says otherwise."""


def type_facture(valeur: str) -> TypeFacture:
    """``Facture@type`` is not public: FSE, DRE or FSE+DRE here."""
    if valeur not in get_args(TypeFacture):
        raise refus("APCV-212", f"Type « {valeur} » inconnu.", f'Unknown type "{valeur}".', champ="Facture@type")
    return cast(TypeFacture, valeur)


def exiger_empreintes(demande: DemandeSignature) -> None:
    """The hashes that the type announces are there, and are SHA-256 in base64; an FSE and its DRE count once."""
    if "FSE" in demande.type:
        _exiger_sha256(demande.empreinte_fse, "DonneeFSE")
    if "DRE" in demande.type:
        _exiger_sha256(demande.empreinte_dre, "DonneeDRE")


def _exiger_sha256(valeur: str | None, champ: str) -> None:
    if not valeur:
        raise refus("APCV-212", f"{champ} manque.", f"{champ} is missing.", champ=champ)
    try:
        octets = base64.b64decode(valeur, validate=True)
    except (binascii.Error, ValueError):
        octets = b""
    if len(octets) != _SHA256:
        raise refus(
            "APCV-212",
            f"{champ} doit être un SHA-256 en base 64.",
            f"{champ} must be a SHA-256 in base 64.",
            champ=champ,
        )
