"""Pharmacists, nurses and other professions of care."""

from shared.monde._fabrique import activite, am, exercice, per
from shared.monde.modele import Professionnel

SOIGNANTS = (
    Professionnel(
        slug="garnier-pharmacien",
        nom="GARNIER",
        prenom="PIERRE",
        civilite="M",
        id_nat="899700990213",
        libelle="Pharmacien titulaire, Pharmacie du Bac à Sable",
        exercices=(
            exercice(
                "21",
                "GARNIER",
                "PIERRE",
                activite(30, "pharmacie-bac-a-sable", "L", "SA33", profession="21", section="A"),
                civilite="DR",
            ),
        ),
        boites=per("pierre.garnier@pharmacien.mssante.fr"),
        facturation=am("992034569", "50"),
    ),
    Professionnel(
        slug="petit-pharmacien",
        nom="PETIT",
        prenom="LUCIE",
        civilite="MME",
        id_nat="899700990221",
        libelle="Pharmacienne titulaire, Pharmacie des Lilas",
        exercices=(
            exercice(
                "21",
                "PETIT",
                "LUCIE",
                activite(31, "pharmacie-lilas", "L", "SA33", profession="21", section="A"),
                civilite="DR",
            ),
        ),
        boites=per("lucie.petit@pharmacien.mssante.fr"),
        facturation=am("992034577", "50"),
    ),
    Professionnel(
        slug="roche-pharmacien-adjoint",
        nom="ROCHE",
        prenom="KARIM",
        civilite="M",
        id_nat="899700990239",
        libelle="Pharmacien adjoint, Pharmacie du Bac à Sable",
        exercices=(
            exercice(
                "21",
                "ROCHE",
                "KARIM",
                activite(32, "pharmacie-bac-a-sable", "S", "SA33", profession="21", section="DA"),
                civilite="DR",
            ),
        ),
        boites=per("karim.roche@pharmacien.mssante.fr"),
    ),
    Professionnel(
        slug="martin-dupuy-idel",
        nom="MARTIN-DUPUY",
        prenom="INES",
        civilite="MME",
        id_nat="899700990155",
        libelle="Infirmière libérale",
        exercices=(
            exercice(
                "60",
                "MARTIN-DUPUY",
                "INES",
                activite(33, "cabinet-infirmier-tests", "L", "SA08", profession="60"),
            ),
        ),
        boites=per("ines.martin-dupuy@infirmier.mssante.fr"),
        facturation=am("996034565", "24"),
    ),
    Professionnel(
        slug="caron-ipa",
        nom="CARON",
        prenom="JULES",
        civilite="M",
        id_nat="899700990247",
        libelle="Infirmier en pratique avancée",
        exercices=(
            exercice(
                "60",
                "CARON",
                "JULES",
                activite(34, "centre-sante-tilleuls", "S", "SA05", profession="60"),
                savoir_faire="SI01",
            ),
        ),
        boites=per("jules.caron@infirmier.mssante.fr"),
    ),
    Professionnel(
        slug="gautier-ide-ehpad",
        nom="GAUTIER",
        prenom="ROSE",
        civilite="MME",
        id_nat="899700990254",
        libelle="Infirmière coordinatrice, EHPAD Les Glycines",
        exercices=(
            exercice(
                "60",
                "GAUTIER",
                "ROSE",
                activite(
                    35, "ehpad-glycines", "S", "SA17", profession="60", boite="rose.gautier@ehpad-glycines.mssante.fr"
                ),
            ),
        ),
    ),
    Professionnel(
        slug="saint-martin-kine",
        nom="SAINT-MARTIN",
        prenom="LEON",
        civilite="M",
        id_nat="899700990163",
        libelle="Masseur-kinésithérapeute",
        exercices=(exercice("70", "SAINT-MARTIN", "LEON", activite(36, "cabinet-kine", "L", "SA07", profession="70")),),
        boites=per("leon.saint-martin@masseur-kinesitherapeute.mssante.fr"),
        facturation=am("997034564", "26"),
    ),
    Professionnel(
        slug="duval-orthophoniste",
        nom="DUVAL",
        prenom="EMMA",
        civilite="MME",
        id_nat="899700990171",
        libelle="Orthophoniste",
        exercices=(exercice("91", "DUVAL", "EMMA", activite(37, "cabinet-orthophonie", "L", "SA07")),),
        boites=per("emma.duval@orthophoniste.mssante.fr"),
        facturation=am("999134561", "28"),
    ),
    Professionnel(
        slug="chevalier-podologue",
        nom="CHEVALIER",
        prenom="YVES",
        civilite="M",
        id_nat="899700990189",
        libelle="Pédicure-podologue",
        exercices=(
            exercice("80", "CHEVALIER", "YVES", activite(38, "cabinet-podologie", "L", "SA07", profession="80")),
        ),
        boites=per("yves.chevalier@pedicure-podologue.mssante.fr"),
        facturation=am("998034562", "27"),
    ),
    Professionnel(
        slug="aubry-sage-femme",
        nom="AUBRY",
        prenom="LENA",
        civilite="MME",
        id_nat="899700990197",
        libelle="Sage-femme",
        exercices=(exercice("50", "AUBRY", "LENA", activite(39, "cabinet-sage-femme", "L", "SA07", profession="50")),),
        boites=per("lena.aubry@sage-femme.mssante.fr"),
        facturation=am("995034566", "21"),
    ),
    Professionnel(
        slug="keller-dentiste",
        nom="KELLER",
        prenom="MARC",
        civilite="M",
        id_nat="899700990205",
        libelle="Chirurgien-dentiste",
        exercices=(
            exercice(
                "40", "KELLER", "MARC", activite(40, "cabinet-dentaire", "L", "SA07", profession="40"), civilite="DR"
            ),
        ),
        boites=per("marc.keller@chirurgien-dentiste.mssante.fr"),
        facturation=am("994034567", "19"),
    ),
    Professionnel(
        slug="renard-deux-professions",
        nom="RENARD",
        prenom="ANNA",
        civilite="MME",
        id_nat="899700990262",
        libelle="Médecin et chirurgien-dentiste : deux exercices",
        exercices=(
            exercice(
                "10",
                "RENARD",
                "ANNA",
                activite(41, "hopital-demo", "S", "SA01", profession="10"),
                civilite="DR",
                savoir_faire="SM50",
            ),
            exercice(
                "40", "RENARD", "ANNA", activite(42, "cabinet-dentaire", "L", "SA07", profession="40"), civilite="DR"
            ),
        ),
        boites=per("anna.renard@medecin.mssante.fr"),
        situations=frozenset({"deux-professions"}),
    ),
)
