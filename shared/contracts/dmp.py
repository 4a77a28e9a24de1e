"""What the DMP and Mon espace santé tell the network (architecture §6).

Three families:

* ``dmp.profil.*``: the life of a profile; mss delivers held mail on *ouvert*/*active* and bounces on *oppose*/*clos*;
* ``dmp.document.*`` and ``dmp.dossier.consulte``: facts about a dossier. ``notifier`` is the DMP's own verdict
  (settings of the person, first consultation only, legal notices …): mss writes an e-mail to the private inbox of
  ``matricule_ins`` when it is true and stays silent otherwise. Mails carry no health data: ``titre`` and ``type_code``
  are for statistics, never for the mail (mon-espace-sante.md §6.3);
* ``dmp.code.envoye`` and ``dmp.notification.emise``: messages whose text is entirely decided by the DMP. mss puts them
  in the private inbox (SMS, e-mail or letter) of ``matricule_ins``, or, when ``destinataire_id_nat`` is set, in the
  MSSanté mailbox of that professional. The code travels in clear: every person of a bac is invented, and a test must
  be able to read it.
"""

from datetime import datetime
from typing import ClassVar, Literal

from shared.contracts.event import Event

Canal = Literal["email", "sms", "courrier"]


class _Profil(Event):
    matricule_ins: str
    etat: str
    """The state reached, in the words of mes_profile_state_machine.csv (``ACTIVE``, ``OPEN_NOT_ACTIVATED`` …)."""
    ancien_etat: str
    automatique: bool = False
    """True when a timer decided (opening after 42 days, suspension not contested …)."""


class ProfilInforme(_Profil):
    """The information letter left: the six weeks to oppose begin (CSP R1111-28)."""

    subject: ClassVar[str] = "dmp.profil.informe"
    ouverture_prevue: datetime


class ProfilOuvert(_Profil):
    """The dossier exists (automatic creation, or a closed one reopened); not necessarily activated."""

    subject: ClassVar[str] = "dmp.profil.ouvert"


class ProfilActive(_Profil):
    subject: ClassVar[str] = "dmp.profil.active"
    email: str | None = None


class ProfilOppose(_Profil):
    subject: ClassVar[str] = "dmp.profil.oppose"


class ProfilClos(_Profil):
    subject: ClassVar[str] = "dmp.profil.clos"
    motif: str = "FERMETURE_DEMANDE_PATIENT"


class _Document(Event):
    unique_id: str
    """OID without ``urn:oid:``."""
    matricule_ins: str
    titre: str
    type_code: str
    classe_code: str
    auteur_id_nat: str | None = None
    auteur_nom: str | None = None
    structure_id: str | None = None
    par_patient: bool = False
    notifier: bool = True


class DocumentDepose(_Document):
    subject: ClassVar[str] = "dmp.document.depose"
    lot_id: str | None = None
    visible_patient: bool = True


class DocumentRemplace(_Document):
    subject: ClassVar[str] = "dmp.document.remplace"
    remplace: str
    """uniqueId of the version that became obsolete."""
    lot_id: str | None = None


class DocumentSupprime(_Document):
    subject: ClassVar[str] = "dmp.document.supprime"


class DocumentMasque(_Document):
    """Visibility or archive state changed; ``changement`` is the code of activity_history_events.csv."""

    subject: ClassVar[str] = "dmp.document.masque"
    changement: Literal["DOC_MASKED", "DOC_UNMASKED", "DOC_VISIBLE_PATIENT", "DOC_ARCHIVED", "DOC_UNARCHIVED"] = (
        "DOC_MASKED"
    )


class DossierConsulte(Event):
    """A professional listed or opened documents; in an emergency mode the médecin traitant is told too."""

    subject: ClassVar[str] = "dmp.dossier.consulte"
    matricule_ins: str
    auteur_id_nat: str | None
    auteur_nom: str | None = None
    profession_code: str | None = None
    structure_id: str | None = None
    action: Literal["DOC_LISTED", "DOC_VIEWED"] = "DOC_LISTED"
    mode_acces: Literal["normal", "bris_de_glace", "centre_15"] = "normal"
    motif: str | None = None
    unique_ids: list[str] = []
    notifier: bool = True


class AutorisationModifiee(Event):
    subject: ClassVar[str] = "dmp.autorisation.modifiee"
    matricule_ins: str
    auteur_id_nat: str
    changement: Literal["AUTH_PS_SET", "AUTH_PS_REMOVED", "MT_SET", "MT_REMOVED", "PS_BLOCKED", "PS_UNBLOCKED"]
    notifier: bool = True


class CodeEnvoye(Event):
    """A code on its way to a person's private inbox (activation, sign-in)."""

    subject: ClassVar[str] = "dmp.code.envoye"
    matricule_ins: str
    """Whose private inbox receives it: the person, or the parent for a child."""
    concerne_ins: str
    canal: Canal
    destination_masquee: str
    motif: Literal["activation", "connexion"]
    code: str
    expire_le: datetime


class NotificationEmise(Event):
    """A message with its text: notices that no other event carries, and messages to the médecin traitant."""

    subject: ClassVar[str] = "dmp.notification.emise"
    matricule_ins: str
    destinataire_id_nat: str | None = None
    canal: Canal = "email"
    motif: str
    """Code of activity_history_events.csv, or ``MES_INFORMATION`` for the opening letter."""
    objet: str
    texte: str
