"""IMAP as mail clients use it, judged by ``imaplib`` (RFC 3501 and the extensions we announce)."""

import imaplib
import re
import ssl
from typing import Any

import anyio
import pytest
from anyio import to_thread

from tests.api.mss.courrier import VERDIER, Brut, Courrier, message, xoauth2
from tests.banc import Banc


def dossiers(client: imaplib.IMAP4, motif: str = "*") -> dict[str, str]:
    lignes = client.list('""', motif)[1]
    lues = [re.fullmatch(rb'\((.*)\) "/" "?([^"]*)"?', x) for x in lignes if isinstance(x, bytes)]
    return {trouve[2].decode(): trouve[1].decode() for trouve in lues if trouve}


async def test_a_client_finds_its_folders_by_their_use(courrier: Courrier) -> None:
    trouves = await courrier.imap(dossiers)

    assert "\\Sent" in trouves["Sent"]
    assert "\\Drafts" in trouves["Drafts"]
    assert "\\Trash" in trouves["Trash"]
    assert set(trouves) == {"INBOX", "Sent", "Drafts", "Trash", "Archives"}


async def test_folders_are_created_renamed_subscribed_and_deleted(courrier: Courrier) -> None:
    def essayer(client: imaplib.IMAP4) -> list[Any]:
        etapes = [
            client.create("Patients/Caf&AOk-")[0],
            client.create("patients")[0],
            client.create("INBOX")[0],
            client.rename("Patients", "Malades")[0],
            sorted(dossiers(client, "Malades*")),
            client.unsubscribe('"Malades/Caf&AOk-"')[0],
            client.lsub('""', "Mal*")[1],
            client.delete("Malades")[0],
            client.delete('"Malades/Caf&AOk-"')[0],
            client.delete("INBOX")[0],
            client.select("Absent")[0],
        ]
        return etapes

    rendu = await courrier.imap(essayer)

    assert rendu[:4] == ["OK", "OK", "NO", "OK"]
    assert rendu[4] == ["Malades", "Malades/Caf&AOk-"]
    assert rendu[6] == [b'(\\HasChildren) "/" "Malades"']
    assert rendu[7:] == ["NO", "OK", "NO", "NO"]


async def test_a_draft_is_appended_flagged_searched_moved_and_expunged(courrier: Courrier) -> None:
    def essayer(client: imaplib.IMAP4) -> dict[str, Any]:
        brut = message(objet="Brouillon d'été").as_bytes()
        code, [texte] = client.append("Drafts", "(\\Draft $perso)", '"02-Jan-2026 10:00:00 +0100"', brut)
        vu: dict[str, Any] = {"append": (code, b"APPENDUID" in texte)}
        vu["select"] = client.select("Drafts")
        vu["flags"] = client.fetch("1", "(FLAGS INTERNALDATE RFC822.SIZE UID)")[1][0]
        vu["taille"] = len(brut)
        vu["store"] = client.store("1", "+FLAGS.SILENT", "(\\Flagged \\Seen)")[1]
        vu["cherche"] = client.search("UTF-8", "FLAGGED", "KEYWORD", "$perso", "SINCE", "1-Jan-2026")[1]
        vu["cherche_rien"] = client.search(None, "UNSEEN")[1]
        vu["move"] = client._simple_command("MOVE", "1", "Archives")[0]
        vu["reste"] = client.search(None, "ALL")[1]
        client.select("Archives")
        vu["uid"] = client.uid("SEARCH", "ALL")[1]
        vu["uid_fetch"] = client.uid("FETCH", "1:*", "(FLAGS)")[1]
        client.uid("STORE", "1", "+FLAGS", "(\\Deleted)")
        vu["expunge"] = client.expunge()[1]
        return vu

    vu = await courrier.imap(essayer)

    assert vu["append"] == ("OK", True)
    assert vu["select"] == ("OK", [b"1"])
    assert b'INTERNALDATE "02-Jan-2026 09:00:00 +0000"' in vu["flags"]
    assert f"RFC822.SIZE {vu['taille']}".encode() in vu["flags"]
    assert b"$perso" in vu["flags"]
    assert vu["store"] == [None]
    assert vu["cherche"] == [b"1"]
    assert vu["cherche_rien"] == [b""]
    assert vu["move"] == "OK"
    assert vu["reste"] == [b""]
    assert vu["uid"] == [b"1"]
    assert b"UID 1" in vu["uid_fetch"][0]
    assert vu["expunge"] == [b"1"]


async def test_reading_marks_as_seen_and_examine_never_does(courrier: Courrier) -> None:
    def essayer(client: imaplib.IMAP4) -> list[Any]:
        client.select("INBOX", readonly=True)
        client.fetch("1", "(RFC822)")
        avant = client.search(None, "UNSEEN")[1]
        try:
            client.store("1", "+FLAGS", "(\\Seen)")
            ecrit = "OK"
        except imaplib.IMAP4.readonly:
            ecrit = "readonly"
        client.select("INBOX")
        client.fetch("1", "(BODY.PEEK[])")
        peek = client.search(None, "UNSEEN")[1]
        rendu = client.fetch("1", "(BODY[TEXT])")[1]
        return [avant, ecrit, peek, client.search(None, "UNSEEN")[1], rendu]

    avant, _, peek, apres, rendu = await courrier.imap(essayer)

    assert avant == peek == [b"1"]
    assert apres == [b""]
    assert any(b"\\Seen" in x for x in rendu if isinstance(x, bytes))


async def test_two_sessions_tell_each_other_what_changed(courrier: Courrier, b: Banc) -> None:
    def ouvrir() -> imaplib.IMAP4:
        client = imaplib.IMAP4("localhost", courrier.ports["imap"], timeout=10)
        client.starttls(courrier.confiance)
        reponse = xoauth2(VERDIER, b.jeton("verdier-mg")).encode()
        client.authenticate("XOAUTH2", lambda defi: reponse)
        client.select("INBOX")
        return client

    un, autre = await to_thread.run_sync(ouvrir), await to_thread.run_sync(ouvrir)
    try:
        await courrier.envoyer(message(a=VERDIER, objet="À moi-même"))
        await to_thread.run_sync(un.noop)
        assert un.untagged_responses["EXISTS"] == [b"1", b"2"]

        await to_thread.run_sync(lambda: un.store("2", "+FLAGS", "(\\Flagged)"))
        await to_thread.run_sync(autre.noop)
        assert autre.untagged_responses["EXISTS"] == [b"1", b"2"]
        await to_thread.run_sync(lambda: autre.store("1", "+FLAGS", "(\\Deleted)"))
        await to_thread.run_sync(autre.expunge)
        await to_thread.run_sync(un.noop)
        assert un.untagged_responses["EXPUNGE"] == [b"1"]
        _, lu = await to_thread.run_sync(lambda: un.fetch("1", "(FLAGS)"))
        assert b"\\Flagged" in lu[0]  # type: ignore[operator]  # bytes
    finally:
        for client in (un, autre):
            await to_thread.run_sync(client.logout)


async def test_what_is_sent_in_clear_after_starttls_is_never_obeyed(courrier: Courrier) -> None:
    def essayer() -> str:
        client = Brut(courrier.ports["imap"], courrier.confiance)
        try:
            client.dire(b"t STARTTLS\r\nx CAPABILITY\r\n")
            assert client.jusqua("t")[-1].startswith("t OK")
            try:
                client.prise = courrier.confiance.wrap_socket(client.prise, server_hostname="localhost")
                client.dire(b"y NOOP\r\n")
                return client.ligne()
            except (ssl.SSLError, OSError):
                return "handshake refused"
        finally:
            client.prise.close()

    assert await to_thread.run_sync(essayer) in {"y OK NOOP completed", "handshake refused"}


async def test_idle_tells_a_delivery_as_it_comes(courrier: Courrier, b: Banc) -> None:
    jeton = b.jeton("verdier-mg")
    client = await to_thread.run_sync(Brut, courrier.ports["imap"], courrier.confiance)
    try:
        await to_thread.run_sync(client.ouvrir, jeton)

        def attendre() -> None:
            client.dire(b"s SELECT INBOX\r\n")
            client.jusqua("s")
            client.dire(b"i IDLE\r\n")
            assert client.ligne() == "+ idling"

        await to_thread.run_sync(attendre)
        await courrier.envoyer(message(a=VERDIER, objet="Pendant ce temps"))
        with anyio.fail_after(5):
            assert await to_thread.run_sync(client.ligne) == "* 2 EXISTS"

        client.dire(b"DONE\r\n")
        assert (await to_thread.run_sync(client.jusqua, "i"))[-1].startswith("i OK IDLE")
    finally:
        client.prise.close()


async def test_hostile_commands_get_bad_or_no_and_the_session_goes_on(courrier: Courrier, b: Banc) -> None:
    jeton = b.jeton("verdier-mg")

    def essayer() -> list[str]:
        client = Brut(courrier.ports["imap"], courrier.confiance)
        try:
            client.ouvrir(jeton)
            recus = []
            for etiquette, commande in (
                ("b1", b"b1 XYZZY\r\n"),
                ("b2", b"b2 FETCH 1 FLAGS\r\n"),
                ("b3", b"b3 SELECT (((((\r\n"),
                ("b4", b"b4 SELECT INBOX extra\r\n"),
                ("b5", b"b5 APPEND INBOX {999999999}\r\n"),
                ("b6", b"b6 SELECT INBOX\r\n"),
                ("b7", b"b7 FETCH 1:* (BODY[HEADER.FIELDS])\r\n"),
                ("b8", b"b8 FETCH 0 FLAGS\r\n"),
                ("b9", b"b9 SEARCH CHARSET KOI8-R ALL\r\n"),
                ("b10", b"b10 STORE 1 +FLAGS (\\Recent)\r\n"),
                ("b11", b"b11 COPY 1 Nulle-part\r\n"),
                ("b12", b"b12 UID\r\n"),
                ("b13", b'b13 CREATE "a\x00b"\r\n'),
                ("b14", b"b14 FETCH 99 FLAGS\r\n"),
                ("b15", b"b15 NOOP\r\n"),
            ):
                client.dire(commande)
                recus.append(" ".join(client.jusqua(etiquette)[-1].split()[1:3]))
            return recus
        finally:
            client.prise.close()

    recus = await to_thread.run_sync(essayer)

    assert [r.split()[0] for r in recus] == [
        "BAD", "NO", "BAD", "BAD", "NO", "OK", "BAD", "BAD", "NO", "BAD", "NO", "BAD", "NO", "OK", "OK",
    ]  # fmt: skip
    assert recus[4] == "NO [TOOBIG]"
    assert recus[8] == "NO [BADCHARSET"
    assert recus[10] == "NO [TRYCREATE]"


async def test_a_quota_that_is_full_refuses_mail_and_appends(courrier: Courrier, b: Banc) -> None:
    from sqlalchemy import update

    from services.mss.store.boites import BoiteRow

    async with b.ctx.transaction(b.bac) as uow:
        await uow.session.execute(update(BoiteRow).where(BoiteRow.adresse == VERDIER).values(quota=1))

    code, texte = await courrier.smtp(lambda c: (c.mail(VERDIER), c.rcpt(VERDIER))[1])
    append = await courrier.imap(lambda c: c.append("INBOX", "", "", message().as_bytes()))

    assert (code, texte[:5]) == (552, b"5.2.2")
    assert append[0] == "NO"
    assert b"OVERQUOTA" in append[1][0]


@pytest.mark.parametrize("protocole", ["smtp", "imap"])
async def test_too_many_errors_close_the_connection(courrier: Courrier, protocole: str) -> None:
    def essayer() -> bool:
        client = Brut(courrier.ports[protocole], courrier.confiance)
        try:
            for _ in range(40):
                client.dire(b"XYZZY\r\n")
                if not client.ligne():
                    return True
            return False
        except OSError:
            return True
        finally:
            client.prise.close()

    assert await to_thread.run_sync(essayer)
