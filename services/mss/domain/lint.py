"""Conformity of a message sent by a practice software: rules L01 to L22.

``mssante.md`` §3 (R2 ECO.2.*, Ségur MSS/*). A real operator accepts most of what breaks these rules, so the table is a
side channel; in profile ``homologation`` an E rule refuses.
"""

import csv
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib import resources
from typing import Literal, TypeAlias

from services.mss.domain.adresses import DOMAINE_PATIENT, TypeBal
from services.mss.domain.mes import LIMITE_MES
from services.mss.domain.mime import Partie
from services.mss.domain.reception import Courrier

Gravite: TypeAlias = Literal["E", "W"]
PREFIXE_XDM = "XDM/1.0/DDM+"


@dataclass(frozen=True, slots=True)
class ContenuXdm:
    """What the lint needs to know of an ``IHE_XDM.ZIP``: codes, titles and patient of its documents."""

    lisible: bool
    codes: tuple[str, ...] = ()
    titres: tuple[str, ...] = ()
    patient_ids: tuple[str, ...] = ()
    remplacement: bool = False
    constats: "tuple[Constat, ...]" = ()


@dataclass(frozen=True, slots=True)
class Envoi:
    """A message as its operator sees it: envelope, sender mailbox, content."""

    courrier: Courrier
    racine: Partie
    boite: str
    type_bal: TypeBal
    destinataires: tuple[str, ...]
    taille: int
    limite_operateur: int
    message_id_deja_vu: bool = False
    xdm: ContenuXdm | None = None
    patients_opposes: frozenset[str] = frozenset()

    @property
    def patients(self) -> tuple[str, ...]:
        return tuple(d for d in self.destinataires if d.endswith(f"@{DOMAINE_PATIENT}"))


@dataclass(frozen=True, slots=True)
class Constat:
    """One rule broken; ``regle`` is the lint id, ``exigence`` the published requirement behind it."""

    regle: str
    gravite: Gravite
    fr: str
    en: str
    exigence: str | None = None
    details: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Regle:
    id: str
    gravite: Gravite
    exigence: str | None
    est_rompue: Callable[[Envoi], bool]
    fr: str
    en: str


def examiner(envoi: Envoi) -> list[Constat]:
    """Every rule the message breaks, in the order of the table, then the reader checks of its XDM archive."""
    rompues = [Constat(r.id, r.gravite, r.fr, r.en, r.exigence) for r in REGLES if r.est_rompue(envoi)]
    return [*rompues, *(envoi.xdm.constats if envoi.xdm else ())]


def refusantes(constats: Iterable[Constat]) -> list[Constat]:
    return [constat for constat in constats if constat.gravite == "E"]


_ID = re.compile(r"<[^<>\s@]+@[^<>\s@]+>")
_SUJET_XDM = re.compile(
    r"XDM/1\.0/DDM\+(?P<libelle>.+?) (?P<nom>[A-Z][A-Z'’ -]*) (?P<prenom>[A-Z][A-Za-z'’-]*)"
    r"(?: (?P<date>\d{2}/\d{2}/\d{4}))?"
)
_NOM_PDF = re.compile(r"\d{8}_[^_]+_[^_]+_[^_.]+(?:_[^_.]+)?\.pdf", re.I)


def _message_id(envoi: Envoi) -> bool:
    valeurs = envoi.racine.tous("message-id")
    return len(valeurs) != 1 or not _ID.fullmatch(valeurs[0]) or envoi.message_id_deja_vu


def _reponse_sans_fil(envoi: Envoi) -> bool:
    repond = bool(re.match(r"(?i)\s*re\s*:", envoi.courrier.objet)) or envoi.courrier.en_reponse_a is not None
    return repond and not (envoi.courrier.en_reponse_a and envoi.courrier.references)


def _texte_non_utf8(envoi: Envoi) -> bool:
    return any(
        p.type_mime.startswith("text/")
        and p.nom_fichier is None
        and p.parametres.get("charset", "us-ascii").lower() not in {"utf-8", "us-ascii"}
        for p in envoi.racine.feuilles()
    )


def _corps_inattendu(envoi: Envoi) -> bool:
    corps = envoi.racine
    while corps.type_mime in {"multipart/mixed", "multipart/signed", "multipart/related"} and corps.enfants:
        corps = corps.enfants[0]
    return corps.type_mime not in {"text/plain", "multipart/alternative", "multipart/report"}


def _libelle_from(envoi: Envoi) -> bool:
    libelle = envoi.courrier.libelle
    if envoi.type_bal in {TypeBal.ORG, TypeBal.APP}:
        return not libelle
    parties = libelle.split("_")
    # <Titre>_<Prenom>_<NOM>_<Entite>: title and entity may be left out, the surname is upper case.
    return not any(p and p == p.upper() and any(c.isalpha() for c in p) for p in parties[1:])


def _from_etranger(envoi: Envoi) -> bool:
    return envoi.courrier.expediteur != envoi.boite


def _a_un_xdm(envoi: Envoi) -> bool:
    return any(p.nom.upper() == "IHE_XDM.ZIP" for p in envoi.courrier.pieces)


def _codes_cda(envoi: Envoi) -> bool:
    declares = {c.strip() for c in envoi.courrier.entetes_mss.get("x-mss-codecda", "").split(",") if c.strip()}
    if envoi.xdm is None or not envoi.xdm.lisible:
        return bool(declares) and not _a_un_xdm(envoi)
    return declares != set(envoi.xdm.codes)


def _ins_declaree(envoi: Envoi) -> bool:
    declare = envoi.courrier.entetes_mss.get("x-mss-ins")
    return declare not in {"O", "N"} if _a_un_xdm(envoi) else declare is not None


def _fin_hors_patient(envoi: Envoi) -> bool:
    return "x-mss-mes" in envoi.courrier.entetes_mss and len(envoi.patients) != len(envoi.destinataires)


def _sujet_xdm(envoi: Envoi) -> bool:
    return _a_un_xdm(envoi) and not _SUJET_XDM.fullmatch(envoi.courrier.objet)


def _libelle_xdm(envoi: Envoi) -> bool:
    if not (envoi.xdm and envoi.xdm.lisible and (sujet := _SUJET_XDM.fullmatch(envoi.courrier.objet))):
        return False
    libelle = sujet["libelle"]
    if len(envoi.xdm.codes) > 1:
        return libelle != f"{len(envoi.xdm.codes)} documents"
    attendus = {_neutre(titre[:40]) for titre in envoi.xdm.titres}
    return bool(attendus) and _neutre(libelle) not in attendus


def _identite_xdm(envoi: Envoi) -> bool:
    if not _a_un_xdm(envoi) or not envoi.courrier.objet.startswith(PREFIXE_XDM):
        return False
    fin = re.sub(r" \d{2}/\d{2}/\d{4}$", "", envoi.courrier.objet)
    mots = fin.split(" ")[-2:]
    return len(mots) < 2 or mots[0] != mots[0].upper() or any(_sans_accent(m) != m for m in mots)


def _pdf_par_cda(envoi: Envoi) -> bool:
    if envoi.xdm is None or not envoi.xdm.lisible:
        return False
    pdf = [p for p in envoi.courrier.pieces if p.type_mime == "application/pdf" or p.nom.lower().endswith(".pdf")]
    return len(pdf) < len(envoi.xdm.codes)


def _nom_pdf(envoi: Envoi) -> bool:
    if not _a_un_xdm(envoi):
        return False
    return any(p.nom.lower().endswith(".pdf") and not _NOM_PDF.fullmatch(p.nom) for p in envoi.courrier.pieces)


def _xdm_illisible(envoi: Envoi) -> bool:
    return _a_un_xdm(envoi) and (envoi.xdm is None or not envoi.xdm.lisible)


def _un_seul_patient(envoi: Envoi) -> bool:
    patients = {adresse.partition("@")[0].upper() for adresse in envoi.patients}
    du_xdm = {p.partition("^")[0].upper() for p in envoi.xdm.patient_ids} if envoi.xdm else set()
    return len(patients) > 1 or len(du_xdm) > 1 or bool(patients and du_xdm and patients != du_xdm)


def _remplacement_tu(envoi: Envoi) -> bool:
    annonce = "annule et remplace" in envoi.courrier.objet.lower()
    return bool(envoi.xdm and envoi.xdm.remplacement and not annonce)


def _oppose(envoi: Envoi) -> bool:
    return any(adresse.partition("@")[0].upper() in envoi.patients_opposes for adresse in envoi.patients)


def _trop_gros(envoi: Envoi) -> bool:
    return envoi.taille > envoi.limite_operateur or bool(envoi.patients and envoi.taille > LIMITE_MES)


def _sans_accent(texte: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", texte) if not unicodedata.combining(c))


def _neutre(texte: str) -> str:
    """Labels are compared without case, accents or the kind of apostrophe (official samples vary)."""
    return _sans_accent(texte).lower().replace("’", "'").strip()


_ROMPUES: dict[str, Callable[[Envoi], bool]] = {
    "L01": _message_id,
    "L02": _reponse_sans_fil,
    "L03": _texte_non_utf8,
    "L04": _corps_inattendu,
    "L05": _libelle_from,
    "L06": _from_etranger,
    "L07": lambda e: e.type_bal is TypeBal.APP and e.courrier.reponse_a is None,
    "L08": lambda e: not e.courrier.entetes_mss.get("x-mss-nil"),
    "L09": _codes_cda,
    "L10": _ins_declaree,
    "L11": _fin_hors_patient,
    "L12": _sujet_xdm,
    "L13": _libelle_xdm,
    "L14": _identite_xdm,
    "L15": _pdf_par_cda,
    "L17": _nom_pdf,
    "L18": _xdm_illisible,
    "L19": _un_seul_patient,
    "L20": _remplacement_tu,
    "L21": _oppose,
    "L22": _trop_gros,
}


def _table() -> tuple[Regle, ...]:
    """The wording of ``lint.csv`` (from ``mssante.md`` §3) beside the predicate of each rule."""
    texte = resources.files(__package__).joinpath("lint.csv").read_text("utf-8")
    return tuple(
        Regle(
            ligne["id"],
            "E" if ligne["gravite"] == "E" else "W",
            ligne["exigence"] or None,
            est_rompue,
            ligne["fr"],
            ligne["en"],
        )
        for ligne in csv.DictReader(texte.splitlines())
        if (est_rompue := _ROMPUES.get(ligne["id"]))
    )


REGLES = _table()
