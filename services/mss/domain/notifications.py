"""What lands in a person's private inbox (personal e-mail, SMS, letter): the words, without health data.

``mssante.md`` §4.4, ``mon-espace-sante.md`` §6.3: a link, never the content nor the title.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Canal: TypeAlias = Literal["email", "sms", "courrier"]


@dataclass(frozen=True, slots=True)
class Avis:
    """One notice: ``motif`` is a stable code a test can look for."""

    motif: str
    objet: str
    texte: str
    canal: Canal = "email"


def message_recu(lien: str) -> Avis:
    return Avis(
        "MSS_MESSAGE_RECU",
        "Vous avez reçu un message sécurisé",
        f"Un nouveau message vous attend dans la messagerie de Mon espace santé : {lien}",
    )


def activation_invitee(lien: str) -> Avis:
    return Avis(
        "MSS_INVITATION_ACTIVATION",
        "Activez Mon espace santé pour lire un message",
        f"Un professionnel vous a écrit. Activez votre profil pour lire son message : {lien}",
    )


_DOCUMENTS = {
    "dmp.document.depose": ("DOC_ADDED", "Un document a été ajouté dans Mon espace santé"),
    "dmp.document.remplace": ("DOC_REPLACED", "Un document a été remplacé dans Mon espace santé"),
    "dmp.document.supprime": ("DOC_DELETED", "Un document a été supprimé de Mon espace santé"),
    "dmp.document.masque": ("DOC_MASKED", "La visibilité d'un document a changé dans Mon espace santé"),
}


def document(sujet: str, auteur: str | None, lien: str, *, changement: str | None = None) -> Avis:
    motif, objet = _DOCUMENTS[sujet]
    par = f" par {auteur}" if auteur else ""
    return Avis(changement or motif, objet, f"Votre dossier a été mis à jour{par}. Pour en savoir plus : {lien}")


_MODES = {"bris_de_glace": "en urgence (bris de glace)", "centre_15": "en urgence (régulation du Centre 15)"}


def dossier_consulte(auteur: str | None, profession: str | None, mode: str, motif: str | None, lien: str) -> Avis:
    qui = auteur or "Un professionnel de santé"
    precision = f" ({profession})" if profession else ""
    comment = f" {_MODES[mode]}" if mode in _MODES else ""
    raison = f" Motif déclaré : {motif}." if motif and mode in _MODES else ""
    return Avis(
        "EMERGENCY_ACCESS" if mode in _MODES else "DOC_CONSULTED",
        "Votre dossier médical a été consulté",
        f"{qui}{precision} a consulté votre dossier{comment}.{raison} Pour en savoir plus : {lien}",
    )


def autorisation(changement: str, lien: str) -> Avis:
    return Avis(
        changement,
        "Les accès à votre dossier ont changé",
        f"Une autorisation d'accès à votre dossier a été modifiée. Pour en savoir plus : {lien}",
    )


_CODES = {"activation": "d'activation de Mon espace santé", "connexion": "de connexion à Mon espace santé"}


def code(motif: str, valeur: str, canal: Canal) -> Avis:
    return Avis(f"CODE_{motif.upper()}", f"Votre code {_CODES.get(motif, motif)}", f"Votre code : {valeur}", canal)
