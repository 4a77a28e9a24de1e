"""Settings of secure mail."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.config import ServiceSettings


class MssSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="MSS_", frozen=True, extra="ignore")

    courrier: bool = Field(True, description="Whether the SMTP and IMAP listeners are opened")
    courrier_hote: str = Field("127.0.0.1", description="Address the mail listeners bind to")
    smtp_port: int = Field(8587, ge=0, le=65535, description="SMTP submission port (0: chosen by the system)")
    imap_port: int = Field(8143, ge=0, le=65535, description="IMAP port (0: chosen by the system)")
    courrier_nom: str = Field("mssante.bac-a-sante.test", description="Name the mail listeners give themselves")
    tls_certificat: Path | None = Field(None, description="PEM chain of the mail listeners (test PKI)")
    tls_cle: Path | None = Field(None, description="PEM key of the mail listeners")
    taille_max: int = Field(26_214_400, ge=1024, description="Largest message this operator accepts, in bytes")
    mecanismes: tuple[str, ...] = Field(("XOAUTH2", "OAUTHBEARER"), description="SASL mechanisms offered after TLS")
