"""The record of a professional added to a bac: what is asked for, and the persona it makes."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.monde.modele import Activite, Adresse, BoiteAuxLettres, Exercice, Professionnel, Structure

Court = Annotated[str, StringConstraints(max_length=100, pattern=r"^[^\x00-\x1f]*$")]
Code = Annotated[str, StringConstraints(max_length=12, pattern=r"^[A-Za-z0-9_]*$")]
Politique = Literal["manual", "auto_approve", "auto_refuse", "timeout", "unreachable"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class StructureEntree(_Strict):
    """A place of practice of our own, when none of the demonstration world fits."""

    raison_sociale: Annotated[Court, Field(min_length=1)]
    secteur: Code = "SA07"
    finess: Annotated[str, StringConstraints(pattern=r"^([0-9][0-9AB][0-9]{7})?$")] = ""
    finess_ej: Annotated[str, StringConstraints(pattern=r"^([0-9][0-9AB][0-9]{7})?$")] = ""
    siret: Annotated[str, StringConstraints(pattern=r"^([0-9]{14})?$")] = ""
    cabinet_rpps: Annotated[str, StringConstraints(pattern=r"^([0-9]{14})?$")] = ""
    rppsrang: Annotated[str, StringConstraints(pattern=r"^(R[0-9]{1,12})?$")] = ""
    enseigne: Court = ""
    telephone: Court = ""
    code_postal: Code = "99990"
    ville: Court = "DEMOVILLE"


class ActiviteEntree(_Strict):
    """One practice situation; ``structure`` is a slug of the demonstration world or a structure of our own."""

    structure: Court | StructureEntree | None = None
    mode_exercice: Code = "L"
    secteur: Code = "SA07"
    genre: Code = "GENR01"
    section_pharmacien: Code = ""
    role: Code = ""


class PersonaEntree(_Strict):
    """A professional: either ``rpps`` (11 digits with their key) or ``id_nat`` is required, nothing else but a name."""

    slug: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")] | None = None
    nom: Annotated[Court, Field(min_length=1)]
    prenom: Annotated[Court, Field(min_length=1)]
    civilite: Code = "MME"
    rpps: Annotated[str, StringConstraints(pattern=r"^[0-9]{11}$")] | None = None
    id_nat: Annotated[str, StringConstraints(max_length=64)] | None = None
    profession: Code = "10"
    categorie: Code = "C"
    civilite_exercice: Code = "DR"
    type_savoir_faire: Code = "S"
    savoir_faire: Code = "SM54"
    activites: Annotated[list[ActiviteEntree], Field(max_length=10)] = []
    adresse_mss: Annotated[str, StringConstraints(max_length=254, pattern=r"^[^@\s\x00]+@[^@\s\x00]+$")] | None = None
    courriel: Annotated[str, StringConstraints(max_length=254, pattern=r"^[^@\s\x00]+@[^@\s\x00]+$")] | None = None
    libelle: Court = ""
    auth_mode: Literal["MOBILE", "CARD"] = "MOBILE"
    ecps_active: bool = True
    pin: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")] = "1234"
    politique: Politique | None = None
    acr: Literal["eidas1", "eidas2"] = "eidas1"


class PersonaChangements(_Strict):
    """What may change of anybody, the people of the demonstration world included."""

    nom: Annotated[Court, Field(min_length=1)] | None = None
    prenom: Annotated[Court, Field(min_length=1)] | None = None
    civilite: Code | None = None
    libelle: Court | None = None
    auth_mode: Literal["MOBILE", "CARD"] | None = None
    ecps_active: bool | None = None
    actif: bool | None = None
    pin: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")] | None = None
    politique: Politique | None = None
    courriel: Annotated[str, StringConstraints(max_length=254, pattern=r"^[^@\s\x00]+@[^@\s\x00]+$")] | None = None
    adresse_mss: Annotated[str, StringConstraints(max_length=254, pattern=r"^[^@\s\x00]+@[^@\s\x00]+$")] | None = None


def en_structures(slug: str, donnees: Mapping[str, Any]) -> dict[str, Structure]:
    """The structures a record brings along, under slugs of their own."""
    propres: dict[str, Structure] = {}
    for rang, activite in enumerate(donnees.get("activites", [])):
        lieu = activite.get("structure")
        if isinstance(lieu, dict):
            valeurs = {k: v for k, v in lieu.items() if k not in ("code_postal", "ville")}
            adresse = Adresse(code_postal=lieu.get("code_postal", "99990"), ville=lieu.get("ville", "DEMOVILLE"))
            propres[f"{slug}--{rang}"] = Structure(slug=f"{slug}--{rang}", adresse=adresse, **valeurs)
    return propres


def en_professionnel(slug: str, donnees: Mapping[str, Any]) -> Professionnel:
    activites = tuple(
        Activite(
            id=f"99{rang:08d}",
            structure=f"{slug}--{rang}" if isinstance(a.get("structure"), dict) else a.get("structure"),
            mode_exercice=a.get("mode_exercice", "L"),
            secteur=a.get("secteur", "SA07"),
            genre=a.get("genre", "GENR01"),
            section_pharmacien=a.get("section_pharmacien", ""),
            role=a.get("role", ""),
        )
        for rang, a in enumerate(donnees.get("activites", []))
    )
    exercice = Exercice(
        profession=donnees.get("profession", "10"),
        categorie=donnees.get("categorie", "C"),
        civilite=donnees.get("civilite_exercice", ""),
        nom=donnees["nom"],
        prenom=donnees["prenom"],
        type_savoir_faire=donnees.get("type_savoir_faire", ""),
        savoir_faire=donnees.get("savoir_faire", ""),
        activites=activites,
    )
    adresse = donnees.get("adresse_mss")
    return Professionnel(
        slug=slug,
        nom=donnees["nom"],
        prenom=donnees["prenom"],
        civilite=donnees.get("civilite", ""),
        id_nat=donnees["id_nat"],
        exercices=(exercice,),
        libelle=donnees.get("libelle", ""),
        boites=(BoiteAuxLettres(adresse, "PER"),) if adresse else (),
        auth_mode=donnees.get("auth_mode", "MOBILE"),
        ecps_active=donnees.get("ecps_active", True),
        actif=donnees.get("actif", True),
        situations=frozenset({"eidas2"} if donnees.get("acr") == "eidas2" else ()),
    )
