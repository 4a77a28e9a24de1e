"""A refusal in the SOAP dialects: plain, ``siram:Erreur`` of the Assurance Maladie téléservices, DMP.

Every fault also carries the rule and its explanation in French and English, in a Detail entry of our own namespace
``urn:bacasante:regle`` that clients of the real services ignore.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from shared.errors import DomainError, Indisponible, Interdit, Invalide, NonAuthentifie, TropGros, TypeNonSupporte
from shared.soap.envelope import EnteteNonCompris, VersionIncompatible, VersionSoap, ecrire_enveloppe, type_de_reponse
from shared.soap.gabarit import Xml, element, joindre, xml

REGLE = "urn:bacasante:regle"
SIRAM = "urn:siram"
WSA_FAULT = "http://www.w3.org/2005/08/addressing/soap/fault"
SEVERITES = frozenset({"information", "avertissement", "erreur", "fatale", "fatal"})  # "fatal" is seen live (S12)

_ACTEURS_11: Mapping[str, str] = MappingProxyType({"Sender": "Client", "Receiver": "Server"})


@dataclass(frozen=True, slots=True)
class FaultRendue:
    """A fault ready to leave: HTTP status, content type, bytes."""

    status: int
    media_type: str
    corps: bytes


def fault(
    erreur: DomainError, *, version: VersionSoap = "1.2", relates_to: str | None = None, prefixe: str = "soap"
) -> FaultRendue:
    """The plain rendering: Code, Reason in both languages, the rule in Detail.

    HTTP status follows the SOAP 1.2 HTTP binding (Sender 400, Receiver 500); SOAP 1.1 knows only 500.
    """
    acteur = _acteur(erreur)
    status = 500 if version == "1.1" or acteur == "Receiver" else 400
    return _rendre(erreur, acteur, None, detail_regle(erreur), status, version, relates_to, prefixe)


def fault_siram(
    erreur: DomainError, *, message_id: str | None = None, version: VersionSoap = "1.2", prefixe: str = "soap"
) -> FaultRendue:
    """The fault of INSi, ADRi and apCV: HTTP 500, ``siram:Erreur`` in Detail (insi.md §8, apcv.md §8).

    ``erreur.membres`` gives ``subcode``, ``code``, ``severite`` and ``acteur``; a refusal of the shared wire code that
    has none is given the row of the sheet it belongs to.
    """
    membres = {**_membres_siram(erreur), **erreur.membres}
    severite = str(membres["severite"])
    siram = xml(
        '<siram:Erreur xmlns:siram="urn:siram" severite="{severite}" code="{code}"{message}>{texte}</siram:Erreur>',
        severite=severite if severite in SEVERITES else "erreur",
        code=membres["code"],
        message=xml(' messageID="{m}"', m=message_id) if message_id else Xml(""),
        texte=membres.get("detail", erreur.fr),
    )
    detail = joindre([siram, detail_regle(erreur)])
    return _rendre(erreur, str(membres["acteur"]), str(membres["subcode"]), detail, 500, version, message_id, prefixe)


def fault_dmp(
    erreur: DomainError, *, version: VersionSoap = "1.2", relates_to: str | None = None, prefixe: str = "soap"
) -> FaultRendue:
    """A DMP fault: the DMP error code as Subcode (``DMPInvalidCertificate``, dmp.md §2.2 V2), HTTP 500."""
    subcode = str(erreur.membres.get("code", erreur.regle))
    acteur = _acteur(erreur)
    return _rendre(erreur, acteur, subcode, detail_regle(erreur), 500, version, relates_to, prefixe)


def detail_regle(erreur: DomainError) -> Xml:
    """Our Detail entry: rule id, field, explanation in both languages."""
    return xml(
        '<regle:Regle xmlns:regle="urn:bacasante:regle" id="{regle}"{champ}>'
        '<regle:Explication xml:lang="fr">{fr}</regle:Explication>'
        '<regle:Explication xml:lang="en">{en}</regle:Explication></regle:Regle>',
        regle=erreur.regle,
        champ=xml(' champ="{c}"', c=erreur.champ) if erreur.champ else Xml(""),
        fr=erreur.fr,
        en=erreur.en,
    )


def _acteur(erreur: DomainError) -> str:
    if isinstance(erreur, VersionIncompatible):
        return "VersionMismatch"
    if isinstance(erreur, EnteteNonCompris):
        return "MustUnderstand"
    acteur = erreur.membres.get("acteur")
    if acteur in ("Sender", "Receiver"):
        return str(acteur)
    return "Receiver" if erreur.status >= 500 else "Sender"


def _membres_siram(erreur: DomainError) -> dict[str, str]:
    subcode, code = "siram_40", erreur.regle
    if isinstance(erreur, NonAuthentifie | Interdit):
        subcode, code = "siram_20", "sandbox_auth"
    elif isinstance(erreur, Invalide | TropGros | TypeNonSupporte):
        subcode, code = "siram_10", "sandbox_schema"
    elif isinstance(erreur, Indisponible):
        code = "desir_1020"
    severite = "fatale" if isinstance(erreur, Indisponible) else "erreur"
    return {"subcode": subcode, "code": code, "severite": severite, "acteur": _acteur(erreur)}


def _rendre(
    erreur: DomainError,
    acteur: str,
    subcode: str | None,
    detail: Xml,
    status: int,
    version: VersionSoap,
    relates_to: str | None,
    prefixe: str,
) -> FaultRendue:
    forme = _fault_11 if version == "1.1" else _fault_12
    corps = forme(erreur, acteur, subcode, detail, prefixe)
    action = WSA_FAULT if relates_to else None
    enveloppe = ecrire_enveloppe(corps, version=version, action=action, relates_to=relates_to, prefixe=prefixe)
    return FaultRendue(status, type_de_reponse(version), enveloppe)


def _fault_12(erreur: DomainError, acteur: str, subcode: str | None, detail: Xml, p: str) -> Xml:
    sous_code = Xml("")
    if subcode:
        sous_code = Xml(f"<{p}:Subcode>{element(f'{p}:Value', f'{p}:{subcode}')}</{p}:Subcode>")
    return xml(
        f"<{p}:Fault><{p}:Code><{p}:Value>{p}:{{acteur}}</{p}:Value>{{sous_code}}</{p}:Code>"
        f'<{p}:Reason><{p}:Text xml:lang="fr">{{fr}}</{p}:Text><{p}:Text xml:lang="en">{{en}}</{p}:Text></{p}:Reason>'
        f"<{p}:Detail>{{detail}}</{p}:Detail></{p}:Fault>",
        acteur=acteur,
        sous_code=sous_code,
        fr=erreur.membres.get("reason", erreur.fr),
        en=erreur.en,
        detail=detail,
    )


def _fault_11(erreur: DomainError, acteur: str, subcode: str | None, detail: Xml, p: str) -> Xml:
    code = _ACTEURS_11.get(acteur, acteur)
    return xml(
        f"<{p}:Fault><faultcode>{p}:{{code}}</faultcode>"
        f'<faultstring xml:lang="fr">{{fr}}</faultstring><detail>{{detail}}</detail></{p}:Fault>',
        code=f"{code}.{subcode}" if subcode else code,
        fr=erreur.membres.get("reason", erreur.fr),
        detail=detail,
    )
