"""The stage: the wires of one bac and what the actors hold as the consultation goes on."""

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bacasante.demo.fil import Fil
from shared.monde.modele import Patient, Professionnel
from shared.monde.patients import PATIENTS
from shared.monde.professionnels import PROFESSIONNELS

MEDECIN = "verdier-mg"
COLLEGUE = "exemple-un-mg"
PHARMACIEN = "garnier-pharmacien"
PATIENTE = "blanc-valmont"


@dataclass(slots=True)
class Identite:
    """A signed-in professional: the tokens a practice software keeps."""

    qui: str
    access_token: str
    refresh_token: str
    id_token: str
    userinfo: dict[str, Any]
    obtenu_a: float = field(default_factory=time.monotonic)


@dataclass(slots=True)
class Scene:
    """Everything the steps share. ``acquis`` holds what one step obtained and a later one needs."""

    fil: Fil
    bac: str
    patient: Patient = field(default_factory=lambda: PATIENTS[PATIENTE])
    medecin: Professionnel = field(default_factory=lambda: PROFESSIONNELS[MEDECIN])
    pharmacien: Professionnel = field(default_factory=lambda: PROFESSIONNELS[PHARMACIEN])
    sessions: dict[str, Identite] = field(default_factory=dict)
    acquis: dict[str, Any] = field(default_factory=dict)
    adresses: dict[str, Any] = field(default_factory=dict)

    def maintenant(self) -> datetime:
        """The bac's now, as its clock shows it."""
        return datetime.fromisoformat(self.fil.get("/_bac/clock", voie="control", muet=True)["now"])

    def horodatage(self, **decalage: float) -> str:
        """An instant near the bac's now, in the shape every wire reads."""
        return (self.maintenant() + timedelta(**decalage)).isoformat(timespec="seconds")

    def jeton(self, qui: str) -> str:
        """A live access token of a signed-in professional: they last 120 s, so it is refreshed when it is old."""
        from bacasante.demo.oidc import rafraichir

        identite = self.sessions[qui]
        if time.monotonic() - identite.obtenu_a > 60:
            rafraichir(self.fil, identite)
            identite.obtenu_a = time.monotonic()
        return identite.access_token

    def jeton_patient(self) -> str:
        """A token of the patient, as Mon espace santé holds one; it lasts an hour."""
        if "jeton_patient" not in self.acquis:
            self.acquis["jeton_patient"] = self.fil.post(
                f"/_bac/personas/{self.patient.slug}/tokens", json={}, voie="control", muet=True, attendu=(201,)
            )["access_token"]
        return str(self.acquis["jeton_patient"])

    def reposer(self) -> None:
        """Wait until the network has told everybody (``/_bac/settle``): no step sleeps."""
        self.fil.post("/_bac/settle", voie="control", muet=True)

    def evenements(self) -> list[dict[str, Any]]:
        vus: list[dict[str, Any]] = self.fil.get("/_bac/events", voie="control", muet=True)["events"]
        return vus
