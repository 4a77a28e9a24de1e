"""Settings of the apCV service (environment prefix ``APCV_``)."""

from pydantic_settings import SettingsConfigDict

from shared.config import ServiceSettings


class ApcvSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="APCV_", frozen=True, extra="ignore")
