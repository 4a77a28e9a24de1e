"""The sheet's invented people (insi.md §11.2) as domain values, for tests of pure rules."""

from services.ins.domain.personne import Matricule, Personne
from shared.identite.ins import NatureMatricule


def personne(
    matricule: str,
    nom: str,
    prenoms: str,
    sexe: str,
    naissance: str,
    lieu: str | None = None,
    *,
    nature: NatureMatricule = NatureMatricule.NIR,
    historique: tuple[str, ...] = (),
    alias: tuple[str, ...] = (),
    rang: int = 1,
) -> Personne:
    return Personne(
        id=matricule,
        matricule=Matricule(matricule, nature),
        nom_naissance=nom,
        prenoms=tuple(prenoms.split()),
        sexe=sexe,
        date_naissance=naissance,
        lieu_naissance=lieu,
        rang_naissance=rang,
        alias=alias,
        historique=tuple(Matricule(h) for h in historique),
    )


BLANC_VALMONT = personne("285076311304226", "BLANC-VALMONT", "CAMILLE LOUISE", "F", "1985-07-14", "63113")
D_ORGEVAL = personne("199027505611739", "D'ORGEVAL", "JEAN-BAPTISTE MARIN", "M", "1999-02-03", "75056")
ORSINI = personne("178112B03307588", "ORSINI", "GHJUVAN", "M", "1978-11-30", "2B033")
OKONKWO = personne("188049933801642", "OKONKWO", "CHIDI", "M", "1988-04-12", "99338", nature=NatureMatricule.NIA)
VILLEDIEU = personne(
    "262063306320187", "VILLEDIEU", "SASHA", "F", "1962-06-05", "33063", historique=("162063306320140",)
)
MARTINEAU_LYON = personne("150026912307750", "MARTINEAU", "PAUL", "M", "1950-02-15", "69123")
MARTINEAU_BORDEAUX = personne("150023306311865", "MARTINEAU", "PAUL", "M", "1950-02-15", "33063")
L_HERITIER = personne("274053523806439", "L'HERITIER-BOEUF", "ANNE-SOPHIE", "F", "1974-05-22", "35238")
EL_MANSOURI = personne("142209935002153", "EL MANSOURI", "AHMED", "M", "1942-20-00", "99350")
TOUS = (
    BLANC_VALMONT,
    D_ORGEVAL,
    ORSINI,
    OKONKWO,
    VILLEDIEU,
    MARTINEAU_LYON,
    MARTINEAU_BORDEAUX,
    L_HERITIER,
    EL_MANSOURI,
)
