"""Bacs: list, make, drop; settings and reset of the one at hand."""

from fastapi import APIRouter
from starlette.responses import Response

from gateway.console.ecran import Ecran, EcranDep, construire
from gateway.control import bacs as controle
from shared.errors import Invalide

router = APIRouter()

PROFILS = [(p, p) for p in ("homologation", "standard", "lenient")]
OID_MODES = [("qualif", "qualif (.8/.9)"), ("test", "test (.10/.11)")]
COPIES = [("logiciel", "logiciel"), ("base", "base")]


def confirmer(champs: dict[str, str]) -> dict[str, str]:
    """What cannot be undone is asked for twice."""
    if champs.pop("confirmation", "") != "oui":
        raise Invalide(
            "tick the box: what is there will be lost",
            "cochez la case : ce qui est là sera perdu",
            regle="BAC-CTL-06",
            champ="confirmation",
        )
    return champs


def _chez(e: Ecran, nom: str) -> str:
    """The console of another bac, reached the way this one was."""
    return e.registre.variante(e.registre.connu(nom), e.racine_publique).base_url + "/console"


@router.get("/console/bacs")
async def lister(e: EcranDep) -> Response:
    trouves = [controle.bac_view(b) | {"console": _chez(e, b.nom)} for b in e.registre.lister()]
    return e.page("bacs.html", bacs=trouves, maximum=e.registre.settings.bacs_max, profils=PROFILS, oid_modes=OID_MODES)


@router.post("/console/bacs")
async def creer(e: EcranDep) -> Response:
    await controle.create_bac(construire(controle.NewBac, dict(await e.formulaire())), e.registre)
    return e.vers("/bacs", "bac_cree")


@router.post("/console/bacs/suppression")
async def supprimer(e: EcranDep) -> Response:
    nom = confirmer(await e.formulaire()).get("name", "")
    if nom == e.bac.nom:
        raise Invalide(
            "a bac is dropped from the console of another one",
            "un bac se supprime depuis la console d'un autre",
            regle="BAC-CTL-07",
            champ="name",
        )
    await e.registre.supprimer(nom)
    return e.vers("/bacs", "bac_supprime")


@router.get("/console/reglages")
async def reglages(e: EcranDep) -> Response:
    return e.page("reglages.html", profils=PROFILS, oid_modes=OID_MODES, copies=COPIES)


@router.post("/console/reglages")
async def regler(e: EcranDep) -> Response:
    patch = construire(controle.SettingsPatch, dict(await e.formulaire()))
    await controle.change_settings(e.bac, patch, e.registre)
    return e.vers("/reglages", "reglages")


@router.post("/console/reglages/reinitialisation")
async def reinitialiser(e: EcranDep) -> Response:
    comment = construire(controle.Reset, dict(confirmer(await e.formulaire())))
    await controle.reset(e.bac, e.registre, comment)
    return e.vers("", "bac_reinitialise")
