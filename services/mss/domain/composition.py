"""Building a message for someone who gave us only its parts (JSON face, patient, demonstration seed)."""

from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from services.mss.domain.adresses import Adresse
from services.mss.domain.mime import adresses
from shared.errors import Invalide


@dataclass(frozen=True, slots=True)
class PieceAJoindre:
    nom: str
    type_mime: str
    contenu: bytes


@dataclass(frozen=True, slots=True)
class Brouillon:
    """What a person writes; ``entetes`` are the X-MSS-*, receipt and reply headers a software may add."""

    objet: str
    texte: str
    a: tuple[str, ...]
    cc: tuple[str, ...] = ()
    pieces: tuple[PieceAJoindre, ...] = ()
    entetes: tuple[tuple[str, str], ...] = ()
    en_reponse_a: str | None = None


class ContenuInvalide(Invalide):
    slug, regle = "contenu-invalide", "MSS-MSG-02"


def composer(brouillon: Brouillon, *, de: str, libelle: str, message_id: str, instant: datetime) -> bytes:
    """The message as it travels: CRLF, UTF-8, ``multipart/mixed`` when something is attached."""
    message = EmailMessage(policy=policy.SMTP.clone(max_line_length=200))
    locale, _, domaine = de.partition("@")
    message["From"] = Address(libelle, locale, domaine) if libelle else de
    message["To"] = ", ".join(brouillon.a)
    if brouillon.cc:
        message["Cc"] = ", ".join(brouillon.cc)
    message["Subject"] = _sans_controle(brouillon.objet, "objet")
    message["Date"] = format_datetime(instant)
    message["Message-ID"] = message_id
    if brouillon.en_reponse_a:
        message["In-Reply-To"] = brouillon.en_reponse_a
        message["References"] = brouillon.en_reponse_a
    for nom, valeur in brouillon.entetes:
        message[nom] = _adresse(valeur, nom) if nom.lower() in _ADRESSES else _sans_controle(valeur, nom)
    message.set_content(_sans_nul(brouillon.texte), charset="utf-8", cte="base64")
    for piece in brouillon.pieces:
        genre, _, sous_genre = piece.type_mime.partition("/")
        message.add_attachment(
            piece.contenu,
            maintype=genre or "application",
            subtype=sous_genre or "octet-stream",
            filename=_sans_controle(piece.nom, "pieces.nom"),
        )
    return message.as_bytes()


_SEPARATEURS = frozenset("\u2028\u2029")
_ADRESSES = frozenset({"reply-to", "disposition-notification-to", "return-receipt-to"})


def _adresse(valeur: str, champ: str) -> str:
    """An address header carries one address, whatever label came with it."""
    lues = adresses([_sans_controle(valeur, champ)])
    if len(lues) != 1:
        raise ContenuInvalide(f"{champ} wants one address", f"{champ} attend une adresse", champ=champ)
    return f"<{Adresse.lire(lues[0][1], champ=champ)}>"


def _sans_controle(valeur: str, champ: str) -> str:
    """A header value never carries a line break: that is how headers are injected."""
    if any(ord(c) < 32 or 127 <= ord(c) < 160 or c in _SEPARATEURS for c in valeur):
        raise ContenuInvalide(
            f"{champ} holds a control character or a line break",
            f"{champ} contient un caractère de contrôle ou un saut de ligne",
            champ=champ,
        )
    return valeur


def _sans_nul(texte: str) -> str:
    if "\x00" in texte:
        raise ContenuInvalide("the text holds a NUL character", "le texte contient un caractère NUL", champ="texte")
    return texte
