"""ADRi on the SOAP wire: the published request (adri.md §2) and the sandbox answer (§3.3)."""

from datetime import date

from services.adri.api.vues import gere_par_amo
from services.adri.domain.acquisition import Demande, Demandeur, NumeroAssure, Reponse
from services.adri.domain.droits import Beneficiaire, Organisme, Periode
from services.adri.domain.fautes import refuser
from shared.decision import avertir
from shared.soap.contexte import ContexteBAM, Nir, refus_contexte
from shared.soap.gabarit import Xml, element, joindre, xml
from shared.soap.xml import Lecteur

ACTION = "urn:adr:1.1.0:acquerirLesDroits"
CORPS = "{urn:ir:se_req_adr}Requete"


def lire_requete(corps: Lecteur, bam: ContexteBAM | None, demandeur: Demandeur) -> Demande:
    """``Requete``; the régime and the body asked come from ContexteBAM/COUVERTURE."""
    corps.refuser_inconnus("DatedeReference", "BeneficiaireDeSoins", "ContexteApCV")
    soins = corps.exiger("BeneficiaireDeSoins")
    soins.refuser_inconnus("NIRcertifie", "DatedeNaissance", "SituationAdministrativeAMO", "Assure")
    certifie = soins.enfant("NIRcertifie")
    administrative = soins.enfant("SituationAdministrativeAMO")
    apcv = corps.enfant("ContexteApCV")
    couverture = bam.couverture if bam else None
    return Demande(
        date_reference=_jour(corps.texte("DatedeReference")),
        regime=(couverture.grand_regime if couverture else None) or "01",
        assure=_numero(soins.exiger("Assure").exiger("NIRassure")),
        date_naissance=soins.texte("DatedeNaissance"),
        rang=_rang(administrative.facultatif("RangdeNaissance")) if administrative else None,
        caisse=couverture.organisme if couverture else None,
        centre=couverture.code_centre if couverture else None,
        nir_certifie=_numero(certifie) if certifie else None,
        demandeur=demandeur,
        contexte_apcv=apcv.texte("Identifiant") if apcv else None,
    )


def verifier_couverture(demande: Demande, bam: ContexteBAM | None, *, profil: str) -> None:
    """COUVERTURE is filled and repeats the body (adri.md §2): missing parts are siram_30, other people siram_40."""
    if bam is None:
        return
    couverture = bam.couverture
    beneficiaire = couverture.beneficiaire
    presents = {
        "GrandRegime": couverture.grand_regime is not None,
        "ASSURE": couverture.assure is not None,
        "BENEFICIAIRE": beneficiaire is not None,
    }
    for nom, present in presents.items():
        if not present:
            refus = refus_contexte(
                f"COUVERTURE/{nom} is missing", f"COUVERTURE/{nom} est absent", f"ContexteBAM/COUVERTURE/{nom}"
            )
            if profil == "lenient":
                avertir(refus.regle, fr=refus.fr, en=refus.en, champ=nom)
            else:
                raise refus
    paires = [
        ("ASSURE/Id", _paire(couverture.assure), (demande.assure.num, demande.assure.cle)),
        ("BENEFICIAIRE/DateNai", beneficiaire.date_naissance if beneficiaire else None, demande.date_naissance),
        ("BENEFICIAIRE/Rang", _rang(beneficiaire.rang) if beneficiaire else None, demande.rang),
    ]
    certifie = demande.nir_certifie
    if beneficiaire is not None and certifie is not None:
        paires.append(("BENEFICIAIRE/Nir", _paire(beneficiaire.nir), (certifie.num, certifie.cle)))
    for champ, contexte, corps in paires:
        if contexte is not None and corps is not None and contexte != corps:
            raise refuser("sandbox_incoherence", champ=f"COUVERTURE/{champ}")


def reponse(reponse: Reponse, *, aujourd_hui: date) -> Xml:
    """``Reponse``: the real schema is not public, this one is the sandbox's (adri.md §3.3)."""
    b = reponse.beneficiaire
    return xml(
        '<r:Reponse xmlns:r="urn:ir:se_rep_adr"><r:CR><r:Code>{code}</r:Code><r:Libelle>{libelle}</r:Libelle></r:CR>'
        "<r:DateReponse>{jour}</r:DateReponse>{organisme}{corps}</r:Reponse>",
        code=reponse.code,
        libelle=reponse.libelle,
        jour=aujourd_hui,
        organisme=_organisme(reponse.organisme) if reponse.organisme else Xml(""),
        corps=_corps(reponse, b) if b else Xml(""),
    )


def _corps(reponse: Reponse, b: Beneficiaire) -> Xml:
    jour = reponse.demande.date_reference
    service = next((c.effet.service_amo for c in reponse.couvertures if c.periode.couvre(jour)), "00")
    return joindre(
        (
            _beneficiaire(b),
            xml("<r:PeriodesAMO>{p}</r:PeriodesAMO>", p=joindre(_periode(p) for p in reponse.periodes)),
            xml(
                "<r:PeriodesCouverture>{p}</r:PeriodesCouverture>",
                p=joindre(
                    xml(
                        "<r:Periode>{dates}<r:CodeALD>{ald}</r:CodeALD><r:CodeSituation>{situation}</r:CodeSituation>"
                        "<r:Taux>{taux}</r:Taux></r:Periode>",
                        dates=_dates(c.periode),
                        ald=c.effet.code_ald,
                        situation=c.effet.code_situation,
                        taux=c.effet.taux,
                    )
                    for c in reponse.couvertures
                ),
            ),
            xml('<r:Services><r:ServiceAMO code="{code}"/></r:Services>', code=service),
            _medecin_traitant(reponse, b),
            _complementaire(b, jour),
            xml("<r:AccidentsTravail>{a}</r:AccidentsTravail>", a=joindre(_accidents(b))),
        )
    )


def _beneficiaire(b: Beneficiaire) -> Xml:
    certifie = Xml("")
    if b.matricule:
        certifie = xml(
            "<r:NIRCertifie><r:Num>{num}</r:Num><r:Cle>{cle}</r:Cle></r:NIRCertifie>",
            num=b.matricule[:13],
            cle=b.matricule[13:],
        )
    return xml(
        "<r:Beneficiaire><r:NomUsuel>{usuel}</r:NomUsuel><r:NomFamille>{nom}</r:NomFamille><r:Prenom>{prenom}</r:Prenom>"
        "<r:DateNaissance>{naissance}</r:DateNaissance><r:Rang>{rang}</r:Rang><r:Qualite>{qualite}</r:Qualite>"
        "{certifie}</r:Beneficiaire>",
        usuel=b.nom_usuel or b.nom,
        nom=b.nom,
        prenom=b.prenoms[0],
        naissance=b.date_naissance,
        rang=b.rang,
        qualite=b.qualite,
        certifie=certifie,
    )


def _medecin_traitant(reponse: Reponse, b: Beneficiaire) -> Xml:
    """The declared doctor's number is told to that doctor only."""
    identifiant = Xml("")
    if reponse.est_medecin_traitant:
        identifiant = xml(' identifiantPS="{ps}"', ps=b.medecin_traitant)
    return xml(
        '<r:MedecinTraitant declare="{declare}"{identifiant}/>',
        declare=b.medecin_traitant is not None,
        identifiant=identifiant,
    )


def _complementaire(b: Beneficiaire, jour: date) -> Xml:
    if (c := gere_par_amo(b, jour)) is None:
        return Xml("")
    return xml(
        "<r:Complementaire><r:NumeroAMC>{numero}</r:NumeroAMC><r:ModeGestion>{gestion}</r:ModeGestion>{dates}"
        "</r:Complementaire>",
        numero=c.numero_amc,
        gestion=c.gestion,
        dates=_dates(c.periode),
    )


def _accidents(b: Beneficiaire) -> list[Xml]:
    return [
        xml(
            '<r:AccidentTravail rang="{rang}"><r:Numero>{numero}</r:Numero><r:Date>{jour}</r:Date>'
            "<r:Organisme>{organisme}</r:Organisme></r:AccidentTravail>",
            rang=a.rang,
            numero=a.numero,
            jour=a.date,
            organisme=a.organisme,
        )
        for a in b.accidents
    ]


def _organisme(o: Organisme) -> Xml:
    return xml(
        "<r:Organisme><r:GrandRegime>{regime}</r:GrandRegime><r:Caisse>{caisse}</r:Caisse><r:Centre>{centre}</r:Centre>"
        "<r:CodeGestion>{gestion}</r:CodeGestion></r:Organisme>",
        regime=o.regime,
        caisse=o.caisse,
        centre=o.centre,
        gestion=o.code_gestion,
    )


def _periode(p: Periode) -> Xml:
    return xml("<r:Periode>{dates}</r:Periode>", dates=_dates(p))


def _dates(p: Periode) -> Xml:
    return joindre((element("r:Debut", p.debut), element("r:Fin", p.fin)))


def _numero(lecteur: Lecteur) -> NumeroAssure:
    return NumeroAssure(lecteur.texte("Num"), lecteur.texte("Cle"))


def _paire(nir: Nir | None) -> tuple[str, str] | None:
    return (nir.num, nir.cle) if nir else None


def _jour(valeur: str) -> date:
    try:
        if len(valeur) != 10:
            raise ValueError(valeur)
        return date.fromisoformat(valeur)
    except ValueError:
        raise refuser(
            "sandbox_schema",
            regle="ADRI-DATE-REFERENCE",
            champ="Requete/DatedeReference",
            en="DatedeReference is a calendar date YYYY-MM-DD.",
            fr="DatedeReference est une date du calendrier AAAA-MM-JJ.",
        ) from None


def _rang(valeur: str | None) -> int | None:
    if valeur is None:
        return None
    if not (valeur.isascii() and valeur.isdigit() and len(valeur) <= 2):
        raise refuser(
            "sandbox_schema",
            regle="ADRI-RANG",
            champ="RangdeNaissance",
            en="RangdeNaissance is a rank from 1 to 9.",
            fr="RangdeNaissance est un rang de 1 à 9.",
        )
    return int(valeur)
