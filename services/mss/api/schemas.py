"""What the JSON faces accept."""

import base64
import binascii
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.mss.domain.composition import Brouillon, ContenuInvalide, PieceAJoindre

Adresse = Annotated[str, StringConstraints(min_length=3, max_length=254)]
_ENTETES = frozenset(
    {
        "x-mss-nil",
        "x-mss-codecda",
        "x-mss-ins",
        "x-mss-mes",
        "reply-to",
        "disposition-notification-to",
        "return-receipt-to",
    }
)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PieceEntrante(_Strict):
    nom: str = Field(min_length=1, max_length=255, description="File name shown to the reader")
    type_mime: str = Field("application/octet-stream", pattern=r"^[\w.+-]+/[\w.+-]+$")
    contenu_base64: str = Field(max_length=36_000_000)

    def lire(self) -> PieceAJoindre:
        try:
            contenu = base64.b64decode(self.contenu_base64, validate=True)
        except (binascii.Error, ValueError) as erreur:
            raise ContenuInvalide(
                "contenu_base64 is not base64", "contenu_base64 n'est pas du base64", champ="pieces.contenu_base64"
            ) from erreur
        if self.type_mime.startswith(("multipart/", "message/")):
            raise ContenuInvalide(
                "a multipart or message type cannot be attached here",
                "un type multipart ou message ne peut pas être joint ici",
                champ="pieces.type_mime",
            )
        return PieceAJoindre(self.nom, self.type_mime, contenu)


class MessageSortant(_Strict):
    """A message from a professional's mailbox; ``entetes`` are the X-MSS-* and receipt headers."""

    boite: Adresse | None = Field(None, description="Sending mailbox; the preferred one when absent")
    a: list[Adresse] = Field(min_length=1, max_length=50)
    cc: list[Adresse] = Field(default=[], max_length=50)
    objet: str = Field("", max_length=500)
    texte: str = Field("", max_length=1_000_000)
    pieces: list[PieceEntrante] = Field(default=[], max_length=20)
    entetes: dict[str, str] = Field(default={}, max_length=20)
    en_reponse_a: str | None = Field(None, max_length=36, description="Id of the message this one answers")

    def brouillon(self, en_reponse_a: str | None) -> Brouillon:
        for nom in self.entetes:
            if nom.lower() not in _ENTETES:
                raise ContenuInvalide(
                    f"header {nom} cannot be set here; allowed: {', '.join(sorted(_ENTETES))}",
                    f"l'en-tête {nom} ne peut pas être posé ici ; permis : {', '.join(sorted(_ENTETES))}",
                    champ="entetes",
                )
        return Brouillon(
            self.objet,
            self.texte,
            tuple(self.a),
            tuple(self.cc),
            tuple(piece.lire() for piece in self.pieces),
            tuple(self.entetes.items()),
            en_reponse_a,
        )


class ReponsePatient(_Strict):
    texte: str = Field(min_length=1, max_length=200_000)
    pieces: list[PieceEntrante] = Field(default=[], max_length=20)


class MessagePatient(_Strict):
    """A message a patient writes first: only to a pharmacy or to an open contact."""

    a: Adresse
    objet: str = Field("", max_length=500)
    texte: str = Field("", max_length=200_000)
    pieces: list[PieceEntrante] = Field(default=[], max_length=20)
