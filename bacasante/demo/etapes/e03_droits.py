"""3. ADRi gives the rights of the patient for the open apCV context: SOAP by zeep, then the same over JSON."""

from typing import Any

from bacasante.demo.lps import Lps, facturation_de
from bacasante.demo.modele import Recit
from bacasante.demo.scene import Scene
from shared.soap.gabarit import Xml, xml

_COUVERTURE = """<b:COUVERTURE><b:GrandRegime>{regime}</b:GrandRegime><b:ASSURE><b:Id><b:Num>{num}</b:Num>
<b:Cle>{cle}</b:Cle></b:Id></b:ASSURE><b:BENEFICIAIRE><b:Nir><b:Num>{num}</b:Num><b:Cle>{cle}</b:Cle></b:Nir>
<b:DateNai>{naissance}</b:DateNai><b:Rang>1</b:Rang></b:BENEFICIAIRE></b:COUVERTURE>"""


def jouer(scene: Scene, recit: Recit) -> None:
    scene.reposer()  # ADRi learns of the open context by the network
    contexte = scene.acquis["contexte"]["ContexteApCV"]["Identifiant"]
    jour = scene.maintenant().date()
    num, cle = scene.patient.matricule_ins[:13], scene.patient.matricule_ins[13:]
    reponse = Lps(scene, "adri", scene.medecin).appeler(
        "acquerirLesDroits",
        couverture=_couverture(scene),
        DatedeReference=jour,
        BeneficiaireDeSoins={
            "DatedeNaissance": scene.patient.traits.date_naissance,
            "SituationAdministrativeAMO": {"RangdeNaissance": "1"},
            "Assure": {"NIRassure": {"Num": num, "Cle": cle}},
        },
        ContexteApCV={"Identifiant": contexte},
    )
    recit.egal("ADRi knows the patient", reponse["CR"]["Code"], "00", voie="SOAP adri")
    periodes = reponse["PeriodesAMO"]
    periodes = periodes["Periode"] if isinstance(periodes, dict) else periodes
    ouvertes = [p for p in periodes if p["Debut"] <= jour and (p["Fin"] is None or p["Fin"] >= jour)]
    recit.promettre("rights are open today", ouvertes, voie="SOAP adri", recu=periodes)
    _par_json(scene, recit, contexte, jour.isoformat(), reponse)


def _par_json(scene: Scene, recit: Recit, contexte: str, jour: str, soap: dict[str, Any]) -> None:
    numero, specialite, _ = facturation_de(scene.medecin)
    matricule = scene.patient.matricule_ins
    droits = scene.fil.post(
        "/adri/v1/droits",
        jeton=scene.jeton(scene.medecin.slug),
        voie="ADRi JSON",
        qui=scene.medecin.slug,
        json={
            "dateReference": jour,
            "regime": _regime(scene),
            "assure": {"nir": matricule[:13], "cle": matricule[13:]},
            "beneficiaire": {"dateNaissance": scene.patient.traits.date_naissance, "rang": 1},
            "demandeur": {"identifiantFacturation": numero, "specialite": specialite},
            "contexte": {"source": "apcv", "idContexteApCV": contexte},
        },
    )
    recit.promettre("the JSON face says the same", droits["droitsAMO"][0]["ouvert"], voie="ADRi JSON")
    recit.egal("… of the same body", droits["organisme"]["caisse"], soap["Organisme"]["Caisse"], voie="ADRi JSON")


def _regime(scene: Scene) -> str:
    return scene.patient.assurance.regime if scene.patient.assurance else "01"


def _couverture(scene: Scene) -> Xml:
    matricule = scene.patient.matricule_ins
    return xml(
        _COUVERTURE,
        regime=_regime(scene),
        num=matricule[:13],
        cle=matricule[13:],
        naissance=scene.patient.traits.date_naissance,
    )
