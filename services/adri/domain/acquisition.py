"""acquerirLesDroits: who is asked about, and with which result code (adri.md §2, §5)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from services.adri.domain.datation import validite
from services.adri.domain.droits import Affiliation, Beneficiaire, Couverture, Organisme, Periode, par_debut
from services.adri.domain.fautes import FauteADRi, refuser
from shared.decision import Decision, noter
from shared.identite.traits import est_date_naissance

LIBELLES_CR = {
    "00": "OK",
    "01": (
        "L'organisme AMO nous informe que le patient n'est pas présent dans sa base. Merci de vérifier le numéro de "
        "sécurité sociale, la date et le rang de naissance, ainsi que le code régime."
    ),
    "02": "Les droits AMO sont fermés à la date de référence.",
    "03": "Plusieurs bénéficiaires correspondent : précisez le rang de naissance.",
    "04": "Le bénéficiaire est rattaché à un autre organisme.",
    "05": "L'organisme ne peut pas répondre ou les droits sont en cours de mise à jour. Réessayez plus tard.",
}
REGIMES = frozenset({f"{n:02d}" for n in (*range(1, 11), 12, 14, 15, 16, *range(90, 100))})
"""Grands régimes of adri.md §4.1."""


@dataclass(frozen=True, slots=True)
class NumeroAssure:
    num: str
    cle: str


@dataclass(frozen=True, slots=True)
class Demandeur:
    identifiant_facturation: str | None = None
    specialite: str | None = None
    structure: str | None = None
    id_nat: str | None = None


@dataclass(frozen=True, slots=True)
class Demande:
    """What every wire says: identification is (régime, insured NIR and key, birth date, rank), never the name."""

    date_reference: date
    regime: str
    assure: NumeroAssure
    date_naissance: str
    rang: int | None = None
    caisse: str | None = None
    centre: str | None = None
    nir_certifie: NumeroAssure | None = None
    demandeur: Demandeur = Demandeur()
    contexte_apcv: str | None = None


@dataclass(frozen=True, slots=True)
class Reponse:
    """A result code; the beneficiary with 00 and 02, the new body with 04."""

    code: str
    demande: Demande
    beneficiaire: Beneficiaire | None = None
    organisme: Organisme | None = None
    validite: Periode | None = None
    periodes: tuple[Periode, ...] = ()
    couvertures: tuple[Couverture, ...] = ()

    @property
    def libelle(self) -> str:
        return LIBELLES_CR[self.code]

    @property
    def est_medecin_traitant(self) -> bool:
        """Whether the caller is the declared family doctor."""
        declare = self.beneficiaire.medecin_traitant if self.beneficiaire else None
        return declare is not None and declare == self.demande.demandeur.identifiant_facturation


def controler(demande: Demande) -> Demande:
    """Forms only; whether somebody matches is the matter of the result code."""
    if demande.regime not in REGIMES:
        raise _schema("ADRI-REGIME", "GrandRegime", "unknown grand régime", "grand régime inconnu")
    for champ, numero in (("NIRassure", demande.assure), ("NIRcertifie", demande.nir_certifie)):
        if numero is not None and not _forme_nir(numero):
            raise _schema(
                "ADRI-NIR", champ, "13 characters and a two-digit key", "13 caractères et une clé de 2 chiffres"
            )
    if not est_date_naissance(demande.date_naissance):
        raise _schema(
            "ADRI-DATE", "DatedeNaissance", "YYYY-MM-DD, lunar months allowed", "AAAA-MM-JJ, mois lunaire admis"
        )
    if demande.rang is not None and not 1 <= demande.rang <= 9:
        raise _schema("ADRI-RANG", "RangdeNaissance", "a rank from 1 to 9", "un rang de 1 à 9")
    if demande.caisse is not None and not (len(demande.caisse) == 3 and demande.caisse.isalnum()):
        raise _schema("ADRI-ORGANISME", "Organisme", "three characters", "trois caractères")
    if demande.centre is not None and not (len(demande.centre) == 4 and demande.centre.isalnum()):
        raise _schema("ADRI-ORGANISME", "CodeCentre", "four characters", "quatre caractères")
    return demande


def acquerir(demande: Demande, foyer: Sequence[Beneficiaire]) -> Reponse:
    """The answer for a request already checked; ``foyer`` is everybody attached to the insured number asked."""
    trouves = _identifier(demande, foyer)
    if isinstance(trouves, str):
        return _conclure(Reponse("01", demande), trouves)
    if len(trouves) > 1:
        return _conclure(Reponse("03", demande), "RANG")
    beneficiaire = trouves[0]
    affiliation = beneficiaire.affiliation(demande.date_reference)
    ecart = _ecart_organisme(demande, beneficiaire.affiliations, affiliation)
    if ecart == "REGIME":
        return _conclure(Reponse("01", demande), ecart)
    if ecart == "MUTATION":
        return _conclure(Reponse("04", demande, organisme=affiliation.organisme), ecart)
    if beneficiaire.en_mise_a_jour:
        return _conclure(Reponse("05", demande), "MISE-A-JOUR")
    if not beneficiaire.est_ouvert(demande.date_reference):
        passees = tuple(p for p in sorted(beneficiaire.periodes, key=par_debut) if p.debut <= demande.date_reference)
        return _conclure(Reponse("02", demande, beneficiaire, affiliation.organisme, periodes=passees), "DROITS-FERMES")
    return _conclure(_ouverte(demande, beneficiaire, affiliation.organisme), "DROITS-OUVERTS")


def _ouverte(demande: Demande, beneficiaire: Beneficiaire, organisme: Organisme) -> Reponse:
    jour = demande.date_reference
    fenetre = validite(jour, next(p for p in beneficiaire.periodes if p.couvre(jour)))
    segments = beneficiaire.couvertures_sur(fenetre)
    segments.sort(key=lambda c: not c.periode.couvre(jour))  # the one in force at the date of reference comes first
    periodes = tuple(p for p in sorted(beneficiaire.periodes, key=par_debut) if p.intersection(fenetre) is not None)
    return Reponse("00", demande, beneficiaire, organisme, fenetre, periodes, tuple(segments))


def _identifier(demande: Demande, foyer: Iterable[Beneficiaire]) -> list[Beneficiaire] | str:
    """Those who match, or the name of the criterion that left nobody."""
    restants = list(foyer)
    criteres = (
        ("ASSURE", lambda b: (b.assure_nir, b.assure_cle) == (demande.assure.num.upper(), demande.assure.cle)),
        ("DATE", lambda b: b.date_naissance == demande.date_naissance),
        ("NIR-CERTIFIE", lambda b: demande.nir_certifie is None or b.matricule == _quinze(demande.nir_certifie)),
        ("RANG", lambda b: demande.rang is None or b.rang == demande.rang),
    )
    for nom, garde in criteres:
        restants = [b for b in restants if garde(b)]
        if not restants:
            return nom
    return restants


def _ecart_organisme(demande: Demande, toutes: Iterable[Affiliation], actuelle: Affiliation) -> str | None:
    """``MUTATION`` when the body asked is not the present one but was, or is another caisse of the same régime."""
    organisme = actuelle.organisme
    if demande.regime == organisme.regime:
        return None if demande.caisse in (None, organisme.caisse) else "MUTATION"
    anciens = {(a.organisme.regime, a.organisme.caisse) for a in toutes}
    connu = any(r == demande.regime and demande.caisse in (None, c) for r, c in anciens)
    return "MUTATION" if connu else "REGIME"


def _conclure(reponse: Reponse, raison: str) -> Reponse:
    noter(
        Decision(
            f"ADRI-CR-{reponse.code}",
            "accepte",
            fr=reponse.libelle,
            en=f"{_ANGLAIS[reponse.code]} ({raison})",
            entrees={"raison": raison, "date_reference": reponse.demande.date_reference.isoformat()},
            examinees=("ASSURE", "DATE", "NIR-CERTIFIE", "RANG", "REGIME", "MISE-A-JOUR", "DROITS"),
            source="adri.md §5",
        )
    )
    return reponse


_ANGLAIS = {
    "00": "rights are open",
    "01": "nobody matches: check insured number, birth date, rank and régime",
    "02": "rights are closed at the date of reference",
    "03": "several beneficiaries: give the rank of birth",
    "04": "the beneficiary is attached to another body",
    "05": "the body cannot answer now, retry later",
}


def _quinze(numero: NumeroAssure) -> str:
    return numero.num.upper() + numero.cle


def _forme_nir(numero: NumeroAssure) -> bool:
    num, cle = numero.num, numero.cle
    corps = len(num) == 13 and num.isascii() and num[:6].isdigit() and num[6].isalnum() and num[7:].isdigit()
    return corps and len(cle) == 2 and cle.isascii() and cle.isdigit()


def _schema(regle: str, champ: str, en: str, fr: str) -> FauteADRi:
    return refuser(
        "sandbox_schema", regle=regle, champ=champ, en=f"{champ}: expected {en}.", fr=f"{champ} : attendu {fr}."
    )
