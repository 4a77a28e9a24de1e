"""UserInfo, compared to the published example and to the variants integrators must survive."""

import json

import pytest

from gateway.oidc.domain import userinfo
from gateway.oidc.domain.reglages import Reglages
from shared.monde.professionnels import PROFESSIONNELS
from shared.monde.structures import STRUCTURES
from tests.unit.psc.outils import REGLAGES

ORDRE_ACTIVITE = (
    "codeModeExercice codeSecteurDactivite codeSectionPharmacien codeRole codeGenreActivite numeroSiretSite "
    "numeroSirenSite numeroFinessSite numeroFinessetablissementJuridique identifiantTechniqueDeLaStructure "
    "raisonSocialeSite enseigneCommercialeSite complementDestinataire complementPointGeographique numeroVoie "
    "indiceRepetitionVoie codeTypeDeVoie libelleVoie mentionDistribution bureauCedex codePostal codeCommune codePays "
    "telephone telephone2 telecopie adresseEMail codeDepartement ancienIdentifiantDeLaStructure autoriteDenregistrement"
)


def composer(persona: str, reglages: Reglages = REGLAGES, scope: str = "openid scope_all") -> dict[str, object]:
    return userinfo.composer(
        PROFESSIONNELS[persona],
        structure=STRUCTURES.get,
        scope=scope,
        auth_mode="MOBILE",
        reglages=reglages,
    )


def test_the_published_gp_with_two_activities_is_rendered_as_published() -> None:
    claims = composer("exemple-un-mg")

    assert claims["SubjectNameID"] == claims["preferred_username"] == "899700990015"
    assert claims["Secteur_Activite"] == "SA07^1.2.250.1.71.4.2.4"
    assert claims["SubjectRole"] == ["10^1.2.250.1.213.1.1.5.5"]
    assert (claims["SubjectOrganization"], claims["SubjectOrganizationID"]) == ("CABINET DEMO UN", "R99001")
    assert claims["otherIds"] == [{"identifiant": "899700990015", "origine": "RPPS", "qualite": 1}]
    [exercice] = claims["SubjectRefPro"]["exercices"]  # type: ignore[index]
    assert (exercice["codeTypeSavoirFaire"], exercice["codeSavoirFaire"]) == ("S", "SM54")
    cabinet, hopital = exercice["activities"]
    assert cabinet["numeroSiretSite"] == "99990001200017"
    assert cabinet["ancienIdentifiantDeLaStructure"] == "499700990015001"
    assert cabinet["autoriteDenregistrement"] == "CNOM/CNOM/CNOM"
    assert cabinet["bureauCedex"] == "99990 DEMOVILLE"
    assert (hopital["numeroFinessSite"], hopital["numeroFinessetablissementJuridique"]) == ("990000010", "990000028")
    assert hopital["identifiantTechniqueDeLaStructure"] == "F990000010"


@pytest.mark.parametrize("persona", sorted(PROFESSIONNELS))
def test_every_persona_has_string_members_in_the_published_order_and_no_null(persona: str) -> None:
    claims = composer(persona)

    assert "null" not in json.dumps(claims)
    for exercice in claims.get("SubjectRefPro", {}).get("exercices", []):  # type: ignore[attr-defined]
        for activite in exercice["activities"]:
            assert list(activite) == ORDRE_ACTIVITE.split()
            assert all(isinstance(v, str) for v in activite.values())


def test_the_first_activity_gives_the_top_level_members() -> None:
    claims = composer("renard-deux-professions")

    exercices = claims["SubjectRefPro"]["exercices"]  # type: ignore[index]
    assert [e["codeProfession"] for e in exercices] == ["10", "40"]
    premiere = exercices[0]["activities"][0]
    assert claims["SubjectOrganization"] == premiere["raisonSocialeSite"]
    assert str(claims["Secteur_Activite"]).startswith(premiere["codeSecteurDactivite"])


def test_someone_outside_the_registry_has_six_members_and_nothing_else() -> None:
    attendus = ["sub", "preferred_username", "codeCivilite", "given_name", "family_name", "SubjectNameID"]

    assert list(composer("perrin-sans-exercice")) == attendus
    assert list(composer("verdier-mg", scope="openid")) == attendus


def test_shapes_reproduce_what_integrators_met() -> None:
    vieux = composer("exemple-un-mg", Reglages(userinfo_shape="2021"))
    assert vieux["SubjectRefPro"]["codeCivilite"] == "MME"  # type: ignore[index]
    assert vieux["SubjectOrganizationID"] == ""
    assert "codeCivilite" not in vieux

    assert "SubjectRefPro" not in composer("verdier-mg", Reglages(userinfo_shape="no_SubjectRefPro"))
    assert "SubjectRole" not in composer("verdier-mg", Reglages(userinfo_shape="minimal"))
    nu = composer("exemple-un-mg", Reglages(idnat_format="bare_rpps"))
    assert nu["preferred_username"] == "99700990015"
    assert str(nu["sub"]).endswith(":99700990015")


def test_a_psi_account_is_known_by_its_uuid() -> None:
    claims = composer("psi-pionnier")

    assert {"identifiant": claims["SubjectNameID"], "origine": "PSI", "qualite": 2} in claims["otherIds"]  # type: ignore[operator]
    assert len(claims["otherIds"]) == 1  # type: ignore[arg-type]


def test_the_samu_regulator_is_told_apart() -> None:
    assert composer("robin-samu")["Acces_Regulation_Medicale"] == "VRAI"
    assert composer("verdier-mg")["Acces_Regulation_Medicale"] == "FAUX"
