"""Filing a professional in the directory (annuaire-sante.md §4.1, §4.2)."""

from services.mss.domain.annuaire import G15, R02_SECTEUR, R09, R22, R23, systeme_savoir_faire
from services.mss.store import annuaire
from services.mss.store.annuaire import OrganisationRow, PraticienRow, SituationRow, normaliser
from shared.contracts.gateway import ProfessionnelCree, ProfessionnelModifie
from shared.db.unit_of_work import UnitOfWork

__all__ = ["R02_SECTEUR", "inscrire_professionnel"]


async def inscrire_professionnel(uow: UnitOfWork, event: ProfessionnelCree | ProfessionnelModifie) -> None:
    """Create or refresh a directory entry from the facts the gateway tells."""
    session = uow.session
    row = await annuaire.praticien(session, event.id_nat)
    if row is None:
        row = PraticienRow(
            id=identifiant_technique("003", event.id_nat),
            id_nat=event.id_nat,
            rpps=event.id_nat[1:] if event.id_nat.startswith("8") and len(event.id_nat) == 12 else None,
            civilite_exercice="",
            actif=True,
        )
        session.add(row)
    row.nom, row.prenom = event.nom.upper(), event.prenom.upper()
    row.nom_normalise, row.prenom_normalise = normaliser(event.nom), normaliser(event.prenom)
    row.civilite = event.civilite or ""
    row.qualifications = qualifications(event.profession_code, event.savoir_faire or "")
    row.maj_le = uow.now()
    await session.flush()
    if event.structure_id:
        await _exercer(uow, row, event)


async def _exercer(uow: UnitOfWork, praticien: PraticienRow, event: ProfessionnelCree | ProfessionnelModifie) -> None:
    session = uow.session
    assert event.structure_id is not None
    organisation = await annuaire.organisation(session, event.structure_id)
    if organisation is None:
        nom = event.structure_nom or event.structure_id
        organisation = OrganisationRow(
            id=identifiant_technique("001", event.structure_id),
            structure_id=event.structure_id,
            finess=event.structure_id[1:] if event.structure_id.startswith("1") else None,
            identifiants=[],
            nom=nom,
            nom_normalise=normaliser(nom),
            enseigne="",
            secteur=event.secteur_activite or "",
            categorie="",
            entite_juridique=False,
            ville="",
            ville_normalisee="",
            code_postal="",
            lignes=[],
            telephone="",
            courriel="",
            actif=True,
            maj_le=uow.now(),
        )
        session.add(organisation)
    situation_id = identifiant_technique("005", f"{event.id_nat}:{event.structure_id}")
    if await session.get(SituationRow, situation_id) is None:
        session.add(
            SituationRow(
                id=situation_id,
                numero=f"19{int(situation_id.rsplit('-', 1)[1]) % 100_000_000:08d}",
                praticien_id=praticien.id,
                organisation_id=organisation.id,
                codes=[[R22, "GENR01"], [R23, "L"]],
                actif=True,
                maj_le=uow.now(),
            )
        )
    await session.flush()


def qualifications(profession: str, savoir_faire: str, categorie: str = "C") -> list[list[list[str]]]:
    """The qualification slices of a practitioner: profession with its category, then the speciality."""
    rendues = [[[G15, profession], [R09, categorie]]] if profession else []
    if savoir_faire:
        rendues.append([[systeme_savoir_faire(savoir_faire), savoir_faire]])
    return rendues


def identifiant_technique(prefixe: str, cle: str) -> str:
    """``003-<digits>-<digits>``: stable, derived from the business identifier."""
    from hashlib import sha256

    empreinte = int.from_bytes(sha256(cle.encode()).digest()[:6], "big")
    return f"{prefixe}-{empreinte // 10_000_000 % 10_000_000}-{empreinte % 10_000_000}"
