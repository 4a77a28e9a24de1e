"""Directory searches as SQL conditions (annuaire-sante.md §3.1, §3.2)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, String, and_, cast, false, func, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.mss.domain.annuaire import FINESS, IDNPS, IDNST, RPPS
from services.mss.store.annuaire import OrganisationRow, PraticienRow, SituationRow, normaliser
from services.mss.store.boites import BoiteRow
from shared.fhir.search import Jeton, Parametre, Recherche

Condition: TypeAlias = ColumnElement[bool]
Traduction: TypeAlias = Callable[[Parametre], Condition]


async def compter(
    session: AsyncSession, table: Any, recherche: Recherche, traductions: Mapping[str, Traduction]
) -> int:
    conditions = traduire(recherche, traductions)
    return int(await session.scalar(select(func.count()).select_from(table).where(*conditions)) or 0)


async def chercher(
    session: AsyncSession, table: Any, recherche: Recherche, traductions: Mapping[str, Traduction]
) -> Sequence[Any]:
    """One page, sorted by id only."""
    conditions = traduire(recherche, traductions)
    demande = select(table).where(*conditions).order_by(table.id).offset(recherche.offset).limit(recherche.count)
    return (await session.scalars(demande)).all()


def traduire(recherche: Recherche, traductions: Mapping[str, Traduction]) -> list[Condition]:
    """Each parameter is one condition; all of them must hold."""
    return [_nier(traductions[p.nom](p), p) for p in recherche.parametres]


def _nier(condition: Condition, parametre: Parametre) -> Condition:
    return not_(condition) if parametre.modificateur == "not" else condition


def _texte(normalisee: Any, brute: Any) -> Traduction:
    """Starts-with without case or accents; ``:contains``; ``:exact``."""

    def traduction(parametre: Parametre) -> Condition:
        if parametre.modificateur == "exact":
            return or_(*(brute == valeur for valeur in parametre.textes()))
        valeurs = [normaliser(valeur) for valeur in parametre.textes()]
        if parametre.modificateur == "contains":
            return or_(*(normalisee.contains(valeur, autoescape=True) for valeur in valeurs))
        return or_(*(normalisee.startswith(valeur, autoescape=True) for valeur in valeurs))

    return traduction


def _simple(colonne: Any) -> Traduction:
    return _texte(func.upper(colonne), colonne)


def _nom_de_personne(parametre: Parametre) -> Condition:
    """``name`` looks at both names; ``name:family`` and ``name:given`` at one (the documentation shows them)."""
    nom = _texte(PraticienRow.nom_normalise, PraticienRow.nom)
    prenom = _texte(PraticienRow.prenom_normalise, PraticienRow.prenom)
    if parametre.modificateur == "family":
        return nom(Parametre("family", None, parametre.valeurs))
    if parametre.modificateur == "given":
        return prenom(Parametre("given", None, parametre.valeurs))
    return or_(nom(parametre), prenom(parametre))


def _jetons(un: Callable[[Jeton], Condition]) -> Traduction:
    return lambda parametre: or_(*(un(jeton) for jeton in parametre.jetons()))


def _id(table: Any) -> Traduction:
    return _jetons(lambda jeton: table.id == jeton.code)


def _booleen(colonne: Any) -> Traduction:
    return _jetons(lambda jeton: colonne.is_(jeton.code == "true"))


def _identifiant_praticien(jeton: Jeton) -> Condition:
    par_systeme: dict[str, Condition] = {
        IDNPS: PraticienRow.id_nat == jeton.code,
        RPPS: PraticienRow.rpps == jeton.code,
    }
    if jeton.systeme:
        return par_systeme.get(jeton.systeme, false())
    return or_(*par_systeme.values())


def _identifiant_organisation(jeton: Jeton) -> Condition:
    if jeton.systeme == IDNST:
        return OrganisationRow.structure_id == jeton.code
    if jeton.systeme == FINESS:
        return OrganisationRow.finess == jeton.code
    autres = cast(OrganisationRow.identifiants, String).contains(f'"{jeton.code}"', autoescape=True)
    if jeton.systeme:
        return and_(autres, cast(OrganisationRow.identifiants, String).contains(jeton.systeme, autoescape=True))
    return or_(OrganisationRow.structure_id == jeton.code, OrganisationRow.finess == jeton.code, autres)


def _paire(colonne: Any) -> Traduction:
    """A coding kept in a JSON column as ``["system", "code"]``."""

    def une(jeton: Jeton) -> Condition:
        texte = cast(colonne, String)
        if jeton.systeme and jeton.code:
            return texte.contains(f'"{jeton.systeme}", "{jeton.code}"', autoescape=True)
        return texte.contains(f'"{jeton.systeme or jeton.code}"', autoescape=True)

    return _jetons(une)


def _type_organisation(jeton: Jeton) -> Condition:
    if jeton.code in {"LEGAL-ENTITY", "GEOGRAPHICAL-ENTITY"}:
        return OrganisationRow.entite_juridique.is_(jeton.code == "LEGAL-ENTITY")
    return or_(OrganisationRow.secteur == jeton.code, OrganisationRow.categorie == jeton.code)


def _boite(cle: Any, proprietaire: Any, *, sans_situation: bool = False) -> Traduction:
    def traduction(parametre: Parametre) -> Condition:
        adresse = _simple(BoiteRow.adresse)(parametre)
        conditions = [adresse, BoiteRow.liste_rouge.is_(False), BoiteRow.ouverte.is_(True), proprietaire.is_not(None)]
        if sans_situation:
            conditions.append(BoiteRow.situation_id.is_(None))
        return _dans(cle, proprietaire, conditions)

    return traduction


def _dans(cle: Any, proprietaire: Any, conditions: list[Condition]) -> Condition:
    appartenance: Condition = cle.in_(select(proprietaire).where(*conditions))
    return appartenance


def _boite_organisation(parametre: Parametre) -> Condition:
    """The expression is ``telecom.value``: it also matches telephones and contact e-mails of a structure."""
    return or_(
        _boite(OrganisationRow.structure_id, BoiteRow.structure_id)(parametre),
        _simple(OrganisationRow.courriel)(parametre),
        _simple(OrganisationRow.telephone)(parametre),
    )


def _reference(colonne: Any) -> Traduction:
    return lambda parametre: colonne.in_([reference.id for reference in parametre.references()])


def _maj(colonne: Any) -> Traduction:
    def traduction(parametre: Parametre) -> Condition:
        alternatives = []
        for plage in parametre.dates():
            bas, haut = plage.bornes()
            bornes = [colonne >= bas] if bas else []
            bornes += [colonne < haut] if haut else []
            alternatives.append(and_(*bornes) if bornes else not_(and_(colonne >= plage.debut, colonne < plage.fin)))
        return or_(*alternatives)

    return traduction


def _constante(connues: frozenset[str], table: Any) -> Traduction:
    """A token every resource of a type carries (``identifier-type``)."""
    return _jetons(lambda jeton: table.id.is_not(None) if jeton.code in connues else false())


PRATICIEN: dict[str, Traduction] = {
    "_id": _id(PraticienRow),
    "_lastUpdated": _maj(PraticienRow.maj_le),
    "active": _booleen(PraticienRow.actif),
    "family": _texte(PraticienRow.nom_normalise, PraticienRow.nom),
    "given": _texte(PraticienRow.prenom_normalise, PraticienRow.prenom),
    "name": _nom_de_personne,
    "identifier": _jetons(_identifiant_praticien),
    "identifier-type": _constante(frozenset({"IDNPS", "RPPS"}), PraticienRow),
    "mailbox-mss": _boite(PraticienRow.id_nat, BoiteRow.id_nat, sans_situation=True),
    "qualification-code": _paire(PraticienRow.qualifications),
}

SITUATION: dict[str, Traduction] = {
    "_id": _id(SituationRow),
    "_lastUpdated": _maj(SituationRow.maj_le),
    "active": _booleen(SituationRow.actif),
    "identifier": _jetons(lambda jeton: SituationRow.numero == jeton.code),
    "mailbox-mss": _boite(SituationRow.numero, BoiteRow.situation_id),
    "organization": _reference(SituationRow.organisation_id),
    "practitioner": _reference(SituationRow.praticien_id),
    "role": _paire(SituationRow.codes),
}

ORGANISATION: dict[str, Traduction] = {
    "_id": _id(OrganisationRow),
    "_lastUpdated": _maj(OrganisationRow.maj_le),
    "active": _booleen(OrganisationRow.actif),
    "address": lambda p: or_(
        _texte(OrganisationRow.ville_normalisee, OrganisationRow.ville)(p), _simple(OrganisationRow.code_postal)(p)
    ),
    "address-city": _texte(OrganisationRow.ville_normalisee, OrganisationRow.ville),
    "address-line": _simple(cast(OrganisationRow.lignes, String)),
    "address-postalcode": _simple(OrganisationRow.code_postal),
    "identifier": _jetons(_identifiant_organisation),
    "identifier-type": _constante(frozenset({"IDNST", "FINEG", "FINEJ", "RPPSRG"}), OrganisationRow),
    "mailbox-mss": _boite_organisation,
    "name": _texte(OrganisationRow.nom_normalise, OrganisationRow.nom),
    "partof": _reference(OrganisationRow.partie_de),
    "type": _jetons(_type_organisation),
}
