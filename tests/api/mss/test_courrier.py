"""``smtplib`` and ``imaplib`` send and read with XOAUTH2 over STARTTLS (mssante.md §2, §6)."""

import imaplib
import smtplib
from dataclasses import replace

import pytest
from anyio import to_thread

from shared.contracts.gateway import SessionClose
from shared.contracts.mss import MessageRefuse, MessageRemis
from tests.api.mss.courrier import BLANC_VALMONT, MARTIN, VERDIER, Brut, Courrier, message, xoauth2
from tests.banc import Banc


@pytest.mark.exigence("ECO.1.0.1", "ECO.1.0.2", "ECO.1.2.1")
async def test_a_doctor_writes_and_a_colleague_reads_every_byte(courrier: Courrier, b: Banc) -> None:
    m = message()

    assert await courrier.envoyer(m) == {}

    recu = (await courrier.boite("martin-mg"))[-1]
    assert recu.as_bytes().endswith(m.as_bytes())
    assert recu["Return-Path"] == f"<{VERDIER}>"
    assert ".ceci commence par un point." in recu.get_content()
    [remis] = await b.emis(MessageRemis)
    assert (remis.expediteur, remis.destinataire, remis.objet) == (VERDIER, MARTIN, "Avis")


async def test_nothing_is_offered_nor_accepted_before_tls(courrier: Courrier) -> None:
    def sans_tls() -> tuple[bool, bool, int, int, str, str]:
        with smtplib.SMTP("localhost", courrier.ports["smtp"], timeout=10) as client:
            client.ehlo("lps")
            auth = client.has_extn("auth")
            starttls = client.has_extn("starttls")
            code_auth, _ = client.docmd("AUTH", "XOAUTH2 dXNlcj0=")
            code_mail, _ = client.docmd("MAIL", f"FROM:<{VERDIER}>")
        with imaplib.IMAP4("localhost", courrier.ports["imap"], timeout=10) as imap:
            capacites = " ".join(imap.capabilities)
            try:
                imap.login("x", "y")
                refus = ""
            except imaplib.IMAP4.error as erreur:
                refus = str(erreur)
        return auth, starttls, code_auth, code_mail, capacites, refus

    auth, starttls, code_auth, code_mail, capacites, refus = await to_thread.run_sync(sans_tls)
    assert (auth, starttls) == (False, True)
    assert (code_auth, code_mail) == (538, 530)
    assert "STARTTLS" in capacites
    assert "AUTH=" not in capacites
    assert "LOGINDISABLED" in capacites
    assert "PRIVACYREQUIRED" in refus or "LOGIN" in refus


async def test_the_extensions_after_tls(courrier: Courrier) -> None:
    offertes = await courrier.smtp(lambda c: (c.ehlo("lps"), dict(c.esmtp_features))[1])

    assert offertes["size"] == "26214400"
    assert {"dsn", "8bitmime", "pipelining", "enhancedstatuscodes"} <= set(offertes)
    capacites = await courrier.imap(lambda c: c.capability()[1][0])
    assert b"IDLE" in capacites
    assert b"UIDPLUS" in capacites


@pytest.mark.parametrize("mecanisme", ["XOAUTH2", "OAUTHBEARER"])
async def test_both_mechanisms_open_the_mailbox_with_and_without_an_initial_response(
    courrier: Courrier, b: Banc, mecanisme: str
) -> None:
    jeton = b.jeton("verdier-mg")
    reponse = (
        xoauth2(VERDIER, jeton)
        if mecanisme == "XOAUTH2"
        else f"n,a={VERDIER},\x01host=localhost\x01port=587\x01auth=Bearer {jeton}\x01\x01"
    )

    def essayer() -> list[int]:
        codes = []
        for initiale in (True, False):
            with smtplib.SMTP("localhost", courrier.ports["smtp"], timeout=10) as client:
                client.starttls(context=courrier.confiance)
                client.ehlo("lps")
                code, _ = client.auth(mecanisme, lambda defi=None: reponse, initial_response_ok=initiale)
                codes.append(code)
        return codes

    assert await to_thread.run_sync(essayer) == [235, 235]


@pytest.mark.parametrize(
    ("cas", "regle"),
    [
        ("expire", "BAC-JETON-05"),
        ("autre-bac", "BAC-ESP-01"),
        ("autre-boite", "MSS-AUTH-02"),
        ("boite-inexistante", "MSS-AUTH-02"),
        ("pas-un-jeton", "MSS-AUTH-01"),
        ("patient", "MSS-AUTH-01"),
    ],
)
async def test_a_token_that_does_not_open_the_mailbox_fails_alike(
    courrier: Courrier, b: Banc, cas: str, regle: str
) -> None:
    boite, jeton = VERDIER, b.jeton("verdier-mg")
    if cas == "expire":
        jeton = b.jeton("verdier-mg", duree=-1)
    elif cas == "autre-bac":
        jeton = b.jeton("verdier-mg", iss="http://127.0.0.1:8400/bac/ailleurs/auth/realms/esante-wallet")
    elif cas == "autre-boite":
        boite = MARTIN
    elif cas == "boite-inexistante":
        boite = "personne@medecin.mssante.fr"
    elif cas == "pas-un-jeton":
        jeton = "abc"
    elif cas == "patient":
        boite, jeton = BLANC_VALMONT, b.jeton_patient("blanc-valmont")

    with pytest.raises(smtplib.SMTPAuthenticationError) as smtp:
        await courrier.smtp(lambda c: None, boite=boite, jeton=jeton)
    with pytest.raises(imaplib.IMAP4.error, match=regle):
        await courrier.imap(lambda c: None, boite=boite, jeton=jeton)

    assert smtp.value.smtp_code == 535
    assert regle.encode() in smtp.value.smtp_error


@pytest.mark.parametrize(
    ("destinataire", "code", "statut"),
    [
        ("quelquun@gmail.com", 550, b"5.7.1"),
        ("inconnu@medecin.mssante.fr", 550, b"5.1.1"),
        ("pas une adresse", 553, b"5.1.3"),
    ],
)
async def test_a_recipient_the_operator_cannot_serve_is_refused_at_once(
    courrier: Courrier, destinataire: str, code: int, statut: bytes
) -> None:
    def essayer(client: smtplib.SMTP) -> tuple[int, bytes]:
        client.mail(VERDIER)
        return client.docmd("RCPT", f"TO:<{destinataire}>")

    recu, texte = await courrier.smtp(essayer)

    assert recu == code
    assert texte.startswith(statut)


@pytest.mark.exigence("L06")
async def test_the_envelope_sender_is_the_authenticated_mailbox(courrier: Courrier, b: Banc) -> None:
    code, texte = await courrier.smtp(lambda c: c.mail(MARTIN))
    assert (code, b"[L06]" in texte) == (553, True)

    await b.regler(profil="lenient")

    assert (await courrier.smtp(lambda c: c.mail(MARTIN)))[0] == 250


async def test_wrong_order_unknown_and_damaged_commands_never_break_the_session(courrier: Courrier) -> None:
    def essayer(client: smtplib.SMTP) -> list[int]:
        codes = [
            client.docmd("DATA")[0],
            client.docmd("RCPT", "TO:<a@b.fr>")[0],
            client.docmd("MAIL", "FROM:<alice")[0],
            client.docmd("MAIL", f"FROM:<{VERDIER}> FOO=BAR")[0],
            client.docmd("MAIL", f"FROM:<{VERDIER}> SIZE=99999999")[0],
            client.docmd("XYZZY")[0],
            client.docmd("STARTTLS")[0],
            client.docmd("AUTH", "XOAUTH2")[0],
            client.docmd("VRFY", "x")[0],
            client.docmd("MAIL", "A" * 5000)[0],
            client.docmd("NOOP")[0],
        ]
        return codes

    assert await courrier.smtp(essayer) == [503, 503, 501, 555, 552, 500, 503, 503, 252, 500, 250]


async def test_commands_sent_in_one_go_are_answered_in_order(courrier: Courrier) -> None:
    def essayer(client: smtplib.SMTP) -> list[int]:
        client.send(f"MAIL FROM:<{VERDIER}>\r\nRCPT TO:<{MARTIN}>\r\nRCPT TO:<x@gmail.com>\r\nDATA\r\n")
        codes = [client.getreply()[0] for _ in range(4)]
        client.send(message().as_bytes() + b"\r\n.\r\nNOOP\r\n")
        return [*codes, client.getreply()[0], client.getreply()[0]]

    assert await courrier.smtp(essayer) == [250, 250, 550, 354, 250, 250]


async def test_a_message_over_the_limit_is_read_to_its_end_and_refused(courrier: Courrier, b: Banc) -> None:
    def essayer(client: smtplib.SMTP) -> tuple[int, bytes, int]:
        client.mail(VERDIER)
        client.rcpt(MARTIN)
        code, texte = client.data(b"Subject: x\r\n\r\n" + b"A" * 76 + (b"\r\n" + b"B" * 1000) * 26_500)
        return code, texte, client.noop()[0]

    code, texte, ensuite = await courrier.smtp(essayer)

    assert (code, ensuite) == (552, 250)
    assert texte.startswith(b"5.3.4")
    assert await b.emis(MessageRemis) == []


async def test_a_mime_bomb_is_refused_and_leaves_nothing(courrier: Courrier, b: Banc) -> None:
    bombe = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (i, i) for i in range(60))

    with pytest.raises(smtplib.SMTPDataError, match="MSS-MIME-01"):
        await courrier.smtp(lambda c: c.sendmail(VERDIER, [MARTIN], bombe))

    assert await b.emis(MessageRemis) == []


@pytest.mark.exigence("MES-22")
async def test_a_delivery_report_comes_when_asked_for(courrier: Courrier) -> None:
    m = message(a=BLANC_VALMONT, objet="Votre rendez-vous")
    await courrier.smtp(
        lambda c: c.sendmail(
            VERDIER, [BLANC_VALMONT], m.as_bytes(), ["RET=hdrs", "ENVID=QQ1"], ["NOTIFY=success,failure"]
        )
    )

    rapport = (await courrier.boite())[-1]

    assert rapport.get_content_type() == "multipart/report"
    assert "Action: delivered" in rapport.as_string()
    assert "Original-Envelope-Id: QQ1" in rapport.as_string()


@pytest.mark.parametrize(
    ("adresse", "regle", "statut", "objet"),
    [
        ("176056311309247", "MES-04", "5.2.1", "Message non distribué"),
        ("298116311310470", "MES-04", "5.2.1", "Message non distribué"),
        ("188049999999990", "MES-06", "5.1.3", "Message non distribué"),
        ("jean.dupont", "MES-06", "5.1.3", "Message non distribué"),
        ("193126311319925", "MES-05", "5.1.1", "Message non distribué"),
    ],
)
async def test_mon_espace_sante_answers_250_then_bounces(
    courrier: Courrier, b: Banc, adresse: str, regle: str, statut: str, objet: str
) -> None:
    from shared.identite.cles import cle_matricule

    if regle == "MES-05":
        adresse = adresse[:13] + cle_matricule(adresse[:13])
    assert await courrier.envoyer(message(a=f"{adresse}@patient.mssante.fr")) == {}

    rejet = (await courrier.boite())[-1]

    assert rejet["Subject"] == objet
    assert rejet["Auto-Submitted"] == "auto-replied"
    assert f"Status: {statut}" in rejet.as_string()
    [refuse] = await b.emis(MessageRefuse)
    assert (refuse.regle, refuse.statut) == (regle, statut)
    assert await b.emis(MessageRemis) == []


@pytest.mark.exigence("ECO.1.2.6")
async def test_an_open_session_outlives_its_token_but_not_its_sign_in(courrier: Courrier, b: Banc) -> None:
    jeton = b.jeton("verdier-mg")
    client = await to_thread.run_sync(imaplib.IMAP4, "localhost", courrier.ports["imap"], 10)
    await to_thread.run_sync(client.starttls, courrier.confiance)
    reponse = xoauth2(VERDIER, jeton).encode()
    await to_thread.run_sync(client.authenticate, "XOAUTH2", lambda defi: reponse)

    await b.avancer(minutes=10)
    assert (await to_thread.run_sync(client.noop))[0] == "OK"

    [sid] = b.passerelle.sessions
    await b.recevoir(SessionClose(occurred_at=b.bac.now(), sid=sid, id_nat="810999000010"))
    await b.calme()
    with pytest.raises((imaplib.IMAP4.abort, OSError)):
        await to_thread.run_sync(client.noop)
    await to_thread.run_sync(client.shutdown)


async def test_every_exchange_is_in_the_journal_without_the_token(courrier: Courrier, b: Banc) -> None:
    await courrier.envoyer(message())

    operations = [e["operation"] for e in b.passerelle.journal]
    assert operations == ["SMTP AUTH", "SMTP MAIL", "SMTP RCPT", "SMTP DATA"]
    depot = b.passerelle.journal[-1]
    assert depot["appelant"] == "810999000010"
    assert depot["faits"]["destinataires"] == [f"{MARTIN} remettre MSS-REMISE"]
    assert "eyJ" not in str([e["requete"] for e in b.passerelle.journal[:3]])


async def test_an_injected_fault_answers_in_place_of_the_operator(courrier: Courrier, b: Banc) -> None:
    b.passerelle.fautes += [None, None, {"effet": "refus", "id": "f", "refus": {"code": 451, "en": "later"}}]  # type: ignore[list-item]  # no fault for MAIL nor RCPT

    with pytest.raises(smtplib.SMTPDataError) as refus:
        await courrier.envoyer(message())

    assert refus.value.smtp_code == 451
    assert await b.emis(MessageRemis) == []


async def test_homologation_refuses_at_data_what_the_lint_calls_an_error(courrier: Courrier, b: Banc) -> None:
    await b.regler(profil="homologation")
    m = message()
    del m["X-MSS-NIL"]

    with pytest.raises(smtplib.SMTPDataError) as refus:
        await courrier.envoyer(m)

    assert refus.value.smtp_code == 554
    assert b"[L08]" in refus.value.smtp_error
    decision = next(d for d in b.passerelle.journal[-1]["decisions"] if d["verdict"] == "refuse")
    assert decision["fr"] != decision["en"]
    assert await courrier.envoyer(message()) == {}


async def test_a_reset_bac_says_goodbye_to_its_mail_sessions(courrier: Courrier, b: Banc) -> None:
    def ouvrir() -> imaplib.IMAP4:
        client = imaplib.IMAP4("localhost", courrier.ports["imap"], timeout=10)
        client.starttls(courrier.confiance)
        client.authenticate("XOAUTH2", lambda defi: xoauth2(VERDIER, jeton).encode())
        return client

    jeton = b.jeton("verdier-mg")
    client = await to_thread.run_sync(ouvrir)
    await b._poser(replace(b.bac, epoque=b.bac.epoque + 1))

    with pytest.raises((imaplib.IMAP4.abort, OSError)):
        await to_thread.run_sync(client.noop)
    await to_thread.run_sync(client.shutdown)


@pytest.mark.parametrize(
    ("effet", "recu"), [("refus", "s NO [UNAVAILABLE] later"), ("coupure", ""), ("charabia", "garbage")]
)
async def test_an_imap_command_can_be_made_to_fail(courrier: Courrier, b: Banc, effet: str, recu: str) -> None:
    jeton = b.jeton("verdier-mg")

    def essayer() -> str:
        client = Brut(courrier.ports["imap"], courrier.confiance)
        try:
            client.ouvrir(jeton)
            b.passerelle.fautes.append({"effet": effet, "id": "f", "latence_ms": 1, "refus": {"en": "later"}})
            client.dire(b"s SELECT INBOX\r\n")
            return client.ligne()
        except OSError:
            return ""
        finally:
            client.prise.close()

    assert recu in await to_thread.run_sync(essayer)
    assert b.passerelle.journal[-1]["faute"] == "f"
