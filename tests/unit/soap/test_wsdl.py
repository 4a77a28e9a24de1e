"""The contracts we serve point at the bac that answers."""

import sys
from pathlib import Path

import pytest

from shared.soap.wsdl import ContratIntrouvable, servir_wsdl

WSDL = """<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap12/"
 xmlns:xs="http://www.w3.org/2001/XMLSchema"><types><xs:schema><xs:import namespace="urn:a" schemaLocation="a.xsd"/>
 </xs:schema></types><service name="S"><port name="P"><s:address location="http://x"/></port></service></definitions>"""


@pytest.fixture
def paquet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    dossier = tmp_path / "contrats_de_test"
    dossier.mkdir()
    (dossier / "__init__.py").touch()
    (dossier / "s.wsdl").write_text(WSDL)
    monkeypatch.syspath_prepend(str(tmp_path))
    sys.modules.pop("contrats_de_test", None)
    return "contrats_de_test"


def test_address_and_schema_locations_are_those_of_the_caller(paquet: str) -> None:
    servi = servir_wsdl(paquet, "s.wsdl", "http://127.0.0.1:8400/bac/ci-1/lps?a=1&b=2").decode()

    assert 'location="http://127.0.0.1:8400/bac/ci-1/lps?a=1&amp;b=2"' in servi
    assert "?xsd=a.xsd" in servi


@pytest.mark.parametrize("nom", ["none.wsdl", "../secret.wsdl", "s.txt", "__init__.py", "/etc/passwd"])
def test_only_contracts_of_the_package_are_served(paquet: str, nom: str) -> None:
    with pytest.raises(ContratIntrouvable):
        servir_wsdl(paquet, nom, "http://x")
