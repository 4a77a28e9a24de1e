"""The SI apCV on ``/lps``: published requests, proposed answers, ``siram`` faults (apcv.md §3, §4, §8)."""

import re

import httpx
import pytest

from services.apcv.soap.messages import AUTHENTIFIER, DETRUIRE, RESTITUER, SIGNER
from tests import lps
from tests.api.apcv.outils import SHA, Cabinet

A = 'xmlns:a="http://www.sesam-vitale.fr/apcv/auth/1/0"'
S = 'xmlns:s="http://www.sesam-vitale.fr/apcv/sign/1/0"'


def lecture(donnees: str, facturation: str = "991234562") -> str:
    return (
        f'<a:AuthentifierUtilisateurProximiteReq {A} version="1.0"><a:ProfessionnelSante>'
        f"<a:IdentifiantFacturation>{facturation}</a:IdentifiantFacturation><a:CodeSpecialiteAMO>01"
        f"</a:CodeSpecialiteAMO></a:ProfessionnelSante><a:Donnees>{donnees}</a:Donnees>"
        "</a:AuthentifierUtilisateurProximiteReq>"
    )


def signature(contexte: str, *, fse: str = f"<s:DonneeFSE>{SHA}</s:DonneeFSE>", type_: str = "FSE") -> str:
    return (
        f'<s:SignerVitaleReq {S} version="1.0"><s:ContexteApCV><s:Identifiant>{contexte}</s:Identifiant>'
        f'</s:ContexteApCV><s:Facture type="{type_}"><s:NIRAssure cle="26">2850763113042</s:NIRAssure>{fse}</s:Facture>'
        "<s:ResumeFacture><s:ProfessionnelSante><s:IdentifiantFacturation>991234562</s:IdentifiantFacturation>"
        "<s:IdNatPS>810999000010</s:IdNatPS><s:Nom>VERDIER ALICE</s:Nom></s:ProfessionnelSante>"
        "<s:Beneficiaire><s:NomUsage>BLANC-VALMONT</s:NomUsage><s:NomFamille>BLANC-VALMONT</s:NomFamille>"
        '<s:Prenom>CAMILLE</s:Prenom><s:NIRCertifie cle="26">2850763113042</s:NIRCertifie></s:Beneficiaire>'
        "<s:Prestation><s:CodeActe>G</s:CodeActe><s:Libelle>Consultation &amp; écoute</s:Libelle>"
        "<s:Date>2026-01-15</s:Date><s:Montant>30.00</s:Montant><s:PartAMO>21.00</s:PartAMO></s:Prestation>"
        "</s:ResumeFacture></s:SignerVitaleReq>"
    )


async def appeler(c: Cabinet, action: str, corps: str, **autres: str) -> httpx.Response:
    message = lps.enveloppe(action, corps, bam="", **autres)
    return await c.b.client.post("/lps", content=message, headers=lps.TYPE)


async def ouvrir(c: Cabinet) -> str:
    reponse = await appeler(c, AUTHENTIFIER, lecture((await c.presenter())["donnees"]))
    identifiant = lps.texte(reponse.content, "ContexteApCV/Identifiant")
    assert identifiant, reponse.text
    return identifiant


@pytest.mark.exigence("apcv.md §4")
async def test_reading_the_card_gives_the_context_the_holder_and_the_qualified_ins(c: Cabinet) -> None:
    reponse = await appeler(c, AUTHENTIFIER, lecture((await c.presenter())["donnees"]))

    assert reponse.status_code == 200, reponse.text
    racine = lps.corps(reponse.content)
    assert racine.tag == "{http://www.sesam-vitale.fr/apcv/auth/1/0}AuthentifierUtilisateurProximiteRep"
    assert re.fullmatch(r"CTX-[0-9A-F]{10}", lps.texte(reponse.content, "ContexteApCV/Identifiant") or "")
    assert lps.texte(reponse.content, "ContexteApCV/DateFinValidite") == "2026-01-15T10:20:00+01:00"
    assert lps.texte(reponse.content, "Beneficiaires/Beneficiaire/INS/Matricule") == "285076311304226"
    assert racine.xpath("string(.//*[local-name()='Porteur']/@role)") == "titulaire"
    assert racine.xpath("string(.//*[local-name()='Traits']/@prenoms)") == "CAMILLE LOUISE"
    assert racine.xpath("string(.//*[local-name()='INS']/@oid)") == "1.2.250.1.213.1.4.8"
    assert f"<wsa:Action>{AUTHENTIFIER}Response</wsa:Action>" in reponse.text
    assert "<wsa:RelatesTo>uuid:2b6e</wsa:RelatesTo>" in reponse.text
    assert c.b.notes(reponse)["operation"] == "authentifierUtilisateurProximite"


@pytest.mark.exigence("apcv.md §7.B", "APCV-211")
async def test_signing_consumes_the_context_and_a_second_invoice_is_a_fault(c: Cabinet) -> None:
    contexte = await ouvrir(c)

    signe = await appeler(c, SIGNER, signature(contexte))
    second = await appeler(c, SIGNER, signature(contexte))

    assert signe.status_code == 200, signe.text
    assert re.fullmatch(r"SIG-[0-9A-F]{12}", lps.texte(signe.content, "NumeroSignature") or "")
    assert lps.texte(signe.content, "ValeurFSE")
    assert lps.texte(signe.content, "ValeurDRE") is None
    assert lps.corps(signe.content).xpath("string(.//*[local-name()='Contexte']/@consomme)") == "true"
    assert second.status_code == 500
    assert lps.faute(second.content)["code"] == "APCV-211"
    assert lps.faute(second.content)["subcode"] == "soap:siram_20"
    [recu] = await c.recus()
    assert recu["lignes"][0]["libelle"] == "Consultation & écoute"


async def test_restore_says_what_is_left_then_none(c: Cabinet) -> None:
    contexte = await ouvrir(c)
    restituer = f'<a:RestituerContexteApCVReq {A} version="1.0"/>'
    detruire = (
        f"<a:DetruireContexteApCVReq {A}><a:ContexteApCV><a:Identifiant>{contexte}</a:Identifiant></a:ContexteApCV>"
        "</a:DetruireContexteApCVReq>"
    )

    avant = await appeler(c, RESTITUER, restituer)
    detruit = await appeler(c, DETRUIRE, detruire)
    apres = await appeler(c, RESTITUER, restituer)

    assert lps.texte(avant.content, "ContexteApCV/Identifiant") == contexte
    assert lps.texte(detruit.content, "CR/Code") == "00"
    assert apres.status_code == 200
    assert lps.texte(apres.content, "CR/Libelle") == "aucun contexte"
    assert lps.texte(apres.content, "ContexteApCV") is None


@pytest.mark.exigence("APCV-202")
async def test_at_twenty_minutes_the_fault_says_expired(c: Cabinet) -> None:
    contexte = await ouvrir(c)
    await c.b.avancer(minutes=20)

    reponse = await appeler(c, SIGNER, signature(contexte))

    faute = lps.faute(reponse.content)
    assert (reponse.status_code, faute["code"], faute["regle"]) == (500, "APCV-202", "APCV-202")


@pytest.mark.parametrize(
    ("corps", "code"),
    [
        (signature("CTX-0000000000"), "APCV-201"),
        (lecture("n'importe quoi"), "APCV-101"),
        (lecture("CVB", facturation="991234570"), "APCV-111"),
    ],
)
async def test_each_refusal_is_a_siram_fault_with_its_code(c: Cabinet, corps: str, code: str) -> None:
    action = SIGNER if "SignerVitale" in corps else AUTHENTIFIER

    reponse = await appeler(c, action, corps)

    assert reponse.status_code == 500
    assert lps.faute(reponse.content)["code"] == code
    assert code in c.b.regles(reponse)


@pytest.mark.exigence("APCV-212")
@pytest.mark.parametrize(
    ("fse", "type_"),
    [("", "FSE"), ("<s:DonneeFSE>abc</s:DonneeFSE>", "FSE"), (f"<s:DonneeFSE>{SHA}</s:DonneeFSE>", "X")],
)
async def test_a_signature_without_a_good_hash_is_refused_and_consumes_nothing(
    c: Cabinet, fse: str, type_: str
) -> None:
    contexte = await ouvrir(c)

    mauvais = await appeler(c, SIGNER, signature(contexte, fse=fse, type_=type_))
    bon = await appeler(c, SIGNER, signature(contexte))

    assert lps.faute(mauvais.content)["code"] == "APCV-212"
    assert bon.status_code == 200


async def test_an_fse_and_its_dre_are_both_sealed(c: Cabinet) -> None:
    contexte = await ouvrir(c)
    empreintes = f"<s:DonneeFSE>{SHA}</s:DonneeFSE><s:DonneeDRE>{SHA}</s:DonneeDRE>"

    reponse = await appeler(c, SIGNER, signature(contexte, fse=empreintes, type_="FSE+DRE"))

    assert lps.texte(reponse.content, "ValeurFSE")
    assert lps.texte(reponse.content, "ValeurDRE")


@pytest.mark.exigence("APCV-111")
async def test_without_an_assertion_the_caller_is_refused(c: Cabinet) -> None:
    reponse = await appeler(c, AUTHENTIFIER, lecture("CV"), assertions="")

    faute = lps.faute(reponse.content)
    assert (faute["code"], faute["subcode"]) == ("APCV-111", "soap:siram_20")


async def test_unsigned_is_accepted_here_and_refused_in_homologation(c: Cabinet) -> None:
    donnees = (await c.presenter())["donnees"]
    await c.b.regler(profil="homologation")
    strict = await appeler(c, AUTHENTIFIER, lecture(donnees))
    await c.b.regler(profil="standard")
    standard = await appeler(c, AUTHENTIFIER, lecture(donnees))

    assert lps.faute(strict.content)["code"] == "APCV-111"
    assert standard.status_code == 200


async def test_an_unknown_authorisation_number_is_refused(c: Cabinet) -> None:
    reponse = await appeler(c, AUTHENTIFIER, lecture("CV"), lps=lps.contexte_lps(idam="INCONNU001"))

    assert lps.faute(reponse.content)["code"] == "desir_550"


@pytest.mark.parametrize(
    "message",
    [
        b"<oups",
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
        lps.enveloppe("urn:ApCV_AUTH:1.0.0:inconnue", "<a/>", bam=""),
        lps.enveloppe(AUTHENTIFIER, "<a/>", bam=""),
        lps.enveloppe(AUTHENTIFIER, f"<a:AuthentifierUtilisateurProximiteReq {A}/>", bam=""),
        lps.enveloppe(SIGNER, signature("x" * 5000), bam=""),
        lps.enveloppe(SIGNER, signature("CTX").replace("30.00", "NaN"), bam=""),
        lps.enveloppe(SIGNER, signature("CTX").replace('cle="26"', 'cle="2"'), bam=""),
        b"x" * 3_000_000,
    ],
)
async def test_hostile_messages_are_clear_faults(c: Cabinet, message: bytes) -> None:
    reponse = await c.b.client.post("/lps", content=message, headers=lps.TYPE)

    assert reponse.status_code == 500
    faute = lps.faute(reponse.content)
    assert faute["regle"] != "BAC-BUG-01"
    assert "passwd" not in reponse.text


async def test_the_wsdl_points_at_this_bac(c: Cabinet) -> None:
    reponse = await c.b.client.get("/lps?wsdl=apcv")

    assert reponse.headers["content-type"].startswith("text/xml")
    assert f'location="{c.b.bac.base_url}/lps"'.encode() in reponse.content
    assert (await c.b.client.get("/lps")).status_code == 404
