"""Every refusal of the provider, as data: OAuth error, wording of the real platform, explanation in both languages.

The texts of ``description`` are those the platform shows (Pro Santé Connect is a Keycloak realm). Sources are the
sections of the reference sheet (PSC §n) or of the standards it cites; "choix" marks a ruling of ours where none speaks.
"""

from gateway.oidc.domain.regles import autorisation, ciba, jeton, ressources
from gateway.oidc.domain.regles.modele import Regle

REGLES: dict[str, Regle] = {r.id: r for r in (*autorisation.REGLES, *jeton.REGLES, *ciba.REGLES, *ressources.REGLES)}

__all__ = ["REGLES", "Regle"]
