"""Automatic mails: bounces and delivery reports (RFC 3464 in RFC 6522), read receipts (RFC 8098).

``mssante.md`` §6. The texts are ours (the real ones are not public); the machine-readable cause is in the report part.
Automatic mails have a null return path and ``Auto-Submitted: auto-replied``, and never answer one another.
"""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from typing import Literal, TypeAlias

from services.mss.domain.mes import LIMITE_MES, NON_REMIS, Ligne
from services.mss.domain.mime import Partie, adresses, decoder

Action: TypeAlias = Literal["failed", "delivered", "delayed"]
ENTETES_CITES_MAX = 64 * 1024


@dataclass(frozen=True, slots=True)
class Demande:
    """The RFC 3461 wishes of an envelope: ``RET``, ``ENVID``, and per recipient ``NOTIFY`` and ``ORCPT``."""

    ret: str | None = None
    envid: str | None = None
    notify: frozenset[str] = frozenset()
    orcpt: str | None = None

    @property
    def veut_succes(self) -> bool:
        return "SUCCESS" in self.notify

    @property
    def veut_echec(self) -> bool:
        """A failure is told unless ``NOTIFY`` was given without ``FAILURE`` (RFC 3461 §4.1)."""
        return not self.notify or "FAILURE" in self.notify


@dataclass(frozen=True, slots=True)
class Sort:
    """What happened to one recipient, in the words of a DSN."""

    destinataire: str
    action: Action
    statut: str
    diagnostic: str
    objet: str
    texte: str


def sort_de_la_ligne(ligne: Ligne, destinataire: str, taille: int) -> Sort:
    """The failure that a bouncing row of the MES table stands for."""
    statut = ligne.statut or "5.0.0"
    texte = (ligne.texte or ligne.fr).format(taille=taille, limite=LIMITE_MES)
    return Sort(destinataire, "failed", statut, f"550 {statut} {ligne.en}", ligne.objet or NON_REMIS, texte)


def sort_remis(destinataire: str) -> Sort:
    texte = f"Votre message a été remis à {destinataire}."
    return Sort(destinataire, "delivered", "2.1.5", "250 2.1.5 delivered", "Message remis", texte)


def peut_recevoir_un_rapport(expediteur_enveloppe: str, racine: Partie) -> bool:
    """Never report to a null sender, nor about an automatic message (RFC 3834, RFC 3464 §2)."""
    automatique = (racine.entete("auto-submitted") or "no").split(";")[0].strip().lower() != "no"
    return bool(expediteur_enveloppe) and not automatique


def rapport_de_remise(
    original: Partie, *, sort: Sort, a: str, message_id: str, instant: datetime, demande: Demande | None = None
) -> bytes:
    """A bounce or a delivery report about one recipient of ``original``."""
    demande = demande or Demande()
    domaine = sort.destinataire.rpartition("@")[2] or "mssante.fr"
    par_message = [f"Reporting-MTA: dns; mx.{domaine}"]
    if demande.envid:
        par_message.append(f"Original-Envelope-Id: {_sur_une_ligne(demande.envid)}")
    par_destinataire = [
        f"Original-Recipient: {_sur_une_ligne(demande.orcpt or f'rfc822; {sort.destinataire}')}",
        f"Final-Recipient: rfc822; {sort.destinataire}",
        f"Action: {sort.action}",
        f"Status: {sort.statut}",
        f"Diagnostic-Code: smtp; {sort.diagnostic}",
    ]
    return _rapport(
        "delivery-status",
        _entetes(f"MAILER-DAEMON@{domaine}", a, sort.objet, message_id, instant, original),
        [
            _texte(sort.texte),
            ("message/delivery-status", _lignes([*par_message, "", *par_destinataire])),
            _cite(original, entier=(demande.ret or "").upper() == "FULL"),
        ],
    )


def accuse_de_lecture(
    original: Partie, *, boite: str, a: str, message_id: str, instant: datetime, disposition: str
) -> bytes:
    """A read receipt; ``disposition`` is the RFC 8098 value, error code and label included (§6.3)."""
    objet = decoder(original.entete("subject") or "")
    champs = [
        "Reporting-UA: patient.mssante.fr; Bac a Sante",
        f"Original-Recipient: rfc822;{boite}",
        f"Final-Recipient: rfc822;{boite}",
        f"Original-Message-ID: {_sur_une_ligne(original.entete('message-id') or '')}",
        f"Disposition: {disposition}",
    ]
    etat = disposition.rpartition(";")[2].strip()
    return _rapport(
        "disposition-notification",
        _entetes(boite, a, f"Lu : {objet}" if etat == "displayed" else objet, message_id, instant, original),
        [
            _texte(f"Le message adressé à {boite} a été traité : {etat}."),
            ("message/disposition-notification", _lignes(champs)),
            _cite(original, entier=False),
        ],
    )


LU_PAR_UN_PATIENT = "manual-action/MDN-sent-automatically; displayed"


def adresse_de_l_accuse(original: Partie, chemin_de_retour: str) -> str | None:
    """Where a read receipt goes, if one is asked for and may be automatic.

    VB: no automatic receipt when ``Disposition-Notification-To`` differs from the return path.
    """
    demandees = [adresse.lower() for _, adresse in adresses(original.tous("disposition-notification-to"))]
    if not demandees or not chemin_de_retour:
        return None
    return demandees[0] if demandees[0] == chemin_de_retour.lower() else None


def _rapport(genre: str, entetes: list[str], parties: list[tuple[str, bytes]]) -> bytes:
    """Bytes are assembled here rather than by ``email``: quoted headers may carry 8-bit bytes it refuses to write."""
    borne = f"=_{genre}_" + hashlib.sha256("".join(entetes).encode()).hexdigest()[:24]
    type_mime = f'Content-Type: multipart/report; report-type={genre}; boundary="{borne}"'
    sortie = [_lignes([*entetes, "MIME-Version: 1.0", type_mime]), b"\r\n"]
    for type_partie, corps in parties:
        sortie.append(b"--%b\r\nContent-Type: %b\r\n" % (borne.encode(), type_partie.encode()))
        if type_partie.startswith("text/plain"):
            sortie.append(b"Content-Transfer-Encoding: base64\r\n")
        sortie.append(b"\r\n" + corps.rstrip(b"\r\n") + b"\r\n")
    return b"".join([*sortie, b"--%b--\r\n" % borne.encode()])


def _entetes(de: str, a: str, objet: str, message_id: str, instant: datetime, original: Partie) -> list[str]:
    lignes = [
        f"From: {de}",
        f"To: {a}",
        f"Subject: {Header(' '.join(objet.split()), 'utf-8', header_name='Subject').encode(linesep=chr(13) + chr(10))}",
        f"Date: {format_datetime(instant)}",
        f"Message-ID: {message_id}",
        "Auto-Submitted: auto-replied",
    ]
    if repond_a := original.entete("message-id"):
        lignes += [f"In-Reply-To: {_sur_une_ligne(repond_a)}", f"References: {_sur_une_ligne(repond_a)}"]
    return lignes


def _texte(texte: str) -> tuple[str, bytes]:
    return "text/plain; charset=utf-8", base64.encodebytes(texte.encode()).replace(b"\n", b"\r\n")


def _cite(original: Partie, *, entier: bool) -> tuple[str, bytes]:
    if entier:
        return "message/rfc822", original.octets
    return "text/rfc822-headers", original.octets_entetes[:ENTETES_CITES_MAX]


def _lignes(lignes: list[str]) -> bytes:
    return "".join(f"{ligne}\r\n" for ligne in lignes).encode()


def _sur_une_ligne(valeur: str) -> str:
    """No header of ours carries a line break taken from a client."""
    return " ".join(valeur.split()).encode("ascii", "replace").decode()[:900]
