"""Recherche de l'INS avec les traits d'identité: the matching rule of INSi (insi.md §4)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from services.ins.domain.fautes import FauteINSi, refuser
from services.ins.domain.personne import Personne
from shared.decision import Decision, avertir, noter
from shared.identite.traits import (
    LONGUEUR_NOM,
    date_interpretee,
    est_date_naissance,
    est_nom_normalise,
    est_prenom_normalise,
    normaliser,
)

LIBELLES_CR = {"00": "OK", "01": "Aucune identite trouvee", "02": "Plusieurs identites trouvees"}
"""Exact labels (insi.md §4)."""


@dataclass(frozen=True, slots=True)
class Traits:
    """The traits of a ``RECSANSVITALE``; several ``Prenom`` elements make several entries."""

    nom_naissance: str
    prenoms: tuple[str, ...]
    sexe: str
    date_naissance: str
    lieu_naissance: str | None = None


@dataclass(frozen=True, slots=True)
class Reponse:
    """``RESULTAT``: a code and, with 00 only, the person."""

    code_cr: str
    personne: Personne | None = None

    @property
    def libelle_cr(self) -> str:
        return LIBELLES_CR[self.code_cr]


def controler(traits: Traits, *, profil: str, aujourd_hui: date) -> Traits:
    """The traits in comparable form, or the fault INSi answers to traits it cannot use.

    Name, at least one given name, sex and date are mandatory; the place is optional (insi.md §2.3). A value that the
    client did not normalise is the published ``insi_102`` in ``homologation``; elsewhere it is understood and noted.
    """
    if not traits.nom_naissance.strip():
        raise _manquant("NomNaissance")
    prenoms = tuple(p for p in traits.prenoms if p.strip())
    if not prenoms:
        raise _manquant("Prenom")
    if traits.sexe not in ("M", "F"):
        raise refuser(
            "sandbox_schema",
            regle="INSI-SEXE",
            champ="Sexe",
            en="Sexe is M or F in a request.",
            fr="Le sexe d'une demande vaut M ou F.",
        )
    controler_date(traits.date_naissance, aujourd_hui=aujourd_hui)
    lieu = (traits.lieu_naissance or "").strip() or None
    if lieu is not None:
        lieu = controler_lieu(lieu)
    return Traits(
        _texte("NomNaissance", traits.nom_naissance, profil),
        tuple(_texte("Prenom", p, profil) for p in prenoms),
        traits.sexe,
        traits.date_naissance,
        lieu,
    )


def controler_date(valeur: str, *, aujourd_hui: date, champ: str = "DateNaissance") -> None:
    if not valeur:
        raise _manquant(champ)
    if not est_date_naissance(valeur):
        raise refuser(
            "sandbox_schema",
            regle="INSI-DATE",
            champ=champ,
            en="A birth date is YYYY-MM-DD; fictitious months (20-42, 50-99) are allowed.",
            fr="Une date de naissance s'écrit AAAA-MM-JJ ; les mois fictifs (20-42, 50-99) sont admis.",
        )
    if _est_apres(valeur, aujourd_hui):
        raise refuser(
            "sandbox_schema",
            regle="INSI-DATE-FUTURE",
            champ=champ,
            en="The birth date is in the future.",
            fr="La date de naissance est dans le futur.",
        )


def controler_lieu(valeur: str, champ: str = "LieuNaissance") -> str:
    if not (len(valeur) == 5 and valeur.isascii() and valeur.isalnum()):
        raise refuser(
            "sandbox_schema",
            regle="INSI-COG",
            champ=champ,
            en="A birth place is a five-character COG code (99 and the country when abroad).",
            fr="Un lieu de naissance est un code COG de cinq caractères (99 et le pays à l'étranger).",
        )
    return valeur.upper()


def chercher(traits: Traits, candidats: Iterable[Personne]) -> Reponse:
    """CR 00, 01 or 02 for traits already checked (insi.md §4, rule [D])."""
    trouves = [p for p in candidats if correspond(traits, p)]
    code = "00" if len(trouves) == 1 else "02" if trouves else "01"
    noter(
        Decision(
            f"INSI-CR-{code}",
            "accepte",
            fr=_RAISONS[code][0],
            en=_RAISONS[code][1],
            entrees={"trouves": len(trouves), "avec_cog": traits.lieu_naissance is not None},
            examinees=("nom", "sexe", "date", "cog", "prenoms"),
            source="insi.md §4",
        )
    )
    return Reponse(code, trouves[0] if code == "00" else None)


def correspond(traits: Traits, personne: Personne) -> bool:
    """Name, sex and date equal; COG equal when given; each requested ``Prenom`` contained in order in the list."""
    return (
        traits.nom_naissance in personne.noms_recherche
        and traits.sexe == personne.sexe
        and traits.date_naissance == personne.date_naissance
        and (traits.lieu_naissance is None or traits.lieu_naissance == personne.lieu_naissance)
        and all(contenus_dans_l_ordre(p.split(), personne.prenoms_recherche) for p in traits.prenoms)
    )


def contenus_dans_l_ordre(demandes: Sequence[str], connus: Sequence[str]) -> bool:
    restants = iter(connus)
    return all(prenom in restants for prenom in demandes)


def _texte(champ: str, valeur: str, profil: str) -> str:
    normal = normaliser(valeur)
    refus = f"{champ}: "
    if not normal or len(valeur) > LONGUEUR_NOM:
        raise refuser(
            "insi_102",
            http=400,
            champ=champ,
            en=f"{refus}empty after normalisation, or longer than {LONGUEUR_NOM} characters.",
            fr=f"{refus}vide après normalisation, ou plus de {LONGUEUR_NOM} caractères.",
        )
    if est_nom_normalise(valeur) and (champ != "Prenom" or all(map(est_prenom_normalise, valeur.split(" ")))):
        return valeur
    if profil == "homologation":
        # insi.md §2.3 [S12]: the real platform answers the technical fault, not a 01.
        raise refuser(
            "insi_102",
            http=400,
            regle="INSI-NORMALISATION",
            champ=champ,
            en=f"{refus}send capital letters A-Z, hyphen, apostrophe and single blanks only.",
            fr=f"{refus}n'envoyez que des capitales A-Z, tirets, apostrophes et espaces simples.",
        )
    avertir(
        "INSI-NORMALISATION",
        fr=f"{champ} n'est pas normalisé : la plateforme réelle répondrait insi_102.",
        en=f"{champ} is not normalised: the real platform would answer insi_102.",
        champ=champ,
    )
    return normal


def _est_apres(valeur: str, jour: date) -> bool:
    """Whether a birth date lies after ``jour``; an incomplete one counts by its year."""
    interpretee = date_interpretee(valeur)
    return interpretee.year > jour.year or (interpretee.isoformat() == valeur and interpretee > jour)


def _manquant(champ: str) -> FauteINSi:
    return refuser(
        "sandbox_schema",
        regle="INSI-OBLIGATOIRE",
        champ=champ,
        en=f"{champ} is mandatory.",
        fr=f"{champ} est obligatoire.",
    )


_RAISONS = {
    "00": ("Une seule identité correspond aux traits.", "Exactly one identity matches the traits."),
    "01": (
        "Aucune identité ne correspond : changez de prénom, de forme du nom ou de lieu.",
        "No identity matches: try another given name, name form or place.",
    ),
    "02": (
        "Plusieurs identités correspondent : ajoutez les autres prénoms, puis le lieu.",
        "Several identities match: add the other given names, then the place.",
    ),
}
