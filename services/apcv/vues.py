"""What the use cases hand to every surface: a read card, a signature."""

from dataclasses import dataclass
from datetime import datetime

from services.apcv.domain.assure import Assure
from services.apcv.domain.contexte import Contexte
from services.apcv.domain.signature import DemandeSignature


@dataclass(frozen=True, slots=True)
class Lu:
    """An open context and the people it speaks for."""

    contexte: Contexte
    titulaire: Assure
    beneficiaires: tuple[Assure, ...]


@dataclass(frozen=True, slots=True)
class Signature:
    numero: str
    date: datetime
    contexte_id: str
    facture_id: str
    valeur_fse: str | None
    valeur_dre: str | None
    journal: str
    demande: DemandeSignature
