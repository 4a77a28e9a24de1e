"""Short constructors for the tables of personas."""

from shared.monde.modele import Activite, BoiteAuxLettres, Exercice, Facturation

AUTORITES = {
    "10": "CNOM/CNOM/CNOM",
    "21": "CNOP/CNOP/CNOP",
    "40": "CNOCD/CNOCD/CNOCD",
    "50": "CNOSF/CNOSF/CNOSF",
    "60": "ONI/ONI/ONI",
    "70": "CNOMK/CNOMK/CNOMK",
    "80": "ONPP/ONPP/ONPP",
}


def activite(
    numero: int,
    structure: str | None,
    mode: str,
    secteur: str,
    *,
    profession: str = "",
    genre: str = "GENR01",
    section: str = "",
    role: str = "",
    boite: str = "",
) -> Activite:
    return Activite(
        id=f"1009{numero:06d}",
        structure=structure,
        mode_exercice=mode,
        secteur=secteur,
        genre=genre,
        section_pharmacien=section,
        role=role,
        autorite=AUTORITES.get(profession, ""),
        boites=(BoiteAuxLettres(boite, "PER"),) if boite else (),
    )


def exercice(
    profession: str,
    nom: str,
    prenom: str,
    *activites: Activite,
    civilite: str = "",
    savoir_faire: str = "",
    categorie: str = "C",
) -> Exercice:
    return Exercice(
        profession=profession,
        categorie=categorie,
        civilite=civilite,
        nom=nom,
        prenom=prenom,
        type_savoir_faire="S" if savoir_faire else "",
        savoir_faire=savoir_faire,
        activites=activites,
    )


def per(adresse: str) -> tuple[BoiteAuxLettres, ...]:
    return (BoiteAuxLettres(adresse, "PER"),)


def am(numero: str, specialite: str, *, convention: str = "1") -> Facturation:
    """The billing identity: number of the Assurance Maladie and AMO speciality."""
    return Facturation(numero=numero, specialite=specialite, convention=convention)
