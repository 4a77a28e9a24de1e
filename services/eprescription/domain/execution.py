"""What an executant records (e-prescription §2.4): one outcome for each line taken in charge."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, StringConstraints

from services.eprescription.domain.lignes import Compte, Court, Element, Jour, Jours, Nombre, Texte
from services.eprescription.domain.modele import Justification

Canal: TypeAlias = Literal["TEL", "MSSANTE", "PORTAIL"]


class ProduitDelivre(Element):
    cip13: Court | None = None
    lpp: Court | None = None
    libelle: Court | None = None
    lot: Court | None = None
    peremption: Annotated[str, StringConstraints(pattern=r"^\d{4}-(0[1-9]|1[0-2])(-\d{2})?$")] | None = None


class SubstitutionFaite(Element):
    type: Literal["G"] = "G"
    motif: Court | None = None


class Accord(Element):
    requis: bool | None = None
    obtenu: bool = False
    date: Jour | None = None
    canal: Canal | None = None
    rpps_accordant: Court | None = None
    demande_id: Court | None = None


class Adaptation(Element):
    type: Court
    avant: Texte | None = None
    apres: Texte | None = None
    date_modification: Jour | None = None
    accord: Accord | None = None


class DispensationExceptionnelle(Element):
    """CSP R.5123-2-1: after the end of a chronic treatment, one month at a time, three times at most."""

    mention: bool = False
    prescripteur_informe: bool = False


class RenouvellementMK(Element):
    """A physiotherapist renews the prescription of a physician (KIN-03, KIN-04)."""

    mention: Court | None = None
    seances: Compte | None = None
    date: Jour | None = None


class LigneExecutee(Element):
    rang: Annotated[int, Field(ge=1, le=999)]
    quantite: Nombre | None = None
    duree_couverte_jours: Jours | None = None
    seances: Compte | None = None
    produit_delivre: ProduitDelivre | None = None
    substitution: SubstitutionFaite | None = None
    adaptation: Adaptation | None = None
    mte_ph: bool = False
    conditionnement_superieur: bool = False
    non_execution: Court | None = None
    non_execute: bool = False
    exceptionnelle: DispensationExceptionnelle | None = None
    renouvellement_mk: RenouvellementMK | None = None
    hors_base: bool = False
    libelle: Court | None = None
    image: Texte | None = None
    justifications: list[Justification] = Field(default_factory=list, max_length=50)
    notes: Texte | None = None

    @property
    def est_non_execution(self) -> bool:
        return self.non_execute or self.non_execution is not None


class Execution(Element):
    numero: Court
    structure: Court | None = None
    date: Jour
    lignes: Annotated[list[LigneExecutee], Field(min_length=1, max_length=60)]
    ins_presentee: Court | None = None
    cloturer: bool = True
    tiers_payant: bool | None = None
    justifications: list[Justification] = Field(default_factory=list, max_length=50)
    transport_modifie: dict[str, Any] | None = None
