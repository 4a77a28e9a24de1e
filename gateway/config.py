"""Settings of the gateway (environment prefix ``GATEWAY_``)."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from shared.config import ServiceSettings

NOMS_DE_BOUCLE = ("127.0.0.1", "localhost", "[::1]", "::1", "testserver")


class GatewaySettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="GATEWAY_", frozen=True, extra="ignore")

    public_url: str | None = Field(None, description="Root URL told to clients; else scheme and Host of the request")
    hotes: tuple[str, ...] = Field((), description="Host names, beside the loopback ones, whose URLs we give back")
    adresse: str = Field("http://127.0.0.1:8400", description="Root URL used when the request's Host is not allowed")
    libre: bool = Field(True, description="Control API without a secret (only when bound to the loopback)")
    jeton_de_controle: SecretStr | None = Field(None, description="Bearer secret of the control API elsewhere")
    bacs_max: int = Field(64, ge=1, description="Bacs at a time; one more is refused with 409")
    creation_auto: bool = Field(True, description="Make a bac on first use of any of its URLs")
    graine: str = Field("demo", description="Seed of bacs made on first use")
    journal_entrees: int = Field(10_000, ge=10, description="Journal entries kept for each bac")
    journal_octets: int = Field(32_000_000, description="Bytes of captured bodies kept for each bac")
    smtp: str | None = Field(None, description="host:port of the submission listener, told by /_bac")
    imap: str | None = Field(None, description="host:port of the IMAP listener, told by /_bac")
    services: dict[str, str] = Field(default_factory=dict, description="Distributed: name → internal URL")
    pki: Path | None = Field(None, description="Folder of the test PKI; <data>/pki when absent")
