"""The IMAP words, sections and searches (RFC 3501), without a server."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.mss.domain import mime
from services.mss.mail.imap import fetch, grammaire, recherche, rendu
from services.mss.mail.imap.grammaire import Chaine, SyntaxeInvalide, analyser, choisir, ensemble
from services.mss.mail.imap.selection import uidvalidity
from services.mss.store.dossiers import Dossier

BRUT = (
    b"From: Zoe <zoe@a.mssante.fr>\r\n"
    b"To: paul@b.mssante.fr\r\n"
    b"Subject: =?utf-8?q?=C3=A9t=C3=A9?=\r\n suite\r\n"
    b"Date: Mon, 2 Mar 2026 08:15:00 +0000\r\n"
    b"Message-ID: <1@a>\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n'
    b"\r\n"
    b"preamble\r\n"
    b"--b\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"\r\n"
    b"Bonjour\r\n"
    b"--b\r\n"
    b"Content-Type: message/rfc822\r\n"
    b"\r\n"
    b"Subject: inclus\r\n"
    b"\r\n"
    b"corps inclus\r\n"
    b"--b--\r\n"
)
RECU = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def stocke(uid: int = 7, drapeaux: frozenset[str] = frozenset({"\\Seen"})) -> fetch.Message:
    return fetch.Message(uid, drapeaux, RECU, len(BRUT), lambda: mime.lire(BRUT))


def demander(item: str) -> bytes:
    commande = analyser([b"a FETCH 1 " + item.encode()], [])
    return fetch.rendre(1, stocke(), fetch.lire_elements(commande.arguments[1]))


def test_a_command_is_read_with_quotes_literals_and_lists() -> None:
    commande = analyser([b'a1 append "Envoy\\"es" (\\Seen $x) ', b""], [b"body\r\n"])

    assert (commande.etiquette, commande.nom) == ("a1", "APPEND")
    assert commande.arguments == [Chaine(b'Envoy"es'), ["\\Seen", "$x"], Chaine(b"body\r\n")]


def test_brackets_keep_their_blanks() -> None:
    assert analyser([b"a FETCH 1 BODY.PEEK[HEADER.FIELDS (DATE FROM)]<0.10>"], []).arguments[1] == (
        "BODY.PEEK[HEADER.FIELDS (DATE FROM)]<0.10>"
    )


@pytest.mark.parametrize(
    "ligne", [b"", b"a", b"(a b)", b"a X (", b"a X )", b'a X "b', b"a X [", b"+ X", b"a X " + b"(" * 50]
)
def test_what_cannot_be_read_is_bad_syntax(ligne: bytes) -> None:
    with pytest.raises(SyntaxeInvalide):
        analyser([ligne], [])


@given(st.binary(max_size=200))
def test_no_line_whatever_breaks_the_reader(ligne: bytes) -> None:
    try:
        commande = analyser([ligne], [])
        fetch.lire_elements(commande.arguments)
    except SyntaxeInvalide:
        pass


def test_sequence_sets_name_numbers_and_star_is_the_last() -> None:
    assert choisir(ensemble("2:3,*"), [1, 2, 3, 9]) == {2, 3, 9}
    assert choisir(ensemble("10:*"), [1, 2]) == {2}
    assert choisir(ensemble("1"), []) == set()
    assert grammaire.compacter({1, 2, 3, 7}) == "1:3,7"
    for faux in ("0", "a", "1:", "1;2", ""):
        with pytest.raises(SyntaxeInvalide):
            ensemble(faux)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30))
def test_mailbox_names_survive_modified_utf7(nom: str) -> None:
    assert grammaire.nom_du_fil(grammaire.nom_vers_fil(nom)) == nom


def test_known_modified_utf7_names() -> None:
    assert grammaire.nom_vers_fil("Envoyés & lus") == "Envoy&AOk-s &- lus"


def test_dates_are_read_and_written() -> None:
    assert grammaire.lire_date("02-Mar-2026") == date(2026, 3, 2)
    assert grammaire.lire_date_heure(" 2-Mar-2026 10:00:00 +0100") == RECU
    assert grammaire.ecrire_date_heure(RECU) == '"02-Mar-2026 09:00:00 +0000"'
    for faux in ("31-Feb-2026", "2-Xxx-2026", "2026-03-02"):
        with pytest.raises(SyntaxeInvalide):
            grammaire.lire_date(faux)


def test_sections_give_exactly_the_stored_bytes() -> None:
    assert demander("BODY[1]").endswith(b"BODY[1] {7}\r\nBonjour)")
    assert demander("BODY.PEEK[TEXT]<0.8>").endswith(b"BODY[TEXT]<0> {8}\r\npreamble)")
    assert demander("BODY[2.HEADER]").endswith(b"{19}\r\nSubject: inclus\r\n\r\n)")
    assert demander("BODY[2.1]").endswith(b"{12}\r\ncorps inclus)")
    assert b"BODY[1.MIME] {43}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" in demander("BODY[1.MIME]")
    assert demander("BODY[9]").endswith(b"BODY[9] NIL)")
    assert b"{%d}\r\n" % len(BRUT) + BRUT in demander("RFC822")


def test_chosen_header_lines_keep_their_folding() -> None:
    rendues = demander("BODY.PEEK[HEADER.FIELDS (SUBJECT Message-Id)]")

    assert b"BODY[HEADER.FIELDS (SUBJECT MESSAGE-ID)]" in rendues
    assert b"Subject: =?utf-8?q?=C3=A9t=C3=A9?=\r\n suite\r\nMessage-ID: <1@a>\r\n\r\n" in rendues
    assert b"Subject" not in demander("BODY[HEADER.FIELDS.NOT (Subject)]")


def test_the_envelope_and_the_structure_follow_the_grammar() -> None:
    assert demander("ENVELOPE") == (
        b'* 1 FETCH (ENVELOPE ("Mon, 2 Mar 2026 08:15:00 +0000" "=?utf-8?q?=C3=A9t=C3=A9?= suite" '
        b'(("Zoe" NIL "zoe" "a.mssante.fr")) (("Zoe" NIL "zoe" "a.mssante.fr")) (("Zoe" NIL "zoe" "a.mssante.fr")) '
        b'((NIL NIL "paul" "b.mssante.fr")) NIL NIL NIL "<1@a>"))'
    )
    structure = demander("BODYSTRUCTURE")
    assert b'("TEXT" "PLAIN" ("CHARSET" "utf-8") NIL NIL "7BIT" 7 0 NIL NIL NIL NIL)' in structure
    assert structure.endswith(b'"MIXED" ("BOUNDARY" "b") NIL NIL NIL))')


def test_only_reading_items_mark_as_seen() -> None:
    def lit(item: str) -> bool:
        return any(e.lit for e in fetch.lire_elements(analyser([b"a F " + item.encode()], []).arguments[0]))

    assert lit("BODY[]")
    assert lit("RFC822")
    assert not lit("BODY.PEEK[]")
    assert not lit("RFC822.HEADER")
    assert not lit("FULL")


@pytest.mark.parametrize(
    ("criteres", "trouve"),
    [
        ("ALL", True),
        ("SEEN", True),
        ("UNSEEN", False),
        ("NOT SEEN", False),
        ("OR UNSEEN FROM zoe", True),
        ('SUBJECT "été"', True),
        ('HEADER Message-ID "<1@a>"', True),
        ("BODY bonjour", True),
        ("TEXT absent", False),
        ("(SEEN (SINCE 1-Mar-2026))", True),
        ("SENTON 2-Mar-2026", True),
        ("BEFORE 2-Mar-2026", False),
        ("LARGER 100000", False),
        ("UID 7:*", True),
        ("1:2", False),
        ("3", True),
        ("CHARSET UTF-8 SUBJECT suite", True),
        ("KEYWORD $x", False),
    ],
)
def test_search_keys(criteres: str, trouve: bool) -> None:
    critere = recherche.lire_criteres(analyser([f"a SEARCH {criteres}".encode()], []).arguments)
    candidat = recherche.Candidat(3, 7, frozenset({"\\Seen"}), RECU, len(BRUT), lambda: mime.lire(BRUT), 3, 7)

    assert critere(candidat) is trouve


def test_a_search_in_another_charset_or_too_deep_is_refused() -> None:
    with pytest.raises(recherche.JeuInconnu):
        recherche.lire_criteres(["CHARSET", "KOI8-R", "ALL"])
    with pytest.raises(SyntaxeInvalide):
        recherche.lire_criteres([*["NOT"] * 500, "ALL"])


def test_a_single_part_message_has_part_one() -> None:
    racine = mime.lire(b"Subject: x\r\n\r\ncorps\r\n")

    assert rendu.section(racine, (1,), "", frozenset()) == b"corps\r\n"
    assert rendu.section(racine, (2,), "", frozenset()) is None
    assert rendu.section(racine, (1,), "MIME", frozenset()) == b"Subject: x\r\n\r\n"


def test_uidvalidity_fits_32_bits_and_grows_with_each_reset() -> None:
    dossier = Dossier(1, "a@b.fr", "INBOX", 1_763_537_400, 1, 0, True, "", 0)
    avant, apres = uidvalidity(dossier, 1_795_204_020_290), uidvalidity(dossier, 1_795_204_022_290)

    assert 0 < avant < apres < 2**32
