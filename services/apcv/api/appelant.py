"""The professional of a JSON call: the holder of the token, with the billing identity they announce."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.apcv.domain.contexte import Professionnel
from services.apcv.usecases.praticiens import identifier
from shared.auth.principal import Professionnel as Titulaire
from shared.edge.bac import Bac


async def appelant(
    session: AsyncSession,
    bac: Bac,
    titulaire: Titulaire,
    identifiant_facturation: str | None = None,
    code_specialite: str | None = None,
) -> Professionnel:
    return await identifier(
        session,
        bac,
        identifiant_facturation=identifiant_facturation,
        code_specialite=code_specialite,
        id_nat=titulaire.id_nat,
        nom=f"{titulaire.nom} {titulaire.prenom}".strip() or None,
    )
