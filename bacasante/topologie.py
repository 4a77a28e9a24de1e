"""The one table of what runs: used by the embedded start, by ``--full`` and to generate the compose file."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Processus:
    """One process of the distributed topology. ``port`` is the internal one of the compose file."""

    nom: str
    module: str
    prefixe: str
    port: int

    @property
    def fabrique(self) -> str:
        return f"{self.module}:create_app"

    @property
    def base(self) -> str:
        """Name of its own PostgreSQL database."""
        return f"bacasante_{self.nom}"


SERVICES: tuple[Processus, ...] = (
    Processus("ins", "services.ins.app", "INS_", 8401),
    Processus("adri", "services.adri.app", "ADRI_", 8402),
    Processus("apcv", "services.apcv.app", "APCV_", 8403),
    Processus("dmp", "services.dmp.app", "DMP_", 8404),
    Processus("mss", "services.mss.app", "MSS_", 8405),
    Processus("eprescription", "services.eprescription.app", "EPRESCRIPTION_", 8406),
)
PASSERELLE = Processus("gateway", "gateway.app", "GATEWAY_", 8400)
TOUS = (*SERVICES, PASSERELLE)
