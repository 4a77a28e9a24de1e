"""The bodies of the four apCV operations: XML in, values out; values in, XML out (apcv.md §3, §4)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from lxml import etree

from services.apcv.domain.assure import Amc, Assure
from services.apcv.domain.contexte import Contexte, Professionnel
from services.apcv.domain.refus import refus
from services.apcv.domain.signature import DemandeSignature, Prestation, type_facture
from services.apcv.heure import PARIS
from services.apcv.vues import Lu, Signature
from shared.soap.gabarit import Xml, element, joindre, xml
from shared.soap.xml import ElementInvalide, Lecteur

AUTH = "http://www.sesam-vitale.fr/apcv/auth/1/0"
SIGN = "http://www.sesam-vitale.fr/apcv/sign/1/0"

AUTHENTIFIER = "urn:ApCV_AUTH:1.0.0:authentifierUtilisateurProximite"
RESTITUER = "urn:ApCV_AUTH:1.0.0:restituerContexteApCV"
DETRUIRE = "urn:ApCV_AUTH:1.0.0:detruireContexteApCV"
SIGNER = "urn:ApCV_SIGN:1.0.0:signerVitale"

RACINES = {
    AUTHENTIFIER: f"{{{AUTH}}}AuthentifierUtilisateurProximiteReq",
    RESTITUER: f"{{{AUTH}}}RestituerContexteApCVReq",
    DETRUIRE: f"{{{AUTH}}}DetruireContexteApCVReq",
    SIGNER: f"{{{SIGN}}}SignerVitaleReq",
}


@dataclass(frozen=True, slots=True)
class Lecture:
    """``AuthentifierUtilisateurProximiteReq``."""

    identifiant_facturation: str
    code_specialite: str | None
    donnees: str


@dataclass(frozen=True, slots=True)
class Signer:
    """``SignerVitaleReq``."""

    contexte_id: str
    professionnel: Professionnel
    demande: DemandeSignature


def exiger_racine(corps: etree._Element, action: str) -> Lecteur:
    """The body element that the action announces, in its published namespace."""
    attendue = RACINES[action]
    if corps.tag != attendue:
        raise ElementInvalide(
            f"{action} carries {attendue}, not {corps.tag!s}",
            f"{action} transporte {attendue}, pas {corps.tag!s}",
            champ="Body",
        )
    return Lecteur.de(corps)


def lire_authentifier(corps: etree._Element) -> Lecture:
    requete = exiger_racine(corps, AUTHENTIFIER)
    ps = requete.exiger("ProfessionnelSante")
    return Lecture(
        identifiant_facturation=ps.texte("IdentifiantFacturation"),
        code_specialite=ps.facultatif("CodeSpecialiteAMO"),
        donnees=requete.texte("Donnees"),
    )


def lire_detruire(corps: etree._Element) -> str:
    return exiger_racine(corps, DETRUIRE).exiger("ContexteApCV").texte("Identifiant")


def lire_signer(corps: etree._Element) -> Signer:
    requete = exiger_racine(corps, SIGNER)
    resume = requete.exiger("ResumeFacture")
    ps = resume.exiger("ProfessionnelSante")
    factures = requete.enfants("Facture")
    if len(factures) != 1:
        # Whether Facture may repeat for several beneficiaries is not stated: one invoice per context (apcv.md §3, §6).
        raise refus("APCV-212", "Une seule facture.", "One invoice only.", champ="Facture")
    facture = factures[0]
    return Signer(
        contexte_id=requete.exiger("ContexteApCV").texte("Identifiant"),
        professionnel=Professionnel(
            identifiant_facturation=ps.texte("IdentifiantFacturation"),
            id_nat=ps.facultatif("IdNatPS"),
            nom=ps.facultatif("Nom"),
        ),
        demande=DemandeSignature(
            type=type_facture(facture.attribut("type") or ""),
            nir_assure=_nir(facture.exiger("NIRAssure")),
            matricule_beneficiaire=_nir(resume.exiger("Beneficiaire").exiger("NIRCertifie")),
            empreinte_fse=facture.facultatif("DonneeFSE"),
            empreinte_dre=facture.facultatif("DonneeDRE"),
            prestations=tuple(_prestation(p) for p in resume.enfants("Prestation") if not p.est_vide),
        ),
    )


def rendre_contexte(racine: str, lu: Lu) -> Xml:
    """``AuthentifierUtilisateurProximiteRep`` and, with the same content, ``RestituerContexteApCVRep``."""
    contexte = lu.contexte
    return xml(
        '<a:{racine} xmlns:a="http://www.sesam-vitale.fr/apcv/auth/1/0" version="1.0">{contexte}'
        '<a:Porteur role="{role}"><a:NomUsage>{usage}</a:NomUsage><a:NomFamille>{nom}</a:NomFamille>'
        "<a:Prenom>{prenom}</a:Prenom></a:Porteur>"
        "<a:Beneficiaires>{beneficiaires}</a:Beneficiaires>{amo}{amc}</a:{racine}>",
        racine=racine,
        contexte=_contexte(contexte),
        role=contexte.role,
        usage=lu.titulaire.nom_utilise or lu.titulaire.nom_naissance,
        nom=lu.titulaire.nom_naissance,
        prenom=lu.titulaire.prenom,
        beneficiaires=joindre(_beneficiaire(b) for b in lu.beneficiaires),
        amo=_amo(lu.titulaire),
        amc=_amc(lu.titulaire.amc),
    )


def rendre_aucun_contexte() -> Xml:
    """No context is open for this professional: a result, not a fault (apcv.md §4)."""
    return xml(
        '<a:RestituerContexteApCVRep xmlns:a="http://www.sesam-vitale.fr/apcv/auth/1/0" version="1.0">'
        "<a:CR><a:Code>01</a:Code><a:Libelle>{libelle}</a:Libelle></a:CR></a:RestituerContexteApCVRep>",
        libelle="aucun contexte",
    )


def rendre_detruit() -> Xml:
    return xml(
        '<a:DetruireContexteApCVRep xmlns:a="http://www.sesam-vitale.fr/apcv/auth/1/0" version="1.0">'
        "<a:CR><a:Code>00</a:Code><a:Libelle>OK</a:Libelle></a:CR></a:DetruireContexteApCVRep>"
    )


def rendre_signature(signature: Signature) -> Xml:
    return xml(
        '<s:SignerVitaleRep xmlns:s="http://www.sesam-vitale.fr/apcv/sign/1/0" version="1.0">'
        "<s:NumeroSignature>{numero}</s:NumeroSignature><s:DateSignature>{date}</s:DateSignature>{fse}{dre}"
        "<s:JournalApCV>{journal}</s:JournalApCV>"
        '<s:Contexte consomme="true"><s:Identifiant>{contexte}</s:Identifiant></s:Contexte></s:SignerVitaleRep>',
        numero=signature.numero,
        date=instant(signature.date),
        fse=element("s:ValeurFSE", signature.valeur_fse),
        dre=element("s:ValeurDRE", signature.valeur_dre),
        journal=signature.journal,
        contexte=signature.contexte_id,
    )


def instant(moment: datetime) -> str:
    """An xs:dateTime of whole seconds; clients compute the remaining time from its offset."""
    return moment.astimezone(PARIS).replace(microsecond=0).isoformat()


def _contexte(contexte: Contexte) -> Xml:
    return xml(
        "<a:ContexteApCV><a:Identifiant>{id}</a:Identifiant><a:Token>{token}</a:Token>"
        "<a:DateFinValidite>{fin}</a:DateFinValidite></a:ContexteApCV>",
        id=contexte.identifiant,
        token=contexte.token,
        fin=instant(contexte.expire_le),
    )


def _beneficiaire(assure: Assure) -> Xml:
    return xml(
        '<a:Beneficiaire><a:Rang>{rang}</a:Rang><a:NIRCertifie cle="{cle}">{nir}</a:NIRCertifie>'
        '<a:INS oid="{oid}"><a:Matricule>{matricule}</a:Matricule>'
        '<a:Traits nom="{nom}" prenoms="{prenoms}" sexe="{sexe}" date="{date}"{lieu}/></a:INS>'
        "<a:Qualite>{qualite}</a:Qualite></a:Beneficiaire>",
        rang=assure.rang_naissance,
        cle=assure.matricule_ins[13:],
        nir=assure.matricule_ins[:13],
        oid=assure.oid,
        matricule=assure.matricule_ins,
        nom=assure.nom_naissance,
        prenoms=assure.liste_prenoms,
        sexe=assure.sexe,
        date=assure.date_naissance,
        lieu=xml(' lieu="{l}"', l=assure.lieu_naissance) if assure.lieu_naissance else Xml(""),
        qualite=assure.qualite,
    )


def _amo(assure: Assure) -> Xml:
    nir = assure.nir_assure or assure.matricule_ins
    return xml(
        '<a:Amo regime="{regime}" caisse="{caisse}" centre="{centre}">'
        '<a:NIRAssure cle="{cle}">{nir}</a:NIRAssure></a:Amo>',
        regime=assure.regime,
        caisse=assure.caisse,
        centre=assure.centre,
        cle=nir[13:],
        nir=nir[:13],
    )


def _amc(amc: Amc | None) -> Xml:
    if amc is None:
        return Xml("")
    return xml(
        '<a:Amc numero="{numero}" libelle="{libelle}" numeroAdherent="{adherent}" debut="{debut}"{fin}'
        ' gestion="{gestion}"/>',
        numero=amc.numero,
        libelle=amc.libelle,
        adherent=amc.numero_adherent,
        debut=amc.debut,
        fin=xml(' fin="{f}"', f=amc.fin) if amc.fin else Xml(""),
        gestion=amc.gestion,
    )


def _nir(lecteur: Lecteur) -> str:
    """A 13-character NIR and its ``cle``: one 15-character matricule."""
    valeur = lecteur.valeur.replace(" ", "").upper() + (lecteur.attribut("cle") or "")
    if len(valeur) != 15 or not valeur.isalnum():
        raise ElementInvalide(
            "a NIR is 13 characters and its cle attribute 2 digits",
            "un NIR compte 13 caractères et son attribut cle 2 chiffres",
            champ=lecteur.chemin,
        )
    return valeur


def _prestation(lecteur: Lecteur) -> Prestation:
    return Prestation(
        code_acte=lecteur.facultatif("CodeActe") or "",
        libelle=lecteur.facultatif("Libelle") or lecteur.facultatif("CodeActe") or "",
        date=lecteur.facultatif("Date") or "",
        montant=_montant(lecteur, "Montant"),
        part_amo=_montant(lecteur, "PartAMO"),
        part_amc=_montant(lecteur, "PartAMC"),
    )


def _montant(lecteur: Lecteur, nom: str) -> Decimal:
    texte = lecteur.facultatif(nom) or "0"
    try:
        valeur = Decimal(texte)
        if valeur.is_finite() and 0 <= valeur < 1_000_000:
            return valeur.quantize(Decimal("0.01"))
    except InvalidOperation:
        pass
    raise ElementInvalide(
        f"{nom} {texte[:20]!r} is not an amount in euros",
        f"{nom} {texte[:20]!r} n'est pas un montant en euros",
        champ=f"{lecteur.chemin}/{nom}",
    )
