"""IHE XDM attachments (``IHE_XDM.ZIP``): the reader checks X01 to X15 (mssante.md §5.5).

Archives are hostile until read: entries, unpacked size and ratio are bounded, no path leaves the archive, XML is read
by the hardened parser.
"""

import hashlib
import io
import re
import zipfile
import zlib
from dataclasses import dataclass, field

from lxml import etree

from services.mss.domain.lint import Constat, ContenuXdm, Gravite
from shared.errors import DomainError
from shared.soap.xml import analyser

ENTREES_MAX = 200
DEPLIE_MAX = 60 * 1024 * 1024
RIM = "{urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0}"
CDA = "{urn:hl7-org:v3}"
_PATIENT_ID = "urn:uuid:58a6f841-87b3-4a3e-92fd-a8ffeff98427"
_UNIQUE_ID = "urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab"
_TYPE_CODE = "urn:uuid:f0306f51-975f-434e-a61c-c59651d33983"
_MEMBRE = "urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember"
_CX = re.compile(r"[0-9AB]{15}\^\^\^&(1\.2\.250\.1\.213\.1\.4\.(?:8|9|10|11))&ISO\^NH")
_NOM_8_3 = re.compile(r"[A-Z0-9_]{1,8}(?:\.[A-Z0-9_]{1,3})?")


@dataclass
class _Lecture:
    fichiers: dict[str, bytes] = field(default_factory=dict)
    constats: list[Constat] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    titres: list[str] = field(default_factory=list)
    patients: list[str] = field(default_factory=list)
    remplacement: bool = False

    def dire(self, regle: str, fr: str, en: str, gravite: Gravite = "E") -> None:
        self.constats.append(Constat(regle, gravite, fr, en))

    def rendre(self, *, lisible: bool) -> ContenuXdm:
        return ContenuXdm(
            lisible,
            tuple(self.codes),
            tuple(self.titres),
            tuple(self.patients),
            self.remplacement,
            tuple(self.constats),
        )


def lire_archive(octets: bytes) -> ContenuXdm:
    """Read an archive whatever it holds; what is wrong with it is told by constats, never by an exception."""
    lecture = _Lecture()
    if not _deplier(octets, lecture):
        return lecture.rendre(lisible=False)
    metadonnees = [nom for nom in lecture.fichiers if nom.upper().startswith("IHE_XDM/")]
    if not metadonnees:
        lecture.dire("X02", "IHE_XDM/<lot>/ est vide", "IHE_XDM/<subset>/ is empty")
        return lecture.rendre(lisible=False)
    lots = [nom for nom in metadonnees if nom.upper().rsplit("/", 1)[-1] == "METADATA.XML"]
    if not lots:
        lecture.dire("X03", "METADATA.XML est absent", "METADATA.XML is missing")
        return lecture.rendre(lisible=False)
    _presentation(lecture)
    lisibles = [_lot(lecture, nom) for nom in lots]  # every set is read, even after a bad one
    return lecture.rendre(lisible=all(lisibles))


def _deplier(octets: bytes, lecture: _Lecture) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(octets)) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
            if len(infos) > ENTREES_MAX or sum(info.file_size for info in infos) > DEPLIE_MAX:
                lecture.dire(
                    "X01", "l'archive dépasse les bornes de protection", "the archive is over the protective bounds"
                )
                return False
            for info in infos:
                if not _chemin_sur(info.filename) or info.external_attr >> 28 == 0xA:
                    lecture.dire("X01", "l'archive contient un chemin interdit", "the archive holds a forbidden path")
                    return False
                with archive.open(info) as entree:
                    lecture.fichiers[info.filename.replace("\\", "/")] = entree.read(info.file_size)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError):
        lecture.dire("X01", "l'archive ne s'ouvre pas", "the archive does not open")
        return False
    return True


def _chemin_sur(nom: str) -> bool:
    morceaux = nom.replace("\\", "/").split("/")
    return not nom.startswith(("/", "\\")) and ".." not in morceaux and ":" not in nom


def _presentation(lecture: _Lecture) -> None:
    noms = {nom.upper() for nom in lecture.fichiers}
    if not {"README.TXT", "INDEX.HTM"} <= noms:
        lecture.dire(
            "X13", "README.TXT ou INDEX.HTM manque à la racine", "README.TXT or INDEX.HTM is missing at the root", "W"
        )
    if not all(_NOM_8_3.fullmatch(part) for nom in lecture.fichiers for part in nom.split("/")):
        lecture.dire("X14", "un nom de fichier n'est pas au format 8.3", "a file name is not 8.3", "W")


def _lot(lecture: _Lecture, nom: str) -> bool:
    try:
        racine = analyser(lecture.fichiers[nom])
    except DomainError as refus:
        lecture.dire("X04", f"METADATA.XML est illisible : {refus.fr}", f"METADATA.XML cannot be read: {refus.en}")
        return False
    dossier = nom.rsplit("/", 1)[0]
    objets = list(racine.iter(f"{RIM}ExtrinsicObject"))
    membres = {a.get("targetObject") for a in racine.iter(f"{RIM}Association") if a.get("associationType") == _MEMBRE}
    for objet in objets:
        if objet.get("id") not in membres:
            lecture.dire("X15", "un document n'est pas rattaché au lot (HasMember)", "a document has no HasMember")
        _document(lecture, dossier, objet)
    if len(set(lecture.patients)) > 1:
        lecture.dire("X09", "les documents n'ont pas tous le même patientId", "the documents have different patientIds")
    return bool(objets)


def _document(lecture: _Lecture, dossier: str, objet: etree._Element) -> None:
    patient = _externe(objet, _PATIENT_ID)
    if patient is None or not _CX.fullmatch(patient):
        lecture.dire("X09", "patientId absent ou mal formé", "patientId missing or malformed")
    else:
        lecture.patients.append(patient)
    octets = _fichier(lecture, dossier, _slot(objet, "URI") or "")
    if octets is None:
        lecture.dire("X05", "le fichier désigné par URI manque", "the file named by URI is missing")
        return
    if (taille := _slot(objet, "size")) is not None and taille != str(len(octets)):
        lecture.dire("X07", "la taille déclarée n'est pas celle du fichier", "the declared size is not the file's")
    empreinte = _slot(objet, "hash")
    if empreinte is not None and empreinte.lower() != hashlib.sha1(octets, usedforsecurity=False).hexdigest():
        lecture.dire(
            "X08", "l'empreinte SHA-1 déclarée n'est pas celle du fichier", "the declared SHA-1 is not the file's"
        )
    _cda(lecture, objet, octets, patient)


def _cda(lecture: _Lecture, objet: etree._Element, octets: bytes, patient: str | None) -> None:
    try:
        document = analyser(octets)
    except DomainError:
        document = None
    if document is None or document.tag != f"{CDA}ClinicalDocument":
        lecture.dire("X06", "le fichier n'est pas un CDA", "the file is not a CDA")
        return
    code = document.find(f"{CDA}code")
    valeur = code.get("code", "") if code is not None else ""
    lecture.codes.append(valeur)
    lecture.titres.append((code.get("displayName", "") if code is not None else "") or "")
    lecture.remplacement |= any(r.get("typeCode") == "RPLC" for r in document.findall(f"{CDA}relatedDocument"))
    declare = _classification(objet, _TYPE_CODE)
    if declare is not None and declare != valeur:
        lecture.dire("X12", "typeCode n'est pas le code du CDA", "typeCode is not the code of the CDA")
    ids = {i.get("extension", "") for i in document.findall(f"{CDA}recordTarget/{CDA}patientRole/{CDA}id")}
    if patient is not None and patient.partition("^")[0] not in ids:
        lecture.dire("X10", "patientId n'est pas celui du CDA", "patientId is not the one of the CDA")
    identifiant = document.find(f"{CDA}id")
    unique = _externe(objet, _UNIQUE_ID)
    if unique is not None and identifiant is not None and unique not in _formes(identifiant):
        lecture.dire("X11", "uniqueId n'est pas l'id du CDA", "uniqueId is not the id of the CDA")


def _formes(identifiant: etree._Element) -> set[str]:
    root, extension = identifiant.get("root", ""), identifiant.get("extension")
    return {root if extension is None else f"{root}^{extension}"}


def _fichier(lecture: _Lecture, dossier: str, uri: str) -> bytes | None:
    """The file a URI slot names: relative to METADATA.XML, or a longer path that ends the same way."""
    if not uri:
        return None
    voulu = f"{dossier}/{uri}".upper()
    return next(
        (
            octets
            for nom, octets in lecture.fichiers.items()
            if nom.upper() == voulu or nom.upper().endswith("/" + uri.upper().lstrip("/"))
        ),
        None,
    )


def _slot(objet: etree._Element, nom: str) -> str | None:
    for slot in objet.findall(f"{RIM}Slot"):
        if slot.get("name") == nom:
            valeur = slot.find(f"{RIM}ValueList/{RIM}Value")
            return (valeur.text or "").strip() if valeur is not None else None
    return None


def _externe(objet: etree._Element, schema: str) -> str | None:
    for identifiant in objet.findall(f"{RIM}ExternalIdentifier"):
        if identifiant.get("identificationScheme") == schema:
            return identifiant.get("value")
    return None


def _classification(objet: etree._Element, schema: str) -> str | None:
    for classification in objet.findall(f"{RIM}Classification"):
        if classification.get("classificationScheme") == schema:
            return classification.get("nodeRepresentation")
    return None
