"""``/_bac/snapshots``: named copies of a bac, each one file that can be shared (architecture §11.18).

A snapshot is a ZIP: one SQLite file a service, then ``manifest.json``, written last; without it the file is refused.
It carries clock, settings, clients and faults; never the journal nor the keys.
"""

import asyncio
import hashlib
import io
import re
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson
from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from gateway.control.bacs import RegistreDep, bac_view
from gateway.registre import Registre
from shared.clock import Horloge
from shared.edge.bac import Bac
from shared.errors import Conflit, Introuvable, Invalide, TropGros
from shared.web.deps import BacDep

router = APIRouter(prefix="/_bac/snapshots", tags=["control"])

FORMAT = 1
_NOM = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_MAX = 1 << 30


class NewSnapshot(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(description="a-z, 0-9, dot, hyphen, underscore; at most 64")


def _fichier(registre: Registre, nom: str) -> Path:
    if not _NOM.fullmatch(nom):
        raise Invalide(
            f"{nom!r} is not a snapshot name",
            f"{nom!r} n'est pas un nom d'instantané",
            regle="BAC-SNAP-01",
            champ="name",
        )
    return registre.settings.data / "snapshots" / f"{nom}.bac"


def _incomplet(fichier: str, detail: str) -> Invalide:
    return Invalide(
        f"{fichier}: not a whole snapshot ({detail})",
        f"{fichier} : instantané incomplet ({detail})",
        regle="BAC-SNAP-02",
        champ="body",
    )


def _manifeste(archive: zipfile.ZipFile, nom: str) -> dict[str, Any]:
    if "manifest.json" not in archive.namelist():
        raise _incomplet(nom, "manifest.json is missing")
    manifeste: dict[str, Any] = orjson.loads(archive.read("manifest.json"))
    if manifeste.get("format") != FORMAT:
        raise Conflit(
            f"snapshot format {manifeste.get('format')} is not {FORMAT}: made by another version of the suite",
            f"format d'instantané {manifeste.get('format')} au lieu de {FORMAT} : fait par une autre version",
            regle="BAC-SNAP-03",
        )
    return manifeste


def _ouvrir(contenu: bytes, nom: str) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Manifest and databases of a snapshot, sizes bounded and digests checked."""
    try:
        with zipfile.ZipFile(io.BytesIO(contenu)) as archive:
            if sum(i.file_size for i in archive.infolist()) > _MAX:
                raise TropGros("snapshot over 1 GiB", "instantané de plus d'un Gio", regle="BAC-SNAP-04")
            manifeste = _manifeste(archive, nom)
            bases = {}
            for service, empreinte in manifeste["services"].items():
                bases[service] = archive.read(f"{service}.db")
                if hashlib.sha256(bases[service]).hexdigest() != empreinte:
                    raise _incomplet(nom, f"{service}.db does not match its digest")
            return manifeste, bases
    except (zipfile.BadZipFile, KeyError, orjson.JSONDecodeError) as error:
        raise _incomplet(nom, str(error)) from error


def _ecrire(fichier: Path, contenu: bytes) -> None:
    fichier.parent.mkdir(parents=True, exist_ok=True)
    provisoire = fichier.with_suffix(".part")
    provisoire.write_bytes(contenu)
    provisoire.replace(fichier)


async def _prendre(registre: Registre, bac: Bac) -> bytes:
    """Pause the bac's writes, settle, copy every space, write the manifest last."""
    async with registre.pause(bac.nom):
        await registre.reposer(bac.nom)
        bases: dict[str, bytes] = {}
        for service in registre.services:
            bases[service] = (await registre.appel(bac, service, "GET", f"/_service/bacs/{bac.nom}/copie")).body
        manifeste = {
            "format": FORMAT,
            "bac": orjson.loads(bac.to_json()),
            "faults": [f.to_json() for f in registre.fautes(bac.nom)],
            "services": {s: hashlib.sha256(b).hexdigest() for s, b in bases.items()},
            "made_at": datetime.now(UTC).isoformat(),
            "now": bac.now().isoformat(),
        }
    sortie = io.BytesIO()
    with zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for service, base in bases.items():
            archive.writestr(f"{service}.db", base)
        archive.writestr("manifest.json", orjson.dumps(manifeste))
    return sortie.getvalue()


@router.get("")
async def list_snapshots(registre: RegistreDep) -> dict[str, Any]:
    """The snapshots kept here, with their sizes."""
    dossier = registre.settings.data / "snapshots"
    trouves = sorted(dossier.glob("*.bac")) if dossier.is_dir() else []  # a handful of names
    return {"snapshots": [{"name": f.stem, "size": f.stat().st_size} for f in trouves]}


@router.post("", status_code=201)
async def take(bac: BacDep, new: NewSnapshot, registre: RegistreDep) -> dict[str, Any]:
    """Keep this bac as it is now, under a name."""
    fichier = _fichier(registre, new.name)
    contenu = await _prendre(registre, registre.connu(bac.nom))
    await asyncio.to_thread(_ecrire, fichier, contenu)
    return {"name": new.name, "size": len(contenu), "sha256": hashlib.sha256(contenu).hexdigest()}


async def _lire(registre: Registre, name: str) -> bytes:
    fichier = _fichier(registre, name)
    if not fichier.exists():
        raise Introuvable(f"no snapshot {name!r}", f"pas d'instantané {name!r}", regle="BAC-SNAP-05", champ="name")
    return await asyncio.to_thread(fichier.read_bytes)


@router.get(
    "/{name}",
    response_class=Response,
    responses={200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}},
)
async def download(name: str, registre: RegistreDep) -> Response:
    """The snapshot as one file, to keep or to share."""
    return Response(
        await _lire(registre, name),
        media_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}.bac"'},
    )


@router.put("/{name}", status_code=201)
async def upload(name: str, request: Request, registre: RegistreDep) -> dict[str, Any]:
    """Take in a snapshot file made elsewhere (``Content-Type: application/zip``)."""
    contenu = await request.body()
    _ouvrir(contenu, name)
    await asyncio.to_thread(_ecrire, _fichier(registre, name), contenu)
    return {"name": name, "size": len(contenu)}


@router.delete("/{name}", status_code=204)
async def remove(name: str, registre: RegistreDep) -> None:
    """Delete a snapshot."""
    fichier = _fichier(registre, name)
    if not fichier.exists():
        raise Introuvable(f"no snapshot {name!r}", f"pas d'instantané {name!r}", regle="BAC-SNAP-05", champ="name")
    fichier.unlink()


@router.post("/{name}/restore")
async def restore(
    name: str, bac: BacDep, registre: RegistreDep, _: dict[str, Any] | None = Body(None)
) -> dict[str, Any]:
    """Replace this bac by the snapshot; tokens from before stop working."""
    manifeste, bases = _ouvrir(await _lire(registre, name), name)
    absents = set(registre.services) - set(bases)
    if absents:
        raise _incomplet(name, f"no database of {', '.join(sorted(absents))}")
    courant = registre.connu(bac.nom)
    source = Bac.from_json(manifeste["bac"])
    neuf = replace(
        courant,
        epoque=max(courant.epoque + 1, int(datetime.now(UTC).timestamp() * 1000)),
        graine=source.graine,
        reference=date.fromisoformat(manifeste["bac"]["reference"]),
        reglages=source.reglages,
        horloge=_horloge_restauree(source, manifeste),
    )
    async with registre.pause(bac.nom):
        for service, base in bases.items():
            reponse = await registre.appel(neuf, service, "PUT", f"/_service/bacs/{bac.nom}/copie", base)
            if reponse.status >= 400:
                raise _incomplet(name, f"{service}.db was refused: {reponse.body[:200].decode()}")
        await registre.fermer_les_sessions(neuf)
        await registre.remplacer(neuf, manifeste["faults"])
    registre.journal.oublier(bac.nom)
    return bac_view(neuf)


def _horloge_restauree(source: Bac, manifeste: dict[str, Any]) -> Horloge:
    """A moved clock resumes from what it showed when the snapshot was taken; a real one stays real."""
    if source.horloge.mode == "reel":
        return source.horloge
    return replace(source.horloge, ancre_reelle=datetime.now(UTC), ancre_bac=datetime.fromisoformat(manifeste["now"]))
