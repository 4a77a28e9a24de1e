"""A stranger's SOAP library (zeep) calls the four apCV operations from the WSDL we serve, and nothing else."""

import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import zeep
import zeep.exceptions
from lxml import etree
from zeep.transports import AsyncTransport

from services.apcv.app import create_app
from services.apcv.config import ApcvSettings
from tests import lps
from tests.api.apcv.outils import SHA, Cabinet
from tests.banc import banc

AUTH = "{http://www.sesam-vitale.fr/apcv/auth/1/0}"
PS = {"IdentifiantFacturation": "991234562", "CodeSpecialiteAMO": "01"}
NIR = {"_value_1": "2850763113042", "cle": "26"}
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"


@pytest.fixture
async def cabinet(tmp_path: Path) -> AsyncIterator[Cabinet]:
    async with banc(create_app, ApcvSettings, base=None, tmp_path=tmp_path) as b:
        yield Cabinet(b)


class Logiciel:
    """A practice software that knows only the WSDL and its own headers."""

    def __init__(self, client: httpx.AsyncClient, wsdl: bytes) -> None:
        transport = AsyncTransport(client=client, wsdl_client=httpx.Client())  # type: ignore[no-untyped-call]  # no types
        self._zeep = zeep.AsyncClient(io.BytesIO(wsdl), transport=transport)  # type: ignore[no-untyped-call]  # no types
        self.auth = self._zeep.bind("ApCV", "ApCV_AUTH")
        self.sign = self._zeep.bind("ApCV", "ApCV_SIGN")

    @property
    def entetes(self) -> list[etree._Element]:
        securite = f'<wsse:Security xmlns:wsse="{WSSE}">{lps.assertion()}</wsse:Security>'
        return [etree.fromstring(securite), etree.fromstring(lps.contexte_lps())]

    async def lire(self, donnees: str) -> Any:
        return await self.auth.authentifierUtilisateurProximite(
            ProfessionnelSante=PS, Donnees=donnees, _soapheaders=self.entetes
        )

    async def signer(self, contexte: str) -> Any:
        prestation = {"CodeActe": "G", "Libelle": "Consultation", "Montant": "30.00", "PartAMO": "21.00"}
        return await self.sign.signerVitale(
            ContexteApCV={"Identifiant": contexte},
            Facture={"type": "FSE", "NIRAssure": NIR, "DonneeFSE": SHA},
            ResumeFacture={
                "ProfessionnelSante": {"IdentifiantFacturation": "991234562"},
                "Beneficiaire": {"NomFamille": "BLANC-VALMONT", "Prenom": "CAMILLE", "NIRCertifie": NIR},
                "Prestation": [prestation],
            },
            _soapheaders=self.entetes,
        )


@pytest.fixture
async def logiciel(cabinet: Cabinet) -> Logiciel:
    contrat = (await cabinet.b.client.get("/lps?wsdl=apcv")).content
    adresse = f"{cabinet.b.bac.base_url}/lps".encode()
    assert adresse in contrat
    return Logiciel(cabinet.b.client, contrat.replace(adresse, b"http://service/lps"))  # past the edge


@pytest.mark.exigence("apcv.md §3")
async def test_zeep_reads_restores_signs_and_is_refused_a_second_invoice(cabinet: Cabinet, logiciel: Logiciel) -> None:
    lu = await logiciel.lire((await cabinet.presenter())["donnees"])
    contexte = lu.ContexteApCV.Identifiant
    assert lu.Beneficiaires.Beneficiaire[0].INS.Matricule == "285076311304226"
    assert lu.Porteur.role == "titulaire"
    assert lu.ContexteApCV.DateFinValidite.isoformat() == "2026-01-15T10:20:00+01:00"

    restitue = await logiciel.auth.restituerContexteApCV(_soapheaders=logiciel.entetes)
    assert restitue.ContexteApCV.Identifiant == contexte

    signe = await logiciel.signer(contexte)
    assert signe.Contexte.consomme is True
    assert signe.NumeroSignature.startswith("SIG-")

    with pytest.raises(zeep.exceptions.Fault) as refuse:
        await logiciel.signer(contexte)
    assert refuse.value.detail.find("{urn:siram}Erreur").get("code") == "APCV-211"


async def test_zeep_destroys_a_context(cabinet: Cabinet, logiciel: Logiciel) -> None:
    contexte = (await logiciel.lire((await cabinet.presenter())["donnees"])).ContexteApCV.Identifiant

    rendu = await logiciel.auth.detruireContexteApCV(
        ContexteApCV={"Identifiant": contexte}, _soapheaders=logiciel.entetes
    )
    vide = await logiciel.auth.restituerContexteApCV(_soapheaders=logiciel.entetes)

    assert rendu.CR.Code == "00"
    assert vide.ContexteApCV is None
    assert vide.CR.Libelle == "aucun contexte"


async def test_every_answer_validates_against_the_schema_of_the_wsdl(cabinet: Cabinet, logiciel: Logiciel) -> None:
    """zeep is lenient with what it reads; libxml2 is not."""
    contrat = etree.fromstring((await cabinet.b.client.get("/lps?wsdl=apcv")).content)
    schemas = {
        s.get("targetNamespace"): etree.XMLSchema(s) for s in contrat.iter("{http://www.w3.org/2001/XMLSchema}schema")
    }
    donnees = (await cabinet.presenter())["donnees"]
    requete = (
        f'<a:AuthentifierUtilisateurProximiteReq xmlns:a="{AUTH[1:-1]}" version="1.0"><a:ProfessionnelSante>'
        "<a:IdentifiantFacturation>991234562</a:IdentifiantFacturation></a:ProfessionnelSante>"
        f"<a:Donnees>{donnees}</a:Donnees></a:AuthentifierUtilisateurProximiteReq>"
    )
    action = "urn:ApCV_AUTH:1.0.0:authentifierUtilisateurProximite"
    reponse = await cabinet.b.client.post("/lps", content=lps.enveloppe(action, requete, bam=""), headers=lps.TYPE)

    schema = schemas[AUTH[1:-1]]
    assert schema.validate(etree.fromstring(requete)), schema.error_log
    assert schema.validate(lps.corps(reponse.content)), schema.error_log
