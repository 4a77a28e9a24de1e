"""SOAP envelopes: what is read, what is refused, what is written."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from shared.soap.envelope import (
    EnteteNonCompris,
    EnveloppeInvalide,
    TypeMediaRefuse,
    VersionIncompatible,
    ecrire_enveloppe,
    lire_enveloppe,
)
from shared.soap.gabarit import Xml, joindre, xml, xml_escape
from shared.soap.xml import ElementInvalide, Lecteur, Limites, XmlInterdit, XmlMalForme, XmlTropGros, analyser
from tests.unit.soap.messages import ACTION, SOAP12, TYPE_12, assertion_cps, enveloppe, securite

SOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"


def test_a_soap_12_message_gives_action_message_id_body_and_assertion() -> None:
    lue = lire_enveloppe(enveloppe(entetes=securite(assertion_cps())), TYPE_12)

    assert (lue.version, lue.action, lue.message_id) == ("1.2", ACTION, "uuid:1")
    assert lue.nom_corps == "{http://www.cnamts.fr/INSiRecSans}RECSANSVITALE"
    assert lue.lecteur().texte("NomNaissance") == "Œ"
    assert len(lue.assertions) == 1


def test_the_action_is_found_on_the_content_type_or_soapaction_when_there_is_no_wsa_header() -> None:
    douze = lire_enveloppe(enveloppe(wsa=False), 'application/soap+xml; action="urn:a"')
    onze = lire_enveloppe(enveloppe(wsa=False, espace=SOAP11), "text/xml", soap_action='"urn:b"')

    assert (douze.action, onze.action, onze.version) == ("urn:a", "urn:b", "1.1")


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "text/html", "", None, "application/soap+xml; charset=utf-7", "text/xml"],
)
def test_a_content_type_that_is_not_this_soap_is_refused_with_415(content_type: str | None) -> None:
    with pytest.raises(TypeMediaRefuse) as refus:
        lire_enveloppe(enveloppe(), content_type)

    assert refus.value.status == 415
    assert refus.value.regle == "BAC-SOAP-02"


@pytest.mark.parametrize(
    "hostile",
    [
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        b'<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><a>&b;</a>',
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x.dtd"><a/>',
        '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a []><a/>'.encode("utf-16"),
        b'<?xml version="1.0" encoding="EBCDIC-CP-FR"?><a/>',
    ],
)
def test_doctypes_entities_and_exotic_encodings_are_refused(hostile: bytes) -> None:
    with pytest.raises((XmlInterdit, XmlMalForme)) as refus:
        analyser(hostile)

    assert refus.value.status == 400


def test_a_hundred_megabytes_are_refused_before_being_parsed() -> None:
    debut = time.perf_counter()

    with pytest.raises(XmlTropGros) as refus:
        analyser(b"<a>" + b"x" * 100_000_000 + b"</a>")

    assert refus.value.status == 413
    assert time.perf_counter() - debut < 1


def test_too_many_and_too_deep_elements_are_refused() -> None:
    with pytest.raises(XmlTropGros):
        analyser(b"<a>" + b"<b/>" * 300 + b"</a>", Limites(elements=100))
    with pytest.raises(XmlTropGros):
        analyser(b"<a>" * 150 + b"</a>" * 150)


@pytest.mark.parametrize("brut", [b"", b"<a>", b"nothing", b"\xff\xfe", b"<a>\x00</a>", "<a>é</a>".encode("latin-1")])
def test_malformed_xml_is_refused_with_its_line(brut: bytes) -> None:
    with pytest.raises(XmlMalForme) as refus:
        analyser(brut)

    assert refus.value.regle == "BAC-XML-01"


def test_a_message_without_exactly_one_body_element_is_refused() -> None:
    for corps in ("", "<a/><b/>"):
        with pytest.raises(EnveloppeInvalide):
            lire_enveloppe(enveloppe(corps=corps), TYPE_12)


def test_an_unknown_envelope_version_and_another_root_are_refused() -> None:
    with pytest.raises(VersionIncompatible):
        lire_enveloppe(enveloppe(espace="urn:soap:9"), TYPE_12)
    with pytest.raises(EnveloppeInvalide):
        lire_enveloppe(b"<a/>", TYPE_12)


def test_a_header_that_must_be_understood_and_is_not_is_refused() -> None:
    entete = f'<x:Y xmlns:x="urn:x" xmlns:e="{SOAP12}" e:mustUnderstand="true"/>'

    with pytest.raises(EnteteNonCompris):
        lire_enveloppe(enveloppe(entetes=entete), TYPE_12).verifier_entetes_compris()
    lire_enveloppe(enveloppe(entetes=entete), TYPE_12).verifier_entetes_compris("{urn:x}Y")


def test_two_actions_in_one_message_are_refused() -> None:
    entete = '<wsa:Action xmlns:wsa="http://www.w3.org/2005/08/addressing">urn:autre</wsa:Action>'

    with pytest.raises(EnveloppeInvalide):
        lire_enveloppe(enveloppe(entetes=entete), TYPE_12)


def test_an_answer_relates_to_the_question_and_is_read_back() -> None:
    brut = ecrire_enveloppe(xml("<a>{v}</a>", v="<b>&"), action="urn:r", relates_to="uuid:1", message_id="uuid:2")

    relue = lire_enveloppe(brut, TYPE_12)
    assert (relue.action, relue.message_id) == ("urn:r", "uuid:2")
    assert relue.corps.text == "<b>&"
    [relation] = relue.entetes["{http://www.w3.org/2005/08/addressing}RelatesTo"]
    assert relation.text == "uuid:1"


@given(st.text())
def test_no_text_ever_becomes_markup(texte: str) -> None:
    lu = etree.fromstring(xml('<a b="{v}">{v}</a>', v=texte).encode())

    assert len(lu) == 0
    assert "".join(lu.itertext()).count("<") == texte.count("<")


def test_fragments_nest_and_raw_strings_are_escaped() -> None:
    fragment = xml("<b>{v}</b>", v="&")

    assert xml("<a>{f}</a>", f=fragment) == "<a><b>&amp;</b></a>"
    assert joindre([fragment, Xml("<c/>")]) == "<b>&amp;</b><c/>"
    assert xml_escape(None) == ""
    assert xml_escape(True) == "true"
    assert xml_escape("\x00é") == "\ufffdé"


def test_the_reader_names_the_path_of_a_missing_and_of_a_repeated_element() -> None:
    lecteur = Lecteur.de(etree.fromstring('<p:A xmlns:p="urn:p"><p:B/><p:C>1</p:C><p:C>2</p:C></p:A>'))

    for appel in (lambda: lecteur.texte("B"), lambda: lecteur.facultatif("C"), lambda: lecteur.exiger("D")):
        with pytest.raises(ElementInvalide) as refus:
            appel()
        assert refus.value.champ is not None
        assert refus.value.champ.startswith("A/")
    assert lecteur.textes("C") == ["1", "2"]
    assert lecteur.facultatif("B") is None
    with pytest.raises(ElementInvalide):
        lecteur.refuser_inconnus("B")
