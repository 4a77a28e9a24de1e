"""What the app shows and the reader reads: the content of the QR code and of the NFC exchange (apcv.md §5).

The real encoding is not public. Ours survives a scanner set to a US layout on a French keyboard: a ``CV`` prefix and
base 16 over sixteen letters that both layouts place on the same key. Nothing personal is in clear.
"""

import hashlib
import hmac
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

from services.apcv.domain.refus import refus

Mode: TypeAlias = Literal["qr", "nfc"]

PREFIXE = "CV"
ALPHABET = "BCDEFGHIJKLNOPRS"  # no A Q W Z M, no digit: what AZERTY and QWERTY disagree about
VERSION = 1
_CORPS = struct.Struct(">B8sHI8s")  # version, holder id, key id, issued-at, nonce
_SCEAU = 10
TAILLE = len(PREFIXE) + 2 * (_CORPS.size + _SCEAU)

DUREE_QR = timedelta(seconds=60)
DUREE_NFC = timedelta(seconds=30)
_TOLERANCE = timedelta(seconds=5)  # a phone slightly ahead of the server is not a forger

_VERS_LETTRES = str.maketrans("0123456789abcdef", ALPHABET)
_VERS_HEXA = str.maketrans(ALPHABET, "0123456789abcdef")


@dataclass(frozen=True, slots=True)
class Lecture:
    """The fields of one presentation, before anybody has vouched for them."""

    appli_id: str
    """16 hexadecimal digits."""
    cle_id: int
    emis_le: datetime
    nonce: str
    """16 hexadecimal digits."""

    def corps(self) -> bytes:
        return _CORPS.pack(
            VERSION,
            bytes.fromhex(self.appli_id),
            self.cle_id,
            int(self.emis_le.timestamp()),
            bytes.fromhex(self.nonce),
        )


def sceller(lecture: Lecture, secret: bytes) -> str:
    """The string the phone shows, sealed with the key of the device."""
    corps = lecture.corps()
    octets = corps + _sceau(corps, secret)
    return PREFIXE + octets.hex().translate(_VERS_LETTRES)


def lire(donnees: str) -> tuple[Lecture, bytes]:
    """The fields and the seal of what was read; APCV-101 when it is not an apCV content.

    Case and the Enter key of a wedge scanner do not matter.
    """
    texte = donnees.strip().upper()
    if len(texte) != TAILLE or not texte.startswith(PREFIXE):
        raise refus("APCV-101", champ="Donnees")
    lettres = texte[len(PREFIXE) :]
    if not set(lettres) <= set(ALPHABET):
        raise refus("APCV-101", champ="Donnees")
    octets = bytes.fromhex(lettres.translate(_VERS_HEXA))
    version, appli, cle_id, emis, nonce = _CORPS.unpack(octets[: _CORPS.size])
    if version != VERSION:
        raise refus("APCV-101", f"Version {version}.", f"Version {version}.", champ="Donnees")
    lecture = Lecture(appli.hex(), cle_id, datetime.fromtimestamp(emis, UTC), nonce.hex())
    return lecture, octets[_CORPS.size :]


def verifier_sceau(lecture: Lecture, sceau: bytes, secret: bytes) -> None:
    """APCV-104 unless the key of the device made this seal."""
    if not hmac.compare_digest(sceau, _sceau(lecture.corps(), secret)):
        raise refus("APCV-104", champ="Donnees")


def duree(mode: Mode, duree_qr: timedelta = DUREE_QR, duree_nfc: timedelta = DUREE_NFC) -> timedelta:
    return duree_nfc if mode == "nfc" else duree_qr


def verifier_fraicheur(lecture: Lecture, validite: timedelta, *, at: datetime) -> None:
    """APCV-102 once ``validite`` has passed since the phone showed it, or when it claims to come from the future."""
    age = at - lecture.emis_le
    if age >= validite or age < -_TOLERANCE:
        raise refus("APCV-102", champ="Donnees")


def alterer(donnees: str) -> str:
    """The same content with one letter of its seal changed: what a forger would show (test control, apcv.md §5)."""
    derniere = ALPHABET[(ALPHABET.index(donnees[-1]) + 1) % len(ALPHABET)]
    return donnees[:-1] + derniere


def frappe_clavier(donnees: str) -> str:
    """What a keyboard-wedge reader types: the string, then Enter."""
    return donnees + "\r\n"


def _sceau(corps: bytes, secret: bytes) -> bytes:
    return hmac.new(secret, b"apcv.lecture\x00" + corps, hashlib.sha256).digest()[:_SCEAU]
