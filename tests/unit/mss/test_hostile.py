"""Hostile mail is normal input: whatever arrives is read, judged and answered without a crash."""

from hypothesis import given, settings
from hypothesis import strategies as st

from services.mss.domain import lint, mime, rapports
from services.mss.domain.adresses import TypeBal
from services.mss.domain.lint import Envoi
from services.mss.mail.imap import rendu
from services.mss.usecases.envoi import preparer
from tests.unit.mss.test_mime import INSTANT

NOMS = (
    "From",
    "To",
    "Subject",
    "Date",
    "Content-Type",
    "Content-Disposition",
    "Content-Transfer-Encoding",
    "Message-ID",
    "Reply-To",
    "Disposition-Notification-To",
)
PIEGES = (
    "=?utf-8?q?=C3?=",
    "=?x?b?a?=",
    "=?idna?q?x?=",
    "text/plain; charset=idna",
    "text/plain; charset=undefined",
    'multipart/mixed; boundary=""',
    "multipart/mixed; boundary=b",
    "message/rfc822",
    "attachment; filename*0*=utf-8''%ff; filename*1=x",
    'attachment; filename*=;;="',
    "Mon, 99 Foo 2026 99:99:99 +9999",
    "Tue, 1 Jan 0000 00:00:00 +0000",
    'a@b.fr, "x\\" <',
    "base64",
    "quoted-printable",
)
CORPS = (
    b"--b\r\nContent-Type: text/plain; charset=idna\r\n\r\nx\r\n--b\r\n"
    b"Content-Disposition: attachment; filename=IHE_XDM.ZIP\r\n\r\nx\r\n--b--",
    b"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\nDate: z\r\n\r\ny\r\n--b--",
)
entetes = st.lists(
    st.tuples(st.sampled_from(NOMS), st.one_of(st.sampled_from(PIEGES), st.text(max_size=40))), max_size=8
)
corps = st.one_of(st.sampled_from(CORPS), st.binary(max_size=100))


@given(entetes, corps)
@settings(deadline=None)
def test_any_message_is_judged_reported_and_shown(en_tetes: list[tuple[str, str]], contenu: bytes) -> None:
    brut = (
        b"".join(f"{nom}: {valeur}\r\n".encode("utf-8", "surrogatepass") for nom, valeur in en_tetes)
        + b"\r\n"
        + contenu
    )
    prepare = preparer(brut)

    constats = lint.examiner(
        Envoi(
            prepare.courrier,
            prepare.racine,
            "a@b.mssante.fr",
            TypeBal.PER,
            ("c@patient.mssante.fr",),
            len(brut),
            26_214_400,
            xdm=prepare.archive,
        )
    )
    rapport = rapports.rapport_de_remise(
        prepare.racine, sort=rapports.sort_remis("c@d.fr"), a="x@y.fr", message_id="<1@x>", instant=INSTANT
    )
    accuse = rapports.accuse_de_lecture(
        prepare.racine,
        boite="a@b.fr",
        a="c@d.fr",
        message_id="<2@x>",
        instant=INSTANT,
        disposition=rapports.LU_PAR_UN_PATIENT,
    )

    assert "L08" in {constat.regle for constat in constats}
    for automatique in (rapport, accuse):
        assert mime.lire(automatique).type_mime == "multipart/report"
        assert len(mime.lire(automatique).enfants) == 3
    assert rendu.enveloppe(prepare.racine).startswith(b"(")
    assert rendu.structure(prepare.racine, etendue=True).endswith(b")")
