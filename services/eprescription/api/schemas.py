"""Small bodies of the wire; prescriptions and executions are in the domain, as the sheet words them."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from services.eprescription.domain.lignes import Court, Element, Jour, Texte
from services.eprescription.domain.modele import Prescription

Prescripteur = Annotated[str, StringConstraints(pattern=r"^(\*|[0-9]{11,12})$")]
CodeQr = Annotated[str, StringConstraints(max_length=1024)]


class LectureQr(Element):
    contenu: CodeQr


class DemandePriseEnCharge(Element):
    numero: Court | None = None
    qr: CodeQr | None = None
    structure: Court | None = None
    controle_ins: Court | None = None
    exceptionnelle: bool = False


class Annulation(Element):
    motif: Court | None = None
    texte: Texte | None = None
    rangs: Annotated[list[int], Field(max_length=50)] = []


class Remplacement(Element):
    prescription: Prescription
    motif: Court = "CHANGEMENT_TRAITEMENT"


class Consentement(Element):
    consultation_execution: Court | None = None


class AnnulationExecution(Element):
    motif: Court | None = None


class DemandeAccord(Element):
    numero: Court
    rang: int
    adaptation: dict[str, Any]


class ReponseAccord(Element):
    reponse: Court
    commentaire: Annotated[str, StringConstraints(max_length=1000)] | None = None


class Oppositions(Element):
    """RPPS (11 digits), PS_IdNat, or ``*`` for every prescriber."""

    prescripteurs: Annotated[list[Prescripteur], Field(max_length=100)]


class ExecutionPapier(Element):
    """``motif`` is a code of ``motifs_papier.csv``; the lines are kept as declared."""

    type: Court = "PRODUITS_SANTE"
    matricule_ins: Court
    motif: Court | None = None
    date: Jour
    structure: Court | None = None
    lignes: Annotated[list[dict[str, Any]], Field(max_length=60)] = []
