"""MTOM: split, built, bounded."""

import pytest

from shared.soap.gabarit import xml
from shared.soap.mtom import (
    LimitesMtom,
    MultipartInvalide,
    MultipartTropGros,
    Piece,
    assembler,
    include,
    lire_message,
)
from tests.unit.soap.messages import ACTION, TYPE_12, enveloppe

PDF = b"%PDF-1.7\r\n--not a boundary\r\n\x00\xff"


def message(*pieces: Piece) -> tuple[str, bytes]:
    corps = xml('<d:Document xmlns:d="urn:d">{i}</d:Document>', i=include("doc1@lps"))
    return assembler(enveloppe(corps=corps), pieces, action=ACTION)


def test_a_document_travels_as_a_part_and_comes_back_byte_for_byte() -> None:
    content_type, brut = message(Piece("doc1@lps", "application/pdf", PDF))

    lu = lire_message(brut, content_type)

    assert lu.octets(lu.enveloppe.corps) == PDF
    assert lu.enveloppe.action == ACTION


def test_a_document_inline_in_base64_is_read_too() -> None:
    lu = lire_message(enveloppe(corps='<d:Document xmlns:d="urn:d"> JVBE\nRg== </d:Document>'), TYPE_12)

    assert lu.octets(lu.enveloppe.corps) == b"%PDF"
    faux = lire_message(enveloppe(corps='<d:Document xmlns:d="urn:d">é!</d:Document>'), TYPE_12)
    with pytest.raises(MultipartInvalide):
        faux.octets(faux.enveloppe.corps)


def test_an_include_that_names_no_part_is_refused() -> None:
    content_type, brut = message(Piece("other", "text/plain", b"x"))
    lu = lire_message(brut, content_type)

    with pytest.raises(MultipartInvalide) as refus:
        lu.octets(lu.enveloppe.corps)

    assert refus.value.champ == "xop:Include/@href"


def test_parts_bytes_and_headers_are_bounded() -> None:
    content_type, brut = message(*(Piece(f"p{i}", "text/plain", b"x") for i in range(70)))
    with pytest.raises(MultipartTropGros):
        lire_message(brut, content_type)
    with pytest.raises(MultipartTropGros):
        lire_message(brut, content_type, limites=LimitesMtom(octets=100))
    content_type, brut = message(Piece("p", "text/plain; x=" + "y" * 10_000, b"x"))
    with pytest.raises(MultipartTropGros):
        lire_message(brut, content_type)


def test_truncated_doubled_or_compressed_parts_are_refused() -> None:
    content_type, brut = message(Piece("a", "text/plain", b"x"))
    tronque = brut[: brut.rindex(b"--bac_") - 4]
    with pytest.raises(MultipartInvalide):
        lire_message(tronque, content_type)
    content_type, brut = message(Piece("a", "text/plain", b"x"), Piece("a", "text/plain", b"y"))
    with pytest.raises(MultipartInvalide):
        lire_message(brut, content_type)
    gzip = brut.replace(b"Content-Transfer-Encoding", b"Content-Encoding: gzip\r\nContent-Transfer-Encoding")
    with pytest.raises(MultipartInvalide):
        lire_message(gzip, content_type)
    with pytest.raises(MultipartInvalide):
        lire_message(brut, "multipart/related; boundary=")
