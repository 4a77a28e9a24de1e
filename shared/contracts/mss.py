"""What secure mail tells the others: a message delivered, refused or closed, an attachment kept by the patient."""

from typing import ClassVar

from shared.contracts.event import Event


class MessageRemis(Event):
    """A message is in a mailbox (or held for a profile that is not activated yet: ``en_attente``)."""

    subject: ClassVar[str] = "mss.message.remis"
    message_id: str
    expediteur: str
    destinataire: str
    objet: str
    pieces: int
    matricule_ins: str | None = None
    en_attente: bool = False


class MessageRefuse(Event):
    """A message was not delivered; ``regle`` is the row that refused (``MES-04`` …), ``statut`` the DSN status."""

    subject: ClassVar[str] = "mss.message.refuse"
    message_id: str
    expediteur: str
    destinataire: str
    objet: str
    regle: str
    cause: str
    statut: str
    matricule_ins: str | None = None


class MessageClos(Event):
    """A mailbox closed its exchange with a patient: one message (``X-MSS-MES: FIN``) or all of them (``[FIN]``)."""

    subject: ClassVar[str] = "mss.message.clos"
    message_id: str
    expediteur: str
    destinataire: str
    matricule_ins: str
    portee: str


class PieceEnregistree(Event):
    """The patient keeps an attachment: it is to be filed in the dossier (MES-19).

    The bytes stay with the mail service: ``chemin`` is where the internal upstream serves them.
    """

    subject: ClassVar[str] = "mss.piece.enregistree"
    message_id: str
    piece_id: str
    matricule_ins: str
    expediteur: str
    nom_fichier: str
    type_mime: str
    taille: int
    sha256: str
    titre: str
    chemin: str
