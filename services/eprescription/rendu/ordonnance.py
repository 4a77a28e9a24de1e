"""The printed ordonnance (e-prescription §7): selectable text, QR of 30 mm, the number under it, OUI or NON.

The same prescription gives the same bytes: no clock, no random id. Core fonts are used, so the file is PDF 1.3 and not
PDF/A, which would embed them.
"""

import unicodedata
from collections.abc import Sequence

from fpdf import FPDF

from services.eprescription.domain import numero as numeros
from services.eprescription.domain.codes import titre_document
from services.eprescription.domain.lignes import Ligne, LigneMed
from services.eprescription.domain.modele import Patient, Prescripteur, Prescription
from services.eprescription.domain.qr import Mode, contenu
from services.eprescription.domain.regles.medicaments import BIZONE, EXCEPTION, SECURISEE
from services.eprescription.domain.tables import par_code
from services.eprescription.rendu import code128, qr
from services.eprescription.rendu.textes import details, en_lettres, jour_fr, titre

MARGE = 15.0
COTE_QR = 30.0
TRANSMISSION = "Les données de cette prescription sont transmises par voie électronique à l'Assurance Maladie."
DONNEES = (
    "Le service ordonnance numérique de l'Assurance Maladie conserve ces données cinq ans. Vous pouvez exercer vos "
    "droits d'accès et de rectification auprès de votre caisse."
)


def texte_imprimable(texte: str) -> str:
    """What the core fonts can draw (Windows-1252): other letters lose their accents, the rest becomes ``?``."""
    propre = "".join(c for c in texte.replace("\t", " ") if c >= " " or c == "\n")
    sortie = []
    for c in propre:
        try:
            c.encode("windows-1252")
            sortie.append(c)
        except UnicodeEncodeError:
            nu = unicodedata.normalize("NFKD", c).encode("windows-1252", "ignore").decode("windows-1252")
            sortie.append(nu or "?")
    return "".join(sortie)


class _Page(FPDF):
    def __init__(self, p: Prescription, numero: str) -> None:
        super().__init__(format="A4")
        self.core_fonts_encoding = "windows-1252"
        self._p, self._numero = p, numero
        self.set_compression(False)
        self.set_margins(MARGE, MARGE)
        self.set_auto_page_break(True, margin=62)
        self.set_creation_date(p.date_redaction)
        self.set_title(texte_imprimable(f"Ordonnance {numero}"))
        self.set_producer("Bac à Santé")
        self.set_lang("fr-FR")
        self.alias_nb_pages()

    def ligne(
        self, texte: str, *, gras: bool = False, taille: float = 10, retrait: float = 0, align: str = "L"
    ) -> None:
        self.set_font("Helvetica", "B" if gras else "", taille)
        self.set_x(MARGE + retrait)
        self.multi_cell(0, taille * 0.45, texte_imprimable(texte), align=align, new_x="LMARGIN", new_y="NEXT")

    def barres(self, x: float, y: float, texte: str, legende: str) -> None:
        if not texte.isascii() or not texte.isprintable() or not 0 < len(texte) <= 14:
            return
        module = 0.33
        for debut, largeur in code128.barres(texte):
            self.rect(x + debut * module, y, largeur * module, 7, style="F")
        self.set_font("Helvetica", "", 7)
        self.text(x, y + 10, texte_imprimable(f"{legende} {texte}"))

    def footer(self) -> None:
        p = self._p
        self.set_y(-58)
        self._dessiner_qr(MARGE, self.h - 58)
        self.set_xy(MARGE + COTE_QR + 6, -57)
        self.set_left_margin(MARGE + COTE_QR + 6)
        self._pied(f"Consultation des données d'exécution par le prescripteur : {p.consultation_execution}", gras=True)
        self._pied(TRANSMISSION)
        self._pied(DONNEES)
        logiciel = p.logiciel
        nom = f"{logiciel.nom or ''} {logiciel.version or ''}".strip() if logiciel else ""
        self._pied(f"Page {self.page_no()}/{{nb}}" + (f" - {nom}" if nom else ""))
        self.set_left_margin(MARGE)

    def _pied(self, texte: str, *, gras: bool = False) -> None:
        self.set_font("Helvetica", "B" if gras else "", 8)
        self.multi_cell(0, 3.8, texte_imprimable(texte), new_x="LMARGIN", new_y="NEXT")

    def _dessiner_qr(self, x: float, y: float) -> None:
        grille = qr.modules(contenu(self._numero, self._p.date_de_redaction, self.mode_qr))
        cote = COTE_QR / (len(grille) - 2 * qr.QUIETUDE)
        for j, rangee in enumerate(grille[qr.QUIETUDE : -qr.QUIETUDE]):
            for i, sombre in enumerate(rangee[qr.QUIETUDE : -qr.QUIETUDE]):
                if sombre:
                    self.rect(x + i * cote, y + j * cote, cote, cote, style="F")
        self.set_font("Helvetica", "B", 9)
        self.text(x, y + COTE_QR + 5, numeros.grouper(self._numero))

    mode_qr: Mode = "compat"


def pdf(p: Prescription, numero: str, *, mode_qr: Mode = "compat", mention: str | None = None) -> bytes:
    """The ordonnance as PDF bytes; ``mention`` (ANNULÉE …) is printed across the head."""
    page = _Page(p, numero)
    page.mode_qr = mode_qr
    page.add_page()
    if mention:
        page.ligne(mention, gras=True, taille=16, align="C")
    _entete(page, p.prescripteur, p)
    _patient(page, p.patient, p)
    page.ln(3)
    page.ligne(titre_document(p.type).upper(), gras=True, taille=12, align="C")
    _mentions(page, p)
    page.ln(2)
    _corps(page, p)
    page.ln(6)
    page.ligne(f"Fait le {jour_fr(p.date_de_redaction)}", align="R")
    page.ligne(f"Signature : {p.prescripteur.prenom or ''} {p.prescripteur.nom or ''}", align="R")
    return bytes(page.output())


def _entete(page: _Page, d: Prescripteur, p: Prescription) -> None:
    y = page.get_y()
    page.barres(120, y, d.rpps or "", "RPPS")
    page.barres(120, y + 14, d.finess or d.am or "", "FINESS" if d.finess else "AM")
    page.ligne(f"{d.prenom or ''} {d.nom or ''}".strip(), gras=True, taille=13)
    qualite = par_code("professions_habilitations").get(d.profession or "", {}).get("profession", "")
    specialite = par_code("xds_author_specialty").get(f"{d.profession}/{d.specialite}", {}).get("display", "")
    for texte in (
        specialite or qualite,
        f"RPPS {d.rpps}" if d.rpps else "",
        f"FINESS {d.finess}" if d.finess else f"N° Assurance Maladie {d.am}" if d.am else "",
        d.structure or "",
        d.adresse or "",
        f"Tél. {d.telephone}" if d.telephone else "",
        d.mssante or "",
    ):
        if texte:
            page.ligne(texte, taille=9)
    if (r := p.prescripteur_remplace) is not None:
        page.ligne(f"Remplace {r.prenom or ''} {r.nom or ''} (RPPS {r.rpps or ''})", taille=9)
    page.ln(4)


def _patient(page: _Page, patient: Patient, p: Prescription) -> None:
    nom = patient.nom_utilise or patient.nom_naissance or ""
    page.ligne(f"{nom} {patient.prenoms or ''}", gras=True, taille=11, retrait=90)
    naissance = "-".join(reversed((patient.date_naissance or "").split("-"))).replace("-", "/")
    sexe = {"F": "Féminin", "M": "Masculin", "I": "Indéterminé"}.get(patient.sexe or "", "")
    page.ligne(f"Né(e) le {naissance} - Sexe : {sexe}", taille=9, retrait=90)
    if patient.nom_utilise and patient.nom_naissance and patient.nom_utilise != patient.nom_naissance:
        page.ligne(f"Nom de naissance : {patient.nom_naissance}", taille=9, retrait=90)
    if patient.matricule and not p.anonymat_ivg:
        page.ligne(f"INS {patient.matricule}", taille=9, retrait=90)
    if p.signes_vitaux:
        mesures = (("Poids", p.signes_vitaux.poids, "kg"), ("Taille", p.signes_vitaux.taille, "cm"))
        texte = " - ".join(f"{nom} : {valeur:g} {unite}" for nom, valeur, unite in mesures if valeur)
        page.ligne(texte, taille=9, retrait=90)


def _mentions(page: _Page, p: Prescription) -> None:
    if SECURISEE in p.sous_types:
        page.ligne("Ordonnance sécurisée", gras=True, align="C")
        page.ligne(
            f"Nombre de spécialités prescrites : {en_lettres(sum(isinstance(ligne, LigneMed) for ligne in p.lignes))}",
            align="C",
        )
    if EXCEPTION in p.sous_types:
        page.ligne("Médicaments d'exception", gras=True, align="C")
    if p.executant_designe:
        page.ligne(f"Pharmacien désigné : {p.executant_designe.nom or p.executant_designe.rpps or ''}", align="C")


def _corps(page: _Page, p: Prescription) -> None:
    if BIZONE not in p.sous_types:
        _lignes(page, p.lignes)
        return
    ald = [ligne for ligne in p.lignes if getattr(ligne, "ald", None) is True]
    autres = [ligne for ligne in p.lignes if getattr(ligne, "ald", None) is not True]
    zones = (
        ("Prescriptions relatives au traitement de l'affection de longue durée reconnue", ald),
        ("Prescriptions SANS RAPPORT avec l'affection de longue durée", autres),
    )
    for libelle, lignes in zones:
        page.ligne(libelle, gras=True, taille=9, align="C")
        page.line(MARGE, page.get_y() + 1, page.w - MARGE, page.get_y() + 1)
        page.ln(3)
        _lignes(page, lignes)


def _lignes(page: _Page, lignes: Sequence[Ligne]) -> None:
    for ligne in lignes:
        page.ligne(f"{ligne.rang}. {titre(ligne)}", gras=True, taille=11)
        for detail in details(ligne):
            page.ligne(detail, retrait=6)
        page.ln(2)


def mention_de(statut: str) -> str | None:
    return {"ANNULEE": "ORDONNANCE ANNULÉE", "ARRETEE": "ORDONNANCE ARRÊTÉE"}.get(statut)
