"""A mixed write load whose clients write down what was acknowledged, and the look at what a restart kept of it."""

import email.utils
import json
import smtplib
import ssl
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx

from bacasante.demo.documents import compte_rendu, lot_mhd
from services.apcv.seed import CODE_DEMO, appli_id
from shared.monde.patients import PATIENTS
from shared.monde.professionnels import PROFESSIONNELS
from tests.instance import attendre

OID = "1.2.250.1.213.1.4.8"
PATIENT = PATIENTS["blanc-valmont"]
CIP13 = "3400935955838"
MODELE = (Path(__file__).parents[2] / "docs/exemples/prescription.json").read_text(encoding="utf-8")
FHIR = {"Content-Type": "application/fhir+json"}
EP = "/eprescription/v1"
EMPREINTE = "3q2+7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#: What an exchange may get while the process it needs is being killed.
COUPURES = (httpx.HTTPError, OSError, smtplib.SMTPException)


class Refuse(Exception):
    """An answer that acknowledges nothing."""

    def __init__(self, reponse: httpx.Response) -> None:
        super().__init__(f"{reponse.request.method} {reponse.request.url}: {reponse.status_code} {reponse.text[:300]}")
        self.statut = reponse.status_code


@dataclass
class Releve:
    """By kind: what was tried, and what was acknowledged; ``defauts`` are answers a killed process does not excuse."""

    tentes: dict[str, set[str]] = field(default_factory=dict)
    acquis: dict[str, set[str]] = field(default_factory=dict)
    defauts: list[str] = field(default_factory=list)

    def tenter(self, genre: str, cle: str) -> None:
        self.tentes.setdefault(genre, set()).add(cle)

    def acquitter(self, genre: str, cle: str) -> None:
        self.acquis.setdefault(genre, set()).add(cle)


class Poste:
    """One HTTP client of the suite with its tokens, as a practice has."""

    def __init__(self, url: str, delai: float = 10) -> None:
        self.url = url
        self.client = httpx.Client(base_url=url, timeout=delai)
        self.jetons: dict[str, str] = {}

    def signer(self, *slugs: str) -> "Poste":
        for slug in slugs:
            self.jetons[slug] = self.appel("POST", f"/_bac/personas/{slug}/tokens", json={})["access_token"]
        return self

    def appel(self, methode: str, chemin: str, qui: str | None = None, **options: Any) -> Any:
        entetes = dict(options.pop("headers", {}))
        if qui:
            entetes["Authorization"] = f"Bearer {self.jetons[qui]}"
        reponse = self.client.request(methode, chemin, headers=entetes, **options)
        if reponse.status_code >= 300:
            raise Refuse(reponse)
        return reponse.json() if reponse.content else None

    def fermer(self) -> None:
        self.client.close()


# ── one act of each kind ────────────────────────────────────────────────────────────────────────────────────────────


def deposer(poste: Poste, releve: Releve) -> None:
    medecin, maintenant = PROFESSIONNELS["verdier-mg"], datetime.now(UTC)
    doc = compte_rendu(PATIENT, OID, medecin, maintenant)
    lot = lot_mhd(doc, PATIENT, OID, medecin, maintenant.isoformat(timespec="seconds"))
    releve.tenter("document", doc.unique_id)
    poste.appel("POST", "/fhir/dmp", "verdier-mg", json=lot, headers=FHIR)
    releve.acquitter("document", doc.unique_id)


def prescrire_et_delivrer(poste: Poste, releve: Releve) -> None:
    maintenant = datetime.now(UTC)
    numero = poste.appel("POST", f"{EP}/numeros", "verdier-mg")["numero"]
    corps = (
        MODELE.replace("NUMERO", numero)
        .replace("INSTANT", maintenant.isoformat(timespec="seconds"))
        .replace("JOUR", maintenant.date().isoformat())
    )
    releve.tenter("prescription", numero)
    poste.appel("POST", f"{EP}/prescriptions", "verdier-mg", json=json.loads(corps))
    releve.acquitter("prescription", numero)
    qr = poste.client.get(
        f"{EP}/prescriptions/{numero}/qr",
        params={"format": "texte"},
        headers={"Authorization": f"Bearer {poste.jetons['verdier-mg']}"},
    )
    if qr.status_code != 200:
        raise Refuse(qr)
    prise = poste.appel("POST", f"{EP}/prises-en-charge", "garnier-pharmacien", json={"qr": qr.text})
    ligne = {
        "rang": 1,
        "quantite": 1,
        "dureeCouverteJours": 2,
        "produitDelivre": {"cip13": CIP13, "lot": "BAC001", "peremption": "2099-12"},
    }
    releve.tenter("delivrance", numero)
    poste.appel(
        "POST",
        f"{EP}/executions",
        "garnier-pharmacien",
        json={"numero": numero, "date": maintenant.date().isoformat(), "lignes": [ligne], "cloturer": True},
        headers={"X-Prise-En-Charge": prise["jeton"], "Idempotency-Key": str(uuid.uuid4())},
    )
    releve.acquitter("delivrance", numero)


def ecrire_en_json(poste: Poste, releve: Releve) -> None:
    objet = f"JSON {uuid.uuid4().hex}"
    releve.tenter("message", objet)
    corps = {"a": [PATIENT.adresse_mss], "objet": objet, "texte": "Bonjour."}
    poste.appel("POST", "/mss/v1/messages", "verdier-mg", json=corps)
    releve.acquitter("message", objet)


def ecrire_en_smtp(poste: Poste, releve: Releve) -> None:
    ici = poste.appel("GET", "/_bac")
    racine = ssl.create_default_context(cadata=poste.client.get("/pki/ca.pem").text)
    boites = poste.appel("GET", "/mss/v1/boites", "verdier-mg")["boites"]
    boite = next(str(b["adresse"]) for b in boites if b["type"] == "PER")
    hote, _, port = ici["smtp"].rpartition(":")
    xoauth2 = f"user={boite}\x01auth=Bearer {poste.jetons['verdier-mg']}\x01\x01"
    message = EmailMessage()
    objet = f"SMTP {uuid.uuid4().hex}"
    message["From"], message["To"], message["Subject"] = boite, PATIENT.adresse_mss, objet
    message["Message-ID"] = email.utils.make_msgid(domain=boite.partition("@")[2])
    message["Date"] = email.utils.format_datetime(datetime.now(UTC))
    message.set_content("Bonjour.\n")
    with smtplib.SMTP(hote, int(port), timeout=10) as smtp:
        smtp.starttls(context=racine)
        smtp.auth("XOAUTH2", lambda defi=None: xoauth2 if defi is None else "")
        releve.tenter("message", objet)
        smtp.send_message(message)
        releve.acquitter("message", objet)


def signer_une_facture(poste: Poste, releve: Releve) -> None:
    jour = datetime.now(UTC).date().isoformat()
    appli = appli_id(PATIENT.slug)
    montree = poste.appel("POST", f"/apcv/phone/v1/applis/{appli}/presentations", json={"code": CODE_DEMO})
    lu = poste.appel("POST", "/apcv/v1/contextes", "verdier-mg", json={"donnees": montree["donnees"]})
    contexte = lu["contexteApCV"]["identifiant"]
    ligne = {"codeActe": "G", "libelle": f"Consultation {contexte}", "date": jour, "montant": 30, "partAMO": 21}
    facture = {
        "type": "FSE",
        "nirAssure": PATIENT.matricule_ins,
        "hashFSE": EMPREINTE,
        "resume": {"beneficiaire": PATIENT.matricule_ins, "prestations": [ligne]},
    }
    releve.tenter("facture", contexte)
    poste.appel("POST", f"/apcv/v1/contextes/{contexte}/signatures", "verdier-mg", json={"facture": facture})
    releve.acquitter("facture", contexte)


def enroler(poste: Poste, releve: Releve) -> None:
    client_id = f"kill-{uuid.uuid4().hex[:12]}"
    releve.tenter("client", client_id)
    poste.appel("POST", "/_bac/clients", json={"client_id": client_id, "redirect_uris": ["http://a.test/"]})
    releve.acquitter("client", client_id)


ACTES: tuple[Callable[[Poste, Releve], None], ...] = (
    deposer,
    prescrire_et_delivrer,
    ecrire_en_json,
    ecrire_en_smtp,
    signer_une_facture,
    enroler,
)


class Charge:
    """Each kind of act in a thread of its own, at most ``par_acte`` times, until :meth:`finir`."""

    def __init__(self, url: str, releve: Releve, *, par_acte: int = 4, actes: tuple[Any, ...] = ACTES) -> None:
        self.url = url
        self.releve = releve
        self.par_acte = par_acte
        self._fin = threading.Event()
        self.premier = threading.Event()
        signataire = Poste(url).signer("verdier-mg", "garnier-pharmacien")
        self._jetons = signataire.jetons
        signataire.fermer()
        self._fils = [threading.Thread(target=self._travailler, args=(acte,)) for acte in actes]
        for fil in self._fils:
            fil.start()

    def _travailler(self, acte: Callable[[Poste, Releve], None]) -> None:
        poste = Poste(self.url)
        poste.jetons = self._jetons
        try:
            for _ in range(self.par_acte):
                if self._fin.is_set():
                    return
                try:
                    acte(poste, self.releve)
                    self.premier.set()
                except COUPURES:
                    self._fin.wait(0.05)
                except Refuse as refus:
                    if refus.statut != 503:
                        self.releve.defauts.append(f"{acte.__name__}: {refus}")
                    self._fin.wait(0.05)
        except Exception as erreur:
            self.releve.defauts.append(f"{acte.__name__}: {erreur!r}")
        finally:
            poste.fermer()

    def finir(self) -> None:
        self._fin.set()
        for fil in self._fils:
            fil.join(30)
            assert not fil.is_alive(), "a client is stuck"


# ── what is there ───────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Constat:
    """How often each act of the load is seen on the wires that show it, effects of its events included."""

    vus: dict[str, Counter[str]]
    avis: Counter[str]
    morts: list[Any]


def constater(url: str, releve: Releve) -> Constat:
    attendre(url)
    poste = Poste(url, 60).signer("verdier-mg", "garnier-pharmacien", "blanc-valmont")
    try:
        morts = poste.appel("POST", "/_bac/settle?timeout=50")["dead_letters"]
        return Constat({genre: voir(poste, releve) for genre, voir in _VUES.items()}, _avis(poste), morts)
    finally:
        poste.fermer()


def _documents(poste: Poste, _releve: Releve) -> Counter[str]:
    trouves: Counter[str] = Counter()
    parametres = {"patient.identifier": f"urn:oid:{OID}|{PATIENT.matricule_ins}", "status": "current", "_count": "200"}
    suite: str | None = "/fhir/dmp/DocumentReference"
    while suite:
        lot = poste.appel("GET", suite, "verdier-mg", params=parametres)
        for entree in lot.get("entry", []):
            if (fiche := entree["resource"])["resourceType"] == "DocumentReference":
                trouves[fiche["masterIdentifier"]["value"].removeprefix("urn:oid:")] += 1
        suite = next((lien["url"] for lien in lot.get("link", []) if lien["relation"] == "next"), None)
        parametres = {}
    return trouves


def _prescriptions(poste: Poste, releve: Releve) -> Counter[str]:
    siennes = poste.appel("GET", f"{EP}/patient/prescriptions", "blanc-valmont")
    vues = Counter(str(p["numero"]) for p in siennes)
    return Counter({n: vues[n] for n in releve.tentes.get("prescription", ()) if vues[n]})


def _delivrances(poste: Poste, releve: Releve) -> Counter[str]:
    return Counter(
        {
            n: len(poste.appel("GET", f"{EP}/prescriptions/{n}/executions", "verdier-mg")["executions"])
            for n in releve.tentes.get("delivrance", ())
        }
    )


def _soins_delivres(poste: Poste, _releve: Releve) -> Counter[str]:
    soins = poste.appel("GET", "/mes/v1/soins", "blanc-valmont", params={"famille": "delivrance"})["soins"]
    return Counter(str(s.get("numero")) for s in soins)


def _messages(poste: Poste, _releve: Releve) -> Counter[str]:
    recus = poste.appel("GET", "/mss/v1/patient/messages", "blanc-valmont", params={"count": "200"})["messages"]
    return Counter(str(m["objet"]) for m in recus)


def _contextes(textes: list[Any], releve: Releve) -> Counter[str]:
    return Counter({c: sum(c in str(t) for t in textes) for c in releve.tentes.get("facture", ())})


def _recus(poste: Poste, releve: Releve) -> Counter[str]:
    return _contextes(poste.appel("GET", f"/apcv/phone/v1/applis/{appli_id(PATIENT.slug)}/recus")["recus"], releve)


def _soins_rembourses(poste: Poste, releve: Releve) -> Counter[str]:
    soins = poste.appel("GET", "/mes/v1/soins", "blanc-valmont", params={"famille": "remboursement"})["soins"]
    return _contextes(soins, releve)


def _clients(poste: Poste, _releve: Releve) -> Counter[str]:
    return Counter(str(c["client_id"]) for c in poste.appel("GET", "/_bac/clients")["clients"])


def _avis(poste: Poste) -> Counter[str]:
    """The private inbox of the patient, by motive: one notice a deposit, one a message."""
    motifs: Counter[str] = Counter()
    avant: dict[str, str] = {}
    while True:
        page = poste.appel("GET", f"/mss/v1/prive/{PATIENT.slug}", params={"count": "200", **avant})["messages"]
        motifs.update(str(m["motif"]) for m in page)
        if len(page) < 200:
            return motifs
        avant = {"avant": str(page[-1]["id"])}


_VUES: dict[str, Callable[[Poste, Releve], Counter[str]]] = {
    "document": _documents,
    "prescription": _prescriptions,
    "delivrance": _delivrances,
    "soin delivre": _soins_delivres,
    "message": _messages,
    "facture": _recus,
    "soin rembourse": _soins_rembourses,
    "client": _clients,
}
#: The view of an event's effect, and the kind of act whose commit emitted it.
EFFETS = {"soin delivre": "delivrance", "soin rembourse": "facture"}


def verifier(releve: Releve, avant: Constat, apres: Constat) -> None:
    """Acknowledged: once. Tried without an answer: once or not at all. Effects: exactly as often as their cause."""
    assert not releve.defauts, releve.defauts
    assert not apres.morts, apres.morts
    for genre, vus in apres.vus.items():
        cause = EFFETS.get(genre, genre)
        acquis = releve.acquis.get(cause, set())
        faux = {c: vus[c] for c in acquis if vus[c] != 1}
        assert not faux, f"{genre}: acknowledged, and not there once: {faux} of {len(acquis)}"
        doubles = {c: vus[c] for c in releve.tentes.get(cause, set()) if vus[c] > 1}
        assert not doubles, f"{genre}: there more than once: {doubles}"
        if genre != cause:
            causes = apres.vus[cause]
            ecarts = {c: (vus[c], causes[c]) for c in releve.tentes.get(cause, set()) if vus[c] != causes[c]}
            assert not ecarts, f"{genre}: not as often as {cause}: {ecarts}"
    for motif, genre in (("DOC_ADDED", "document"), ("MSS_MESSAGE_RECU", "message")):
        presents = sum(apres.vus[genre][c] for c in releve.tentes.get(genre, set()))
        assert apres.avis[motif] - avant.avis[motif] == presents, f"one notice {motif} for each {genre}"
