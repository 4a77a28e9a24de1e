"""The sentences of a printed ordonnance (CSP R.5132-3; e-prescription §7.1, §7.3)."""

from collections.abc import Iterator
from datetime import date

from services.eprescription.domain.lignes import (
    Ligne,
    LigneActe,
    LigneArret,
    LigneDM,
    LigneMed,
    LigneTransport,
)
from services.eprescription.domain.referentiel import medicament_de
from services.eprescription.domain.tables import par_code

_NOMBRES = """
zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit
dix-neuf vingt
"""
_UNITES = _NOMBRES.split()


def en_lettres(valeur: int) -> str:
    """Numbers of medicines on a secured ordonnance; beyond twenty the digits are kept."""
    return _UNITES[valeur] if 0 <= valeur < len(_UNITES) else str(valeur)


def jour_fr(d: date | None) -> str:
    return f"{d:%d/%m/%Y}" if d else ""


def denomination(ligne: LigneMed) -> str:
    produit, connu = ligne.produit, medicament_de(ligne)
    if produit is None:
        return connu.denomination if connu else ""
    return produit.libelle or (connu.denomination if connu else "") or produit.dc or produit.formule or ""


def renouvellement(ligne: Ligne) -> str | None:
    if isinstance(ligne, LigneMed) and ligne.ne_pas_renouveler:
        return "À ne pas renouveler"
    if not ligne.renouvellements:
        return None
    return f"À renouveler {ligne.renouvellements} fois"


def details(ligne: Ligne) -> Iterator[str]:
    """What follows the title of a line, one sentence each."""
    match ligne:
        case LigneMed():
            yield from _medicament(ligne)
        case LigneDM():
            yield from _dispositif(ligne)
        case LigneActe():
            yield from _acte(ligne)
        case LigneTransport():
            yield from _transport(ligne)
        case LigneArret():
            yield from _arret(ligne)
    if (mention := renouvellement(ligne)) is not None:
        yield mention
    if ligne.instructions_patient:
        yield ligne.instructions_patient
    if ligne.non_remboursable:
        yield "NR (non remboursable)"


def titre(ligne: Ligne) -> str:
    match ligne:
        case LigneMed():
            return denomination(ligne)
        case LigneDM():
            return ligne.designation or ligne.lpp or ""
        case LigneActe():
            modele = f"Soins infirmiers, modèle {ligne.modele}" if ligne.modele else ""
            return ligne.libelle or ligne.acte or modele or ligne.code or ligne.indication or "Acte"
        case LigneTransport():
            return "Transport : " + _mode(ligne.mode_aller)
        case LigneArret():
            return "Arrêt de travail" + (" : prolongation" if ligne.nature == "PROLONGATION" else " initial")


def _mode(code: str | None) -> str:
    return par_code("modes_transport").get(code or "", {}).get("libelle", code or "")


def _medicament(ligne: LigneMed) -> Iterator[str]:
    if ligne.produit and ligne.produit.formule:
        yield f"Formule : {ligne.produit.formule}"
    if ligne.posologie and ligne.posologie.texte:
        yield ligne.posologie.texte
    if ligne.posologie and ligne.posologie.toutes_lettres:
        yield f"En toutes lettres : {ligne.posologie.toutes_lettres}"
    if ligne.voie and (voie := par_code("voies_administration_edqm").get(ligne.voie)):
        yield voie["libelle"]
    if ligne.duree_jours:
        yield f"Pendant {ligne.duree_jours} jours"
    if ligne.quantite:
        conditionnement = par_code("conditionnements_edqm").get(ligne.quantite.conditionnement or "", {})
        yield f"Quantité : {ligne.quantite.valeur} {conditionnement.get('libelle', 'conditionnement(s)').lower()}"
    if ligne.fractionnement_jours:
        yield f"Délivrance fractionnée : {ligne.fractionnement_jours} jours"
    if ligne.delivrance_unique:
        yield "Délivrance en une seule fois"
    if ligne.substitution.code == "N":
        yield f"Non substituable ({ligne.substitution.motif})"
    if ligne.hors_amm:
        yield "Prescription hors AMM"


def _dispositif(ligne: LigneDM) -> Iterator[str]:
    if ligne.lpp:
        yield f"Code LPP : {ligne.lpp}"
    if quantite := ligne.quantite or ligne.conditionnements:
        yield f"Quantité : {quantite}"
    if ligne.duree_totale_mois:
        yield f"Durée totale : {ligne.duree_totale_mois} mois"
    if ligne.conditions_utilisation:
        yield ligne.conditions_utilisation
    if ligne.a_executer_avant:
        yield f"À exécuter avant le {jour_fr(ligne.a_executer_avant)}"


def _acte(ligne: LigneActe) -> Iterator[str]:
    if ligne.modele is not None:
        yield f"En rapport avec une ALD : {'oui' if ligne.ald else 'non'}"
    for libelle, valeur in (
        ("À compter du", jour_fr(ligne.date_debut)),
        ("Lieu", ligne.lieu),
        ("Indication", ligne.indication),
        ("Produit", ligne.produit if isinstance(ligne.produit, str) else None),
        ("Voie d'abord", ligne.voie_abord),
        ("Fréquence", ligne.frequence_horaire or ligne.frequence_renouvellement or ligne.frequence),
        ("Localisation", ligne.localisation_plaie if isinstance(ligne.localisation_plaie, str) else None),
        ("Pansement", ligne.classe_ou_marque),
        ("Nombre de séances", ligne.nombre_seances),
        ("Nombre de passages", ligne.nombre_passages),
        ("Durée (jours)", ligne.duree_jours),
        ("Renseignements cliniques", ligne.renseignements_cliniques),
    ):
        if valeur:
            yield f"{libelle} : {valeur}"
    if ligne.dimanche_et_feries:
        yield "Y compris dimanche et jours fériés"
    if ligne.urgent or ligne.urgence:
        yield "Urgent"


def _transport(ligne: LigneTransport) -> Iterator[str]:
    if ligne.mode_retour:
        yield f"Retour : {_mode(ligne.mode_retour)}"
    yield f"Date du transport : {jour_fr(ligne.date_transport)}"
    for besoin in ligne.besoins:
        yield par_code("besoins_transport").get(besoin, {}).get("libelle", besoin)
    if ligne.distance_km:
        yield f"Distance : {ligne.distance_km:g} km"
    if ligne.serie:
        yield f"Série : {ligne.serie.nombre} transports en {ligne.serie.periode_mois} mois"


def _arret(ligne: LigneArret) -> Iterator[str]:
    yield f"Du {jour_fr(ligne.debut)} au {jour_fr(ligne.fin)}"
    if ligne.sorties:
        yield f"Sorties : {ligne.sorties.type.replace('_', ' ').lower()}"


__all__ = ["denomination", "details", "en_lettres", "jour_fr", "titre"]
