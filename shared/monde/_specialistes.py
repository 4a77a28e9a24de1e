"""Imaging, biology, occupational medicine, and the doctors that make a directory search hard."""

from shared.monde._fabrique import activite, am, exercice, per
from shared.monde.modele import BoiteAuxLettres, Professionnel

SPECIALISTES = (
    Professionnel(
        slug="fabre-radiologue",
        nom="FABRE",
        prenom="ELISE",
        civilite="MME",
        id_nat="899700990098",
        libelle="Radiologue, centre d'imagerie",
        exercices=(
            exercice(
                "10",
                "FABRE",
                "ELISE",
                activite(14, "imagerie-demo", "L", "SA09", profession="10"),
                civilite="DR",
                savoir_faire="SM44",
            ),
        ),
        boites=per("elise.fabre@medecin.mssante.fr"),
        facturation=am("991234638", "06"),
    ),
    Professionnel(
        slug="nguyen-biologiste",
        nom="NGUYEN",
        prenom="MINH",
        civilite="M",
        id_nat="899700990106",
        libelle="Biologiste médical, laboratoire",
        exercices=(
            exercice(
                "10",
                "NGUYEN",
                "MINH",
                activite(15, "labo-demo", "L", "SA25", profession="10", boite="minh.nguyen@labo-demo.mssante.fr"),
                civilite="DR",
                savoir_faire="SM03",
            ),
        ),
        facturation=am("991234646", "38"),
    ),
    Professionnel(
        slug="colin-travail",
        nom="COLIN",
        prenom="BRUNO",
        civilite="M",
        id_nat="899700990114",
        libelle="Médecin du travail",
        exercices=(
            exercice(
                "10",
                "COLIN",
                "BRUNO",
                activite(16, "sante-travail-demo", "S", "SA43", profession="10"),
                civilite="DR",
                savoir_faire="SM25",
            ),
        ),
        boites=(BoiteAuxLettres("bruno.colin@medecin.mssante.fr", "PER", liste_rouge=True),),
        situations=frozenset({"medecin-du-travail"}),
    ),
    Professionnel(
        slug="argentan-psychiatre",
        nom="D'ARGENTAN-LÉVÊQUE",
        prenom="ZOÉ",
        civilite="MME",
        id_nat="899700990122",
        libelle="Psychiatre sans boîte aux lettres ; accents, apostrophe et tiret",
        exercices=(
            exercice(
                "10",
                "D'ARGENTAN-LÉVÊQUE",
                "ZOÉ",
                activite(17, "hopital-demo", "S", "SA01", profession="10"),
                civilite="DR",
                savoir_faire="SM42",
            ),
        ),
    ),
    Professionnel(
        slug="bernard-cardio",
        nom="BERNARD",
        prenom="PAUL",
        civilite="M",
        id_nat="899700990130",
        libelle="Cardiologue, homonyme",
        exercices=(
            exercice(
                "10",
                "BERNARD",
                "PAUL",
                activite(18, "hopital-demo", "S", "SA01", profession="10"),
                civilite="DR",
                savoir_faire="SM04",
            ),
        ),
        boites=per("paul.bernard@medecin.mssante.fr"),
        situations=frozenset({"homonyme"}),
    ),
    Professionnel(
        slug="bernard-inactif",
        nom="BERNARD",
        prenom="PAUL",
        civilite="M",
        id_nat="899700990148",
        libelle="Médecin retiré de l'annuaire, homonyme",
        exercices=(
            exercice(
                "10",
                "BERNARD",
                "PAUL",
                activite(19, None, "L", "SA07", profession="10"),
                civilite="DR",
                savoir_faire="SM54",
            ),
        ),
        actif=False,
        ecps_active=False,
        situations=frozenset({"homonyme", "inactif"}),
    ),
)
