"""What the carte Vitale app service (apcv) tells the others: contexts that open and close, invoices that are signed."""

from datetime import datetime
from typing import Any, ClassVar, Literal

from shared.contracts.event import Event


class ContexteOuvert(Event):
    """A professional has read an apCV: ADRi may be asked with ``contexte_id`` until ``expire_le`` (apcv.md §6)."""

    subject: ClassVar[str] = "apcv.contexte.ouvert"
    contexte_id: str
    matricule_ins: str
    """The holder (or, by delegation, the person whose card is presented)."""
    beneficiaires: list[str]
    """The matricules INS the context speaks for: holder and children, or the delegated persons only."""
    role: Literal["titulaire", "delegataire"] = "titulaire"
    professionnel_id_nat: str | None = None
    professionnel_nom: str | None = None
    identifiant_facturation: str
    mode: Literal["qr", "nfc"] = "qr"
    expire_le: datetime


class _ContexteFerme(Event):
    contexte_id: str
    matricule_ins: str
    beneficiaires: list[str]
    professionnel_id_nat: str | None = None
    identifiant_facturation: str


class ContexteConsomme(_ContexteFerme):
    """The one invoice of the context was signed."""

    subject: ClassVar[str] = "apcv.contexte.consomme"


class ContexteExpire(_ContexteFerme):
    """Twenty minutes have passed on the bac's clock."""

    subject: ClassVar[str] = "apcv.contexte.expire"
    expire_le: datetime


class ContexteRevoque(_ContexteFerme):
    """The context died before its time: destroyed by the software, replaced by a new reading, or the card opposed."""

    subject: ClassVar[str] = "apcv.contexte.revoque"
    motif: Literal["destruction", "nouvelle_lecture", "opposition", "delegation_revoquee", "droits_fermes"]


class FactureSignee(Event):
    """An FSE was signed online by the patient's app. Amounts are in euros with two decimals, as text ("21.00")."""

    subject: ClassVar[str] = "apcv.facture.signee"
    facture_id: str
    contexte_id: str
    matricule_ins: str
    """The beneficiary of the care."""
    titulaire_matricule_ins: str
    """The holder of the app, who gets the receipt."""
    professionnel_id_nat: str | None = None
    professionnel_nom: str | None = None
    specialite: str | None = None
    identifiant_facturation: str
    date_soins: str
    montant_total: str
    montant_amo: str
    montant_amc: str
    montant_assure: str
    avance: str | None = None
    """What the patient handed over at the desk (no third-party payment: everything)."""
    numero_signature: str
    actes: list[dict[str, Any]]
    """One per act: ``code``, ``libelle``, ``date``, ``montant``, ``amo``, ``amc``."""
