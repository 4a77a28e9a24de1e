"""What the JSON faces accept, shaped like the wire (apcv.md §10.2, §13)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from services.apcv.api.texte import est_propre
from services.apcv.domain.facture import Cotation
from services.apcv.domain.montants import BAREMES

Texte = Annotated[str, Field(max_length=200)]
Montant = Annotated[Decimal, Field(ge=0, lt=1_000_000, allow_inf_nan=False)]
Euros = Annotated[Montant, AfterValidator(lambda v: v.quantize(Decimal("0.01")))]


def _matricule(valeur: str) -> str:
    compact = "".join(valeur.split()).upper()
    if len(compact) != 15 or not compact.isascii() or not compact.isalnum():
        raise ValueError("15 characters: NIR (13) and its key (2)")
    return compact


def _date(valeur: Any) -> Any:
    """``20260115`` as the engine writes it, or ``2026-01-15``."""
    if isinstance(valeur, str) and len(valeur) == 8 and valeur.isascii() and valeur.isdigit():
        return f"{valeur[:4]}-{valeur[4:6]}-{valeur[6:]}"
    return valeur


Matricule = Annotated[str, AfterValidator(_matricule)]
Date = Annotated[date, BeforeValidator(_date)]
IdFacturation = Annotated[str, Field(min_length=1, max_length=20, pattern=r"^[0-9A-Z]+$")]


class Corps(BaseModel):
    model_config = ConfigDict(extra="ignore", populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _texte_propre(cls, valeur: Any) -> Any:
        if not est_propre(valeur):
            raise ValueError("NUL and lone surrogates are refused")
        return valeur


class Ps(Corps):
    """The billing identity; without it, that of the holder of the token."""

    identifiant_facturation: IdFacturation | None = Field(None, alias="identifiantFacturation")
    code_specialite: str | None = Field(None, alias="codeSpecialite", max_length=3)


class OuvrirContexte(Corps):
    mode: Literal["qr", "nfc"] | None = None
    donnees: Annotated[str, Field(max_length=4000)]
    ps: Ps = Ps()


class Ligne(Corps):
    code_acte: str = Field("", alias="codeActe", max_length=20)
    libelle: Texte = ""
    date: Date | None = None
    montant: Euros
    part_amo: Euros = Field(Decimal("0.00"), alias="partAMO")
    part_amc: Euros = Field(Decimal("0.00"), alias="partAMC")


class Resume(Corps):
    beneficiaire: Matricule | None = None
    prestations: list[Ligne] = Field(default_factory=list, max_length=200)
    avance: Euros | None = None


class FactureASigner(Corps):
    type: str = Field("FSE", max_length=10)
    nir_assure: Matricule = Field(alias="nirAssure")
    hash_fse: str | None = Field(None, alias="hashFSE", max_length=200)
    hash_dre: str | None = Field(None, alias="hashDRE", max_length=200)
    resume: Resume = Resume()


class Signer(Corps):
    facture: FactureASigner
    ps: Ps = Ps()


# ── the phone ──────────────────────────────────────────────────────────────────────────────────────────────────────


class TelephoneIn(Corps):
    modele: str = Field("Android", max_length=60)
    nfc: bool | None = None
    """Unless told: no NFC on an iPhone (apcv.md §1)."""

    def a_nfc(self) -> bool:
        return self.nfc if self.nfc is not None else "iphone" not in self.modele.lower()


class Activer(Corps):
    nir: Matricule
    email: Annotated[str, Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")]
    voie: Literal["cnie", "video"] = "cnie"
    telephone: TelephoneIn = TelephoneIn()


class Code(Corps):
    code: Annotated[str, Field(max_length=20)]


class Decision(Corps):
    accepte: bool


class Presenter(Code):
    mode: Literal["qr", "nfc"] = "qr"
    delegation: str | None = Field(None, max_length=36)
    defaut: Literal["expire", "rejoue", "altere", "autre_telephone", "revoque"] | None = None


class ChangerEtat(Corps):
    etat: Literal["OPPOSEE", "DESACTIVEE"]
    motif: Annotated[str, Field(max_length=40)] = "perte"


class Deleguer(Code):
    delegue: Matricule
    beneficiaires: list[Matricule] = Field(min_length=1, max_length=20)
    fin: datetime
    copie_recu: bool = Field(False, alias="copieRecu")


# ── the invoice ────────────────────────────────────────────────────────────────────────────────────────────────────


class ContexteRef(Corps):
    identifiant: str = Field(max_length=20)


class PatientFacture(Corps):
    nir: Matricule
    date_naissance: Date | str | None = Field(None, alias="dateNaissance")
    rang: int = Field(1, alias="rangGemellaire", ge=1, le=9)
    contexte: ContexteRef | None = Field(None, alias="contexteApCV")


class PsFacture(Corps):
    identifiant_facturation: IdFacturation | None = Field(None, alias="noIdentification")
    code_specialite: str | None = Field(None, alias="specialite", max_length=3)


class Maladie(Corps):
    code_exoneration: int = Field(0, alias="codeExoneration")


class AccidentTravail(Corps):
    numero: str | None = Field(None, max_length=20)


class NatureAssurance(Corps):
    """One of the four natures of adri.md §4.3; none means "as the rights say"."""

    maladie: Maladie | None = None
    maternite: dict[str, Any] | None = None
    at: AccidentTravail | None = Field(None, alias="AT")
    smg: dict[str, Any] | bool | None = Field(None, alias="SMG")


class Parcours(Corps):
    indicateur: str = Field("T", max_length=2)


class Complementaire(Corps):
    tiers_payant_amo: bool = Field(False, alias="tiersPayantAMO")
    tiers_payant_amc: int = Field(0, alias="tiersPayantAMC", ge=0, le=2)
    amc: str | None = Field(None, alias="AMC", max_length=10)


class CotationIn(Corps):
    type: Literal[0, 1, 2, 3] = 0
    date: Date
    code_acte: str = Field(alias="codeActe", min_length=1, max_length=20)
    libelle: Texte = ""
    quantite: int = Field(1, ge=0, le=999)
    coefficient: Montant = Decimal(1)
    prix_unitaire: Montant = Field(alias="prixUnitaire")
    depassement: Euros = Field(Decimal("0.00"), alias="montantDepassement")
    qualificatif: str = Field("", alias="qualificatifDepense", max_length=2)
    exoneration: str = Field("-1", alias="exonerationTMParticuliere", max_length=3)

    def to_domain(self) -> Cotation:
        return Cotation(
            date=self.date,
            code_acte=self.code_acte,
            prix_unitaire=self.prix_unitaire,
            libelle=self.libelle,
            type=self.type,
            quantite=self.quantite,
            coefficient=self.coefficient,
            depassement=self.depassement,
            qualificatif=self.qualificatif,
            en_rapport=self.exoneration != "4",  # 4 at act level: outside the ALD (adri.md §4.4)
        )


class FactureIn(Corps):
    """The engine JSON of §10.2; totals are recomputed, and compared when they are given."""

    id_facture: str | None = Field(None, alias="idFacture", max_length=36, pattern=r"^[A-Za-z0-9-]+$")
    securisation: int = Field(3, ge=0, le=5)
    date_elaboration: Date | None = Field(None, alias="dateElaboration")
    patient: PatientFacture
    ps: PsFacture = PsFacture()
    situation: str | None = None
    nature: NatureAssurance = Field(NatureAssurance(), alias="natureAssurance")
    parcours: Parcours = Field(Parcours(), alias="parcoursSoins")
    complementaire: Complementaire = Field(Complementaire(), alias="organismeComplementaire")
    cotations: list[CotationIn] = Field(default_factory=list, alias="lstCotations", max_length=100)
    total_montants: Euros | None = Field(None, alias="totalMontants")
    total_amo: Euros | None = Field(None, alias="totalAMO")

    def situation_voulue(self) -> str | None:
        """What the invoice itself says of the coverage, over what the rights say."""
        if self.situation in BAREMES:
            return self.situation
        if self.nature.at is not None:
            return "at_mp"
        if self.nature.maternite is not None:
            return "maternite"
        if self.nature.smg:
            return "pension_militaire"
        if self.complementaire.amc == "88888888":
            return "c2s"
        if self.nature.maladie is not None and self.nature.maladie.code_exoneration == 4:
            return "ald"
        return None


class Renouveler(Corps):
    mode: Literal["qr", "nfc"] | None = None
    donnees: Annotated[str, Field(alias="contexteApCV", max_length=4000)]


class Lot(Corps):
    factures: list[Annotated[str, Field(max_length=36)]] = Field(min_length=1, max_length=500)
