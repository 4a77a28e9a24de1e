"""Settings of ``ins``."""

from datetime import timedelta

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.config import ServiceSettings


class InsSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="INS_", frozen=True, extra="ignore")

    controle_cle: bool = Field(
        True, description="Verification: refuse a key that is not arithmetically right (some published ones are not)"
    )
    lot_max: int = Field(1000, ge=1, le=10_000, description="Most items of a batch of verifications")
    lot_delai: timedelta = Field(timedelta(seconds=2), description="Time before the results of a batch appear")
    lenteurs: bool = Field(True, description="Whether the identity that answers after 25 seconds really waits")
