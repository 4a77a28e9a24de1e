"""What the apCV tests do all day: present a card, read it, bill."""

from dataclasses import dataclass
from typing import Any

import httpx

from services.apcv.seed import CODE_DEMO, appli_id
from shared.monde.patients import PATIENTS
from tests.banc import Banc

G = {"date": "2026-01-15", "codeActe": "G", "libelle": "Consultation", "prixUnitaire": 30.0}
SHA = "3q2+7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


@dataclass
class Cabinet:
    """A practice and the phones of its patients."""

    b: Banc

    async def presenter(self, slug: str = "blanc-valmont", **autres: Any) -> dict[str, Any]:
        """The patient types the secret code and shows their card."""
        reponse = await self.essayer_presenter(slug, **autres)
        assert reponse.status_code == 201, reponse.text
        contenu: dict[str, Any] = reponse.json()
        return contenu

    async def essayer_presenter(
        self, slug: str = "blanc-valmont", code: str = CODE_DEMO, **autres: Any
    ) -> httpx.Response:
        return await self.b.client.post(
            f"/apcv/phone/v1/applis/{appli_id(slug)}/presentations", json={"code": code, **autres}
        )

    async def lire(self, donnees: str, ps: str = "verdier-mg", **autres: Any) -> httpx.Response:
        return await self.b.client.post(
            "/apcv/v1/contextes", json={"donnees": donnees, **autres}, headers=self.b.ps(ps)
        )

    async def ouvrir(self, slug: str = "blanc-valmont", ps: str = "verdier-mg", **autres: Any) -> dict[str, Any]:
        """The nominal reading: QR shown, QR read."""
        reponse = await self.lire((await self.presenter(slug, **autres))["donnees"], ps)
        assert reponse.status_code == 201, reponse.text
        lu: dict[str, Any] = reponse.json()
        return lu

    async def signer(self, contexte: str, slug: str = "blanc-valmont", ps: str = "verdier-mg") -> httpx.Response:
        matricule = PATIENTS[slug].matricule_ins
        ligne = {"codeActe": "G", "libelle": "Consultation", "date": "2026-01-15", "montant": 30, "partAMO": 21}
        corps = {
            "facture": {
                "type": "FSE",
                "nirAssure": matricule,
                "hashFSE": SHA,
                "resume": {"beneficiaire": matricule, "prestations": [ligne]},
            }
        }
        return await self.b.client.post(f"/apcv/v1/contextes/{contexte}/signatures", json=corps, headers=self.b.ps(ps))

    async def facturer(
        self, contexte: str | None, slug: str = "blanc-valmont", ps: str = "verdier-mg", **autres: Any
    ) -> httpx.Response:
        """``POST /fse/v1/factures`` for one GP consultation at 30 euros."""
        patient: dict[str, Any] = {"nir": PATIENTS[slug].matricule_ins}
        if contexte:
            patient["contexteApCV"] = {"identifiant": contexte}
        corps = {"dateElaboration": "20260115", "patient": patient, "lstCotations": [G], **autres}
        return await self.b.client.post("/fse/v1/factures", json=corps, headers=self.b.ps(ps))

    async def recus(self, slug: str = "blanc-valmont") -> list[dict[str, Any]]:
        await self.b.calme()
        reponse = await self.b.client.get(f"/apcv/phone/v1/applis/{appli_id(slug)}/recus")
        trouves: list[dict[str, Any]] = reponse.json()["recus"]
        return trouves


def contexte_de(lu: dict[str, Any]) -> str:
    identifiant: str = lu["contexteApCV"]["identifiant"]
    return identifiant
