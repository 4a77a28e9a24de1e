"""Codes a prescription may carry, and those that no reference table knows (EP-422-05)."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.eprescription.domain import tables
from services.eprescription.domain.lignes import LigneMed
from services.eprescription.domain.modele import Prescription
from services.eprescription.domain.referentiel import cip13_valide, code_connu, medicament_de


@dataclass(frozen=True, slots=True)
class CodeInconnu:
    chemin: str
    code: str
    table: str


def type_document(type_prescription: str) -> str:
    """The DMP typeCode of the copy (``types_prescription.csv``)."""
    return tables.par_code("types_prescription")[type_prescription]["type_document"]


def titre_document(type_prescription: str) -> str:
    return tables.par_code("types_documents")[type_document(type_prescription)]["libelle"]


def codes_inconnus(p: Prescription) -> Iterator[CodeInconnu]:
    """Malformed or unknown codes, in document order. A well-formed product outside our sample is not one of them."""
    if not code_connu("types_prescription", p.type):
        yield CodeInconnu("type", p.type, "types_prescription")
    for i, sous_type in enumerate(p.sous_types):
        if not code_connu("sous_types_prescription", sous_type):
            yield CodeInconnu(f"sousTypes[{i}]", sous_type, "sous_types_prescription")
    for i, ligne in enumerate(p.lignes):
        if isinstance(ligne, LigneMed):
            yield from _codes_med(f"lignes[{i}]", ligne)


def _codes_med(chemin: str, ligne: LigneMed) -> Iterator[CodeInconnu]:
    produit = ligne.produit
    if produit is not None and produit.cis is not None and not _chiffres(produit.cis, 8):
        yield CodeInconnu(f"{chemin}.produit.cis", produit.cis, "BDPM CIS")
    if produit is not None and produit.cip13 is not None and not cip13_valide(produit.cip13):
        yield CodeInconnu(f"{chemin}.produit.cip13", produit.cip13, "BDPM CIP13")
    if ligne.voie is not None and not code_connu("voies_administration_edqm", ligne.voie):
        yield CodeInconnu(f"{chemin}.voie", ligne.voie, "voies_administration_edqm")
    for j, prise in enumerate(ligne.posologie.structuree if ligne.posologie else ()):
        for k, moment in enumerate(prise.moments):
            if not code_connu("moments_prise", moment):
                yield CodeInconnu(f"{chemin}.posologie.structuree[{j}].moments[{k}]", moment, "moments_prise")


def _chiffres(texte: str, longueur: int) -> bool:
    return len(texte) == longueur and texte.isascii() and texte.isdigit()


def hors_echantillon(p: Prescription) -> Iterator[str]:
    """Paths of coded products our BDPM sample does not hold: their regime cannot be checked here."""
    for i, ligne in enumerate(p.lignes):
        if not isinstance(ligne, LigneMed) or ligne.produit is None:
            continue
        if (ligne.produit.cis or ligne.produit.cip13) and medicament_de(ligne) is None:
            yield f"lignes[{i}].produit"
