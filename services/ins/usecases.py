"""What ``ins`` can do: search, verify, batch; and keep the civil state of the sandbox.

Searches read; they never hold a transaction while they make somebody wait.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.exc import IntegrityError

from services.ins.domain import etat_civil, recherche, verification, vitale
from services.ins.domain.fautes import refuser
from services.ins.domain.lots import TAILLE_MAX, Lot, ResultatLot, controler_refs
from services.ins.domain.personne import Personne
from services.ins.domain.recherche import Reponse, Traits
from services.ins.domain.verification import INSFourni
from services.ins.domain.vitale import Couverture, DemandeVitale
from services.ins.store import lots, personnes
from shared.db.spaces import Space
from shared.db.unit_of_work import UnitOfWork
from shared.decision import Decision, carnet, noter
from shared.edge.bac import Bac
from shared.errors import DomainError, Introuvable
from shared.identite.ins import MatriculeIns, NatureMatricule
from shared.identite.traits import Traits as TraitsStricts
from shared.ids import Ids

Attente = Callable[[float], Awaitable[None]]


class PersonneIntrouvable(Introuvable):
    regle = "INS-PERS-01"


@dataclass(frozen=True, slots=True)
class Interroger:
    """One caller's view of one bac: where to read, what time it is there, how strict it is, how to wait."""

    espace: Space
    bac: Bac
    attendre: Attente = asyncio.sleep

    async def par_traits(self, traits: Traits) -> Reponse:
        demande = recherche.controler(traits, profil=self.bac.reglages.profil, aujourd_hui=self.bac.now().date())
        async with self.espace.lecture() as session:
            candidats = await personnes.candidats(session, demande.nom_naissance, demande.date_naissance, demande.sexe)
            reponse = recherche.chercher(demande, candidats)
            if (connue := reponse.personne) is not None and (anciens := await personnes.historique(session, connue.id)):
                reponse = replace(reponse, personne=replace(connue, historique=anciens))
        return await self._avec_pannes(reponse)

    async def par_carte(self, demande: DemandeVitale, couverture: Couverture | None = None) -> Reponse:
        vitale.controler(demande, aujourd_hui=self.bac.now().date())
        if couverture is not None:
            vitale.verifier_meme_beneficiaire(demande, couverture)
        async with self.espace.lecture() as session:
            if demande.individu is not None:
                lu = demande.individu
                personne = await personnes.par_matricule(session, lu.num.upper() + lu.cle)
            else:
                assert demande.ouvreur_droit is not None  # checked above
                lignes = await personnes.carte(session, demande.ouvreur_droit.num.upper())
                ligne = vitale.choisir_ligne(demande, lignes)
                personne = await personnes.par_id(session, ligne.personne_id) if ligne else None
        return await self._avec_pannes(vitale.repondre(demande, personne))

    async def verifier(self, demande: INSFourni, *, controle_cle: bool = True) -> Reponse:
        verification.controler(demande, aujourd_hui=self.bac.now().date())
        async with self.espace.lecture() as session:
            personne = await personnes.par_matricule(session, demande.matricule)
        reponse = verification.verifier(demande, personne, mode=self.bac.reglages.oid_mode, controle_cle=controle_cle)
        return await self._avec_pannes(reponse)

    async def _avec_pannes(self, reponse: Reponse) -> Reponse:
        """The published technical trouble that some identities meet (insi.md §11.2, P13 to P15)."""
        if reponse.personne is None:
            return reponse
        panne = reponse.personne.panne
        if panne.delai_s:
            noter(
                Decision(
                    "INSI-LENTEUR",
                    "accepte",
                    fr=f"Cette identité répond après {panne.delai_s:g} s.",
                    en=f"This identity answers after {panne.delai_s:g} s.",
                    source="insi.md §11.2",
                )
            )
            await self.attendre(panne.delai_s)
        if panne.code is not None:
            raise refuser(panne.code)
        return reponse


async def deposer_lot(
    interroger: Interroger,
    ids: Ids,
    items: Sequence[tuple[str, INSFourni]],
    *,
    taille_max: int = TAILLE_MAX,
    demandeur: str | None = None,
    controle_cle: bool = True,
) -> Lot:
    """Verify every item with the rule of the unit verification; one failing item does not fail the batch."""
    controler_refs([ref for ref, _ in items], taille_max=taille_max)
    sans_attendre = replace(interroger, attendre=_aussitot)
    resultats = []
    for ref, demande in items:
        with carnet():  # the refusal of one item is not that of the batch
            try:
                reponse = await sans_attendre.verifier(demande, controle_cle=controle_cle)
                resultats.append(ResultatLot(ref, reponse.code_cr))
            except DomainError as refus:
                resultats.append(ResultatLot(ref, None, str(refus.membres.get("code", refus.regle))))
    lot = Lot(ids.uuid(), interroger.bac.now(), tuple(resultats))
    async with interroger.espace.transaction(interroger.bac) as uow:
        await lots.ajouter(uow.session, lot, demandeur)
    return lot


async def _aussitot(_: float) -> None:
    return


async def creer_personne(
    uow: UnitOfWork,
    matricule: MatriculeIns,
    traits: TraitsStricts,
    *,
    nature: NatureMatricule = NatureMatricule.NIR,
    rang_naissance: int = 1,
    alias: tuple[str, ...] = (),
    ouvreurs_droit: Sequence[str] = (),
) -> Personne:
    await _libre(uow, matricule)
    personne = etat_civil.creer(
        matricule.valeur, matricule, traits, nature=nature, rang_naissance=rang_naissance, alias=alias
    )
    try:
        async with uow.session.begin_nested():
            await personnes.ajouter(uow.session, personne, ouvreurs_droit=ouvreurs_droit)
    except IntegrityError:  # somebody else was quicker (PostgreSQL)
        raise _deja_pris(matricule) from None
    uow.emit(etat_civil.creation(personne, ouvreurs_droit, mode=uow.bac.reglages.oid_mode, at=uow.now()))
    return personne


async def corriger_personne(uow: UnitOfWork, matricule: str, traits: TraitsStricts) -> Personne:
    personne = await _exiger(uow, matricule)
    corrigee, fait = etat_civil.corriger(personne, traits, mode=uow.bac.reglages.oid_mode, at=uow.now())
    if fait is not None:
        await personnes.enregistrer(uow.session, corrigee)
        uow.emit(fait)
    return corrigee


async def attribuer_matricule(
    uow: UnitOfWork, matricule: str, nouveau: MatriculeIns, nature: NatureMatricule, *, motif: str | None = None
) -> Personne:
    personne = await _exiger(uow, matricule)
    proprietaire = await personnes.par_matricule(uow.session, nouveau.valeur)
    if proprietaire is not None and proprietaire.id != personne.id:
        raise _deja_pris(nouveau)
    changee, faits = etat_civil.attribuer(
        personne, nouveau, nature, motif=motif, mode=uow.bac.reglages.oid_mode, at=uow.now()
    )
    if faits is not None:
        try:
            async with uow.session.begin_nested():
                await personnes.enregistrer(uow.session, changee)
        except IntegrityError:
            raise _deja_pris(nouveau) from None
        for fait in faits:
            uow.emit(fait)
    return changee


async def _exiger(uow: UnitOfWork, matricule: str) -> Personne:
    if (personne := await personnes.par_matricule_actif(uow.session, matricule, verrou=True)) is None:
        raise PersonneIntrouvable(
            "no person has this active matricule", "aucune personne ne porte ce matricule actif", champ="matricule"
        )
    return personne


async def _libre(uow: UnitOfWork, matricule: MatriculeIns) -> None:
    if await personnes.par_matricule(uow.session, matricule.valeur) is not None:
        raise _deja_pris(matricule)


def _deja_pris(matricule: MatriculeIns) -> etat_civil.MatriculeDejaPris:
    return etat_civil.MatriculeDejaPris(
        "this matricule already belongs to somebody, now or in the past",
        "ce matricule appartient déjà à quelqu'un, aujourd'hui ou par le passé",
        champ="matricule",
    )
