"""Settings shared by every service: frozen, injected into ``create_app``; no module reads the environment itself."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """What every process of the suite needs to know. Each service subclasses it with its own ``env_prefix``."""

    model_config = SettingsConfigDict(env_prefix="BACASANTE_", frozen=True, extra="ignore")

    data: Path = Field(Path("data"), description="Folder of SQLite files and of everything else kept on disk")
    database_url: str | None = Field(
        None, description="PostgreSQL URL of this service's own database; SQLite files under `data` when absent"
    )
    nats_url: str | None = Field(None, description="NATS server with JetStream; in-process delivery when absent")
    secret: SecretStr = Field(
        SecretStr("bac-a-sante-interne"), description="Secret shared by the gateway and its services"
    )
    gateway_url: str | None = Field(None, description="Internal URL of the gateway, for a service that runs alone")
    espaces_ouverts: int = Field(128, ge=8, description="Spaces kept open at once (least recently used are closed)")
    durabilite: Literal["normale", "complete"] = Field(
        "normale", description="SQLite: NORMAL survives a crash of the process, `complete` (FULL) a power cut"
    )
    log_level: str = Field("INFO", description="Lowest level written")
    log_format: Literal["console", "json"] = Field("console", description="Human lines or one JSON object a line")
