"""A web application behind Apache with mod_auth_openidc: the relying party hospitals really run."""

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.blackbox.navigateur import DELAI, Navigateur
from tests.instance import Marche

pytestmark = pytest.mark.blackbox

MODULES = Path("/usr/lib/apache2/modules")
_CONFIG = """
ServerName 127.0.0.1
ServerRoot {dossier}
PidFile {dossier}/apache.pid
ErrorLog {dossier}/erreurs.log
Listen 127.0.0.1:{port}
{modules}
{utilisateur}
DefaultRuntimeDir {dossier}
TypesConfig /dev/null
AddType text/html .shtml
DirectoryIndex index.shtml

OIDCProviderMetadataURL {issuer}/.well-known/wallet-openid-configuration
OIDCClientID apache
OIDCClientSecret secret-apache
OIDCProviderTokenEndpointAuth client_secret_post
OIDCRedirectURI http://127.0.0.1:{port}/prive/retour
OIDCDefaultLoggedOutURL http://127.0.0.1:{port}/
OIDCCryptoPassphrase une-phrase-de-test
OIDCPKCEMethod S256
OIDCScope "openid scope_all"
OIDCAuthRequestParams acr_values=eidas1
OIDCRemoteUserClaim SubjectNameID
OIDCSessionType server-cache
OIDCCacheType file
OIDCCacheDir {dossier}/cache
OIDCPassClaimsAs environment

DocumentRoot {dossier}/site
<Directory {dossier}/site>
  Require all granted
  Options +Includes
  SetOutputFilter INCLUDES
</Directory>
<Location /prive>
  AuthType openid-connect
  Require valid-user
</Location>
"""
_PAGE = """<!doctype html><title>Application</title>
<p id="qui"><!--#echo var="REMOTE_USER" --></p>
<p id="nom"><!--#echo var="OIDC_CLAIM_family_name" --></p>
"""


@pytest.fixture
def bac(suite: Marche) -> str:
    return f"{suite.url}/bac/apache-{secrets.token_hex(3)}"


@pytest.fixture
def application(bac: str, dossier: Path) -> Iterator[str]:
    """Apache in the foreground, as an ordinary user, with a page behind Pro Santé Connect."""
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        port = int(prise.getsockname()[1])
    racine = f"http://127.0.0.1:{port}"
    cree = httpx.post(
        f"{bac}/_bac/clients",
        json={"client_id": "apache", "client_secret": "secret-apache", "redirect_uris": [f"{racine}/prive/retour"]},
    )
    assert cree.status_code == 201, cree.text
    _ecrire(dossier, port, f"{bac}/auth/realms/esante-wallet")
    apache = shutil.which("apache2", path=f"{os.environ['PATH']}:/usr/sbin")
    assert apache is not None
    commande = [apache, "-f", str(dossier / "apache.conf"), "-DFOREGROUND"]
    with subprocess.Popen(commande, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as processus:
        try:
            _attendre(racine, processus, dossier / "erreurs.log")
            yield racine
        finally:
            processus.terminate()


@pytest.fixture
def dossier() -> Iterator[Path]:
    """A folder that whoever Apache becomes can read (started by root, it drops to another user)."""
    with tempfile.TemporaryDirectory(prefix="bacasante-apache-") as nom:
        Path(nom).chmod(0o755)
        yield Path(nom)


def _ecrire(dossier: Path, port: int, issuer: str) -> None:
    noms = "mpm_event authn_core authz_core authz_user dir mime alias filter include auth_openidc"
    # Some builds have a module inside the server rather than beside it.
    charges = [n for n in noms.split() if (MODULES / f"mod_{n}.so").exists()]
    (dossier / "site" / "prive").mkdir(parents=True)
    (dossier / "cache").mkdir()
    (dossier / "cache").chmod(0o777)
    (dossier / "site" / "index.shtml").write_text("<!doctype html><title>Accueil</title>", encoding="utf-8")
    (dossier / "site" / "prive" / "index.shtml").write_text(_PAGE, encoding="utf-8")
    texte = _CONFIG.format(
        dossier=dossier,
        port=port,
        modules="\n".join(f"LoadModule {n}_module {MODULES}/mod_{n}.so" for n in charges),
        issuer=issuer,
        utilisateur="User www-data\nGroup www-data" if os.geteuid() == 0 else "",
    )
    (dossier / "apache.conf").write_text(texte, encoding="utf-8")


def _attendre(racine: str, processus: "subprocess.Popen[bytes]", journal: Path) -> None:
    limite = time.monotonic() + DELAI
    while time.monotonic() < limite and processus.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(racine).status_code == 200:
                return
        time.sleep(0.05)
    raise AssertionError(journal.read_text("utf-8", "replace") if journal.exists() else "Apache did not start")


def _est_la(page: Navigateur) -> bool:
    return page.nombre("#qui") == 1


def test_a_page_behind_apache_opens_once_the_professional_has_signed_in(application: str, page: Navigateur) -> None:
    page.ouvrir(f"{application}/prive/")
    page.attendre(lambda p: p.nombre("button[name=persona]") > 0, "the login page shows")
    page.cliquer("button[value=verdier-mg]")
    page.attendre(_est_la, "the browser comes back to the application")

    assert page.texte("#qui") == "810999000010"
    assert page.texte("#nom") == "VERDIER"


def test_a_second_visit_needs_no_login(application: str, page: Navigateur) -> None:
    page.ouvrir(f"{application}/prive/")
    page.cliquer("button[value=martin-dupuy-idel]")
    page.attendre(_est_la, "the browser comes back to the application")

    page.ouvrir(f"{application}/prive/?encore=1")

    assert page.texte("#qui") == "899700990155"
