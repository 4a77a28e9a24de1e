"""The ``bacasante`` command."""

import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

app = typer.Typer(
    help="The French national e-health back-end, on your own machine.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
client_app = typer.Typer(help="Registered client software.", no_args_is_help=True)
app.add_typer(client_app, name="client")

DataOption = Annotated[Path, typer.Option("--data", envvar="BACASANTE_DATA", help="Folder of everything kept on disk")]
UrlOption = Annotated[str | None, typer.Option("--base-url", help="Instance to talk to; the one of --data by default")]
BacOption = Annotated[str, typer.Option("--bac", help="Name of the bac")]
DONNEES = Path(".bacasante")


def _finir(message: str, code: int = 1) -> NoReturn:
    sys.stderr.write(message + "\n")
    raise typer.Exit(code)


@app.command()
def up(
    data: DataOption = DONNEES,
    host: Annotated[
        str, typer.Option(help="Address to bind; the control API wants a secret beyond the loopback")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="HTTP port; 0 lets the system choose")] = 8400,
    full: Annotated[bool, typer.Option("--full", help="PostgreSQL, NATS, and one process per service")] = False,
    tls: Annotated[bool, typer.Option("--tls", help="HTTPS with the test PKI (CA at /pki/ca.pem)")] = False,
    san: Annotated[list[str] | None, typer.Option("--san", help="Further host names of this instance")] = None,
    seed: Annotated[str, typer.Option(help="Seed of new bacs: demo, vide or population-N")] = "demo",
    public_url: Annotated[str | None, typer.Option(help="Root URL told to clients")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Only the ready line")] = False,
    log_format: Annotated[str, typer.Option(help="console or json")] = "console",
    log_level: Annotated[str, typer.Option(help="Lowest level written")] = "WARNING",
) -> None:
    """Start the suite and stay until interrupted."""
    from bacasante.demarrage import demarrer
    from bacasante.options import Options

    options = Options(
        data=data.absolute(),
        host=host,
        port=port,
        seed=seed,
        tls=tls,
        san=tuple(san or ()),
        full=full,
        quiet=quiet,
        log_format=log_format,
        log_level=log_level,
        public_url=public_url,
    )
    raise typer.Exit(demarrer(options))


@app.command()
def down(data: DataOption = DONNEES) -> None:
    """Stop what ``up`` started from this data folder."""
    from bacasante import etat
    from bacasante.distribue import stopper_les_restes

    courant = etat.lire(data)
    if courant is None or not etat.vit(int(courant["pid"])):
        stopper_les_restes(data)
        etat.effacer(data)
        sys.stdout.write("nothing is running\n")
        return
    if not etat.arreter(int(courant["pid"]), 20):
        _finir(f"process {courant['pid']} does not stop")
    stopper_les_restes(data)
    etat.effacer(data)
    sys.stdout.write("stopped\n")


@app.command()
def wait(
    data: DataOption = DONNEES,
    base_url: UrlOption = None,
    timeout: Annotated[float, typer.Option(help="Seconds")] = 60,
) -> None:
    """Return when the suite is ready (for CI); exit 1 when it is not in time."""
    from bacasante.instance import Instance

    instance = Instance(data, base_url)
    if not instance.attendre(timeout):
        _finir(f"{instance.racine} is not ready after {timeout:g} s")
    sys.stdout.write(f"ready: {instance.racine}\n")


@client_app.command("add")
def client_add(
    client_id: Annotated[str, typer.Argument(help="client_id, chosen by you")],
    redirect_uri: Annotated[list[str], typer.Option("--redirect-uri", help="Exact redirect URI (repeatable)")],
    secret: Annotated[str | None, typer.Option(help="client_secret; drawn when absent")] = None,
    data: DataOption = DONNEES,
    base_url: UrlOption = None,
    bac: BacOption = "default",
) -> None:
    """Register an OIDC client in a bac."""
    from bacasante.instance import Instance

    corps = {"client_id": client_id, "redirect_uris": redirect_uri, **({"client_secret": secret} if secret else {})}
    fiche = Instance(data, base_url, bac).json("POST", "/_bac/clients", json=corps)
    _json(fiche)


@app.command()
def personas(
    data: DataOption = DONNEES,
    base_url: UrlOption = None,
    bac: BacOption = "default",
    as_json: Annotated[bool, typer.Option("--json", help="For machines")] = False,
) -> None:
    """Who can be played."""
    from bacasante.instance import Instance

    liste = Instance(data, base_url, bac).json("GET", "/_bac/personas")
    if as_json:
        _json(liste)
        return
    from bacasante.affichage import montrer_les_personas

    montrer_les_personas(liste)


@app.command()
def reset(data: DataOption = DONNEES, base_url: UrlOption = None, bac: BacOption = "default") -> None:
    """Put a bac back to its seed."""
    from bacasante.instance import Instance

    _json(Instance(data, base_url, bac).json("POST", "/_bac/reset", json={}))


@app.command()
def snapshot(
    action: Annotated[str, typer.Argument(help="take, restore, list, export or import")],
    name: Annotated[str, typer.Argument(help="Name of the snapshot")] = "",
    file: Annotated[Path | None, typer.Option("--file", help="For export and import")] = None,
    data: DataOption = DONNEES,
    base_url: UrlOption = None,
    bac: BacOption = "default",
) -> None:
    """Keep, give back or share a copy of a bac."""
    from bacasante.instance import Instance

    instance = Instance(data, base_url, bac)
    match action:
        case "take":
            _json(instance.json("POST", "/_bac/snapshots", json={"name": name}))
        case "restore":
            _json(instance.json("POST", f"/_bac/snapshots/{name}/restore"))
        case "list":
            _json(instance.json("GET", "/_bac/snapshots"))
        case "export":
            reponse = instance.appel("GET", f"/_bac/snapshots/{name}")
            if reponse.status_code != 200:
                _finir(reponse.text)
            (file or Path(f"{name}.bac")).write_bytes(reponse.content)
        case "import":
            contenu = (file or Path(f"{name}.bac")).read_bytes()
            entetes = {"Content-Type": "application/zip"}
            _json(instance.json("PUT", f"/_bac/snapshots/{name}", content=contenu, headers=entetes))
        case _:
            _finir("take, restore, list, export or import", 2)


@app.command()
def population(
    size: Annotated[int, typer.Option("--size", min=1, max=5_000_000, help="How many people")] = 1000,
    seed: Annotated[int, typer.Option("--seed", help="Same seed and reference date, same people")] = 0,
    reference: Annotated[str | None, typer.Option(help="Reference date, YYYY-MM-DD; today by default")] = None,
    out: Annotated[Path, typer.Option("--out", help="Canonical export, JSON lines")] = Path("population.jsonl"),
) -> None:
    """Generate people with valid keys and impossible identities, and write their canonical export."""
    from bacasante.affichage import generer_la_population

    generer_la_population(size, seed, reference, out)


@app.command()
def doctor(data: DataOption = DONNEES, base_url: UrlOption = None) -> None:
    """Check this machine and the running instance; say what to do about what is wrong."""
    from bacasante.docteur import examiner

    raise typer.Exit(examiner(data, base_url))


def _json(valeur: object) -> None:
    import json

    sys.stdout.write(json.dumps(valeur, indent=2, ensure_ascii=False) + "\n")


@app.command()
def demo(
    base_url: Annotated[str, typer.Option("--base-url", help="Instance to play against")] = "http://127.0.0.1:8400",
    bac: BacOption = "default",
    as_json: Annotated[bool, typer.Option("--json", help="For machines")] = False,
) -> None:
    """Play one consultation end to end over the public wires; exit 1 at the first broken promise."""
    from bacasante.demo.lanceur import demo as jouer

    raise typer.Exit(jouer(base_url, bac, json=as_json))


def main() -> None:
    app()
