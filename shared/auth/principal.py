"""Principals: a professional, a patient. Separate types, separate dependencies (architecture §7)."""

from dataclasses import dataclass, field
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Activite:
    """One ``activities[]`` member of Pro Santé Connect's UserInfo (``pro-sante-connect.md`` §3.3)."""

    profession_code: str
    structure_id: str | None
    structure_nom: str | None
    secteur: str | None
    brut: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Professionnel:
    """The holder of a Pro Santé Connect access token, as UserInfo describes them.

    ``id_nat`` is the PS_IdNat (``8`` + RPPS …), ``profession_code`` the TRE_G15/R94 code of the first exercise,
    ``savoir_faire`` the codes of TRE_R38/R01 …, ``userinfo`` the whole document.
    """

    id_nat: str
    nom: str
    prenom: str
    profession_code: str
    savoir_faire: tuple[str, ...]
    activites: tuple[Activite, ...]
    sid: str
    client_id: str
    acr: str | None
    userinfo: dict[str, Any] = field(default_factory=dict)

    @property
    def structure_id(self) -> str | None:
        """The structure of the first activity."""
        return next((a.structure_id for a in self.activites if a.structure_id), None)

    @property
    def structures(self) -> tuple[str, ...]:
        return tuple(a.structure_id for a in self.activites if a.structure_id)

    @classmethod
    def from_userinfo(cls, userinfo: dict[str, Any], *, sid: str, client_id: str, acr: str | None) -> "Professionnel":
        ref = userinfo.get("SubjectRefPro") or {}
        exercices = ref.get("exercices") or []
        premier = exercices[0] if exercices else {}
        savoir = tuple(str(e[cle]) for e in exercices for cle in ("codeSavoirFaire",) if e.get(cle))
        activites = tuple(
            Activite(
                profession_code=str(e.get("codeProfession", "")),
                structure_id=a.get("entrepriseIdentifiant") or a.get("siteIdentifiant") or _structure(a),
                structure_nom=a.get("raisonSocialeSite") or a.get("enseigneCommercialeSite"),
                secteur=a.get("codeSecteurDactivite"),
                brut=a,
            )
            for e in exercices
            for a in e.get("activities") or []
        )
        return cls(
            id_nat=str(userinfo.get("SubjectNameID", "")),
            nom=str(userinfo.get("family_name", "")),
            prenom=str(userinfo.get("given_name", "")),
            profession_code=str(premier.get("codeProfession", "")),
            savoir_faire=savoir,
            activites=activites,
            sid=sid,
            client_id=client_id,
            acr=acr,
            userinfo=userinfo,
        )


def _structure(activite: dict[str, Any]) -> str | None:
    """The national structure id (``TRE_G07`` digit + id) of an activity, from whichever number it carries."""
    for cle, chiffre in (
        ("ancienIdentifiantDeLaStructure", ""),
        ("numeroFinessSite", "1"),
        ("numeroFinessetablissementJuridique", "1"),
        ("numeroSiretSite", "3"),
        ("numeroSirenSite", "2"),
        ("identifiantTechniqueDeLaStructure", ""),
    ):
        if activite.get(cle):
            return f"{chiffre}{activite[cle]}"
    return None


@dataclass(frozen=True, slots=True)
class Patient:
    """A person signed in to Mon espace santé or holding the carte Vitale app. ``matricule_ins``: 15 characters."""

    matricule_ins: str
    nom: str
    prenom: str
    sid: str
    client_id: str


Principal: TypeAlias = Professionnel | Patient
