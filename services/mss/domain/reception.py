"""From a raw message to what the mailbox remembers of it: decoded subject, sender, attachments, reply address."""

import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from services.mss.domain import mime
from services.mss.domain.adresses import Adresse, AdresseInvalide, ListeBlanche
from services.mss.domain.mime import Partie


@dataclass(frozen=True, slots=True)
class Piece:
    """An attachment; ``rang`` counts from 1 in the order of the message."""

    rang: int
    nom: str
    type_mime: str
    taille: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Courrier:
    """What a client shows of a message without opening it."""

    objet: str
    expediteur: str
    libelle: str
    destinataires: tuple[str, ...]
    copies: tuple[str, ...]
    reponse_a: str | None
    message_id: str | None
    en_reponse_a: str | None
    references: tuple[str, ...]
    date: datetime | None
    texte: str
    pieces: tuple[Piece, ...]
    entetes_mss: dict[str, str] = field(default_factory=dict)
    automatique: bool = False


_MESSAGE_ID = re.compile(r"<[^<>\s]+@?[^<>\s]*>")


def lire_courrier(brut: bytes) -> Courrier:
    """Summarise a message; raises :class:`services.mss.domain.mime.MessageDemesure` on bombs."""
    return resumer(mime.lire(brut))


def resumer(racine: Partie) -> Courrier:
    de = mime.adresses(racine.tous("from"))
    retour = mime.adresses(racine.tous("reply-to"))
    return Courrier(
        objet=mime.decoder(racine.entete("subject") or ""),
        expediteur=de[0][1].lower() if de else "",
        libelle=de[0][0] if de else "",
        destinataires=tuple(adresse.lower() for _, adresse in mime.adresses(racine.tous("to"))),
        copies=tuple(adresse.lower() for _, adresse in mime.adresses(racine.tous("cc"))),
        reponse_a=retour[0][1].lower() if retour else None,
        message_id=_premier_id(racine.entete("message-id")),
        en_reponse_a=_premier_id(racine.entete("in-reply-to")),
        references=tuple(_MESSAGE_ID.findall(racine.entete("references") or "")),
        date=_date(racine.entete("date")),
        texte=_texte(racine),
        pieces=tuple(piece for piece, _ in pieces(racine)),
        entetes_mss={nom: valeur for nom, valeur in racine.entetes if nom.startswith("x-mss-")},
        automatique=(racine.entete("auto-submitted") or "no").split(";")[0].strip().lower() != "no",
    )


def pieces(racine: Partie) -> list[tuple[Piece, Partie]]:
    """The attachments: named parts, parts declared ``attachment``, and whatever is not text to be read."""
    trouvees: list[tuple[Piece, Partie]] = []
    for partie in racine.feuilles():
        disposition = partie.disposition
        est_jointe = disposition is not None and disposition[0] == "attachment"
        lisible = partie.type_mime in {"text/plain", "text/html"}
        if not (est_jointe or partie.nom_fichier or not lisible):
            continue
        contenu = partie.contenu()
        rang = len(trouvees) + 1
        nom = partie.nom_fichier or f"piece-{rang}"
        empreinte = hashlib.sha256(contenu).hexdigest()
        trouvees.append((Piece(rang, nom, partie.type_mime, len(contenu), empreinte), partie))
    return trouvees


def cible_de_reponse(courrier: Courrier, expediteur: str, liste: ListeBlanche) -> str:
    """MES-15 and MES-16: a ``Reply-To`` inside MSSanté replaces the sender as contact, one outside is ignored."""
    if courrier.reponse_a:
        try:
            cible = Adresse.lire(courrier.reponse_a)
        except AdresseInvalide:
            return expediteur
        if cible.domaine in liste and not cible.est_patient:
            return str(cible)
    return expediteur


def _texte(racine: Partie) -> str:
    """The first text/plain to be read, else the first text/html without its tags."""
    html: str | None = None
    for partie in racine.feuilles():
        disposition = partie.disposition
        if disposition is not None and disposition[0] == "attachment":
            continue
        if partie.type_mime == "text/plain":
            return partie.texte()
        if partie.type_mime == "text/html" and html is None:
            html = partie.texte()
    return re.sub(r"<[^<>]{0,10000}>", "", html) if html else ""


def _premier_id(valeur: str | None) -> str | None:
    trouve = _MESSAGE_ID.search(valeur or "")
    return trouve.group(0) if trouve else None


def _date(valeur: str | None) -> datetime | None:
    if not valeur:
        return None
    try:
        lue = parsedate_to_datetime(valeur)
        return (lue if lue.tzinfo else lue.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
