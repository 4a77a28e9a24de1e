"""Reading messages and writing automatic ones (mssante.md §3, §6)."""

import email
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage, Message
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.mss.domain import mime
from services.mss.domain.adresses import AdresseInvalide, ListeBlanche
from services.mss.domain.composition import Brouillon, ContenuInvalide, PieceAJoindre, composer
from services.mss.domain.mes import VERS_PATIENT
from services.mss.domain.mime import MessageDemesure
from services.mss.domain.rapports import (
    LU_PAR_UN_PATIENT,
    Demande,
    accuse_de_lecture,
    adresse_de_l_accuse,
    peut_recevoir_un_rapport,
    rapport_de_remise,
    sort_de_la_ligne,
    sort_remis,
)
from services.mss.domain.reception import cible_de_reponse, lire_courrier

INSTANT = datetime(2026, 3, 2, 8, 15, tzinfo=UTC)


def message(**entetes: str) -> bytes:
    m = EmailMessage(policy=policy.SMTP)
    m["From"] = "Dr_Zoé_MARTIN <zoe.martin@medecin.mssante.fr>"
    m["To"] = "285063306300232@patient.mssante.fr"
    m["Subject"] = "Résultats d'analyse — été"
    m["Message-ID"] = "<1@medecin.mssante.fr>"
    for nom, valeur in entetes.items():
        m[nom.replace("_", "-")] = valeur
    m.set_content("Bonjour, c'est l'été.\n")
    m.add_attachment(b"%PDF-1.7 x", maintype="application", subtype="pdf", filename="résumé.pdf")
    return m.as_bytes()


def test_a_message_with_accents_and_an_attachment_is_read_whole() -> None:
    courrier = lire_courrier(message(Reply_To="C <c@cabinet.mssante.fr>", X_MSS_NIL="12-34"))

    assert courrier.objet == "Résultats d'analyse — été"
    assert courrier.libelle == "Dr_Zoé_MARTIN"
    assert courrier.expediteur == "zoe.martin@medecin.mssante.fr"
    assert courrier.texte.strip() == "Bonjour, c'est l'été."
    assert [(p.nom, p.type_mime, p.taille) for p in courrier.pieces] == [("résumé.pdf", "application/pdf", 10)]
    assert courrier.entetes_mss == {"x-mss-nil": "12-34"}


def test_a_file_name_with_a_path_keeps_only_its_last_part() -> None:
    brut = b'Content-Type: application/pdf; name="../../etc/passwd"\r\n\r\nx'

    assert mime.lire(brut).nom_fichier == "passwd"


@pytest.mark.exigence("MES-15", "MES-16")
def test_a_reply_address_counts_only_inside_mssante() -> None:
    liste = ListeBlanche.de(["cabinet.mssante.fr", "patient.mssante.fr"])

    def cible(adresse: str) -> str:
        return cible_de_reponse(lire_courrier(message(Reply_To=adresse)), "b@medecin.mssante.fr", liste)

    assert cible("c@cabinet.mssante.fr") == "c@cabinet.mssante.fr"
    assert cible("c@gmail.com") == "b@medecin.mssante.fr"
    assert cible("285063306300232@patient.mssante.fr") == "b@medecin.mssante.fr"


def test_nesting_and_part_bombs_are_refused() -> None:
    poupees = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (i, i) for i in range(60))
    beaucoup = b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"--b\r\n\r\nx\r\n" * 2000
    entetes = b"X: y\r\n" * 200_000

    for bombe in (poupees, beaucoup, entetes):
        with pytest.raises(MessageDemesure):
            mime.lire(bombe)


@given(st.binary(max_size=400), st.binary(max_size=200))
def test_no_bytes_whatever_break_the_reader(debut: bytes, suite: bytes) -> None:
    racine = mime.lire(debut + b'\r\nContent-Type: multipart/mixed; boundary="--"\r\n\r\n----\r\n' + suite)

    assert racine.octets.startswith(debut)
    for partie in racine.parcourir():
        partie.texte()


def test_the_standard_library_reads_the_same_parts() -> None:
    brut = message()
    notre = [(p.type_mime, p.contenu().replace(b"\r\n", b"\n")) for p in mime.lire(brut).feuilles()]
    temoin = email.message_from_bytes(brut)
    le_leur = [
        (p.get_content_type(), p.get_payload(decode=True).replace(b"\r\n", b"\n"))  # type: ignore[union-attr]  # decoded leaf
        for p in temoin.walk()
        if not p.is_multipart()
    ]

    assert notre == le_leur


def _bloc(statut: Any, rang: int) -> Message:
    """A header block of a delivery status part."""
    bloc: Message = statut.get_payload()[rang]
    return bloc


@pytest.mark.exigence("MES-04")
def test_a_bounce_names_its_cause_for_machines_and_people() -> None:
    ligne = next(ligne for ligne in VERS_PATIENT if ligne.regle == "MES-04")
    brut = rapport_de_remise(
        mime.lire(message()),
        sort=sort_de_la_ligne(ligne, "285063306300232@patient.mssante.fr", 1000),
        a="zoe.martin@medecin.mssante.fr",
        message_id="<r1@patient.mssante.fr>",
        instant=INSTANT,
        demande=Demande(envid="QQ314159"),
    )
    lu = email.message_from_bytes(brut, policy=policy.default)

    assert lu["Subject"] == "Message non distribué"
    assert lu["Auto-Submitted"] == "auto-replied"
    assert lu["In-Reply-To"] == "<1@medecin.mssante.fr>"
    assert lu.get_content_type() == "multipart/report"
    texte, statut, cite = lu.iter_parts()
    assert "fermée" in texte.get_content()
    assert _bloc(statut, 0)["Original-Envelope-Id"] == "QQ314159"
    assert _bloc(statut, 1)["Status"] == "5.2.1"
    assert _bloc(statut, 1)["Action"] == "failed"
    assert "Message-ID: <1@medecin.mssante.fr>" in cite.get_payload()


def test_a_full_return_carries_the_original_with_its_accents() -> None:
    original = message().replace(b"Content-Transfer-Encoding: 8bit", b"X-Accents: \xc3\xa9t\xc3\xa9")
    brut = rapport_de_remise(
        mime.lire(original),
        sort=sort_remis("b@medecin.mssante.fr"),
        a="zoe.martin@medecin.mssante.fr",
        message_id="<r2@x.mssante.fr>",
        instant=INSTANT,
        demande=Demande(ret="full"),
    )

    assert b"\xc3\xa9t\xc3\xa9" in brut
    assert b"Action: delivered" in brut


@pytest.mark.exigence("MES-17", "MES-18")
def test_a_read_receipt_goes_only_to_the_return_path_that_asked_for_it() -> None:
    demande = mime.lire(message(Disposition_Notification_To="<zoe.martin@medecin.mssante.fr>"))

    assert adresse_de_l_accuse(demande, "Zoe.Martin@medecin.mssante.fr") == "zoe.martin@medecin.mssante.fr"
    assert adresse_de_l_accuse(demande, "autre@medecin.mssante.fr") is None
    assert adresse_de_l_accuse(mime.lire(message()), "zoe.martin@medecin.mssante.fr") is None
    accuse = accuse_de_lecture(
        demande,
        boite="285063306300232@patient.mssante.fr",
        a="zoe.martin@medecin.mssante.fr",
        message_id="<m1@patient.mssante.fr>",
        instant=INSTANT,
        disposition=LU_PAR_UN_PATIENT,
    )
    assert b"Disposition: manual-action/MDN-sent-automatically; displayed" in accuse
    assert b"Original-Message-ID: <1@medecin.mssante.fr>" in accuse


def test_automatic_messages_and_null_senders_get_no_report() -> None:
    assert peut_recevoir_un_rapport("a@b.fr", mime.lire(message()))
    assert not peut_recevoir_un_rapport("", mime.lire(message()))
    assert not peut_recevoir_un_rapport("a@b.fr", mime.lire(message(Auto_Submitted="auto-replied")))


_TEXTE = st.text(max_size=80)


@given(objet=_TEXTE, texte=st.text(max_size=300), nom=st.text(min_size=1, max_size=40), retour=_TEXTE)
def test_whatever_is_written_is_read_again_or_refused_by_its_field(
    objet: str, texte: str, nom: str, retour: str
) -> None:
    brouillon = Brouillon(
        objet,
        texte,
        ("a@b.mssante.fr",),
        pieces=(PieceAJoindre(nom, "application/pdf", b"%PDF"),),
        entetes=(("Reply-To", retour),) if retour else (),
    )
    refuse: str | None = None
    try:
        brut = composer(brouillon, de="c@d.mssante.fr", libelle="Dr_Zoé", message_id="<1@d.fr>", instant=INSTANT)
    except (ContenuInvalide, AdresseInvalide) as refus:
        refuse = refus.champ
    if refuse is not None:
        assert refuse in {"objet", "texte", "pieces.nom", "Reply-To"}
        return
    lu = lire_courrier(brut)

    assert lu.objet.split() == objet.split()
    assert lu.expediteur == "c@d.mssante.fr"
    assert lu.destinataires == ("a@b.mssante.fr",)
    assert len(lu.pieces) == 1
    assert lu.texte.split() == texte.split()
