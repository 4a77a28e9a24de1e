"""``/_bac/faults``: inject latency, published refusals, cut connections."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from gateway.control.bacs import RegistreDep
from shared.edge.fautes import lire
from shared.edge.fautes_nommees import nommees
from shared.errors import Introuvable
from shared.web.deps import BacDep

router = APIRouter(prefix="/_bac/faults", tags=["control"])


class NewFault(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(None, description="A published national error: see GET /_bac/faults")
    effect: str | None = Field(None, description="refus, latence, coupure or charabia")
    service: str | None = None
    path: str | None = Field(None, description='Glob on "METHOD /path" or on the path')
    operation: str | None = Field(None, description="Glob on the SOAP action or the mail command")
    identity: str | None = Field(None, description="PS_IdNat, matricule or client id of the caller")
    probability: float | None = Field(None, ge=0, le=1)
    times: int | None = Field(None, ge=1)
    latency_ms: int | None = Field(None, ge=0, le=120_000)
    refusal: dict[str, Any] | None = Field(None, description="status, code, fr, en and members of the dialect")
    seed: int | None = None


@router.get("")
async def list_faults(bac: BacDep, registre: RegistreDep) -> dict[str, Any]:
    """The faults that are set, with their hits, and every name that can be."""
    return {
        "faults": [f.to_json() for f in registre.fautes(bac.nom)],
        "named": {
            nom: {"service": n.get("service"), "latency_ms": n.get("latence_ms"), "refusal": n.get("refus")}
            for nom, n in nommees().items()
        },
    }


@router.post("", status_code=201)
async def inject(bac: BacDep, new: NewFault, registre: RegistreDep) -> dict[str, Any]:
    """Set a fault: a published national error by its name, or an effect on what the criteria match."""
    faute = lire(new.model_dump(exclude_none=True))
    registre.fautes(bac.nom).append(faute)
    await registre.retenir_fautes(bac.nom)
    return faute.to_json()


@router.delete("", status_code=204)
async def clear(bac: BacDep, registre: RegistreDep) -> None:
    """Withdraw every fault of this bac."""
    registre.fautes(bac.nom).clear()
    await registre.retenir_fautes(bac.nom)


@router.delete("/{id}", status_code=204)
async def remove(id: str, bac: BacDep, registre: RegistreDep) -> None:
    """Withdraw one fault."""
    fautes = registre.fautes(bac.nom)
    if (faute := next((f for f in fautes if f.id == id), None)) is None:
        raise Introuvable(f"no fault {id}", f"pas de faute {id}", regle="BAC-FAUTE-03", champ="id")
    fautes.remove(faute)
    await registre.retenir_fautes(bac.nom)
