"""Recherche de l'INS avec la carte Vitale: who on the card is asked about (insi.md §5)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.ins.domain.fautes import refuser
from services.ins.domain.personne import Personne
from services.ins.domain.recherche import Reponse, controler_date
from services.ins.domain.verification import controler_num
from shared.decision import Decision, avertir, noter
from shared.identite.traits import normaliser

AGE_MAX_ASSERTION = timedelta(minutes=20)
"""CNDA test 1.02 (insi.md §5)."""


@dataclass(frozen=True, slots=True)
class MatriculeLu:
    num: str
    cle: str


@dataclass(frozen=True, slots=True)
class DemandeVitale:
    """A ``RECVITALE``: the beneficiary's own matricule when the card has it, else the insured's and the birth data."""

    individu: MatriculeLu | None = None
    ouvreur_droit: MatriculeLu | None = None
    nom_naissance: str | None = None
    date_naissance: str | None = None
    rang_naissance: int | None = None


@dataclass(frozen=True, slots=True)
class Couverture:
    """``ContexteBAM/COUVERTURE`` as read on the card."""

    assure: str | None = None
    beneficiaire: str | None = None
    date_naissance: str | None = None
    rang: int | None = None

    @property
    def est_vide(self) -> bool:
        return self == Couverture()


@dataclass(frozen=True, slots=True)
class LigneCarte:
    """One beneficiary as a carte Vitale shows it."""

    ouvreur_droit: str
    nom_naissance: str
    date_naissance: str
    rang_naissance: int
    personne_id: str


def controler(demande: DemandeVitale, *, aujourd_hui: date) -> DemandeVitale:
    for champ, lu in (("MatriculeIndividu", demande.individu), ("MatriculeOD", demande.ouvreur_droit)):
        if lu is not None:
            controler_num(lu.num, lu.cle, champ=champ)
    if demande.individu is None and demande.ouvreur_droit is None:
        raise refuser(
            "sandbox_schema",
            regle="INSI-VITALE-MATRICULE",
            champ="MatriculeOD",
            en="Give the beneficiary's own matricule, or the insured person's.",
            fr="Donnez le matricule du bénéficiaire, ou celui de l'ouvreur de droits.",
        )
    if demande.individu is None and demande.date_naissance is None:
        raise refuser(
            "sandbox_schema",
            regle="INSI-OBLIGATOIRE",
            champ="DateNaissance",
            en="DateNaissance is needed when the beneficiary's own matricule is not given.",
            fr="DateNaissance est nécessaire quand le matricule du bénéficiaire n'est pas donné.",
        )
    if demande.date_naissance is not None:
        controler_date(demande.date_naissance, aujourd_hui=aujourd_hui)
    return demande


def verifier_age(emise_le: datetime, *, at: datetime, profil: str) -> None:
    """The Vitale assertion is valid 20 minutes (insi.md §5, test 1.02)."""
    if at - emise_le <= AGE_MAX_ASSERTION:
        return
    if profil == "lenient":
        avertir(
            "INSI-sandbox_vitale_exp",
            fr="Assertion Vitale de plus de 20 minutes.",
            en="Vitale assertion older than 20 minutes.",
        )
        return
    raise refuser("sandbox_vitale_exp", champ="Assertion/@IssueInstant")


def verifier_meme_beneficiaire(demande: DemandeVitale, couverture: Couverture) -> None:
    """A card swapped between reading and call is refused (test 1.03): context and body name the same beneficiary."""
    lu_individu = demande.individu.num if demande.individu else None
    lu_od = demande.ouvreur_droit.num if demande.ouvreur_droit else None
    paires = (
        ("COUVERTURE/ASSURE/Id/Num", couverture.assure, lu_od),
        ("COUVERTURE/BENEFICIAIRE/Nir/Num", couverture.beneficiaire, lu_individu),
        ("COUVERTURE/BENEFICIAIRE/DateNai", couverture.date_naissance, demande.date_naissance),
        ("COUVERTURE/BENEFICIAIRE/Rang", couverture.rang, demande.rang_naissance),
    )
    for champ, contexte, corps in paires:
        if contexte is not None and corps is not None and contexte != corps:
            raise refuser("insi_201", champ=champ)


def choisir_ligne(demande: DemandeVitale, lignes: Iterable[LigneCarte]) -> LigneCarte | None:
    """The beneficiary of the card with that birth date, rank and name; the rank tells twins apart."""
    retenues = [
        ligne
        for ligne in lignes
        if ligne.date_naissance == demande.date_naissance
        and (demande.rang_naissance is None or ligne.rang_naissance == demande.rang_naissance)
        and (not demande.nom_naissance or normaliser(ligne.nom_naissance) == normaliser(demande.nom_naissance))
    ]
    return retenues[0] if len(retenues) == 1 else None


def repondre(demande: DemandeVitale, personne: Personne | None) -> Reponse:
    """00 or 01; 02 is described for the traits search only (insi.md §5)."""
    trouve = personne is not None and (
        demande.date_naissance is None or personne.date_naissance == demande.date_naissance
    )
    par = "matricule" if demande.individu else "carte"
    noter(
        Decision(
            "INSI-CR-00" if trouve else "INSI-CR-01",
            "accepte",
            fr="Bénéficiaire de la carte trouvé." if trouve else "Aucun bénéficiaire ne correspond.",
            en="Beneficiary of the card found." if trouve else "No beneficiary matches.",
            entrees={"par": par},
            source="insi.md §5",
        )
    )
    return Reponse("00", personne) if trouve else Reponse("01")
