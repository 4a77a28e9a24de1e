"""ContexteBAM and ContexteLPS: the two context headers of every Assurance Maladie téléservice (insi.md §3.1)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from shared.decision import avertir
from shared.errors import Interdit, Invalide
from shared.soap.envelope import Enveloppe
from shared.soap.verification import Profil
from shared.soap.xml import ElementInvalide, Lecteur

CTXBAM = "{urn:siram:bam:ctxbam}ContexteBAM"
CTXLPS = "{urn:siram:lps:ctxlps}ContexteLPS"
VERSION_BAM = "01_02"
VERSION_LPS = "01_00"

T = TypeVar("T")

_NUM = re.compile(r"\d{6}[AB0-9]\d{6}")
_CLE = re.compile(r"\d{2}")


class ContexteInvalide(Invalide):
    """ContexteLPS or ContexteBAM missing, of another version, or badly filled (insi.md §8, ``sandbox_ctx``)."""

    regle = "sandbox_ctx"


class LogicielInconnu(Interdit):
    """The authorisation number of the software is not registered in this bac (insi.md §8, ``desir_550``)."""

    regle = "desir_550"


@dataclass(frozen=True, slots=True)
class Nir:
    """A NIR and its key as a context header writes them; the date is that of the certification."""

    num: str
    cle: str
    date_certification: str | None = None

    @property
    def complet(self) -> str:
        return self.num + self.cle


@dataclass(frozen=True, slots=True)
class Beneficiaire:
    nir: Nir | None
    date_naissance: str | None
    rang: str | None
    porteur: str | None


@dataclass(frozen=True, slots=True)
class Couverture:
    """COUVERTURE: empty on a search by traits, filled from the card on a Vitale search."""

    grand_regime: str | None = None
    organisme: str | None = None
    code_centre: str | None = None
    assure: Nir | None = None
    beneficiaire: Beneficiaire | None = None

    @property
    def est_vide(self) -> bool:
        return self == Couverture()


@dataclass(frozen=True, slots=True)
class ContexteBAM:
    id: str
    temps: str
    emetteur: str | None
    couverture: Couverture


@dataclass(frozen=True, slots=True)
class ContexteLPS:
    """Which installation of which software calls, and under which authorisation number (``idam``)."""

    id: str
    temps: str
    emetteur: str | None
    idam: str
    version: str
    instance: str
    nom: str


def lire_contexte_bam(enveloppe: Enveloppe, *, profil: Profil = "standard") -> ContexteBAM | None:
    """The ContexteBAM; absent or of another version it is refused, or only noted in ``lenient``."""
    lecteur = _entete(enveloppe, CTXBAM, VERSION_BAM, profil)
    if lecteur is None:
        return None
    return _en_contexte(
        lambda: ContexteBAM(
            id=lecteur.texte("Id"),
            temps=lecteur.texte("Temps"),
            emetteur=lecteur.facultatif("Emetteur"),
            couverture=_couverture(lecteur.exiger("COUVERTURE")),
        )
    )


def lire_contexte_lps(enveloppe: Enveloppe, *, profil: Profil = "standard") -> ContexteLPS | None:
    """The ContexteLPS; same treatment by profile as the ContexteBAM."""
    lecteur = _entete(enveloppe, CTXLPS, VERSION_LPS, profil)
    if lecteur is None:
        return None

    def lire() -> ContexteLPS:
        lps = lecteur.exiger("LPS")
        idam = lps.exiger("IDAM")
        if idam.attribut("R") != "4":
            _refuser_ou_noter('IDAM must carry R="4"', 'IDAM doit porter R="4"', "ContexteLPS/LPS/IDAM/@R", profil)
        return ContexteLPS(
            id=lecteur.texte("Id"),
            temps=lecteur.texte("Temps"),
            emetteur=lecteur.facultatif("Emetteur"),
            idam=idam.valeur,
            version=lps.texte("Version"),
            instance=lps.texte("Instance"),
            nom=lps.texte("Nom"),
        )

    return _en_contexte(lire)


def verifier_logiciel(contexte: ContexteLPS | None, est_connu: Callable[[str], bool], *, profil: Profil) -> None:
    """The software is authorised in this bac, else ``siram_100`` / ``desir_550``; noted only in ``lenient``."""
    idam = contexte.idam if contexte else ""
    if est_connu(idam):
        return
    refus = LogicielInconnu(
        f"authorisation number {idam or '(none)'} is not registered in this bac (POST /_bac/clients/identifiants/IDAM)",
        "Ce logiciel n'est pas autorisé à appeler le service, contactez son éditeur.",
        champ="ContexteLPS/LPS/IDAM",
        membres={
            "subcode": "siram_100",
            "code": "desir_550",
            "severite": "erreur",
            "acteur": "Sender",
            "detail": "Numéro d'autorisation du logiciel inconnu.",
        },
    )
    if profil != "lenient":
        raise refus
    avertir(refus.regle, fr=refus.fr, en=refus.en, idam=idam)


def refus_contexte(en: str, fr: str, champ: str) -> ContexteInvalide:
    """The ``siram_30`` / ``sandbox_ctx`` refusal of a context header."""
    membres = {"subcode": "siram_30", "code": "sandbox_ctx", "severite": "erreur", "acteur": "Sender"}
    return ContexteInvalide(en, fr, champ=champ, membres=membres)


def exiger_couverture_vide(contexte: ContexteBAM | None, *, profil: Profil = "standard") -> None:
    """A search by traits sends COUVERTURE present and empty (insi.md §3.1)."""
    if contexte is not None and not contexte.couverture.est_vide:
        _refuser_ou_noter(
            "COUVERTURE must be empty on this call",
            "COUVERTURE doit être vide pour cet appel",
            "ContexteBAM/COUVERTURE",
            profil,
        )


def _entete(enveloppe: Enveloppe, nom: str, version: str, profil: Profil) -> Lecteur | None:
    local = nom.rpartition("}")[2]
    if (bloc := enveloppe.entete(nom)) is None:
        _refuser_ou_noter(f"header {local} is missing", f"l'en-tête {local} est absent", local, profil)
        return None
    if (lue := bloc.get("Version")) != version:
        _refuser_ou_noter(
            f"{local} Version is {lue or '(none)'}, {version} is expected",
            f"la Version de {local} est {lue or '(absente)'}, {version} est attendue",
            f"{local}/@Version",
            profil,
        )
    return Lecteur(bloc, local)


def _refuser_ou_noter(en: str, fr: str, champ: str, profil: Profil) -> None:
    if profil != "lenient":
        raise refus_contexte(en, fr, champ)
    avertir(ContexteInvalide.regle, fr=fr, en=en, champ=champ)


def _en_contexte(lire: Callable[[], T]) -> T:
    try:
        return lire()
    except ElementInvalide as refus:
        raise refus_contexte(refus.en, refus.fr, refus.champ or "") from None


def _couverture(lecteur: Lecteur) -> Couverture:
    assure = lecteur.enfant("ASSURE")
    beneficiaire = lecteur.enfant("BENEFICIAIRE")
    return Couverture(
        grand_regime=lecteur.facultatif("GrandRegime"),
        organisme=lecteur.facultatif("Organisme"),
        code_centre=lecteur.facultatif("CodeCentre"),
        assure=_nir(assure.exiger("Id")) if assure else None,
        beneficiaire=_beneficiaire(beneficiaire) if beneficiaire else None,
    )


def _beneficiaire(lecteur: Lecteur) -> Beneficiaire:
    nir = lecteur.enfant("Nir")
    return Beneficiaire(
        nir=_nir(nir) if nir else None,
        date_naissance=lecteur.facultatif("DateNai"),
        rang=lecteur.facultatif("Rang"),
        porteur=lecteur.facultatif("Porteur"),
    )


def _nir(lecteur: Lecteur) -> Nir:
    num, cle = lecteur.texte("Num"), lecteur.texte("Cle")
    if not _NUM.fullmatch(num):
        raise refus_contexte(f"Num {num!r} is not a NIR", f"Num {num!r} n'est pas un NIR", f"{lecteur.chemin}/Num")
    if not _CLE.fullmatch(cle):
        raise refus_contexte(f"Cle {cle!r} is not a key", f"Cle {cle!r} n'est pas une clé", f"{lecteur.chemin}/Cle")
    return Nir(num, cle, lecteur.facultatif("DateCertification"))
