"""The people of adri.md §6.1 as domain values, at the sheet's own dates, for tests of pure rules."""

from datetime import date

from services.adri.domain.acquisition import Demande, Demandeur, NumeroAssure
from services.adri.domain.droits import Affiliation, Beneficiaire, Complementaire, Couverture, Organisme, Periode
from services.adri.domain.situations import Situation

JOUR = date(2026, 1, 15)
AMO = Periode(date(2025, 1, 16), date(2027, 1, 15))
CLERMONT = Organisme("01", "631")
MERE = "2820963113055"


def beneficiaire(
    nom: str,
    matricule: str,
    naissance: str,
    *couvertures: Couverture,
    assure: str | None = None,
    rang: int = 1,
    periodes: tuple[Periode, ...] = (AMO,),
    complementaire: Complementaire | None = None,
    affiliations: tuple[Affiliation, ...] = (Affiliation(CLERMONT, Periode(date(2000, 1, 1))),),
    en_mise_a_jour: bool = False,
) -> Beneficiaire:
    nir = assure or matricule
    return Beneficiaire(
        id=matricule,
        assure_nir=nir[:13],
        assure_cle=nir[13:],
        nom=nom,
        prenoms=("PRENOM",),
        date_naissance=naissance,
        rang=rang,
        qualite="0" if assure is None else "6",
        affiliations=affiliations,
        periodes=periodes,
        couvertures=tuple(couvertures),
        matricule=matricule,
        medecin_traitant="991234562",
        complementaire=complementaire,
        en_mise_a_jour=en_mise_a_jour,
    )


HELENE = beneficiaire("FONTANGES", MERE + "95", "1982-09-17")
LEO = beneficiaire("FONTANGES", "118016311330194", "2018-01-11", assure=MERE + "95")
NOE = beneficiaire("FONTANGES", "118016311330293", "2018-01-11", assure=MERE + "95", rang=2)
FOYER = (HELENE, LEO, NOE)
KERMADEC = beneficiaire(
    "KERMADEC",
    "156022901903323",
    "1956-02-17",
    Couverture(Situation.ALD, Periode(date(2021, 6, 1))),
    periodes=(Periode(date(2015, 1, 1)),),
)
QUEVEDO = beneficiaire(
    "QUEVEDO", "290039913400988", "1990-03-08", periodes=(Periode(date(2020, 1, 1), date(2025, 6, 30)),)
)


def demande(
    naissance: str = "2018-01-11",
    *,
    assure: str = MERE + "95",
    rang: int | None = 2,
    jour: date = JOUR,
    regime: str = "01",
    caisse: str | None = None,
    nir_certifie: str | None = None,
    facturation: str | None = "991234562",
) -> Demande:
    return Demande(
        date_reference=jour,
        regime=regime,
        assure=NumeroAssure(assure[:13], assure[13:]),
        date_naissance=naissance,
        rang=rang,
        caisse=caisse,
        nir_certifie=NumeroAssure(nir_certifie[:13], nir_certifie[13:]) if nir_certifie else None,
        demandeur=Demandeur(identifiant_facturation=facturation),
    )
