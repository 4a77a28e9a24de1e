"""One caller on one dossier: what is known of both, the decision, the trace it leaves and who is told."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.dmp.config import DmpSettings
from services.dmp.domain.acces import Verdict
from services.dmp.domain.document import Document
from services.dmp.domain.profil import VU, Etat
from services.dmp.domain.situation import (
    Acteur,
    Action,
    EtatVu,
    ModeAcces,
    Situation,
    TypeActeur,
)
from services.dmp.store import dossiers, registre, traces
from services.dmp.store.dossiers import Fiche, Titre
from services.dmp.store.traces import Trace
from services.dmp.tables import Tables, charger
from shared.contracts.dmp import DossierConsulte, NotificationEmise
from shared.db.unit_of_work import UnitOfWork
from shared.decision import noter
from shared.edge.bac import Bac
from shared.errors import DomainError
from shared.identite import NatureMatricule
from shared.identite.ins import oid


class RefusTrace(Exception):
    """A refusal that must leave a trace in the history: raised before anything else is written."""

    def __init__(self, refus: DomainError, trace: Trace | None) -> None:
        super().__init__(refus.en)
        self.refus = refus
        self.trace = trace


@dataclass(frozen=True, slots=True)
class Appel:
    """Who calls, how, and under which settings."""

    acteur: Acteur
    bac: Bac
    settings: DmpSettings
    mode: ModeAcces = ModeAcces.NORMAL
    motif: str | None = None
    logiciel: str | None = None
    code_acces: str | None = None
    """A temporary access code the patient gave to the professional."""

    @property
    def tables(self) -> Tables:
        return charger(self.settings.reglages)

    @property
    def now(self) -> datetime:
        return self.bac.now()


@dataclass(slots=True)
class Visite:
    uow: UnitOfWork
    appel: Appel
    matricule_ins: str
    dossier: Fiche | None
    titre: Titre | None
    """What the patient decided about this professional in person."""
    bloque: bool
    autorise: bool
    acteur: Acteur

    @property
    def etat(self) -> EtatVu:
        return EtatVu.AUCUN if self.dossier is None else VU[Etat(self.dossier.etat)]

    @property
    def mineur(self) -> bool:
        return self.dossier is not None and est_mineur(self.dossier.date_naissance, self.appel.now)

    def situation(self, action: Action, document: Document | None = None, *, demande: bool = False) -> Situation:
        condition = None
        acces = self.appel.tables.acces
        if document is not None:
            dans_matrice = acces.dans_matrice(self.acteur, document.type_code, document.classe)
            condition = document.condition(self.acteur, dans_matrice=dans_matrice, now=self.appel.now, demande=demande)
        d = self.dossier
        oppose = d is not None and (
            (self.appel.mode is ModeAcces.BRIS_DE_GLACE and d.oppose_bris_de_glace)
            or (self.appel.mode is ModeAcces.CENTRE_15 and d.oppose_centre_15)
        )
        return Situation(
            acteur=self.acteur,
            action=action,
            mode=self.appel.mode,
            motif=self.appel.motif,
            etat=self.etat,
            mineur=self.mineur,
            autorise=self.autorise,
            bloque=self.bloque,
            oppose_urgence=oppose,
            masques_en_urgence=d is None or d.masques_en_urgence,
            document=condition,
        )

    def peser(self, situation: Situation) -> Verdict:
        return self.appel.tables.acces.decider(situation)

    def exiger(
        self,
        action: Action,
        document: Document | None = None,
        *,
        evenement: str | None = None,
        demande: bool = False,
    ) -> Verdict:
        """The verdict, noted for the journal; a refusal is raised with the trace it leaves."""
        return self.exiger_situation(
            self.situation(action, document, demande=demande), document=document, evenement=evenement
        )

    def exiger_situation(
        self, situation: Situation, *, document: Document | None = None, evenement: str | None = None
    ) -> Verdict:
        action = situation.action
        verdict = self.peser(situation)
        noter(verdict.decision())
        if verdict.autorise:
            return verdict
        objets = [objet(document)] if document is not None and not document.masque else []
        trace = None
        if verdict.trace and self.dossier is not None and self.etat is EtatVu.OUVERT:
            trace = self.ligne(
                evenement or _EVENEMENTS.get(action, "ACCESS_REFUSED"),
                action.value,
                objets=objets,
                verdict=verdict,
                resultat="refuse",
            )
        raise RefusTrace(verdict.refus(), trace)

    def ligne(
        self,
        evenement: str,
        transaction: str,
        *,
        objets: list[dict[str, Any]] | None = None,
        verdict: Verdict | None = None,
        resultat: str = "ok",
        secret: bool = False,
        notifie: list[dict[str, Any]] | None = None,
    ) -> Trace:
        """The row of the history for an act of this caller."""
        a = self.acteur
        return Trace(
            id=str(uuid.uuid4()),
            matricule_ins=self.matricule_ins,
            at=self.appel.now,
            evenement=evenement,
            transaction=transaction,
            resultat=resultat,
            regle=verdict.regle if verdict else None,
            acteur_type=a.type.value,
            acteur_id=a.id_nat,
            acteur_nom=a.nom,
            profession=a.code_habilitation or None,
            specialite=a.specialite,
            structure_id=a.structure_id,
            structure_nom=a.structure_nom,
            authentification=a.authentification.value if a.type is not TypeActeur.PATIENT else None,
            mode=self.appel.mode.value,
            motif=self.appel.motif if self.appel.mode is ModeAcces.BRIS_DE_GLACE else None,
            objets=objets or [],
            logiciel=self.appel.logiciel,
            notifie=notifie or [],
            secret=secret,
        )

    async def tracer(self, trace: Trace) -> None:
        registre.a_ecrit(self.uow.session)
        await traces.ecrire(self.uow.session, trace)

    async def consigner_consultation(
        self, verdict: Verdict, action: str, documents: Sequence[Document], *, secret: bool = False
    ) -> None:
        """Trace a reading, tell the person as she wishes, and her médecin traitant when it was an emergency."""
        urgence = self.appel.mode is not ModeAcces.NORMAL
        notifier = urgence or await self._a_notifier()
        notifie: list[dict[str, Any]] = []
        if notifier:
            notifie.append({"channel": "email", "at": self.appel.now.isoformat()})
        if urgence:
            notifie.extend(await self._prevenir_medecins_traitants())
            mode = self.appel.mode.value.upper()
            await self.tracer(self.ligne(f"EMERGENCY_ACCESS_{mode}", action, verdict=verdict, notifie=notifie))
        secret = secret or any(d.invisible_representants for d in documents)
        objets = [objet(d) for d in documents] if action == "DOC_VIEWED" else []
        await self.tracer(
            self.ligne(action, _TRANSACTIONS[action], objets=objets, verdict=verdict, secret=secret, notifie=notifie)
        )
        self.uow.emit(
            DossierConsulte(
                occurred_at=self.appel.now,
                matricule_ins=self.matricule_ins,
                auteur_id_nat=self.acteur.id_nat,
                auteur_nom=self.acteur.nom,
                profession_code=self.acteur.profession,
                structure_id=self.acteur.structure_id,
                action="DOC_VIEWED" if action == "DOC_VIEWED" else "DOC_LISTED",
                mode_acces=self.appel.mode.value,
                motif=self.appel.motif,
                unique_ids=[d.unique_id for d in documents] if action == "DOC_VIEWED" else [],
                notifier=notifier,
            )
        )

    async def _a_notifier(self) -> bool:
        """The person's own setting: the first consultation only (brochure), once a day, or each one (§6.3)."""
        assert self.dossier is not None
        choix = self.dossier.notification_acces or self.appel.settings.notification_acces
        if choix == "chaque" or self.acteur.id_nat is None:
            return True
        if choix != "chaque_jour":
            return not await registre.a_consulte(self.uow, self.matricule_ins, self.acteur.id_nat)
        derniere = await traces.derniere_consultation(self.uow.session, self.matricule_ins, self.acteur.id_nat)
        return derniere is None or derniere.date() < self.appel.now.date()

    async def _prevenir_medecins_traitants(self) -> list[dict[str, Any]]:
        """R1111-48: the médecin traitant is informed by electronic means after an emergency access."""
        prevenus: list[dict[str, Any]] = []
        mode = "bris de glace" if self.appel.mode is ModeAcces.BRIS_DE_GLACE else "centre 15"
        for mt in await dossiers.medecins_traitants(self.uow.session, self.matricule_ins):
            if mt.titulaire_id == self.acteur.id_nat:
                continue
            self.uow.emit(
                NotificationEmise(
                    occurred_at=self.appel.now,
                    matricule_ins=self.matricule_ins,
                    destinataire_id_nat=mt.titulaire_id,
                    motif=f"EMERGENCY_ACCESS_{self.appel.mode.value.upper()}",
                    objet=f"Accès en urgence au DMP d'un patient ({mode})",
                    texte=f"Le DMP d'un de vos patients a été consulté en mode {mode} par {self.acteur.nom or ''} "
                    f"le {self.appel.now:%d/%m/%Y à %H:%M} (UTC). Motif : {self.appel.motif or 'régulation médicale'}.",
                )
            )
            prevenus.append({"channel": "mssante", "to": "medecin-traitant", "at": self.appel.now.isoformat()})
        return prevenus


_TRANSACTIONS = {"DOC_LISTED": "TD3.1", "DOC_VIEWED": "TD3.2"}
_EVENEMENTS = {
    Action.RECHERCHER: "DOC_LISTED",
    Action.CONSULTER: "DOC_VIEWED",
    Action.ALIMENTER: "DOC_ADDED",
    Action.MASQUER: "DOC_MASKED",
    Action.DEMASQUER: "DOC_UNMASKED",
    Action.RENDRE_VISIBLE: "DOC_VISIBLE_PATIENT",
    Action.SUPPRIMER: "DOC_DELETED",
    Action.ARCHIVER: "DOC_ARCHIVED",
    Action.DESARCHIVER: "DOC_UNARCHIVED",
    Action.AUTORISER: "AUTH_PS_SET",
    Action.RETIRER_AUTORISATION: "AUTH_PS_REMOVED",
    Action.DEVENIR_MT: "MT_SET",
    Action.QUITTER_MT: "MT_REMOVED",
    Action.BLOQUER: "PS_BLOCKED",
}


def objet(d: Document) -> dict[str, Any]:
    return {"uniqueId": f"urn:oid:{d.unique_id}", "title": d.titre, "type": d.type_code, "class": d.classe}


def est_mineur(date_naissance: str, now: datetime) -> bool:
    """Under 18 at this date; lunar dates have no readable month and count as the first of January."""
    try:
        annee = int(date_naissance[:4])
        mois, jour = int(date_naissance[5:7]), int(date_naissance[8:10])
    except ValueError:
        return False
    mois, jour = (mois, jour) if 1 <= mois <= 12 else (1, 1)
    return (now.year - annee, now.month, now.day) < (18, mois, jour)


def oid_attendu(row: Fiche, bac: Bac) -> str:
    """The OID under which this bac carries the person's INS (architecture, ``oid_mode``)."""
    mode = "test" if row.oid_impose == "test" else bac.reglages.oid_mode
    return oid(NatureMatricule(row.nature), mode)
