"""P2, P3, P5 to P9: recording, double submissions, cancelling; each refusal names rule and field."""

import asyncio
import json
import uuid
from typing import Any

import pytest

from services.eprescription.domain import numero as numeros
from shared.contracts.eprescription import PrescriptionAnnulee, PrescriptionCreee
from tests.api.eprescription.corps import V1, creer, ligne, morphine, ordonnance, prendre, servir
from tests.banc import Banc


async def test_p1_gives_a_number_with_its_key_and_both_qr_contents(b: Banc) -> None:
    r = await b.client.post(f"{V1}/numeros", headers=b.ps())

    assert r.status_code == 201
    assert numeros.cle_est_juste(r.json()["numero"])
    assert r.json()["qr"]["compat"] == r.json()["numero"]
    assert r.json()["qr"]["signe"].startswith(f"EP1.{r.json()['numero']}.20260115.k1.")


@pytest.mark.exigence("P2", "MED-18")
async def test_the_dry_run_lists_rules_and_stores_nothing(b: Banc) -> None:
    corps = ordonnance(ligne(substitution={"code": "N"}), ligne(rang=2, ald=False))

    r = await b.client.post(f"{V1}/prescriptions/controle", json=corps, headers=b.ps())

    assert r.status_code == 200
    assert r.json()["acceptable"] is False
    trouvees = {(c["id"], c["severite"], c["chemin"]) for c in r.json()["regles"]}
    assert ("MED-18", "B", "lignes[0].substitution.motif") in trouvees
    assert ("MED-26", "A", "sousTypes") in trouvees
    assert (await prendre(b, corps["numero"])).status_code == 404


@pytest.mark.exigence("MED-18", "EP-422-01")
async def test_a_blocking_rule_refuses_with_its_id_path_and_both_languages(b: Banc) -> None:
    corps = ordonnance(ligne(substitution={"code": "N"}))

    r = await creer(b, corps)

    probleme = r.json()
    assert (r.status_code, probleme["code"], probleme["regle"]) == (422, "EP-422-01", "MED-18")
    assert probleme["champ"] == "lignes[0].substitution.motif"
    assert "MTE, EFG ou CIF" in probleme["explication"]["fr"]
    assert "must be followed" in probleme["explication"]["en"]
    assert r.headers["content-type"] == "application/problem+json"
    decision = next(d for d in b.notes(r)["decisions"] if d["regle"] == "MED-18")
    assert decision["ligne"]["severite"] == "B"
    assert await b.emis(PrescriptionCreee) == []


@pytest.mark.exigence("MED-23", "EP-422-02")
async def test_a_rule_of_severity_j_waits_for_a_justification_of_that_line(b: Banc) -> None:
    leponex = ligne(produit={"cis": "62552920"}, accordDeSoins=True)
    corps = ordonnance(leponex)

    refus = await creer(b, corps)
    assert (refus.status_code, refus.json()["code"], refus.json()["regle"]) == (422, "EP-422-02", "MED-23")

    corps["justifications"] = [{"regle": "MED-23", "texte": "Relais du CHU", "rang": 1}]
    assert (await creer(b, corps)).status_code == 201


@pytest.mark.exigence("EP-409-02")
async def test_the_same_key_and_body_answer_the_first_answer_and_another_body_is_refused(b: Banc) -> None:
    corps, cle = ordonnance(), {"Idempotency-Key": str(uuid.uuid4())}

    premiere = await creer(b, corps, **cle)
    rejouee = await creer(b, corps, **cle)

    assert (premiere.status_code, rejouee.status_code) == (201, 201)
    assert rejouee.headers["idempotency-replayed"] == "true"
    assert rejouee.content == premiere.content
    assert len(await b.emis(PrescriptionCreee)) == 1
    autre = await creer(b, corps | {"grossesse": False}, **cle)
    assert (autre.status_code, autre.json()["code"], autre.json()["champ"]) == (409, "EP-409-02", "Idempotency-Key")
    await b.avancer(hours=25)
    assert (await creer(b, corps, **cle)).headers.get("idempotency-replayed") is None


async def test_ten_simultaneous_submissions_of_one_click_record_it_once(b: Banc) -> None:
    corps = ordonnance()
    entetes = b.ps() | {"Idempotency-Key": str(uuid.uuid4())}

    reponses = await asyncio.gather(
        *(b.client.post(f"{V1}/prescriptions", json=corps, headers=entetes) for _ in range(10))
    )

    assert {r.status_code for r in reponses} == {201}
    assert len({r.content for r in reponses}) == 1
    assert sum(r.headers.get("idempotency-replayed") == "true" for r in reponses) == 9
    assert len(await b.emis(PrescriptionCreee)) == 1


@pytest.mark.exigence("GEN-02", "EP-409-01")
async def test_a_number_belongs_to_one_content(b: Banc) -> None:
    corps = ordonnance()
    assert (await creer(b, corps)).status_code == 201
    assert (await creer(b, corps)).status_code == 200

    reponses = await asyncio.gather(*(creer(b, corps | {"grossesse": bool(i)}) for i in range(4)))

    assert {(r.status_code, r.json()["regle"]) for r in reponses} == {(409, "GEN-02")}
    assert len(await b.emis(PrescriptionCreee)) == 1


@pytest.mark.exigence("GEN-04", "EP-403-01")
@pytest.mark.parametrize("qui", ["garnier-pharmacien", "simon-secretaire", "marchand-transporteur"])
async def test_who_may_not_prescribe_is_told_so(b: Banc, qui: str) -> None:
    r = await creer(b, ordonnance(prescripteur=qui) if qui == "garnier-pharmacien" else ordonnance(), qui)

    assert (r.status_code, r.json()["code"], r.json()["regle"]) == (403, "EP-403-01", "GEN-04")


@pytest.mark.exigence("GEN-03")
async def test_nobody_prescribes_in_another_s_name(b: Banc) -> None:
    r = await creer(b, ordonnance(prescripteur="martin-mg"), "verdier-mg")

    assert (r.status_code, r.json()["regle"], r.json()["champ"]) == (422, "GEN-03", "prescripteur.rpps")


MAUVAIS: list[tuple[str, dict[str, Any] | bytes, tuple[int, str, str]]] = [
    ("malformed", b'{"numero": ', (400, "EP-400-01", "corps")),
    ("not UTF-8", b'{"numero": "\xff"}', (400, "EP-400-01", "corps")),
    ("an array", b"[]", (400, "EP-400-02", "corps")),
    ("NUL inside", b'{"type": "A\\u0000"}', (400, "EP-400-02", "corps")),
    ("a date that is none", {"dateRedaction": "2026-02-30T09:00:00+01:00"}, (400, "EP-400-02", "dateRedaction")),
    ("a date without offset", {"dateRedaction": "2026-01-15T09:00:00"}, (400, "EP-400-02", "dateRedaction")),
    ("a future date", {"dateRedaction": "2026-01-15T10:06:00+01:00"}, (422, "EP-422-01", "dateRedaction")),
    (
        "validity reversed",
        {"validite": {"debut": "2026-01-15", "fin": "2026-01-14"}},
        (422, "EP-422-01", "validite.fin"),
    ),
    (
        "text for a number",
        {"lignes": [ligne(quantite={"valeur": "2"})]},
        (400, "EP-400-02", "lignes[0].quantite.valeur"),
    ),
    (
        "a negative quantity",
        {"lignes": [ligne(quantite={"valeur": -1})]},
        (400, "EP-400-02", "lignes[0].quantite.valeur"),
    ),
    ("two lines of one rank", {"lignes": [ligne(), ligne()]}, (400, "EP-400-02", "corps")),
    ("an unknown family", {"lignes": [{"rang": 1, "famille": "X"}]}, (400, "EP-400-02", "lignes[0]")),
    ("an unknown type", {"type": "AUTRE_CHOSE"}, (422, "EP-422-05", "type")),
    ("an unknown route", {"lignes": [ligne(voie="1")]}, (422, "EP-422-05", "lignes[0].voie")),
    (
        "a wrong CIP13 key",
        {"lignes": [ligne(produit={"cip13": "3400939718331"})]},
        (422, "EP-422-05", "lignes[0].produit.cip13"),
    ),
    ("a malformed number", {"numero": "01ILOU"}, (422, "EP-422-01", "numero")),
    ("no line", {"lignes": []}, (422, "EP-422-01", "lignes")),
]


@pytest.mark.parametrize(("quoi", "changement", "attendu"), MAUVAIS, ids=[m[0] for m in MAUVAIS])
async def test_bad_input_is_refused_by_code_and_field(
    b: Banc, quoi: str, changement: dict[str, Any] | bytes, attendu: tuple[int, str, str]
) -> None:
    entetes = b.ps() | {"Content-Type": "application/json"}
    if isinstance(changement, bytes):
        r = await b.client.post(f"{V1}/prescriptions", content=changement, headers=entetes)
    else:
        r = await b.client.post(f"{V1}/prescriptions", json=ordonnance() | changement, headers=entetes)

    assert (r.status_code, r.json().get("code"), r.json().get("champ")) == attendu, r.text
    assert r.json()["explication"]["fr"]
    assert r.json()["explication"]["en"]


async def test_an_oversized_body_and_a_wrong_content_type_are_refused(b: Banc) -> None:
    gros = await b.client.post(
        f"{V1}/prescriptions", content=b" " * 600_000, headers=b.ps() | {"Content-Type": "application/json"}
    )
    assert (gros.status_code, gros.json()["champ"]) == (413, "corps")
    xml = await b.client.post(f"{V1}/prescriptions", content=b"<a/>", headers=b.ps() | {"Content-Type": "text/xml"})
    assert (xml.status_code, xml.json()["code"]) == (415, "EP-415-01")


@pytest.mark.exigence("INS-MAT-02")
async def test_a_matricule_with_a_wrong_key_or_a_foreign_oid_is_refused(b: Banc) -> None:
    corps = ordonnance()
    corps["patient"]["ins"]["matricule"] = "285076311304227"
    cle = await creer(b, corps)
    assert (cle.status_code, cle.json()["champ"]) == (400, "patient.ins.matricule")
    corps = ordonnance()
    corps["patient"]["ins"]["oid"] = "1.2.250.1.213.1.4.10"
    assert (await creer(b, corps)).json()["champ"] == "patient.ins.oid"
    await b.regler(oid_mode="test")
    assert (await creer(b, corps)).status_code == 201


async def test_accents_apostrophes_and_other_alphabets_come_back_as_they_went(b: Banc) -> None:
    corps = ordonnance(patient="d-orgeval")
    corps["patient"]["prenoms"] = "JEAN-BAPTISTE Zoé Łukasz 日本"
    corps["lignes"][0]["posologie"]["texte"] = "« l’œuf » ½ comprimé — à jeun 😀"
    await creer(b, corps)

    vue = (await b.client.get(f"{V1}/prescriptions/{corps['numero']}", headers=b.ps())).json()

    assert vue["patient"]["prenoms"] == "JEAN-BAPTISTE Zoé Łukasz 日本"
    assert vue["lignes"][0]["posologie"]["texte"] == "« l’œuf » ½ comprimé — à jeun 😀"
    pdf = await b.client.get(f"{V1}/prescriptions/{corps['numero']}?format=pdf", headers=b.ps())
    assert pdf.status_code == 200


@pytest.mark.exigence("P5", "EP-403-02", "EP-409-04")
async def test_only_the_author_or_the_same_structure_cancels_and_only_before_execution(b: Banc) -> None:
    corps = ordonnance()
    await creer(b, corps)
    chemin = f"{V1}/prescriptions/{corps['numero']}/annulation"
    motif = {"motif": "ERREUR_PRESCRIPTION"}

    assert (await b.client.post(chemin, json=motif, headers=b.ps("martin-mg"))).json()["code"] == "EP-403-02"
    assert (await b.client.post(chemin, json={"motif": "ENVIE"}, headers=b.ps())).json()["champ"] == "motif"
    assert (await b.client.post(chemin, json={"motif": "AUTRE"}, headers=b.ps())).json()["champ"] == "texte"
    faite = await b.client.post(chemin, json=motif, headers=b.ps())
    assert (faite.status_code, faite.json()["statut"]) == (200, "ANNULEE")
    assert (await b.client.post(chemin, json=motif, headers=b.ps())).json()["code"] == "EP-409-03"
    [event] = await b.emis(PrescriptionAnnulee)
    assert event.numero == corps["numero"]

    entamee = ordonnance()
    await creer(b, entamee)
    await servir(b, entamee["numero"])
    tard = await b.client.post(f"{V1}/prescriptions/{entamee['numero']}/annulation", json=motif, headers=b.ps())
    assert (tard.status_code, tard.json()["code"]) == (409, "EP-409-04")
    arret = await b.client.post(f"{V1}/prescriptions/{entamee['numero']}/arret", json=motif, headers=b.ps())
    assert arret.json()["statut"] == "ARRETEE"
    assert arret.json()["lignes"] == [{"rang": 1, "statut": "ANNULEE"}]


@pytest.mark.exigence("P6")
async def test_a_replacement_records_the_new_and_cancels_the_old_or_does_neither(b: Banc) -> None:
    ancienne, nouvelle = ordonnance(), ordonnance(ligne(dureeJours=15))
    await creer(b, ancienne)
    chemin = f"{V1}/prescriptions/{ancienne['numero']}/remplacement"
    fautive = nouvelle | {"lignes": []}
    assert (await b.client.post(chemin, json={"prescription": fautive}, headers=b.ps())).json()["regle"] == "GEN-11"
    lue = await b.client.get(f"{V1}/prescriptions/{ancienne['numero']}", headers=b.ps())
    assert lue.json()["statut"] == "ACTIVE"

    r = await b.client.post(chemin, json={"prescription": nouvelle}, headers=b.ps())

    assert r.status_code == 201, r.text
    lue = (await b.client.get(f"{V1}/prescriptions/{ancienne['numero']}", headers=b.ps())).json()
    assert (lue["statut"], lue["remplaceePar"]) == ("ANNULEE", nouvelle["numero"])
    assert (await prendre(b, nouvelle["numero"])).status_code == 201


@pytest.mark.exigence("EP-412-01", "EP-428-01", "EP-403-06", "EP-400-02")
async def test_homologation_insists_on_headers_and_known_fields(b: Banc) -> None:
    await b.regler(profil="homologation")
    corps = ordonnance(signature="jws")
    assert (await creer(b, corps)).json()["code"] == "EP-403-06"
    logiciel = {"X-Logiciel": "LGC Essai/1.0; agrement=TEST"}
    assert (await creer(b, corps, **logiciel)).json()["code"] == "EP-428-01"
    entetes = logiciel | {"Idempotency-Key": str(uuid.uuid4())}
    inconnu = await creer(b, corps | {"fantaisie": 1}, **entetes)
    assert (inconnu.json()["code"], inconnu.json()["champ"]) == ("EP-400-02", "fantaisie")
    assert (await creer(b, corps | {"signature": ""}, **entetes)).json()["regle"] == "GEN-18"
    assert (await creer(b, corps, **entetes)).status_code == 201

    chemin = f"{V1}/prescriptions/{corps['numero']}/consentement"
    sans = await b.client.put(chemin, json={"consultationExecution": "NON"}, headers=b.ps() | logiciel)
    assert (sans.json()["code"], sans.json()["champ"]) == ("EP-428-01", "If-Match")
    perimee = await b.client.put(
        chemin, json={"consultationExecution": "NON"}, headers=b.ps() | logiciel | {"If-Match": '"7"'}
    )
    assert (perimee.status_code, perimee.json()["code"]) == (412, "EP-412-01")
    juste = await b.client.put(
        chemin, json={"consultationExecution": "NON"}, headers=b.ps() | logiciel | {"If-Match": '"1"'}
    )
    assert juste.headers["etag"] == '"2"'


@pytest.mark.exigence("P9")
async def test_a_suspended_line_is_not_delivered_until_resumed(b: Banc) -> None:
    corps = ordonnance(ligne(), ligne(rang=2))
    await creer(b, corps)
    chemin = f"{V1}/prescriptions/{corps['numero']}/lignes/1"
    assert (await b.client.post(f"{chemin}/suspension", headers=b.ps())).json()["lignes"][0]["statut"] == "SUSPENDUE"

    refus = await servir(b, corps["numero"])
    assert (refus.status_code, refus.json()["code"]) == (409, "EP-409-03")
    await b.avancer(minutes=31)

    assert (await b.client.post(f"{chemin}/reprise", headers=b.ps())).json()["lignes"][0]["statut"] == "A_EXECUTER"
    assert (await servir(b, corps["numero"])).status_code == 201


@pytest.mark.exigence("MED-17")
async def test_two_overlapping_morphines_are_refused_until_the_first_is_cancelled(b: Banc) -> None:
    secure: dict[str, Any] = {"sousTypes": ["MED-1098"]}
    premiere, seconde = ordonnance(morphine(), **secure), ordonnance(morphine(), **secure)
    assert (await creer(b, premiere)).status_code == 201

    assert (await creer(b, seconde)).json()["regle"] == "MED-17"

    await b.client.post(
        f"{V1}/prescriptions/{premiere['numero']}/annulation", json={"motif": "DOUBLON"}, headers=b.ps()
    )
    assert (await creer(b, seconde)).status_code == 201


async def test_the_rule_catalogue_says_what_is_decided_here(b: Banc) -> None:
    regles = {r["id"]: r for r in (await b.client.get(f"{V1}/regles")).json()}

    assert len(regles) == 147
    assert regles["MED-18"]["appliquee"] is True
    assert regles["MED-22"]["appliquee"] is False
    assert regles["GEN-18"]["severite"] == "A"


@pytest.mark.parametrize(
    "changement",
    [
        {"dateRedaction": "0001-01-01T00:00:00+14:00"},
        {"dateRedaction": "9999-12-31T23:59:59-12:00"},
        {"fantaisie": 10**30},
        {"lignes": [ligne(quantite={"valeur": 1e-300})]},
        {"lignes": [morphine(debut="9999-12-31")]},
        {"lignes": [morphine(dureeJours=3660, renouvellements=1000)]},
        {"remplace": "x" * 200},
        {"consultationExecution": "PEUT-ETRE"},
    ],
)
async def test_extreme_values_are_refused_in_every_profile_or_kept_within_bounds(
    b: Banc, changement: dict[str, Any]
) -> None:
    for profil in ("homologation", "standard", "lenient"):
        await b.regler(profil=profil)
        entetes = {"X-Logiciel": "LGC/1", "Idempotency-Key": str(uuid.uuid4())}
        r = await creer(b, ordonnance() | changement, **entetes)
        assert r.status_code in {201, 400, 422}, r.text
        if r.status_code == 201:
            assert profil == "lenient"


@pytest.mark.parametrize(
    ("nombre", "statut"),
    [
        ("1e999", 400),
        ("-10E+0400", 400),
        ("[{}, 1.5e309]", 400),
        ("Infinity", 400),
        ("NaN", 400),
        ("9223372036854775808", 400),
        ("-9223372036854775809", 400),
        ("1" + 400 * "0" + ".5", 400),
        ("9223372036854775807", 201),
        ("-9223372036854775808", 201),
        ("1e300", 201),
        ("0.12345678901234567890123", 201),
    ],
)
async def test_a_kept_number_is_one_that_json_carries(b: Banc, nombre: str, statut: int) -> None:
    corps = json.dumps(ordonnance() | {"fantaisie": "ici"}).replace('"ici"', nombre)
    entetes = b.ps() | {"Content-Type": "application/json"}

    r = await b.client.post(f"{V1}/prescriptions", content=corps, headers=entetes)

    assert (r.status_code, r.json().get("champ")) == (statut, "corps" if statut == 400 else None), r.text


async def test_nul_in_a_query_is_refused(b: Banc) -> None:
    for chemin in (
        f"{V1}/prescriptions?ins=%00",
        f"{V1}/prescriptions?depuis=0001-01-01T00:00:00%2B14:00",
        f"{V1}/prescriptions?ins=285076311304226&statut=%00",
        f"{V1}/executions/%00",
        f"{V1}/demandes-accord/%00",
        f"{V1}/demandes-accord?statut=%00",
        "/fhir/eprescription/MedicationRequest/%00-1",
        "/fhir/eprescription/MedicationRequest?identifier=%00",
    ):
        r = await b.client.get(chemin, headers=b.ps())
        assert r.status_code in {200, 400, 404, 422}, (chemin, r.text)


@pytest.mark.exigence("P6")
async def test_a_prescription_that_names_the_one_it_replaces_cancels_it(b: Banc) -> None:
    ancienne = ordonnance()
    await creer(b, ancienne)
    nouvelle = ordonnance(remplace=ancienne["numero"])

    assert (await creer(b, nouvelle)).status_code == 201
    assert (await creer(b, nouvelle)).status_code == 200

    lue = (await b.client.get(f"{V1}/prescriptions/{ancienne['numero']}", headers=b.ps())).json()
    assert (lue["statut"], lue["remplaceePar"]) == ("ANNULEE", nouvelle["numero"])
