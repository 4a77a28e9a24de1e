"""What the JSON faces of ``adri`` accept (adri.md §3.1, §6)."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, field_validator

from services.adri.domain.acquisition import Demande, NumeroAssure
from services.adri.domain.acquisition import Demandeur as DemandeurDomaine
from services.adri.domain.droits import AccidentTravail, Complementaire, Couverture, Organisme, Periode
from services.adri.domain.situations import Situation
from services.adri.usecases import Retouche

Jour8 = Annotated[str, StringConstraints(pattern=r"^\d{8}$")]


def _du_calendrier(jour: str) -> str:
    """A birth date may have an unknown month (adri.md §3.1); a date of reference is one of the calendar."""
    date.fromisoformat(jour)
    return jour


JourReel = Annotated[Jour8, AfterValidator(_du_calendrier)]


class SansNul(BaseModel):
    """No NUL in any text: no database or XML could hold it."""

    @field_validator("*", mode="before")
    @classmethod
    def _sans_nul(cls, valeur: Any) -> Any:
        if isinstance(valeur, str) and "\x00" in valeur:
            raise ValueError("NUL is not a character of any trait or code")
        return valeur


class Modele(SansNul):
    model_config = ConfigDict(extra="forbid", str_max_length=200)


class Assure(Modele):
    nir: str
    cle: str


class NirCertifie(Modele):
    nir: str
    cle: str


class BeneficiaireDemande(Modele):
    dateNaissance: str
    rang: int | None = Field(None, ge=1, le=9)
    nirCertifie: NirCertifie | None = None


class Demandeur(Modele):
    identifiantFacturation: str | None = None
    specialite: str | None = None
    structure: str | None = None


class ContexteDemande(Modele):
    source: Literal["apcv", "vitale", "sans_support"] = "sans_support"
    idContexteApCV: str | None = None


class DemandeDroits(Modele):
    """``POST /adri/v1/droits``."""

    dateReference: date
    regime: str
    caisse: str | None = None
    centre: str | None = None
    assure: Assure
    beneficiaire: BeneficiaireDemande
    demandeur: Demandeur = Demandeur()
    contexte: ContexteDemande = ContexteDemande()

    def to_domain(self, demandeur: DemandeurDomaine) -> Demande:
        certifie = self.beneficiaire.nirCertifie
        return Demande(
            date_reference=self.dateReference,
            regime=self.regime,
            assure=NumeroAssure(self.assure.nir, self.assure.cle),
            date_naissance=self.beneficiaire.dateNaissance,
            rang=self.beneficiaire.rang,
            caisse=self.caisse,
            centre=self.centre,
            nir_certifie=NumeroAssure(certifie.nir, certifie.cle) if certifie else None,
            demandeur=demandeur,
            contexte_apcv=(self.contexte.idContexteApCV or "") if self.contexte.source == "apcv" else None,
        )


class Teleservice(SansNul):
    """Engine request (adri.md §3.1); what it does not use is ignored."""

    model_config = ConfigDict(extra="ignore", str_max_length=200)

    codeRegime: str
    immatriculation: str
    dateNaissance: Jour8
    rangGemellaire: Annotated[str, StringConstraints(pattern=r"^[1-9]$")]
    codeCaisse: str | None = None
    codeCentre: str | None = None
    nirCertifie: str | None = None
    dateReference: JourReel | None = None
    idContexteApCV: str | None = None


class DemandeMoteur(BaseModel):
    """``TEL-getAdri``. The card's PIN, when the host sends it, is dropped unread."""

    model_config = ConfigDict(extra="ignore")

    teleservice: Teleservice

    def to_domain(self, demandeur: DemandeurDomaine, aujourd_hui: date) -> Demande:
        t = self.teleservice
        jour = t.dateNaissance
        return Demande(
            date_reference=date.fromisoformat(t.dateReference) if t.dateReference else aujourd_hui,
            regime=t.codeRegime,
            assure=_numero(t.immatriculation),
            date_naissance=f"{jour[:4]}-{jour[4:6]}-{jour[6:]}",
            rang=int(t.rangGemellaire),
            caisse=t.codeCaisse or None,
            centre=t.codeCentre or None,
            nir_certifie=_numero(t.nirCertifie) if t.nirCertifie else None,
            demandeur=demandeur,
            contexte_apcv=t.idContexteApCV or None,
        )


class DroitsFacture(Modele):
    """Attach to an open invoice the answer to ``droits``."""

    dateFacture: date
    droits: DemandeDroits


class PeriodeIn(Modele):
    debut: date
    fin: date | None = None

    def to_domain(self) -> Periode:
        return Periode(self.debut, self.fin)


class CouvertureIn(PeriodeIn):
    situation: Situation

    def couverture(self) -> Couverture:
        return Couverture(self.situation, self.to_domain())


class ComplementaireIn(PeriodeIn):
    numeroAMC: Annotated[str, StringConstraints(pattern=r"^\d{8}$")]
    gestion: Literal["unique", "separee"] = "unique"
    typeContrat: str = "standard"
    garanties: Annotated[str, StringConstraints(pattern=r"^[ON]{8}$")] = "OOOOOOOO"

    def complementaire(self) -> Complementaire:
        return Complementaire(self.numeroAMC, self.gestion, self.typeContrat, self.to_domain(), self.garanties)


class AccidentIn(Modele):
    numero: str = Field(min_length=1, max_length=20)
    date: date
    organisme: str = Field("631", min_length=3, max_length=9)
    rang: int = Field(1, ge=1, le=3)


class RetoucheDroits(Modele):
    """What is absent stays as it is; ``complementaire`` and ``medecinTraitant`` given as null are removed."""

    periodes: list[PeriodeIn] | None = Field(None, max_length=20)
    couvertures: list[CouvertureIn] | None = Field(None, max_length=20)
    accidentsTravail: list[AccidentIn] | None = Field(None, max_length=3)
    complementaire: ComplementaireIn | None = None
    medecinTraitant: Annotated[str, StringConstraints(pattern=r"^\d{9}$")] | None = None
    enMiseAJour: bool | None = None

    def to_domain(self) -> Retouche:
        donnes = self.model_fields_set
        return Retouche(
            periodes=None if self.periodes is None else tuple(p.to_domain() for p in self.periodes),
            couvertures=None if self.couvertures is None else tuple(c.couverture() for c in self.couvertures),
            accidents=None
            if self.accidentsTravail is None
            else tuple(AccidentTravail(a.numero, a.date, a.organisme, a.rang) for a in self.accidentsTravail),
            complementaire=self.complementaire.complementaire() if self.complementaire else None,
            sans_complementaire="complementaire" in donnes and self.complementaire is None,
            medecin_traitant=self.medecinTraitant,
            sans_medecin_traitant="medecinTraitant" in donnes and self.medecinTraitant is None,
            en_mise_a_jour=self.enMiseAJour,
        )


class OrganismeIn(Modele):
    regime: Annotated[str, StringConstraints(pattern=r"^\d{2}$")]
    caisse: Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{3}$")]
    centre: Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{4}$")] = "0000"
    codeGestion: Annotated[str, StringConstraints(pattern=r"^\d{2}$")] = "10"

    def to_domain(self) -> Organisme:
        return Organisme(self.regime, self.caisse, self.centre, self.codeGestion)


class Mutation(Modele):
    organisme: OrganismeIn
    dateEffet: date


def _numero(quinze: str) -> NumeroAssure:
    return NumeroAssure(quinze[:13], quinze[13:])
