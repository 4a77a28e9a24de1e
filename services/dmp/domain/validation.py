"""Feeding rules MD-01 to MD-20 (dmp.md §6.4) as pure checks over a lot, its documents and what the dossier holds."""

import re
from collections.abc import Iterator
from typing import Final

from services.dmp.domain.cda import regles
from services.dmp.domain.constats import Constat
from services.dmp.domain.contexte_lot import Contexte
from services.dmp.domain.lot import Entree, Lot
from services.dmp.domain.validation_metadonnees import auteurs, codes, confidentialite, dates

OID_MAX: Final = 128
_OID = re.compile(r"[0-2](\.(0|[1-9]\d*))+(\^[\w.-]+)?")


def verifier(lot: Lot, ctx: Contexte) -> list[Constat]:
    """Every broken rule of a lot, in the order of the ids. MD-01 belongs to the access decision."""
    constats = [*_lot(lot, ctx)]
    for entree in lot.entrees:
        constats.extend(_identite(entree, lot, ctx))
        constats.extend(_contenu(entree, ctx))
        constats.extend(codes(entree, ctx))
        constats.extend(confidentialite(entree, ctx))
        constats.extend(dates(entree, ctx))
        constats.extend(auteurs(entree, ctx))
        constats.extend(_cda(entree, ctx))
    return sorted(constats, key=lambda c: c.regle)


_META = "XDSRegistryMetadataError"


def _lot(lot: Lot, ctx: Contexte) -> Iterator[Constat]:
    for regle, chemin in lot.manques:
        yield Constat(regle, _META, f"{chemin} est absent", f"{chemin} is missing", chemin)
    if not lot.entrees:
        yield Constat(
            "MD-04", "XDSMissingDocumentMetadata", "le lot ne décrit aucun document", "the lot describes no document"
        )
    for ref in lot.orphelins:
        yield Constat(
            "MD-04",
            "XDSMissingDocumentMetadata",
            f"{ref} n'est décrit par aucune entrée",
            f"no entry describes {ref}",
            ref,
        )
    if lot.unique_id is not None and (len(lot.unique_id) > OID_MAX or not _OID.fullmatch(lot.unique_id)):
        yield Constat(
            "MD-03-FORME", _META, "le uniqueId du lot est un OID", "the uniqueId of the set must be an OID", "List"
        )
    vus: set[str] = set()
    for entree in lot.entrees:
        if entree.unique_id and entree.unique_id in vus:
            yield Constat(
                "MD-03",
                "XDSRegistryDuplicateUniqueIdInMessage",
                f"{entree.unique_id} figure deux fois",
                f"{entree.unique_id} appears twice",
                f"{entree.ref}.masterIdentifier",
            )
        vus.add(entree.unique_id or "")
    if len(lot.entrees) > ctx.limites.documents:
        yield Constat(
            "MD-18",
            "XDSRepositoryOutOfResources",
            f"{len(lot.entrees)} documents, {ctx.limites.documents} au plus",
            f"{len(lot.entrees)} documents, at most {ctx.limites.documents}",
        )
    if lot.contenu is not None and lot.contenu not in ctx.valeurs.contenus:
        yield Constat(
            "MD-09-J03",
            _META,
            f"type de lot {lot.contenu!r} hors JDV_J03",
            f"content type {lot.contenu!r} is not in JDV_J03",
            "List.extension(designationType)",
        )


def _identite(e: Entree, lot: Lot, ctx: Contexte) -> Iterator[Constat]:
    attendu = ctx.ins_attendu or lot.patient
    if e.patient is None:
        yield Constat("MD-02", "XDSPatientIdDoesNotMatch", "patient absent", "patient missing", f"{e.ref}.subject")
    elif attendu is not None and e.patient != attendu:
        yield Constat(
            "MD-02",
            "XDSPatientIdDoesNotMatch",
            "le patient de l'entrée n'est pas celui du lot",
            "the patient of the entry is not the one of the lot",
            f"{e.ref}.subject",
        )
    entete = ctx.entetes.get(e.ref)
    ins_cda = entete.ins if entete else None
    if ins_cda is not None and attendu is not None and ins_cda.matricule != attendu.matricule:
        yield Constat(
            "MD-02",
            "XDSPatientIdDoesNotMatch",
            "l'INS du CDA n'est pas celui du lot",
            "the INS of the CDA is not the one of the lot",
            f"{e.ref}.recordTarget",
        )
    if e.unique_id is None or len(e.unique_id) > OID_MAX or not _OID.fullmatch(e.unique_id):
        yield Constat(
            "MD-03-FORME",
            _META,
            "le uniqueId est un OID",
            "the uniqueId must be an OID",
            f"{e.ref}.masterIdentifier",
        )
    elif (connu := ctx.connus.get(e.unique_id)) is not None:
        meme = e.contenu is not None and connu[1] == e.sha1
        yield Constat(
            "MD-03",
            "XDSDuplicateUniqueIdInRegistry" if meme else "XDSNonIdenticalHash",
            f"{e.unique_id} est déjà enregistré{'' if meme else ' avec un autre contenu'}",
            f"{e.unique_id} is already registered{'' if meme else ' with another content'}",
            f"{e.ref}.masterIdentifier",
        )


def _contenu(e: Entree, ctx: Contexte) -> Iterator[Constat]:
    if e.contenu is None:
        yield Constat(
            "MD-04",
            "XDSMissingDocument",
            f"aucun document pour {e.ref}",
            f"no document for {e.ref}",
            f"{e.ref}.content.attachment.url",
        )
        return
    if not e.contenu:
        yield Constat(
            "MD-05", "XDSRepositoryMetadataError", "document vide", "empty document", f"{e.ref}.content.attachment"
        )
    if len(e.contenu) > ctx.limites.octets:
        yield Constat(
            "MD-18",
            "XDSRepositoryOutOfResources",
            f"{len(e.contenu)} octets, {ctx.limites.octets} au plus",
            f"{len(e.contenu)} bytes, at most {ctx.limites.octets}",
            f"{e.ref}.content.attachment.size",
        )
    if e.taille is not None and e.taille != len(e.contenu):
        yield Constat(
            "MD-05",
            "XDSRepositoryMetadataError",
            f"taille annoncée {e.taille}, reçue {len(e.contenu)}",
            f"announced size {e.taille}, received {len(e.contenu)}",
            f"{e.ref}.content.attachment.size",
        )
    if e.hash_sha1 is not None and e.hash_sha1.lower() != e.sha1:
        yield Constat(
            "MD-05",
            "XDSRepositoryMetadataError",
            "l'empreinte SHA-1 annoncée n'est pas celle du document",
            "the announced SHA-1 is not the one of the document",
            f"{e.ref}.content.attachment.hash",
        )
    cle = (e.auteurs[0].id_nat or "" if e.auteurs else "", e.type_code or "", e.sha1)
    if cle in ctx.contenus:
        yield Constat(
            "MD-20",
            "XDSRepositoryMetadataError",
            "le même contenu, du même auteur et du même type, est déjà dans le dossier",
            "the same content, by the same author and of the same type, is already in the dossier",
            f"{e.ref}.content",
        )


def _cda(e: Entree, ctx: Contexte) -> Iterator[Constat]:
    if (illisible := ctx.illisibles.get(e.ref)) is not None:
        yield Constat(
            "MD-15", "XDSRepositoryMetadataError", f"CDA illisible : {illisible}", f"unreadable CDA: {illisible}", e.ref
        )
    if (entete := ctx.entetes.get(e.ref)) is None:
        return
    for constat in regles(entete):
        yield Constat(constat.regle, constat.code, constat.fr, constat.en, f"{e.ref}.{constat.champ}")
    attendu = entete.format_attendu or next(
        (ctx.valeurs.format_de_modele[m] for m in reversed(entete.modeles) if m in ctx.valeurs.format_de_modele), None
    )
    if attendu is not None and attendu != e.format:
        yield Constat(
            "MD-08-CDA",
            _META,
            f"le format attendu pour ce CDA est {attendu}, pas {e.format}",
            f"the format expected for this CDA is {attendu}, not {e.format}",
            f"{e.ref}.content.format",
        )
    auteur = e.auteurs[0].id_nat if e.auteurs else None
    for nom, cda, meta in (
        ("uniqueId", entete.id, e.unique_id),
        ("type", entete.code, e.type_code),
        ("title", entete.titre, e.titre),
        ("author", auteur if auteur in entete.auteurs else next(iter(entete.auteurs), None), auteur),
    ):
        if cda and meta and cda != meta:
            yield Constat(
                f"MD-16-{nom}",
                _META,
                f"{nom} diffère entre l'en-tête du CDA et les métadonnées",
                f"{nom} differs between the CDA header and the metadata",
                f"{e.ref}.{nom}",
            )
