"""Settings of the DMP: every switch of dmp.md §13 and mon-espace-sante.md §14, with the sheet's default."""

from datetime import timedelta
from functools import cached_property
from typing import Literal

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.dmp.domain.contexte_lot import Limites
from services.dmp.domain.situation import Reglages
from shared.config import ServiceSettings


class DmpSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="DMP_", frozen=True, extra="ignore")

    delai_opposition_jours: int = Field(42, ge=1, description="Days between the information and the opening (R1111-28)")
    notification_acces: Literal["premier", "chaque_jour", "chaque"] = Field(
        "premier", description="Which consultations by a professional are notified to a person who chose nothing"
    )
    masquage_non_auteur: bool = Field(False, description="A professional may mask another one's document (AD-047)")
    bloque_peut_alimenter: bool = Field(True, description="A blocked professional may still deposit (AD-017)")
    mt_blocable: bool = Field(True, description="The patient may block the médecin traitant (AD-071)")
    archivage_en_urgence: bool = Field(True, description="Archiving in emergency modes, as published (AD-064)")
    cumul_invisible_patient_masque_ps: bool = Field(
        False, description="MASQUE_PS and INVISIBLE_PATIENT may be set together (EX_2.1-1050)"
    )
    documents_par_lot: int = Field(20, ge=1, description="Documents of one submission set (MD-18)")
    octets_par_document: int = Field(25_000_000, ge=1, description="Size of one document (MD-18)")
    code_essais: int = Field(3, ge=1, description="Wrong tries before an activation is locked")
    verrou_heures: int = Field(24, ge=1, description="Length of that lock")

    @cached_property
    def reglages(self) -> Reglages:
        return Reglages(
            masquage_non_auteur=self.masquage_non_auteur,
            bloque_peut_alimenter=self.bloque_peut_alimenter,
            mt_blocable=self.mt_blocable,
            archivage_en_urgence=self.archivage_en_urgence,
            cumul_invisible_patient_masque_ps=self.cumul_invisible_patient_masque_ps,
        )

    @property
    def limites(self) -> Limites:
        return Limites(self.documents_par_lot, self.octets_par_document)

    @property
    def delai_opposition(self) -> timedelta:
        return timedelta(days=self.delai_opposition_jours)
