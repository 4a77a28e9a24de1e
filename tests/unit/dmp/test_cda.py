"""CDA headers: what we write is valid, what is broken is named, what is hostile is refused (dmp.md §10.1, MD-15)."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.dmp.cda import CdaIllisible, lire_entete
from services.dmp.domain.cda import regles
from services.dmp.domain.lot import Auteur, Ins
from services.dmp.redaction import Redaction, Traits, cda, pdf

REDACTION = Redaction(
    unique_id="1.2.250.1.999.1.2.77.1",
    set_id="1.2.250.1.999.1.2.77",
    version=1,
    type_code="11488-4",
    type_libelle="CR ou fiche de consultation ou de visite",
    titre="Compte rendu de consultation <du 2 mars>",
    date=datetime(2026, 3, 2, 9, 10, tzinfo=UTC),
    debut=datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
    patient=Ins("299129999999911", "1.2.250.1.213.1.4.10"),
    traits=Traits("SANDBOX", "LOU", "LOU CAMILLE", "F", "1999-12-31", "99999"),
    auteur=Auteur(
        id_nat="899900000011",
        nom="D'ARGENTAN-LÉVÊQUE",
        prenom="Zoé",
        structure_id="1990000010",
        structure_nom="HOPITAL & CIE",
        specialite="G15_10/SM26",
    ),
    specialite_libelle="Médecin - Qualifié en médecine générale (SM)",
    etablissement="SA07",
    cadre="AMBULATOIRE",
)


def test_the_header_we_write_breaks_no_rule_and_reads_back() -> None:
    entete = lire_entete(cda(REDACTION, pdf("Compte rendu", ["Bonjour (é) \\ fin"])))

    assert list(regles(entete)) == []
    assert entete.id == "1.2.250.1.999.1.2.77.1"
    assert entete.ins == Ins("299129999999911", "1.2.250.1.213.1.4.10")
    assert entete.titre == "Compte rendu de consultation <du 2 mars>"
    assert entete.format_attendu == "urn:ihe:iti:xds-sd:pdf:2008"
    assert entete.auteurs == ("899900000011",)


@pytest.mark.exigence("MD-15")
@pytest.mark.parametrize(
    ("avant", "apres", "regle"),
    [
        (b'<realmCode code="FR"/>', b"", "MD-15-CDA-01"),
        (b"POCD_HD000040", b"POCD_HD000041", "MD-15-CDA-02"),
        (b'<templateId root="1.2.250.1.213.1.1.1.1"/>', b"", "MD-15-CDA-03"),
        (b"1.3.6.1.4.1.19376.1.2.20", b"1.2.3", "MD-15-CDA-04"),
        (b'<versionNumber value="1"/>', b'<versionNumber value="un"/>', "MD-15-CDA-07"),
        (b'displayName="CR ou fiche de consultation ou de visite" ', b"", "MD-15-CDA-08"),
        (b'effectiveTime value="20260302091000+0000"', b'effectiveTime value="hier"', "MD-15-CDA-10"),
        (b'code="fr-FR"', b'code="francais"', "MD-15-CDA-11"),
        (b'confidentialityCode code="N"', b'confidentialityCode code="MASQUE_PS"', "MD-15-CDA-12"),
        (b"<county>99999</county>", b"", "MD-15-CDA-14"),
        (b'<signatureCode code="S"/>', b'<signatureCode code="X"/>', "MD-15-CDA-18"),
        (b'mediaType="application/pdf"', b'mediaType="video/mp4"', "MD-15-CDA-22"),
    ],
)
def test_each_broken_header_is_named(avant: bytes, apres: bytes, regle: str) -> None:
    document = cda(REDACTION, b"%PDF-1.4")
    assert avant in document

    constats = list(regles(lire_entete(document.replace(avant, apres, 1))))

    assert regle in {c.regle for c in constats}
    assert all(c.fr and c.en and c.champ for c in constats)


@pytest.mark.parametrize(
    "octets",
    [
        b"%PDF-1.4 not xml",
        b"<ClinicalDocument/>",
        b'<!DOCTYPE x [<!ENTITY a "aaaa">]><ClinicalDocument xmlns="urn:hl7-org:v3">&a;</ClinicalDocument>',
        b"<a>" * 500 + b"</a>" * 500,
    ],
)
def test_what_is_not_a_clinical_document_is_told_apart(octets: bytes) -> None:
    with pytest.raises(CdaIllisible):
        lire_entete(octets)


def test_a_replacement_names_the_former_version() -> None:
    document = cda(replace(REDACTION, remplace="1.2.250.1.999.1.2.70.1", version=2), b"%PDF-1.4")

    assert lire_entete(document).remplace == "1.2.250.1.999.1.2.70.1"


def test_the_same_text_gives_the_same_pdf() -> None:
    assert pdf("T", ["a"]) == pdf("T", ["a"])
    assert pdf("T", ["a"]).startswith(b"%PDF-1.4")
    assert pdf("T", ["a"]).endswith(b"%%EOF\n")
