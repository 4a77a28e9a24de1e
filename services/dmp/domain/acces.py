"""The access decision (dmp.md §8): published rows first, then rights, consent, emergency and matrix."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from services.dmp.domain.droits import Droit, Droits, Matrice
from services.dmp.domain.refus import REFUS, refuser
from services.dmp.domain.situation import (
    ECRITURES_VISIBILITE,
    Acteur,
    Action,
    EtatVu,
    ModeAcces,
    Reglages,
    Situation,
    TypeActeur,
)
from services.dmp.domain.table_acces import LigneAcces, TableAcces
from shared.decision import Decision
from shared.errors import DomainError

SOURCE: Final = "dmp.md §8, access_decision_table.csv"

_SANS_DOSSIER: Final = frozenset({Action.TESTER, Action.LISTER_PATIENTS, Action.MINUTEUR})
_CONSENTEMENT: Final = frozenset(
    {
        Action.RECHERCHER,
        Action.CONSULTER,
        Action.MASQUER,
        Action.DEMASQUER,
        Action.RENDRE_VISIBLE,
        Action.ARCHIVER,
        Action.DESARCHIVER,
        Action.LISTER_AUTORISATIONS,
        Action.BLOQUER,
    }
)


# What a blocked professional may still do: deposit (AD-017), withdraw what he deposited, see his own acts.
_MALGRE_BLOCAGE: Final = frozenset({Action.ALIMENTER, Action.SUPPRIMER, Action.RETIRER_AUTORISATION, Action.HISTORIQUE})


@dataclass(frozen=True, slots=True)
class Verdict:
    """Allowed or not, shown or silently left out, and everything the journal and the history need to know about why."""

    autorise: bool
    visible: bool
    regle: str
    code: str | None
    fr: str
    en: str
    trace: bool = True
    notifie_patient: bool = False
    premiere_seulement: bool = False
    notifie_mt: bool = False
    examinees: tuple[str, ...] = ()
    ligne: dict[str, Any] | None = None
    entrees: dict[str, Any] = field(default_factory=dict)

    def decision(self) -> Decision:
        return Decision(
            regle=self.regle,
            verdict="accepte" if self.autorise else "refuse",
            fr=self.fr,
            en=self.en,
            entrees=self.entrees,
            examinees=self.examinees,
            ligne=self.ligne,
            source=SOURCE,
        )

    def refus(self) -> DomainError:
        return refuser(self.code or "DMPAccessDeniedByRightsService", self.en, self.fr, regle=self.regle)


class Acces:
    """The decision, made of the published tables and the switches of the bac."""

    def __init__(self, table: TableAcces, droits: Droits, matrice: Matrice, reglages: Reglages | None = None) -> None:
        self.table, self.droits, self.matrice = table, droits, matrice
        self.reglages = reglages or Reglages()
        self._connus = lru_cache(maxsize=1024)(self._decider)

    def decider(self, s: Situation) -> Verdict:
        """As dmp.md §8: a row that refuses decides; a row that allows still needs the rights of the role.

        The same situation has the same verdict: the latest are kept.
        """
        return self._connus(s)

    def _decider(self, s: Situation) -> Verdict:
        ligne, vues = self.table.chercher(s)
        if ligne is not None and ligne.refuse:
            return self._selon_ligne(s, ligne, vues)
        refus = self._etapes(s, vues)
        if refus is not None:
            return refus
        if ligne is not None:
            return self._selon_ligne(s, ligne, vues)
        cache = s.action is Action.RECHERCHER and s.document is not None and self._filtre(s) is not None
        return Verdict(
            autorise=True,
            visible=not cache,
            regle=(self._filtre(s) or "DMP-ETAPE-7") if cache else "DMP-ETAPE-9",
            code=None,
            fr="Aucune ligne publiée ne refuse ; droits, consentement et matrice sont satisfaits."
            if not cache
            else "Le document est écarté de la liste sans le dire.",
            en="No published row refuses; rights, consent and matrix are satisfied."
            if not cache
            else "The document is silently left out of the list.",
            trace=s.action not in _SANS_DOSSIER,
            notifie_patient=not cache and s.action is not Action.RECHERCHER and s.acteur.type is not TypeActeur.PATIENT,
            premiere_seulement=s.action is Action.RECHERCHER,
            notifie_mt=s.mode is not ModeAcces.NORMAL,
            examinees=vues,
            entrees=_entrees(s),
        )

    # ── the steps of §8 that hold for every request, whatever the rows say ──────────────────────────────────────────

    def _etapes(self, s: Situation, vues: tuple[str, ...]) -> Verdict | None:
        for regle, code, fr, en in self._obstacles(s):
            return Verdict(
                autorise=False,
                visible=False,
                regle=regle,
                code=code,
                fr=fr,
                en=en,
                trace=s.etat is EtatVu.OUVERT,
                notifie_patient=False,
                examinees=(*vues, regle),
                entrees=_entrees(s),
            )
        return None

    def _obstacles(self, s: Situation) -> list[tuple[str, str, str, str]]:
        """The first obstacle of the request, as a list of zero or one (rule, code, French, English)."""
        if s.acteur.type is TypeActeur.TIERS:
            return [_mot("DMP-ETAPE-2", "DMPAccessDeniedByRightsService")]
        for droit in self.droits.exiges(s):
            if (motif := self._droit_manquant(s, droit)) is not None:
                return [motif]
        if s.action in _SANS_DOSSIER:
            return []
        if s.etat in {EtatVu.AUCUN, EtatVu.OPPOSE}:
            return [_mot("DMP-ETAPE-3", "DMPNotFound")]
        if s.etat is EtatVu.CLOS and s.acteur.type is not TypeActeur.PATIENT:
            return [_mot("DMP-ETAPE-3", "DMPClosed")]
        if s.acteur.type is not TypeActeur.PS:
            return []
        if s.bloque and s.action not in _MALGRE_BLOCAGE:
            return [_mot("DMP-ETAPE-5", "DMPProfessionalBlocked")]
        if (refus := _urgence(s)) is not None:
            return [refus]
        if s.mode is ModeAcces.NORMAL and s.action in _CONSENTEMENT and not s.autorise:
            return [_mot("DMP-ETAPE-6", "DMPConsentRequired")]
        d = s.document
        seul = not (self.reglages.masquage_non_auteur or s.acteur.medecin_traitant)
        if s.action is Action.MASQUER and d is not None and not d.auteur and seul:
            return [_mot("DMP-ETAPE-8", "DMPAccessDeniedByRightsService", "masquer : documents propres seulement")]
        if s.action is Action.CONSULTER and d is not None and (filtre := self._filtre(s)) is not None:
            return [_mot(filtre, "DMPDocumentNotAuthorizedByMatrix")]
        return []

    def _droit_manquant(self, s: Situation, droit: Droit) -> tuple[str, str, str, str] | None:
        if not droit.accorde:
            return _mot(droit.id, "DMPAccessDeniedByRightsService", droit.libelle)
        d = s.document
        if d is None or droit.note is None:
            return None
        manque = {
            6: not d.auteur,
            7: not s.masques_en_urgence and not d.auteur,
            8: not d.auteur and not (d.depot_patient and s.acteur.medecin_traitant),
            9: not d.meme_structure,
        }.get(droit.note, False)
        if s.action is Action.DEMASQUER and s.acteur.medecin_traitant:
            manque = False
        if not manque:
            return None
        code = "DMPDeleteForbiddenNotAuthor" if s.action is Action.SUPPRIMER else "DMPAccessDeniedByRightsService"
        return _mot(f"{droit.id}-note-{droit.note}", code, droit.libelle)

    def _filtre(self, s: Situation) -> str | None:
        """Step 7: why this document is not for this caller, or ``None``."""
        d = s.document
        if d is None or s.acteur.type is not TypeActeur.PS or d.auteur:
            return None
        if d.masque and not s.acteur.medecin_traitant and (s.mode is ModeAcces.NORMAL or not s.masques_en_urgence):
            return "DMP-ETAPE-7-MASQUE"
        if s.mode is ModeAcces.NORMAL and not d.dans_matrice:
            return "DMP-ETAPE-7-MATRICE"
        return None

    def dans_matrice(self, acteur: Acteur, type_code: str, classe: str) -> bool:
        return self.matrice.habilitation(acteur.code_habilitation, type_code, classe).lire

    def _selon_ligne(self, s: Situation, ligne: LigneAcces, vues: tuple[str, ...]) -> Verdict:
        texte = ligne.texte
        phrase = "; ".join(v for v in (texte["result"], texte["error_or_effect"]) if v and v != "-")
        verdict_fr = "refuse" if ligne.refuse else "écarte de la liste" if ligne.cache else "autorise"
        verdict_en = "refuses" if ligne.refuse else "leaves out of the list" if ligne.cache else "allows"
        return Verdict(
            autorise=not ligne.refuse,
            visible=not ligne.refuse and not ligne.cache,
            regle=f"DMP-{ligne.id}",
            code=_code_de(s, ligne) if ligne.refuse else None,
            fr=f"La ligne {ligne.id} {verdict_fr} ({texte['actor']}, {texte['action']}) : {_explication_fr(s, ligne)}",
            en=f"Row {ligne.id} {verdict_en} ({texte['actor']}, {texte['action']}): {phrase or texte['decision']}.",
            trace=ligne.trace,
            notifie_patient=ligne.notifie_patient,
            premiere_seulement=ligne.premiere_seulement,
            notifie_mt=ligne.notifie_mt,
            examinees=vues,
            ligne=dict(texte),
            entrees=_entrees(s),
        )


def _urgence(s: Situation) -> tuple[str, str, str, str] | None:
    if s.mode is ModeAcces.NORMAL:
        return None
    if s.mode is ModeAcces.BRIS_DE_GLACE and not (s.motif and s.motif.strip()):
        return _mot("DMP-ETAPE-6-MOTIF", "DMPReasonRequired")
    if s.mode is ModeAcces.CENTRE_15 and not (s.acteur.est_medecin and s.acteur.regulateur):
        return _mot("DMP-ETAPE-6-REGULATEUR", "DMPAccessDeniedByRightsService", "accès centre 15")
    if s.oppose_urgence:
        return _mot("DMP-ETAPE-6-OPPOSITION", "DMPEmergencyAccessRefused")
    if s.action in ECRITURES_VISIBILITE:
        return _mot("DMP-ETAPE-6-VISIBILITE", "DMPAccessDeniedByRightsService", "visibilité")
    return None


def _mot(regle: str, code: str, precision: str = "") -> tuple[str, str, str, str]:
    """The words of a refusal, with what it is about when the code alone would be vague."""
    refus = REFUS[code]
    suite = f" ({precision})" if precision else ""
    return regle, code, f"{refus.fr}{suite}", f"{refus.en}{suite}"


def _code_de(s: Situation, ligne: LigneAcces) -> str:
    """The published error of a refusing row: named in the row, or the one of the step that the row illustrates."""
    texte = f"{ligne.texte['result']} {ligne.texte['error_or_effect']}"
    for code in ("DMPClosed", "XDSUnknownPatientId"):
        if code in texte:
            return code
    d = s.document
    if s.bloque:
        return "DMPProfessionalBlocked"
    if s.oppose_urgence and "OPPOSITION" in texte:
        return "DMPEmergencyAccessRefused"
    if "justification missing" in texte:
        return "DMPReasonRequired"
    if "authorisation missing" in texte:
        return "DMPConsentRequired"
    if "cumul-invisible" in texte or ligne.texte["document_condition"].startswith("without INVISIBLE"):
        return "DMPConfidentialityConflict"
    if s.action is Action.CACHER_PATIENT:
        return "DMPIrreversibleVisibility"
    if s.action is Action.SUPPRIMER:
        return "DMPDeleteForbiddenNotAuthor"
    if s.action is Action.CONSULTER and d is not None and not d.dans_matrice:
        return "DMPDocumentNotAuthorizedByMatrix"
    return "DMPAccessDeniedByRightsService"


def _explication_fr(s: Situation, ligne: LigneAcces) -> str:
    if ligne.refuse:
        return REFUS[_code_de(s, ligne)].fr
    if ligne.cache:
        return "le document n'apparaît pas, sans que ce soit dit."
    return "l'accès est conforme aux droits du rôle et au choix du patient."


def _entrees(s: Situation) -> dict[str, Any]:
    """What the decision looked at: codes and technical ids only."""
    entrees: dict[str, Any] = {
        "acteur": s.acteur.type.value,
        "profession": s.acteur.profession,
        "authentification": s.acteur.authentification.value,
        "medecin_traitant": s.acteur.medecin_traitant,
        "action": s.action.value,
        "mode": s.mode.value,
        "motif_present": bool(s.motif and s.motif.strip()),
        "etat": s.etat.value,
        "autorise": s.autorise,
        "bloque": s.bloque,
        "oppose_urgence": s.oppose_urgence,
    }
    if (d := s.document) is not None:
        entrees["document"] = {
            "statut": d.statut,
            "masque": d.masque,
            "invisible_patient": d.invisible_patient,
            "invisible_representants": d.invisible_representants,
            "auteur": d.auteur,
            "meme_structure": d.meme_structure,
            "depot_patient": d.depot_patient,
            "dans_matrice": d.dans_matrice,
        }
    return entrees
