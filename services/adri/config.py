"""Settings of ``adri``."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.config import ServiceSettings


class AdriSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="ADRI_", frozen=True, extra="ignore")

    top_medecin_traitant_inverse: bool = Field(
        False,
        description="Engine JSON: the oddity where topMedecinTraitant 0 means declared (adri.md §3.2)",
    )
    attente_contexte_ms: int = Field(
        500, ge=0, le=5000, description="How long to wait for the news of an apCV context just read"
    )
