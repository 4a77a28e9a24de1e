"""Secure mail as a mail client does it: submission and IMAP over STARTTLS, XOAUTH2 with the PSC token."""

import email
import imaplib
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import default as politique
from typing import Any

from bacasante.demo.modele import Echange, PromesseRompue
from bacasante.demo.scene import Scene

_DELAI = 20


def contexte_tls(scene: Scene) -> ssl.SSLContext:
    """Trust this installation's root, nothing else."""
    racine = scene.fil.get("/pki/ca.pem", voie="PKI", muet=True).texte
    return ssl.create_default_context(cadata=racine)


def envoyer(scene: Scene, adresse: str, jeton: str, message: EmailMessage) -> None:
    """Submit one message; a refusal is a broken promise with the server's own words."""
    hote, port = _ecoute(scene, "smtp")
    try:
        with smtplib.SMTP(hote, port, timeout=_DELAI) as smtp:
            smtp.starttls(context=contexte_tls(scene))
            smtp.ehlo()
            smtp.auth("XOAUTH2", lambda defi=None: _xoauth2(adresse, jeton) if defi is None else "")
            refuses = smtp.send_message(message)
    except (smtplib.SMTPException, OSError) as erreur:
        raise PromesseRompue(
            "the message is submitted", voie="SMTP", recu=f"{type(erreur).__name__}: {erreur}"
        ) from erreur
    _noter(
        scene,
        "SMTP",
        f"STARTTLS, AUTH XOAUTH2, MAIL FROM <{adresse}>, RCPT TO <{message['To']}>",
        "250 accepted",
        adresse,
    )
    if refuses:
        raise PromesseRompue("every recipient is accepted", voie="SMTP", recu=refuses)


def lire(
    scene: Scene, adresse: str, jeton: str, *, boite: str = "INBOX", message_id: str | None = None
) -> list[EmailMessage]:
    """The messages of a mailbox (those with this Message-ID when one is given)."""
    with _imap(scene, adresse, jeton) as imap:
        _ok(imap.select(boite, readonly=True), f"SELECT {boite}")
        critere = ("HEADER", "Message-ID", message_id) if message_id else ("ALL",)
        numeros = _ok(imap.search(None, *critere), "SEARCH")[0].split()
        trouves = []
        for numero in numeros[-20:]:
            parts = _ok(imap.fetch(numero.decode(), "(RFC822)"), "FETCH")
            trouves += [email.message_from_bytes(p[1], policy=politique) for p in parts if isinstance(p, tuple)]
    _noter(scene, "IMAP", f"SELECT {boite}, SEARCH {' '.join(critere)[:60]}", f"{len(trouves)} message(s)", adresse)
    return trouves


@contextmanager
def _imap(scene: Scene, adresse: str, jeton: str) -> Iterator[imaplib.IMAP4]:
    hote, port = _ecoute(scene, "imap")
    try:
        with imaplib.IMAP4(hote, port, timeout=_DELAI) as imap:
            imap.starttls(contexte_tls(scene))
            imap.authenticate("XOAUTH2", lambda _: _xoauth2(adresse, jeton).encode())
            yield imap
    except (imaplib.IMAP4.error, OSError) as erreur:
        raise PromesseRompue("the mailbox opens", voie="IMAP", recu=f"{type(erreur).__name__}: {erreur}") from erreur


def _xoauth2(adresse: str, jeton: str) -> str:
    return f"user={adresse}\x01auth=Bearer {jeton}\x01\x01"


def _ecoute(scene: Scene, voie: str) -> tuple[str, int]:
    """Where the mail listener of this installation is: ``/_bac`` publishes it."""
    ou = scene.fil.get("/_bac", voie="control", muet=True)[voie]
    if not ou:
        raise PromesseRompue(f"/_bac publishes the {voie} listener", voie="control", recu=ou)
    hote, _, port = str(ou).rpartition(":")
    return hote.strip("[]"), int(port)


def _ok(reponse: tuple[str, Any], quoi: str) -> Any:
    statut, valeurs = reponse
    if statut != "OK":
        raise PromesseRompue(f"{quoi} is accepted", voie="IMAP", recu=valeurs)
    return valeurs


def _noter(scene: Scene, voie: str, envoi: str, retour: str, qui: str) -> None:
    if scene.fil.recit is not None:
        scene.fil.recit.echange(Echange(voie, envoi, retour, qui))
