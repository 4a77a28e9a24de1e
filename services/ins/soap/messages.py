"""INSi on the SOAP wire: bodies in, values out; values in, bodies out (insi.md §4 to §6)."""

from services.ins.domain.fautes import refuser
from services.ins.domain.personne import Matricule, Personne
from services.ins.domain.recherche import Reponse, Traits
from services.ins.domain.verification import INSFourni
from services.ins.domain.vitale import Couverture, DemandeVitale, MatriculeLu
from shared.identite.ins import OidMode
from shared.soap.contexte import ContexteBAM
from shared.soap.gabarit import Xml, element, joindre, xml
from shared.soap.xml import Lecteur

ACTION_VITALE = "urn:ServiceIdentiteCertifiee:1.0.0:rechercherInsAvecCarteVitale"
ACTION_TRAITS = "urn:ServiceIdentiteCertifiee:1.0.0:rechercherInsAvecTraitsIdentite"
ACTION_VERIFIER = "urn:ServiceIdentiteCertifiee:1.0.0:verifierInsAvecTraitsIdentite"
"""Inferred: the method name is published, the action is not (insi.md §3)."""

CORPS = {
    ACTION_VITALE: "{http://www.cnamts.fr/INSiRecVit}RECVITALE",
    ACTION_TRAITS: "{http://www.cnamts.fr/INSiRecSans}RECSANSVITALE",
    ACTION_VERIFIER: "{http://www.cnamts.fr/INSiLot2/REQUnitaire}IndividuVerifie",
}
AVEC_BAM = {ACTION_VITALE: True, ACTION_TRAITS: True, ACTION_VERIFIER: True}


def verifier_corps(action: str, nom: str) -> None:
    """The body is the element that the action announces."""
    if nom != CORPS[action]:
        raise refuser(
            "sandbox_schema",
            regle="INSI-CORPS",
            champ="Body",
            en=f"the body of this action is {CORPS[action]}, not {nom}",
            fr=f"le corps de cette action est {CORPS[action]}, pas {nom}",
        )


def lire_traits(corps: Lecteur) -> Traits:
    corps.refuser_inconnus("NomNaissance", "Prenom", "Sexe", "DateNaissance", "LieuNaissance")
    return Traits(
        nom_naissance=_brut(corps, "NomNaissance"),
        prenoms=tuple("".join(p.element.itertext()) for p in corps.enfants("Prenom")),
        sexe=corps.facultatif("Sexe") or "",
        date_naissance=corps.facultatif("DateNaissance") or "",
        lieu_naissance=corps.facultatif("LieuNaissance"),
    )


def lire_vitale(corps: Lecteur) -> DemandeVitale:
    corps.refuser_inconnus("MatriculeIndividu", "MatriculeOD", "NomNaissance", "DateNaissance", "RangNaissance")
    return DemandeVitale(
        individu=_matricule(corps.enfant("MatriculeIndividu")),
        ouvreur_droit=_matricule(corps.enfant("MatriculeOD")),
        nom_naissance=corps.facultatif("NomNaissance"),
        date_naissance=corps.facultatif("DateNaissance"),
        rang_naissance=_rang(corps.facultatif("RangNaissance"), "RangNaissance"),
    )


def lire_verification(corps: Lecteur) -> INSFourni:
    corps.refuser_inconnus("INSFourni", "TraitsIdentiteIndividu")
    ins = corps.exiger("INSFourni")
    individu = ins.exiger("IdIndividu")
    traits = corps.exiger("TraitsIdentiteIndividu")
    return INSFourni(
        num=individu.texte("NumIdentifiant"),
        cle=individu.texte("Cle"),
        type_matricule=individu.facultatif("TypeMatricule"),
        oid=ins.texte("OID"),
        nom_naissance=traits.facultatif("NomNaissance") or "",
        prenom=traits.facultatif("Prenom"),
        liste_prenoms=traits.facultatif("ListePrenom"),
        sexe=traits.facultatif("Sexe") or "",
        date_naissance=traits.facultatif("DateNaissance") or "",
        lieu_naissance=traits.facultatif("LieuNaissance"),
    )


def couverture(contexte: ContexteBAM | None) -> Couverture:
    """What ContexteBAM says of the card, in the words of the rule that compares it with the body."""
    if contexte is None:
        return Couverture()
    lue = contexte.couverture
    beneficiaire = lue.beneficiaire
    return Couverture(
        assure=lue.assure.num if lue.assure else None,
        beneficiaire=beneficiaire.nir.num if beneficiaire and beneficiaire.nir else None,
        date_naissance=beneficiaire.date_naissance if beneficiaire else None,
        rang=_rang(beneficiaire.rang, "COUVERTURE/BENEFICIAIRE/Rang") if beneficiaire else None,
    )


def resultat(reponse: Reponse, mode: OidMode) -> Xml:
    """``RESULTAT`` of both searches; ``INDIVIDU`` with code 00 only, children in the order of the XSD."""
    return xml(
        '<RESULTAT xmlns="http://www.cnamts.fr/INSiResultat">{cr}{individu}</RESULTAT>',
        cr=_cr(reponse),
        individu=_individu(reponse.personne, mode) if reponse.personne else Xml(""),
    )


def resultat_verification(reponse: Reponse) -> Xml:
    return xml('<RESULTAT xmlns="http://www.cnamts.fr/INSiLot2/REPUnitaire">{cr}</RESULTAT>', cr=_cr(reponse))


def _cr(reponse: Reponse) -> Xml:
    return xml(
        "<CR><CodeCR>{code}</CodeCR><LibelleCR>{libelle}</LibelleCR></CR>",
        code=reponse.code_cr,
        libelle=reponse.libelle_cr,
    )


def _individu(personne: Personne, mode: OidMode) -> Xml:
    return xml(
        "<INDIVIDU><INSACTIF>{actif}</INSACTIF>{histo}<TIQ>{tiq}</TIQ></INDIVIDU>",
        actif=_ins(personne, personne.matricule, mode),
        histo=joindre(xml("<INSHISTO>{i}</INSHISTO>", i=_ins(personne, m, mode)) for m in personne.historique),
        tiq=joindre(
            (
                element("NomNaissance", personne.nom_naissance),
                element("Prenom", personne.prenoms[0]),
                element("ListePrenom", personne.liste_prenoms),
                element("Sexe", personne.sexe),
                element("DateNaissance", personne.date_naissance),
                element("LieuNaissance", personne.lieu_naissance),
            )
        ),
    )


def _ins(personne: Personne, matricule: Matricule, mode: OidMode) -> Xml:
    return xml(
        "<IdIndividu><NumIdentifiant>{num}</NumIdentifiant><Cle>{cle}</Cle><TypeMatricule>{type}</TypeMatricule>"
        "</IdIndividu><OID>{oid}</OID>{debut}{fin}",
        num=matricule.num,
        cle=matricule.cle,
        type=matricule.nature.value,
        oid=personne.oid(mode, matricule),
        debut=element("DateDeb", matricule.debut),
        fin=element("DateFin", matricule.fin),
    )


def _matricule(lecteur: Lecteur | None) -> MatriculeLu | None:
    if lecteur is None:
        return None
    return MatriculeLu(lecteur.texte("NumIdentifiant"), lecteur.texte("Cle"))


def _brut(corps: Lecteur, nom: str) -> str:
    """The text as sent, blanks included: an unclean value is the rule's business, not the parser's."""
    trouve = corps.enfant(nom)
    return "".join(trouve.element.itertext()) if trouve else ""


def _rang(valeur: str | None, champ: str) -> int | None:
    if valeur is None:
        return None
    if not (valeur.isascii() and valeur.isdigit() and len(valeur) <= 2):
        raise refuser(
            "sandbox_schema",
            regle="INSI-RANG",
            champ=champ,
            en=f"{champ} is a rank of birth: 1, 2 …",
            fr=f"{champ} est un rang de naissance : 1, 2 …",
        )
    return int(valeur)
