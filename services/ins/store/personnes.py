"""Rows in, people out. Each question is one or two indexed statements, whatever the size of the population."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.ins.domain.personne import Matricule, Panne, Personne
from services.ins.domain.vitale import LigneCarte
from services.ins.store.base import AliasRow, CarteVitaleRow, MatriculeHistoriqueRow, PersonneRow
from shared.db.directe import Directe
from shared.identite.ins import NatureMatricule
from shared.identite.traits import normaliser


def question_nom(nom: str, date_naissance: str, sexe: str) -> Select[Any]:
    """By birth name, date and sex: one index."""
    return select(PersonneRow.__table__).where(
        PersonneRow.nom_recherche == nom, PersonneRow.date_naissance == date_naissance, PersonneRow.sexe == sexe
    )


def question_alias(nom: str, date_naissance: str, sexe: str) -> Select[Any]:
    """By a recorded variant of the birth name: the primary keys of both tables."""
    return (
        select(PersonneRow.__table__)
        .join(AliasRow, AliasRow.personne_id == PersonneRow.id)
        .where(AliasRow.nom_recherche == nom, PersonneRow.date_naissance == date_naissance, PersonneRow.sexe == sexe)
    )


_LIES: Any = (bindparam("nom"), bindparam("date"), bindparam("sexe"))
_PAR_NOM = Directe(question_nom(*_LIES))
_PAR_ALIAS = Directe(question_alias(*_LIES))
_PAR_ID = Directe(select(PersonneRow.__table__).where(PersonneRow.id == bindparam("personne")))
_ACTIF = select(PersonneRow.__table__).where(PersonneRow.matricule == bindparam("matricule"))
_PAR_MATRICULE = Directe(_ACTIF)
_PAR_MATRICULE_VERROU = Directe(_ACTIF.with_for_update())
_ANCIEN = Directe(
    select(MatriculeHistoriqueRow.personne_id).where(MatriculeHistoriqueRow.valeur == bindparam("matricule")).limit(1)
)
_ALIAS = Directe(select(AliasRow.nom_recherche).where(AliasRow.personne_id == bindparam("personne")))
_HISTORIQUE = Directe(
    select(MatriculeHistoriqueRow.__table__)
    .where(MatriculeHistoriqueRow.personne_id == bindparam("personne"))
    .order_by(MatriculeHistoriqueRow.ordre)
)
_CARTE = Directe(select(CarteVitaleRow.__table__).where(CarteVitaleRow.ouvreur_droit == bindparam("ouvreur")))


async def candidats(session: AsyncSession, nom: str, date_naissance: str, sexe: str) -> list[Personne]:
    """Everybody whose birth name, or a recorded variant of it, is ``nom`` (normalised), born that day, of that sex."""
    trouves = [_personne(row) for row in await _PAR_NOM.lignes(session, nom=nom, date=date_naissance, sexe=sexe)]
    connus = {p.id for p in trouves}
    par_alias = await _PAR_ALIAS.lignes(session, nom=nom, date=date_naissance, sexe=sexe)
    return trouves + [_personne(row, alias=(nom,)) for row in par_alias if row.id not in connus]


async def par_id(session: AsyncSession, personne_id: str) -> Personne | None:
    """The person with variants and history."""
    return await _complete(session, await _PAR_ID.une(session, personne=personne_id))


async def par_matricule_actif(session: AsyncSession, matricule: str, *, verrou: bool = False) -> Personne | None:
    question = _PAR_MATRICULE_VERROU if verrou else _PAR_MATRICULE
    return await _complete(session, await question.une(session, matricule=matricule))


async def par_matricule(session: AsyncSession, matricule: str) -> Personne | None:
    """Whoever owns this matricule, actively or in history."""
    if (actif := await par_matricule_actif(session, matricule)) is not None:
        return actif
    ancien = await _ANCIEN.une(session, matricule=matricule)
    return await par_id(session, ancien.personne_id) if ancien else None


async def carte(session: AsyncSession, ouvreur_droit: str) -> list[LigneCarte]:
    return [
        LigneCarte(r.ouvreur_droit, r.nom_naissance, r.date_naissance, r.rang_naissance, r.personne_id)
        for r in await _CARTE.lignes(session, ouvreur=ouvreur_droit)
    ]


async def ajouter(session: AsyncSession, personne: Personne, *, ouvreurs_droit: Sequence[str] = ()) -> None:
    await session.execute(insert(PersonneRow).values(**valeurs(personne)))
    await _remplacer_annexes(session, personne)
    for ouvreur in ouvreurs_droit:
        await session.execute(insert(CarteVitaleRow).values(**valeurs_carte(personne, ouvreur)))


async def enregistrer(session: AsyncSession, personne: Personne) -> None:
    """The new state of a person already known; cards follow the birth data."""
    nouvelles = valeurs(personne)
    await session.execute(update(PersonneRow).where(PersonneRow.id == personne.id).values(**nouvelles))
    await _remplacer_annexes(session, personne)
    await session.execute(
        update(CarteVitaleRow)
        .where(CarteVitaleRow.personne_id == personne.id)
        .values(nom_naissance=personne.nom_naissance, date_naissance=personne.date_naissance)
    )


async def charger_en_masse(
    session: AsyncSession, personnes: Sequence[dict[str, Any]], cartes: Sequence[dict[str, Any]]
) -> None:
    """Rows by the thousand, for seeds and populations: no event, no per-person statement."""
    if personnes:
        await session.execute(insert(PersonneRow.__table__), personnes)  # type: ignore[arg-type]
    if cartes:
        await session.execute(insert(CarteVitaleRow.__table__), cartes)  # type: ignore[arg-type]


def valeurs(personne: Personne) -> dict[str, Any]:
    return {
        "id": personne.id,
        "matricule": personne.matricule.valeur,
        "nature": personne.matricule.nature.value,
        "debut": personne.matricule.debut,
        "nom_naissance": personne.nom_naissance,
        "nom_recherche": normaliser(personne.nom_naissance),
        "prenoms": personne.liste_prenoms,
        "sexe": personne.sexe,
        "date_naissance": personne.date_naissance,
        "lieu_naissance": personne.lieu_naissance,
        "rang_naissance": personne.rang_naissance,
        "oid_impose": personne.oid_impose,
        "panne_code": personne.panne.code,
        "panne_delai_s": personne.panne.delai_s,
    }


def valeurs_carte(personne: Personne, ouvreur_droit: str) -> dict[str, Any]:
    return {
        "ouvreur_droit": ouvreur_droit[:13],
        "personne_id": personne.id,
        "nom_naissance": personne.nom_naissance,
        "date_naissance": personne.date_naissance,
        "rang_naissance": personne.rang_naissance,
    }


async def _complete(session: AsyncSession, row: Any) -> Personne | None:
    if row is None:
        return None
    alias = sorted(a.nom_recherche for a in await _ALIAS.lignes(session, personne=row.id))
    return _personne(row, alias=tuple(alias), historique=await historique(session, row.id))


async def historique(session: AsyncSession, personne_id: str) -> tuple[Matricule, ...]:
    """The former matricules of a person, in the order they were given."""
    rows = await _HISTORIQUE.lignes(session, personne=personne_id)
    return tuple(Matricule(h.valeur, NatureMatricule(h.nature), h.debut, h.fin) for h in rows)


async def _remplacer_annexes(session: AsyncSession, personne: Personne) -> None:
    await session.execute(delete(AliasRow).where(AliasRow.personne_id == personne.id))
    await session.execute(delete(MatriculeHistoriqueRow).where(MatriculeHistoriqueRow.personne_id == personne.id))
    for nom in sorted({normaliser(a) for a in personne.alias} - {""}):
        await session.execute(insert(AliasRow).values(personne_id=personne.id, nom_recherche=nom))
    for ordre, ancien in enumerate(personne.historique):
        await session.execute(
            insert(MatriculeHistoriqueRow).values(
                personne_id=personne.id,
                ordre=ordre,
                valeur=ancien.valeur,
                nature=ancien.nature.value,
                debut=ancien.debut,
                fin=ancien.fin,
            )
        )


def _personne(row: Any, alias: tuple[str, ...] = (), historique: tuple[Matricule, ...] = ()) -> Personne:
    return Personne(
        id=row.id,
        matricule=Matricule(row.matricule, NatureMatricule(row.nature), row.debut),
        nom_naissance=row.nom_naissance,
        prenoms=tuple(row.prenoms.split()),
        sexe=row.sexe,
        date_naissance=row.date_naissance,
        lieu_naissance=row.lieu_naissance,
        rang_naissance=row.rang_naissance,
        alias=alias,
        historique=historique,
        panne=Panne(row.panne_code, row.panne_delai_s),
        oid_impose=row.oid_impose,
    )
