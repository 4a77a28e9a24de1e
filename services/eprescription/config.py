"""Settings of the e-prescription base: the figures the sheet calls parameters (§2.5, §2.6, §4.9)."""

from datetime import timedelta
from typing import Literal

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.eprescription.domain.regles import Parametres
from shared.config import ServiceSettings


class EprescriptionSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="EPRESCRIPTION_", frozen=True, extra="ignore")

    prise_en_charge_minutes: int = Field(30, ge=1, le=1440, description="How long a prise en charge (lock) is held")
    annulation_execution_heures: int = Field(24, ge=1, le=720, description="How long a delivery may be withdrawn")
    idempotence_heures: int = Field(24, ge=1, le=168, description="How long an Idempotency-Key is remembered")
    conservation_annees: int = Field(5, ge=1, le=20, description="Retention from the date of writing (CSP R.4071-1)")
    tolerance_jours: int = Field(7, ge=0, le=30, description="Days before the next delivery without justification")
    plafond_arret_initial_jours: int = Field(31, ge=1, description="First work stoppage, days (décret pending)")
    plafond_arret_prolongation_jours: int = Field(
        61, ge=1, description="Extension of a stoppage, days (décret pending)"
    )
    qr: Literal["compat", "signe"] = Field("compat", description="Content of the printed QR code (§3.3)")

    @property
    def duree_verrou(self) -> timedelta:
        return timedelta(minutes=self.prise_en_charge_minutes)

    @property
    def parametres(self) -> Parametres:
        return Parametres(
            tolerance_jours=self.tolerance_jours,
            plafond_arret_initial_jours=self.plafond_arret_initial_jours,
            plafond_arret_prolongation_jours=self.plafond_arret_prolongation_jours,
        )
