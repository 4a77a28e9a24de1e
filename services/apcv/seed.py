"""The apCV share of the demonstration world: who is insured how, who has the app, who bills under which number."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.apcv.domain import appli as applis_regles
from services.apcv.domain.appli import Appli, Etat, Telephone
from services.apcv.store.applis import AppliRow, nouvelle
from services.apcv.store.assures import AssureRow, PraticienRow, RattachementRow
from shared.db.spaces import Graine
from shared.monde.modele import Patient, Professionnel
from shared.monde.patients import PATIENTS
from shared.monde.population import Personne, generer
from shared.monde.professionnels import PROFESSIONNELS

#: The secret code of every phone of the demonstration world.
CODE_DEMO = "1234"

PAQUET = 2000
GRAINE_POPULATION = 0

_SITUATIONS = ("c2s", "ald", "maternite", "at_mp", "alsace_moselle", "ame", "pension_militaire")
_IPHONES = frozenset({"d-orgeval", "rousselot", "vasseur", "sandbox-lou"})
_AMC = {"numero": "99900001", "libelle": "MUTUELLE DES ESSAIS", "numero_adherent": "SBX0012345"}


async def semer(session: AsyncSession, graine: Graine) -> None:
    if graine.nom == "vide":
        return
    await session.execute(insert(AssureRow), [_assure(p, graine) for p in PATIENTS.values()])
    liens = [
        {"parent": PATIENTS[parent].matricule_ins, "enfant": p.matricule_ins}
        for p in PATIENTS.values()
        for parent in p.representants
    ]
    await session.execute(insert(RattachementRow), liens)
    await session.execute(insert(PraticienRow), [_praticien(p) for p in PROFESSIONNELS.values()])
    session.add_all(_appli(p, graine) for p in PATIENTS.values() if p.apcv != "ABSENTE")
    if graine.taille:
        await session.flush()
        await _charger_population(session, generer(graine.taille, GRAINE_POPULATION, graine.reference), graine)


def appli_id(slug: str) -> str:
    """The app of a patient of the demonstration world, the same in every bac."""
    return hashlib.sha256(f"apcv.appli.{slug}".encode()).hexdigest()[:16]


async def _charger_population(session: AsyncSession, gens: Iterable[Personne], graine: Graine) -> None:
    """Bulk load, thousands at a time; a child's parent always comes first."""
    debut = (graine.reference - timedelta(days=365)).isoformat()
    suite = iter(gens)
    while paquet := list(islice(suite, PAQUET)):
        await session.execute(insert(AssureRow.__table__), [_personne(p, debut) for p in paquet])  # type: ignore[arg-type]  # a Table
        liens = [{"parent": p.nir_assure, "enfant": p.matricule_ins} for p in paquet if p.nir_assure != p.matricule_ins]
        if liens:
            await session.execute(insert(RattachementRow.__table__), liens)  # type: ignore[arg-type]  # a Table
        applis = [_appli_en_colonnes(p, graine) for p in paquet if p.apcv != "ABSENTE"]
        if applis:
            await session.execute(insert(AppliRow.__table__), applis)  # type: ignore[arg-type]  # a Table


def _personne(p: Personne, debut: str) -> dict[str, Any]:
    return {
        "matricule_ins": p.matricule_ins,
        "oid_impose": None,
        "type_matricule": p.nature,
        "nom_naissance": p.nom_naissance,
        "nom_utilise": p.nom_usage or None,
        "prenom": p.prenoms.split()[0],
        "liste_prenoms": p.prenoms,
        "sexe": p.sexe,
        "date_naissance": p.date_naissance,
        "lieu_naissance": p.lieu_naissance,
        "rang_naissance": p.rang_naissance,
        "nir_assure": p.nir_assure,
        "regime": p.regime,
        "caisse": p.caisse,
        "centre": p.centre,
        "qualite": p.qualite,
        "situation": p.situation or "ordinaire",
        "periodes": [{"debut": debut, "fin": None}],
        "tutelle": False,
        "decede": False,
        "amc": None,
    }


def _appli_en_colonnes(p: Personne, graine: Graine) -> dict[str, Any]:
    row = _activee(p.matricule_ins, p.matricule_ins, p.courriel, graine, iphone=p.rang % 3 == 0)
    return {c.key: getattr(row, c.key) for c in AppliRow.__table__.columns}


def _assure(p: Patient, graine: Graine) -> dict[str, Any]:
    a = p.assurance
    traits = p.traits
    return {
        "matricule_ins": p.matricule_ins,
        "oid_impose": p.oid_impose,
        "type_matricule": p.nature.value,
        "nom_naissance": traits.nom_naissance,
        "nom_utilise": p.nom_usage or None,
        "prenom": traits.prenoms[0],
        "liste_prenoms": " ".join(traits.prenoms),
        "sexe": str(traits.sexe),
        "date_naissance": traits.date_naissance,
        "lieu_naissance": traits.lieu_naissance,
        "rang_naissance": a.rang if a else 1,
        "nir_assure": a.nir_assure if a else None,
        "regime": a.regime if a else "01",
        "caisse": a.caisse if a else "631",
        "centre": a.centre if a else "0000",
        "qualite": a.qualite if a else "0",
        "situation": next((s for s in _SITUATIONS if s in p.situations), "ordinaire"),
        "periodes": _periodes(p, graine),
        "tutelle": "tutelle" in p.situations,
        "decede": p.deces_jours is not None,
        "amc": _amc(p, graine),
    }


def _periodes(p: Patient, graine: Graine) -> list[dict[str, str | None]]:
    """Open for a year already and without end, except the people whose rights are closed or unknown."""
    if p.assurance is None:
        return []
    debut = (graine.reference - timedelta(days=365)).isoformat()
    if "hors-droits" in p.situations:
        return [{"debut": "2024-01-01", "fin": "2025-06-30"}]  # adri.md §6.1, QUEVEDO
    if p.deces_jours is not None:
        return [{"debut": debut, "fin": (graine.reference + timedelta(days=p.deces_jours)).isoformat()}]
    return [{"debut": debut, "fin": None}]


def _amc(p: Patient, graine: Graine) -> dict[str, Any] | None:
    gestion = {"amc-separee": "separee", "amc-unique": "unique"}
    trouvee = next((gestion[s] for s in sorted(p.situations) if s in gestion), None)
    if trouvee is None:
        return None
    annee = graine.reference.year
    return {**_AMC, "debut": f"{annee}-01-01", "fin": f"{annee}-12-31", "gestion": trouvee}


def _praticien(p: Professionnel) -> dict[str, Any]:
    f = p.facturation
    return {
        "id_nat": p.id_nat,
        "nom": p.nom,
        "prenom": p.prenom,
        "identifiant_facturation": f.numero if f else None,
        "code_specialite": f.specialite if f else None,
        "convention": f.convention if f else None,
    }


def _appli(p: Patient, graine: Graine) -> AppliRow:
    row = _activee(p.slug, p.matricule_ins, p.courriel, graine, iphone=p.slug in _IPHONES)
    if p.apcv == "OPPOSEE":
        row.poser(applis_regles.opposer(row.to_domain(), "vol"))
    return row


def _activee(nom: str, matricule: str, courriel: str | None, graine: Graine, *, iphone: bool) -> AppliRow:
    """An app activated ninety days before the reference date; ``nom`` makes its identifier and its keys."""
    le = datetime.combine(graine.reference - timedelta(days=90), time(8), UTC)
    demande = Appli(
        appli_id=appli_id(nom),
        matricule_ins=matricule,
        email=courriel or f"{nom}@courriel.example",
        voie="cnie",
        telephone=Telephone("iPhone" if iphone else "Android", nfc=not iphone),
        etat=Etat.CODE,
        creee_le=le,
    )
    secret = hashlib.sha256(f"apcv.secret.{nom}".encode()).digest()
    return nouvelle(applis_regles.choisir_code(demande, CODE_DEMO, cle_id=1, secret=secret, at=le))
