"""Invented professionals for a population: the family doctors that people declare, and their colleagues."""

from collections.abc import Iterator
from random import Random

from shared.monde._fabrique import activite, exercice, per
from shared.monde._noms import DEBUTS, FINS, PRENOMS
from shared.monde.modele import Adresse, Professionnel, Structure
from shared.monde.population import rpps_genere

# Profession, speciality, sector, mail domain, thousandths: near the shares of the public registers.
_PROFESSIONS = (
    ("10", "SM54", "SA07", "medecin", 160),
    ("10", "SM04", "SA01", "medecin", 130),
    ("60", "", "SA08", "infirmier", 330),
    ("70", "", "SA07", "masseur-kinesitherapeute", 130),
    ("21", "", "SA33", "pharmacien", 110),
    ("40", "", "SA07", "chirurgien-dentiste", 60),
    ("91", "", "SA07", "orthophoniste", 35),
    ("50", "", "SA07", "sage-femme", 30),
    ("80", "", "SA07", "pedicure-podologue", 15),
)
_AUTRES = 4_000_000  # ranks of those who are nobody's family doctor


def generer_professionnels(
    nombre: int, seed: int, *, generalistes: int = 0
) -> Iterator[tuple[Professionnel, Structure]]:
    """``nombre`` professionals, each with a practice; the first ``generalistes`` are the doctors a population declares.

    The n-th general practitioner carries ``rpps_genere(n)``, the number :func:`shared.monde.population.generer` writes
    as family doctor.
    """
    alea = Random(f"bacasante-professionnels-{seed}").random  # noqa: S311  # reproducible on purpose
    tirage = [p for p in _PROFESSIONS for _ in range(p[4])]
    for rang in range(nombre):
        declare = rang < generalistes
        choix = _PROFESSIONS[0] if declare else tirage[int(alea() * len(tirage))]
        sexe = "F" if alea() < 0.55 else "M"
        nom = DEBUTS[int(alea() * len(DEBUTS))] + FINS[int(alea() * len(FINS))]
        prenoms = PRENOMS[sexe][1 + int(alea() * 3)]
        prenom = prenoms[int(alea() * len(prenoms))]
        yield _professionnel(rang if declare else _AUTRES + rang, choix, sexe, nom, prenom)


def _professionnel(
    rang: int, choix: tuple[str, str, str, str, int], sexe: str, nom: str, prenom: str
) -> tuple[Professionnel, Structure]:
    profession, savoir_faire, secteur, domaine, _ = choix
    rpps = rpps_genere(rang)
    titre = "DR" if profession in ("10", "21", "40") else ""
    structure = Structure(
        slug=f"cabinet-{rpps}",
        raison_sociale=f"{'PHARMACIE' if profession == '21' else 'CABINET'} {nom}",
        secteur=secteur,
        cabinet_rpps=f"{rpps}001",
        rppsrang=f"R{rang:07d}",
        adresse=Adresse(numero=str(rang % 200 + 1), type_voie="R", libelle_voie="DES TESTS"),
    )
    exercice_pro = exercice(
        profession,
        nom,
        prenom,
        activite(
            rang % 1_000_000,
            structure.slug,
            "S" if secteur == "SA01" else "L",
            secteur,
            profession=profession,
            section="A" if profession == "21" else "",
        ),
        civilite=titre,
        savoir_faire=savoir_faire,
    )
    adresse = f"{prenom}.{nom}.{rang}@{domaine}.mssante.fr".lower()
    pro = Professionnel(
        slug=f"ps-{rpps}",
        nom=nom,
        prenom=prenom,
        civilite="MME" if sexe == "F" else "M",
        id_nat=f"8{rpps}",
        libelle="Professionnel engendré",
        exercices=(exercice_pro,),
        boites=per(adresse),
    )
    return pro, structure
