"""Turning a grant into tokens: claims composed, signed outside any transaction."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gateway.oidc import sso
from gateway.oidc.api.outils import Monde
from gateway.oidc.domain import jetons
from gateway.oidc.domain.session import Session
from gateway.personas.repertoire import Persona
from shared.ids import Ids, RandomIds


@dataclass(frozen=True, slots=True)
class Octroi:
    """What was granted: to whom, for which client, in which session."""

    session: Session
    persona: Persona
    client_id: str
    scope: str
    nonce: str | None
    cnf: str | None = None


def horodatage(m: Monde) -> datetime:
    """The time that stamps tokens: the bac's, or the real one for unmodified clients (architecture §11.4)."""
    return m.bac.now() if m.bac.reglages.jetons == "bac" else datetime.now(UTC)


async def emettre(m: Monde, octroi: Octroi, ids: Ids | None = None) -> dict[str, Any]:
    """The body of a successful token response (PSC §2.4)."""
    ids = ids or RandomIds()
    signataire = await m.psc.signataire(m.bac.nom)
    c = jetons.Contexte(
        issuer=m.issuer,
        client_id=octroi.client_id,
        scope=octroi.scope,
        nonce=octroi.nonce,
        session=octroi.session,
        personne=octroi.persona.personne,
        reglages=m.reglages,
        instant=horodatage(m),
        reste_session=sso.fin_de_session(octroi.session, m.reglages, m.bac.now()),
        cnf=octroi.cnf,
    )
    acces = await signataire.signer(jetons.claims_acces(c, ids))
    id_token = await signataire.signer(jetons.claims_id(c, ids, acces))
    rafraichissement = signataire.signer_rafraichissement(jetons.claims_rafraichissement(c, ids))
    return jetons.reponse(c, acces=acces, id_token=id_token, rafraichissement=rafraichissement)
