"""General practitioners and hospital doctors of the demonstration world."""

from shared.monde._fabrique import activite, am, exercice, per
from shared.monde.modele import Professionnel

MEDECINS = (
    Professionnel(
        slug="verdier-mg",
        nom="VERDIER",
        prenom="ALICE",
        civilite="MME",
        id_nat="810999000010",
        libelle="Médecin généraliste, cabinet et hôpital",
        exercices=(
            exercice(
                "10",
                "VERDIER",
                "ALICE",
                activite(
                    1, "cabinet-verdier", "L", "SA07", profession="10", boite="alice.verdier@cabinet-verdier.mssante.fr"
                ),
                activite(
                    2, "hopital-demo", "S", "SA01", profession="10", boite="alice.verdier@hopital-demo.mssante.fr"
                ),
                civilite="DR",
                savoir_faire="SM26",
            ),
        ),
        boites=per("alice.verdier@medecin.mssante.fr"),
        facturation=am("991234562", "01"),
        telephone="0639980001",
    ),
    Professionnel(
        slug="exemple-un-mg",
        nom="EXEMPLE-UN",
        prenom="CLAIRE",
        civilite="MME",
        id_nat="899700990015",
        libelle="Médecin généraliste, deux activités (exemple publié du UserInfo)",
        exercices=(
            exercice(
                "10",
                "EXEMPLE-UN",
                "CLAIRE",
                activite(3, "cabinet-demo-un", "L", "SA07", profession="10"),
                activite(4, "hopital-demo", "S", "SA01", profession="10"),
                civilite="DR",
                savoir_faire="SM54",
            ),
        ),
        boites=per("claire.exemple-un@medecin.mssante.fr"),
        facturation=am("991234570", "01"),
    ),
    Professionnel(
        slug="testeur-mg",
        nom="TESTEUR",
        prenom="ALIX",
        civilite="M",
        id_nat="899900000011",
        libelle="Médecin généraliste, cabinet de groupe",
        exercices=(
            exercice(
                "10",
                "TESTEUR",
                "ALIX",
                activite(5, "cabinet-sandbox", "L", "SA08", profession="10"),
                civilite="DR",
                savoir_faire="SM54",
            ),
        ),
        boites=per("alix.testeur@medecin.mssante.fr"),
        facturation=am("991234588", "01"),
    ),
    Professionnel(
        slug="martin-mg",
        nom="MARTIN",
        prenom="MARIE",
        civilite="MME",
        id_nat="899700990023",
        libelle="Médecin généraliste, boîte liée au seul RPPS",
        exercices=(
            exercice(
                "10",
                "MARTIN",
                "MARIE",
                activite(6, "cabinet-martin", "L", "SA07", profession="10"),
                civilite="DR",
                savoir_faire="SM54",
            ),
        ),
        boites=per("marie.martin@medecin.mssante.fr"),
        facturation=am("991234596", "01", convention="2"),
    ),
    Professionnel(
        slug="dumas-mg",
        nom="DUMAS",
        prenom="CLAIRE",
        civilite="MME",
        id_nat="899700990031",
        libelle="Médecin généraliste, signe par carte CPS",
        carte="CPS",
        auth_mode="CARD",
        exercices=(
            exercice(
                "10",
                "DUMAS",
                "CLAIRE",
                activite(7, "cabinet-sandbox", "L", "SA08", profession="10"),
                civilite="DR",
                savoir_faire="SM26",
            ),
        ),
        boites=per("claire.dumas@medecin.mssante.fr"),
        facturation=am("991234604", "01"),
        situations=frozenset({"eidas2"}),
    ),
    Professionnel(
        slug="morel-cardio",
        nom="MOREL-CARDIN",
        prenom="HUGO",
        civilite="M",
        id_nat="899700990049",
        libelle="Cardiologue hospitalier",
        exercices=(
            exercice(
                "10",
                "MOREL-CARDIN",
                "HUGO",
                activite(
                    8, "hopital-demo", "S", "SA01", profession="10", boite="hugo.morel-cardin@hopital-demo.mssante.fr"
                ),
                civilite="PR",
                savoir_faire="SM04",
            ),
        ),
        facturation=am("991234612", "03"),
    ),
    Professionnel(
        slug="lucas-interne",
        nom="LUCAS",
        prenom="THEO",
        civilite="M",
        id_nat="899700990056",
        libelle="Interne en médecine générale",
        carte="CPF",
        exercices=(
            exercice(
                "10",
                "LUCAS",
                "THEO",
                activite(9, "hopital-demo", "S", "SA01", profession="10", boite="theo.lucas@hopital-demo.mssante.fr"),
                categorie="E",
            ),
        ),
    ),
    Professionnel(
        slug="urgence-urgentiste",
        nom="URGENCE",
        prenom="SACHA",
        civilite="M",
        id_nat="899900000029",
        libelle="Médecin urgentiste",
        exercices=(
            exercice(
                "10",
                "URGENCE",
                "SACHA",
                activite(10, "ch-sandbox", "S", "SA01", profession="10", boite="sacha.urgence@ch-sandbox.mssante.fr"),
                civilite="DR",
                savoir_faire="SM59",
            ),
        ),
    ),
    Professionnel(
        slug="robin-samu",
        nom="ROBIN",
        prenom="NADIA",
        civilite="MME",
        id_nat="899700990064",
        libelle="Médecin régulateur du SAMU (centre 15)",
        exercices=(
            exercice(
                "10",
                "ROBIN",
                "NADIA",
                activite(11, "samu-centre15", "S", "SA01", profession="10", boite="nadia.robin@ch-sandbox.mssante.fr"),
                civilite="DR",
                savoir_faire="SM59",
            ),
        ),
        situations=frozenset({"regulation-medicale"}),
    ),
    Professionnel(
        slug="benali-centre-sante",
        nom="BENALI",
        prenom="SAMIRA",
        civilite="MME",
        id_nat="899700990072",
        libelle="Médecin de centre de santé",
        exercices=(
            exercice(
                "10",
                "BENALI",
                "SAMIRA",
                activite(12, "centre-sante-tilleuls", "S", "SA05", profession="10"),
                civilite="DR",
                savoir_faire="SM54",
            ),
        ),
        boites=per("samira.benali@medecin.mssante.fr"),
        facturation=am("991234620", "01"),
    ),
    Professionnel(
        slug="lambert-remplacant",
        nom="LAMBERT",
        prenom="OSCAR",
        civilite="M",
        id_nat="899700990080",
        libelle="Médecin remplaçant, sans structure",
        exercices=(
            exercice(
                "10",
                "LAMBERT",
                "OSCAR",
                activite(13, None, "L", "SA07", profession="10", genre="GENR03"),
                civilite="DR",
                savoir_faire="SM54",
            ),
        ),
        boites=per("oscar.lambert@medecin.mssante.fr"),
    ),
)
