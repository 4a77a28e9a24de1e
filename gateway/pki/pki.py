"""The test PKI of an installation: created once, kept in a folder, unusable to impersonate anything real.

    TEST AC RACINE BAC A SANTE
      ├─ TEST AC IGC-SANTE ELEMENTAIRE ORGANISATIONS .... servers, software and structures (INSI-AUTO, INSI-MANU)
      └─ TEST AC IGC-SANTE ELEMENTAIRE PERSONNES ........ professionals (CPS, CPE)
    TEST AC ETRANGERE ................................... issues what must be refused

Names follow insi.md §9 and pro-sante-connect.md §5.4.
"""

import contextlib
import json
import os
import shutil
import ssl
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.pki.autorite import Algorithme, Autorite, Publication, Usage, cle_pem, nom, nom_alternatif, nouvelle_cle
from gateway.pki.fichiers import ecrire
from shared.errors import Conflit, Introuvable, Invalide

Etat: TypeAlias = Literal["valide", "expire", "pas_encore", "revoque", "mauvais_cn", "mauvais_emetteur"]
Genre: TypeAlias = Literal["logiciel", "professionnel", "serveur"]

SANS = ("localhost", "127.0.0.1", "::1")
DUREE_FEUILLE = timedelta(days=1095)
DUREE_SERVEUR = timedelta(days=397)
RENOUVELER_AVANT = timedelta(days=30)
EMIS_MAX = 2_000
_AUTORITES = {
    "organisations": "TEST AC IGC-SANTE ELEMENTAIRE ORGANISATIONS",
    "personnes": "TEST AC IGC-SANTE ELEMENTAIRE PERSONNES",
}


@dataclass(frozen=True, slots=True)
class Fiche:
    """One line of the register of issued certificates; the serial number is hexadecimal."""

    serie: str
    genre: Genre
    sujet: str
    etat: Etat
    debut: str
    fin: str
    revoque_le: str | None = None


@dataclass(frozen=True, slots=True)
class Emis:
    """A certificate and its key, as the caller receives them (the key is not kept)."""

    fiche: Fiche
    certificat: x509.Certificate
    certificat_pem: bytes
    cle_pem: bytes
    chaine_pem: bytes


@dataclass(frozen=True, slots=True)
class Fichiers:
    """What a TLS server loads: the chain (leaf first) and the key."""

    certificat: Path
    cle: Path


class Pki:
    """The PKI of a folder. Safe to share between threads; several processes may open the same folder."""

    def __init__(self, dossier: Path, url: str) -> None:
        self.dossier = dossier
        self.publication = Publication(url.rstrip("/"))
        self.racine = _charger(dossier, "racine")
        self.organisations = _charger(dossier, "organisations")
        self.personnes = _charger(dossier, "personnes")
        self.etrangere = _charger(dossier, "etrangere")
        self._verrou = threading.RLock()

    @classmethod
    def load_or_create(
        cls,
        folder: Path,
        sans: Sequence[str] = SANS,
        *,
        url: str = "http://127.0.0.1:8400",
        now: datetime | None = None,
    ) -> "Pki":
        """The PKI of ``folder``; made at first call, with a server certificate for ``sans`` (kept up to date)."""
        instant = now or datetime.now(UTC)
        if not (folder / "pki.json").exists():
            _creer(folder, instant)
        pki = cls(folder, url)
        pki.renouveler_serveur(tuple(dict.fromkeys((*sans, *SANS))), instant)
        return pki

    # ── what others read ──────────────────────────────────────────────────────────────────────────────────────────

    @property
    def ca_pem(self) -> bytes:
        """The root: what a client adds to its trust store."""
        return self.racine.pem

    @property
    def chaine_pem(self) -> bytes:
        """Intermediates then root."""
        return self.organisations.pem + self.personnes.pem + self.racine.pem

    @property
    def autorites(self) -> tuple[bytes, ...]:
        """PEM of the authorities that may issue a signing or client certificate."""
        return self.organisations.pem, self.personnes.pem

    @property
    def serveur(self) -> Fichiers:
        return Fichiers(self.dossier / "serveur.pem", self.dossier / "serveur.key")

    @property
    def revoques(self) -> frozenset[int]:
        return frozenset(int(fiche.serie, 16) for fiche in self.registre() if fiche.revoque_le)

    def contexte_serveur(self) -> ssl.SSLContext:
        """TLS 1.2 at least; a client certificate is asked for, its chain and dates verified, and none is demanded."""
        contexte = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        contexte.minimum_version = ssl.TLSVersion.TLSv1_2
        contexte.load_cert_chain(self.serveur.certificat, self.serveur.cle)
        contexte.verify_mode = ssl.CERT_OPTIONAL
        contexte.load_verify_locations(cadata=self.chaine_pem.decode())
        return contexte

    def registre(self) -> list[Fiche]:
        with self._verrou, contextlib.suppress(FileNotFoundError):
            return [Fiche(**f) for f in json.loads((self.dossier / "registre.json").read_bytes())]
        return []

    # ── issuing ───────────────────────────────────────────────────────────────────────────────────────────────────

    def logiciel(
        self,
        *,
        cn: str = "INSI-AUTO",
        structure_id: str = "1990000010",
        raison_sociale: str = "STRUCTURE TEST",
        etat: Etat = "valide",
        cle: Algorithme = "rsa",
        now: datetime | None = None,
    ) -> Emis:
        """A software certificate: ``CN`` INSI-AUTO or INSI-MANU, ``OU`` = legal-entity id (insi.md §9)."""
        cn = cn.lower() if etat == "mauvais_cn" else cn
        sujet = nom(cn, ou=structure_id, o=f"TEST {raison_sociale}")
        return self._emettre("logiciel", sujet, self.organisations, etat, cle, now)

    def professionnel(
        self,
        *,
        id_nat: str,
        nom_prenom: str,
        etat: Etat = "valide",
        cle: Algorithme = "rsa",
        now: datetime | None = None,
    ) -> Emis:
        """A card-like certificate: ``CN`` = PS_IdNat, ``OU`` = who it stands for."""
        cn = id_nat[::-1] if etat == "mauvais_cn" else id_nat
        sujet = nom(cn, ou=f"TEST {nom_prenom}")
        return self._emettre("professionnel", sujet, self.personnes, etat, cle, now)

    def serveur_de_test(
        self, *, cn: str, sans: Sequence[str] = (), etat: Etat = "valide", now: datetime | None = None
    ) -> Emis:
        """A server certificate of any state, to try a client (mssante.md: expired, revoked, wrong CN)."""
        hote = f"autre.{cn}" if etat == "mauvais_cn" else cn
        return self._emettre("serveur", nom(hote), self.organisations, etat, "ec", now, (hote, *sans), "serveur")

    def revoquer(self, serie: str, *, now: datetime | None = None) -> Fiche:
        """Put a certificate on the CRL; twice is once."""
        with self._verrou:
            fiches = self.registre()
            for rang, fiche in enumerate(fiches):
                if fiche.serie == serie.lower():
                    if fiche.revoque_le is None:
                        instant = (now or datetime.now(UTC)).isoformat(timespec="seconds")
                        fiches[rang] = Fiche(**{**asdict(fiche), "etat": "revoque", "revoque_le": instant})
                        self._noter(fiches)
                    return fiches[rang]
        raise Introuvable(
            f"no certificate with serial {serie}",
            f"aucun certificat de numéro {serie}",
            champ="serie",
            regle="BAC-PKI-02",
        )

    def renouveler_serveur(self, sans: Sequence[str], now: datetime) -> None:
        """Issue the server's own certificate again when it nears its end or does not cover these names."""
        if self._serveur_convient(sans, now):
            return
        cle = nouvelle_cle()
        certificat = self.organisations.delivrer(
            nom("TEST BAC A SANTE"),
            cle,
            usage="serveur",
            debut=now - timedelta(days=1),
            fin=now + DUREE_SERVEUR,
            sans=sans,
        )
        ecrire(self.serveur.cle, cle_pem(cle), prive=True)
        chaine = certificat.public_bytes(Encoding.PEM) + self.organisations.pem
        ecrire(self.serveur.certificat, chaine)

    def _serveur_convient(self, sans: Sequence[str], now: datetime) -> bool:
        try:
            certificat = x509.load_pem_x509_certificate(self.serveur.certificat.read_bytes())
            self.serveur.cle.stat()
            couverts = certificat.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except (OSError, ValueError, x509.ExtensionNotFound):
            return False
        frais = certificat.not_valid_before_utc <= now <= certificat.not_valid_after_utc - RENOUVELER_AVANT
        return frais and all(nom_alternatif(san) in couverts for san in sans)

    def _emettre(
        self,
        genre: Genre,
        sujet: x509.Name,
        autorite: Autorite,
        etat: Etat,
        algorithme: Algorithme,
        now: datetime | None,
        sans: Sequence[str] = (),
        usage: Usage = "client",
    ) -> Emis:
        instant = now or datetime.now(UTC)
        debut, fin = _dates(etat, instant)
        emetteur = self.etrangere if etat == "mauvais_emetteur" else autorite
        cle = nouvelle_cle(algorithme)
        certificat = emetteur.delivrer(
            sujet, cle, usage=usage, debut=debut, fin=fin, sans=sans, publication=self.publication
        )
        fiche = Fiche(
            serie=f"{certificat.serial_number:x}",
            genre=genre,
            sujet=certificat.subject.rfc4514_string(),
            etat=etat,
            debut=debut.isoformat(timespec="seconds"),
            fin=fin.isoformat(timespec="seconds"),
            revoque_le=instant.isoformat(timespec="seconds") if etat == "revoque" else None,
        )
        self._inscrire(fiche)
        pem = certificat.public_bytes(Encoding.PEM)
        return Emis(fiche, certificat, pem, cle_pem(cle), pem + emetteur.pem)

    def _inscrire(self, fiche: Fiche) -> None:
        with self._verrou:
            fiches = self.registre()
            if len(fiches) >= EMIS_MAX:
                raise Conflit(
                    f"{EMIS_MAX} certificates have been issued: delete the PKI folder to start again",
                    f"{EMIS_MAX} certificats ont été émis : supprimer le dossier de la PKI pour recommencer",
                    regle="BAC-PKI-03",
                )
            self._noter([*fiches, fiche])

    def _noter(self, fiches: Sequence[Fiche]) -> None:
        ecrire(self.dossier / "registre.json", json.dumps([asdict(f) for f in fiches], indent=1).encode())


def verifier_etat(etat: str) -> Etat:
    """The state as ours, or a refusal that lists them."""
    etats: tuple[Etat, ...] = ("valide", "expire", "pas_encore", "revoque", "mauvais_cn", "mauvais_emetteur")
    for connu in etats:
        if etat == connu:
            return connu
    raise Invalide(
        f"state {etat!r} is not one of {', '.join(etats)}",
        f"état {etat!r} inconnu : {', '.join(etats)}",
        champ="etat",
        regle="BAC-PKI-01",
    )


def _dates(etat: Etat, now: datetime) -> tuple[datetime, datetime]:
    if etat == "expire":
        return now - DUREE_FEUILLE, now - timedelta(days=1)
    if etat == "pas_encore":
        return now + timedelta(days=30), now + DUREE_FEUILLE
    return now - timedelta(days=1), now + DUREE_FEUILLE


def _charger(dossier: Path, quoi: str) -> Autorite:
    return Autorite.charger((dossier / f"{quoi}.pem").read_bytes(), (dossier / f"{quoi}.key").read_bytes())


def _creer(folder: Path, now: datetime) -> None:
    """Grow the authorities aside, then rename: two processes starting together end with one PKI."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    chantier = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        racine = Autorite.racine("TEST AC RACINE BAC A SANTE", now)
        autorites = {quoi: racine.intermediaire(cn, now) for quoi, cn in _AUTORITES.items()}
        autorites |= {"racine": racine, "etrangere": Autorite.racine("TEST AC ETRANGERE", now)}
        for quoi, autorite in autorites.items():
            ecrire(chantier / f"{quoi}.key", cle_pem(autorite.cle), prive=True)
            ecrire(chantier / f"{quoi}.pem", autorite.pem)
        ecrire(chantier / "pki.json", json.dumps({"creee_le": now.isoformat(), "version": 1}).encode())
        if folder.exists() and not (folder / "pki.json").exists():
            shutil.rmtree(folder)  # what a crash left before the first complete PKI
        with contextlib.suppress(OSError):  # somebody else was faster: theirs is as good
            os.rename(chantier, folder)
    finally:
        shutil.rmtree(chantier, ignore_errors=True)
