"""The eP-MED-DM 2024.01 document of a prescription of products (e-prescription §4.6; header: dmp §10.1).

Built from the cardinalities the sheet lists; identifiers of templates are the published ones. Only PRODUITS_SANTE has
a public structured model, so the other types have no CDA here.
"""

import base64
from collections.abc import Iterator
from datetime import datetime

from services.eprescription.domain import numero as numeros
from services.eprescription.domain.codes import titre_document
from services.eprescription.domain.lignes import LigneDM, LigneMed
from services.eprescription.domain.modele import Prescription
from services.eprescription.domain.qr import contenu as contenu_qr
from services.eprescription.domain.tables import par_code
from services.eprescription.rendu import qr
from services.eprescription.rendu.cda_gabarits import (
    BIDIM,
    DOCUMENT,
    ENTREE_DM,
    ENTREE_MED,
    GROSSESSE,
    INDICATEUR,
    POSOLOGIE,
    SECTION,
    SIGNE_VITAL,
    SOUS_TYPE,
    SUBSTITUTION,
)
from services.eprescription.rendu.textes import denomination, details, titre
from services.eprescription.store.prescriptions import FichePrescription
from shared.soap.gabarit import Xml, joindre, xml

MEDIA_TYPE = "application/xml"
_INDICATEURS = {"ald": "MED-574", "at_mp": "GEN-180", "prevention": "GEN-295", "non_remboursable": "GEN-181"}


def hl7(instant: datetime) -> str:
    return instant.strftime("%Y%m%d%H%M%S%z")


def document(row: FichePrescription, *, structure: str | None = None) -> bytes:
    """The whole document; the same prescription gives the same bytes."""
    p = row.prescription()
    d, patient = p.prescripteur, p.patient
    ins = patient.ins
    rpps = d.rpps if d.rpps and len(d.rpps) == 12 else f"8{d.rpps or ''}"
    profession = "/".join(filter(None, (d.profession or "G15_10", d.specialite)))
    # TRE_A01 and the sheet's example agree: FINESS after its type digit, else the structure of the token.
    structure_id = f"1{d.finess}" if d.finess else row.structure_id or "0"
    texte = xml(
        DOCUMENT,
        unique_id=row.document_unique_id,
        titre=titre_document(p.type),
        date=hl7(p.date_redaction),
        debut=hl7(p.date_redaction),
        fin=_fin(p),
        oid=ins.oid if ins and ins.oid else "1.2.250.1.213.1.4.8",
        matricule=ins.matricule if ins and ins.matricule else "",
        nom=patient.nom_naissance or "",
        prenoms=patient.prenoms or "",
        prenom=(patient.prenoms or "").partition(" ")[0],
        sexe={"F": "F", "M": "M"}.get(patient.sexe or "", "U"),
        naissance=(patient.date_naissance or "").replace("-", ""),
        lieu=patient.lieu_naissance or "99999",
        id_nat=rpps,
        ps_nom=d.nom or "",
        ps_prenom=d.prenom or "",
        profession=profession,
        profession_libelle=par_code("xds_author_specialty").get(profession, {}).get("display", profession),
        structure_id=structure_id,
        structure=d.structure or structure or "Structure",
        telecom=_telecom(d.telephone),
        systeme=numeros.SYSTEME,
        numero=row.numero,
        sous_types=joindre(_sous_types(p)),
        sections=joindre(_sections(p, row.numero)),
    )
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + texte.encode()


def _fin(p: Prescription) -> Xml:
    fin = p.validite.fin if p.validite else None
    return xml('<high value="{fin}"/>', fin=f"{fin:%Y%m%d}") if fin else Xml('<high nullFlavor="UNK"/>')


def _telecom(telephone: str | None) -> Xml:
    return xml('<telecom value="tel:{t}"/>', t=telephone) if telephone else Xml('<telecom nullFlavor="NI"/>')


def _sous_types(p: Prescription) -> Iterator[Xml]:
    for code in p.sous_types:
        libelle = par_code("sous_types_prescription").get(code, {}).get("libelle", code)
        yield xml(SOUS_TYPE, code=code, libelle=libelle)


def _sections(p: Prescription, numero: str) -> Iterator[Xml]:
    image = base64.b64encode(qr.png(contenu_qr(numero, p.date_de_redaction, "compat"))).decode()
    yield xml(BIDIM, image=image, numero=numeros.grouper(numero))
    meds = [ligne for ligne in p.lignes if isinstance(ligne, LigneMed)]
    dms = [ligne for ligne in p.lignes if isinstance(ligne, LigneDM)]
    if meds:
        modeles = ("1.2.250.1.213.1.1.2.171", "1.3.6.1.4.1.19376.1.9.1.2.1")
        yield _section(
            modeles, "57828-6", "Prescription de médicaments", _table(meds), map(_med, meds, [numero] * len(meds))
        )
    if dms:
        entrees = [_dm(ligne, numero) for ligne in dms]
        yield _section(("1.2.250.1.213.1.1.2.222",), "46264-8", "Dispositifs médicaux", _table(dms), entrees)
    if p.signes_vitaux:
        yield _section(("1.2.250.1.213.1.1.2.75",), "8716-3", "Signes vitaux", Xml(""), _vitaux(p))
    if p.grossesse:
        yield _section(
            ("1.2.250.1.213.1.1.2.77",),
            "10162-6",
            "Grossesse",
            Xml("<text>Grossesse en cours</text>"),
            [Xml(GROSSESSE)],
        )
    from services.eprescription.rendu.ordonnance import pdf  # the drawing library is loaded by the first page drawn

    copie = base64.b64encode(pdf(p, numero)).decode()
    entree = xml(
        '<entry><observationMedia classCode="OBS" moodCode="EVN"><id root="{systeme}" extension="{numero}-pdf"/>'
        '<value mediaType="application/pdf" representation="B64">{copie}</value></observationMedia></entry>',
        systeme=numeros.SYSTEME,
        numero=numero,
        copie=copie,
    )
    yield _section(("1.2.250.1.213.1.1.2.243",), "55108-5", "Copie du document", Xml("<text/>"), [entree])


def _section(modeles: tuple[str, ...], code: str, nom: str, texte: Xml, entrees: Iterator[Xml] | list[Xml]) -> Xml:
    racines = joindre(xml('<templateId root="{m}"/>', m=m) for m in modeles)
    return xml(SECTION, modeles=racines, code=code, nom=nom, texte=texte, entrees=joindre(entrees))


def _table(lignes: list[LigneMed] | list[LigneDM]) -> Xml:
    items = joindre(
        xml(
            '<item><content ID="l{rang}">{titre}</content> {suite}</item>',
            rang=ligne.rang,
            titre=titre(ligne),
            suite=". ".join(details(ligne)),
        )
        for ligne in lignes
    )
    return xml("<text><list>{items}</list></text>", items=items)


def _indicateurs(ligne: LigneMed | LigneDM) -> Iterator[Xml]:
    for champ, code in _INDICATEURS.items():
        valeur = getattr(ligne, champ)
        if valeur is None and isinstance(ligne, LigneMed) and code != "MED-574":
            continue
        fiche = par_code("indicateurs_ligne")[code]
        yield xml(INDICATEUR, modele=fiche["template_cda"], code=code, libelle=fiche["libelle"], valeur=bool(valeur))
    if isinstance(ligne, LigneMed) and ligne.hors_amm:
        fiche = par_code("indicateurs_ligne")["GEN-179"]
        yield xml(INDICATEUR, modele=fiche["template_cda"], code="GEN-179", libelle=fiche["libelle"], valeur=True)


def _med(ligne: LigneMed, numero: str) -> Xml:
    produit = ligne.produit
    cis = produit.cis if produit else None
    code = (
        xml('<code code="{cis}" codeSystem="1.2.250.1.213.2.3.1" codeSystemName="CIS"/>', cis=cis)
        if cis
        else Xml('<code nullFlavor="NI"/>')
    )
    voie = par_code("voies_administration_edqm").get(ligne.voie or "")
    route = (
        xml(
            '<routeCode code="{c}" codeSystem="0.4.0.127.0.16.1.1.2.1" displayName="{d}"/>',
            c=ligne.voie,
            d=voie["libelle"],
        )
        if voie
        else Xml("")
    )
    duree = (
        xml('<effectiveTime xsi:type="IVL_TS"><width value="{j}" unit="d"/></effectiveTime>', j=ligne.duree_jours)
        if ligne.duree_jours
        else Xml('<effectiveTime xsi:type="IVL_TS" nullFlavor="UNK"/>')
    )
    lettres = ligne.posologie.toutes_lettres if ligne.posologie else None
    return xml(
        ENTREE_MED,
        systeme=numeros.SYSTEME,
        id=f"{numero}-{ligne.rang}",
        rang=ligne.rang,
        duree=duree,
        renouvellements=xml('<repeatNumber value="{n}"/>', n=ligne.renouvellements)
        if ligne.renouvellements is not None
        else Xml(""),
        route=route,
        code=code,
        nom=denomination(ligne),
        quantite=_quantite(ligne),
        substitution=xml(
            SUBSTITUTION,
            code=ligne.substitution.code,
            motif=xml("<text>{m}</text>", m=ligne.substitution.motif) if ligne.substitution.motif else Xml(""),
        ),
        posologie=xml(POSOLOGIE, texte=(ligne.posologie.texte if ligne.posologie else "") or ""),
        lettres=xml(POSOLOGIE, texte=f"En toutes lettres : {lettres}") if lettres else Xml(""),
        indicateurs=joindre(_indicateurs(ligne)),
    )


def _quantite(ligne: LigneMed) -> Xml:
    if ligne.quantite is None:
        return Xml("")
    return xml(
        '<entryRelationship typeCode="COMP"><supply classCode="SPLY" moodCode="RQO">'
        '<templateId root="1.2.250.1.213.1.1.3.86"/><independentInd value="false"/><quantity value="{q}"/>'
        "</supply></entryRelationship>",
        q=ligne.quantite.valeur,
    )


def _dm(ligne: LigneDM, numero: str) -> Xml:
    quantite = ligne.quantite or ligne.conditionnements
    return xml(
        ENTREE_DM,
        systeme=numeros.SYSTEME,
        id=f"{numero}-{ligne.rang}",
        rang=ligne.rang,
        renouvellements=ligne.renouvellements or 0,
        quantite=xml('<quantity value="{q}"/>', q=quantite) if quantite else Xml('<quantity nullFlavor="UNK"/>'),
        lpp=ligne.lpp or "",
        designation=ligne.designation or "",
        indicateurs=joindre(_indicateurs(ligne)),
    )


def _vitaux(p: Prescription) -> Iterator[Xml]:
    v = p.signes_vitaux
    for code, nom, valeur, unite in (
        ("29463-7", "Poids corporel", v.poids if v else None, "kg"),
        ("8302-2", "Taille", v.taille if v else None, "cm"),
    ):
        if valeur is not None:
            yield xml(SIGNE_VITAL, code=code, nom=nom, valeur=f"{valeur:g}", unite=unite, date=hl7(p.date_redaction))
