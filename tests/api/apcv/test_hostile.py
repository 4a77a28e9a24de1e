"""Hostile input is normal input: a clear refusal, never a defect, nothing half-written."""

import pytest

from services.apcv.seed import appli_id
from shared.monde.patients import PATIENTS
from tests.api.apcv.outils import SHA, Cabinet, G, contexte_de

CAMILLE = PATIENTS["blanc-valmont"].matricule_ins
TELEPHONE = f"/apcv/phone/v1/applis/{appli_id('blanc-valmont')}"
LONG = "é" * 20_000


CHEMINS = (
    "/apcv/v1/contextes/{}",
    "/apcv/v1/applis/{}/jwk",
    "/apcv/phone/v1/applis/{}",
    "/apcv/phone/v1/applis/{}/recus",
    "/apcv/phone/{}",
    "/fse/v1/factures/{}",
    "/fse/v1/lots/{}/arl",
)


async def test_strange_identifiers_are_unknown(c: Cabinet) -> None:
    for chemin in CHEMINS:
        for mauvais in ("%00", "%FF", "..%2F..%2Fetc", "a" * 3000, "%F0%9F%92%8A", "CTX'--"):
            reponse = await c.b.client.get(chemin.format(mauvais), headers=c.b.ps())
            assert reponse.status_code in (400, 404), (chemin, mauvais, reponse.text)


@pytest.mark.parametrize("mauvais", ["\x00", "a\x00b", "\ud800", LONG])
async def test_strange_texts_are_refused_or_kept_and_never_break(c: Cabinet, mauvais: str) -> None:
    import json

    contexte = contexte_de(await c.ouvrir())
    ligne = {"codeActe": "G", "montant": 30, "partAMO": 21}
    resume = {"prestations": [{**ligne, "libelle": mauvais}]}
    essais = [
        ("POST", "/apcv/phone/v1/applis", {"nir": CAMILLE, "email": f"a{mauvais}@b.example"}),
        ("POST", "/apcv/phone/v1/applis", {"nir": CAMILLE, "email": "a@b.c", "telephone": {"modele": mauvais}}),
        ("PUT", f"{TELEPHONE}x/etat", {"etat": "OPPOSEE", "motif": mauvais}),
        ("POST", f"{TELEPHONE}/presentations", {"code": "1234", "delegation": mauvais}),
        ("POST", "/apcv/v1/contextes", {"donnees": mauvais}),
        ("POST", "/fse/v1/factures", {"patient": {"nir": CAMILLE}, "lstCotations": [{**G, "libelle": mauvais}]}),
        ("POST", "/fse/v1/factures", {"patient": {"nir": CAMILLE, "contexteApCV": {"identifiant": mauvais}}}),
        ("POST", "/fse/v1/lots", {"factures": [mauvais]}),
        (
            "POST",
            f"/apcv/v1/contextes/{contexte}/signatures",
            {"facture": {"nirAssure": CAMILLE, "hashFSE": SHA, "resume": resume}},
        ),
    ]
    for methode, chemin, corps in essais:
        reponse = await c.b.client.request(
            methode,
            chemin,
            content=json.dumps(corps).encode(),
            headers={**c.b.ps(), "Content-Type": "application/json"},
        )
        assert reponse.status_code in (400, 404), (chemin, corps, reponse.text)
        assert reponse.json()["regle"] != "BAC-BUG-01"


async def test_strange_form_fields_are_refused(c: Cabinet) -> None:
    for champs in ({"code": "\x00", "mode": "qr"}, {"code": "1234", "mode": "fax"}, {"code": LONG}):
        reponse = await c.b.client.post(f"/apcv/phone/{appli_id('blanc-valmont')}/presentation", data=champs)
        assert reponse.status_code in (400, 401), reponse.text
        assert "BAC-BUG-01" not in reponse.text
    trouves = await c.b.client.get("/apcv/phone", params={"nom": "\x00"})
    assert trouves.status_code == 400


@pytest.mark.parametrize("type_", ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""])
async def test_json_faces_want_json(c: Cabinet, type_: str) -> None:
    reponse = await c.b.client.post(
        "/apcv/v1/contextes", content=b'{"donnees":"CV"}', headers={**c.b.ps(), "Content-Type": type_}
    )

    assert reponse.status_code in (400, 415)


async def test_lps_wants_soap(c: Cabinet) -> None:
    reponse = await c.b.client.post("/lps", content=b"{}", headers={"Content-Type": "application/json"})

    assert reponse.status_code == 415
    assert reponse.json()["regle"]
