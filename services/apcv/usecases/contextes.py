"""Reading an apCV and living with its context (apcv.md §3, §6, §7.B to §7.H)."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.apcv import scellement
from services.apcv.domain import contexte as regles
from services.apcv.domain import lecture as lectures
from services.apcv.domain.appli import exiger_active
from services.apcv.domain.assure import Assure, beneficiaires
from services.apcv.domain.contexte import DUREE, Contexte, Motif, Professionnel
from services.apcv.domain.delegation import Delegation, exiger_valable
from services.apcv.domain.lecture import Lecture, Mode
from services.apcv.domain.refus import refus
from services.apcv.store import applis, assures, contextes
from services.apcv.store.applis import PresentationRow
from services.apcv.store.contextes import ContexteRow
from services.apcv.usecases.explications import LECTURE, expliquer
from services.apcv.vues import Lu
from shared.db.unit_of_work import UnitOfWork
from shared.decision import Decision, noter
from shared.edge.bac import Bac


async def ouvrir(uow: UnitOfWork, donnees: str, ps: Professionnel, *, mode: Mode | None = None) -> Lu:
    """``authentifierUtilisateurProximite``: one reading, one context of twenty minutes.

    ``mode`` is what the reader says it used; the SOAP wire does not say, and then the phone's word holds.
    """
    with expliquer(LECTURE, maintenant=uow.now().isoformat(), mode=mode):
        presentation = await _presentation(uow, donnees, mode)
        delegation = await _delegation(uow, presentation)
        titulaire = await _titulaire(uow, presentation)
    personnes = await _beneficiaires(uow, titulaire, delegation)
    await _remplacer(uow, ps)
    presentation.utilise_le = uow.now()
    contexte = Contexte(
        identifiant=scellement.identifiant_contexte(),
        token=scellement.jeton_contexte(),
        appli_id=presentation.appli_id,
        matricule_ins=titulaire.matricule_ins,
        beneficiaires=tuple(p.matricule_ins for p in personnes),
        professionnel=ps,
        mode=presentation.mode,
        ouvert_le=uow.now(),
        expire_le=uow.now() + DUREE,
        role="delegataire" if delegation else "titulaire",
        delegation_id=delegation.delegation_id if delegation else None,
    )
    uow.session.add(contextes.nouveau(contexte))
    uow.emit(contexte.evenement_ouvert())
    _noter_ouverture(contexte)
    return Lu(contexte, titulaire, personnes)


async def lire_sans_cps(uow: UnitOfWork, donnees: str, *, mode: Mode | None = None) -> Assure:
    """A reading without the professional's card: administrative data of the holder, no context (apcv.md §12.13)."""
    with expliquer(LECTURE, maintenant=uow.now().isoformat(), mode=mode):
        presentation = await _presentation(uow, donnees, mode)
        await _delegation(uow, presentation)
        titulaire = await _titulaire(uow, presentation)
    presentation.utilise_le = uow.now()
    return titulaire


async def _titulaire(uow: UnitOfWork, presentation: PresentationRow) -> Assure:
    """The holder of the card, whose rights are open today."""
    titulaire = await assures.trouver(uow.session, presentation.carte, uow.bac.reglages.oid_mode)
    if titulaire is None or not titulaire.droits_ouverts(uow.now().date()):
        raise refus("APCV-222", champ="Donnees")
    return titulaire


async def _presentation(uow: UnitOfWork, donnees: str, mode: Mode | None) -> PresentationRow:
    """What was read, once its seal, its first use, its freshness and its phone are all good."""
    lue, sceau = lectures.lire(donnees)
    try:
        appli = await applis.trouver(uow.session, lue.appli_id)
    except applis.AppliInconnue:
        raise refus("APCV-104", champ="Donnees") from None
    lectures.verifier_sceau(lue, sceau, appli.secret)
    if lue.cle_id != appli.cle_id:
        raise refus("APCV-104", champ="Donnees")
    presentation = await applis.presentation(uow.session, lue.nonce)
    if presentation is None or presentation.appli_id != lue.appli_id:
        raise refus("APCV-104", champ="Donnees")
    exiger_active(appli)
    if presentation.utilise_le is not None:
        raise refus("APCV-103", champ="Donnees")
    _verifier_mode(presentation, mode)
    _verifier_fraicheur(lue, presentation, uow)
    return presentation


def _verifier_mode(presentation: PresentationRow, mode: Mode | None) -> None:
    if mode is not None and mode != presentation.mode:
        raise refus(
            "APCV-101",
            f"Le téléphone a présenté un {presentation.mode}, le lecteur annonce un {mode}.",
            f"The phone presented a {presentation.mode}, the reader says {mode}.",
            champ="mode",
        )


def _verifier_fraicheur(lue: Lecture, presentation: PresentationRow, uow: UnitOfWork) -> None:
    lectures.verifier_fraicheur(lue, lectures.duree(presentation.mode), at=uow.now())


async def _delegation(uow: UnitOfWork, presentation: PresentationRow) -> Delegation | None:
    if presentation.delegation_id is None:
        return None
    appli = await applis.trouver(uow.session, presentation.appli_id)
    delegation = await applis.delegation(uow.session, presentation.delegation_id)
    return exiger_valable(delegation, appli.matricule_ins, at=uow.now())


async def _beneficiaires(uow: UnitOfWork, titulaire: Assure, delegation: Delegation | None) -> tuple[Assure, ...]:
    personnes = await carte_de(uow.session, uow.bac, titulaire)
    if delegation is None:
        return personnes
    return tuple(p for p in personnes if p.matricule_ins in delegation.beneficiaires)


async def carte_de(session: AsyncSession, bac: Bac, titulaire: Assure) -> tuple[Assure, ...]:
    """The people on the card of this holder, today."""
    enfants = await assures.enfants(session, titulaire.matricule_ins, bac.reglages.oid_mode)
    return beneficiaires(titulaire, enfants, jour=bac.now().date())


async def _remplacer(uow: UnitOfWork, ps: Professionnel) -> None:
    """A new reading destroys the previous context of the same professional (apcv.md §6)."""
    for row in await contextes.actifs_du_professionnel(uow.session, ps.identifiant_facturation):
        ancien = row.to_domain()
        if ancien.professionnel.est_le_meme(ps):
            clos, evenement = regles.detruire(ancien, at=uow.now(), motif="nouvelle_lecture")
            row.poser(clos)
            if evenement:
                uow.emit(evenement)
            else:
                _expirer(uow, row)


def _noter_ouverture(contexte: Contexte) -> None:
    noter(
        Decision(
            regle="APCV-CTX",
            verdict="accepte",
            fr=f"Contexte {contexte.identifiant} ouvert pour 20 minutes, une facture, un professionnel.",
            en=f"Context {contexte.identifiant} opened: 20 minutes, one invoice, one professional.",
            entrees={
                "contexte": contexte.identifiant,
                "mode": contexte.mode,
                "role": contexte.role,
                "beneficiaires": len(contexte.beneficiaires),
                "expire_le": contexte.expire_le.isoformat(),
            },
            examinees=LECTURE,
            source="apcv.md §5, §6",
        )
    )


async def restituer(session: AsyncSession, bac: Bac, ps: Professionnel) -> Lu | None:
    """``restituerContexteApCV``: the context still open for this professional, with its remaining time."""
    for row in await contextes.actifs_du_professionnel(session, ps.identifiant_facturation):
        contexte = row.to_domain()
        if contexte.professionnel.est_le_meme(ps) and bac.now() < contexte.expire_le:
            return await relire(session, bac, contexte)
    return None


async def consulter(session: AsyncSession, bac: Bac, identifiant: str, ps: Professionnel) -> Contexte:
    """A context in its present state; expired ones say so even before anybody swept them."""
    row = await contextes.verrouiller(session, identifiant)
    contexte, _ = regles.expirer(row.to_domain(), at=bac.now())
    if not contexte.professionnel.est_le_meme(ps):
        raise refus("APCV-111", champ="ContexteApCV")
    return contexte


async def relire(session: AsyncSession, bac: Bac, contexte: Contexte) -> Lu:
    mode = bac.reglages.oid_mode
    connus = await assures.plusieurs(session, (contexte.matricule_ins, *contexte.beneficiaires), mode)
    return Lu(contexte, connus[contexte.matricule_ins], tuple(connus[m] for m in contexte.beneficiaires if m in connus))


async def detruire(uow: UnitOfWork, identifiant: str, ps: Professionnel) -> None:
    """``detruireContexteApCV``, on patient change or log-off."""
    row = await contextes.verrouiller(uow.session, identifiant)
    contexte = row.to_domain()
    if not contexte.professionnel.est_le_meme(ps):
        raise refus(
            "APCV-111",
            "Le contexte a été ouvert par un autre professionnel.",
            "The context was opened by another professional.",
            champ="ContexteApCV",
        )
    clos, evenement = regles.detruire(contexte, at=uow.now())
    row.poser(clos)
    if evenement:
        uow.emit(evenement)
    else:
        _expirer(uow, row)


def revoquer(uow: UnitOfWork, rows: list[ContexteRow], motif: Motif) -> None:
    """The card behind these contexts lost its right to speak."""
    for row in rows:
        clos, evenement = regles.revoquer(row.to_domain(), motif, at=uow.now())
        row.poser(clos)
        if evenement:
            uow.emit(evenement)
        else:
            _expirer(uow, row)


async def echeances(uow: UnitOfWork) -> None:
    """Close every context whose twenty minutes have passed on the bac's clock."""
    while rows := await contextes.echus(uow.session, uow.now()):
        for row in rows:
            _expirer(uow, row)
        await uow.session.flush()


def _expirer(uow: UnitOfWork, row: ContexteRow) -> None:
    clos, evenement = regles.expirer(row.to_domain(), at=uow.now())
    row.poser(clos)
    if evenement:
        uow.emit(evenement)
