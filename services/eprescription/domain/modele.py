"""The prescription as the sheet names it (e-prescription §2.2): what a software sends and the base keeps whole.

Almost every field is optional on purpose: what is missing is refused by a rule of the catalogue that says why, not by
the parser. The parser refuses what cannot be *understood* (a date that is no date). Names on the wire are the
camelCase of the attribute names.
"""

from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Annotated, Any, Literal, TypeAlias, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.alias_generators import to_camel

from services.eprescription.domain.lignes import Horodatage, Jour, Ligne
from shared.identite import date_interpretee, est_date_naissance

Texte: TypeAlias = Annotated[str, StringConstraints(max_length=4000, strip_whitespace=True)]
Court: TypeAlias = Annotated[str, StringConstraints(max_length=255, strip_whitespace=True)]


def _date_naissance(texte: str) -> str:
    if not est_date_naissance(texte):
        raise ValueError("a birth date is YYYY-MM-DD (lunar and unknown parts as INSi writes them)")
    return texte


DateNaissance: TypeAlias = Annotated[Court, AfterValidator(_date_naissance)]


class Objet(BaseModel):
    """Unknown fields are kept (the resource is stored whole) and can be listed by :func:`champs_inconnus`."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="allow", frozen=True, defer_build=True
    )


class Logiciel(Objet):
    nom: Court | None = None
    version: Court | None = None
    agrement: Court | None = None


class PrescripteurRemplace(Objet):
    rpps: Court | None = None
    nom: Court | None = None
    prenom: Court | None = None


class Prescripteur(Objet):
    rpps: Court | None = None
    nom: Court | None = None
    prenom: Court | None = None
    profession: Court | None = None
    specialite: Court | None = None
    finess: Court | None = None
    am: Court | None = None
    structure: Court | None = None
    adresse: Court | None = None
    telephone: Court | None = None
    mssante: Court | None = None
    est_remplacant: bool = False


class Ins(Objet):
    matricule: Court | None = None
    oid: Court | None = None
    statut: Literal["QUALIFIEE", "VALIDEE", "RECUPEREE", "PROVISOIRE"] | None = None


class Patient(Objet):
    ins: Ins | None = None
    nom_naissance: Court | None = None
    nom_utilise: Court | None = None
    prenoms: Court | None = None
    sexe: Literal["F", "M", "I"] | None = None
    date_naissance: DateNaissance | None = None
    lieu_naissance: Court | None = None
    adresse: Court | None = None
    telecom: Court | None = None
    representant: Court | dict[str, Any] | None = None
    majeur_protege: bool = False

    @property
    def naissance(self) -> date | None:
        """The birth date that ages are computed from (insi §2.3 for lunar and incomplete ones)."""
        return date_interpretee(self.date_naissance) if self.date_naissance else None

    @property
    def matricule(self) -> str | None:
        return self.ins.matricule if self.ins else None

    @property
    def ins_qualifiee(self) -> bool:
        return self.ins is not None and bool(self.ins.matricule) and self.ins.statut == "QUALIFIEE"


class Validite(Objet):
    debut: Jour
    fin: Jour | None = None


class SignesVitaux(Objet):
    poids: Annotated[float, Field(gt=0, le=700)] | None = None
    taille: Annotated[float, Field(gt=0, le=300)] | None = None


class ExecutantDesigne(Objet):
    rpps: Court | None = None
    structure: Court | None = None
    nom: Court | None = None


class InterventionProgrammee(Objet):
    """A planned operation moves the window in which a stupéfiant may be presented (décret 2022-972)."""

    date_intervention: Jour
    date_sortie: Jour | None = None


class Justification(Objet):
    """What the professional answers to a rule of severity J, for one line (``rang``) or for all of them."""

    regle: Court
    texte: Annotated[str, StringConstraints(min_length=1, max_length=1000, strip_whitespace=True)]
    rang: int | None = None


class Prescription(Objet):
    numero: Court | None = None
    type: Court
    contexte: Literal["VILLE", "PHEV", "TELECONSULTATION", "ESMS", "INTRA_HOSPITALIER"] = "VILLE"
    date_redaction: Horodatage
    validite: Validite | None = None
    sous_types: list[Court] = Field(default_factory=list, max_length=20)
    consultation_execution: Court | None = None
    anonymat_ivg: bool = False
    logiciel: Logiciel | None = None
    prescripteur: Prescripteur
    prescripteur_remplace: PrescripteurRemplace | None = None
    patient: Patient
    grossesse: bool | None = None
    observation_grossesse: bool | None = None
    signes_vitaux: SignesVitaux | None = None
    executant_designe: ExecutantDesigne | None = None
    date_execution_souhaitee: Jour | None = None
    intervention_programmee: InterventionProgrammee | None = None
    remplace: Court | None = None
    signature: Texte | None = None
    differe: bool = False
    justifications: list[Justification] = Field(default_factory=list, max_length=100)
    lignes: list[Ligne] = Field(default_factory=list, max_length=50)

    @model_validator(mode="after")
    def _rangs_distincts(self) -> "Prescription":
        rangs = [ligne.rang for ligne in self.lignes]
        if len(rangs) != len(set(rangs)):
            raise ValueError("each line has its own rang")
        return self

    @property
    def date_de_redaction(self) -> date:
        """The calendar day of writing, in the offset the prescriber wrote it with."""
        return self.date_redaction.date()


def _contient_un_objet(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return True
    return any(_contient_un_objet(partie) for partie in get_args(annotation))


@cache
def _imbriques(modele: type[BaseModel]) -> tuple[tuple[str, str], ...]:
    """The fields that may hold objects or lists of them, with their names on the wire."""
    champs = modele.model_fields.items()
    return tuple((nom, champ.alias or nom) for nom, champ in champs if _contient_un_objet(champ.annotation))


def champs_inconnus(objet: BaseModel, chemin: str = "") -> Iterator[str]:
    """The paths of the fields we do not know, in the words of the wire."""
    for nom in objet.model_extra or {}:
        yield f"{chemin}{nom}"
    for nom, alias in _imbriques(type(objet)):
        valeur = getattr(objet, nom)
        if isinstance(valeur, BaseModel):
            yield from champs_inconnus(valeur, f"{chemin}{alias}.")
        elif isinstance(valeur, list):
            for rang, element in enumerate(valeur):
                if isinstance(element, BaseModel):
                    yield from champs_inconnus(element, f"{chemin}{alias}[{rang}].")
