"""The electronic care sheet (FSE) that an apCV context signs: content, amounts, controls (apcv.md §10).

Field names of the wire are those of the engine JSON of §10.2; here they are French words and Decimals.
"""

import hashlib
import json
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from services.apcv.domain.contexte import Professionnel
from services.apcv.domain.montants import AMC_C2S, BAREMES, INDICATEURS_RESPECTES, RIEN, ZERO, Part, Prise, repartir
from shared.errors import Conflit

MODES_APCV = frozenset({3, 4})  # secured and desynchronised only (apcv.md §6)
INDICATEURS = INDICATEURS_RESPECTES | {"S2"}
TYPES_ACTE = {0: "NGAP", 1: "CCAM", 2: "distance", 3: "km"}
CONSULTATIONS = frozenset({"G", "GS", "C", "CS", "V", "VS", "VG", "TCG", "TC", "COE", "APC", "CNP"})

#: What a receipt calls the commonest acts when the software sends no label.
LIBELLES = {
    "G": "Consultation du médecin généraliste",
    "GS": "Consultation du médecin généraliste",
    "CS": "Consultation",
    "C": "Consultation",
    "V": "Visite à domicile",
    "VG": "Visite à domicile du médecin généraliste",
    "TCG": "Téléconsultation du médecin généraliste",
    "AMI": "Acte infirmier",
    "AMO": "Acte d'orthophonie",
    "SF": "Acte de sage-femme",
}


class Statut(StrEnum):
    PENDING = "pending"
    VALIDATED = "validated"
    SENT = "sent"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    PAID = "paid"
    PAYMENT_REJECTED = "payment_rejected"


class FactureNonModifiable(Conflit):
    slug = "facture-non-modifiable"
    regle = "FSE-20"


@dataclass(frozen=True, slots=True)
class Cotation:
    date: date
    code_acte: str
    prix_unitaire: Decimal
    libelle: str = ""
    type: int = 0
    quantite: int = 1
    coefficient: Decimal = Decimal(1)
    depassement: Decimal = ZERO
    qualificatif: str = ""
    en_rapport: bool = True
    """Related to the ALD, the maternity or the accident (act exemption flag 4 says it is not)."""

    @property
    def intitule(self) -> str:
        return self.libelle or LIBELLES.get(self.code_acte, self.code_acte)

    @property
    def base(self) -> Decimal:
        return self.prix_unitaire * self.coefficient * self.quantite


@dataclass(frozen=True, slots=True)
class Facture:
    facture_id: str
    matricule_ins: str
    """The beneficiary."""
    date_naissance: str
    professionnel: Professionnel
    date_elaboration: date
    cotations: tuple[Cotation, ...]
    situation: str
    age: int
    contexte_id: str | None = None
    rang: int = 1
    securisation: int = 3
    parcours: str = "T"
    tiers_payant_amo: bool = False
    tiers_payant_amc: bool = False
    amc: str | None = None
    numero_at: str | None = None
    statut: Statut = Statut.PENDING
    numero: str | None = None
    numero_signature: str | None = None
    validee_le: datetime | None = None

    def prise(self, cotation: Cotation) -> Prise:
        return Prise(
            situation=self.situation,
            age=self.age,
            parcours_respecte=self.parcours in INDICATEURS_RESPECTES,
            acte_en_rapport=cotation.en_rapport,
            tiers_payant_amo=self.tiers_payant_amo,
            tiers_payant_amc=self.tiers_payant_amc,
            amc=AMC_C2S if self.situation.startswith("c2s") else self.amc,
        )

    def parts(self) -> tuple[Part, ...]:
        return tuple(repartir(c.base, c.depassement, self.prise(c)) for c in self.cotations)

    def total(self) -> Part:
        return sum(self.parts(), RIEN)

    def nombre_consultations(self) -> int:
        return sum(c.quantite for c in self.cotations if c.code_acte in CONSULTATIONS)

    def empreinte(self) -> str:
        """The hash that ``signerVitale`` receives as ``DonneeFSE``: SHA-256, base64 (apcv.md §3.1 [D])."""
        total = self.total()
        contenu: dict[str, Any] = {
            "idFacture": self.facture_id,
            "nir": self.matricule_ins,
            "ps": self.professionnel.identifiant_facturation,
            "date": self.date_elaboration.isoformat(),
            "actes": [
                [c.date.isoformat(), c.code_acte, c.quantite, str(c.coefficient), str(c.prix_unitaire)]
                for c in self.cotations
            ],
            "total": [str(total.montant), str(total.amo), str(total.amc)],
        }
        canonique = json.dumps(contenu, sort_keys=True, separators=(",", ":")).encode()
        return b64encode(hashlib.sha256(canonique).digest()).decode()


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the rule engine; a blocking one stops the validation."""

    regle: str
    fr: str
    en: str
    champ: str
    bloquant: bool = True


def controler(facture: Facture) -> tuple[Message, ...]:
    """Everything wrong with the invoice at once, as ``controlerFacture`` says it (apcv.md §7.B.7)."""
    return (*_controler_entete(facture), *_controler_couverture(facture), *_controler_actes(facture))


def valider(facture: Facture, *, numero: str, numero_signature: str, at: datetime) -> Facture:
    """The invoice is signed: it will not change any more."""
    exiger_en_cours(facture)
    return replace(facture, statut=Statut.VALIDATED, numero=numero, numero_signature=numero_signature, validee_le=at)


def exiger_en_cours(facture: Facture) -> None:
    if facture.statut is not Statut.PENDING:
        raise FactureNonModifiable(
            f"Invoice {facture.facture_id} is {facture.statut}.",
            f"La facture {facture.facture_id} est à l'état {facture.statut}.",
            champ="idFacture",
            membres={"statut": str(facture.statut)},
        )


def _controler_entete(facture: Facture) -> Iterator[Message]:
    if facture.securisation not in MODES_APCV:
        yield Message(
            "APCV-213",
            f"Mode de sécurisation {facture.securisation} interdit avec l'apCV : 3 ou 4.",
            f"Securing mode {facture.securisation} is not allowed with the apCV: 3 or 4.",
            "securisation",
        )
    if facture.contexte_id is None:
        yield Message(
            "APCV-201",
            "Aucun contexte apCV n'est rattaché à la facture : lisez l'appli.",
            "No apCV context is attached to the invoice: read the app.",
            "patient.contexteApCV",
        )
    if facture.parcours not in INDICATEURS:
        yield Message(
            "FSE-06",
            f"Indicateur de parcours de soins inconnu : {facture.parcours}.",
            f"Unknown care-path indicator: {facture.parcours}.",
            "parcoursSoins.indicateur",
        )


def _controler_couverture(facture: Facture) -> Iterator[Message]:
    if facture.situation == "hors_droits":
        yield Message(
            "APCV-222", "Les droits AMO sont fermés.", "The compulsory-insurance rights are closed.", "etatDroitsAMO"
        )
    if facture.situation == "at_mp" and not facture.numero_at:
        yield Message(
            "FSE-03",
            "Le numéro d'accident du travail est obligatoire.",
            "The work accident number is mandatory.",
            "natureAssurance.AT.numero",
        )
    if facture.tiers_payant_amc and not (facture.amc or facture.situation.startswith("c2s")):
        yield Message(
            "FSE-10",
            "Tiers payant complémentaire sans numéro d'AMC.",
            "Complementary third-party payment without an AMC number.",
            "organismeComplementaire.AMC",
        )
    if facture.situation.startswith("c2s") and any(c.depassement for c in facture.cotations):
        yield Message(
            "FSE-04",
            "Pas de dépassement d'honoraires pour un bénéficiaire de la C2S.",
            "No overrun for a C2S beneficiary.",
            "lstCotations.montantDepassement",
        )
    if facture.situation == "ordinaire" and facture.parcours == "S2":
        yield Message(
            "FSE-11",
            "Parcours de soins non respecté : taux de 30 %.",
            "Care path not respected: 30 % rate.",
            "parcoursSoins.indicateur",
            bloquant=False,
        )


def _controler_actes(facture: Facture) -> Iterator[Message]:
    if not facture.cotations:
        yield Message("FSE-02", "La facture n'a pas d'acte.", "The invoice has no act.", "lstCotations")
    for rang, cotation in enumerate(facture.cotations):
        champ = f"lstCotations[{rang}]"
        if cotation.date > facture.date_elaboration:
            yield Message(
                "FSE-05",
                "La date de l'acte est postérieure à l'élaboration de la facture.",
                "The act is dated after the invoice.",
                f"{champ}.date",
            )
        if cotation.quantite < 1 or cotation.base <= 0 or cotation.depassement < 0:
            yield Message(
                "FSE-07",
                "Quantité et prix d'un acte sont positifs.",
                "Quantity and price of an act are positive.",
                f"{champ}.prixUnitaire",
            )


def situation_connue(situation: str) -> bool:
    return situation in BAREMES
