"""Conformity of messages: L01 to L22 and the XDM reader checks (mssante.md §3, §5.5)."""

import hashlib
import io
import re
import zipfile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.mss import xdm
from services.mss.domain import lint, mime
from services.mss.domain.adresses import TypeBal
from services.mss.domain.composition import Brouillon, PieceAJoindre, composer
from services.mss.domain.lint import Envoi
from services.mss.domain.reception import resumer
from services.mss.usecases.envoi import preparer
from tests.unit.mss.test_mime import INSTANT

PATIENT = "285063306300232"
DE = "marie.martin@medecin.mssante.fr"
PDF = PieceAJoindre("20260114_CR_DUPONT_Chloe.pdf", "application/pdf", b"%PDF")


def cda(code: str = "11502-2", patient: str = PATIENT, titre: str = "CR d'examens biologiques") -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><ClinicalDocument xmlns="urn:hl7-org:v3"><id root="1.2.3.4"/>'
        f'<code code="{code}" displayName="{titre}"/><recordTarget><patientRole>'
        f'<id root="1.2.250.1.213.1.4.8" extension="{patient}"/></patientRole></recordTarget></ClinicalDocument>'
    ).encode()


def metadata(document: bytes, *, patient: str = PATIENT, uri: str = "DOC0001.XML", **autres: str) -> bytes:
    taille = autres.get("taille", str(len(document)))
    empreinte = autres.get("empreinte", hashlib.sha1(document, usedforsecurity=False).hexdigest().upper())
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<lcm:SubmitObjectsRequest xmlns:lcm="urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0"
 xmlns:rim="urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"><rim:RegistryObjectList>
<rim:ExtrinsicObject id="Document01" mimeType="text/xml">
<rim:Slot name="URI"><rim:ValueList><rim:Value>{uri}</rim:Value></rim:ValueList></rim:Slot>
<rim:Slot name="hash"><rim:ValueList><rim:Value>{empreinte}</rim:Value></rim:ValueList></rim:Slot>
<rim:Slot name="size"><rim:ValueList><rim:Value>{taille}</rim:Value></rim:ValueList></rim:Slot>
<rim:Classification classificationScheme="urn:uuid:f0306f51-975f-434e-a61c-c59651d33983"
 nodeRepresentation="{autres.get("type_code", "11502-2")}"/>
<rim:ExternalIdentifier identificationScheme="urn:uuid:58a6f841-87b3-4a3e-92fd-a8ffeff98427"
 value="{patient}^^^&amp;1.2.250.1.213.1.4.8&amp;ISO^NH"/>
<rim:ExternalIdentifier identificationScheme="urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab"
 value="{autres.get("unique_id", "1.2.3.4")}"/>
</rim:ExtrinsicObject>
<rim:Association associationType="urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember"
 sourceObject="S" targetObject="{autres.get("membre", "Document01")}"/>
</rim:RegistryObjectList></lcm:SubmitObjectsRequest>""".encode()


def archive(fichiers: dict[str, bytes] | None = None, **metadonnees: str) -> bytes:
    document = cda()
    contenu = {
        "README.TXT": b"x",
        "INDEX.HTM": b"x",
        "IHE_XDM/SUBSET01/METADATA.XML": metadata(document, **metadonnees),
        "IHE_XDM/SUBSET01/DOC0001.XML": document,
    } | (fichiers or {})
    tampon = io.BytesIO()
    with zipfile.ZipFile(tampon, "w") as z:
        for nom, octets in contenu.items():
            if octets:
                z.writestr(nom, octets)
    return tampon.getvalue()


def regles(contenu: lint.ContenuXdm) -> set[str]:
    return {constat.regle for constat in contenu.constats}


def test_a_conformant_archive_is_read_without_a_remark() -> None:
    lue = xdm.lire_archive(archive())

    assert lue.lisible
    assert regles(lue) == set()
    assert (lue.codes, lue.titres) == (("11502-2",), ("CR d'examens biologiques",))
    assert lue.patient_ids == (f"{PATIENT}^^^&1.2.250.1.213.1.4.8&ISO^NH",)


@pytest.mark.parametrize(
    ("regle", "octets"),
    [
        ("X01", b"not a zip"),
        ("X01", archive({"../evil": b"x"})),
        ("X01", archive({"/etc/passwd": b"x"})),
        ("X02", archive({"IHE_XDM/SUBSET01/METADATA.XML": b"", "IHE_XDM/SUBSET01/DOC0001.XML": b""})),
        ("X03", archive({"IHE_XDM/SUBSET01/METADATA.XML": b""})),
        ("X04", archive({"IHE_XDM/SUBSET01/METADATA.XML": b"<a>"})),
        (
            "X04",
            archive(
                {"IHE_XDM/SUBSET01/METADATA.XML": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'}
            ),
        ),
        ("X05", archive({"IHE_XDM/SUBSET01/DOC0001.XML": b""})),
        ("X06", archive({"IHE_XDM/SUBSET01/DOC0001.XML": b"<a/>"})),
        ("X07", archive(taille="1")),
        ("X08", archive(empreinte="00")),
        ("X09", archive(patient="285")),
        ("X10", archive(patient="199027505611739")),
        ("X11", archive(unique_id="9.9")),
        ("X12", archive(type_code="34112-3")),
        ("X13", archive({"README.TXT": b""})),
        ("X14", archive({"IHE_XDM/SUBSET01/document médical.xml": b"x"})),
        ("X15", archive(membre="Autre")),
    ],
)
def test_each_reader_check_finds_its_own_defect(regle: str, octets: bytes) -> None:
    assert regle in regles(xdm.lire_archive(octets))


def test_a_zip_bomb_is_not_unfolded() -> None:
    tampon = io.BytesIO()
    with zipfile.ZipFile(tampon, "w", zipfile.ZIP_DEFLATED) as z:
        for rang in range(8):
            z.writestr(f"IHE_XDM/S/{rang}", b"\0" * 10_000_000)

    lue = xdm.lire_archive(tampon.getvalue())

    assert not lue.lisible
    assert regles(lue) == {"X01"}


@given(st.binary(max_size=300))
@settings(max_examples=50)
def test_no_bytes_whatever_break_the_archive_reader(octets: bytes) -> None:
    assert not xdm.lire_archive(octets).lisible
    assert not xdm.lire_archive(archive()[:200] + octets).lisible


def envoi(**faits: Any) -> Envoi:
    """A conformant message, but for what the test changes."""
    entetes = faits.pop("entetes", {"X-MSS-NIL": "12345-67890"})
    brouillon = Brouillon(
        faits.pop("objet", "Avis"),
        "Bonjour",
        tuple(faits.pop("a", ("paul.bernard@medecin.mssante.fr",))),
        pieces=tuple(faits.pop("pieces", ())),
        entetes=tuple(entetes.items()),
        en_reponse_a=faits.pop("en_reponse_a", None),
    )
    brut = composer(
        brouillon,
        de=faits.pop("de", DE),
        libelle=faits.pop("libelle", "Dr_Marie_MARTIN_Cabinet"),
        message_id=faits.pop("message_id", "<1@medecin.mssante.fr>"),
        instant=INSTANT,
    )
    brut = faits.pop("modifier", lambda octets: octets)(brut)
    prepare = preparer(brut)
    defauts: dict[str, Any] = {
        "courrier": prepare.courrier,
        "racine": prepare.racine,
        "boite": DE,
        "type_bal": TypeBal.PER,
        "destinataires": brouillon.a,
        "taille": len(brut),
        "limite_operateur": 26_214_400,
        "xdm": prepare.archive,
    }
    return Envoi(**(defauts | faits))


def rompues(**faits: Any) -> set[str]:
    return {constat.regle for constat in lint.examiner(envoi(**faits))}


XDM = PieceAJoindre("IHE_XDM.ZIP", "application/zip", archive())
CONFORME: dict[str, Any] = {
    "objet": "XDM/1.0/DDM+CR d'examens biologiques DUPONT Chloe 14/06/1985",
    "pieces": (PDF, XDM),
    "entetes": {"X-MSS-NIL": "12345-67890", "X-MSS-CODECDA": "11502-2", "X-MSS-INS": "O"},
}


def test_a_conformant_message_breaks_nothing_with_or_without_an_archive() -> None:
    assert rompues() == set()
    assert rompues(**CONFORME) == set()
    assert rompues(**CONFORME, a=(f"{PATIENT}@patient.mssante.fr",)) == set()


@pytest.mark.parametrize(
    ("regle", "faits"),
    [
        ("L01", {"message_id": "<sans-domaine>"}),
        ("L01", {"message_id_deja_vu": True}),
        ("L02", {"objet": "Re: avis"}),
        ("L03", {"modifier": lambda o: o.replace(b'charset="utf-8"', b"charset=iso-8859-1")}),
        ("L04", {"modifier": lambda o: re.sub(rb"text/plain", b"text/html", o)}),
        ("L05", {"libelle": "Marie Martin"}),
        ("L05", {"libelle": "", "type_bal": TypeBal.ORG}),
        ("L06", {"boite": "autre@medecin.mssante.fr"}),
        ("L07", {"type_bal": TypeBal.APP}),
        ("L08", {"entetes": {}}),
        ("L09", {"entetes": {"X-MSS-NIL": "1", "X-MSS-CODECDA": "11502-2"}}),
        ("L09", {**CONFORME, "entetes": {"X-MSS-NIL": "1", "X-MSS-INS": "O", "X-MSS-CODECDA": "34112-3"}}),
        ("L10", {"entetes": {"X-MSS-NIL": "1", "X-MSS-INS": "O"}}),
        ("L10", {**CONFORME, "entetes": {"X-MSS-NIL": "1", "X-MSS-CODECDA": "11502-2"}}),
        ("L11", {"entetes": {"X-MSS-NIL": "1", "X-MSS-MES": "FIN"}}),
        ("L12", {**CONFORME, "objet": "Résultats"}),
        ("L13", {**CONFORME, "objet": "XDM/1.0/DDM+Autre chose DUPONT Chloe"}),
        ("L14", {**CONFORME, "objet": "XDM/1.0/DDM+CR d'examens biologiques DUPONT Chloé"}),
        ("L15", {**CONFORME, "pieces": (XDM,)}),
        ("L17", {**CONFORME, "pieces": (PieceAJoindre("scan.pdf", "application/pdf", b"x"), XDM)}),
        ("L18", {**CONFORME, "pieces": (PDF, PieceAJoindre("IHE_XDM.ZIP", "application/zip", b"x"))}),
        ("L19", {"a": ("285063306300232@patient.mssante.fr", "199027505611739@patient.mssante.fr")}),
        ("L19", {**CONFORME, "a": ("199027505611739@patient.mssante.fr",)}),
        ("L21", {"a": (f"{PATIENT}@patient.mssante.fr",), "patients_opposes": frozenset({PATIENT})}),
        ("L22", {"limite_operateur": 10}),
    ],
)
def test_each_rule_is_broken_by_its_own_defect(regle: str, faits: dict[str, Any]) -> None:
    assert regle in rompues(**faits)


def test_a_replacement_must_say_so() -> None:
    document = cda().replace(b"<recordTarget>", b'<relatedDocument typeCode="RPLC"/><recordTarget>')
    remplace = archive({"IHE_XDM/SUBSET01/DOC0001.XML": document, "IHE_XDM/SUBSET01/METADATA.XML": metadata(document)})
    faits = CONFORME | {"pieces": (PDF, PieceAJoindre("IHE_XDM.ZIP", "application/zip", remplace))}

    assert "L20" in rompues(**faits)


def test_every_rule_of_the_table_has_both_languages_and_a_test_of_its_own() -> None:
    connues = {regle.id for regle in lint.REGLES}

    assert connues == {f"L{rang:02d}" for rang in range(1, 23)} - {"L16"}
    assert all(regle.fr and regle.en and regle.gravite in {"E", "W"} for regle in lint.REGLES)


def test_the_subject_is_compared_decoded() -> None:
    brut = composer(Brouillon("Été", "x", ("a@b.fr",)), de=DE, libelle="", message_id="<1@b.fr>", instant=INSTANT)

    assert b"=?utf-8?" in brut
    assert resumer(mime.lire(brut)).objet == "Été"
