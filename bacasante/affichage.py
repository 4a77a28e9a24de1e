"""What the command shows a person: the first screen, tables, progress bars."""

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

_PERSONAS = ("verdier-mg", "garnier-pharmacien", "martin-dupuy-idel")


def premier_ecran(url: str, smtp: str, imap: str) -> str:
    from shared.monde.professionnels import PROFESSIONNELS

    personnes = [PROFESSIONNELS[slug] for slug in _PERSONAS]
    lignes = [
        "",
        f"  Pro Santé Connect   {url}/auth/realms/esante-wallet",
        f"  INSi, ADRi, apCV    {url}/lps (SOAP)   {url}/insi/v1  /adri/v1  /apcv/v1  /fse/v1",
        f"  DMP                 {url}/fhir/dmp     Mon espace santé  {url}/mes",
        f"  e-prescription      {url}/eprescription/v1",
        f"  MSSanté             smtp {smtp}   imap {imap}   (STARTTLS, XOAUTH2; CA at {url}/pki/ca.pem)",
        f"  Console             {url}/console      Control API  {url}/_bac",
        "",
        "  Personas:",
        *(f"    {p.slug:22} {p.prenom} {p.nom}, {p.libelle} ({p.id_nat})" for p in personnes),
        "",
        "  Try:",
        f"    curl -X POST {url}/_bac/personas/verdier-mg/tokens",
        "",
    ]
    return "\n".join(lignes) + "\n"


def montrer_les_personas(liste: Any) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None)
    for titre in ("slug", "nom", "identifiant", "rôle"):
        table.add_column(titre)
    for p in liste["personas"]:
        nom = f"{p.get('prenom', '')} {p['nom']}".strip()
        identifiant = p.get("id_nat") or p.get("matricule_ins") or p.get("structure_id") or ""
        table.add_row(p["slug"], nom, identifiant, p.get("libelle") or p["type"])
    Console().print(table)


def generer_la_population(taille: int, graine: int, reference: str | None, sortie: Path) -> None:
    """Write the canonical export, with a progress bar on a terminal, and print its digest."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    from shared.monde.population import ecrire, generer

    jour = date.fromisoformat(reference) if reference else datetime.now(UTC).date()
    with Progress(
        "population", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=Console(stderr=True)
    ) as barre:
        tache = barre.add_task("population", total=taille)
        with sortie.open("wb") as fichier:
            personnes = generer(taille, graine, jour)
            empreinte = ecrire(personnes, fichier, avance=lambda n: barre.update(tache, completed=n))
    sys.stdout.write(f"{taille} people, seed {graine}, reference {jour}: {sortie} sha256 {empreinte}\n")
