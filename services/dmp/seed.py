"""The demonstration share of the DMP: dossier states, authorisations, documents; and the population's dossiers.

Keyed by the slugs of ``shared.monde``; the same seed and reference date give the same rows, byte for byte.
"""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.dmp.domain.activation import serie_vitale
from services.dmp.domain.profil import MOTIF_DECES, MOTIF_DEMANDE, Etat, Profil, echeance
from services.dmp.seed_depots import AUTORISATIONS
from services.dmp.seed_documents import ESPACE, lignes_documents
from services.dmp.store.dossiers import AutorisationRow, DossierRow, RepresentationRow
from services.dmp.store.mes import SoinRow
from services.dmp.store.traces import TraceRow
from shared.db.spaces import Graine
from shared.monde.modele import Patient, Professionnel
from shared.monde.patients import PATIENTS
from shared.monde.population import generer
from shared.monde.professionnels import PROFESSIONNELS
from shared.monde.structures import STRUCTURES

_LOTS: Final = 2000
GRAINE_POPULATION: Final = 0


async def semer(session: AsyncSession, graine: Graine) -> None:
    """``demo``: the whole demonstration; ``population-N``: N dossiers in the published proportions; ``vide``: none."""
    debut = datetime.combine(graine.reference, time(6, 0), UTC)
    if graine.nom == "demo":
        session.add_all(_dossier(p, debut) for p in PATIENTS.values() if "inconnu" not in p.situations)
        session.add_all(_representations())
        session.add_all(_autorisations(debut))
        session.add_all(lignes_documents(debut))
        session.add_all(_historique(debut))
        session.add_all(_soins(debut))
    elif graine.taille:
        await _population(session, graine, debut)


def _dossier(p: Patient, debut: datetime) -> DossierRow:
    etat = Etat(p.profil)
    depuis = debut + timedelta(days=p.profil_jours)
    ferme = etat in {Etat.CLOSED, Etat.CLOSED_DECEASED}
    profil = Profil(p.matricule_ins, "", etat, depuis, informe_le=depuis if etat is Etat.NOTIFIED else None)
    suivante = echeance(profil)
    return DossierRow(
        matricule_ins=p.matricule_ins,
        nature=p.nature.value,
        oid_impose=p.oid_impose,
        etat=etat.value,
        depuis=depuis,
        informe_le=profil.informe_le,
        active_le=depuis if etat is Etat.ACTIVE else None,
        echeance=suivante[0] if suivante else None,
        motif_fermeture=(MOTIF_DECES if etat is Etat.CLOSED_DECEASED else MOTIF_DEMANDE) if ferme else None,
        raison_fermeture="Demande du titulaire" if etat is Etat.CLOSED else None,
        nom_naissance=p.traits.nom_naissance,
        prenom=p.traits.prenom,
        prenoms=p.traits.liste_prenoms,
        sexe=str(p.traits.sexe),
        date_naissance=str(p.traits.date_naissance),
        lieu_naissance=p.traits.lieu_naissance or "",
        email=p.courriel,
        telephone=p.telephone,
        oppose_bris_de_glace="oppose-bris-de-glace" in p.situations,
        oppose_centre_15="oppose-centre-15" in p.situations,
        profil_medical={},
        serie_vitale=serie_vitale(p.matricule_ins) if p.carte_vitale else None,
    )


def _representations() -> Iterator[RepresentationRow]:
    for p in PATIENTS.values():
        for representant in p.representants:
            yield RepresentationRow(
                representant_ins=PATIENTS[representant].matricule_ins,
                matricule_ins=p.matricule_ins,
                nature="tutelle" if "tutelle" in p.situations else "parent",
            )


def _autorisations(debut: datetime) -> Iterator[AutorisationRow]:
    vus: set[tuple[str, str]] = set()
    traitants = [(p.slug, p.medecin_traitant) for p in PATIENTS.values() if p.medecin_traitant]
    for slug, pro in traitants:
        vus.add((slug, pro))
        yield _autorisation(PATIENTS[slug], PROFESSIONNELS[pro], debut, mt=True)
    for p in PATIENTS.values():
        for pro in p.bloques:
            vus.add((p.slug, pro))
            yield _autorisation(p, PROFESSIONNELS[pro], debut, mode="INTERDITE")
    for slug, pro in AUTORISATIONS:
        if (slug, pro) not in vus:
            yield _autorisation(PATIENTS[slug], PROFESSIONNELS[pro], debut)


def _autorisation(
    p: Patient, pro: Professionnel, debut: datetime, *, mt: bool = False, mode: str = "VALIDE"
) -> AutorisationRow:
    depuis = debut - timedelta(days=200)
    return AutorisationRow(
        matricule_ins=p.matricule_ins,
        titulaire_id=pro.id_nat,
        mode=mode,
        medecin_traitant=mt,
        nom=pro.nom,
        prenom=pro.prenom,
        profession=pro.profession or None,
        specialite=pro.savoir_faire or None,
        depuis=depuis,
        derniere_action=depuis,
    )


def _historique(debut: datetime) -> Iterator[TraceRow]:
    """A break-glass access of last month, so that the history shows one."""
    pro = PROFESSIONNELS["urgence-urgentiste"]
    yield TraceRow(
        id=str(uuid.uuid5(ESPACE, "trace-urgence")),
        matricule_ins=PATIENTS["kermadec"].matricule_ins,
        at=debut - timedelta(days=28),
        evenement="EMERGENCY_ACCESS_BRIS_DE_GLACE",
        transaction="TD3.1",
        acteur_type="ps",
        acteur_id=pro.id_nat,
        acteur_nom=f"{pro.prenom} {pro.nom}",
        profession="G15_10",
        structure_nom=STRUCTURES["ch-sandbox"].raison_sociale,
        mode="bris_de_glace",
        motif="Patient inconscient",
        objets=[],
        notifie=[{"channel": "email"}],
    )


def _soins(debut: datetime) -> Iterator[SoinRow]:
    p = PATIENTS["kermadec"]
    for n, (jours, libelle, montant) in enumerate(((40, "Consultation", "26.50"), (33, "Biologie", "48.10"))):
        yield SoinRow(
            id=f"demo-{n}",
            matricule_ins=p.matricule_ins,
            famille="remboursement",
            date=debut - timedelta(days=jours),
            libelle=libelle,
            donnees={"montant_total": montant, "professionnel_nom": "ALICE VERDIER"},
        )


async def _population(session: AsyncSession, graine: Graine, debut: datetime) -> None:
    """The dossiers of the generated people, in the proportions of mon-espace-sante.md §11."""
    lignes: list[dict[str, Any]] = []
    for rang, personne in enumerate(generer(graine.taille or 0, GRAINE_POPULATION, graine.reference)):
        part = rang * 7919 % 10_000
        etat = Etat(personne.profil)
        depuis = debut - timedelta(days=200 + part % 900)
        suivante = echeance(Profil(personne.matricule_ins, "", etat, depuis))
        lignes.append(
            {
                "matricule_ins": personne.matricule_ins,
                "nature": personne.nature,
                "etat": etat.value,
                "depuis": depuis,
                "echeance": suivante[0] if suivante else None,
                "motif_fermeture": MOTIF_DEMANDE if etat is Etat.CLOSED else None,
                "nom_naissance": personne.nom_naissance,
                "prenom": personne.prenoms.partition(" ")[0],
                "prenoms": personne.prenoms,
                "sexe": personne.sexe,
                "date_naissance": personne.date_naissance,
                "email": personne.courriel,
                "telephone": personne.telephone,
                "lieu_naissance": personne.lieu_naissance,
                "oppose_bris_de_glace": False,
                "oppose_centre_15": False,
                "masques_en_urgence": True,
                "profil_medical": {},
                "serie_vitale": serie_vitale(personne.matricule_ins),
            }
        )
        if len(lignes) == _LOTS:
            await session.execute(insert(DossierRow), lignes)
            lignes = []
    if lignes:
        await session.execute(insert(DossierRow), lignes)
