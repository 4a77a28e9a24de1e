"""Who is asking: the billing identity and the card (or token) must speak of one person (APCV-111)."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.apcv.domain.contexte import Professionnel
from services.apcv.domain.refus import refus
from services.apcv.store import assures
from services.apcv.store.assures import Praticien
from shared.decision import avertir
from shared.edge.bac import Bac


async def identifier(
    session: AsyncSession,
    bac: Bac,
    *,
    identifiant_facturation: str | None,
    code_specialite: str | None = None,
    id_nat: str | None = None,
    nom: str | None = None,
) -> Professionnel:
    """The professional behind a call; what the wire leaves out is completed from the billing identity."""
    if not identifiant_facturation:
        return await _sans_facturation(session, id_nat, code_specialite)
    connu = await assures.praticien_par_facturation(session, identifiant_facturation)
    if connu is None:
        await _inconnu(session, bac, identifiant_facturation, id_nat)
        return Professionnel(identifiant_facturation, code_specialite, id_nat, nom)
    if id_nat is not None and id_nat != connu.id_nat:
        _refuser(
            bac,
            f"Le numéro {identifiant_facturation} n'est pas celui du titulaire de la CPS.",
            f"Billing number {identifiant_facturation} is not that of the holder of the card.",
        )
        return Professionnel(identifiant_facturation, code_specialite, id_nat, nom)
    return _professionnel(connu, identifiant_facturation, code_specialite)


async def _sans_facturation(session: AsyncSession, id_nat: str | None, code_specialite: str | None) -> Professionnel:
    connu = await assures.praticien(session, id_nat) if id_nat else None
    if connu is None or connu.identifiant_facturation is None:
        raise refus(
            "APCV-111",
            "Aucune identité de facturation n'est connue pour cet appelant.",
            "No billing identity is known for this caller.",
            champ="ProfessionnelSante/IdentifiantFacturation",
        )
    return _professionnel(connu, connu.identifiant_facturation, code_specialite)


async def _inconnu(session: AsyncSession, bac: Bac, identifiant: str, id_nat: str | None) -> None:
    """A billing number nobody has: accepted from a caller without one of their own, except in homologation."""
    autre = await assures.praticien(session, id_nat) if id_nat else None
    if bac.reglages.profil == "homologation" or (autre is not None and autre.identifiant_facturation):
        _refuser(bac, f"Le numéro {identifiant} est inconnu.", f"Billing number {identifiant} is unknown.", strict=True)
        return
    avertir(
        "APCV-111",
        fr=f"Identité de facturation {identifiant} inconnue : acceptée hors homologation.",
        en=f"Billing identity {identifiant} is unknown: accepted outside homologation.",
        identifiant_facturation=identifiant,
    )


def _refuser(bac: Bac, fr: str, en: str, *, strict: bool = False) -> None:
    erreur = refus("APCV-111", fr, en, champ="ProfessionnelSante/IdentifiantFacturation")
    if bac.reglages.profil == "lenient" and not strict:
        avertir(erreur.regle, fr=erreur.fr, en=erreur.en)
        return
    raise erreur


def _professionnel(connu: Praticien, identifiant: str, code_specialite: str | None) -> Professionnel:
    return Professionnel(
        identifiant, code_specialite or connu.code_specialite, connu.id_nat, f"{connu.nom} {connu.prenom}"
    )
