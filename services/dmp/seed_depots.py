"""What the demonstration dossiers hold: who wrote what for whom, who may read (data only)."""

from dataclasses import dataclass
from typing import Final, Literal

from services.dmp.domain.lot import Statut

Visibilite = Literal["", "MASQUE_PS", "INVISIBLE_PATIENT", "INVISIBLE_REPRESENTANTS_LEGAUX"]


@dataclass(frozen=True, slots=True)
class Depot:
    """One document of the demonstration: who wrote what for whom, how many days before the reference date."""

    patient: str
    auteur: str
    type_code: str
    titre: str
    jours: int
    texte: str
    visibilite: Visibilite = ""
    statut: Statut = Statut.APPROVED


DEPOTS: Final[tuple[Depot, ...]] = (
    Depot("blanc-valmont", "verdier-mg", "11488-4", "Consultation de suivi", 40, "TA 12/7, poids stable."),
    Depot(
        "blanc-valmont",
        "argentan-psychiatre",
        "11488-4",
        "Consultation de psychiatrie",
        90,
        "Suivi mensuel poursuivi.",
        "MASQUE_PS",
    ),
    Depot("d-orgeval", "morel-cardio", "11488-4", "Consultation de cardiologie", 25, "ECG sans particularité."),
    Depot("vidal-masques", "verdier-mg", "60591-5", "Synthèse médicale", 120, "Antécédents, traitements en cours."),
    Depot("vidal-masques", "morel-cardio", "11488-4", "Avis cardiologique", 60, "Bêtabloquant instauré.", "MASQUE_PS"),
    Depot("vidal-masques", "verdier-mg", "89601-9", "Certificat médical", 30, "Aptitude au sport.", "MASQUE_PS"),
    Depot(
        "rey-annonce",
        "morel-cardio",
        "60568-3",
        "CR d'anatomopathologie",
        3,
        "Résultat à annoncer en consultation.",
        "INVISIBLE_PATIENT",
    ),
    Depot("rey-annonce", "verdier-mg", "11488-4", "Consultation", 200, "Bilan demandé."),
    Depot(
        "marais-lina",
        "aubry-sage-femme",
        "11488-4",
        "Consultation",
        20,
        "Consultation couverte par le secret demandé par la mineure.",
        "INVISIBLE_REPRESENTANTS_LEGAUX",
    ),
    Depot("marais-lina", "testeur-mg", "59283-2", "Examen de l'enfant", 400, "Croissance harmonieuse."),
    Depot("masson-bloque", "verdier-mg", "11488-4", "Consultation", 15, "Renouvellement de traitement."),
    Depot("bonnet-non-active", "verdier-mg", "11502-2", "Biologie", 10, "NFS, ionogramme : normaux."),
    Depot("kermadec", "verdier-mg", "PROT_ALD", "Protocole de soins ALD", 300, "Diabète de type 2."),
    Depot("kermadec", "nguyen-biologiste", "11502-2", "HbA1c", 35, "HbA1c 7,1 %."),
    Depot("kermadec", "fabre-radiologue", "18748-4", "Échographie rénale", 70, "Reins de taille normale."),
    Depot("kermadec", "verdier-mg", "11488-4", "Consultation ancienne", 900, "Découverte du diabète."),
    Depot("kermadec", "verdier-mg", "57833-6", "Ordonnance archivée", 500, "Metformine.", "", Statut.ARCHIVED),
    Depot("perret-clos", "exemple-un-mg", "11488-4", "Consultation", 200, "Avant la fermeture du dossier."),
    Depot("sandbox-lou", "testeur-mg", "11488-4", "Compte rendu de consultation", 12, "Examen clinique normal."),
    Depot("loiseau", "dumas-mg", "60591-5", "Synthèse médicale", 90, "Polyarthrite rhumatoïde."),
    Depot("dupont-chloe", "martin-mg", "57833-6", "Ordonnance", 20, "Paracétamol."),
    Depot("fontanges-margaux", "verdier-mg", "11369-6", "Historique des vaccinations", 150, "DTP, ROR à jour."),
    Depot("rousselot", "aubry-sage-femme", "57055-6", "Synthèse antepartum", 30, "Grossesse de déroulement normal."),
    Depot("tellier-ehpad", "morel-cardio", "11490-0", "Lettre de liaison à la sortie", 50, "Retour en EHPAD."),
    Depot("schmitt", "martin-mg", "11488-4", "Consultation", 45, "Suivi annuel."),
    Depot("vasseur", "lambert-remplacant", "11488-4", "Consultation", 5, "Entorse de cheville."),
    *(
        Depot("legoff", "verdier-mg", "11502-2", f"Biologie n° {n}", 30 + 30 * n, f"INR du mois {n}.")
        for n in range(1, 61)
    ),
)
PATIENT_DEPOTS: Final = (
    ("schmitt", "EXPPAT_3", "Mes directives anticipées", 100),
    ("schmitt", "DOCPAT05", "Analyses de 2019", 80),
    ("vidal-masques", "EXPPAT_1", "Mes volontés", 60),
)
AUTORISATIONS: Final = (
    ("blanc-valmont", "exemple-un-mg"),
    ("blanc-valmont", "morel-cardio"),
    ("blanc-valmont", "garnier-pharmacien"),
    ("vidal-masques", "morel-cardio"),
    ("vidal-masques", "exemple-un-mg"),
    ("schmitt", "keller-dentiste"),
    ("schmitt", "saint-martin-kine"),
    ("kermadec", "martin-dupuy-idel"),
    ("legoff", "morel-cardio"),
    ("sandbox-lou", "morel-cardio"),
)
