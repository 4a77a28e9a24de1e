"""What the SI apCV learns from the others: people, rights, professionals; and its own invoices, for the receipts."""

from sqlalchemy import update

from services.apcv.store import contextes
from services.apcv.store.applis import AppliRow, DelegationRow
from services.apcv.store.assures import AssureRow, PraticienRow
from services.apcv.usecases.contextes import revoquer
from services.apcv.usecases.recus import deposer
from shared.contracts.adri import DroitsModifies
from shared.contracts.apcv import FactureSignee
from shared.contracts.gateway import ProfessionnelCree, ProfessionnelModifie
from shared.contracts.ins import MatriculeChange, PersonneCreee, PersonneModifiee
from shared.db.unit_of_work import UnitOfWork
from shared.events.consumer import Subscription


async def personne(uow: UnitOfWork, event: PersonneCreee | PersonneModifiee) -> None:
    """Someone INSi certifies may one day activate the app; their rights are adri's to tell."""
    row = await _assure(uow, event.matricule_ins)
    row.type_matricule = event.type_matricule
    row.nom_naissance = event.nom_naissance
    row.prenom = event.prenom
    row.liste_prenoms = event.liste_prenoms
    row.sexe = event.sexe
    row.date_naissance = event.date_naissance
    row.lieu_naissance = event.lieu_naissance
    row.rang_naissance = event.rang_naissance


async def matricule_change(uow: UnitOfWork, event: MatriculeChange) -> None:
    """The person keeps their app under the new matricule; contexts opened under the old one are closed."""
    ancien = await uow.session.get(AssureRow, event.ancien_matricule_ins, with_for_update=True)
    if ancien is None or await uow.session.get(AssureRow, event.matricule_ins) is not None:
        return
    revoquer(uow, await contextes.actifs_de_la_carte(uow.session, matricule=event.ancien_matricule_ins), "opposition")
    if ancien.nir_assure == event.ancien_matricule_ins:
        ancien.nir_assure = event.matricule_ins
    ancien.matricule_ins = event.matricule_ins
    ancien.type_matricule = "NIR"
    await uow.session.flush()
    for colonne in (AppliRow.matricule_ins, DelegationRow.titulaire, DelegationRow.delegue):
        await uow.session.execute(
            update(colonne.class_)
            .where(colonne == event.ancien_matricule_ins)
            .values({colonne.key: event.matricule_ins})
        )


async def droits(uow: UnitOfWork, event: DroitsModifies) -> None:
    """Rights opened, closed or changed: a card whose rights are closed no longer speaks."""
    row = await _assure(uow, event.matricule_ins)
    row.periodes = [{"debut": p.debut, "fin": p.fin} for p in event.periodes]
    row.situation = event.situation
    row.nir_assure = event.assure_matricule_ins or row.nir_assure or event.matricule_ins
    row.rang_naissance = event.rang_naissance
    _rattacher(row, event.organisme)
    if not event.ouverts:
        rows = await contextes.actifs_de_la_carte(uow.session, matricule=event.matricule_ins)
        revoquer(uow, rows, "droits_fermes")


async def professionnel(uow: UnitOfWork, event: ProfessionnelCree | ProfessionnelModifie) -> None:
    row = await uow.session.get(PraticienRow, event.id_nat)
    if row is None:
        row = PraticienRow(id_nat=event.id_nat)
        uow.session.add(row)
    row.nom = event.nom
    row.prenom = event.prenom


async def _assure(uow: UnitOfWork, matricule: str) -> AssureRow:
    """The row of a person, made without a name when rights arrive before identity (a nameless one cannot activate)."""
    row = await uow.session.get(AssureRow, matricule, with_for_update=True)
    if row is None:
        row = AssureRow(
            matricule_ins=matricule,
            type_matricule="NIR",
            nom_naissance="",
            prenom="",
            liste_prenoms="",
            sexe="",
            date_naissance="1900-01-01",
            nir_assure=matricule,
            periodes=[],
        )
        uow.session.add(row)
    return row


def _rattacher(row: AssureRow, organisme: str | None) -> None:
    """``organisme`` is régime, caisse and centre: 9 digits, with or without separators."""
    chiffres = "".join(c for c in organisme or "" if c.isdigit())
    if len(chiffres) >= 2:
        row.regime = chiffres[:2]
    if len(chiffres) >= 5:
        row.caisse = chiffres[2:5]
    if len(chiffres) >= 9:
        row.centre = chiffres[5:9]


ABONNEMENTS = (
    Subscription("apcv.connaitre-personne", PersonneCreee, personne),
    Subscription("apcv.corriger-personne", PersonneModifiee, personne),
    Subscription("apcv.changer-matricule", MatriculeChange, matricule_change),
    Subscription("apcv.suivre-droits", DroitsModifies, droits),
    Subscription("apcv.connaitre-professionnel", ProfessionnelCree, professionnel),
    Subscription("apcv.corriger-professionnel", ProfessionnelModifie, professionnel),
    Subscription("apcv.deposer-recu", FactureSignee, deposer),
)
