"""UserInfo of a professional, member by member as published (PSC §3): empty values are ``""``, never null."""

from collections.abc import Callable, Mapping
from typing import Any

from gateway.oidc.domain.reglages import Reglages
from shared.monde.modele import Activite, Exercice, Professionnel, Structure

# The Keycloak user-storage component of the ANS samples (PSC §2.5).
COMPOSANT = "550dc1c8-d97b-4b1e-ac8c-8eb4471cf9dd"
OID_PROFESSION = "1.2.250.1.213.1.1.5.5"
OID_SECTEUR = "1.2.250.1.71.4.2.4"
PALIER = "APPPRIP3^1.2.250.1.213.1.5.1.1.1"
PSI_LOCALE = "1.2.250.1.213.1.3.1.1"

TrouverStructure = Callable[[str], Structure | None]


def identifiant(personne: Professionnel, reglages: Reglages) -> str:
    """The national identifier as the bac shows it; ``bare_rpps`` drops the prefix (PSC §2.13 failure 1)."""
    rpps = personne.rpps
    return str(rpps) if reglages.idnat_format == "bare_rpps" and rpps is not None else personne.id_nat


def sujet(personne: Professionnel, reglages: Reglages) -> str:
    return f"f:{COMPOSANT}:{identifiant(personne, reglages)}"


def acr(personne: Professionnel, auth_mode: str, reglages: Reglages) -> str | None:
    """``eidas1`` for everyone, or by means of authentication, or no claim at all (PSC §2.5).

    A persona tagged ``eidas2`` gets it whatever the policy, so that vendors meet the case early.
    """
    if reglages.acr_policy == "absent":
        return None
    if "eidas2" in personne.situations:
        return "eidas2"
    return "eidas2" if reglages.acr_policy == "by_auth_mode" and auth_mode == "CARD" else "eidas1"


def composer(
    personne: Professionnel,
    *,
    structure: TrouverStructure,
    scope: str,
    auth_mode: str,
    reglages: Reglages,
    courriel: str | None = None,
) -> dict[str, Any]:
    """The claims for this scope: everything with ``scope_all``, the identity members without it.

    Someone unknown to the registry (no practice) gets the six members observed for such accounts.
    """
    id_nat = identifiant(personne, reglages)
    identite: dict[str, Any] = {
        "sub": sujet(personne, reglages),
        "preferred_username": id_nat,
        "codeCivilite": personne.civilite,
        "given_name": personne.prenom,
        "family_name": personne.nom,
        "SubjectNameID": id_nat,
    }
    if "scope_all" not in scope.split() or not personne.exercices or reglages.userinfo_shape == "minimal":
        return identite
    return _complet(personne, identite, structure, auth_mode, reglages, courriel)


def _complet(
    personne: Professionnel,
    identite: dict[str, Any],
    structure: TrouverStructure,
    auth_mode: str,
    reglages: Reglages,
    courriel: str | None,
) -> dict[str, Any]:
    forme_2021 = reglages.userinfo_shape == "2021"
    exercices = [_exercice(e, personne, structure) for e in personne.exercices]
    premiere = next(iter(personne.exercices[0].activites), None)
    lieu = structure(premiere.structure) if premiere and premiere.structure else None
    secteur = premiere.secteur if premiere else ""
    civilite = identite.pop("codeCivilite")
    ref_pro: dict[str, Any] = {"exercices": exercices}
    claims: dict[str, Any] = {
        "Secteur_Activite": f"{secteur}^{OID_SECTEUR}" if secteur else "",
        **identite,
        "email_verified": False,
        "SubjectOrganization": lieu.raison_sociale if lieu else "",
        "SubjectOrganizationID": lieu.id_technique if lieu and not forme_2021 else "",
        "Mode_Acces_Raison": "",
        "Acces_Regulation_Medicale": "VRAI" if "regulation-medicale" in personne.situations else "FAUX",
        "UITVersion": "1.0",
        "authMode": auth_mode,
        "Palier_Authentification": PALIER,
        "SubjectRole": [f"{personne.profession}^{OID_PROFESSION}"],
        "PSI_Locale": PSI_LOCALE,
        "otherIds": _autres_identifiants(personne),
    }
    if forme_2021:
        ref_pro = {"codeCivilite": civilite, **ref_pro}
    else:
        claims["codeCivilite"] = civilite
        claims["codeGenreActivite"] = premiere.genre if premiere else ""
    if reglages.userinfo_shape != "no_SubjectRefPro":
        claims["SubjectRefPro"] = ref_pro
    if courriel and reglages.userinfo_shape != "no_email":
        claims["email"] = courriel
    return claims


def _autres_identifiants(personne: Professionnel) -> list[dict[str, Any]]:
    principal = (personne.id_nat, personne.ps_id_nat.origine, 2 if "-" in personne.id_nat[:9] else 1)
    tous = dict.fromkeys((principal, *personne.autres_ids))
    return [{"identifiant": i, "origine": o, "qualite": q} for i, o, q in tous]


def _exercice(exercice: Exercice, personne: Professionnel, structure: TrouverStructure) -> dict[str, Any]:
    return {
        "codeProfession": exercice.profession,
        "codeCategorieProfessionnelle": exercice.categorie,
        "codeCiviliteDexercice": exercice.civilite,
        "nomDexercice": exercice.nom or personne.nom,
        "prenomDexercice": exercice.prenom or personne.prenom,
        "codeTypeSavoirFaire": exercice.type_savoir_faire,
        "codeSavoirFaire": exercice.savoir_faire,
        "activities": [_activite(a, structure) for a in exercice.activites],
    }


def _activite(activite: Activite, structure: TrouverStructure) -> dict[str, str]:
    """One activity, all strings, in the published order (PSC §3.3; note the lower-case *e* of the legal entity)."""
    lieu = structure(activite.structure) if activite.structure else None
    adresse = lieu.adresse if lieu else None
    return {
        "codeModeExercice": activite.mode_exercice,
        "codeSecteurDactivite": activite.secteur,
        "codeSectionPharmacien": activite.section_pharmacien,
        "codeRole": activite.role,
        "codeGenreActivite": activite.genre,
        "numeroSiretSite": lieu.siret if lieu else "",
        "numeroSirenSite": lieu.siren if lieu else "",
        "numeroFinessSite": lieu.finess if lieu else "",
        "numeroFinessetablissementJuridique": lieu.finess_ej if lieu else "",
        "identifiantTechniqueDeLaStructure": lieu.id_technique if lieu else "",
        "raisonSocialeSite": lieu.raison_sociale if lieu else "",
        "enseigneCommercialeSite": lieu.enseigne if lieu else "",
        "complementDestinataire": "",
        "complementPointGeographique": adresse.complement if adresse else "",
        "numeroVoie": adresse.numero if adresse else "",
        "indiceRepetitionVoie": adresse.indice if adresse else "",
        "codeTypeDeVoie": adresse.type_voie if adresse else "",
        "libelleVoie": adresse.libelle_voie if adresse else "",
        "mentionDistribution": "",
        "bureauCedex": f"{adresse.code_postal} {adresse.ville}" if adresse else "",
        "codePostal": adresse.code_postal if adresse else "",
        "codeCommune": adresse.commune if adresse else "",
        "codePays": adresse.pays if adresse else "",
        "telephone": lieu.telephone if lieu else "",
        "telephone2": "",
        "telecopie": lieu.telecopie if lieu else "",
        "adresseEMail": lieu.courriel if lieu else "",
        "codeDepartement": adresse.departement if adresse else "",
        "ancienIdentifiantDeLaStructure": lieu.identifiant if lieu else "",
        "autoriteDenregistrement": activite.autorite,
    }


def identite_du_jeton(personne: Professionnel, reglages: Reglages) -> Mapping[str, Any]:
    """The identity claims of tokens (PSC §2.5)."""
    id_nat = identifiant(personne, reglages)
    return {"email_verified": False, "preferred_username": id_nat, "SubjectNameID": id_nat}
