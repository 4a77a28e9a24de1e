"""A stranger's SOAP client (zeep) reads the WSDL that INSi and ADRi serve, and calls them with nothing else."""

import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from lxml import etree
from zeep import AsyncClient, Settings
from zeep.exceptions import Fault
from zeep.transports import AsyncTransport

from services.adri.app import create_app as adri
from services.adri.config import AdriSettings
from services.ins.app import create_app as ins
from services.ins.config import InsSettings
from tests import lps
from tests.banc import Banc, banc

BAM = "{urn:siram:bam:ctxbam}ContexteBAM"
LPS = "{urn:siram:lps:ctxlps}ContexteLPS"
TEMPS = "2026-01-15T09:00:00Z"


@pytest.fixture
async def insi(tmp_path: Path) -> AsyncIterator[Banc]:
    async with banc(ins, InsSettings, base=None, tmp_path=tmp_path) as b:
        yield b


@pytest.fixture
async def droits(tmp_path: Path) -> AsyncIterator[Banc]:
    async with banc(adri, AdriSettings, base=None, tmp_path=tmp_path) as b:
        yield b


class _Zeep:
    """zeep over the bench's client: typed headers and bodies from the WSDL, WS-Addressing from the WSDL."""

    def __init__(self, b: Banc, wsdl: bytes, service: str, port: str) -> None:
        transport = AsyncTransport(client=b.client, wsdl_client=httpx.Client())  # type: ignore[no-untyped-call]  # no types
        reglages = Settings(strict=True)
        self.client: Any = AsyncClient(io.BytesIO(wsdl), transport=transport, settings=reglages)  # type: ignore[no-untyped-call]  # no types
        self.service = self.client.bind(service, port)

    def entetes(self, couverture: dict[str, Any], idam: str = "SBX0000001") -> list[Any]:
        securite = etree.fromstring(
            '<wsse:Security xmlns:wsse="http://docs.oasis-open.org/wss/2004/01/'
            f'oasis-200401-wss-wssecurity-secext-1.0.xsd">{lps.assertion()}</wsse:Security>'
        )
        bam = self.client.get_element(BAM)(
            Id="1", Temps=TEMPS, Emetteur="10B0999999", COUVERTURE=couverture, Version="01_02", Nature="CTXBAM"
        )
        logiciel = self.client.get_element(LPS)(
            Id="1",
            Temps=TEMPS,
            LPS={
                "IDAM": {"_value_1": idam, "R": "4"},
                "Version": "1.2.0",
                "Instance": "1c0d3f0e-2a50-4f52-8f61-0b7b1c1f0001",
                "Nom": "urn:lps:monlps:1.2.0",
            },
            Version="01_00",
            Nature="CTXLPS",
        )
        return [securite, bam, logiciel]


async def _zeep(b: Banc, nom: str, service: str, port: str) -> _Zeep:
    contrat = (await b.client.get(f"/lps?wsdl={nom}")).content
    adresse = f"{b.bac.base_url}/lps".encode()
    assert adresse in contrat
    return _Zeep(b, contrat.replace(adresse, b"http://service/lps"), service, port)  # past the edge


async def test_zeep_searches_by_traits_from_the_wsdl_we_serve(insi: Banc) -> None:
    z = await _zeep(insi, "insi", "ICIR-v1", "ICIRService")

    async def chercher(**traits: Any) -> Any:
        return await z.service.rechercherInsAvecTraitsIdentite(**traits, _soapheaders=z.entetes({}))

    camille = await chercher(
        NomNaissance="BLANC-VALMONT", Prenom=["CAMILLE"], Sexe="F", DateNaissance="1985-07-14", LieuNaissance="63113"
    )
    sasha = await chercher(NomNaissance="VILLEDIEU", Prenom=["SASHA"], Sexe="F", DateNaissance="1962-06-05")
    personne = await chercher(NomNaissance="HORSBASE", Prenom=["ADELE"], Sexe="F", DateNaissance="1993-12-01")

    assert (camille.CR.CodeCR, camille.INDIVIDU.INSACTIF.IdIndividu.NumIdentifiant) == ("00", "2850763113042")
    assert camille.INDIVIDU.TIQ.ListePrenom == "CAMILLE LOUISE"
    assert [h.IdIndividu.NumIdentifiant for h in sasha.INDIVIDU.INSHISTO] == ["1620633063201"]
    assert (personne.CR.CodeCR, personne.INDIVIDU) == ("01", None)


async def test_zeep_searches_by_card_and_verifies(insi: Banc) -> None:
    z = await _zeep(insi, "insi", "ICIR-v1", "ICIRService")

    noe = await z.service.rechercherInsAvecCarteVitale(
        MatriculeOD={"NumIdentifiant": "2820963113055", "Cle": "95", "TypeMatricule": "NIR"},
        NomNaissance="FONTANGES",
        DateNaissance="2018-01-11",
        RangNaissance="2",
        _soapheaders=z.entetes({}),
    )
    verifiee = await z.service.verifierInsAvecTraitsIdentite(
        INSFourni={"IdIndividu": {"NumIdentifiant": "2850763113042", "Cle": "26"}, "OID": "1.2.250.1.213.1.4.8"},
        TraitsIdentiteIndividu={
            "NomNaissance": "BLANC-VALMONT",
            "ListePrenom": "CAMILLE LOUISE",
            "Sexe": "F",
            "DateNaissance": "1985-07-14",
        },
        _soapheaders=z.entetes({}),
    )

    assert noe.INDIVIDU.TIQ.Prenom == "NOE"
    assert verifiee.CodeCR == "00"  # zeep unwraps the only child, CR


@pytest.mark.exigence("desir_550")
async def test_zeep_reads_our_faults_as_soap_faults(insi: Banc) -> None:
    z = await _zeep(insi, "insi", "ICIR-v1", "ICIRService")

    with pytest.raises(Fault) as refus:
        await z.service.rechercherInsAvecTraitsIdentite(
            NomNaissance="BLANC-VALMONT",
            Prenom=["CAMILLE"],
            Sexe="F",
            DateNaissance="1985-07-14",
            _soapheaders=z.entetes({}, idam="SBX9999999"),
        )

    assert [c.localname for c in refus.value.subcodes] == ["siram_100"]
    [erreur] = refus.value.detail.iter("{urn:siram}Erreur")
    assert erreur.get("code") == "desir_550"


async def test_zeep_asks_adri_for_rights(droits: Banc) -> None:
    z = await _zeep(droits, "adri", "ADR-v1", "AdrService")
    couverture = {
        "GrandRegime": "01",
        "ASSURE": {"Id": {"Num": "2820963113055", "Cle": "95"}},
        "BENEFICIAIRE": {"DateNai": "2018-01-11", "Rang": "2"},
    }

    reponse = await z.service.acquerirLesDroits(
        DatedeReference="2026-01-15",
        BeneficiaireDeSoins={
            "DatedeNaissance": "2018-01-11",
            "SituationAdministrativeAMO": {"RangdeNaissance": "2"},
            "Assure": {"NIRassure": {"Num": "2820963113055", "Cle": "95"}},
        },
        _soapheaders=z.entetes(couverture),
    )

    assert (reponse.CR.Code, reponse.Beneficiaire.Prenom) == ("00", "NOE")
    assert reponse.PeriodesAMO.Periode[0].Fin.isoformat() == "2027-01-15"
    assert reponse.MedecinTraitant.declare is True
    assert reponse.Complementaire.NumeroAMC == "99900001"


@pytest.mark.parametrize("operation", ["Traits", "CarteVitale"])
async def test_the_wsdl_of_insi_declares_the_published_names(insi: Banc, operation: str) -> None:
    contrat = etree.fromstring((await insi.client.get("/lps?wsdl=insi")).content)

    assert contrat.get("targetNamespace") == "http://www.cnamts.fr/webservice"
    assert (_un(contrat, "//w:service/@name"), _un(contrat, "//w:port/@name")) == ("ICIR-v1", "ICIRService")
    nom = f"rechercherInsAvec{operation}" if operation == "CarteVitale" else "rechercherInsAvecTraitsIdentite"
    assert _un(contrat, f"//w:binding/w:operation[@name='{nom}']/s:operation/@soapAction") == (
        f"urn:ServiceIdentiteCertifiee:1.0.0:{nom}"
    )
    assert contrat.xpath("//*[@schemaLocation]") == []  # one self-contained document


def _un(contrat: etree._Element, chemin: str) -> str:
    espaces = {"w": "http://schemas.xmlsoap.org/wsdl/", "s": "http://schemas.xmlsoap.org/wsdl/soap12/"}
    [valeur] = contrat.xpath(chemin, namespaces=espaces)
    return str(valeur)
