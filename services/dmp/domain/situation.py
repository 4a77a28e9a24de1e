"""Who asks for what, in which mode, on which dossier and document: the input of the access decision (dmp.md §8)."""

from dataclasses import dataclass
from enum import StrEnum


class TypeActeur(StrEnum):
    PS = "ps"
    CPE = "cpe"
    """Employee of a structure, not a health professional (column J)."""
    STRUCTURE = "structure"
    """A structure authenticated by its certificates (columns K and L)."""
    PATIENT = "patient"
    REPRESENTANT = "representant"
    SERVICE = "service"
    """A service referenced in the catalogue (SNR)."""
    SYSTEME = "systeme"
    TIERS = "tiers"
    """Insurer, employer, bank: no role exists for them."""


class Authentification(StrEnum):
    """``Authentification_Mode`` of the VIHF (dmp.md §2.1)."""

    DIRECTE = "DIRECTE"
    INDIRECTE = "INDIRECTE"
    AIR = "INDIRECTE_RENFORCEE"


class ModeAcces(StrEnum):
    """TRE_R248, OID 1.2.250.1.213.1.1.4.248."""

    NORMAL = "normal"
    BRIS_DE_GLACE = "bris_de_glace"
    CENTRE_15 = "centre_15"


class EtatVu(StrEnum):
    """What a professional's software may see of a dossier (mon-espace-sante.md §3)."""

    AUCUN = "no DMP"
    OPPOSE = "opposed"
    OUVERT = "open"
    CLOS = "closed"


class Action(StrEnum):
    TESTER = "TD0.2"
    AUTORISER = "TD0.3 AJOUT"
    DEVENIR_MT = "TD0.3 AJOUT role=MEDECIN_TRAITANT"
    RETIRER_AUTORISATION = "TD0.3 SUPPRESSION"
    QUITTER_MT = "TD0.3 SUPPRESSION role=MEDECIN_TRAITANT"
    LISTER_PATIENTS = "TD0.4"
    LISTER_AUTORISATIONS = "TD1.6 list authorisations"
    BLOQUER = "block a professional"
    ALIMENTER = "TD2.1 deposit"
    RECHERCHER = "TD3.1"
    RECHERCHER_REFERENCE = "TD3.1 reference"
    CONSULTER = "TD3.2"
    MASQUER = "TD3.3a mask"
    DEMASQUER = "TD3.3a unmask"
    CACHER_PATIENT = "hide from patient after deposit"
    RENDRE_VISIBLE = "TD3.3b make visible"
    SUPPRIMER = "TD3.3c delete"
    ARCHIVER = "TD3.3d archive"
    DESARCHIVER = "TD3.3d unarchive"
    HISTORIQUE_COMPLET = "read full access history"
    HISTORIQUE = "read access history"
    LISTER_DOCUMENTS = "list documents"
    VOIR_ACTIVITE = "see activity of hidden document"
    MASQUER_TOUT = "mask all in one click"
    OPPOSER_URGENCE = "oppose break-glass and/or regulation access"
    LIRE_PAR_CODE = "read MES (whole or part)"
    APPELER_API = "API call"
    MINUTEUR = "timer"


ECRITURES_VISIBILITE = frozenset({Action.MASQUER, Action.DEMASQUER, Action.RENDRE_VISIBLE, Action.CACHER_PATIENT})
LECTURES = frozenset({Action.RECHERCHER, Action.CONSULTER})


@dataclass(frozen=True, slots=True)
class Acteur:
    """The caller, as his token or VIHF shows him. ``profession`` is a G15 code (``10``), R95, R94, R85 … as printed."""

    type: TypeActeur
    id_nat: str | None = None
    nom: str | None = None
    profession: str | None = None
    systeme_profession: str = "G15"
    specialite: str | None = None
    structure_id: str | None = None
    structure_nom: str | None = None
    structures: frozenset[str] = frozenset()
    """Every structure the caller works in; ``structure_id`` is the one of this call."""
    secteur: str | None = None
    authentification: Authentification = Authentification.DIRECTE
    medecin_traitant: bool = False
    regulateur: bool = False
    connexion_secrete: bool = False
    code_acces: str | None = None
    """State of the temporary access code presented: ``valide``, ``expire`` or ``revoque``."""

    @property
    def est_medecin(self) -> bool:
        return self.type is TypeActeur.PS and self.profession == "10" and self.systeme_profession in {"G15", "G16"}

    @property
    def est_medecin_du_travail(self) -> bool:
        # SM25 (médecine du travail), its older C33-style code, or a doctor working in a SA13 structure.
        return self.est_medecin and (self.specialite in {"SM25"} or self.secteur == "SA13")

    @property
    def code_habilitation(self) -> str:
        """The key of the habilitation matrix: ``G15_10``, ``93`` (R95) …; trainees (G16) follow their profession."""
        if self.type is TypeActeur.STRUCTURE:
            return "AUTOMATE"
        if self.profession is None:
            return ""
        return f"G15_{self.profession}" if self.systeme_profession in {"G15", "G16"} else self.profession


@dataclass(frozen=True, slots=True)
class ConditionDocument:
    """What the decision needs to know of one document. Small and hashable: a search meets few distinct ones."""

    statut: str = "Approved"
    masque: bool = False
    invisible_patient: bool = False
    invisible_representants: bool = False
    auteur: bool = False
    """The caller deposited it."""
    meme_structure: bool = False
    depot_patient: bool = False
    dans_matrice: bool = True
    statut_demande: bool = False
    """The search names this status explicitly (only then are deleted entries listed, AD-033)."""
    jours_caches: int = 0
    """Days since deposit, for what the patient may not see yet."""


@dataclass(frozen=True, slots=True)
class Reglages:
    """Where the sources contradict each other or are silent, a switch (dmp.md §13); the defaults follow the sheet."""

    masquage_non_auteur: bool = False
    bloque_peut_alimenter: bool = True
    mt_blocable: bool = True
    archivage_en_urgence: bool = True
    cumul_invisible_patient_masque_ps: bool = False


@dataclass(frozen=True, slots=True)
class Situation:
    acteur: Acteur
    action: Action
    mode: ModeAcces = ModeAcces.NORMAL
    motif: str | None = None
    etat: EtatVu = EtatVu.OUVERT
    mineur: bool = False
    autorise: bool = False
    """A valid authorisation exists (declared, or the care team's)."""
    bloque: bool = False
    oppose_urgence: bool = False
    """The patient opposed the emergency mode that is asked."""
    masques_en_urgence: bool = True
    """The patient lets masked documents be read in an emergency (functional note 7)."""
    consentement: str | None = None
    """Of a referenced service: ``valide`` or ``revoque``."""
    document: ConditionDocument | None = None

    def __hash__(self) -> int:
        """Over the little that tells the situations of one moment apart: a search hashes one for each kind of entry."""
        return hash((self.action, self.acteur.id_nat, self.acteur.structure_id, self.mode, self.document))
