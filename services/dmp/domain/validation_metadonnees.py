"""Feeding rules on the metadata of one entry: codes, confidentiality, dates, authors (MD-06 to MD-14)."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from services.dmp.domain.constats import Constat
from services.dmp.domain.contexte_lot import Contexte
from services.dmp.domain.lot import Auteur, Entree
from services.dmp.domain.situation import Acteur, TypeActeur
from services.dmp.domain.valeurs import INVISIBLE_PATIENT, MASQUE_PS, NIVEAUX, VISIBILITES

_META = "XDSRegistryMetadataError"
TYPES_SIGNATURE: Final = frozenset({"E1762"})
_LANGUE = re.compile(r"[a-z]{2}-[A-Z]{2}")


def codes(e: Entree, ctx: Contexte) -> Iterator[Constat]:
    v = ctx.valeurs
    connu = v.types.get(e.type_code or "")
    if connu is None or not connu.ecriture:
        yield Constat(
            "MD-06",
            _META,
            f"type {e.type_code!r} hors JDV_J07",
            f"type {e.type_code!r} is not in JDV_J07",
            f"{e.ref}.type",
        )
    elif connu.classe != e.classe:
        yield Constat(
            "MD-07",
            _META,
            f"le type {e.type_code} appartient à la classe {connu.classe}, pas {e.classe}",
            f"type {e.type_code} belongs to class {connu.classe}, not {e.classe}",
            f"{e.ref}.category",
        )
    if e.classe not in v.classes:
        yield Constat(
            "MD-06-J57",
            _META,
            f"classe {e.classe!r} hors JDV_J57",
            f"class {e.classe!r} is not in JDV_J57",
            f"{e.ref}.category",
        )
    if e.format not in v.formats:
        yield Constat(
            "MD-08",
            _META,
            f"format {e.format!r} hors JDV_J60",
            f"format {e.format!r} is not in JDV_J60",
            f"{e.ref}.content.format",
        )
    for valeur, connus, jdv, champ in (
        (e.etablissement, v.etablissements, "J61", "context.facilityType"),
        (e.cadre, v.cadres, "J04", "context.practiceSetting"),
    ):
        if valeur is None or valeur not in connus:
            yield Constat(
                f"MD-09-{jdv}",
                _META,
                f"{champ} {valeur!r} hors JDV_{jdv}",
                f"{champ} {valeur!r} is not in JDV_{jdv}",
                f"{e.ref}.{champ}",
            )
    if v.est_document_patient(e.type_code or "", e.classe or "") and ctx.acteur.type not in {
        TypeActeur.PATIENT,
        TypeActeur.REPRESENTANT,
        TypeActeur.SERVICE,
    }:
        yield Constat(
            "MD-14",
            _META,
            f"le type {e.type_code} est réservé aux dépôts du patient",
            f"type {e.type_code} is reserved for the patient's own deposits",
            f"{e.ref}.type",
        )


def confidentialite(e: Entree, ctx: Contexte) -> Iterator[Constat]:
    labels = set(e.confidentialites)
    champ = f"{e.ref}.securityLabel"
    if not labels & NIVEAUX or len(e.confidentialites) > 4:
        yield Constat(
            "MD-10",
            "DMPConfidentialityConflict",
            "un niveau N, R ou V est attendu, quatre codes au plus",
            "one of N, R or V is expected, at most four codes",
            champ,
        )
    if inconnus := labels - NIVEAUX - VISIBILITES:
        yield Constat(
            "MD-10",
            "DMPConfidentialityConflict",
            f"confidentialité hors JDV_J58 : {', '.join(sorted(inconnus))}",
            f"confidentiality not in JDV_J58: {', '.join(sorted(inconnus))}",
            champ,
        )
    cumul = {MASQUE_PS, INVISIBLE_PATIENT} <= labels and e.type_code not in TYPES_SIGNATURE
    if cumul and not ctx.cumul_invisible_masque:
        yield Constat(
            "MD-10",
            "DMPConfidentialityConflict",
            "MASQUE_PS et INVISIBLE_PATIENT ne se cumulent pas (EX_2.1-1050)",
            "MASQUE_PS and INVISIBLE_PATIENT cannot be combined (EX_2.1-1050)",
            champ,
        )


def dates(e: Entree, ctx: Contexte) -> Iterator[Constat]:
    for champ in e.dates_invalides:
        yield Constat("MD-11", _META, f"{champ} : date illisible", f"{champ}: unreadable date", f"{e.ref}.{champ}")
    if e.creation is None and "content.attachment.creation" not in e.dates_invalides:
        yield Constat(
            "MD-11", _META, "date de création absente", "creation date missing", f"{e.ref}.content.attachment.creation"
        )
    if e.debut is None and "context.period.start" not in e.dates_invalides:
        yield Constat(
            "MD-11", _META, "début de l'acte absent", "service start missing", f"{e.ref}.context.period.start"
        )
    if e.debut is not None and e.fin is not None and e.fin < e.debut:
        yield Constat(
            "MD-11", _META, "la fin précède le début", "the end precedes the start", f"{e.ref}.context.period.end"
        )
    if e.creation is not None and e.creation > ctx.now + timedelta(hours=24):
        yield Constat(
            "MD-11-W",
            _META,
            "la date de création est dans le futur",
            "the creation date is in the future",
            f"{e.ref}.content.attachment.creation",
        )
    if e.langue is None or not (_LANGUE.fullmatch(e.langue) or e.langue == "art"):
        yield Constat(
            "MD-11-LANGUE",
            _META,
            f"langue {e.langue!r} : ll-CC attendu",
            f"language {e.langue!r}: ll-CC expected",
            f"{e.ref}.content.attachment.language",
        )
    if not e.titre:
        yield Constat("MD-11-TITRE", _META, "titre absent", "title missing", f"{e.ref}.content.attachment.title")
    if not e.mime:
        yield Constat(
            "MD-11-MIME", _META, "type MIME absent", "MIME type missing", f"{e.ref}.content.attachment.contentType"
        )


def auteurs(e: Entree, ctx: Contexte) -> Iterator[Constat]:
    if not e.auteurs:
        yield Constat("MD-12", _META, "auteur absent", "author missing", f"{e.ref}.author")
    for auteur in e.auteurs:
        if auteur.type == "ps" and auteur.id_nat is None and auteur.structure_id is None:
            yield Constat("MD-12", _META, "auteur sans identifiant", "author without identifier", f"{e.ref}.author")
        elif auteur.type == "ps" and not auteur.structure_id:
            yield Constat(
                "MD-12-STRUCT",
                _META,
                "auteur sans structure d'exercice",
                "author without institution",
                f"{e.ref}.author.organization",
            )
        elif _autre_structure(auteur, ctx.acteur):
            yield Constat(
                "MD-12-VIHF",
                _META,
                "la structure de l'auteur n'est pas celle de l'appelant",
                "the institution of the author is not the caller's",
                f"{e.ref}.author.organization",
            )
    if e.validateur is None or not (e.validateur.id_nat or e.validateur.type != "ps"):
        yield Constat(
            "MD-13",
            _META,
            "legalAuthenticator absent ou sans identifiant",
            "legalAuthenticator missing or without identifier",
            f"{e.ref}.authenticator",
        )


def _autre_structure(auteur: Auteur, acteur: Acteur) -> bool:
    return (
        auteur.type == "ps"
        and acteur.type is TypeActeur.PS
        and auteur.id_nat == acteur.id_nat
        and acteur.structure_id is not None
        and auteur.structure_id not in {acteur.structure_id, *acteur.structures}
    )
