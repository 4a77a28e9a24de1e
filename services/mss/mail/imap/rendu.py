"""What IMAP says about a message: ENVELOPE, BODYSTRUCTURE and the bytes of a section (RFC 3501 §7.4.2)."""

from email.utils import getaddresses

from services.mss.domain.mime import Partie

_ABSENT = b"NIL"


def chaine(valeur: str | bytes | None) -> bytes:
    """``nstring``: NIL, a quoted string, or a literal when it must be."""
    if valeur is None:
        return _ABSENT
    octets = valeur.encode("utf-8") if isinstance(valeur, str) else valeur
    if len(octets) < 1000 and all(0x20 <= octet < 0x7F for octet in octets):
        return b'"' + octets.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
    return litteral(octets)


def litteral(octets: bytes) -> bytes:
    return b"{%d}\r\n%b" % (len(octets), octets)


def enveloppe(message: Partie) -> bytes:
    de = message.tous("from")
    champs = [
        chaine(message.entete("date")),
        chaine(message.entete("subject")),
        _adresses(de),
        _adresses(message.tous("sender") or de),
        _adresses(message.tous("reply-to") or de),
        _adresses(message.tous("to")),
        _adresses(message.tous("cc")),
        _adresses(message.tous("bcc")),
        chaine(message.entete("in-reply-to")),
        chaine(message.entete("message-id")),
    ]
    return b"(" + b" ".join(champs) + b")"


def _adresses(valeurs: list[str]) -> bytes:
    rendues = []
    for nom, adresse in getaddresses(valeurs):
        if not adresse:
            continue
        locale, _, domaine = adresse.rpartition("@")
        rendues.append(
            b"(%b NIL %b %b)" % (chaine(nom or None), chaine(locale or adresse), chaine(domaine if locale else None))
        )
    return b"(" + b"".join(rendues) + b")" if rendues else _ABSENT


def structure(partie: Partie, *, etendue: bool) -> bytes:
    """BODYSTRUCTURE when ``etendue``, else BODY."""
    if partie.est_multipart and partie.enfants:
        return _multipart(partie, etendue=etendue)
    type_mime = "text/plain" if partie.est_multipart else partie.type_mime
    genre, _, sous_genre = type_mime.partition("/")
    corps = partie.octets_corps
    champs = [
        chaine(genre.upper()),
        chaine(sous_genre.upper()),
        _parametres(partie.parametres),
        chaine(partie.entete("content-id")),
        chaine(partie.entete("content-description")),
        chaine(partie.encodage.upper()),
        b"%d" % len(corps),
    ]
    if partie.est_message and partie.enfants:
        incluse = partie.enfants[0]
        champs += [enveloppe(incluse), structure(incluse, etendue=etendue), b"%d" % corps.count(b"\n")]
    elif genre == "text":
        champs.append(b"%d" % corps.count(b"\n"))
    if etendue:
        champs += [chaine(partie.entete("content-md5")), *_extensions(partie)]
    return b"(" + b" ".join(champs) + b")"


def _multipart(partie: Partie, *, etendue: bool) -> bytes:
    enfants = b"".join(structure(enfant, etendue=etendue) for enfant in partie.enfants)
    rendu = enfants + b" " + chaine(partie.type_mime.partition("/")[2].upper())
    if etendue:
        rendu += b" " + b" ".join([_parametres(partie.parametres), *_extensions(partie)])
    return b"(" + rendu + b")"


def _extensions(partie: Partie) -> list[bytes]:
    disposition = partie.disposition
    rendue = _ABSENT
    if disposition is not None:
        rendue = b"(%b %b)" % (chaine(disposition[0].upper()), _parametres(disposition[1]))
    langue = partie.entete("content-language")
    return [rendue, chaine(langue), chaine(partie.entete("content-location"))]


def _parametres(parametres: dict[str, str]) -> bytes:
    if not parametres:
        return _ABSENT
    return b"(" + b" ".join(chaine(cle.upper()) + b" " + chaine(v) for cle, v in parametres.items()) + b")"


def trouver(racine: Partie, numeros: tuple[int, ...]) -> Partie | None:
    """The part that dotted numbers name; a message that is not multipart has one part, numbered 1."""
    message: Partie | None = racine
    trouvee: Partie | None = racine
    for numero in numeros:
        if message is None:
            return None
        if message.est_multipart and message.enfants:
            trouvee = message.enfants[numero - 1] if 1 <= numero <= len(message.enfants) else None
        else:
            trouvee = message if numero == 1 else None
        if trouvee is None:
            return None
        if trouvee.est_message and trouvee.enfants:
            message = trouvee.enfants[0]
        else:
            message = trouvee if trouvee.est_multipart else None
    return trouvee


def section(racine: Partie, numeros: tuple[int, ...], genre: str, champs: frozenset[str]) -> bytes | None:
    """The bytes of ``BODY[<numbers>.<kind>]``; ``None`` when there is no such part."""
    partie = trouver(racine, numeros)
    if partie is None:
        return None
    if not numeros:
        message = partie
        if genre == "":
            return message.octets
    elif genre == "":
        return partie.octets_corps
    elif genre == "MIME":
        return partie.octets_entetes
    elif partie.est_message and partie.enfants:
        message = partie.enfants[0]
    else:
        return None
    if genre == "TEXT":
        return message.octets_corps
    if genre == "HEADER":
        return message.octets_entetes
    return filtrer(message.octets_entetes, champs, garder=genre == "HEADER.FIELDS")


def filtrer(entetes: bytes, champs: frozenset[str], *, garder: bool) -> bytes:
    """The header lines of some names (or of all others), folding kept, with the blank line that ends them."""
    gardees: list[bytes] = []
    courant = False
    for ligne in entetes.splitlines(keepends=True):
        if ligne.strip() == b"":
            break
        if ligne[:1] not in (b" ", b"\t"):
            nom = ligne.partition(b":")[0].strip().decode("latin-1").lower()
            courant = (nom in champs) is garder
        if courant:
            gardees.append(ligne)
    return b"".join(gardees) + b"\r\n"
