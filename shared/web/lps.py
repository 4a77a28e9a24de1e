"""``POST /lps`` as every Assurance Maladie téléservice receives it: envelope, caller, software (insi.md §3, §9).

What INSi, ADRi and apCV have in common before the body is looked at, and the dialect of their refusals.
"""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from cryptography.x509 import Certificate
from starlette.requests import Request
from starlette.responses import Response

from shared.decision import Decision, avertir, noter
from shared.edge.bac import Bac
from shared.errors import DomainError, Interdit, Introuvable, Invalide, NonAuthentifie, TropGros
from shared.passerelle import Passerelle
from shared.soap.assertion import Assertion, AssertionAbsente, assertion_vitale_de, exiger_assertion
from shared.soap.contexte import ContexteBAM, ContexteLPS, lire_contexte_bam, lire_contexte_lps, verifier_logiciel
from shared.soap.envelope import Enveloppe, ecrire_enveloppe, lire_enveloppe, peut_etre_soap, type_de_reponse
from shared.soap.faults import fault_siram
from shared.soap.gabarit import Xml
from shared.soap.verification import verifier_assertion
from shared.soap.xml import LIMITES
from shared.web.asgi import lire_corps
from shared.web.certificat import certificat_de
from shared.web.deps import contexte
from shared.web.entree import bac_de
from shared.web.problems import probleme

IDAM_DEFAUT = "SBX0000001"
"""The authorisation number that every bac knows, so that the first call works (architecture §11.9)."""

ETAPES = ("enveloppe", "action", "assertion", "ContexteBAM", "ContexteLPS", "IDAM")
"""What is looked at before the body, in this order."""

CN_MACHINE = frozenset({"INSI-AUTO", "INSI-MANU"})
"""Exact common names of a software certificate (insi.md §9)."""

_CONNU_S = 5.0
_CONNUS_MAX = 1000
_CONNUS: WeakKeyDictionary[Passerelle, dict[tuple[str, int, str], float]] = WeakKeyDictionary()

_CN = re.compile(r"(?:^|[,/])\s*CN\s*=\s*([^,/]+)")


class ActionInconnue(Invalide):
    """``wsa:Action`` names no operation of this téléservice, or the body is not the one it announces."""

    regle = "LPS-ACTION"


class AppelantRefuse(NonAuthentifie):
    """No usable assertion (insi.md §8, ``siram_20`` / ``sandbox_auth``)."""

    regle = "sandbox_auth"

    def __init__(self, en: str, fr: str, *, champ: str, regle: str | None = None) -> None:
        membres = {"subcode": "siram_20", "code": "sandbox_auth", "severite": "erreur", "acteur": "Sender"}
        super().__init__(en, fr, champ=champ, regle=regle, membres=membres)


class CertificatMachineRefuse(Interdit):
    """The certificate's CN is not exactly INSI-AUTO or INSI-MANU (insi.md §8, ``desir_560``)."""

    regle = "desir_560"


@dataclass(frozen=True, slots=True)
class AppelLps:
    """A call whose caller is believed: what its headers say, and the body still to be read.

    ``assertion`` is missing only in ``lenient``, ``bam`` where the operation has none.
    """

    enveloppe: Enveloppe
    action: str
    assertion: Assertion | None
    vitale: Assertion | None
    bam: ContexteBAM | None
    lps: ContexteLPS | None

    @property
    def identifiant_facturation(self) -> str | None:
        return self.assertion.identifiant_facturation if self.assertion else None

    @property
    def emetteur(self) -> str | None:
        """Who speaks, for the journal: the NameID of the assertion."""
        return self.assertion.name_id if self.assertion else None


async def lire_appel(request: Request, actions: Mapping[str, bool]) -> AppelLps:
    """Read and check everything but the body. ``actions`` tells for each action whether it has a ContexteBAM.

    A refusal leaves in the journal the row of the fault table it answers with.
    """
    try:
        return await _lire_appel(request, actions)
    except DomainError as refus:
        noter_faute(refus, examinees=ETAPES)
        raise


def noter_faute(refus: DomainError, *, examinees: tuple[str, ...] = (), **entrees: Any) -> None:
    """Record why a ``/lps`` call is refused: what was looked at, the published row, its source."""
    publies = ("code", "subcode", "severite", "acteur")
    ligne: dict[str, Any] = {cle: refus.membres[cle] for cle in publies if cle in refus.membres}
    noter(
        Decision(
            refus.regle,
            "refuse",
            fr=refus.fr,
            en=refus.en,
            entrees={"champ": refus.champ, **entrees},
            examinees=examinees,
            ligne=ligne or None,
            source="insi.md §8",
        )
    )


async def _lire_appel(request: Request, actions: Mapping[str, bool]) -> AppelLps:
    brut = await lire_corps(request.receive, LIMITES.octets)
    if brut is None:
        raise TropGros(
            f"a message holds at most {LIMITES.octets} bytes",
            f"un message compte au plus {LIMITES.octets} octets",
            regle="BAC-XML-03",
        )
    enveloppe = lire_enveloppe(brut, request.headers.get("content-type"), soap_action=request.headers.get("soapaction"))
    request.state.message_id = enveloppe.message_id
    if (action := enveloppe.action) not in actions or action is None:
        raise ActionInconnue(
            f"action {enveloppe.action or '(none)'} is not served here: {', '.join(sorted(actions))}",
            f"l'action {enveloppe.action or '(absente)'} n'est pas servie ici : {', '.join(sorted(actions))}",
            champ="wsa:Action",
        )
    bac = bac_de(request.scope)
    profil = bac.reglages.profil
    annuaire = Annuaire(contexte(request).passerelle, bac)
    assertion = _appelant(enveloppe, profil)
    if assertion is not None:
        autorites, revoques = await annuaire.pki() if assertion.signee else ((), frozenset())
        verifier_assertion(assertion, profil=profil, now=bac.now(), autorites=autorites, revoques=revoques)
        _verifier_machine(assertion, certificat_de(request.scope), profil)
    bam = lire_contexte_bam(enveloppe, profil=profil) if actions[action] else None
    lps = lire_contexte_lps(enveloppe, profil=profil)
    connu = lps is not None and await annuaire.connait(lps.idam)
    verifier_logiciel(lps, lambda _: connu, profil=profil)
    return AppelLps(enveloppe, action, assertion, assertion_vitale_de(enveloppe), bam, lps)


def repondre_lps(appel: AppelLps, corps: Xml) -> Response:
    """The answer envelope: action + ``Response``, RelatesTo the request's MessageID."""
    version = appel.enveloppe.version
    action = f"{appel.action}Response"
    octets = ecrire_enveloppe(corps, version=version, action=action, relates_to=appel.enveloppe.message_id)
    return Response(octets, media_type=type_de_reponse(version))


def rendre_faute(erreur: DomainError, request: Request) -> Response:
    """The dialect of ``/lps``: a ``siram`` fault, HTTP 500; a plain problem to whoever does not speak SOAP."""
    if request.method != "POST" or not peut_etre_soap(erreur):
        return probleme(erreur, request)
    rendue = fault_siram(erreur, message_id=getattr(request.state, "message_id", None))
    return Response(rendue.corps, status_code=rendue.status, media_type=rendue.media_type)


@dataclass(frozen=True, slots=True)
class Annuaire:
    """What the gateway knows of callers in one bac: software authorisation numbers, authorities of the test PKI.

    A number found registered is believed for a few seconds; one not found is asked again each time, so that a client
    just added works at once.
    """

    passerelle: Passerelle
    bac: Bac

    async def connait(self, idam: str) -> bool:
        """Whether the authorisation number is registered in this bac."""
        if self.passerelle.app is None:
            return idam == IDAM_DEFAUT
        connus = _CONNUS.setdefault(self.passerelle, {})
        cle = (self.bac.nom, self.bac.epoque, idam)
        if connus.get(cle, 0.0) > time.monotonic():
            return True
        logiciels = await _json(self.passerelle, f"/_interne/bacs/{self.bac.nom}/logiciels")
        trouve = idam in logiciels.get("idam", [IDAM_DEFAUT])
        if trouve:
            if len(connus) >= _CONNUS_MAX:
                connus.clear()
            connus[cle] = time.monotonic() + _CONNU_S
        return trouve

    async def pki(self) -> tuple[tuple[bytes, ...], frozenset[int]]:
        """PEM certificates of the authorities, serial numbers of revoked certificates."""
        if self.passerelle.app is None:
            return (), frozenset()
        pki = await _json(self.passerelle, f"/_interne/bacs/{self.bac.nom}/pki")
        autorites = tuple(pem.encode() for pem in pki.get("autorites", ()))
        return autorites, frozenset(int(serie) for serie in pki.get("revoques", ()))


async def _json(passerelle: Passerelle, path: str) -> dict[str, Any]:
    try:
        reponse = await passerelle.appel("GET", path)
    except Introuvable:
        return {}
    trouve: dict[str, Any] = reponse.json() if reponse.status == 200 else {}
    return trouve


def _appelant(enveloppe: Enveloppe, profil: str) -> Assertion | None:
    try:
        assertion = exiger_assertion(enveloppe)
    except AssertionAbsente as absente:
        refus = AppelantRefuse(absente.en, absente.fr, champ=absente.champ or "wsse:Security")
        if profil != "lenient":
            raise refus from None
        avertir(refus.regle, fr=refus.fr, en=refus.en)
        return None
    if assertion.name_qualifier == "CPS":
        _exiger_attributs(assertion, profil)
    return assertion


def _exiger_attributs(assertion: Assertion, profil: str) -> None:
    """A billing number is required for every call; speciality and sector are noted outside ``homologation``."""
    attributs = (
        ("identifiantFacturation", assertion.identifiant_facturation, "standard"),
        ("CodeSpecialite", assertion.code_specialite, "homologation"),
        ("SecteurActivite", assertion.secteur_activite, "homologation"),
    )
    for nom, valeur, des in attributs:
        if valeur:
            continue
        refus = AppelantRefuse(
            f"attribute {nom} is missing from the assertion",
            f"l'attribut {nom} est absent de l'assertion",
            champ=f"Assertion/AttributeStatement/{nom}",
        )
        if profil == "homologation" or (profil == "standard" and des == "standard"):
            raise refus
        avertir(refus.regle, fr=refus.fr, en=refus.en, attribut=nom)


def _verifier_machine(assertion: Assertion, certificat: Certificate | None, profil: str) -> None:
    """A machine call names its certificate; its common name is exactly one of two (insi.md §9)."""
    if assertion.name_qualifier == "CPS":
        return
    presente = certificat.subject.rfc4514_string() if certificat is not None else ""
    nom = _CN.search(presente) or _CN.search(assertion.name_id)
    if nom is None or nom[1].strip() in CN_MACHINE:
        return
    refus = CertificatMachineRefuse(
        f"CN {nom[1].strip()!r} is not INSI-AUTO or INSI-MANU, to the letter",
        f"le CN {nom[1].strip()!r} n'est pas exactement INSI-AUTO ou INSI-MANU",
        champ="Assertion/Subject/NameID",
        membres={
            "subcode": "siram_100",
            "code": "desir_560",
            "severite": "erreur",
            "acteur": "Sender",
            "detail": "Vous ne disposez pas des droits suffisants pour accéder à ce service",
        },
    )
    if profil != "lenient":
        raise refus
    avertir(refus.regle, fr=refus.fr, en=refus.en)
