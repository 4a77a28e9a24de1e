"""A login in progress: choose a means, type an identifier, confirm on the phone (PSC §2.2).

choisir ──persona, CPS card──────────────────────────────► approuvee ─► code
   │ └───e-CPS: idNat ─► attente (two digits shown) ──────┤
   │                          ├── refused on the phone ──► refusee ──► access_denied
   └──cancel ─► refusee       └── nobody within 120 s ───► expiree ──► access_denied
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.oidc.domain.reglages import Reglages

PIN_DEMO = "1234"
ESSAIS_PIN = 3


class Etat(StrEnum):
    CHOISIR = "choisir"
    ATTENTE = "attente"
    APPROUVEE = "approuvee"
    REFUSEE = "refusee"
    EXPIREE = "expiree"


@dataclass(frozen=True, slots=True)
class DemandeEcps:
    """What the phone shows: the same object whether a browser login or a CIBA request asked (PSC §2.2, §4)."""

    id: str
    persona: str
    id_nat: str
    numero: str
    service: str
    origine: str  # "navigateur" or "ciba"
    creee_a: datetime
    expire_a: datetime
    etat: Etat = Etat.ATTENTE
    essais: int = 0
    auto_a: datetime | None = None
    auto_etat: Etat | None = None

    def vue(self, maintenant: datetime) -> "DemandeEcps":
        """The request as it stands *now*: an automatic answer that became due, or the end of the wait."""
        if self.etat is not Etat.ATTENTE:
            return self
        if self.auto_etat is not None and self.auto_a is not None and self.auto_a <= min(maintenant, self.expire_a):
            return replace(self, etat=self.auto_etat)
        if maintenant >= self.expire_a:
            return replace(self, etat=Etat.EXPIREE)
        return self

    def repondue(
        self, accord: bool, pin: str | None, *, maintenant: datetime, pin_attendu: str = PIN_DEMO
    ) -> "DemandeEcps":
        """The professional's gesture: refusing needs no PIN; three wrong PINs block the request."""
        ici = self.vue(maintenant)
        if ici.etat is not Etat.ATTENTE:
            return ici
        if not accord:
            return replace(ici, etat=Etat.REFUSEE)
        if pin == pin_attendu:
            return replace(ici, etat=Etat.APPROUVEE)
        essais = ici.essais + 1
        return replace(ici, essais=essais, etat=Etat.REFUSEE if essais >= ESSAIS_PIN else Etat.ATTENTE)


def demande_ecps(
    id_: str,
    *,
    persona: str,
    id_nat: str,
    numero: str,
    service: str,
    origine: str,
    maintenant: datetime,
    duree: int,
    politique: str,
    reglages: Reglages,
) -> DemandeEcps:
    """A request pushed to the phone, with the bac's (or the persona's) automatic answer already scheduled."""
    demande = DemandeEcps(
        id_,
        persona,
        id_nat,
        numero,
        service,
        origine,
        maintenant,
        maintenant + timedelta(seconds=duree),
    )
    issue = {"auto_approve": Etat.APPROUVEE, "auto_refuse": Etat.REFUSEE}.get(politique)
    if issue is None:
        return demande
    return replace(demande, auto_etat=issue, auto_a=maintenant + timedelta(seconds=reglages.ciba_delay))


def nombre_a_deux_chiffres(alea: int) -> str:
    """The number shown on both screens, ``00`` to ``99``."""
    return f"{alea % 100:02d}"
