"""Homologation: a signature of the test chain, dates on the clock of the bac (architecture §11.9, insi.md §9)."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from signxml.signer import XMLSigner

from gateway.pki import Pki
from gateway.pki.pki import Emis
from services.ins.soap.messages import ACTION_TRAITS, ACTION_VITALE
from shared.web.asgi import Receive, Scope, Send
from shared.web.reponses import JSONReponse
from tests import lps
from tests.api.ins.test_insi_soap import CAMILLE, appeler
from tests.banc import MAINTENANT, Banc


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    dossier: Path = tmp_path_factory.mktemp("pki")
    return Pki.load_or_create(dossier, now=datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture
async def b(b: Banc, pki: Pki) -> Banc:
    """The bench's gateway, which here also tells the authorities of the test PKI."""
    gateway = b.ctx.passerelle.app
    assert gateway is not None

    async def avec_pki(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].endswith("/pki"):
            corps = {"autorites": [a.decode() for a in pki.autorites], "revoques": sorted(pki.revoques)}
            await JSONReponse(corps)(scope, receive, send)
            return
        await gateway(scope, receive, send)

    b.ctx.passerelle.app = avec_pki
    await b.regler(profil="homologation")
    return b


def signer(assertion: str, par: Emis) -> str:
    signeur: Any = XMLSigner(c14n_algorithm="http://www.w3.org/2001/10/xml-exc-c14n#")
    element = etree.fromstring(assertion)
    signe = signeur.sign(element, key=par.cle_pem, cert=par.certificat_pem.decode(), reference_uri=element.get("ID"))
    return etree.tostring(signe).decode()


@pytest.fixture(scope="module")
def carte(pki: Pki) -> Emis:
    return pki.professionnel(id_nat="810999000010", nom_prenom="VERDIER ALICE", now=MAINTENANT - timedelta(days=1))


@pytest.mark.exigence("BAC-SAML-11", "BAC-SAML-12", "BAC-SAML-13", "BAC-SAML-14")
async def test_a_signed_fresh_assertion_is_believed_and_nothing_else(b: Banc, pki: Pki, carte: Emis) -> None:
    etranger = pki.professionnel(
        id_nat="810999000010", nom_prenom="VERDIER ALICE", etat="mauvais_emetteur", now=MAINTENANT - timedelta(days=1)
    )
    vieille = lps.assertion(emise_le=MAINTENANT - timedelta(hours=2))
    signee = signer(lps.assertion(), carte)

    async def statut(assertion: str) -> tuple[int, str]:
        reponse = await appeler(b, lps.enveloppe(ACTION_TRAITS, CAMILLE, assertions=assertion))
        return reponse.status_code, "" if reponse.status_code == 200 else lps.faute(reponse.content)["regle"]

    assert await statut(signee) == (200, "")
    assert await statut(lps.assertion()) == (500, "BAC-SAML-11")
    assert await statut(signee.replace("991234562", "991234570")) == (500, "BAC-SAML-12")
    assert await statut(signer(lps.assertion(), etranger)) == (500, "BAC-SAML-13")
    assert await statut(signer(vieille, carte)) == (500, "BAC-SAML-14")
    assert await statut(signer(lps.assertion(facturation=None), carte)) == (500, "sandbox_auth")


@pytest.mark.exigence("INSI-NORMALISATION", "INSI-VITALE-ASSERTION")
async def test_the_published_strictness_applies_to_the_body_too(b: Banc, carte: Emis) -> None:
    signee = signer(lps.assertion(), carte)
    minuscules = CAMILLE.replace("CAMILLE", "Camille")
    carte_vitale = '<v:RECVITALE xmlns:v="http://www.cnamts.fr/INSiRecVit"/>'

    traits = await appeler(b, lps.enveloppe(ACTION_TRAITS, minuscules, assertions=signee))
    vitale = await appeler(b, lps.enveloppe(ACTION_VITALE, carte_vitale, assertions=signee))

    faute = lps.faute(traits.content)
    assert (faute["subcode"], faute["code"], faute["regle"]) == ("soap:siram_40", "insi_102", "INSI-NORMALISATION")
    assert faute["value"] == "soap:Receiver"
    assert lps.faute(vitale.content)["regle"] == "INSI-VITALE-ASSERTION"


async def test_why_shows_what_was_looked_at_and_the_row_that_answered(b: Banc) -> None:
    reponse = await appeler(b, lps.enveloppe(ACTION_TRAITS, CAMILLE, assertions=""))

    decision = next(d for d in b.notes(reponse)["decisions"] if d["verdict"] == "refuse")

    assert decision["regle"] == "sandbox_auth"
    assert decision["ligne"]["subcode"] == "siram_20"
    assert decision["examinees"][:3] == ["enveloppe", "action", "assertion"]
    assert decision["source"] == "insi.md §8"
    assert decision["fr"]
    assert decision["en"]
