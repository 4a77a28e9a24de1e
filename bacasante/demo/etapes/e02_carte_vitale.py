"""2. The carte Vitale app: QR on the phone, context of twenty minutes, INS verified by INSi (SOAP by zeep)."""

from typing import Any

from bacasante.demo.lps import Lps, facturation_de
from bacasante.demo.modele import PromesseRompue, Recit
from bacasante.demo.scene import Scene

CODE_SECRET = "1234"  # noqa: S105  # every phone of the demonstration world
VOIE_TELEPHONE = "phone"


def jouer(scene: Scene, recit: Recit) -> None:
    telephone = appli_du_patient(scene)
    scene.acquis["appli"] = telephone
    contexte = lire_la_carte(scene, recit)
    scene.acquis["contexte"] = contexte

    [beneficiaire] = [b for b in contexte["Beneficiaires"]["Beneficiaire"] if int(b["Rang"]) == 1][:1]
    ins = beneficiaire["INS"]
    recit.egal("the card gives the matricule INS", ins["Matricule"], scene.patient.matricule_ins, voie="SOAP apcv")
    scene.acquis["oid"] = ins["oid"]

    verification = Lps(scene, "insi", scene.medecin).appeler(
        "verifierInsAvecTraitsIdentite", couverture=_couverture_vide(), **_individu(scene, ins)
    )
    recit.egal(
        "INSi verifies it: the INS is qualified", verification.get("CR", verification)["CodeCR"], "00", voie="SOAP insi"
    )
    _seconde_voie(scene, recit)


def appli_du_patient(scene: Scene) -> str:
    """The app of the patient's phone."""
    applis = scene.fil.get(
        "/apcv/phone/v1/applis", params={"matricule": scene.patient.matricule_ins}, voie=VOIE_TELEPHONE, qui="patient"
    )["applis"]
    actives = [a for a in applis if a["etat"] == "ACTIVE"]
    if not actives:
        raise PromesseRompue("the patient has an active app", voie=VOIE_TELEPHONE, recu=[a["etat"] for a in applis])
    return str(actives[0]["id"])


def lire_la_carte(scene: Scene, recit: Recit) -> dict[str, Any]:
    """The phone shows a QR code, the software reads it: the context that opens."""
    presentation = scene.fil.post(
        f"/apcv/phone/v1/applis/{scene.acquis['appli']}/presentations",
        json={"code": CODE_SECRET, "mode": "qr"},
        voie=VOIE_TELEPHONE,
        qui="patient",
    )
    recit.promettre(
        "the phone shows a QR code", str(presentation["png"]).startswith("data:image/png"), voie=VOIE_TELEPHONE
    )
    numero, specialite, _ = facturation_de(scene.medecin)
    lu: dict[str, Any] = Lps(scene, "apcv", scene.medecin).appeler(
        "authentifierUtilisateurProximite",
        ProfessionnelSante={"IdentifiantFacturation": numero, "CodeSpecialiteAMO": specialite},
        Donnees=presentation["donnees"],
    )
    return lu


def _seconde_voie(scene: Scene, recit: Recit) -> None:
    """The phone itself shows where the card was read; the JSON face finds the same open context."""
    usages = scene.fil.get(f"/apcv/phone/v1/applis/{scene.acquis['appli']}/usages", voie=VOIE_TELEPHONE, qui="patient")[
        "usages"
    ]
    identifiant = scene.acquis["contexte"]["ContexteApCV"]["Identifiant"]
    dernier = usages[0] if usages else {}
    lu = dernier.get("etat") == "ACTIVE" and scene.medecin.nom in str(dernier.get("professionnel"))
    recit.promettre("the phone shows who read the card", lu, voie=VOIE_TELEPHONE, recu=dernier)
    jeton = scene.jeton(scene.medecin.slug)
    courant = scene.fil.get("/apcv/v1/contextes/courant", jeton=jeton, voie="apCV JSON", qui=scene.medecin.slug)
    recit.promettre("the same context is open on the JSON face", identifiant in courant.texte, voie="apCV JSON")


def _individu(scene: Scene, ins: dict[str, Any]) -> dict[str, Any]:
    traits = scene.patient.traits
    matricule = scene.patient.matricule_ins
    return {
        "INSFourni": {
            "IdIndividu": {"NumIdentifiant": matricule[:13], "Cle": matricule[13:], "TypeMatricule": "NIR"},
            "OID": ins["oid"],
        },
        "TraitsIdentiteIndividu": {
            "NomNaissance": traits.nom_naissance,
            "ListePrenom": " ".join(traits.prenoms),
            "Sexe": str(traits.sexe),
            "DateNaissance": traits.date_naissance,
            "LieuNaissance": traits.lieu_naissance,
        },
    }


def _couverture_vide() -> Any:
    from shared.soap.gabarit import Xml

    return Xml("<b:COUVERTURE/>")
