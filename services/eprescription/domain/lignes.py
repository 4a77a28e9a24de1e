"""The lines of a prescription, by family (e-prescription §2.3)."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

# Bounded, so that no arithmetic on dates or quantities can overflow.
Jour: TypeAlias = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2200, 12, 31))]
Horodatage: TypeAlias = Annotated[
    AwareDatetime, Field(ge=datetime(1900, 1, 1, tzinfo=UTC), le=datetime(2200, 12, 31, tzinfo=UTC))
]
Texte: TypeAlias = Annotated[str, StringConstraints(max_length=4000, strip_whitespace=True)]
Court: TypeAlias = Annotated[str, StringConstraints(max_length=255, strip_whitespace=True)]
Nombre: TypeAlias = Annotated[int, Field(gt=0, le=100_000)] | Annotated[float, Field(ge=0.001, le=100_000)]
Jours: TypeAlias = Annotated[int, Field(gt=0, le=3660)]
Compte: TypeAlias = Annotated[int, Field(ge=0, le=1000)]


class Element(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="allow", frozen=True, defer_build=True
    )


class _Commune(Element):
    rang: Annotated[int, Field(ge=1, le=999)]
    at_mp: bool | None = None
    prevention: bool | None = None
    non_remboursable: bool | None = None
    instructions_patient: Texte | None = None
    instructions_executant: Texte | None = None
    debut: Jour | None = None
    fin: Jour | None = None
    renouvellements: Compte | None = None


class Produit(Element):
    """A drug: by speciality (CIS, CIP13), virtual drug, common denomination, or the formula of a preparation."""

    cis: Court | None = None
    cip13: Court | None = None
    mv: Court | None = None
    dc: Court | None = None
    libelle: Court | None = None
    formule: Texte | None = None
    preparation: bool = False


class Substitution(Element):
    code: Literal["N", "G"] = "G"
    motif: Court | None = None
    excipient: Court | None = None


class Unite(Element):
    code: Court
    systeme: Court | None = None


class Prise(Element):
    dose: Nombre | None = None
    unite: Unite | None = None
    moments: list[Court] = Field(default_factory=list, max_length=40)
    heures: list[Court] = Field(default_factory=list, max_length=48)
    frequence: Court | None = None
    duree_jours: Jours | None = None
    si_besoin: bool = False
    max_par_prise: Nombre | None = None
    max_par_jour: Nombre | None = None
    delai_min: Court | None = None


class Posologie(Element):
    texte: Texte | None = None
    toutes_lettres: Texte | None = None
    structuree: list[Prise] = Field(default_factory=list, max_length=50)


class Quantite(Element):
    valeur: Nombre
    conditionnement: Court | None = None


class PrescriptionInitiale(Element):
    date: Jour | None = None
    specialite: Court | None = None
    prescripteur: Court | None = None
    etablissement: Court | None = None


class LigneMed(_Commune):
    famille: Literal["MED"]
    ald: bool | None = None
    produit: Produit | None = None
    hors_amm: bool = False
    mention_hors_amm: bool = False
    substitution: Substitution = Field(default_factory=Substitution)
    posologie: Posologie | None = None
    voie: Court | None = None
    site: Court | None = None
    duree_jours: Jours | None = None
    quantite: Quantite | None = None
    fractionnement_jours: Jours | None = None
    delivrance_unique: bool = False
    chevauchement_autorise: bool = False
    ne_pas_renouveler: bool = False
    accord_de_soins: bool = False
    initiale: PrescriptionInitiale | None = None


class LigneDM(_Commune):
    famille: Literal["DM"]
    ald: bool | None = None
    lpp: Court | None = None
    emdn: Court | None = None
    designation: Court | None = None
    conditions_utilisation: Texte | None = None
    quantite: Nombre | None = None
    conditionnements: Nombre | None = None
    duree_totale_mois: Annotated[int, Field(gt=0, le=120)] | None = None
    duree_location_jours: Jours | None = None
    a_executer_avant: Jour | None = None
    hors_lppr: bool = False
    age: Annotated[int, Field(ge=0, le=150)] | None = None
    poids: Annotated[float, Field(gt=0, le=700)] | None = None


class LigneActe(_Commune):
    """Nursing care (``modele`` 1 to 6), physiotherapy and allied acts, biology, imaging."""

    famille: Literal["ACTE"]
    ald: bool | None = None
    modele: int | None = None
    lieu: Court | None = None
    date_debut: Jour | None = None
    produit: Court | dict[str, Any] | None = None
    voie_abord: Court | None = None
    frequence_horaire: Court | None = None
    jours_intervention: Court | list[Court] | None = None
    duree_jours: Jours | None = None
    nombre_passages: Compte | None = None
    localisation_plaie: Court | list[Court] | None = None
    classe_ou_marque: Court | None = None
    gestes: list[Court] = Field(default_factory=list, max_length=20)
    frequence_renouvellement: Court | None = None
    anesthesie_topique: bool | None = None
    passages_par_jour: Compte | None = None
    dimanche_et_feries: bool = False
    glycemies_par_jour: Compte | None = None
    injections_par_jour: Compte | None = None
    nature_insulines: Court | None = None
    horaires: Court | list[Court] | None = None
    duree_mois: Compte | None = None
    duree_seance: Court | int | None = None
    presence_physique_ide: bool | None = None
    justification_domicile: Texte | None = None
    indication: Texte | None = None
    acte: Court | None = None
    code: Court | None = None
    libelle: Court | None = None
    nombre_seances: Compte | None = None
    frequence: Court | None = None
    domicile: bool | None = None
    urgence: bool | None = None
    urgent: bool | None = None
    a_jeun: bool | None = None
    renouvelable: bool | None = None
    renseignements_cliniques: Texte | None = None


class AldTransport(Element):
    reconnue: bool = False
    en_lien: bool = False
    deficience: bool = False
    seance: Literal["DIALYSE", "RADIOTHERAPIE", "CHIMIOTHERAPIE"] | None = None


class TransportPartage(Element):
    accepte: bool | None = None
    contre_indication: Court | bool | None = None


class Serie(Element):
    nombre: Annotated[int, Field(ge=1, le=1000)]
    periode_mois: Annotated[int, Field(ge=1, le=24)] = 2


class AccordPrealable(Element):
    requis: bool | None = None
    numero: Court | None = None
    statut: Literal["DEMANDE", "EN_ATTENTE", "ACCORDE", "REFUSE"] | None = None
    date_demande: Jour | None = None


class LigneTransport(_Commune):
    famille: Literal["TRANSPORT"]
    motif: Court | None = None
    ald: AldTransport | None = None
    incapacite: bool = False
    besoins: list[Court] = Field(default_factory=list, max_length=20)
    mode_aller: Court | None = None
    mode_retour: Court | None = None
    transport_partage: TransportPartage | None = None
    distance_km: Annotated[float, Field(ge=0, le=20_000)] | None = None
    date_transport: Jour | None = None
    serie: Serie | None = None
    urgence: bool = False
    centre: Literal["CAMSP", "CMPP"] | None = None
    accord_prealable: AccordPrealable | None = None
    accompagnant: Court | bool | dict[str, Any] | None = None


class Sorties(Element):
    type: Court
    justification: Texte | None = None


class LigneArret(_Commune):
    famille: Literal["ARRET"]
    nature: Literal["INITIAL", "PROLONGATION"] = "INITIAL"
    cadre: Court | None = None
    duree: Jours | None = None
    motif_medical: Texte | None = None
    sorties: Sorties | None = None
    temps_partiel_therapeutique: bool = False
    employeur: Court | dict[str, Any] | None = None
    mode: Court | None = None
    medecin_traitant: bool = False
    prescripteur_initial: Court | None = None
    motif_depassement: Texte | None = None
    date_consultation: Horodatage | None = None


Ligne: TypeAlias = Annotated[
    LigneMed | LigneDM | LigneActe | LigneTransport | LigneArret, Field(discriminator="famille")
]
