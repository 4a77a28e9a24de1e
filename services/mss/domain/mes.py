"""The citizen mailbox of Mon espace santé: who may write, who may answer, what becomes of a message.

``mssante.md`` §4.2 (professional → patient) and §4.3 (patient → professional). The two tables are data: rows are read
in order, the first one whose conditions all hold decides, and the decision keeps the rows that were looked at.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from shared.decision import Decision, Verdict

LIMITE_MES = 26_214_400
"""25 Mo, "strict" (ENS §6); the unit is not defined: 25 × 1 048 576 bytes of the message as transmitted (I)."""


class Etat(StrEnum):
    """The life of a patient mailbox, read from ``dmp.profil.*``."""

    INCONNU = "INCONNU"
    ELIGIBLE = "ELIGIBLE"
    NON_ACTIVE = "NON_ACTIVE"
    ACTIVE = "ACTIVE"
    SUSPENDU = "SUSPENDU"
    OPPOSE = "OPPOSE"
    CLOS = "CLOS"


class Issue(StrEnum):
    REMETTRE = "remettre"
    CONSERVER = "conserver"
    REBONDIR = "rebondir"
    REFUSER = "refuser"
    AUTORISER = "autoriser"
    INTERDIRE = "interdire"


OUVERTS = frozenset({Etat.ACTIVE, Etat.NON_ACTIVE, Etat.SUSPENDU})
FERMES = frozenset({Etat.OPPOSE, Etat.CLOS, Etat.ELIGIBLE})


@dataclass(frozen=True, slots=True)
class Arrivee:
    """What the table weighs when a message for a patient arrives."""

    domaine_en_liste: bool
    trop_gros: bool
    adresse_valide: bool
    etat: Etat
    courriel_connu: bool = True


@dataclass(frozen=True, slots=True)
class Ecriture:
    """What the table weighs when a patient writes: ``reponse`` to a received message, or composes a new one."""

    etat: Etat
    destinataire: str
    """``professionnel``, ``patient`` or ``exterieur``."""
    reponse: bool
    deja_recu: bool
    clos: bool
    officine: bool = False
    bal_org: bool = False
    dispensation_12_mois: bool = False


@dataclass(frozen=True, slots=True)
class Ligne:
    """One row: the conditions it wants, what it decides, and the two sentences that explain it."""

    regle: str
    conditions: Mapping[str, object]
    issue: Issue
    fr: str
    en: str
    statut: str | None = None
    objet: str | None = None
    texte: str | None = None
    source: str = "mssante.md §4.2"

    def convient(self, faits: Mapping[str, object]) -> bool:
        return all(
            faits[nom] in voulu if isinstance(voulu, frozenset) else faits[nom] == voulu
            for nom, voulu in self.conditions.items()
        )


NON_DISTRIBUE = "Message non distribué"
NON_REMIS = "Undelivered Mail Returned to Sender"

VERS_PATIENT: tuple[Ligne, ...] = (
    Ligne(
        "MES-08",
        {"domaine_en_liste": False},
        Issue.REFUSER,
        "Le domaine de l'expéditeur n'est pas dans la liste blanche de l'espace de confiance.",
        "The sender's domain is not in the white list of the trust space.",
        statut="5.7.1",
    ),
    Ligne(
        "MES-07",
        {"trop_gros": True},
        Issue.REBONDIR,
        "Le message dépasse les 25 Mo acceptés par Mon espace santé.",
        "The message is over the 25 MB accepted by Mon espace santé.",
        statut="5.3.4",
        objet=NON_REMIS,
        texte="Le message fait {taille} octets ; la limite est de {limite} octets.",
    ),
    Ligne(
        "MES-06",
        {"adresse_valide": False},
        Issue.REBONDIR,
        "La partie locale de l'adresse n'est pas un matricule INS.",
        "The local part of the address is not a matricule INS.",
        statut="5.1.3",
        objet=NON_DISTRIBUE,
        texte="L'adresse du patient est invalide.",
    ),
    Ligne(
        "MES-05",
        {"etat": Etat.INCONNU},
        Issue.REBONDIR,
        "Aucune personne ne porte ce matricule INS.",
        "Nobody has this matricule INS.",
        statut="5.1.1",
        objet=NON_DISTRIBUE,
        texte="Aucun patient ne correspond à cette adresse.",
    ),
    Ligne(
        "MES-04",
        {"etat": FERMES},
        Issue.REBONDIR,
        "La messagerie de ce patient est fermée (opposition, clôture ou profil non ouvert).",
        "This patient's mailbox is closed (opposition, closure or profile not open).",
        statut="5.2.1",
        objet=NON_DISTRIBUE,
        texte="La messagerie Mon espace santé de ce patient est fermée.",
    ),
    Ligne(
        "MES-02",
        {"etat": frozenset({Etat.NON_ACTIVE, Etat.SUSPENDU})},
        Issue.CONSERVER,
        "Le profil n'est pas activé : le message est conservé et le patient invité à activer, sans rejet.",
        "The profile is not activated: the message is kept and the patient invited to activate, without a bounce.",
    ),
    Ligne(
        "MES-09",
        {"etat": Etat.ACTIVE, "courriel_connu": False},
        Issue.REMETTRE,
        "Message remis ; aucune notification, faute d'adresse personnelle connue.",
        "Message delivered; no notification because no personal address is known.",
    ),
    Ligne(
        "MES-01",
        {"etat": Etat.ACTIVE},
        Issue.REMETTRE,
        "Message remis et patient prévenu à son adresse personnelle.",
        "Message delivered and the patient told at the personal address.",
    ),
)

_SOURCE_ECRITURE = "mssante.md §4.3"


def _ecriture(regle: str, issue: Issue, conditions: Mapping[str, object], fr: str, en: str) -> Ligne:
    return Ligne(regle, conditions, issue, fr, en, source=_SOURCE_ECRITURE)


DU_PATIENT: tuple[Ligne, ...] = (
    _ecriture(
        "MES-36",
        Issue.INTERDIRE,
        {"etat": frozenset(set(Etat) - {Etat.ACTIVE})},
        "Seul un profil activé peut écrire.",
        "Only an activated profile can write.",
    ),
    _ecriture(
        "MES-38",
        Issue.INTERDIRE,
        {"destinataire": frozenset({"patient", "exterieur"})},
        "Un patient n'écrit ni à un autre patient, ni hors de MSSanté.",
        "A patient writes neither to another patient nor outside MSSanté.",
    ),
    _ecriture(
        "MES-32",
        Issue.INTERDIRE,
        {"reponse": True, "clos": True},
        "L'échange est clos par le professionnel : plus de réponse possible.",
        "The professional closed the exchange: it can no longer be answered.",
    ),
    _ecriture(
        "MES-31",
        Issue.AUTORISER,
        {"reponse": True, "deja_recu": True},
        "Réponse à un message reçu et non clos.",
        "An answer to a received message that is not closed.",
    ),
    _ecriture(
        "MES-33",
        Issue.AUTORISER,
        {"officine": True, "bal_org": True, "dispensation_12_mois": True},
        "Officine avec BAL organisationnelle et dispensation remboursée depuis moins de 12 mois.",
        "A pharmacy with an organisational mailbox and a reimbursed dispensing within 12 months.",
    ),
    _ecriture(
        "MES-34",
        Issue.INTERDIRE,
        {"officine": True, "bal_org": False, "deja_recu": False},
        "Cette pharmacie n'a pas de BAL organisationnelle : elle n'est pas proposée.",
        "This pharmacy has no organisational mailbox: it is not offered.",
    ),
    _ecriture(
        "MES-35",
        Issue.INTERDIRE,
        {"officine": True, "bal_org": True, "dispensation_12_mois": False, "deja_recu": False},
        "Aucune dispensation remboursée dans cette pharmacie depuis 12 mois : elle n'est pas proposée.",
        "No reimbursed dispensing in this pharmacy within 12 months: it is not offered.",
    ),
    _ecriture(
        "MES-31",
        Issue.AUTORISER,
        {"deja_recu": True, "clos": False},
        "Nouveau message à un contact autorisé dont l'échange est ouvert.",
        "A new message to an authorised contact whose exchange is open.",
    ),
    _ecriture(
        "MES-32",
        Issue.INTERDIRE,
        {"deja_recu": True, "clos": True},
        "Tous les échanges avec ce contact sont clos.",
        "Every exchange with this contact is closed.",
    ),
    _ecriture(
        "MES-30",
        Issue.INTERDIRE,
        {"deja_recu": False},
        "Le patient n'a jamais reçu de message de cette boîte : il ne peut pas lui écrire le premier.",
        "The patient never received a message from this mailbox: the patient cannot write first.",
    ),
)


@dataclass(frozen=True, slots=True)
class Jugement:
    """The row that decided and the ids of all rows looked at."""

    ligne: Ligne
    examinees: tuple[str, ...]
    faits: dict[str, Any]

    @property
    def issue(self) -> Issue:
        return self.ligne.issue

    @property
    def regle(self) -> str:
        return self.ligne.regle

    def decision(self) -> Decision:
        refus = self.issue in {Issue.REBONDIR, Issue.REFUSER, Issue.INTERDIRE}
        verdict: Verdict = "refuse" if refus else "accepte"
        return Decision(
            self.regle,
            verdict,
            self.ligne.fr,
            self.ligne.en,
            entrees=self.faits,
            examinees=self.examinees,
            ligne={"regle": self.regle, "issue": str(self.issue), "conditions": _lisible(self.ligne.conditions)},
            source=self.ligne.source,
        )


def decider_arrivee(arrivee: Arrivee) -> Jugement:
    """What becomes of a message for a patient (table of §4.2)."""
    return _premiere(VERS_PATIENT, asdict(arrivee))


def decider_ecriture(ecriture: Ecriture) -> Jugement:
    """Whether a patient may write (table of §4.3)."""
    return _premiere(DU_PATIENT, asdict(ecriture))


def _premiere(table: tuple[Ligne, ...], faits: dict[str, Any]) -> Jugement:
    for rang, ligne in enumerate(table):
        if ligne.convient(faits):
            return Jugement(ligne, tuple(vue.regle for vue in table[: rang + 1]), faits)
    raise AssertionError(f"the table has a hole at {faits}")


def _lisible(conditions: Mapping[str, object]) -> dict[str, object]:
    return {n: sorted(map(str, v)) if isinstance(v, frozenset) else v for n, v in conditions.items()}


class Fermeture(StrEnum):
    AUCUNE = "aucune"
    MESSAGE = "message"
    TOUS = "tous"


def fermeture(objet: str, entete_mes: str | None) -> Fermeture:
    """MES-10 to MES-14: exactly ``[FIN]`` as decoded subject closes all, ``X-MSS-MES: FIN`` this message.

    Nothing else counts: neither case nor blanks nor a ``Re:`` are forgiven (ENS §7: "rien d'autre dans l'objet").
    """
    if objet == "[FIN]":
        return Fermeture.TOUS
    if entete_mes is not None and entete_mes.strip() == "FIN":
        return Fermeture.MESSAGE
    return Fermeture.AUCUNE


def etat_du_profil(etat_dmp: str) -> Etat:
    """The mailbox state of a profile state of Mon espace santé (``codes/mes_profile_state_machine.csv``)."""
    return {
        "ELIGIBLE": Etat.ELIGIBLE,
        "NOTIFIED": Etat.ELIGIBLE,
        "OPEN_NOT_ACTIVATED": Etat.NON_ACTIVE,
        "ACTIVE": Etat.ACTIVE,
        "SUSPENDED": Etat.SUSPENDU,
        "OPPOSED": Etat.OPPOSE,
    }.get(etat_dmp, Etat.CLOS)


def douze_mois_avant(instant: datetime) -> datetime:
    """The same calendar day one year earlier (28 February for a 29th)."""
    jour = 28 if (instant.month, instant.day) == (2, 29) else instant.day
    return instant.replace(year=instant.year - 1, day=jour)
