"""What a person or a structure of the demonstration world is made of.

One record feeds every service: UserInfo and e-CPS (pro-sante-connect §3), VIHF (§6), directory (annuaire-sante §4),
mailboxes (mssante §1.3), billing (apcv §10). Services read these values, they never change them.
"""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from shared.identite import (
    IdentifiantStructure,
    Ins,
    MatriculeIns,
    NatureMatricule,
    OidMode,
    PsIdNat,
    Rpps,
    Traits,
)

TypeBal: TypeAlias = Literal["PER", "ORG", "APP", "CAB"]
Carte: TypeAlias = Literal["CPS", "CPF", "CPE", "CPA", "LOGICIEL", "AUCUNE"]
AuthMode: TypeAlias = Literal["MOBILE", "CARD"]
EtatProfil: TypeAlias = Literal[
    "ELIGIBLE", "NOTIFIED", "OPPOSED", "OPEN_NOT_ACTIVATED", "ACTIVE", "SUSPENDED", "CLOSED", "CLOSED_DECEASED"
]
EtatApcv: TypeAlias = Literal["ACTIVE", "ABSENTE", "OPPOSEE"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adresse:
    """A postal address in the parts that UserInfo and the directory publish."""

    numero: str = ""
    indice: str = ""
    type_voie: str = ""
    libelle_voie: str = ""
    complement: str = ""
    code_postal: str = "99990"
    ville: str = "DEMOVILLE"
    commune: str = "99990"
    departement: str = "99"
    pays: str = "99000"


@dataclass(frozen=True, slots=True)
class BoiteAuxLettres:
    """A secure mailbox (mssante §1.2): ``liste_rouge`` mailboxes work and are never published."""

    adresse: str
    type: TypeBal
    liste_rouge: bool = False
    service: str = ""
    responsable: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    slug: str
    raison_sociale: str
    secteur: str  # TRE_R02
    rppsrang: str = ""  # technical id R… of a practice
    cabinet_rpps: str = ""  # RPPS of the owner and a three-digit rank
    enseigne: str = ""
    finess: str = ""
    finess_ej: str = ""
    siren: str = ""
    siret: str = ""
    entite_juridique: bool = False
    categorie: str = ""  # TRE_R66, establishments only
    adresse: Adresse = Adresse()
    telephone: str = ""
    telecopie: str = ""
    courriel: str = ""
    boites: tuple[BoiteAuxLettres, ...] = ()
    annuaire_id: str = ""
    actif: bool = True

    @property
    def identifiant(self) -> str:
        """struct_idNat, type digit included: FINESS first, then the practice, then the SIRET."""
        if self.finess:
            return f"1{self.finess}"
        return f"4{self.cabinet_rpps}" if self.cabinet_rpps else f"3{self.siret}"

    @property
    def id_technique(self) -> str:
        """``F`` + FINESS, ``R…`` or ``C`` + SIRET (annuaire-sante §8.3)."""
        if self.finess:
            return f"F{self.finess}"
        return self.rppsrang or f"C{self.siret}"

    @property
    def structure_id(self) -> IdentifiantStructure:
        return IdentifiantStructure(self.identifiant)

    @property
    def adresse_mss(self) -> str | None:
        """The organisational mailbox, when there is one."""
        return next((b.adresse for b in self.boites if b.type == "ORG"), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Activite:
    """One practice situation: a place, a mode, a kind of activity."""

    id: str  # the ten-digit activity id of the directory
    structure: str | None
    mode_exercice: str  # TRE_R23
    secteur: str  # TRE_R02
    genre: str = "GENR01"  # TRE_R22
    section_pharmacien: str = ""  # TRE_G05
    role: str = ""  # TRE_R85
    fonction: str = ""  # TRE_R21
    autorite: str = ""
    boites: tuple[BoiteAuxLettres, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercice:
    profession: str  # TRE_G15, R94, R95 or R291
    categorie: str = "C"  # TRE_R09
    civilite: str = ""
    nom: str = ""
    prenom: str = ""
    type_savoir_faire: str = ""  # TRE_R04
    savoir_faire: str = ""  # TRE_R01
    activites: tuple[Activite, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facturation:
    """What a care sheet says of its author: nine-digit number, AMO speciality, sector (apcv §10.2)."""

    numero: str
    specialite: str
    convention: str = "1"
    zone_tarifaire: str = "01"
    condition_exercice: str = "01"


@dataclass(frozen=True, slots=True, kw_only=True)
class Professionnel:
    """A persona that acts: a professional, someone under a professional's responsibility, or a software."""

    slug: str
    nom: str
    prenom: str
    civilite: str  # TRE_R81: M, MME
    id_nat: str
    exercices: tuple[Exercice, ...] = ()
    libelle: str = ""  # what a persona picker shows, in French
    boites: tuple[BoiteAuxLettres, ...] = ()
    carte: Carte = "CPS"
    numero_carte: str = ""
    auth_mode: AuthMode = "MOBILE"
    ecps_active: bool = True
    facturation: Facturation | None = None
    diplome: str = ""
    telephone: str = ""
    annuaire_id: str = ""
    role_non_ps: str = ""  # TRE_A00, for the VIHF of someone who is not a health professional
    autres_ids: tuple[tuple[str, str, int], ...] = ()  # (identifiant, origine, qualite)
    actif: bool = True
    situations: frozenset[str] = frozenset()

    @property
    def ps_id_nat(self) -> PsIdNat:
        return PsIdNat(self.id_nat)

    @property
    def rpps(self) -> Rpps | None:
        return self.ps_id_nat.rpps

    @property
    def profession(self) -> str:
        """The code of the first practice, ``""`` when the person has none."""
        return self.exercices[0].profession if self.exercices else ""

    @property
    def savoir_faire(self) -> str:
        return self.exercices[0].savoir_faire if self.exercices else ""

    @property
    def activites(self) -> tuple[Activite, ...]:
        return tuple(activite for exercice in self.exercices for activite in exercice.activites)

    @property
    def structure(self) -> str | None:
        """The slug of the structure of the first activity."""
        return next((a.structure for a in self.activites if a.structure), None)

    @property
    def toutes_boites(self) -> tuple[BoiteAuxLettres, ...]:
        return self.boites + tuple(b for a in self.activites for b in a.boites)

    @property
    def adresse_mss(self) -> str | None:
        """The preferred mailbox of this person (mssante: personal first, then the one of a workplace)."""
        return next((b.adresse for b in self.toutes_boites), None)

    @property
    def acr(self) -> str:
        """``eidas2`` by card, else ``eidas1``, where the policy goes by means (pro-sante-connect §2.5)."""
        return "eidas2" if self.auth_mode == "CARD" else "eidas1"

    @property
    def est_medecin(self) -> bool:
        return self.profession == "10"

    @property
    def est_generaliste(self) -> bool:
        """pro-sante-connect §8.2: type S and one of SM26, SM53, SM54."""
        return self.est_medecin and self.savoir_faire in ("SM26", "SM53", "SM54")


@dataclass(frozen=True, slots=True, kw_only=True)
class AncienMatricule:
    """An earlier matricule; dates are days from the reference date, absent when INSi gives none."""

    matricule: str
    nature: NatureMatricule = NatureMatricule.NIR
    debut_jours: int | None = None
    fin_jours: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assurance:
    """Who opens the rights and where: identification is (régime, insured NIR, birth date, rank) (adri §2)."""

    nir_assure: str  # 15 characters
    rang: int = 1
    qualite: str = "0"  # 0 insured, 2 spouse, 6 child …
    regime: str = "01"
    caisse: str = "631"
    centre: str = "0000"
    code_gestion: str = "10"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """A person of the national base. ``situations`` are the tags services understand (see the README)."""

    slug: str
    traits: Traits
    matricule_ins: str  # 15 characters
    nature: NatureMatricule = NatureMatricule.NIR
    oid_impose: OidMode | None = None  # the OID is that of this mode whatever the bac's mode
    nom_usage: str = ""
    historique: tuple[AncienMatricule, ...] = ()
    adresse: Adresse = Adresse()
    telephone: str | None = None
    courriel: str | None = None
    medecin_traitant: str | None = None
    representants: tuple[str, ...] = ()
    assurance: Assurance | None = None
    carte_vitale: bool = True
    apcv: EtatApcv = "ABSENTE"
    profil: EtatProfil = "OPEN_NOT_ACTIVATED"
    profil_jours: int = -400  # day of the last change of the profile, from the reference date
    bloques: tuple[str, ...] = ()
    deces_jours: int | None = None
    situations: frozenset[str] = field(default_factory=frozenset)

    @property
    def matricule(self) -> MatriculeIns:
        return MatriculeIns(self.matricule_ins)

    @property
    def ins(self) -> Ins:
        return Ins(self.matricule, self.nature)

    def oid(self, mode: OidMode) -> str:
        return self.ins.oid(self.oid_impose or mode)

    @property
    def adresse_mss(self) -> str:
        """The patient's address of the trust space, the same construction for everyone (mssante §1.3)."""
        return f"{self.matricule_ins}@patient.mssante.fr"
