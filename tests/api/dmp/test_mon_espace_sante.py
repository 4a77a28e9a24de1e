"""The citizen's side: activation, documents, who consulted, blocking, closing (mon-espace-sante.md §2 to §6, §13)."""

import base64
from typing import Any

import httpx
import pytest

from services.dmp.domain.activation import serie_vitale
from services.dmp.redaction import pdf
from shared.contracts.dmp import (
    CodeEnvoye,
    DocumentDepose,
    DocumentMasque,
    NotificationEmise,
    ProfilActive,
    ProfilClos,
    ProfilOppose,
    ProfilOuvert,
)
from shared.contracts.ins import PersonneCreee
from shared.monde.patients import PATIENTS
from shared.monde.professionnels import PROFESSIONNELS
from tests.api.dmp.fabrique import FHIR, bundle, patient
from tests.banc import Banc

MOT_DE_PASSE = "Correct-Cheval-42"


async def enroler(b: Banc, slug: str, *, enfant: str | None = None, **autres: str) -> httpx.Response:
    p = PATIENTS[slug]
    corps = {
        "nir": p.matricule_ins,
        "birthDate": str(PATIENTS[enfant or slug].traits.date_naissance),
        "vitaleFormat": "photo",
        "vitaleSerial": serie_vitale(p.matricule_ins),
        **autres,
    }
    return await b.client.post("/mes/v1/enrolment", json=corps)


async def activer(b: Banc, slug: str, *, enfant: str | None = None, canal: str = "email") -> httpx.Response:
    """The four steps, with the code read from the private inbox."""
    ouvert = (await enroler(b, slug, enfant=enfant)).json()
    base = f"/mes/v1/enrolment/{ouvert['enrolmentId']}"
    accord = {"decision": "activate", "termsAccepted": True, "profileRef": "0"}
    decision = await b.client.post(f"{base}/decision", json=accord)
    assert decision.status_code == 200, decision.text
    assert (await b.client.post(f"{base}/code", json={"channel": canal})).status_code == 202
    code = (await b.emis(CodeEnvoye))[-1].code
    return await b.client.post(
        f"{base}/confirm", json={"code": code, "login": f"{enfant or slug}@demo", "password": MOT_DE_PASSE}
    )


async def etat(b: Banc, slug: str) -> str:
    answer = await b.client.get("/mes/v1/profil", headers=b.patient(slug))
    assert answer.status_code == 200, answer.text
    valeur: str = answer.json()["etat"]
    return valeur


async def documents(b: Banc, slug: str, **params: str) -> list[dict[str, Any]]:
    answer = await b.client.get("/mes/v1/documents", params=params, headers=b.patient(slug))
    assert answer.status_code == 200, answer.text
    liste: list[dict[str, Any]] = answer.json()["documents"]
    return liste


async def lus_par(b: Banc, slug: str, qui: str, **entetes: str) -> httpx.Response:
    return await b.client.get(
        "/fhir/dmp/DocumentReference",
        params={"patient.identifier": patient(slug), "status": "current"},
        headers={**b.ps(qui), **entetes},
    )


# ── activation ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.exigence("ACT-1", "MES-EM-05")
async def test_a_person_activates_with_the_code_sent_to_her(b: Banc) -> None:
    ouvert = await enroler(b, "bonnet-non-active")
    assert ouvert.status_code == 201
    assert ouvert.json()["candidates"] == [{"profileRef": "0", "label": "Remi B."}]
    assert {c["type"] for c in ouvert.json()["channels"]} == {"sms", "email"}
    assert "remi.bonnet" not in ouvert.text

    answer = await activer(b, "bonnet-non-active", canal="sms")

    assert answer.status_code == 201, answer.text
    assert answer.json()["patientMailbox"] == "187076311305859@patient.mssante.fr"
    assert await etat(b, "bonnet-non-active") == "ACTIVE"
    [code] = await b.emis(CodeEnvoye)
    assert (code.canal, len(code.code), code.matricule_ins) == ("sms", 12, "187076311305859")
    assert [e.matricule_ins for e in await b.emis(ProfilActive)] == ["187076311305859"]
    assert [d["titre"] for d in await documents(b, "bonnet-non-active")] == ["Biologie"]


@pytest.mark.exigence("ACT-1")
@pytest.mark.parametrize(
    ("autres", "statut", "code"),
    [
        ({"vitaleSerial": "00000000000"}, 422, "MES_SERIAL_MISMATCH"),
        ({"vitaleSerial": "12"}, 422, "MES_SERIAL_MISMATCH"),
        ({"birthDate": "1999-01-01"}, 422, "MES_BIRTHDATE_MISMATCH"),
        ({"nir": "199999999999999"}, 404, "MES_UNKNOWN_PERSON"),
    ],
)
async def test_each_wrong_datum_is_named(b: Banc, autres: dict[str, str], statut: int, code: str) -> None:
    answer = await enroler(b, "bonnet-non-active", **autres)

    assert (answer.status_code, answer.json()["code"]) == (statut, code)
    assert set(answer.json()["explication"]) == {"fr", "en"}


@pytest.mark.exigence("MES-ACT-03")
async def test_three_wrong_tries_lock_for_a_day(b: Banc) -> None:
    for _ in range(3):
        await enroler(b, "bonnet-non-active", vitaleSerial="00000000000")

    bon = await enroler(b, "bonnet-non-active")
    await b.avancer(hours=24)
    demain = await enroler(b, "bonnet-non-active")

    assert (bon.status_code, bon.json()["code"]) == (403, "MES_LOCKED")
    assert demain.status_code == 201


@pytest.mark.exigence("ACT-1")
async def test_an_expired_code_is_refused_and_a_new_one_works(b: Banc) -> None:
    base = f"/mes/v1/enrolment/{(await enroler(b, 'bonnet-non-active')).json()['enrolmentId']}"
    await b.client.post(f"{base}/decision", json={"decision": "activate", "termsAccepted": True})
    await b.client.post(f"{base}/code", json={"channel": "email"})
    premier = (await b.emis(CodeEnvoye))[-1].code
    corps = {"login": "remi", "password": MOT_DE_PASSE}

    faux = await b.client.post(f"{base}/confirm", json={**corps, "code": premier.swapcase()})
    await b.avancer(days=43)
    expire = await b.client.post(f"{base}/confirm", json={**corps, "code": premier})
    await b.client.post(f"{base}/code", json={"channel": "email"})
    neuf = (await b.emis(CodeEnvoye))[-1].code
    ancien = await b.client.post(f"{base}/confirm", json={**corps, "code": premier})
    bon = await b.client.post(f"{base}/confirm", json={**corps, "code": neuf})

    assert [faux.json()["code"], expire.json()["code"], ancien.json()["code"]] == [
        "MES_CODE_INVALID",
        "MES_CODE_EXPIRED",
        "MES_CODE_INVALID",
    ]
    assert bon.status_code == 201


@pytest.mark.parametrize(
    ("decision", "code"),
    [
        ({"decision": "activate"}, "MES_TERMS_REQUIRED"),
        ({"decision": "activate", "termsAccepted": False}, "MES_TERMS_REQUIRED"),
    ],
)
async def test_the_terms_must_be_accepted(b: Banc, decision: dict[str, Any], code: str) -> None:
    base = f"/mes/v1/enrolment/{(await enroler(b, 'bonnet-non-active')).json()['enrolmentId']}"

    answer = await b.client.post(f"{base}/decision", json=decision)

    assert (answer.status_code, answer.json()["code"]) == (409, code)


@pytest.mark.exigence("ACT-2")
async def test_twins_are_told_apart_and_the_code_of_a_child_goes_to_the_parent(b: Banc) -> None:
    ouvert = await enroler(b, "fontanges-helene", enfant="fontanges-leo")
    assert [c["label"] for c in ouvert.json()["candidates"]] == ["Leo F.", "Noe F."]
    base = f"/mes/v1/enrolment/{ouvert.json()['enrolmentId']}"
    sans = await b.client.post(f"{base}/decision", json={"decision": "activate", "termsAccepted": True})
    assert (sans.status_code, sans.json()["code"]) == (409, "MES_AMBIGUOUS_PROFILE")

    answer = await activer(b, "fontanges-helene", enfant="fontanges-leo")

    assert answer.status_code == 201, answer.text
    [code] = await b.emis(CodeEnvoye)
    assert code.matricule_ins == PATIENTS["fontanges-helene"].matricule_ins
    assert code.concerne_ins == PATIENTS["fontanges-leo"].matricule_ins


async def test_a_weak_password_and_an_active_profile_are_refused(b: Banc) -> None:
    base = f"/mes/v1/enrolment/{(await enroler(b, 'bonnet-non-active')).json()['enrolmentId']}"
    await b.client.post(f"{base}/decision", json={"decision": "activate", "termsAccepted": True})
    faible = await b.client.post(f"{base}/confirm", json={"code": "x", "login": "a", "password": "azertyuiop"})
    deja = (await enroler(b, "blanc-valmont")).json()["enrolmentId"]

    actif = await b.client.post(
        f"/mes/v1/enrolment/{deja}/decision", json={"decision": "activate", "termsAccepted": True}
    )

    assert (faible.status_code, faible.json()["code"]) == (422, "MES_PASSWORD_WEAK")
    assert (actif.status_code, actif.json()["code"]) == (409, "MES_ALREADY_ACTIVE")


# ── the opt-out clock ───────────────────────────────────────────────────────────────────────────────────────────────


def personne(matricule: str, b: Banc) -> PersonneCreee:
    return PersonneCreee(
        occurred_at=b.bac.now(),
        matricule_ins=matricule,
        oid="1.2.250.1.213.1.4.8",
        nom_naissance="NOUVELLE",
        prenom="ADA",
        liste_prenoms="ADA",
        sexe="F",
        date_naissance="1990-01-01",
        lieu_naissance="63113",
    )


@pytest.mark.exigence("OPT-1", "R1111-28", "MES-EM-04")
async def test_a_profile_opens_by_itself_after_42_days(b: Banc) -> None:
    matricule = "290019999900175"
    await b.recevoir(personne(matricule, b))
    await b.recevoir(personne(matricule, b))

    async def fed() -> int:
        corps = bundle()
        for n in (0, 1):
            corps["entry"][n]["resource"]["subject"]["identifier"]["value"] = matricule
        answer = await b.client.post("/fhir/dmp", json=corps, headers={**b.ps(), **FHIR})
        return answer.status_code

    await b.avancer(days=41, hours=23)
    avant = await fed()
    assert matricule not in {e.matricule_ins for e in await b.emis(ProfilOuvert)}
    await b.avancer(hours=1)

    assert avant == 404
    [ouvert] = [e for e in await b.emis(ProfilOuvert) if e.matricule_ins == matricule]
    assert (ouvert.etat, ouvert.automatique) == ("OPEN_NOT_ACTIVATED", True)
    assert await fed() == 422  # the CDA is another patient's: but the dossier is there
    [lettre] = [n for n in await b.emis(NotificationEmise) if n.motif == "MES_INFORMATION"]
    assert (lettre.matricule_ins, lettre.canal) == (matricule, "courrier")


@pytest.mark.exigence("OPT-1")
async def test_the_state_is_right_on_read_even_when_no_tick_came(b: Banc) -> None:
    from dataclasses import replace
    from datetime import timedelta

    from shared.clock import Horloge

    assert await etat(b, "gillet-notifiee") == "NOTIFIED"
    demain = b.bac.now() + timedelta(days=60)
    await b._poser(replace(b.bac, horloge=Horloge("fige", demain, demain, 0.0)))

    assert await etat(b, "gillet-notifiee") == "OPEN_NOT_ACTIVATED"


@pytest.mark.exigence("OPT-2", "MES-EM-03", "MES-EM-07")
async def test_an_opposition_holds_through_the_42_days_and_can_be_reversed(b: Banc) -> None:
    oppose = await b.client.post("/mes/v1/profil/fermeture", json={}, headers=b.patient("gillet-notifiee"))
    await b.avancer(days=60)
    toujours = await etat(b, "gillet-notifiee")
    inverse = await b.client.post("/mes/v1/profil/reouverture", headers=b.patient("gillet-notifiee"))

    assert oppose.json()["etat"] == toujours == "OPPOSED"
    assert inverse.json()["etat"] == "ACTIVE"
    assert [e.matricule_ins for e in await b.emis(ProfilOppose)] == [PATIENTS["gillet-notifiee"].matricule_ins]


@pytest.mark.exigence("CLO-1", "R1111-36")
async def test_closing_archives_reopening_restores_and_express_deletion_erases(b: Banc) -> None:
    avant = await documents(b, "blanc-valmont")
    ferme = await b.client.post(
        "/mes/v1/profil/fermeture", json={"raison": "déménagement"}, headers=b.patient("blanc-valmont")
    )
    refuse = await lus_par(b, "blanc-valmont", "verdier-mg")
    liste = await b.client.get("/mes/v1/documents", headers=b.patient("blanc-valmont"))
    rouvert = await b.client.post("/mes/v1/profil/reouverture", headers=b.patient("blanc-valmont"))
    apres = await documents(b, "blanc-valmont")
    await b.client.post("/mes/v1/profil/fermeture", json={"express": True}, headers=b.patient("blanc-valmont"))
    await b.avancer(days=91)

    assert (ferme.json()["etat"], ferme.json()["motif_fermeture"]) == ("CLOSED", "FERMETURE_DEMANDE_PATIENT")
    assert (refuse.status_code, refuse.json()["issue"][0]["code"]) == (409, "conflict")
    assert (liste.status_code, liste.json()["code"]) == (403, "MES_CLOSED")
    assert rouvert.json()["etat"] == "ACTIVE"
    assert apres == avant
    assert await etat(b, "blanc-valmont") == "ERASED"
    siens = [e for e in await b.emis(ProfilClos) if e.matricule_ins == PATIENTS["blanc-valmont"].matricule_ins]
    assert len(siens) == 2
    histoire = await b.client.get("/mes/v1/historique", headers=b.patient("blanc-valmont"))
    assert histoire.json()["total"] <= 1


@pytest.mark.exigence("SUS-1")
async def test_a_suspension_closes_after_six_weeks_unless_contested(b: Banc) -> None:
    assert await etat(b, "caradec-suspendu") == "SUSPENDED"

    conteste = await b.client.post("/mes/v1/profil/reouverture", headers=b.patient("caradec-suspendu"))

    assert conteste.json()["etat"] == "ACTIVE"


# ── documents ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.exigence("AD-069", "MSK-1")
async def test_the_patient_masks_and_the_others_do_not_see_any_more(b: Banc) -> None:
    [visible] = [d for d in await documents(b, "blanc-valmont") if not d["masque"]]

    masque = await b.client.post(f"/mes/v1/documents/{visible['id']}/masquer", headers=b.patient("blanc-valmont"))
    autre = await lus_par(b, "blanc-valmont", "morel-cardio")
    traitant = await lus_par(b, "blanc-valmont", "verdier-mg")
    demasque = await b.client.post(f"/mes/v1/documents/{visible['id']}/demasquer", headers=b.patient("blanc-valmont"))

    assert masque.json()["masque"] is True
    assert autre.json()["total"] == 0
    assert traitant.json()["total"] == 2
    assert demasque.json()["masque"] is False
    evenements = await b.emis(DocumentMasque)
    assert [(e.changement, e.notifier) for e in evenements] == [("DOC_MASKED", False), ("DOC_UNMASKED", False)]


@pytest.mark.exigence("AD-070", "ALL-1")
async def test_masking_all_is_one_act_and_one_line_of_history(b: Banc) -> None:
    answer = await b.client.post("/mes/v1/documents/masquer-tout", headers=b.patient("kermadec"))

    assert answer.json() == {"masques": 5}
    assert (await lus_par(b, "kermadec", "martin-dupuy-idel")).json()["total"] == 0
    histoire = await b.client.get(
        "/mes/v1/historique", params={"evenement": "DOC_MASKED"}, headers=b.patient("kermadec")
    )
    [ligne] = histoire.json()["activites"]
    assert len(ligne["objects"]) == 5


@pytest.mark.exigence("AD-067", "AD-068")
async def test_the_patient_deletes_her_own_deposits_only(b: Banc) -> None:
    tous = await documents(b, "vidal-masques")
    sien = next(d for d in tous if d["depose_par_moi"])
    du_medecin = next(d for d in tous if not d["depose_par_moi"])

    efface = await b.client.delete(f"/mes/v1/documents/{sien['id']}", headers=b.patient("vidal-masques"))
    refuse = await b.client.delete(f"/mes/v1/documents/{du_medecin['id']}", headers=b.patient("vidal-masques"))

    assert efface.status_code == 200
    assert (refuse.status_code, "DMP-AD-068" in b.regles(refuse)) == (403, True)
    assert sien["id"] not in {d["id"] for d in await documents(b, "vidal-masques")}


@pytest.mark.exigence("DOCPAT", "MD-14")
async def test_the_patient_uploads_and_a_professional_reads_it_as_hers(b: Banc) -> None:
    contenu = pdf("Mes analyses", ["Cholestérol : 1,8 g/L"])
    corps = {"titre": "Analyses 2018", "type": "DOCPAT05", "contenu": base64.b64encode(contenu).decode()}

    answer = await b.client.post("/mes/v1/documents", json=corps, headers=b.patient("blanc-valmont"))

    assert answer.status_code == 201, answer.text
    assert answer.json()["categorie"] == "Résultats de biologie"
    vus = (await lus_par(b, "blanc-valmont", "verdier-mg")).json()["entry"]
    r = next(e["resource"] for e in vus if e["resource"]["id"] == answer.json()["id"])
    assert r["category"][0]["coding"][0]["code"] == "10"
    assert r["contained"][1]["resourceType"] == "Patient"
    relu = await b.client.get(
        f"/mes/v1/documents/{answer.json()['id']}/contenu",
        headers={**b.patient("blanc-valmont"), "Accept": "application/pdf"},
    )
    assert relu.content == contenu
    [depose] = await b.emis(DocumentDepose)
    assert (depose.par_patient, depose.notifier) == (True, False)


@pytest.mark.parametrize(
    ("corps", "regle"),
    [
        ({"type": "11488-4"}, "MES-DOC-01"),
        ({"media": "image/png"}, "MES-DOC-02"),
        ({"contenu": base64.b64encode(b"pas un pdf").decode()}, "MES-DOC-02"),
        ({"contenu": "///%%%"}, "MES-DOC-03"),
    ],
)
async def test_a_bad_upload_is_named(b: Banc, corps: dict[str, str], regle: str) -> None:
    bon = {"titre": "x", "type": "DOCPAT03", "contenu": base64.b64encode(b"%PDF-1.4").decode()}

    answer = await b.client.post("/mes/v1/documents", json={**bon, **corps}, headers=b.patient("blanc-valmont"))

    assert (answer.status_code, answer.json()["regle"]) == (400, regle)


@pytest.mark.exigence("ANN-1", "AD-054", "AD-055", "AD-073", "R1111-53")
async def test_a_hidden_document_is_announced_after_14_days_and_shown_after_30(b: Banc) -> None:
    hidden = "CR d'anatomopathologie"

    async def vus() -> set[str]:
        return {d["titre"] for d in await documents(b, "rey-annonce")}

    assert hidden not in await vus()
    await b.avancer(days=10)
    assert await b.emis(NotificationEmise) == []
    await b.avancer(days=1)
    [avis] = await b.emis(NotificationEmise)
    assert avis.motif == "DOC_UPDATE_PENDING"
    assert "anatomo" not in avis.texte + avis.objet
    assert hidden not in await vus()
    await b.avancer(days=16)

    assert hidden in await vus()
    [visible] = await b.emis(DocumentMasque)
    assert (visible.changement, visible.notifier) == ("DOC_VISIBLE_PATIENT", True)


@pytest.mark.exigence("AD-074", "AD-075", "AD-076", "MAJ-1")
async def test_a_secret_of_a_minor_is_hidden_from_her_parent_until_she_is_of_age(b: Banc) -> None:
    enfant = PATIENTS["marais-lina"].matricule_ins
    mere = b.patient("marais-sans-urgence", duree=10**9)

    vus = await b.client.get("/mes/v1/documents", params={"profil": enfant}, headers=mere)
    histoire = await b.client.get("/mes/v1/historique", params={"profil": enfant}, headers=mere)
    seule = await documents(b, "marais-lina")
    await b.avancer(days=365 * 6)
    ensuite = await b.client.get("/mes/v1/documents", params={"profil": enfant}, headers=mere)

    assert [d["titre"] for d in vus.json()["documents"]] == ["Examen de l'enfant"]
    assert "AUBRY" not in histoire.text
    assert {d["titre"] for d in seule} == {"Consultation", "Examen de l'enfant"}
    assert (ensuite.status_code, ensuite.json()["code"]) == (403, "MES_NOT_REPRESENTATIVE")


async def test_nobody_opens_the_space_of_a_stranger(b: Banc) -> None:
    autre = PATIENTS["blanc-valmont"].matricule_ins
    doc = (await documents(b, "blanc-valmont"))[0]["id"]

    espace = await b.client.get("/mes/v1/documents", params={"profil": autre}, headers=b.patient("kermadec"))
    document = await b.client.get(f"/mes/v1/documents/{doc}/contenu", headers=b.patient("kermadec"))
    medecin = await b.client.get("/mes/v1/documents", headers=b.ps())

    assert (espace.status_code, espace.json()["regle"]) == (403, "MES-PRO-02")
    assert document.status_code == 404
    assert medecin.status_code == 403


# ── who consulted, who may ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.exigence("MES-HISTORIQUE")
async def test_the_patient_sees_who_consulted_and_can_block_him(b: Banc) -> None:
    await lus_par(b, "blanc-valmont", "morel-cardio")
    histoire = await b.client.get(
        "/mes/v1/historique", params={"evenement": "DOC_LISTED"}, headers=b.patient("blanc-valmont")
    )
    acteur = histoire.json()["activites"][0]["actor"]
    assert acteur["id"] == PROFESSIONNELS["morel-cardio"].id_nat
    assert "MOREL" in acteur["name"]

    bloque = await b.client.post(
        "/mes/v1/blocages", json={"titulaire": acteur["id"]}, headers=b.patient("blanc-valmont")
    )
    refuse = await lus_par(b, "blanc-valmont", "morel-cardio")
    autres = await lus_par(b, "blanc-valmont", "verdier-mg")
    depot = await b.client.post(
        "/fhir/dmp", json=bundle(auteur="morel-cardio"), headers={**b.ps("morel-cardio"), **FHIR}
    )
    debloque = await b.client.delete(f"/mes/v1/blocages/{acteur['id']}", headers=b.patient("blanc-valmont"))
    encore = await lus_par(b, "blanc-valmont", "morel-cardio")

    assert bloque.json()["mode"] == "INTERDITE"
    assert (refuse.status_code, "DMP-AD-026" in b.regles(refuse)) == (403, True)
    assert autres.status_code == 200
    assert (depot.status_code, "DMP-AD-017" in b.regles(depot)) == (200, True)
    assert debloque.json()["mode"] == "RETIREE"
    assert encore.status_code == 403  # the block is lifted, the authorisation is not given back by itself


@pytest.mark.exigence("AD-072")
async def test_emergency_switches_are_independent(b: Banc) -> None:
    bris = {"Mode-Acces": "bris_de_glace", "Mode-Acces-Raison": "Coma"}
    await b.client.patch("/mes/v1/reglages", json={"bris_de_glace": False}, headers=b.patient("kermadec"))

    refuse = await lus_par(b, "kermadec", "urgence-urgentiste", **bris)
    regulation = await lus_par(b, "kermadec", "robin-samu", **{"Mode-Acces": "centre_15"})

    assert (refuse.status_code, "DMP-AD-042" in b.regles(refuse)) == (403, True)
    assert regulation.status_code == 200


@pytest.mark.exigence("AD-077", "AD-078", "TMP-1")
async def test_a_temporary_code_opens_the_reading_until_it_expires(b: Banc) -> None:
    cree = await b.client.post("/mes/v1/codes-acces", json={"durationMinutes": 30}, headers=b.patient("kermadec"))
    code = {"Code-Acces": cree.json()["code"]}

    sans = await lus_par(b, "kermadec", "exemple-un-mg")
    await b.avancer(minutes=29)
    avec = await lus_par(b, "kermadec", "exemple-un-mg", **code)
    ailleurs = await lus_par(b, "vasseur", "exemple-un-mg", **code)
    await b.avancer(minutes=2)
    tard = await lus_par(b, "kermadec", "exemple-un-mg", **code)
    autre = await b.client.post("/mes/v1/codes-acces", json={}, headers=b.patient("kermadec"))
    revoque = await b.client.delete(f"/mes/v1/codes-acces/{autre.json()['id']}", headers=b.patient("kermadec"))
    refuse = await lus_par(b, "kermadec", "exemple-un-mg", **{"Code-Acces": autre.json()["code"]})

    assert (sans.status_code, avec.status_code) == (403, 200)
    assert avec.json()["total"] == 4
    assert ailleurs.status_code == 403
    for expire in (tard, refuse):
        assert (expire.status_code, "DMP-AD-078" in b.regles(expire)) == (403, True)
    assert revoque.json()["state"] == "REVOKED"
    [avis] = [n for n in await b.emis(NotificationEmise) if n.motif == "TEMP_CODE_USED"]
    assert avis.matricule_ins == PATIENTS["kermadec"].matricule_ins
