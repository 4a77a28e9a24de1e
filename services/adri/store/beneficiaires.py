"""Rows in, beneficiaries out: by insured number (the question of ADRi) or by matricule (the news of ``ins``)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.adri.domain.droits import Beneficiaire
from services.adri.store import documents
from services.adri.store.base import BeneficiaireRow


async def foyer(session: AsyncSession, assure_nir: str) -> list[Beneficiaire]:
    """Everybody attached to an insured number, in order."""
    rows = await session.scalars(
        select(BeneficiaireRow).where(BeneficiaireRow.assure_nir == assure_nir).order_by(BeneficiaireRow.numero)
    )
    return [vers_domaine(row) for row in rows]


async def de_la_personne(session: AsyncSession, matricule: str, *, verrou: bool = False) -> list[Beneficiaire]:
    """The person under each insured number that opens their rights."""
    question = select(BeneficiaireRow).where(BeneficiaireRow.matricule == matricule).order_by(BeneficiaireRow.id)
    rows = await session.scalars(question.with_for_update() if verrou else question)
    return [vers_domaine(row) for row in rows]


async def ajouter(session: AsyncSession, beneficiaire: Beneficiaire) -> None:
    await session.execute(insert(BeneficiaireRow).values(**valeurs(beneficiaire)))


async def enregistrer(session: AsyncSession, beneficiaire: Beneficiaire) -> None:
    await session.execute(
        update(BeneficiaireRow)
        .where(BeneficiaireRow.id == beneficiaire.id)
        .values(**{cle: valeur for cle, valeur in valeurs(beneficiaire).items() if cle != "id"})
        .execution_options(synchronize_session=False)
    )


async def charger_en_masse(session: AsyncSession, lignes: Sequence[dict[str, Any]]) -> None:
    if lignes:
        await session.execute(insert(BeneficiaireRow.__table__), lignes)  # type: ignore[arg-type]  # a Table


def valeurs(b: Beneficiaire) -> dict[str, Any]:
    return {
        "id": b.id,
        "assure_nir": b.assure_nir,
        "assure_cle": b.assure_cle,
        "matricule": b.matricule,
        "nom": b.nom,
        "nom_usuel": b.nom_usuel,
        "prenoms": " ".join(b.prenoms),
        "date_naissance": b.date_naissance,
        "rang": b.rang,
        "qualite": b.qualite,
        "numero": b.numero,
        "medecin_traitant": b.medecin_traitant,
        "en_mise_a_jour": b.en_mise_a_jour,
        "droits": documents.ecrire(b),
    }


def vers_domaine(row: BeneficiaireRow) -> Beneficiaire:
    d = row.droits
    return Beneficiaire(
        id=row.id,
        assure_nir=row.assure_nir,
        assure_cle=row.assure_cle,
        nom=row.nom,
        prenoms=tuple(row.prenoms.split()),
        date_naissance=row.date_naissance,
        rang=row.rang,
        qualite=row.qualite,
        affiliations=documents.lire_affiliations(d),
        periodes=documents.lire_periodes(d),
        couvertures=documents.lire_couvertures(d),
        matricule=row.matricule,
        nom_usuel=row.nom_usuel,
        numero=row.numero,
        medecin_traitant=row.medecin_traitant,
        complementaire=documents.lire_complementaire(d),
        accidents=documents.lire_accidents(d),
        en_mise_a_jour=row.en_mise_a_jour,
    )
