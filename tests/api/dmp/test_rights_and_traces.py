"""Who sees what: masking, matrix, blocking, emergency; every access leaves a trace (dmp.md §6 to §9)."""

import httpx
import pytest

from shared.contracts.dmp import (
    AutorisationModifiee,
    DocumentMasque,
    DocumentSupprime,
    DossierConsulte,
    NotificationEmise,
)
from shared.monde.patients import PATIENTS
from shared.monde.professionnels import PROFESSIONNELS
from tests.api.dmp.fabrique import ARCHIVER, FHIR, JSON_PATCH, SUPPRIMER, bundle, ins, patch, patient
from tests.banc import Banc

BRIS = {"Mode-Acces": "bris_de_glace", "Mode-Acces-Raison": "Patient inconscient"}


async def search(b: Banc, slug: str, qui: str, headers: dict[str, str] | None = None, **params: str) -> httpx.Response:
    return await b.client.get(
        "/fhir/dmp/DocumentReference",
        params={"patient.identifier": patient(slug), "status": "current", **params},
        headers={**b.ps(qui), **(headers or {})},
    )


def titres(answer: httpx.Response) -> set[str]:
    assert answer.status_code == 200, answer.text
    return {e["resource"]["content"][0]["attachment"]["title"] for e in answer.json().get("entry", [])}


async def fed(b: Banc, slug: str = "blanc-valmont", qui: str = "verdier-mg", **options: object) -> tuple[str, str]:
    """(id, uniqueId) of a new document."""
    corps = bundle(slug, qui, **options)  # type: ignore[arg-type]  # the builder's own options
    answer = await b.client.post("/fhir/dmp", json=corps, headers={**b.ps(qui), **FHIR})
    assert answer.status_code == 200, answer.text
    unique_id = corps["entry"][1]["resource"]["masterIdentifier"]["value"]
    return answer.json()["entry"][1]["response"]["location"].split("/")[1], unique_id


async def patcher(b: Banc, unique_id: str, corps: object, qui: str = "verdier-mg", **entetes: str) -> httpx.Response:
    return await b.client.patch(
        f"/fhir/dmp/DocumentReference?identifier=urn:ietf:rfc:3986|{unique_id}",
        json=corps,
        headers={**b.ps(qui), **JSON_PATCH, **entetes},
    )


@pytest.mark.exigence("AD-027", "AD-028", "AD-029", "MSK-1")
async def test_a_masked_document_is_seen_by_its_depositor_and_the_medecin_traitant_only(b: Banc) -> None:
    autre = await search(b, "vidal-masques", "exemple-un-mg")
    deposant = await search(b, "vidal-masques", "morel-cardio")
    traitant = await search(b, "vidal-masques", "verdier-mg")

    assert titres(autre) == {"Synthèse médicale", "Mes volontés"}
    assert titres(deposant) == {"Synthèse médicale", "Mes volontés", "Avis cardiologique"}
    assert titres(traitant) == titres(deposant) | {"Certificat médical"}
    masque = next(e["resource"] for e in deposant.json()["entry"] if "Avis" in str(e["resource"]["content"]))
    assert masque["securityLabel"][1]["coding"][0]["code"] == "MASQUE_PS"


async def test_what_is_not_listed_cannot_be_read_by_its_id_either(b: Banc) -> None:
    traitant = await search(b, "vidal-masques", "verdier-mg")
    masque = next(
        e["resource"]["id"] for e in traitant.json()["entry"] if "Certificat" in str(e["resource"]["content"])
    )

    entree = await b.client.get(f"/fhir/dmp/DocumentReference/{masque}", headers=b.ps("exemple-un-mg"))
    octets = await b.client.get(f"/fhir/dmp/Binary/{masque}", headers=b.ps("exemple-un-mg"))

    assert entree.status_code == 404
    assert octets.status_code == 403
    assert any(r.startswith("DMP-DF-TD3.2") for r in b.regles(octets))
    assert "Certificat" not in entree.text + octets.text


@pytest.mark.exigence("AD-031", "AD-032")
async def test_the_habilitation_matrix_filters_the_list_and_refuses_the_reading(b: Banc) -> None:
    dentiste = await search(b, "schmitt", "keller-dentiste")
    kine = await search(b, "schmitt", "saint-martin-kine")
    directives = next(
        e["resource"]["id"] for e in kine.json()["entry"] if "directives" in str(e["resource"]["content"])
    )

    refus = await b.client.get(f"/fhir/dmp/Binary/{directives}", headers=b.ps("keller-dentiste"))

    assert "Mes directives anticipées" in titres(kine)
    assert "Mes directives anticipées" not in titres(dentiste)
    assert refus.status_code == 403
    assert "DMP-AD-032" in b.regles(refus)


@pytest.mark.exigence("AD-025", "AD-026")
@pytest.mark.parametrize(
    ("slug", "qui", "regle"),
    [
        ("kermadec", "exemple-un-mg", "DMP-AD-025"),
        ("masson-bloque", "morel-cardio", "DMP-AD-026"),
    ],
)
async def test_reading_needs_an_authorisation_and_no_block(b: Banc, slug: str, qui: str, regle: str) -> None:
    answer = await search(b, slug, qui)
    await b.client.get("/fhir/dmp/AuditEvent", params={"patient.identifier": patient(slug)}, headers=b.ps(qui))

    assert answer.status_code == 403
    assert answer.json()["issue"][0]["code"] == "forbidden"
    note = next(d for d in b.notes(answer)["decisions"] if d["regle"] == regle)
    assert note["verdict"] == "refuse"
    assert note["ligne"]["id"] == regle.removeprefix("DMP-")
    assert note["entrees"]["bloque"] is (regle == "DMP-AD-026")
    histoire = await b.client.get(
        "/fhir/dmp/AuditEvent", params={"patient.identifier": patient(slug)}, headers=b.ps("verdier-mg")
    )
    refusees = [e["resource"] for e in histoire.json()["entry"] if e["resource"]["outcome"] == "8"]
    assert refusees[0]["outcomeDesc"] == regle
    assert refusees[0]["agent"][0]["who"]["identifier"]["value"] == PROFESSIONNELS[qui].id_nat


@pytest.mark.exigence("AD-006", "AD-007", "AD-012", "TD0.3")
async def test_a_professional_declares_and_removes_his_own_authorisation(b: Banc) -> None:
    url = f"/dmp/v1/patients/{PATIENTS['kermadec'].matricule_ins}/autorisations"
    qui = b.ps("exemple-un-mg")

    ajout = await b.client.post(url, json={"action": "AJOUT"}, headers=qui)
    encore = await b.client.post(url, json={"action": "AJOUT"}, headers=qui)
    lu = await search(b, "kermadec", "exemple-un-mg")
    retrait = await b.client.post(url, json={"action": "SUPPRESSION"}, headers=qui)
    apres = await search(b, "kermadec", "exemple-un-mg")

    assert ajout.json()["context"]["mode"] == "ACTIVE"
    assert (encore.status_code, "DMP-AD-007" in b.regles(encore)) == (403, True)
    assert lu.status_code == 200
    assert retrait.json()["context"]["mode"] == "RETIREE"
    assert apres.status_code == 403
    assert [e.changement for e in await b.emis(AutorisationModifiee)] == ["AUTH_PS_SET", "AUTH_PS_REMOVED"]


async def test_an_occasional_authorisation_ends_with_the_day(b: Banc) -> None:
    url = f"/dmp/v1/patients/{PATIENTS['kermadec'].matricule_ins}/autorisations"
    demande = {"action": "AJOUT", "occasionnelle": True}
    assert (await b.client.post(url, json=demande, headers=b.ps("exemple-un-mg"))).status_code == 200

    await b.avancer(hours=14)
    le_soir = await search(b, "kermadec", "exemple-un-mg")
    await b.avancer(hours=2)
    demain = await search(b, "kermadec", "exemple-un-mg")

    assert (le_soir.status_code, demain.status_code) == (200, 403)


@pytest.mark.exigence("AD-008", "AD-009", "AD-011", "BLK-1")
@pytest.mark.parametrize(
    ("slug", "qui", "entetes", "regle"),
    [
        ("masson-bloque", "morel-cardio", {}, "DMP-AD-008"),
        ("kermadec", "exemple-un-mg", BRIS, "DMP-AD-009"),
        ("kermadec", "colin-travail", {}, "DMP-AD-011"),
    ],
)
async def test_nobody_declares_himself_against_the_rules(
    b: Banc, slug: str, qui: str, entetes: dict[str, str], regle: str
) -> None:
    url = f"/dmp/v1/patients/{PATIENTS[slug].matricule_ins}/autorisations"

    answer = await b.client.post(url, json={"action": "AJOUT"}, headers={**b.ps(qui), **entetes})

    assert answer.status_code == 403
    assert regle in b.regles(answer)
    assert set(answer.json()["explication"]) == {"fr", "en"}


@pytest.mark.exigence("AD-010", "AD-014", "AD-015", "AD-065", "AD-066")
async def test_the_medecin_traitant_blocks_and_reads_the_whole_history(b: Banc) -> None:
    matricule = PATIENTS["blanc-valmont"].matricule_ins
    url = f"/dmp/v1/patients/{matricule}"
    cible = {"titulaire": PROFESSIONNELS["morel-cardio"].id_nat}
    assert (await search(b, "blanc-valmont", "morel-cardio")).status_code == 200

    refuse = await b.client.post(f"{url}/blocages", json=cible, headers=b.ps("exemple-un-mg"))
    bloque = await b.client.post(f"{url}/blocages", json=cible, headers=b.ps("verdier-mg"))
    ensuite = await search(b, "blanc-valmont", "morel-cardio")
    listees = await b.client.get(f"{url}/autorisations?mode=INTERDITE", headers=b.ps("verdier-mg"))
    params = {"patient.identifier": patient("blanc-valmont")}
    tout = await b.client.get("/fhir/dmp/AuditEvent", params=params, headers=b.ps("verdier-mg"))
    siens = await b.client.get("/fhir/dmp/AuditEvent", params=params, headers=b.ps("exemple-un-mg"))

    assert (refuse.status_code, "DMP-AD-015" in b.regles(refuse)) == (403, True)
    assert bloque.status_code == 200
    assert ensuite.status_code == 403
    assert [a["nationalId"] for a in listees.json()["autorisations"]] == [cible["titulaire"]]
    acteurs = {e["resource"]["agent"][0]["who"]["identifier"]["value"] for e in tout.json()["entry"]}
    assert len(acteurs) >= 3
    assert {e["resource"]["agent"][0]["who"]["identifier"]["value"] for e in siens.json()["entry"]} == {
        PROFESSIONNELS["exemple-un-mg"].id_nat
    }


@pytest.mark.exigence("AD-010")
async def test_a_doctor_becomes_and_stops_being_medecin_traitant(b: Banc) -> None:
    url = f"/dmp/v1/patients/{PATIENTS['vasseur'].matricule_ins}/autorisations"
    role = {"role": "MEDECIN_TRAITANT"}

    pris = await b.client.post(url, json={"action": "AJOUT", **role}, headers=b.ps("exemple-un-mg"))
    infirmiere = await b.client.post(url, json={"action": "AJOUT", **role}, headers=b.ps("martin-dupuy-idel"))
    rendu = await b.client.post(url, json={"action": "SUPPRESSION", **role}, headers=b.ps("exemple-un-mg"))

    assert pris.json()["context"]["specificRight"] == "MEDECIN_TRAITANT"
    assert infirmiere.status_code == 403
    assert rendu.json()["context"]["specificRight"] is None
    assert rendu.json()["context"]["mode"] == "ACTIVE"


@pytest.mark.exigence("AD-040", "AD-041", "AD-042", "AD-044", "URG-1")
async def test_break_glass_needs_a_reason_is_told_to_patient_and_medecin_traitant_and_can_be_opposed(b: Banc) -> None:
    sans = await search(b, "vidal-masques", "urgence-urgentiste", {"Mode-Acces": "bris_de_glace"})
    avec = await search(b, "vidal-masques", "urgence-urgentiste", BRIS)
    oppose = await search(b, "marais-sans-urgence", "urgence-urgentiste", BRIS)

    assert (sans.status_code, "DMP-AD-041" in b.regles(sans)) == (422, True)
    assert "Certificat médical" in titres(avec)  # masked documents too, unless the patient restricts them
    assert (oppose.status_code, "DMP-AD-042" in b.regles(oppose)) == (403, True)
    [consulte] = await b.emis(DossierConsulte)
    assert (consulte.mode_acces, consulte.motif, consulte.notifier) == ("bris_de_glace", "Patient inconscient", True)
    [au_mt] = [n for n in await b.emis(NotificationEmise) if n.destinataire_id_nat]
    assert au_mt.destinataire_id_nat == PROFESSIONNELS["verdier-mg"].id_nat


@pytest.mark.exigence("AD-037", "AD-038", "URG-2")
async def test_regulation_is_for_the_regulating_doctor_without_a_reason(b: Banc) -> None:
    centre_15 = {"Mode-Acces": "centre_15"}

    regulateur = await search(b, "kermadec", "robin-samu", centre_15)
    infirmiere = await search(b, "kermadec", "martin-dupuy-idel", centre_15)
    generaliste = await search(b, "kermadec", "exemple-un-mg", centre_15)
    oppose = await search(b, "marais-sans-urgence", "robin-samu", centre_15)

    assert regulateur.json()["total"] == 4
    for refus in (infirmiere, generaliste):
        assert (refus.status_code, "DMP-ETAPE-6-REGULATEUR" in b.regles(refus)) == (403, True)
    assert "DMP-AD-038" in b.regles(oppose)


async def test_an_unknown_access_mode_is_refused(b: Banc) -> None:
    answer = await search(b, "kermadec", "verdier-mg", {"Mode-Acces": "passe-partout"})

    assert (answer.status_code, b.regles(answer)) == (400, ["DMP-V7"])


@pytest.mark.exigence("AD-035", "AD-036")
@pytest.mark.parametrize(("qui", "statut"), [("simon-secretaire", 403), ("colin-travail", 403)])
async def test_employees_and_occupational_physicians_do_not_read(b: Banc, qui: str, statut: int) -> None:
    traitant = await search(b, "blanc-valmont", "verdier-mg")
    doc = traitant.json()["entry"][0]["resource"]["id"]

    answer = await b.client.get(f"/fhir/dmp/Binary/{doc}", headers=b.ps(qui))

    assert answer.status_code == statut
    assert {"DMP-AD-035", "DMP-DF-TD3.2-G"} & set(b.regles(answer))


@pytest.mark.exigence("TD3.3a", "AD-046", "AD-047", "AD-048", "AD-049", "AD-050")
async def test_hiding_twice_answers_the_same_and_tells_the_network_once(b: Banc) -> None:
    _, uid = await fed(b)

    for _ in range(2):
        answer = await patcher(b, uid, patch("MASQUE_PS"))
        assert answer.status_code == 200, answer.text
        assert [x["coding"][0]["code"] for x in answer.json()["securityLabel"]] == ["N", "MASQUE_PS"]
    autre = await patcher(b, uid, patch("N"), "exemple-un-mg")
    encore = await patcher(b, uid, patch("N"))

    assert answer.json()["meta"]["versionId"] == "2"
    assert autre.status_code == 403
    assert "DMP-AD-049" in b.regles(autre)
    assert [x["coding"][0]["code"] for x in encore.json()["securityLabel"]] == ["N"]
    assert [e.changement for e in await b.emis(DocumentMasque)] == ["DOC_MASKED", "DOC_UNMASKED"]


@pytest.mark.exigence("AD-047")
async def test_masking_another_professionals_document_is_refused(b: Banc) -> None:
    _, uid = await fed(b)

    answer = await patcher(b, uid, patch("MASQUE_PS"), "morel-cardio")

    assert (answer.status_code, "DMP-AD-047" in b.regles(answer)) == (403, True)


@pytest.mark.exigence("AD-052", "AD-053", "TD3.3b")
async def test_a_document_becomes_visible_to_the_patient_and_never_hides_again(b: Banc) -> None:
    _, uid = await fed(b, labels=("N", "INVISIBLE_PATIENT"))

    visible = await patcher(b, uid, patch("N"))
    recache = await patcher(b, uid, patch("INVISIBLE_PATIENT"))

    assert [x["coding"][0]["code"] for x in visible.json()["securityLabel"]] == ["N"]
    assert (recache.status_code, "DMP-AD-052" in b.regles(recache)) == (422, True)


@pytest.mark.exigence("AD-056", "AD-057", "TD3.3c")
async def test_only_the_author_unpublishes_and_the_content_is_served_no_more(b: Banc) -> None:
    doc, uid = await fed(b)

    autre = await patcher(b, uid, SUPPRIMER, "morel-cardio")
    auteur = await patcher(b, uid, SUPPRIMER)
    octets = await b.client.get(f"/fhir/dmp/Binary/{doc}", headers=b.ps())
    demasquer = await patcher(b, uid, patch("MASQUE_PS"))
    vus = await search(b, "blanc-valmont", "verdier-mg", status="entered-in-error")

    assert (autre.status_code, "DMP-AD-057" in b.regles(autre)) == (403, True)
    codes = {c["code"] for c in autre.json()["issue"][0]["details"]["coding"]}
    assert "DMPDeleteForbiddenNotAuthor" in codes
    assert auteur.json()["status"] == "entered-in-error"
    assert octets.status_code == 410
    assert demasquer.status_code == 422
    assert [e["resource"]["id"] for e in vus.json()["entry"]] == [doc]
    assert [e.unique_id for e in await b.emis(DocumentSupprime)] == [uid.removeprefix("urn:oid:")]


@pytest.mark.exigence("AD-059", "AD-060")
async def test_a_patients_document_is_deleted_by_the_medecin_traitant_only(b: Banc) -> None:
    vus = await search(b, "vidal-masques", "verdier-mg")
    r = next(e["resource"] for e in vus.json()["entry"] if "volontés" in str(e["resource"]["content"]))
    uid = r["masterIdentifier"]["value"]

    autre = await patcher(b, uid, SUPPRIMER, "exemple-un-mg")
    traitant = await patcher(b, uid, SUPPRIMER, "verdier-mg")

    assert (autre.status_code, "DMP-AD-059" in b.regles(autre)) == (403, True)
    assert (traitant.status_code, "DMP-AD-060" in b.regles(traitant)) == (200, True)


@pytest.mark.exigence("TD3.3d", "AD-061", "AD-063")
async def test_archiving_follows_the_published_path_even_though_it_is_no_json_pointer(b: Banc) -> None:
    _, uid = await fed(b)
    texte = [{**ARCHIVER[0], "value": "false"}]

    autre = await patcher(b, uid, ARCHIVER, "morel-cardio")
    archive = await patcher(b, uid, ARCHIVER)
    retour = await patcher(b, uid, texte)

    assert (autre.status_code, "DMP-AD-061" in b.regles(autre)) == (403, True)
    assert archive.json()["extension"][-1]["valueBoolean"] is True
    assert retour.json()["extension"][-1]["valueBoolean"] is False
    assert "DMP-PATCH-BOOLEEN" in b.regles(retour)


@pytest.mark.parametrize(
    ("corps", "statut", "regle"),
    [
        ([{"op": "replace", "path": "/type", "value": {}}], 405, "DMP-PATCH-405"),
        ([{"op": "replace", "path": "/status", "value": "superseded"}], 422, "DMP-PATCH-STATUT"),
        ([{"op": "replace", "path": "/securityLabel/0", "value": {"coding": [{"code": "SECRET"}]}}], 422, "MD-10"),
        ([{"op": "replace", "path": "/securityLabel/0", "value": {}}], 422, "DMP-PATCH-LABEL"),
        ([], 400, "BAC-FHIR-20"),
        ({"a": 1}, 400, "BAC-FHIR-20"),
    ],
)
async def test_a_patch_changes_only_what_may_change(b: Banc, corps: object, statut: int, regle: str) -> None:
    _, uid = await fed(b)

    answer = await patcher(b, uid, corps)

    assert (answer.status_code, b.regles(answer)[-1]) == (statut, regle)


async def test_a_patch_of_a_stale_version_or_of_nothing_is_refused(b: Banc) -> None:
    _, uid = await fed(b)
    perime = await patcher(b, uid, patch("MASQUE_PS"), **{"If-Match": 'W/"7"'})
    inconnu = await patcher(b, "urn:oid:1.2.3.4", patch("MASQUE_PS"))

    assert (perime.status_code, b.regles(perime)) == (409, ["PATCH-VERSION"])
    assert inconnu.status_code == 404


@pytest.mark.exigence("TD0.2", "AD-001", "AD-002", "AD-003", "AD-004", "AD-005")
async def test_the_existence_test_tells_the_state_and_never_an_opposition(b: Banc) -> None:
    async def tester(slug: str, qui: str = "verdier-mg") -> dict[str, object]:
        i = ins(slug)
        answer = await b.client.get(
            "/fhir/dmp/Patient", params={"identifier": f"{i['system']}|{i['value']}"}, headers=b.ps(qui)
        )
        assert answer.status_code == 200, answer.text
        corps: dict[str, object] = answer.json()
        return corps

    ouvert = await tester("blanc-valmont")
    oppose = await tester("lemoine-oppose")
    jamais = await tester("gillet-notifiee")
    clos = await tester("perret-clos")
    bloque = await tester("masson-bloque", "morel-cardio")

    patiente, consent = (e["resource"] for e in ouvert["entry"])  # type: ignore[attr-defined]
    assert patiente["active"] is True
    assert {e["url"].rsplit("/", 1)[1]: e.get("valueBoolean") for e in patiente["extension"]} == {
        "dmp-rattachement-mes": True,
        "dmp-medecin-traitant": True,
    }
    assert consent["provision"]["type"] == "permit"
    assert {k: v for k, v in oppose.items() if k != "link"} == {k: v for k, v in jamais.items() if k != "link"}
    assert oppose["total"] == 0
    ferme = clos["entry"][0]["resource"]  # type: ignore[index]
    assert ferme["active"] is False
    assert "FERMETURE_DEMANDE_PATIENT" in str(ferme["extension"])
    assert bloque["entry"][1]["resource"]["provision"]["type"] == "deny"  # type: ignore[index]


@pytest.mark.exigence("TD0.4")
async def test_a_professional_lists_the_patients_who_authorised_him(b: Banc) -> None:
    answer = await b.client.get("/dmp/v1/patients", headers=b.ps("exemple-un-mg"))

    listes = {p["matricule_ins"]: p for p in answer.json()["patients"]}
    assert PATIENTS["blanc-valmont"].matricule_ins in listes
    assert PATIENTS["lemoine-oppose"].matricule_ins not in listes
    assert listes[PATIENTS["villedieu"].matricule_ins]["MT"] is True
