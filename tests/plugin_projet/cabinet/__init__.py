"""A practice software that knows nothing of sandboxes: addresses and tokens are given to it."""

from dataclasses import dataclass
from typing import Any

import httpx


@dataclass
class Logiciel:
    racine: str
    jeton: str

    def chercher_ins(self, nom: str, prenom: str, sexe: str, date_naissance: str) -> str | None:
        """The matricule the INSi gives for these traits."""
        traits = {"nom_naissance": nom, "prenom": prenom, "sexe": sexe, "date_naissance": date_naissance}
        reponse = self._appel("POST", "/insi/v1/recherche-traits", json=traits)
        if reponse.status_code != 200:
            return None
        identifiant: dict[str, str] = reponse.json()["individu"]["insactif"]["id_individu"]
        return identifiant["num_identifiant"] + identifiant["cle"]

    def titres(self, matricule: str) -> list[str]:
        """The titles of the documents this professional may see."""
        cle = f"urn:oid:1.2.250.1.213.1.4.8|{matricule}"
        lot = self._appel("GET", "/fhir/dmp/DocumentReference", params={"patient.identifier": cle, "status": "current"})
        lot.raise_for_status()
        return [entree["resource"]["content"][0]["attachment"]["title"] for entree in lot.json().get("entry", [])]

    def _appel(self, methode: str, chemin: str, **options: Any) -> httpx.Response:
        entetes = {"Authorization": f"Bearer {self.jeton}"}
        return httpx.request(methode, self.racine + chemin, headers=entetes, timeout=30, **options)
