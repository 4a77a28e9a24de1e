"""MTOM/XOP (DMP TD2.1, TD3.2): multipart/related split on bytes and built; bombs refused."""

import base64
import binascii
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from types import MappingProxyType
from urllib.parse import unquote

from lxml import etree

from shared.errors import Invalide, TropGros
from shared.soap.envelope import TYPES_MEDIA, Enveloppe, TypeMedia, VersionSoap, enveloppe_de, lire_enveloppe
from shared.soap.gabarit import Xml, xml
from shared.soap.xml import LIMITES, Limites, analyser

XOP_INCLUDE = "{http://www.w3.org/2004/08/xop/include}Include"
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")


class MultipartInvalide(Invalide):
    regle = "BAC-MTOM-01"


class MultipartTropGros(TropGros):
    regle = "BAC-MTOM-02"


@dataclass(frozen=True, slots=True)
class LimitesMtom:
    """Protective bounds of one multipart message."""

    octets: int = 30_000_000
    parties: int = 64
    octets_entetes: int = 8_192
    racine: Limites = LIMITES


LIMITES_MTOM = LimitesMtom()


@dataclass(frozen=True, slots=True)
class Piece:
    """One MIME part: its Content-ID without angle brackets, its type, its bytes."""

    cid: str
    media_type: str
    contenu: bytes


@dataclass(frozen=True, slots=True)
class MessageSoap:
    """An envelope and the attachments it refers to, keyed by Content-ID."""

    enveloppe: Enveloppe
    pieces: Mapping[str, Piece]

    def octets(self, element: etree._Element) -> bytes:
        """The bytes an element holds: an ``xop:Include`` to a part, or base64 text."""
        inclusions = element.findall(XOP_INCLUDE)
        if not inclusions:
            return _base64("".join(element.itertext()), "base64Binary")
        href = inclusions[0].get("href") or ""
        cid = unquote(href.removeprefix("cid:"))
        if len(inclusions) > 1 or not href.startswith("cid:") or cid not in self.pieces:
            raise MultipartInvalide(
                f"xop:Include {href!r} names no part of this message",
                f"xop:Include {href!r} ne désigne aucune partie de ce message",
                champ="xop:Include/@href",
            )
        return self.pieces[cid].contenu


def lire_message(
    brut: bytes, content_type: str | None, *, soap_action: str | None = None, limites: LimitesMtom = LIMITES_MTOM
) -> MessageSoap:
    """A SOAP message, plain or MTOM, whatever the caller chose."""
    media = TypeMedia.lire(content_type)
    if media.nom != "multipart/related":
        enveloppe = lire_enveloppe(brut, content_type, soap_action=soap_action, limites=limites.racine)
        return MessageSoap(enveloppe, MappingProxyType({}))
    parties = separer(brut, media, limites)
    racine = _racine(parties, media)
    lu = analyser(racine.contenu, limites.racine)
    enveloppe = enveloppe_de(lu, racine.contenu, TypeMedia.lire(_type_racine(racine, media)), soap_action)
    return MessageSoap(enveloppe, MappingProxyType({p.cid: p for p in parties if p is not racine}))


def separer(brut: bytes, media: TypeMedia, limites: LimitesMtom = LIMITES_MTOM) -> list[Piece]:
    """The parts of a multipart/related body, split on its boundary without copying more than each part once."""
    if len(brut) > limites.octets:
        raise MultipartTropGros(
            f"the message is {len(brut)} bytes long, the bound is {limites.octets}",
            f"le message pèse {len(brut)} octets, la limite est de {limites.octets}",
        )
    boundary = media.parametres.get("boundary", "")
    if not _BOUNDARY.fullmatch(boundary):
        raise MultipartInvalide("the boundary is missing or illegal", "boundary absent ou illégal", champ="boundary")
    marque = b"\r\n--" + boundary.encode()
    morceaux = (b"\r\n" + brut).split(marque, limites.parties + 2)
    if len(morceaux) > limites.parties + 1 and not morceaux[limites.parties + 1].startswith(b"--"):
        raise MultipartTropGros(
            f"more than {limites.parties} parts", f"plus de {limites.parties} parties", champ="multipart"
        )
    if len(morceaux) < 3 or not any(m.startswith(b"--") for m in morceaux[1:]):
        raise MultipartInvalide(
            "the multipart message is truncated: no closing boundary",
            "le message multipart est tronqué : boundary de fin absent",
            champ="multipart",
        )
    parties: list[Piece] = []
    for rang, morceau in enumerate(morceaux[1:]):
        if morceau.startswith(b"--"):
            break
        parties.append(_piece(morceau, rang, limites))
    if len({p.cid for p in parties}) != len(parties):
        raise MultipartInvalide("two parts share a Content-ID", "deux parties ont le même Content-ID", champ="cid")
    return parties


def assembler(
    enveloppe: bytes, pieces: Iterable[Piece], *, version: VersionSoap = "1.2", action: str | None = None
) -> tuple[str, bytes]:
    """(Content-Type, body) of an MTOM message; ``include`` builds the references inside the envelope."""
    boundary = f"bac_{secrets.token_hex(16)}"
    interne = TYPES_MEDIA[version]
    entete_racine = (
        f'Content-Type: application/xop+xml; charset=UTF-8; type="{interne}"\r\n'
        "Content-Transfer-Encoding: binary\r\nContent-ID: <racine@bac>\r\n\r\n"
    )
    lignes: list[bytes] = [f"--{boundary}\r\n{entete_racine}".encode(), enveloppe, b"\r\n"]
    for piece in pieces:
        lignes.append(
            (
                f"--{boundary}\r\nContent-Type: {_une_ligne(piece.media_type)}\r\n"
                f"Content-Transfer-Encoding: binary\r\nContent-ID: <{_une_ligne(piece.cid)}>\r\n\r\n"
            ).encode()
        )
        lignes += [piece.contenu, b"\r\n"]
    lignes.append(f"--{boundary}--\r\n".encode())
    suffixe = f'; action="{action}"' if action and version == "1.2" else ""
    content_type = (
        f'multipart/related; type="application/xop+xml"; start="<racine@bac>"; start-info="{interne}"'
        f'; boundary="{boundary}"{suffixe}'
    )
    return content_type, b"".join(lignes)


def include(cid: str) -> Xml:
    """The ``xop:Include`` that stands for a part."""
    return xml('<xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include" href="cid:{cid}"/>', cid=cid)


def _une_ligne(valeur: str) -> str:
    return "".join(c for c in valeur if c.isprintable() and c not in "<>")


def _piece(morceau: bytes, rang: int, limites: LimitesMtom) -> Piece:
    # transport padding may follow the boundary (RFC 2046 §5.1.1)
    bourrage, saut, reste = morceau.partition(b"\r\n")
    entetes, separation, contenu = (b"\r\n" + reste).partition(b"\r\n\r\n")
    if not saut or bourrage.strip() or not separation:
        raise MultipartInvalide(f"part {rang + 1} has no header block", f"partie {rang + 1} sans en-têtes")
    if len(entetes) > limites.octets_entetes:
        raise MultipartTropGros(
            f"headers of part {rang + 1} are too long", f"en-têtes de la partie {rang + 1} trop longs"
        )
    lus = BytesHeaderParser().parsebytes(entetes.lstrip(b"\r\n") + b"\r\n\r\n")
    if lus.get("Content-Encoding"):
        raise MultipartInvalide(
            "Content-Encoding is refused inside a message", "Content-Encoding est refusé dans un message"
        )
    codage = str(lus.get("Content-Transfer-Encoding", "binary")).strip().lower()
    if codage == "base64":
        contenu = _base64(contenu.decode("ascii", "replace"), "Content-Transfer-Encoding")
    elif codage not in ("binary", "8bit", "7bit"):
        raise MultipartInvalide(
            f"Content-Transfer-Encoding {codage} is not accepted", f"Content-Transfer-Encoding {codage} non accepté"
        )
    cid = str(lus.get("Content-ID", f"partie-{rang}")).strip().strip("<>")
    return Piece(cid, str(lus.get("Content-Type", "application/octet-stream")), contenu)


def _racine(parties: list[Piece], media: TypeMedia) -> Piece:
    if not parties:
        raise MultipartInvalide("the multipart message has no part", "le message multipart est vide")
    debut = media.parametres.get("start", "").strip("<>")
    if not debut:
        return parties[0]
    for partie in parties:
        if partie.cid == debut:
            return partie
    raise MultipartInvalide(f"start names no part: {debut}", f"start ne désigne aucune partie : {debut}", champ="start")


def _type_racine(racine: Piece, media: TypeMedia) -> str:
    """The root's own type, completed by the ``action`` that SOAP 1.2 writes on either Content-Type."""
    if "action" in TypeMedia.lire(racine.media_type).parametres or "action" not in media.parametres:
        return racine.media_type
    return f'{racine.media_type}; action="{media.parametres["action"]}"'


def _base64(texte: str, champ: str) -> bytes:
    try:
        return base64.b64decode("".join(texte.split()), validate=True)
    except (binascii.Error, ValueError):
        raise MultipartInvalide(
            "the content is not valid base64", "le contenu n'est pas du base64 valide", champ=champ
        ) from None
