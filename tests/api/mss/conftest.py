"""A mail service with its listeners open on ports the system chooses, behind a certificate of the test PKI."""

import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.pki import Pki
from services.mss.app import MailOptions, create_app
from services.mss.config import MssSettings
from services.mss.mail.serveur import contexte_tls
from tests.api.mss.courrier import Courrier
from tests.banc import Banc, banc


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki.load_or_create(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="session")
def confiance(pki: Pki) -> ssl.SSLContext:
    """What a client trusts: the root of the test PKI, name check on."""
    return ssl.create_default_context(cadata=pki.ca_pem.decode())


@pytest.fixture(scope="module")
def dossier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mss")


@pytest.fixture
async def b(base: str | None, dossier: Path, pki: Pki) -> AsyncIterator[Banc]:
    tls = contexte_tls(pki.serveur.certificat, pki.serveur.cle)
    options = MailOptions(smtp_port=0, imap_port=0, tls=tls)
    async with banc(create_app, MssSettings, base=base, tmp_path=dossier, mail=options) as b:
        yield b


@pytest.fixture
def courrier(b: Banc, confiance: ssl.SSLContext) -> Courrier:
    return Courrier(b, b.app.state.mail_ports, confiance)
