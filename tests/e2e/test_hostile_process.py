"""A real process under hostile clients and a full disk: bounded memory, clear refusals, and it goes on serving."""

import gzip
import io
import resource
import smtplib
import socket
import ssl
import time
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.e2e.charge import EP, PATIENT, Poste, Releve, constater, deposer, ecrire_en_json, enroler
from tests.instance import Marche, marche

MO = 1 << 20
PATIENCE = 5.0


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marche]:
    with marche(tmp_path_factory.mktemp("hostile") / "data") as prete:
        for _ in range(3):
            httpx.get(f"{prete.url}/docs", timeout=30).raise_for_status()
        yield prete


def memoire(instance: Marche) -> int:
    """Resident bytes of the process."""
    pages = int(Path(f"/proc/{instance.processus.pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def connecter(instance: Marche) -> socket.socket:
    lu = urlsplit(instance.url)
    return socket.create_connection((lu.hostname or "127.0.0.1", lu.port or 80), timeout=PATIENCE)


def repond_vite(instance: Marche) -> None:
    debut = time.monotonic()
    jetons = httpx.post(f"{instance.url}/_bac/personas/verdier-mg/tokens", json={}, timeout=PATIENCE)
    assert jetons.status_code == 201
    assert time.monotonic() - debut < PATIENCE


def test_slow_clients_hold_nobody_up(instance: Marche) -> None:
    """Two hundred clients that never finish: half in their headers, half in their body."""
    entetes = b"POST /eprescription/v1/numeros HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    with ExitStack() as pile:
        for rang in range(200):
            prise = pile.enter_context(connecter(instance))
            prise.sendall(entetes if rang % 2 else entetes + b"Content-Length: 4000\r\n\r\n{")
        repond_vite(instance)
    repond_vite(instance)


def test_ten_thousand_idle_connections_cost_little_and_hold_nobody_up(instance: Marche) -> None:
    """As many as the limit of open files allows, up to ten thousand."""
    permis = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    nombre = min(10_000, permis - 300)
    avant = memoire(instance)
    with ExitStack() as pile:
        for _ in range(nombre):
            pile.enter_context(connecter(instance))
        repond_vite(instance)
        assert memoire(instance) - avant < nombre * 40_000
    repond_vite(instance)


@pytest.mark.parametrize("declaree", [True, False], ids=["announced", "chunked"])
@pytest.mark.parametrize("chemin", ["/fhir/dmp", f"{EP}/prescriptions", "/lps", "/mss/v1/messages"])
def test_a_body_of_100_megabytes_is_refused_in_bounded_memory(instance: Marche, chemin: str, declaree: bool) -> None:
    poste = Poste(instance.url).signer("verdier-mg")
    avant = memoire(instance)
    with connecter(instance) as prise:
        longueur = f"Content-Length: {100 * MO}" if declaree else "Transfer-Encoding: chunked"
        prise.sendall(
            f"POST {chemin} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {poste.jetons['verdier-mg']}\r\n{longueur}\r\n\r\n".encode()
        )
        morceau = b"x" * MO if declaree else b"100000\r\n" + b"x" * MO + b"\r\n"
        with suppress(OSError):  # refused, and closed, before it was all sent
            for _ in range(100):
                prise.sendall(morceau)
        with suppress(OSError):
            # A SOAP fault travels as 500 (SOAP 1.2, part 2, §7.5.2.2).
            permis = (b"400", b"413", b"500") if chemin == "/lps" else (b"400", b"413", b"415")
            assert prise.recv(100).split(b" ", 2)[1] in permis
    poste.fermer()
    assert memoire(instance) - avant < 160 * MO
    repond_vite(instance)


def _zip(nom: str, taille: int) -> bytes:
    sortie = io.BytesIO()
    with (
        zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as a,
        a.open(nom, "w", force_zip64=True) as f,
    ):
        for _ in range(taille // MO):
            f.write(b"\0" * MO)
    return sortie.getvalue()


def _bombe_mime(profondeur: int) -> bytes:
    """Parts within parts within parts."""
    entetes = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (i, i) for i in range(profondeur)
    )
    return b"Subject: bombe\r\nFrom: alice.verdier@medecin.mssante.fr\r\nMIME-Version: 1.0\r\n" + entetes + b"\r\nx\r\n"


def _par_smtp(poste: Poste, brut: bytes) -> None:
    ici = poste.appel("GET", "/_bac")
    racine = ssl.create_default_context(cadata=poste.client.get("/pki/ca.pem").text)
    boite = poste.appel("GET", "/mss/v1/boites", "verdier-mg")["boites"][0]["adresse"]
    hote, _, port = ici["smtp"].rpartition(":")
    xoauth2 = f"user={boite}\x01auth=Bearer {poste.jetons['verdier-mg']}\x01\x01"
    with smtplib.SMTP(hote, int(port), timeout=30) as smtp:
        smtp.starttls(context=racine)
        smtp.auth("XOAUTH2", lambda defi=None: xoauth2 if defi is None else "")
        with suppress(smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused):
            smtp.sendmail(boite, [PATIENT.adresse_mss], brut)


def test_zip_mime_gzip_and_xml_bombs_do_not_go_off(instance: Marche) -> None:
    poste = Poste(instance.url, 30).signer("verdier-mg")
    avant = memoire(instance)
    entites = "".join(f"<!ENTITY a{i + 1} '{f'&a{i};' * 10}'>" for i in range(9))
    xml = f"<!DOCTYPE a [<!ENTITY a0 'aaaaaaaaaa'>{entites}]><a>&a9;</a>".encode()
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "alice.verdier@medecin.mssante.fr", PATIENT.adresse_mss, "x"
    message.set_content("x")
    message.add_attachment(_zip("IHE_XDM/x", 300 * MO), maintype="application", subtype="zip", filename="IHE_XDM.ZIP")

    reponses = [
        poste.client.post("/lps", content=xml, headers={"Content-Type": "application/soap+xml"}),
        poste.client.post(
            f"{EP}/prescriptions",
            content=gzip.compress(b"\0" * 100 * MO),
            headers={
                "Content-Type": "application/json",
                "Content-Encoding": "gzip",
                "Authorization": f"Bearer {poste.jetons['verdier-mg']}",
            },
        ),
        poste.client.put(
            "/_bac/snapshots/bombe", content=_zip("mss.db", 1100 * MO), headers={"Content-Type": "application/zip"}
        ),
    ]
    _par_smtp(poste, _bombe_mime(3000))
    _par_smtp(poste, message.as_bytes())
    poste.fermer()

    for reponse in reponses:
        assert reponse.status_code in (400, 413, 415, 422) or b"urn:bacasante:regle" in reponse.content, reponse.text
        assert "BAC-BUG" not in reponse.text
    assert memoire(instance) - avant < 150 * MO
    repond_vite(instance)


def test_a_full_disk_is_said_loses_nothing_and_is_forgotten(instance: Marche) -> None:
    """No file may grow any more: what a full disk does to SQLite."""
    releve = Releve()
    poste = Poste(instance.url, 30).signer("verdier-mg")
    deposer(poste, releve)
    enroler(poste, releve)
    pid, infini = instance.processus.pid, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    lecture = {"Authorization": f"Bearer {poste.jetons['verdier-mg']}"}

    resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
    try:
        for essai in range(3):
            refus = poste.client.post("/_bac/clients", json={"client_id": f"plein-{essai}"})
            assert refus.status_code in (503, 507), refus.text
            assert int(refus.headers["retry-after"]) > 0
            assert refus.json()["dependance"] == "base:gateway"
            corps = {"a": [PATIENT.adresse_mss], "objet": f"plein {essai}", "texte": "x"}
            assert poste.client.post("/mss/v1/messages", json=corps, headers=lecture).status_code in (503, 507)
        assert poste.client.get("/mss/v1/boites", headers=lecture).status_code == 200
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, infini)

    ecrire_en_json(poste, releve)
    enroler(poste, releve)
    poste.fermer()
    constat = constater(instance.url, releve)
    for genre, acquis in releve.acquis.items():
        assert {c: constat.vus[genre][c] for c in acquis} == dict.fromkeys(acquis, 1), genre
    assert not [c for c in constat.vus["client"] if c.startswith("plein-")]
    assert not [o for o in constat.vus["message"] if o.startswith("plein ")]
