"""Vérification d'une INS connue, unitaire ou par lot: OK or KO, never which trait differs (insi.md §6, §7)."""

from dataclasses import dataclass
from datetime import date

from services.ins.domain.fautes import refuser
from services.ins.domain.personne import Personne
from services.ins.domain.recherche import Reponse, contenus_dans_l_ordre, controler_date, controler_lieu
from shared.decision import Decision, noter
from shared.errors import Invalide
from shared.identite.ins import OID_INS_C, MatriculeIns, OidMode
from shared.identite.traits import normaliser


@dataclass(frozen=True, slots=True)
class INSFourni:
    """``INSFourni`` and ``TraitsIdentiteIndividu`` of a verification; ``prenom``/``liste_prenoms``: at least one."""

    num: str
    cle: str
    oid: str
    nom_naissance: str
    sexe: str
    date_naissance: str
    prenom: str | None = None
    liste_prenoms: str | None = None
    lieu_naissance: str | None = None
    type_matricule: str | None = None

    @property
    def matricule(self) -> str:
        return self.num.upper() + self.cle


def controler(demande: INSFourni, *, aujourd_hui: date) -> INSFourni:
    """Everything but the place is mandatory (insi.md §2.3, §6); forms are checked before anything is compared."""
    for champ, valeur in (
        ("NumIdentifiant", demande.num),
        ("Cle", demande.cle),
        ("OID", demande.oid),
        ("NomNaissance", demande.nom_naissance),
        ("ListePrenom", demande.prenom or demande.liste_prenoms),
        ("Sexe", demande.sexe),
    ):
        if not (valeur or "").strip():
            raise refuser(
                "sandbox_schema",
                regle="INSI-OBLIGATOIRE",
                champ=champ,
                en=f"{champ} is mandatory in a verification.",
                fr=f"{champ} est obligatoire dans une vérification.",
            )
    controler_num(demande.num, demande.cle)
    if demande.sexe not in ("M", "F"):
        raise refuser(
            "sandbox_schema", regle="INSI-SEXE", champ="Sexe", en="Sexe is M or F.", fr="Le sexe vaut M ou F."
        )
    controler_date(demande.date_naissance, aujourd_hui=aujourd_hui)
    if demande.lieu_naissance:
        controler_lieu(demande.lieu_naissance)
    return demande


def controler_num(num: str, cle: str, *, champ: str = "NumIdentifiant") -> None:
    """XSD of ``NumIdentifiant`` and ``Cle`` (insi.md §2.1); the key's value is judged elsewhere."""
    forme = len(num) == 13 and num.isascii() and num[:6].isdigit() and num[6].isalnum() and num[7:].isdigit()
    if not forme or not (len(cle) == 2 and cle.isascii() and cle.isdigit()):
        raise refuser(
            "sandbox_schema",
            regle="INSI-MATRICULE",
            champ=champ,
            en="A matricule is 13 characters (2A or 2B for Corsica) and a two-digit key.",
            fr="Un matricule compte 13 caractères (2A ou 2B pour la Corse) et une clé de deux chiffres.",
        )


def verifier(demande: INSFourni, personne: Personne | None, *, mode: OidMode, controle_cle: bool = True) -> Reponse:
    """00 when the active matricule, its OID and every trait supplied are those of ``personne``; else 01.

    ``personne`` is whoever owns the matricule, actively or in history, if anybody does. The reason of a KO goes to the
    journal only: public material speaks of OK and not OK, and a caller must not learn which trait differs.
    """
    raison = _raison_ko(demande, personne, mode, controle_cle)
    noter(
        Decision(
            f"INSI-VER-{raison[0] if raison else 'OK'}",
            "accepte",
            fr=raison[1] if raison else "Matricule actif, OID et traits identiques.",
            en=raison[2] if raison else "Active matricule, OID and traits are the same.",
            examinees=("CLE", "INS-C", "INCONNU", "HISTORIQUE", "OID", "TRAITS"),
            source="insi.md §6",
        )
    )
    return Reponse("01") if raison else Reponse("00", personne)


def _raison_ko(
    demande: INSFourni, personne: Personne | None, mode: OidMode, controle_cle: bool
) -> tuple[str, str, str] | None:
    if controle_cle and not _cle_juste(demande.matricule):
        return "CLE", "La clé ne correspond pas au matricule.", "The key does not match the matricule."
    if demande.oid == OID_INS_C:
        return "INS-C", "L'INS calculé n'est pas une INS.", "The computed INS-C is not an INS."
    if personne is None:
        return "INCONNU", "Matricule inconnu.", "Unknown matricule."
    if personne.matricule.valeur != demande.matricule:
        return "HISTORIQUE", "Matricule historique, remplacé depuis.", "Historic matricule, replaced since."
    if demande.oid != personne.oid(mode):
        return "OID", "L'OID n'est pas celui de ce matricule.", "The OID is not the one of this matricule."
    if not _memes_traits(demande, personne):
        return "TRAITS", "Un trait au moins diffère.", "At least one trait differs."
    return None


def _cle_juste(matricule: str) -> bool:
    try:
        MatriculeIns(matricule)
    except Invalide:
        return False
    return True


def _memes_traits(demande: INSFourni, personne: Personne) -> bool:
    prenom, liste = demande.prenom, demande.liste_prenoms
    return (
        normaliser(demande.nom_naissance) in personne.noms_recherche
        and (not prenom or contenus_dans_l_ordre(normaliser(prenom).split(), personne.prenoms_recherche))
        and (not liste or tuple(normaliser(liste).split()) == personne.prenoms_recherche)
        and demande.sexe == personne.sexe
        and demande.date_naissance == personne.date_naissance
        and (not demande.lieu_naissance or demande.lieu_naissance.upper() == personne.lieu_naissance)
    )
