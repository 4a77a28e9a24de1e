"""What the network may rely on from the e-prescription base (architecture §6). Facts and ids, never the dosage text."""

from typing import Any, ClassVar

from shared.contracts.event import Event


class PrescriptionCreee(Event):
    """A prescription was recorded; ``document_unique_id`` names its PDF copy on both roads of ``copie_dmp``.

    ``copie_dmp`` is true when the base itself files the copy (setting ``copie_dmp = base``) and the conditions hold
    (qualified INS, no IVG anonymity). The PDF is fetched at ``pdf_path`` of this service (architecture §11.13).
    """

    subject: ClassVar[str] = "eprescription.prescription.creee"
    numero: str
    matricule_ins: str
    prescripteur_id_nat: str
    prescripteur_nom: str | None = None
    structure_id: str | None = None
    type_prescription: str
    type_code: str = "57833-6"
    titre: str = ""
    copie_dmp: bool = False
    document_unique_id: str
    pdf_path: str | None = None


class PrescriptionAnnulee(Event):
    """Cancelled before any execution (``statut`` ANNULEE) or stopped after one (ARRETEE); ``rangs`` when only lines."""

    subject: ClassVar[str] = "eprescription.prescription.annulee"
    numero: str
    matricule_ins: str
    prescripteur_id_nat: str
    motif: str
    statut: str
    rangs: list[int] = []
    copie_dmp: bool = False
    document_unique_id: str


class DelivranceEnregistree(Event):
    """An executant recorded what was handed over (pharmacy exception of MSSanté, treatment history of the DMP).

    ``lignes``: ``{"rang", "famille", "cip13"|"lpp", "libelle", "quantite", "completude", "statut"}``;
    ``statut`` is the prescription's status after the delivery.
    """

    subject: ClassVar[str] = "eprescription.delivrance.enregistree"
    numero: str
    delivrance_id: str
    matricule_ins: str
    pharmacien_id_nat: str
    pharmacien_nom: str | None = None
    structure_id: str
    structure_nom: str | None = None
    pharmacie_adresse_mss: str | None = None
    lignes: list[dict[str, Any]]
    remboursee: bool
    statut: str


class DelivranceAnnulee(Event):
    """The same structure withdrew a delivery within the allowed delay; the counters are restored."""

    subject: ClassVar[str] = "eprescription.delivrance.annulee"
    numero: str
    delivrance_id: str
    matricule_ins: str
    pharmacien_id_nat: str
    structure_id: str
    motif: str | None = None
    statut: str
