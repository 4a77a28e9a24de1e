"""``/pki``: what anybody may fetch from the test PKI, and the issuing of test certificates under ``/_bac/pki``."""

import asyncio
import base64
import binascii
from dataclasses import asdict
from typing import Annotated, Any, Literal

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from gateway.pki.pki import Emis, Etat, Pki
from gateway.pki.revocation import REQUETE_MAX, RequeteOcspInvalide, crl, repondre_ocsp
from shared.errors import Invalide, TropGros

PEM = "application/x-pem-file"
OCSP = "application/ocsp-response"


class DemandeCertificat(BaseModel):
    """A test certificate to issue; fields that do not concern its kind are ignored."""

    model_config = ConfigDict(extra="forbid")

    genre: Literal["logiciel", "professionnel", "serveur"] = "logiciel"
    cn: str = Field("INSI-AUTO", min_length=1, max_length=64, description="Common name (software and server)")
    structure_id: str = Field("1990000010", pattern=r"^[0-9A-Z]{5,20}$", description="OU: legal-entity id")
    raison_sociale: str = Field("STRUCTURE TEST", min_length=1, max_length=50)
    id_nat: str = Field("899700000001", pattern=r"^[0-9A-Z]{8,20}$", description="PS_IdNat of a professional")
    nom_prenom: str = Field("PERSONNE TEST", min_length=1, max_length=50)
    sans: list[str] = Field(default_factory=list, max_length=20)
    etat: Etat = "valide"
    cle: Literal["ec", "rsa"] = "rsa"


async def _pki(request: Request) -> Pki:
    pki: Pki = request.app.state.pki
    return pki


PkiDep = Annotated[Pki, Depends(_pki)]
AutoriteQuery = Annotated[Literal["organisations", "personnes"], Query(description="Issuer of the list")]

publique = APIRouter(prefix="/pki", tags=["pki"])
controle = APIRouter(prefix="/_bac/pki", tags=["control"])


@publique.get("/ca.pem", summary="Root certificate, to trust this installation", response_class=Response)
async def racine(pki: PkiDep) -> Response:
    return Response(pki.ca_pem, media_type=PEM)


@publique.get("/chaine.pem", summary="Intermediates and root", response_class=Response)
async def chaine(pki: PkiDep) -> Response:
    return Response(pki.chaine_pem, media_type=PEM)


@publique.get("/crl", summary="Certificate revocation list (DER)", response_class=Response)
async def liste(pki: PkiDep, autorite: AutoriteQuery = "organisations") -> Response:
    return Response(crl(pki, personnes=autorite == "personnes"), media_type="application/pkix-crl")


@publique.get("/crl.pem", summary="Certificate revocation list (PEM)", response_class=Response)
async def liste_pem(pki: PkiDep, autorite: AutoriteQuery = "organisations") -> Response:
    lue = x509.load_der_x509_crl(crl(pki, personnes=autorite == "personnes"))
    return Response(lue.public_bytes(Encoding.PEM), media_type=PEM)


@publique.post("/ocsp", summary="OCSP responder (RFC 6960)", response_class=Response)
async def ocsp(request: Request, pki: PkiDep) -> Response:
    return Response(repondre_ocsp(pki, await _corps(request)), media_type=OCSP)


@publique.get("/ocsp/{demande:path}", summary="OCSP by GET", response_class=Response)
async def ocsp_get(demande: str, pki: PkiDep) -> Response:
    try:
        brut = base64.b64decode(demande, validate=True)
    except (binascii.Error, ValueError):
        raise RequeteOcspInvalide("not base64", "ce n'est pas du base64", champ="chemin") from None
    return Response(repondre_ocsp(pki, brut), media_type=OCSP)


@controle.get("/certificats", summary="Certificates issued so far")
async def lister(pki: PkiDep) -> dict[str, Any]:
    return {"certificats": [asdict(fiche) for fiche in pki.registre()]}


@controle.post("/certificats", status_code=201, summary="Issue a test certificate in any state")
async def emettre(demande: DemandeCertificat, pki: PkiDep) -> dict[str, Any]:
    # RSA generation takes tens of milliseconds: not on the event loop
    try:
        emis = await asyncio.to_thread(_emettre, pki, demande)
    except ValueError as erreur:
        raise Invalide(
            f"no certificate can carry these names: {erreur}",
            f"aucun certificat ne peut porter ces noms : {erreur}",
            regle="BAC-PKI-06",
            champ="sans" if demande.sans else "cn",
        ) from erreur
    return asdict(emis.fiche) | {
        "certificat_pem": emis.certificat_pem.decode(),
        "cle_pem": emis.cle_pem.decode(),
        "chaine_pem": emis.chaine_pem.decode(),
    }


@controle.post("/certificats/{serie}/revocation", summary="Revoke a certificate")
async def revoquer(serie: str, pki: PkiDep) -> dict[str, Any]:
    return asdict(pki.revoquer(serie))


def _emettre(pki: Pki, demande: DemandeCertificat) -> Emis:
    if demande.genre == "serveur":
        return pki.serveur_de_test(cn=demande.cn, sans=demande.sans, etat=demande.etat)
    if demande.genre == "professionnel":
        return pki.professionnel(
            id_nat=demande.id_nat, nom_prenom=demande.nom_prenom, etat=demande.etat, cle=demande.cle
        )
    return pki.logiciel(
        cn=demande.cn,
        structure_id=demande.structure_id,
        raison_sociale=demande.raison_sociale,
        etat=demande.etat,
        cle=demande.cle,
    )


async def _corps(request: Request) -> bytes:
    morceaux: list[bytes] = []
    async for morceau in request.stream():
        morceaux.append(morceau)
        if sum(map(len, morceaux)) > REQUETE_MAX:
            raise TropGros("an OCSP request is small", "une requête OCSP est petite", regle="BAC-PKI-05")
    return b"".join(morceaux)
