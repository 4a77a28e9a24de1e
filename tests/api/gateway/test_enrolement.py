"""Discovery, clients, personas and minted tokens: what a bac lets be arranged."""

import warnings
from typing import Any

import httpx
import pytest
from jose import jwt as autre_jwt

from shared.auth.principal import Patient, Professionnel
from shared.auth.tokens import JetonRefuse, Verificateur
from shared.contracts.gateway import ProfessionnelCree, ProfessionnelModifie, SessionClose
from shared.contracts.ins import MatriculeChange, PersonneCreee, PersonneModifiee
from shared.monde.patients import PATIENTS
from tests.api.gateway.outils import CLIENT, REALM, RETOUR, Psc, retour

WELL_KNOWN = "/auth/realms/esante-wallet/.well-known"


async def test_both_discovery_names_tell_the_same_and_everything_they_name_answers(psc: Psc) -> None:
    wallet = (await psc.serveur.get(f"{WELL_KNOWN}/wallet-openid-configuration")).json()
    standard = (await psc.serveur.get(f"{WELL_KNOWN}/openid-configuration")).json()

    assert wallet == standard
    assert wallet["issuer"] == f"{psc.b.bac.base_url}/auth/realms/esante-wallet"
    for nom in ("jwks_uri", "authorization_endpoint", "end_session_endpoint"):
        assert (await psc.serveur.get(wallet[nom])).status_code in (200, 400)
    for nom in ("token_endpoint", "introspection_endpoint", "revocation_endpoint"):
        assert (await psc.serveur.post(wallet[nom])).status_code in (400, 401)
    assert (await psc.serveur.get(wallet["userinfo_endpoint"])).status_code == 401


async def test_a_strict_wallet_hides_the_standard_name(psc: Psc) -> None:
    await psc.controle("PATCH", "psc/settings", {"discovery_mode": "wallet_only"})

    assert (await psc.serveur.get(f"{WELL_KNOWN}/openid-configuration")).status_code == 404
    assert (await psc.serveur.get(f"{WELL_KNOWN}/wallet-openid-configuration")).status_code == 200
    await psc.controle("DELETE", "psc/settings")
    assert (await psc.serveur.get(f"{WELL_KNOWN}/openid-configuration")).status_code == 200


async def test_browsers_of_other_sites_may_not_call(psc: Psc) -> None:
    for path in (f"{REALM}/token", f"{REALM}/userinfo", f"{REALM}/token/introspect"):
        answer = await psc.serveur.options(path, headers={"Origin": "https://lps.test"})
        assert answer.status_code == 405
        assert "access-control-allow-origin" not in answer.headers
    page = await psc.autoriser()
    form = page.text.partition('action="')[2].partition('"')[0]
    ailleurs = await psc.web.post(form, headers={"Sec-Fetch-Site": "cross-site"}, data={"id_nat": "x"})
    assert ailleurs.status_code == 403


async def test_every_bac_has_its_own_keys_and_a_wrong_bacs_token_is_nothing(psc: Psc) -> None:
    from gateway.oidc.fournisseur import fournisseur

    ici = await fournisseur(psc.b.ctx).signataire(psc.b.bac.nom)
    ailleurs = await fournisseur(psc.b.ctx).signataire("autre")
    token = (await psc.connexion())["access_token"]

    assert ici.lire(token) is not None
    assert ailleurs.lire(token) is None
    assert ici.trousseau.signature.kid != ailleurs.trousseau.signature.kid


async def test_keys_survive_a_restart(psc: Psc) -> None:
    from gateway.oidc.fournisseur import Fournisseur, fournisseur

    avant = (await fournisseur(psc.b.ctx).signataire(psc.b.bac.nom)).trousseau.jwks()

    assert (await Fournisseur(psc.b.ctx).signataire(psc.b.bac.nom)).trousseau.jwks() == avant


async def test_a_client_is_enrolled_changed_and_removed(psc: Psc) -> None:
    client = await psc.controle(
        "POST", "clients", {"client_id": "mon-lps", "nom": "Mon LPS", "redirect_uris": ["https://lps.test/cb"]}
    )
    assert client["client_secret"]
    assert client["redirect_uris"] == ["https://lps.test/cb"]
    edite = await psc.controle(
        "PATCH", "clients/mon-lps", {"redirect_uris": {"ajouter": [RETOUR], "retirer": ["https://lps.test/cb"]}}
    )
    assert edite["redirect_uris"] == [RETOUR]
    auth = (client["client_id"], client["client_secret"])
    await psc.prevoir()
    code = retour(await psc.autoriser(client_id="mon-lps"))["code"]
    tokens = (await psc.jeton(client=auth, grant_type="authorization_code", code=code, redirect_uri=RETOUR)).json()
    assert (await psc.userinfo(tokens["access_token"])).status_code == 200

    await psc.controle("DELETE", "clients/mon-lps")

    assert (await psc.userinfo(tokens["access_token"])).status_code == 401
    assert (await psc.autoriser(client_id="mon-lps")).status_code == 400
    assert (await psc.serveur.get("/_bac/clients/mon-lps")).json()["regle"] == "PSC-CLI-02"


@pytest.mark.parametrize(
    ("corps", "regle"),
    [
        ({"client_id": "lps-demo-bas"}, "PSC-CLI-01"),
        ({"redirect_uris": ["/callback"]}, "PSC-CLI-05"),
        ({"redirect_uris": ["https://lps.test/cb#x"]}, "PSC-CLI-05"),
        ({"backchannel_logout_uri": "file:///etc/passwd"}, "PSC-CLI-06"),
        ({"client_id": "a b"}, "BAC-REQ-02"),
        ({"inconnu": 1}, "BAC-REQ-02"),
        ({"grant_types": ["password"]}, "BAC-REQ-02"),
    ],
)
async def test_a_bad_enrolment_names_its_field(psc: Psc, corps: dict[str, Any], regle: str) -> None:
    answer = await psc.serveur.post("/_bac/clients", json=corps)

    assert answer.status_code in (400, 409)
    assert answer.json()["regle"] == regle
    assert answer.json()["champ"].startswith(next(iter(corps)))


async def test_software_numbers_exist_by_default_and_can_be_added(psc: Psc) -> None:
    vus = (await psc.controle("GET", "clients"))["identifiants"]
    assert ("IDAM", "SBX0000001") in {(v["nature"], v["valeur"]) for v in vus}
    assert ("CLE_API", "bac-a-sante") in {(v["nature"], v["valeur"]) for v in vus}

    await psc.controle("POST", "clients/identifiants/IDAM", {"valeur": "AB12345678", "nom": "Mon LPS"})
    double = await psc.serveur.post("/_bac/clients/identifiants/IDAM", json={"valeur": "AB12345678"})
    assert double.json()["regle"] == "PSC-CLI-03"
    await psc.controle("DELETE", "clients/identifiants/IDAM/AB12345678")
    assert len((await psc.controle("GET", "clients"))["identifiants"]) == 2


async def test_personas_are_listed_by_kind(psc: Psc) -> None:
    tous = (await psc.controle("GET", "personas"))["personas"]
    kinds = {p["type"] for p in tous}

    assert kinds == {"professionnel", "patient", "structure", "logiciel"}
    assert len([p for p in tous if p["type"] == "professionnel"]) >= 26
    seuls = (await psc.controle("GET", "personas?type=patient"))["personas"]
    assert {p["type"] for p in seuls} == {"patient"}
    fiche = await psc.controle("GET", "personas/99700990015")
    assert fiche["userinfo"]["SubjectNameID"] == "899700990015"


async def test_a_professional_added_to_the_bac_signs_in_and_the_network_is_told(psc: Psc) -> None:
    cree = await psc.controle(
        "POST",
        "personas",
        {
            "nom": "D'ALEMBERT-ÉTOILE",
            "prenom": "ZOÉ",
            "profession": "60",
            "type_savoir_faire": "",
            "savoir_faire": "",
            "civilite_exercice": "MME",
            "adresse_mss": "zoe@mon.mssante.fr",
            "activites": [
                {"structure": {"raison_sociale": "CABINET D'À CÔTÉ", "finess": "990000010"}, "mode_exercice": "L"},
                {"structure": "cabinet-verdier"},
            ],
        },
    )
    assert cree["slug"] == "d-alembert-etoile-zoe"
    [event] = await psc.b.emis(ProfessionnelCree)
    assert (event.id_nat, event.profession_code, event.adresse_mss) == (cree["id_nat"], "60", "zoe@mon.mssante.fr")
    assert (event.structure_id, event.structure_nom) == ("1990000010", "CABINET D'À CÔTÉ")

    tokens = await psc.connexion(cree["slug"])
    info = (await psc.userinfo(tokens["access_token"])).json()

    assert (info["family_name"], info["SubjectOrganization"]) == ("D'ALEMBERT-ÉTOILE", "CABINET D'À CÔTÉ")
    lieux = [a["raisonSocialeSite"] for a in info["SubjectRefPro"]["exercices"][0]["activities"]]
    assert lieux == ["CABINET D'À CÔTÉ", "CABINET DU DOCTEUR VERDIER"]
    assert "ALEMBERT-ÉTOILE" in (await psc.autoriser(psc.navigateur())).text


@pytest.mark.parametrize(
    ("changes", "regle"),
    [
        ({"rpps": "99700990015"}, "PSC-PER-02"),
        ({"rpps": "99700990016"}, "PS-RPPS-01"),
        ({"id_nat": "12"}, "PS-IDNAT-01"),
        ({"slug": "verdier-mg"}, "PSC-PER-02"),
        ({"slug": "blanc-valmont"}, "PSC-PER-02"),
        ({"activites": [{"structure": "nulle-part"}]}, "PSC-PER-03"),
        ({"nom": ""}, "BAC-REQ-02"),
    ],
)
async def test_a_professional_cannot_take_anothers_place_nor_a_wrong_number(
    psc: Psc, changes: dict[str, Any], regle: str
) -> None:
    answer = await psc.serveur.post("/_bac/personas", json={"nom": "A", "prenom": "B", **changes})

    assert answer.status_code in (400, 409)
    assert answer.json()["regle"] == regle


async def test_someone_of_the_demonstration_world_changes_and_their_userinfo_follows(psc: Psc) -> None:
    token = (await psc.connexion("verdier-mg"))["access_token"]
    assert (await psc.userinfo(token)).json()["family_name"] == "VERDIER"

    await psc.controle("PATCH", "personas/verdier-mg", {"nom": "VERDIER-NOVA", "courriel": "a@b.fr"})

    info = (await psc.userinfo(token)).json()
    assert (info["family_name"], info["email"]) == ("VERDIER-NOVA", "a@b.fr")
    assert [e.nom for e in await psc.b.emis(ProfessionnelModifie)] == ["VERDIER-NOVA"]


async def test_a_closed_account_loses_its_sessions_and_signs_in_no_more(psc: Psc) -> None:
    token = (await psc.connexion("verdier-mg"))["access_token"]

    await psc.controle("DELETE", "personas/verdier-mg")

    assert (await psc.userinfo(token)).status_code == 401
    await psc.prevoir("verdier-mg")
    assert retour(await psc.autoriser())["error"] == "access_denied"
    assert (await psc.serveur.post("/_bac/personas/verdier-mg/tokens")).json()["regle"] == "PSC-PER-04"
    assert len(await psc.b.emis(SessionClose)) == 1


async def test_minted_tokens_work_everywhere_a_login_would(psc: Psc) -> None:
    api = await psc.enroler()
    tokens = await psc.controle("POST", "personas/verdier-mg/tokens", {"nonce": "n", "means": "CARD"})

    assert set(tokens) >= {"access_token", "refresh_token", "id_token", "refresh_expires_in", "session_state"}
    assert (await psc.userinfo(tokens["access_token"])).json()["authMode"] == "CARD"
    assert (await psc.introspecter(tokens["access_token"], api))["nonce"] == "n"
    assert (await psc.rafraichir(tokens["refresh_token"])).status_code == 200
    pour_api = await psc.controle("POST", "personas/810999000010/tokens", {"client_id": api[0]})
    assert (await psc.introspecter(pour_api["access_token"]))["client_id"] == api[0]
    for corps, regle in (({"client_id": "x"}, "PSC-CLI-02"), ({"scope": "email"}, "PSC-AUT-11")):
        answer = await psc.serveur.post("/_bac/personas/verdier-mg/tokens", json=corps)
        assert answer.json()["regle"] == regle
    assert (await psc.serveur.post("/_bac/personas/personne/tokens")).json()["regle"] == "PSC-PER-01"
    logiciel = await psc.serveur.post("/_bac/personas/logiciel-hopital-demo/tokens")
    assert logiciel.json()["regle"] == "PSC-PER-04"


async def test_the_services_own_verifier_takes_our_tokens_for_what_they_are(psc: Psc) -> None:
    verificateur = Verificateur(_PasserelleDirecte(psc))  # type: ignore[arg-type]  # the two calls it makes
    pro = (await psc.controle("POST", "personas/verdier-mg/tokens"))["access_token"]
    slug, personne = next(iter(PATIENTS.items()))
    patient = (await psc.controle("POST", f"personas/{slug}/tokens"))["access_token"]
    bac = psc.b.bac.estampille()

    verdier = await verificateur.verifier(pro, bac)
    usager = await verificateur.verifier(patient, bac)

    assert isinstance(verdier, Professionnel)
    assert (verdier.id_nat, verdier.profession_code, verdier.client_id) == ("810999000010", "10", CLIENT[0])
    assert len(verdier.activites) >= 1
    assert isinstance(usager, Patient)
    assert usager.matricule_ins == personne.matricule_ins
    assert (await psc.userinfo(patient)).status_code == 401


async def test_a_patients_token_is_opaque_about_who_asks_and_plain_about_the_matricule(psc: Psc) -> None:
    slug, personne = next(iter(PATIENTS.items()))
    api = await psc.enroler()
    ici = await psc.controle("POST", f"personas/{slug}/tokens")
    la = await psc.controle("POST", f"personas/{personne.matricule_ins}/tokens", {"client_id": api[0]})

    claims = autre_jwt.get_unverified_claims(ici["access_token"])
    assert claims["typ"] == "Patient"
    assert claims["matricule_ins"] == personne.matricule_ins
    assert claims["oid"] == "1.2.250.1.213.1.4.8"
    assert ici["sub"] != la["sub"]
    assert personne.matricule_ins not in ici["sub"]


class _PasserelleDirecte:
    """The gateway's internal face, without HTTP in between."""

    def __init__(self, psc: Psc) -> None:
        self._psc = psc

    async def jwks(self, bac: str) -> dict[str, Any]:
        from gateway.oidc import interne

        return await interne.jwks(self._psc.b.ctx, self._psc.b.bac)

    async def session(self, bac: str, sid: str) -> dict[str, Any]:
        from gateway.oidc import interne

        trouvee = await interne.session(self._psc.b.ctx, self._psc.b.bac, sid)
        assert trouvee is not None
        return trouvee


async def test_an_off_the_shelf_client_signs_in_by_discovery_alone(psc: Psc) -> None:
    """Authlib as relying party: discovery, PKCE, state, nonce, id_token checks, refresh, logout."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Authlib prefers a newer httpx
        from authlib.integrations.httpx_client import AsyncOAuth2Client
    from joserfc import jwt
    from joserfc.jwk import KeySet

    meta = (await psc.serveur.get(f"{WELL_KNOWN}/wallet-openid-configuration")).json()
    lps = AsyncOAuth2Client(
        *CLIENT,
        redirect_uri=RETOUR,
        scope="openid scope_all",
        code_challenge_method="S256",
        token_endpoint=meta["token_endpoint"],
        revocation_endpoint_auth_method="client_secret_basic",
        transport=httpx.ASGITransport(app=psc._porte()),
    )
    await psc.b.regler(jetons="reel")
    verifier = "x" * 64
    url, state = lps.create_authorization_url(
        meta["authorization_endpoint"], code_verifier=verifier, nonce="n1", acr_values="eidas1"
    )
    await psc.prevoir()
    answer = await psc.web.get(url)
    lps.state = state

    tokens = await lps.fetch_token(
        meta["token_endpoint"], authorization_response=answer.headers["location"], code_verifier=verifier, state=state
    )

    jwks = KeySet.import_key_set((await psc.serveur.get(meta["jwks_uri"])).json())
    claims = jwt.decode(tokens["id_token"], jwks).claims
    registry = jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": meta["issuer"]},
        aud={"essential": True, "value": CLIENT[0]},
        nonce={"essential": True, "value": "n1"},
        acr={"essential": True, "value": "eidas1"},
    )
    registry.validate(claims)
    info = await lps.get(meta["userinfo_endpoint"])
    assert info.json()["sub"] == claims["sub"]
    refreshed = await lps.refresh_token(meta["token_endpoint"], refresh_token=tokens["refresh_token"])
    assert refreshed["access_token"] != tokens["access_token"]
    fin = await psc.web.get(
        meta["end_session_endpoint"],
        params={"id_token_hint": refreshed["id_token"], "post_logout_redirect_uri": "http://127.0.0.1:8080/"},
    )
    assert fin.status_code == 302
    assert (await lps.get(meta["userinfo_endpoint"])).status_code == 401
    await lps.aclose()


async def test_a_service_forgets_the_client_that_left_and_knows_it_again_when_it_returns(psc: Psc) -> None:
    verificateur = Verificateur(_PasserelleDirecte(psc))  # type: ignore[arg-type]  # the two calls it makes
    bac = psc.b.bac.estampille()
    api = await psc.enroler()
    ici = await psc.connexion()
    la = await psc.jeton(
        client=api,
        grant_type="authorization_code",
        redirect_uri=RETOUR,
        code=retour(await psc.autoriser(client_id=api[0]))["code"],
    )
    for token in (ici["access_token"], la.json()["access_token"]):
        await verificateur.verifier(token, bac)

    await psc.serveur.post(f"{REALM}/revoke", data={"token": ici["refresh_token"]}, auth=CLIENT)
    verificateur.fermer(bac.nom, ici["session_state"])

    with pytest.raises(JetonRefuse):
        await verificateur.verifier(ici["access_token"], bac)
    assert await verificateur.verifier(la.json()["access_token"], bac)
    retrouve = (await psc.echanger(retour(await psc.autoriser())["code"])).json()
    assert retrouve["session_state"] == ici["session_state"]
    assert await verificateur.verifier(retrouve["access_token"], bac)


async def test_an_expired_token_stays_a_refusal_when_the_clock_goes_back(psc: Psc) -> None:
    verificateur = Verificateur(_PasserelleDirecte(psc))  # type: ignore[arg-type]  # the two calls it makes
    token = (await psc.connexion())["access_token"]
    avant = psc.b.bac.estampille()
    await psc.b.avancer(seconds=121)

    with pytest.raises(JetonRefuse):
        await verificateur.verifier(token, psc.b.bac.estampille())

    assert isinstance(await verificateur.verifier(token, avant), Professionnel)


async def test_a_patient_made_or_renumbered_in_the_bac_gets_tokens_under_the_new_number(psc: Psc) -> None:
    moment = psc.b.bac.now()
    traits: dict[str, Any] = {
        "oid": "1.2.250.1.213.1.4.9",
        "nom_naissance": "NOUVEAU",
        "prenom": "NÉ",
        "liste_prenoms": "NÉ",
        "sexe": "M",
        "date_naissance": "2026-01-01",
        "occurred_at": moment,
    }
    inconnu = await psc.serveur.post("/_bac/personas/199999999999934/tokens")
    assert inconnu.json()["regle"] == "PSC-PER-01"
    await psc.b.recevoir(PersonneCreee(matricule_ins="199999999999934", **traits))
    await psc.b.recevoir(
        MatriculeChange(
            occurred_at=moment,
            ancien_matricule_ins="199999999999934",
            ancien_oid="1.2.250.1.213.1.4.9",
            matricule_ins="199999999999842",
            oid="1.2.250.1.213.1.4.8",
        )
    )
    await psc.b.recevoir(PersonneModifiee(matricule_ins="199999999999842", **{**traits, "oid": "1.2.250.1.213.1.4.8"}))

    for cle in ("199999999999934", "199999999999842"):
        frappe = await psc.controle("POST", f"personas/{cle}/tokens")
        claims = autre_jwt.get_unverified_claims(frappe["access_token"])
        assert (claims["matricule_ins"], claims["oid"]) == ("199999999999842", "1.2.250.1.213.1.4.8")
        assert claims["family_name"] == "NOUVEAU"
