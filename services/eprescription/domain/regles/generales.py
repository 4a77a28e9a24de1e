"""GEN rules: identity, validity, scope of a prescription."""

from collections.abc import Iterator
from datetime import timedelta

from services.eprescription.domain import numero as numeros
from services.eprescription.domain.calendrier import age
from services.eprescription.domain.habilitation import peut_prescrire
from services.eprescription.domain.lignes import LigneDM, LigneMed
from services.eprescription.domain.regles.catalogue import ContextePrescription, a_la_prescription

AVANCE_TOLEREE = timedelta(minutes=5)

FAMILLES_DU_TYPE = {
    "PRODUITS_SANTE": {"MED", "DM"},
    "TRANSPORT": {"TRANSPORT"},
    "ARRET_TRAVAIL": {"ARRET"},
}


def rpps_normalise(rpps: str | None) -> str | None:
    """Eleven digits, whether or not the software wrote the type digit 8 of PS_IdNat in front."""
    return rpps[1:] if rpps and len(rpps) == 12 and rpps.startswith("8") else rpps


@a_la_prescription("GEN-01")
def numero_absent(c: ContextePrescription) -> Iterator[str]:
    if not numeros.est_bien_forme(numeros.normaliser(c.prescription.numero or "")):
        yield "numero"


@a_la_prescription("GEN-03")
def prescripteur_different(c: ContextePrescription) -> Iterator[str]:
    if rpps_normalise(c.prescription.prescripteur.rpps) != c.auteur.rpps:
        yield "prescripteur.rpps"


@a_la_prescription("GEN-04")
def profession_non_habilitee(c: ContextePrescription) -> Iterator[str]:
    if not peut_prescrire(c.auteur, c.prescription.type):
        yield "prescripteur.profession"


@a_la_prescription("GEN-05")
def identite_incomplete(c: ContextePrescription) -> Iterator[str]:
    p = c.prescription.patient
    for nom, valeur in (
        ("nomNaissance", p.nom_naissance or p.nom_utilise),
        ("prenoms", p.prenoms),
        ("sexe", p.sexe),
        ("dateNaissance", p.date_naissance),
    ):
        if not valeur:
            yield f"patient.{nom}"


@a_la_prescription("GEN-06")
def ins_non_qualifiee(c: ContextePrescription) -> Iterator[str]:
    if not c.prescription.patient.ins_qualifiee:
        yield "patient.ins"


@a_la_prescription("GEN-07")
def redaction_future(c: ContextePrescription) -> Iterator[str]:
    if c.prescription.date_redaction > c.maintenant + AVANCE_TOLEREE:
        yield "dateRedaction"


@a_la_prescription("GEN-08")
def consentement_absent(c: ContextePrescription) -> Iterator[str]:
    if c.prescription.consultation_execution not in {"OUI", "NON"}:
        yield "consultationExecution"


@a_la_prescription("GEN-09")
def ni_finess_ni_am(c: ContextePrescription) -> Iterator[str]:
    if not c.prescription.prescripteur.finess and not c.prescription.prescripteur.am:
        yield "prescripteur.finess"


@a_la_prescription("GEN-10")
def remplace_absent(c: ContextePrescription) -> Iterator[str]:
    if c.prescription.prescripteur.est_remplacant and c.prescription.prescripteur_remplace is None:
        yield "prescripteurRemplace"


@a_la_prescription("GEN-11")
def aucune_ligne(c: ContextePrescription) -> Iterator[str]:
    if not c.prescription.lignes:
        yield "lignes"


@a_la_prescription("GEN-12")
def ald_non_precisee(c: ContextePrescription) -> Iterator[str]:
    for famille in (LigneMed, LigneDM):
        for chemin, ligne in c.lignes(famille):
            if ligne.ald is None:  # type: ignore[attr-defined]  # both families carry the indicator
                yield f"{chemin}.ald"


@a_la_prescription("GEN-13")
def validite_incoherente(c: ContextePrescription) -> Iterator[str]:
    v = c.prescription.validite
    if v is None:
        return
    if v.debut != c.prescription.date_de_redaction:
        yield "validite.debut"
    if v.fin is not None and v.fin < v.debut:
        yield "validite.fin"


@a_la_prescription("GEN-14")
def representant_absent(c: ContextePrescription) -> Iterator[str]:
    p = c.prescription.patient
    mineur = p.naissance is not None and age(p.naissance, c.prescription.date_de_redaction) < 18
    if (mineur or p.majeur_protege) and not p.representant:
        yield "patient.representant"


@a_la_prescription("GEN-15")
def grossesse_sans_observation(c: ContextePrescription) -> Iterator[str]:
    if c.prescription.grossesse and not c.prescription.observation_grossesse:
        yield "observationGrossesse"


@a_la_prescription("GEN-16")
def intra_hospitalier(c: ContextePrescription) -> Iterator[str]:
    if c.prescription.contexte == "INTRA_HOSPITALIER":
        yield "contexte"


@a_la_prescription("GEN-17")
def phev_sans_finess(c: ContextePrescription) -> Iterator[str]:
    prescripteur = c.prescription.prescripteur
    if c.prescription.contexte == "PHEV" and not (prescripteur.rpps and prescripteur.finess):
        yield "prescripteur.finess"


@a_la_prescription("GEN-18")
def non_signee(c: ContextePrescription) -> Iterator[str]:
    if not c.prescription.signature:
        yield "signature"


@a_la_prescription("GEN-19")
def natures_melees(c: ContextePrescription) -> Iterator[str]:
    attendues = FAMILLES_DU_TYPE.get(c.prescription.type, {"ACTE"})
    for i, ligne in enumerate(c.prescription.lignes):
        if ligne.famille not in attendues:
            yield f"lignes[{i}].famille"
