"""FHIR in: PDSm / MHD resources read into the values of the domain (dmp.md §4.1, §4.2).

What a rule judges (codes, dates, authors) is read leniently here and judged by ``domain.validation``; only what is not
the right JSON shape is refused at once.
"""

import base64
import binascii
import contextlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from services.dmp.domain.lot import Auteur, Entree, Ins, Lot
from shared.fhir.validation import Noeud

OID_PS: Final = "1.2.250.1.71.4.2.1"
OID_STRUCTURE: Final = "1.2.250.1.71.4.2.2"
PREFIXE_INS: Final = "1.2.250.1.213.1.4."
MHD: Final = "https://profiles.ihe.net/ITI/MHD/StructureDefinition/"
ARCHIVE: Final = "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-ext-is-archived"
_GENRES: Final = {"Patient": "patient", "Device": "dispositif", "Organization": "structure"}


def oid_de(valeur: str | None) -> str | None:
    """``urn:oid:1.2`` and ``1.2`` both give ``1.2``; ``urn:uuid:`` identifiers become ``2.25.…`` OIDs."""
    if valeur is None:
        return None
    if valeur.startswith("urn:uuid:"):
        try:
            return f"2.25.{int(valeur.removeprefix('urn:uuid:').replace('-', ''), 16)}"
        except ValueError:
            return None
    return valeur.removeprefix("urn:oid:")


def lire_document_reference(r: Noeud, ref: str, contenu: bytes | None) -> Entree:
    """One DocumentReference and the bytes its attachment designates (``None`` when the message has none)."""
    contenus = r.liste("content")
    attachement = contenus[0].objet_facultatif("attachment") if contenus else None
    piece = attachement or Noeud({}, f"{r.chemin}.content[0].attachment")
    contexte = r.objet_facultatif("context") or Noeud({}, f"{r.chemin}.context")
    periode = contexte.objet_facultatif("period") or Noeud({}, f"{contexte.chemin}.period")
    illisibles: list[str] = []
    creation = _instant(piece, "creation", "content.attachment.creation", illisibles)
    date = _instant(r, "date", "date", illisibles)
    return Entree(
        ref=ref,
        unique_id=_unique_id(r),
        titre=piece.texte_facultatif("title"),
        type_code=_code(r, "type"),
        classe=_code_liste(r, "category"),
        format=_coding(contenus[0].valeur.get("format")) if contenus else None,
        confidentialites=_labels(r),
        etablissement=_code(contexte, "facilityType"),
        cadre=_code(contexte, "practiceSetting"),
        auteurs=tuple(
            _avec_structure(a, r)
            for reference in r.liste("author")
            if (a := lire_auteur(r, reference.valeur)) is not None
        ),
        validateur=lire_auteur(r, r.valeur.get("authenticator")),
        creation=creation or date,
        debut=_instant(periode, "start", "context.period.start", illisibles),
        fin=_instant(periode, "end", "context.period.end", illisibles),
        langue=piece.texte_facultatif("language"),
        mime=piece.texte_facultatif("contentType"),
        hash_sha1=_sha1(piece.texte_facultatif("hash")),
        taille=piece.entier_facultatif("size", minimum=0),
        patient=lire_ins(r, r.valeur.get("subject")),
        commentaires=r.texte_facultatif("description"),
        evenements=tuple(_codes(contexte.valeur.get("event"))),
        references=tuple(
            str(v)
            for reference in contexte.liste("related")
            if isinstance(i := reference.valeur.get("identifier"), dict) and (v := i.get("value"))
        ),
        remplace=tuple(
            cible
            for relation in r.liste("relatesTo")
            if relation.valeur.get("code") == "replaces" and (cible := _cible(relation.objet("target"))) is not None
        ),
        archive=any(
            e.valeur.get("url") == ARCHIVE and _vrai(e.valeur.get("valueBoolean")) for e in r.liste("extension")
        ),
        contenu=contenu,
        dates_invalides=tuple(illisibles),
    )


def lire_liste(r: Noeud, entrees: tuple[Entree, ...], orphelins: tuple[str, ...]) -> Lot:
    """The List of an ITI-65 bundle: the submission set."""
    extensions = {str(e.valeur.get("url")): e for e in r.liste("extension")}
    source = extensions.get(f"{MHD}ihe-sourceId")
    designation = extensions.get(f"{MHD}ihe-designationType")
    source_id = source.objet_facultatif("valueIdentifier") if source else None
    illisibles: list[str] = []
    date = _instant(r, "date", "date", illisibles)
    manques = [
        (f"PDSm-LIST-{nom}", f"List.{nom}")
        for nom, present in (
            ("sourceId", source_id is not None),
            ("designationType", designation is not None),
            ("date", date is not None),
            ("source", r.present("source")),
            ("mode", r.present("mode")),
        )
        if not present
    ]
    return Lot(
        unique_id=_identifiant_lot(r),
        source_id=oid_de(source_id.texte_facultatif("value")) if source_id else None,
        contenu=_code(designation, "valueCodeableConcept") if designation else None,
        titre=r.texte_facultatif("title"),
        date=date,
        patient=lire_ins(r, r.valeur.get("subject")),
        auteur=lire_auteur(r, r.valeur.get("source")),
        entrees=entrees,
        orphelins=orphelins,
        commentaires=next((n.texte_facultatif("text") for n in r.liste("note")), None),
        manques=tuple(manques),
    )


def lire_ins(r: Noeud, reference: Any) -> Ins | None:
    """The INS a ``subject`` designates: by its identifier, or by a contained Patient."""
    if not isinstance(reference, Mapping):
        return None
    identifiants = [reference.get("identifier")]
    if (contenue := _contenue(r, reference.get("reference"))) is not None:
        identifiants = list(contenue.get("identifier") or [])
    for identifiant in identifiants:
        if isinstance(identifiant, Mapping):
            oid = oid_de(str(identifiant.get("system", ""))) or ""
            valeur = str(identifiant.get("value", "")).strip()
            if oid.startswith(PREFIXE_INS) and valeur:
                return Ins(valeur, oid)
    return None


def lire_auteur(r: Noeud, reference: Any) -> Auteur | None:
    """An author or authenticator: contained PractitionerRole, Practitioner, Organization, Device or Patient."""
    if not isinstance(reference, Mapping):
        return None
    contenue = _contenue(r, reference.get("reference"))
    if contenue is None:
        identifiant = _valeur_identifiant(reference.get("identifier"), OID_PS)
        return Auteur(id_nat=identifiant, nom=_texte(reference.get("display"))) if identifiant else None
    genre = contenue.get("resourceType")
    if genre == "PractitionerRole":
        praticien = _element(r, contenue.get("practitioner"))
        organisation = _element(r, contenue.get("organization"))
        nom, prenom = _nom(praticien)
        return Auteur(
            id_nat=_valeur_identifiant(praticien.get("identifier"), OID_PS),
            nom=nom or _texte(_dict(contenue.get("practitioner")).get("display")),
            prenom=prenom,
            structure_id=_valeur_identifiant(organisation.get("identifier"), OID_STRUCTURE),
            structure_nom=_texte(organisation.get("name")),
            specialite=next(iter(_codes(contenue.get("specialty"))), None),
            role=next(iter(_codes(contenue.get("code"))), None),
        )
    nom, prenom = _nom(contenue)
    return Auteur(
        type=_GENRES.get(str(genre), "ps"),
        id_nat=_valeur_identifiant(contenue.get("identifier"), OID_PS if genre == "Practitioner" else None),
        nom=nom or _texte(contenue.get("name")),
        prenom=prenom,
        structure_id=_valeur_identifiant(contenue.get("identifier"), OID_STRUCTURE)
        if genre == "Organization"
        else None,
    )


def lire_binaire(r: Noeud) -> bytes:
    """The bytes of a Binary resource."""
    texte = r.texte_facultatif("data") or ""
    try:
        with contextlib.suppress(binascii.Error):
            return binascii.a2b_base64(texte, strict_mode=True)
        return binascii.a2b_base64("".join(texte.split()), strict_mode=True)
    except (binascii.Error, ValueError):
        raise r.refuser("data", "data is not base64", "data n'est pas du base64", regle="MD-05") from None


def donnees_en_ligne(r: Noeud) -> bytes | None:
    """``attachment.data`` of a DocumentReference fed alone (ITI-105)."""
    contenus = r.liste("content")
    piece = contenus[0].objet_facultatif("attachment") if contenus else None
    return lire_binaire(piece) if piece is not None and piece.present("data") else None


def url_piece(r: Noeud) -> str | None:
    contenus = r.liste("content")
    piece = contenus[0].objet_facultatif("attachment") if contenus else None
    return piece.texte_facultatif("url") if piece is not None else None


def _avec_structure(auteur: Auteur, r: Noeud) -> Auteur:
    """A professional without an organisation exercises where the document is kept (custodian, PDSm 1..1)."""
    if auteur.type != "ps" or auteur.structure_id is not None:
        return auteur
    depositaire = _element(r, r.valeur.get("custodian"))
    return replace(auteur, structure_id=_valeur_identifiant(depositaire.get("identifier"), OID_STRUCTURE))


# ── small readers ───────────────────────────────────────────────────────────────────────────────────────────────────


def _dict(valeur: Any) -> Mapping[str, Any]:
    return valeur if isinstance(valeur, Mapping) else {}


def _texte(valeur: Any) -> str | None:
    return valeur.strip() or None if isinstance(valeur, str) else None


def _vrai(valeur: Any) -> bool:
    return valeur is True or valeur == "true"


def _contenue(r: Noeud, reference: Any) -> Mapping[str, Any] | None:
    if not isinstance(reference, str) or not reference.startswith("#"):
        return None
    return next((c.valeur for c in r.liste("contained") if c.valeur.get("id") == reference[1:]), None)


def _element(r: Noeud, reference: Any) -> Mapping[str, Any]:
    """A reference inside a contained resource: another contained one, or the logical reference itself."""
    brut = _dict(reference)
    return _contenue(r, brut.get("reference")) or brut


def _valeur_identifiant(brut: Any, oid: str | None) -> str | None:
    identifiants = brut if isinstance(brut, list) else [brut]
    lus = [i for i in identifiants if isinstance(i, Mapping) and i.get("value")]
    for identifiant in lus:
        if oid is None or oid_de(str(identifiant.get("system", ""))) == oid:
            return str(identifiant["value"]).strip()
    return None


def _nom(ressource: Mapping[str, Any]) -> tuple[str | None, str | None]:
    noms = ressource.get("name")
    premier = noms[0] if isinstance(noms, list) and noms and isinstance(noms[0], Mapping) else {}
    prenoms = premier.get("given")
    prenom = " ".join(str(p) for p in prenoms) if isinstance(prenoms, list) else None
    return _texte(premier.get("family")) or _texte(premier.get("text")), prenom or None


def _coding(brut: Any) -> str | None:
    return _texte(_dict(brut).get("code"))


def _codes(brut: Any) -> list[str]:
    """Codes of a list of CodeableConcept."""
    concepts = brut if isinstance(brut, list) else []
    return [
        code
        for concept in concepts
        for coding in _dict(concept).get("coding") or []
        if (code := _coding(coding)) is not None
    ]


def _code(r: Noeud, nom: str) -> str | None:
    trouve = r.premier_coding(nom)
    return trouve[1] if trouve else None


def _code_liste(r: Noeud, nom: str) -> str | None:
    return next(iter(_codes(r.valeur.get(nom))), None)


def _labels(r: Noeud) -> tuple[str, ...]:
    return tuple(_codes(r.valeur.get("securityLabel")))


def _unique_id(r: Noeud) -> str | None:
    maitre = r.objet_facultatif("masterIdentifier")
    return oid_de(maitre.texte_facultatif("value")) if maitre else None


def _identifiant_lot(r: Noeud) -> str | None:
    identifiants = r.liste("identifier")
    for usage in ("usual", None):
        for i in identifiants:
            if usage is None or i.valeur.get("use") == usage:
                return oid_de(i.texte_facultatif("value"))
    return None


def _cible(reference: Noeud) -> str | None:
    if (lien := reference.texte_facultatif("reference")) is not None:
        return oid_de(lien) if lien.startswith("urn:oid:") else lien.rstrip("/").rsplit("/", 1)[-1]
    return oid_de(_valeur_identifiant(reference.valeur.get("identifier"), None))


def _instant(r: Noeud, nom: str, chemin: str, illisibles: list[str]) -> datetime | None:
    texte = r.texte_facultatif(nom)
    if texte is None:
        return None
    try:
        lu = datetime.fromisoformat({4: f"{texte}-01-01", 7: f"{texte}-01"}.get(len(texte), texte))
    except ValueError:
        illisibles.append(chemin)
        return None
    return lu if lu.tzinfo else lu.replace(tzinfo=UTC)


def _sha1(texte: str | None) -> str | None:
    """``attachment.hash`` is the base64 of the SHA-1; hexadecimal (as on the SOAP road) is read too."""
    if texte is None:
        return None
    if len(texte) == 40:
        return texte.lower()
    try:
        return base64.b64decode(texte, validate=True).hex()
    except (binascii.Error, ValueError):
        return texte
