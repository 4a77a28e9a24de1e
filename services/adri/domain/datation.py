"""Dating rule: which care an ADRi answer may serve (adri.md §1.2)."""

from datetime import date, timedelta

from services.adri.domain.droits import Couverture, Periode
from shared.errors import Conflit, RegleMetier


class ReponseTropAncienne(RegleMetier):
    regle = "ADRI-DATE-01"


class ForcageAldRefuse(Conflit):
    regle = "ADRI-ALD-01"


def un_an_avant(jour: date) -> date:
    """The same day a year earlier; 29 February becomes 1 March, so that the period never exceeds one year."""
    try:
        return jour.replace(year=jour.year - 1)
    except ValueError:
        return date(jour.year - 1, 3, 1)


def validite(date_reference: date, droits: Periode) -> Periode:
    """The period of one year that the answer carries, inside the open rights (adri.md §1.2, §6)."""
    return Periode(max(un_an_avant(date_reference) + timedelta(days=1), droits.debut), date_reference)


def est_utilisable(periode: Periode, *, date_prescription: date, date_appel: date) -> bool:
    """The ADRi coverage is used when the prescription lies inside the period and is not after the call."""
    return periode.couvre(date_prescription) and date_appel >= date_prescription


def couverture_applicable(couvertures: tuple[Couverture, ...], date_prescription: date) -> Couverture | None:
    """A right that starts after the prescription does not apply to it."""
    return next((c for c in couvertures if c.periode.couvre(date_prescription)), None)


def verifier_rattachement(date_reponse: date, date_facture: date) -> None:
    """An answer more than one year older than the invoice cannot be attached to it (adri.md §6)."""
    if date_reponse < un_an_avant(date_facture):
        raise ReponseTropAncienne(
            "the ADRi answer is more than one year older than the invoice: use degraded mode and a supporting document",
            "la réponse ADRi précède la facture de plus d'un an : mode dégradé et pièce justificative",
            champ="dateReference",
        )


def verifier_forcage_ald(*, reponse_attachee: bool) -> None:
    """Forcing ALD by hand is blocked while an ADRi answer is attached (adri.md §1)."""
    if reponse_attachee:
        raise ForcageAldRefuse(
            "remove the ADRi answer from the invoice before forcing ALD, and give a supporting document",
            "retirez la réponse ADRi de la facture avant de forcer l'ALD, et joignez une pièce justificative",
            champ="forcageALD",
        )
