"""A bac as a test holds it: addresses, tokens, clock, faults, what the journal says. Talks HTTP and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import httpx

DELAI = 60.0


class _AvecEntetes(Protocol):
    @property
    def headers(self) -> Mapping[str, str]: ...


class Refuse(AssertionError):
    """The control API said no: its words are the message."""


def _lu(reponse: httpx.Response) -> Any:
    if reponse.status_code >= 400:
        raise Refuse(f"{reponse.request.method} {reponse.request.url}: {reponse.status_code} {reponse.text}")
    return reponse.json() if reponse.content else None


@dataclass(frozen=True)
class Horloge:
    """The time of one bac."""

    _client: httpx.Client

    def now(self) -> datetime:
        return datetime.fromisoformat(_lu(self._client.get("/_bac/clock"))["now"])

    def freeze(self, at: datetime | str | None = None) -> datetime:
        """Stop the clock, at a given instant (with its time zone) or now."""
        return self._regler("frozen", at)

    def shift(self, at: datetime | str) -> datetime:
        """Show that instant and go on at normal speed."""
        return self._regler("shifted", at)

    def real(self) -> datetime:
        return self._regler("real", None)

    def advance(self, **duree: float) -> datetime:
        """``advance(days=1, hours=2, minutes=3, seconds=4)``: what became due is done when this returns."""
        return self._instant(_lu(self._client.post("/_bac/clock/advance", json=duree)))

    def _regler(self, mode: str, at: datetime | str | None) -> datetime:
        corps = {"mode": mode}
        if at is not None:
            corps["at"] = at.isoformat() if isinstance(at, datetime) else at
        return self._instant(_lu(self._client.put("/_bac/clock", json=corps)))

    @staticmethod
    def _instant(vue: dict[str, Any]) -> datetime:
        return datetime.fromisoformat(vue["now"])


@dataclass
class Bac:
    """One isolated copy of the back-end. ``client`` is an :class:`httpx.Client` at its root."""

    name: str
    url: str
    issuer: str
    smtp: str | None
    imap: str | None
    client: httpx.Client = field(repr=False)
    controle: httpx.Client = field(repr=False)

    @classmethod
    def creer(cls, instance: str, nom: str, jeton: str | None = None, **comment: Any) -> "Bac":
        """Make a bac of that name in a running instance (``seed``, ``profile``, ``oid_mode``, ``reference``)."""
        entetes = {"Authorization": f"Bearer {jeton}"} if jeton else {}
        url = f"{instance.rstrip('/')}/bac/{nom}"
        with httpx.Client(timeout=DELAI, headers=entetes) as racine:
            _lu(racine.post(f"{instance.rstrip('/')}/_bac/bacs", json={"name": nom, **_json(comment)}))
        controle = httpx.Client(base_url=url, timeout=DELAI, headers=entetes)
        ici = _lu(controle.get("/_bac"))
        client = httpx.Client(base_url=url, timeout=DELAI)
        return cls(nom, ici["url"], ici["issuer"], ici["smtp"], ici["imap"], client, controle)

    def fermer(self, *, supprimer: bool = True) -> None:
        """Drop the bac (it may be gone already) and close the connections."""
        try:
            if supprimer:
                reponse = self.controle.delete(f"/_bac/bacs/{self.name}")
                if reponse.status_code != 404:
                    _lu(reponse)
        finally:
            self.client.close()
            self.controle.close()

    # ── who ─────────────────────────────────────────────────────────────────

    def token(self, persona: str = "verdier-mg", **ordre: Any) -> str:
        """An access token of a professional, by slug, national identifier or RPPS; lives 120 s on the bac's clock."""
        jeton: str = _lu(self.controle.post(f"/_bac/personas/{persona}/tokens", json=ordre))["access_token"]
        return jeton

    def patient_token(self, patient: str = "blanc-valmont", **ordre: Any) -> str:
        """An access token of a patient, by slug or matricule."""
        return self.token(patient, **ordre)

    # ── sandbox ─────────────────────────────────────────────────────────────

    @property
    def clock(self) -> Horloge:
        return Horloge(self.controle)

    def fault(self, name: str | None = None, *, times: int | None = None, **criteres: Any) -> dict[str, Any]:
        """Inject a published national error by name, or ``effect=``, ``service=``, ``path=``, ``latency_ms=`` …"""
        faute = {"name": name, "times": times, **criteres}
        pose: dict[str, Any] = _lu(
            self.controle.post("/_bac/faults", json={k: v for k, v in faute.items() if v is not None})
        )
        return pose

    def reset(self, **comment: Any) -> None:
        """Back to the seed; tokens from before stop working, the keys stay."""
        _lu(self.controle.post("/_bac/reset", json=_json(comment)))

    def settle(self, timeout: float = 15.0) -> list[dict[str, Any]]:
        """Wait until every event has had its effect; the dead letters, if any."""
        mortes: list[dict[str, Any]] = _lu(self.controle.post("/_bac/settle", params={"timeout": timeout}))[
            "dead_letters"
        ]
        return mortes

    # ── what happened ───────────────────────────────────────────────────────

    def journal(self, **filtres: Any) -> list[dict[str, Any]]:
        """Exchanges, newest first: ``service=``, ``verdict=``, ``rule=``, ``operation=``, ``path=``, ``caller=`` …"""
        entrees: list[dict[str, Any]] = _lu(self.controle.get("/_bac/journal", params=filtres))["entries"]
        return entrees

    def events(self, subject: str | None = None, *, after: str | None = None, wait: float = 0) -> list[dict[str, Any]]:
        """Events so far, oldest first; ``subject`` is a glob (``dmp.document.*``), ``after`` the id of an event already
        seen. When there is none yet, ``wait`` that many seconds (60 at most) for the first."""
        filtre = {n: v for n, v in (("subject", subject), ("after", after), ("wait", str(wait))) if v}
        evenements: list[dict[str, Any]] = _lu(self.controle.get("/_bac/events", params=filtre))["events"]
        return evenements

    def why(self, exchange: _AvecEntetes | str) -> dict[str, Any]:
        """The explanation of an exchange: of a response of any client with ``headers``, or of a journal id."""
        id = exchange if isinstance(exchange, str) else exchange.headers["Bac-Journal"]
        pourquoi: dict[str, Any] = _lu(self.controle.get(f"/_bac/why/{id}"))
        return pourquoi

    def refusals(self, **filtres: Any) -> list[dict[str, Any]]:
        """What was refused (injected faults apart), newest first."""
        return self.journal(**{"limit": 1000, **filtres, "verdict": "refuse"})

    def assert_refused(self, rule: str | None = None, **filtres: Any) -> dict[str, Any]:
        """Some exchange was refused, by that rule when one is named; its explanation."""
        trouves = self.refusals(**filtres, **({"rule": rule} if rule else {}))
        if not trouves:
            raise AssertionError(f"nothing was refused{f' by {rule}' if rule else ''}; {self.raconter()}")
        return self.why(str(trouves[0]["id"]))

    def assert_no_refusal(self, **filtres: Any) -> None:
        """Every exchange was accepted; else each refusal with its rule and its explanation."""
        if refus := self.refusals(**filtres):
            raise AssertionError(self._raconter(refus))

    def raconter(self) -> str:
        """The refusals of this bac as sentences, for the report of a failed test."""
        try:
            return self._raconter(self.refusals())
        except (httpx.HTTPError, RuntimeError, Refuse) as error:
            return f"bac {self.name} does not answer any more: {error!r}"

    def _raconter(self, refus: list[dict[str, Any]]) -> str:
        lignes = [f"bac {self.name}: {len(refus)} refusal(s)"]
        for entree in refus[:10]:
            pourquoi = self.why(str(entree["id"]))
            lignes.append(f"  {entree['method']} {entree['path']} → {entree['status']} {pourquoi['rule'] or ''}")
            lignes.append(f"    {pourquoi['explanation']['en']}")
            lignes.append(f"    {pourquoi['explanation']['fr']}")
            lignes.append(f"    {self.url}/console/journal/{entree['id']}")
        return "\n".join(lignes)


def _json(valeurs: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in valeurs.items() if v is not None}
