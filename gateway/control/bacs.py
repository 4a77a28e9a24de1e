"""``/_bac``: the bac at hand, the list of bacs, reset, settings, clock, rest."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.requests import Request

from gateway.registre import Registre
from shared.clock import Horloge
from shared.edge.bac import Bac, OidMode, Profil, Reglages
from shared.errors import Invalide
from shared.web.deps import BacDep

router = APIRouter(prefix="/_bac", tags=["control"])

ECART_SIGNALE = 60
_SIECLES = range(1900, 2201)


async def _registre(request: Request) -> Registre:
    registre: Registre = request.app.state.registre
    return registre


RegistreDep = Annotated[Registre, Depends(_registre)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewBac(_Strict):
    name: str = Field(description="1 to 32 lower-case letters, digits, hyphens")
    seed: str | None = Field(None, description="demo, vide or population-N")
    reference: date | None = Field(None, description="Date the seed's offsets are counted from; today by default")
    profile: Profil = "standard"
    oid_mode: OidMode = "qualif"


class Reset(_Strict):
    seed: str | None = None
    reference: date | None = None


class SettingsPatch(_Strict):
    profile: Profil | None = None
    oid_mode: OidMode | None = None
    copie_dmp: Literal["logiciel", "base"] | None = None
    tokens: Literal["bac", "reel"] | None = None


class SetClock(_Strict):
    mode: Literal["real", "frozen", "shifted", "scaled"]
    at: AwareDatetime | None = Field(None, description="What the bac shows now (frozen, shifted)")
    rate: float | None = Field(None, gt=0, le=100_000, description="Bac seconds per real second (scaled)")


class Advance(_Strict):
    seconds: float = 0
    minutes: float = 0
    hours: float = 0
    days: float = 0


def clock_view(bac: Bac) -> dict[str, Any]:
    """The clock of a bac, with a warning when unmodified clients would see a skew (ruling 11.4)."""
    modes = {"reel": "real", "fige": "frozen", "decale": "shifted", "accelere": "scaled"}
    now = bac.horloge.now()
    ecart = round((now - datetime.now(UTC)).total_seconds(), 1)
    vue: dict[str, Any] = {
        "mode": modes[bac.horloge.mode],
        "now": now.isoformat(),
        "rate": bac.horloge.vitesse,
        "skew_seconds": ecart,
    }
    if abs(ecart) > ECART_SIGNALE and bac.reglages.jetons == "bac":
        vue["warning"] = (
            "tokens are stamped with the bac's time: a client that checks exp on its own clock will refuse them "
            '(PATCH /_bac/settings {"tokens": "reel"} stamps them with the real one)'
        )
    return vue


def bac_view(bac: Bac) -> dict[str, Any]:
    return {
        "name": bac.nom,
        "url": bac.base_url,
        "issuer": f"{bac.base_url}/auth/realms/esante-wallet",
        "seed": bac.graine,
        "reference": bac.reference.isoformat(),
        "epoch": bac.epoque,
        "clock": clock_view(bac),
        "settings": {
            "profile": bac.reglages.profil,
            "oid_mode": bac.reglages.oid_mode,
            "copie_dmp": bac.reglages.copie_dmp,
            "tokens": bac.reglages.jetons,
        },
    }


@router.get("")
async def here(bac: BacDep, registre: RegistreDep) -> dict[str, Any]:
    """The bac of this URL, and where its wires are."""
    return bac_view(bac) | {
        "smtp": registre.smtp,
        "imap": registre.imap,
        "services": sorted(registre.services),
    }


@router.get("/bacs")
async def list_bacs(registre: RegistreDep) -> dict[str, Any]:
    """Every bac, and how many there may be."""
    return {"bacs": [bac_view(b) for b in registre.lister()], "max": registre.settings.bacs_max}


@router.post("/bacs", status_code=201)
async def create_bac(new: NewBac, registre: RegistreDep) -> dict[str, Any]:
    """Make a bac with a seed, a reference date and a profile of its own."""
    reglages = Reglages(profil=new.profile, oid_mode=new.oid_mode)
    return bac_view(await registre.creer(new.name, graine=new.seed, reference=new.reference, reglages=reglages))


@router.get("/bacs/{name}")
async def show_bac(name: str, registre: RegistreDep) -> dict[str, Any]:
    """One bac by its name; never makes it."""
    return bac_view(registre.connu(name))


@router.delete("/bacs/{name}", status_code=204)
async def drop_bac(name: str, registre: RegistreDep) -> None:
    """Drop a bac: records, mail, keys and journal go. `default` cannot be dropped, only reset."""
    await registre.supprimer(name)


@router.post("/reset")
async def reset(bac: BacDep, registre: RegistreDep, how: Annotated[Reset | None, Body()] = None) -> dict[str, Any]:
    """Back to the seed: records, mails, clients, clock, faults; the signing keys stay."""
    how = how or Reset()
    return bac_view(await registre.reinitialiser(bac.nom, graine=how.seed, reference=how.reference))


@router.patch("/settings")
async def change_settings(bac: BacDep, patch: SettingsPatch, registre: RegistreDep) -> dict[str, Any]:
    """Change how strict the bac is, which OIDs patients carry, who files copies, which time stamps tokens."""
    avant = registre.connu(bac.nom).reglages
    apres = Reglages(
        profil=patch.profile or avant.profil,
        oid_mode=patch.oid_mode or avant.oid_mode,
        copie_dmp=patch.copie_dmp or avant.copie_dmp,
        jetons=patch.tokens or avant.jetons,
    )
    return bac_view(await registre.regler(bac.nom, apres))


@router.get("/clock")
async def read_clock(bac: BacDep) -> dict[str, Any]:
    """The time of this bac, and how far it is from the real one."""
    return clock_view(bac)


@router.put("/clock")
async def set_clock(bac: BacDep, wanted: SetClock, registre: RegistreDep) -> dict[str, Any]:
    """Make the clock real, frozen, shifted or scaled; what became due is done before the answer."""
    reel = datetime.now(UTC)
    if wanted.at is not None:
        _dans_les_siecles(wanted.at, "at")
    horloge = registre.connu(bac.nom).horloge
    match wanted.mode:
        case "real":
            nouvelle = Horloge()
        case "frozen":
            nouvelle = horloge.figee(wanted.at or horloge.at(reel), reel=reel)
        case "shifted":
            if wanted.at is None:
                raise Invalide("shifted needs `at`", "shifted demande `at`", regle="BAC-HORLOGE-02", champ="at")
            nouvelle = horloge.decalee(wanted.at, reel=reel)
        case "scaled":
            if wanted.rate is None:
                raise Invalide("scaled needs `rate`", "scaled demande `rate`", regle="BAC-HORLOGE-03", champ="rate")
            nouvelle = horloge.acceleree(wanted.rate, reel=reel)
    return clock_view(await registre.horloge(bac.nom, nouvelle))


def _dans_les_siecles(instant: datetime, champ: str) -> None:
    """Dates are added to and taken from everywhere: a bac stays where that never falls off the calendar."""
    if instant.year not in _SIECLES:
        raise Invalide(
            f"the clock of a bac shows a year between {_SIECLES[0]} and {_SIECLES[-1]}",
            f"l'horloge d'un bac montre une année entre {_SIECLES[0]} et {_SIECLES[-1]}",
            regle="BAC-HORLOGE-05",
            champ=champ,
        )


@router.post("/clock/advance")
async def advance_clock(bac: BacDep, by: Advance, registre: RegistreDep) -> dict[str, Any]:
    """Move the clock on, run what became due in every service, answer when all is at rest."""
    try:
        duree = timedelta(days=by.days, hours=by.hours, minutes=by.minutes, seconds=by.seconds)
    except OverflowError:
        duree = timedelta.max
    if not timedelta(0) < duree <= timedelta(days=36_525):
        raise Invalide(
            "advance by more than nothing and at most a century",
            "avancez de plus de zéro et d'au plus un siècle",
            regle="BAC-HORLOGE-04",
            champ="seconds",
        )
    _dans_les_siecles(bac.horloge.now() + duree, "seconds")
    return clock_view(await registre.avancer(bac.nom, duree))


@router.post("/settle")
async def settle(
    bac: BacDep, registre: RegistreDep, deadline: Annotated[float, Query(alias="timeout")] = 15.0
) -> dict[str, Any]:
    """Answers when every outbox is empty and every consumer idle; 504 names who is busy."""
    mortes = await registre.reposer(bac.nom, min(max(deadline, 0.1), 60.0))
    return {"settled": True, "dead_letters": mortes}
