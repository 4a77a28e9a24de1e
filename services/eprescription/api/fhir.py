"""``/fhir/eprescription``: read a prescription by its number (§4.5). Writing stays on the native face."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from services.eprescription.api.acteurs import LecteurDep
from services.eprescription.api.prescriptions import vue_de
from services.eprescription.domain import numero as numeros
from services.eprescription.domain.erreurs import refus
from services.eprescription.domain.lignes import LigneMed
from services.eprescription.rendu import fhir
from shared.decision import operation
from shared.fhir.bundle import searchset
from shared.fhir.reponse import FhirResponse
from shared.web.deps import BacDep, UowDep

router = APIRouter(prefix="/fhir/eprescription", tags=["fhir"])


def _jeton(valeur: str | None) -> str | None:
    """The value of a FHIR token (``system|value`` or ``value``); another system finds nothing."""
    if valeur is None:
        return None
    systeme, barre, code = valeur.rpartition("|")
    return code if not barre or systeme in {"", fhir.SYSTEME} else ""


@router.get("/metadata")
async def capacites(bac: BacDep) -> Response:
    """What this face serves."""
    recherche = [{"name": nom, "type": "token"} for nom in ("group-identifier", "identifier")]
    contenu: dict[str, Any] = {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": bac.reference.isoformat(),
        "kind": "instance",
        "implementation": {
            "description": "Bac à Santé, e-prescription",
            "url": f"{bac.base_url}/fhir/eprescription",
        },
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json"],
        "rest": [
            {
                "mode": "server",
                "resource": [
                    {
                        "type": "MedicationRequest",
                        "interaction": [{"code": "read"}, {"code": "search-type"}],
                        "searchParam": recherche,
                    }
                ],
            }
        ],
    }
    return FhirResponse(contenu)


@router.get("/MedicationRequest")
async def rechercher(
    lecteur: LecteurDep,
    uow: UowDep,
    group_identifier: Annotated[str | None, Query(alias="group-identifier", max_length=120)] = None,
    identifier: Annotated[str | None, Query(max_length=120)] = None,
) -> Response:
    """By number; the same rights as P4."""
    operation("FHIR-SEARCH")
    cherche = _jeton(group_identifier or identifier)
    if cherche is None:
        raise refus("EP-400-02", champ="group-identifier", fr="Numéro attendu.", en="A number is expected.")
    numero = cherche.partition("-")[0] if group_identifier is None else cherche
    if not numeros.est_bien_forme(numeros.normaliser(numero)):
        return FhirResponse(searchset([], total=0))
    trouvee = await vue_de(lecteur, numeros.normaliser(numero), uow)
    return FhirResponse(fhir.bundle_prescription(trouvee.row, uow.bac, executions=trouvee.executions))


@router.get("/MedicationRequest/{identifiant}")
async def lire(identifiant: str, lecteur: LecteurDep, uow: UowDep) -> Response:
    """One line, by ``<numero>-<rang>``."""
    operation("FHIR-READ")
    numero, _, rang = identifiant.partition("-")
    if not rang.isascii() or not rang.isdigit() or len(rang) > 3 or not numeros.est_bien_forme(numero):
        raise refus("EP-404-01", champ="id")
    trouvee = await vue_de(lecteur, numero, uow)
    p = trouvee.row.prescription()
    for ligne in p.lignes:
        if isinstance(ligne, LigneMed) and ligne.rang == int(rang):
            ressource = fhir.medication_request(trouvee.row, p, ligne, executions=trouvee.executions)
            return FhirResponse(ressource, version=trouvee.row.version)
    raise refus("EP-404-01", champ="id")
