"""The test PKI: made once, every state a client must survive, revocation published."""

import ssl
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID
from fastapi import FastAPI
from lxml import etree
from signxml.signer import XMLSigner

from gateway.pki.installation import routers
from gateway.pki.pki import Pki, verifier_etat
from gateway.pki.revocation import RequeteOcspInvalide, crl, repondre_ocsp
from shared.errors import Introuvable, Invalide
from shared.soap.assertion import lire_assertion
from shared.soap.verification import CertificatRefuse, verifier_assertion
from tests.unit.soap.messages import assertion_cps

NOW = datetime(2026, 1, 15, 8, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki.load_or_create(tmp_path_factory.mktemp("pki") / "pki", ["bac.test", "192.0.2.1"], now=NOW)


def test_it_is_created_once_and_fast(tmp_path: Path) -> None:
    debut = time.perf_counter()
    premiere = Pki.load_or_create(tmp_path / "pki")
    seconde = Pki.load_or_create(tmp_path / "pki")

    assert premiere.ca_pem == seconde.ca_pem
    assert premiere.serveur.certificat.read_bytes() == seconde.serveur.certificat.read_bytes()
    assert time.perf_counter() - debut < 1


def test_two_starts_at_the_same_time_end_with_one_pki(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        toutes = list(pool.map(lambda _: Pki.load_or_create(tmp_path / "pki").ca_pem, range(4)))

    assert len(set(toutes)) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["pki"]


def test_what_a_crash_left_half_made_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "pki").mkdir()
    (tmp_path / "pki" / "racine.key").write_text("half")

    assert Pki.load_or_create(tmp_path / "pki").ca_pem.startswith(b"-----BEGIN CERTIFICATE")


def test_every_authority_is_named_test_and_private_keys_are_private(pki: Pki) -> None:
    for autorite in (pki.racine, pki.organisations, pki.personnes, pki.etrangere):
        [cn] = autorite.certificat.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        assert str(cn.value).startswith("TEST ")
    for cle in pki.dossier.glob("*.key"):
        assert stat.S_IMODE(cle.stat().st_mode) == 0o600


def test_a_new_name_or_a_near_end_renews_the_server_certificate_only(tmp_path: Path) -> None:
    premiere = Pki.load_or_create(tmp_path / "pki", now=NOW)
    avant, racine = premiere.serveur.certificat.read_bytes(), premiere.ca_pem

    nommee = Pki.load_or_create(tmp_path / "pki", ["demo.local"], now=NOW)
    noms = x509.load_pem_x509_certificate(nommee.serveur.certificat.read_bytes()).extensions
    assert "demo.local" in noms.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(
        x509.DNSName
    )

    plus_tard = Pki.load_or_create(tmp_path / "pki", now=NOW + timedelta(days=390))
    assert plus_tard.serveur.certificat.read_bytes() != avant
    assert plus_tard.ca_pem == racine


def test_a_client_that_trusts_the_root_accepts_the_server_by_name_and_address(tmp_path: Path) -> None:
    pki = Pki.load_or_create(tmp_path / "pki")

    assert _poignee_de_main(pki.contexte_serveur(), pki.ca_pem, "127.0.0.1")
    assert _poignee_de_main(pki.contexte_serveur(), pki.ca_pem, "localhost")
    with pytest.raises(ssl.SSLCertVerificationError):
        _poignee_de_main(pki.contexte_serveur(), pki.ca_pem, "elsewhere.test")


def test_client_certificates_exist_in_every_state(pki: Pki) -> None:
    valide = pki.logiciel(structure_id="1990000010", cle="ec", now=NOW).certificat
    assert valide.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "INSI-AUTO"
    assert valide.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)[0].value == "1990000010"
    valide.verify_directly_issued_by(pki.organisations.certificat)

    assert pki.logiciel(etat="expire", cle="ec", now=NOW).certificat.not_valid_after_utc < NOW
    assert pki.logiciel(etat="pas_encore", cle="ec", now=NOW).certificat.not_valid_before_utc > NOW
    faux = pki.logiciel(etat="mauvais_cn", cle="ec", now=NOW).certificat
    assert faux.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "insi-auto"
    etranger = pki.logiciel(etat="mauvais_emetteur", cle="ec", now=NOW).certificat
    with pytest.raises((InvalidSignature, ValueError)):
        etranger.verify_directly_issued_by(pki.organisations.certificat)
    with pytest.raises(Invalide):
        verifier_etat("perdu")


def test_revoking_puts_a_certificate_on_the_crl_and_ocsp_says_so(pki: Pki) -> None:
    emis = pki.logiciel(cle="ec", now=NOW)
    demande = (
        ocsp.OCSPRequestBuilder()
        .add_certificate(emis.certificat, pki.organisations.certificat, hashes.SHA256())
        .build()
        .public_bytes(Encoding.DER)
    )
    avant = ocsp.load_der_ocsp_response(repondre_ocsp(pki, demande, now=NOW))

    pki.revoquer(emis.fiche.serie, now=NOW)
    pki.revoquer(emis.fiche.serie, now=NOW)

    apres = ocsp.load_der_ocsp_response(repondre_ocsp(pki, demande, now=NOW))
    assert (avant.certificate_status, apres.certificate_status) == (
        ocsp.OCSPCertStatus.GOOD,
        ocsp.OCSPCertStatus.REVOKED,
    )
    liste = x509.load_der_x509_crl(crl(pki, now=NOW))
    assert liste.get_revoked_certificate_by_serial_number(emis.certificat.serial_number) is not None
    assert emis.certificat.serial_number in pki.revoques
    with pytest.raises(Introuvable):
        pki.revoquer("abc")
    with pytest.raises(RequeteOcspInvalide):
        repondre_ocsp(pki, b"not ocsp")


def test_an_assertion_signed_by_an_issued_certificate_holds_in_homologation_and_a_revoked_one_does_not(
    pki: Pki,
) -> None:
    for etat, accepte in (("valide", True), ("revoque", False), ("expire", False), ("mauvais_emetteur", False)):
        emis = pki.professionnel(id_nat="899700000001", nom_prenom="VERDIER ALICE", etat=verifier_etat(etat), now=NOW)
        signeur = XMLSigner(c14n_algorithm="http://www.w3.org/2001/10/xml-exc-c14n#")
        signe = signeur.sign(
            etree.fromstring(assertion_cps()),
            key=emis.cle_pem,
            cert=emis.certificat_pem.decode(),
            reference_uri="_a1",
        )
        lue = lire_assertion(etree.fromstring(etree.tostring(signe)))
        options = {"autorites": pki.autorites, "revoques": pki.revoques}
        if accepte:
            verifier_assertion(lue, profil="homologation", now=NOW, **options)  # type: ignore[arg-type]
        else:
            with pytest.raises(CertificatRefuse):
                verifier_assertion(lue, profil="homologation", now=NOW, **options)  # type: ignore[arg-type]


async def test_the_routes_serve_authorities_lists_answers_and_certificates(pki: Pki) -> None:
    app = FastAPI()
    app.state.pki = pki
    for router in routers():
        app.include_router(router)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://bac") as client:
        assert (await client.get("/pki/ca.pem")).content == pki.ca_pem
        assert (await client.get("/pki/chaine.pem")).text.count("BEGIN CERTIFICATE") == 3
        x509.load_der_x509_crl((await client.get("/pki/crl")).content)
        x509.load_pem_x509_crl((await client.get("/pki/crl.pem?autorite=personnes")).content)

        emis = await client.post("/_bac/pki/certificats", json={"cn": "INSI-MANU", "cle": "ec"})
        assert emis.status_code == 201
        serie = emis.json()["serie"]
        revoque = await client.post(f"/_bac/pki/certificats/{serie}/revocation")
        assert revoque.json()["revoque_le"]
        assert serie in [f["serie"] for f in (await client.get("/_bac/pki/certificats")).json()["certificats"]]
        assert (await client.post("/_bac/pki/certificats", json={"etat": "perdu"})).status_code == 422


def test_opening_an_existing_pki_generates_no_key(tmp_path: Path) -> None:
    Pki.load_or_create(tmp_path / "pki")
    code = (
        "import sys, pathlib\nfrom gateway.pki import autorite, pki\n"
        "def interdit(*a): raise SystemExit('a key was generated')\n"
        "pki.nouvelle_cle = autorite.nouvelle_cle = interdit\n"
        "pki.Pki.load_or_create(pathlib.Path(sys.argv[1]))"
    )

    subprocess.run([sys.executable, "-c", code, str(tmp_path / "pki")], check=True)


def _poignee_de_main(serveur: ssl.SSLContext, racine: bytes, hote: str) -> bool:
    client = ssl.create_default_context(cadata=racine.decode())
    vers_serveur, vers_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    a = client.wrap_bio(vers_client, vers_serveur, server_hostname=hote)
    b = serveur.wrap_bio(vers_serveur, vers_client, server_side=True)
    finis: set[ssl.SSLObject] = set()
    while len(finis) < 2:
        for bout in (a, b):
            try:
                bout.do_handshake()
            except ssl.SSLWantReadError:
                continue
            finis.add(bout)
    return True
