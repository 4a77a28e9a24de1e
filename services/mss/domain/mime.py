"""Reading a message without trusting it: RFC 5322 headers and RFC 2045 parts as byte ranges, bounded.

One small reader serves the lint, the JSON face and IMAP: it keeps where each part begins and ends in the stored bytes,
so that what IMAP serves is exactly what was received.
"""

import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses

from shared.errors import TropGros

PROFONDEUR_MAX = 20
PARTIES_MAX = 500
ENTETES_MAX = 256 * 1024

_FIN_ENTETES = re.compile(rb"\r?\n(?:[ \t]*\r?\n)")
_PLI = re.compile(r"\r?\n(?=[ \t])")


class MessageDemesure(TropGros):
    slug, regle = "message-demesure", "MSS-MIME-01"


@dataclass(slots=True)
class Partie:
    """One part (or the whole message): headers in ``[debut, corps)``, body in ``[corps, fin)`` of ``brut``."""

    brut: bytes
    debut: int
    corps: int
    fin: int
    entetes: list[tuple[str, str]]
    type_mime: str = "text/plain"
    parametres: dict[str, str] = field(default_factory=dict)
    enfants: "list[Partie]" = field(default_factory=list)

    def entete(self, nom: str) -> str | None:
        """The first header of that name, unfolded and undecoded."""
        cherche = nom.lower()
        return next((valeur for cle, valeur in self.entetes if cle == cherche), None)

    def tous(self, nom: str) -> list[str]:
        cherche = nom.lower()
        return [valeur for cle, valeur in self.entetes if cle == cherche]

    @property
    def octets_entetes(self) -> bytes:
        return self.brut[self.debut : self.corps]

    @property
    def octets_corps(self) -> bytes:
        return self.brut[self.corps : self.fin]

    @property
    def octets(self) -> bytes:
        return self.brut[self.debut : self.fin]

    @property
    def est_multipart(self) -> bool:
        return self.type_mime.startswith("multipart/")

    @property
    def est_message(self) -> bool:
        return self.type_mime == "message/rfc822"

    @property
    def encodage(self) -> str:
        return (self.entete("content-transfer-encoding") or "7bit").split(";")[0].strip().lower()

    @property
    def disposition(self) -> tuple[str, dict[str, str]] | None:
        valeur = self.entete("content-disposition")
        return None if valeur is None else parametrer(valeur)

    @property
    def nom_fichier(self) -> str | None:
        """The file name a sender proposes, reduced to its last component (no path is taken from a client)."""
        disposition = self.disposition
        brut = (disposition[1].get("filename") if disposition else None) or self.parametres.get("name")
        if not brut:
            return None
        nom = re.sub(r"[\x00-\x1f\x7f]", "", decoder(brut)).replace("\\", "/").rsplit("/", 1)[-1].strip()
        return nom[:255] or None

    def contenu(self) -> bytes:
        """The body with its transfer encoding undone; damaged base64 gives what can be read."""
        corps = self.octets_corps
        if self.encodage == "base64":
            return _base64_tolerant(corps)
        if self.encodage == "quoted-printable":
            return quopri.decodestring(corps)
        return corps

    def texte(self) -> str:
        jeu = self.parametres.get("charset", "utf-8")
        try:
            return self.contenu().decode(jeu, "replace")
        except (LookupError, ValueError):  # "idna" and a few others exist but decode no text
            return self.contenu().decode("utf-8", "replace")

    def parcourir(self) -> Iterator["Partie"]:
        yield self
        for enfant in self.enfants:
            yield from enfant.parcourir()

    def feuilles(self) -> Iterator["Partie"]:
        """The parts a reader sees: leaves, and forwarded messages as one attachment."""
        if self.est_multipart:
            for enfant in self.enfants:
                yield from enfant.feuilles()
        else:
            yield self


def decoder(valeur: str) -> str:
    """Undo RFC 2047 encoded words; what cannot be decoded is returned as it came."""
    try:
        return str(make_header(decode_header(valeur)))
    except (HeaderParseError, LookupError, ValueError):
        return valeur


def adresses(valeurs: list[str]) -> list[tuple[str, str]]:
    """(label, address) pairs of address headers, labels decoded."""
    return [(decoder(nom), adresse.strip()) for nom, adresse in getaddresses(valeurs) if adresse.strip()]


def parametrer(valeur: str) -> tuple[str, dict[str, str]]:
    """``text/plain; charset=utf-8`` → the value in lower case and its parameters (RFC 2231 undone)."""
    message = Message()
    message["x"] = valeur.replace("\r", "").replace("\n", "")
    try:
        couples = message.get_params(header="x", unquote=True) or []
        parametres = {cle.lower(): brut if isinstance(brut, str) else _rfc2231(brut) for cle, brut in couples[1:]}
        return (couples[0][0].strip().lower() if couples else ""), parametres
    except (ValueError, LookupError, IndexError):
        return valeur.split(";")[0].strip().lower(), {}


def lire(brut: bytes) -> Partie:
    """Read a whole message; raises :class:`MessageDemesure` on nesting, part or header bombs."""
    compte = [0]
    return _partie(brut, 0, len(brut), 0, compte)


def _partie(
    brut: bytes, debut: int, fin: int, profondeur: int, compte: list[int], defaut: str = "text/plain"
) -> Partie:
    compte[0] += 1
    if profondeur > PROFONDEUR_MAX or compte[0] > PARTIES_MAX:
        raise MessageDemesure(
            f"more than {PARTIES_MAX} parts or {PROFONDEUR_MAX} levels",
            f"plus de {PARTIES_MAX} parties ou de {PROFONDEUR_MAX} niveaux d'imbrication",
        )
    corps = _debut_du_corps(brut, debut, fin)
    entetes = _entetes(brut[debut:corps])
    partie = Partie(brut, debut, corps, fin, entetes, defaut)
    if declare := partie.entete("content-type"):
        type_mime, partie.parametres = parametrer(declare)
        partie.type_mime = type_mime if re.fullmatch(r"[\w.+-]+/[\w.+-]+", type_mime) else "text/plain"
    if partie.est_multipart and (borne := partie.parametres.get("boundary")):
        defaut_enfant = "message/rfc822" if partie.type_mime == "multipart/digest" else "text/plain"
        for a, z in _tranches(brut, corps, fin, borne):
            partie.enfants.append(_partie(brut, a, z, profondeur + 1, compte, defaut_enfant))
    elif partie.est_message:
        partie.enfants.append(_partie(brut, corps, fin, profondeur + 1, compte))
    return partie


def _debut_du_corps(brut: bytes, debut: int, fin: int) -> int:
    for vide in (b"\r\n", b"\n"):
        if brut.startswith(vide, debut):
            return debut + len(vide)
    trouve = _FIN_ENTETES.search(brut, debut, min(fin, debut + ENTETES_MAX))
    if trouve:
        return trouve.end()
    if fin - debut > ENTETES_MAX:
        raise MessageDemesure("the header block is too long", "le bloc d'en-têtes est trop long")
    return fin


def _entetes(bloc: bytes) -> list[tuple[str, str]]:
    try:
        texte = bloc.decode("utf-8")
    except UnicodeDecodeError:
        texte = bloc.decode("latin-1")
    lignes = _PLI.sub("", texte).replace("\r\n", "\n").split("\n")
    couples = (ligne.split(":", 1) for ligne in lignes if ":" in ligne)
    return [(nom.strip().lower(), valeur.strip()) for nom, valeur in couples]


def _tranches(brut: bytes, corps: int, fin: int, borne: str) -> Iterator[tuple[int, int]]:
    """The byte ranges between boundary lines; the newline before a boundary belongs to the boundary."""
    motif = re.compile(rb"^--" + re.escape(borne.encode("utf-8", "replace")) + rb"(--)?[ \t]*\r?(?:\n|\Z)", re.M)
    ouvert: int | None = None
    for trouve in motif.finditer(brut, corps, fin):
        if ouvert is not None:
            yield ouvert, max(ouvert, _sans_fin_de_ligne(brut, trouve.start()))
        if trouve.group(1):
            return
        ouvert = trouve.end()
    if ouvert is not None and ouvert < fin:
        yield ouvert, fin


def _sans_fin_de_ligne(brut: bytes, position: int) -> int:
    if brut.endswith(b"\r\n", 0, position):
        return position - 2
    return position - 1 if brut.endswith(b"\n", 0, position) else position


def _rfc2231(valeur: tuple[str | None, str | None, str]) -> str:
    jeu, _, brut = valeur
    return brut.encode("latin-1", "replace").decode(jeu or "utf-8", "replace")


def _base64_tolerant(corps: bytes) -> bytes:
    utile = re.sub(rb"[^A-Za-z0-9+/]", b"", corps)
    utile = utile[: len(utile) - 1] if len(utile) % 4 == 1 else utile
    return binascii.a2b_base64(utile + b"=" * (-len(utile) % 4))
