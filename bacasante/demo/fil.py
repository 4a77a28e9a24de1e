"""HTTP as a stranger's software would use it: every exchange is told to the account of the step."""

import re
import ssl
from collections.abc import Mapping
from typing import Any

import httpx

from bacasante.demo.modele import Echange, PromesseRompue, Recit

_DELAI = httpx.Timeout(30.0, connect=5.0)
_COURT = 110


class Reponse:
    """An answer, with access to JSON members that says what is missing."""

    def __init__(self, brute: httpx.Response, voie: str) -> None:
        self.brute = brute
        self.voie = voie

    @property
    def status(self) -> int:
        return self.brute.status_code

    @property
    def octets(self) -> bytes:
        return self.brute.content

    @property
    def texte(self) -> str:
        return self.brute.text

    def json(self) -> Any:
        try:
            return self.brute.json()
        except ValueError:
            raise PromesseRompue("the answer is JSON", voie=self.voie, recu=self.brute.text[:_COURT]) from None

    def __getitem__(self, nom: str) -> Any:
        valeur = self.json()
        if not isinstance(valeur, dict) or nom not in valeur:
            raise PromesseRompue(f"the answer carries {nom}", voie=self.voie, recu=self.brute.text[:_COURT])
        return valeur[nom]


class Fil:
    """The HTTP wire of one bac. ``recit`` is the account currently written."""

    def __init__(self, base: str, *, ca: str | None = None) -> None:
        self.base = base.rstrip("/")
        self.ca = ca
        self.verify: ssl.SSLContext | bool = ssl.create_default_context(cafile=ca) if ca else True
        self.client = httpx.Client(
            timeout=_DELAI, verify=self.verify, follow_redirects=False, headers={"User-Agent": "bacasante-demo"}
        )
        self.recit: Recit | None = None

    def confier(self, session: Any) -> None:
        """Give a session of ``requests`` the same trust; its environment would otherwise win over ``verify``."""
        if self.ca:
            session.verify, session.trust_env = self.ca, False

    def close(self) -> None:
        self.client.close()

    def appeler(
        self,
        methode: str,
        chemin: str,
        *,
        jeton: str | None = None,
        qui: str | None = None,
        voie: str = "REST",
        attendu: tuple[int, ...] = (200, 201, 202, 204),
        muet: bool = False,
        entetes: Mapping[str, str] | None = None,
        **options: Any,
    ) -> Reponse:
        """One request; a status outside ``attendu`` is a broken promise that names rule and explanation."""
        tous = dict(entetes or {})
        if jeton:
            tous["Authorization"] = f"Bearer {jeton}"
        url = chemin if "://" in chemin else self.base + chemin
        try:
            brute = self.client.request(methode, url, headers=tous, **options)
        except httpx.HTTPError as erreur:
            raise PromesseRompue(
                f"{methode} {_court(url)} is answered", voie=voie, recu=f"{type(erreur).__name__}: {erreur}"
            ) from erreur
        journal = brute.headers.get("bac-journal")
        if self.recit is not None and not muet:
            self.recit.echange(
                Echange(voie, f"{methode} {_court(url.removeprefix(self.base))}", resumer(brute), qui, journal)
            )
        if brute.status_code not in attendu:
            raise PromesseRompue(
                f"{methode} {_court(url.removeprefix(self.base))} answers {' or '.join(map(str, attendu))}",
                voie=voie,
                attendu=attendu[0] if len(attendu) == 1 else list(attendu),
                recu=f"{brute.status_code} {motif(brute)}",
                pourquoi=f"{self.base}/_bac/why/{journal}" if journal else None,
            )
        return Reponse(brute, voie)

    def get(self, chemin: str, **options: Any) -> Reponse:
        return self.appeler("GET", chemin, **options)

    def post(self, chemin: str, **options: Any) -> Reponse:
        return self.appeler("POST", chemin, **options)


def resumer(reponse: httpx.Response) -> str:
    """Status and what a reader would look at first."""
    if reponse.is_redirect:
        adresse = re.sub(r"(code|state)=[^&]+", r"\g<1>=…", reponse.headers["location"])
        return f"{reponse.status_code} → {_court(adresse)}"
    genre = reponse.headers.get("content-type", "").partition(";")[0]
    if reponse.status_code >= 400:
        return f"{reponse.status_code} {motif(reponse)}"
    return f"{reponse.status_code} {genre} {len(reponse.content)} B".strip()


def motif(reponse: httpx.Response) -> str:
    """The rule and the sentence of a refusal, whatever its dialect."""
    try:
        corps = reponse.json()
    except ValueError:
        regle = re.search(r'id="([^"]+)"', reponse.text)
        texte = re.search(r'xml:lang="en">([^<]+)<', reponse.text)
        return _court(" ".join(m[1] for m in (regle, texte) if m) or reponse.text)
    if not isinstance(corps, dict):
        return _court(reponse.text)
    if issues := corps.get("issue"):
        codes = [c.get("code", "") for c in issues[0].get("details", {}).get("coding", [])]
        return _court(f"{' '.join(codes)} {issues[0].get('diagnostics', '')}".strip())
    morceaux = [corps.get(nom) for nom in ("regle", "error", "detail", "error_description")]
    return _court(" ".join(str(m) for m in morceaux if m) or reponse.text)


def _court(texte: str) -> str:
    plat = " ".join(texte.split())
    return plat if len(plat) <= _COURT else plat[: _COURT - 1] + "…"
