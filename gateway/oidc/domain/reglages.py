"""The knobs of the provider, per bac (PSC §12): every documented ambiguity of the real platform has one."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal, TypeAlias, get_args, get_type_hints

from shared.errors import Invalide

AcrPolicy: TypeAlias = Literal["always_eidas1", "by_auth_mode", "absent"]
TokenProfile: TypeAlias = Literal["ans_samples", "kc_recent"]
WrongSecret: TypeAlias = Literal["unauthorized_client", "invalid_client"]
DiscoveryMode: TypeAlias = Literal["both", "wallet_only", "as_captured"]
IdnatFormat: TypeAlias = Literal["prefixed", "bare_rpps"]
UserinfoShape: TypeAlias = Literal["2023", "2021", "minimal", "no_SubjectRefPro", "no_email"]
CibaPolicy: TypeAlias = Literal["manual", "auto_approve", "auto_refuse", "timeout", "unreachable"]
Rotation: TypeAlias = Literal["off", "on"]
UserinfoSigne: TypeAlias = Literal["json", "jwt"]
Bascule: TypeAlias = Literal["off", "on"]


@dataclass(frozen=True, slots=True)
class Reglages:
    """Defaults are what the sources document; the other values reproduce what integrators met (PSC §2.13)."""

    acr_policy: AcrPolicy = "always_eidas1"
    token_profile: TokenProfile = "ans_samples"  # noqa: S105  # not a secret
    wrong_secret_error: WrongSecret = "unauthorized_client"  # noqa: S105  # not a secret
    discovery_mode: DiscoveryMode = "both"
    idnat_format: IdnatFormat = "prefixed"
    userinfo_shape: UserinfoShape = "2023"
    userinfo_format: UserinfoSigne = "json"
    access_ttl: int = 120
    refresh_ttl: int = 1800
    code_ttl: int = 60
    sso_max: int = 4 * 3600
    sso_idle: int = 1800
    login_ttl: int = 1800
    ecps_ttl: int = 120
    refresh_rotation: Rotation = "off"
    strict_state: Bascule = "off"
    ciba_policy: CibaPolicy = "manual"
    ciba_interval: int = 5
    ciba_ttl: int = 120
    ciba_delay: int = 0

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def modifies(self, changements: Mapping[str, Any]) -> "Reglages":
        """These knobs with ``changements``; an unknown name or value is refused by name, with what is allowed."""
        types = get_type_hints(Reglages)
        for nom, valeur in changements.items():
            if nom not in types:
                raise Invalide(
                    f"Unknown setting {nom!r}; the settings are {', '.join(sorted(types))}.",
                    f"Réglage {nom!r} inconnu ; les réglages sont {', '.join(sorted(types))}.",
                    regle="PSC-REG-01",
                    champ=nom,
                )
            _verifier(nom, valeur, get_args(types[nom]))
        return replace(self, **dict(changements))

    @classmethod
    def from_json(cls, d: Mapping[str, Any]) -> "Reglages":
        connus = {f.name for f in fields(cls)}
        return cls(**{k: v for k, v in d.items() if k in connus})


def _verifier(nom: str, valeur: object, admis: tuple[str, ...]) -> None:
    if admis and valeur in admis:
        return
    if not admis and isinstance(valeur, int) and not isinstance(valeur, bool) and 0 <= valeur <= 365 * 86400:
        return
    attendu = ", ".join(admis) if admis else "a number of seconds (0 to one year)"
    raise Invalide(
        f"{nom} cannot be {valeur!r}; expected: {attendu}.",
        f"{nom} ne peut pas valoir {valeur!r} ; attendu : {attendu}.",
        regle="PSC-REG-02",
        champ=nom,
    )
