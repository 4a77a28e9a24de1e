"""JSON face: the names of the XSD in snake_case (insi.md §14), the same result codes."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from services.ins.domain.lots import Lot
from services.ins.domain.personne import Matricule, Personne
from services.ins.domain.recherche import Reponse, Traits
from services.ins.domain.verification import INSFourni
from services.ins.domain.vitale import DemandeVitale, MatriculeLu
from shared.identite.ins import NatureMatricule, OidMode

_TEXTE = 200


class SansNul(BaseModel):
    """No NUL in any text: no database or XML could hold it."""

    @field_validator("*", mode="before")
    @classmethod
    def _sans_nul(cls, valeur: Any) -> Any:
        if isinstance(valeur, str) and "\x00" in valeur:
            raise ValueError("NUL is not a character of any trait or code")
        return valeur


class Modele(SansNul):
    model_config = ConfigDict(extra="forbid", str_max_length=_TEXTE)


class RechercheTraits(Modele):
    """``RECSANSVITALE``; ``prenom`` is one value or a list. Mandatory traits are a business rule, as in the XSD."""

    nom_naissance: str = ""
    prenom: list[str] = Field(default=[], max_length=20)
    sexe: str = ""
    date_naissance: str = ""
    lieu_naissance: str | None = None

    @field_validator("prenom", mode="before")
    @classmethod
    def _liste(cls, valeur: Any) -> Any:
        return [valeur] if isinstance(valeur, str) else valeur

    def to_domain(self) -> Traits:
        return Traits(self.nom_naissance, tuple(self.prenom), self.sexe, self.date_naissance, self.lieu_naissance)


class IdIndividu(Modele):
    num_identifiant: str
    cle: str
    type_matricule: NatureMatricule = NatureMatricule.NIR

    def to_domain(self) -> MatriculeLu:
        return MatriculeLu(self.num_identifiant, self.cle)


class RechercheVitale(Modele):
    """``RECVITALE``."""

    matricule_individu: IdIndividu | None = None
    matricule_od: IdIndividu | None = None
    nom_naissance: str | None = None
    date_naissance: str | None = None
    rang_naissance: int | None = Field(None, ge=1, le=9)

    def to_domain(self) -> DemandeVitale:
        return DemandeVitale(
            individu=self.matricule_individu.to_domain() if self.matricule_individu else None,
            ouvreur_droit=self.matricule_od.to_domain() if self.matricule_od else None,
            nom_naissance=self.nom_naissance,
            date_naissance=self.date_naissance,
            rang_naissance=self.rang_naissance,
        )


class InsFournie(Modele):
    id_individu: IdIndividu
    oid: str = ""


class TraitsIdentite(Modele):
    nom_naissance: str = ""
    prenom: str | None = None
    liste_prenom: str | None = None
    sexe: str = ""
    date_naissance: str = ""
    lieu_naissance: str | None = None


class Verification(Modele):
    """``IndividuVerifie``."""

    ins_fourni: InsFournie
    traits_identite_individu: TraitsIdentite

    def to_domain(self) -> INSFourni:
        individu, traits = self.ins_fourni.id_individu, self.traits_identite_individu
        return INSFourni(
            num=individu.num_identifiant,
            cle=individu.cle,
            type_matricule=individu.type_matricule.value,
            oid=self.ins_fourni.oid,
            nom_naissance=traits.nom_naissance,
            prenom=traits.prenom,
            liste_prenoms=traits.liste_prenom,
            sexe=traits.sexe,
            date_naissance=traits.date_naissance,
            lieu_naissance=traits.lieu_naissance,
        )


class Demandeur(Modele):
    finess: str | None = None


class ItemLot(Modele):
    ref: str = Field(min_length=1, max_length=100)
    ins: InsFournie
    traits: TraitsIdentite

    def to_domain(self) -> tuple[str, INSFourni]:
        return self.ref, Verification(ins_fourni=self.ins, traits_identite_individu=self.traits).to_domain()


class DepotLot(Modele):
    """Our own design, the real format is not public (insi.md §7)."""

    demandeur: Demandeur = Demandeur()
    items: list[ItemLot] = Field(max_length=10_000)


class NouvellePersonne(Modele):
    """A person added to this bac. Without a key, it is computed."""

    num_identifiant: str
    cle: str | None = None
    type_matricule: NatureMatricule = NatureMatricule.NIR
    nom_naissance: str
    liste_prenom: str
    sexe: str
    date_naissance: str
    lieu_naissance: str | None = None
    rang_naissance: int = Field(1, ge=1, le=9)
    alias: list[str] = Field(default=[], max_length=10)
    ouvreurs_droit: list[str] = Field(default=[], max_length=2)


class TraitsCorriges(Modele):
    nom_naissance: str
    liste_prenom: str
    sexe: str
    date_naissance: str
    lieu_naissance: str | None = None


class NouveauMatricule(Modele):
    num_identifiant: str
    cle: str | None = None
    type_matricule: NatureMatricule = NatureMatricule.NIR
    motif: str | None = None


def resultat(reponse: Reponse, mode: OidMode) -> dict[str, Any]:
    """``RESULTAT``: ``individu`` with code 00 only."""
    corps: dict[str, Any] = {"code_cr": reponse.code_cr, "libelle_cr": reponse.libelle_cr}
    if reponse.personne is not None:
        corps["individu"] = individu(reponse.personne, mode)
    return corps


def resultat_verification(reponse: Reponse) -> dict[str, Any]:
    return {"code_cr": reponse.code_cr, "libelle_cr": reponse.libelle_cr}


def individu(personne: Personne, mode: OidMode) -> dict[str, Any]:
    return {
        "insactif": _ins(personne, personne.matricule, mode),
        "inshisto": [_ins(personne, m, mode) for m in personne.historique],
        "tiq": {
            "nom_naissance": personne.nom_naissance,
            "prenom": personne.prenoms[0],
            "liste_prenom": personne.liste_prenoms,
            "sexe": personne.sexe,
            "date_naissance": personne.date_naissance,
            "lieu_naissance": personne.lieu_naissance,
        },
    }


def lot(depose: Lot, etat: str) -> dict[str, Any]:
    corps: dict[str, Any] = {"idLot": depose.id, "etat": etat, "nb": len(depose.resultats)}
    if etat == "TERMINE":
        corps["resultats"] = [
            {"ref": r.ref, "codeCR": r.code_cr} | ({"erreur": r.erreur} if r.erreur else {}) for r in depose.resultats
        ]
    return corps


def _ins(personne: Personne, matricule: Matricule, mode: OidMode) -> dict[str, Any]:
    ins: dict[str, Any] = {
        "id_individu": {
            "num_identifiant": matricule.num,
            "cle": matricule.cle,
            "type_matricule": matricule.nature.value,
        },
        "oid": personne.oid(mode, matricule),
    }
    if matricule.debut is not None:
        ins["date_deb"] = matricule.debut
    if matricule.fin is not None:
        ins["date_fin"] = matricule.fin
    return ins
