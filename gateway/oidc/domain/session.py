"""Single sign-on sessions: four hours at most, thirty minutes idle, extended by use (PSC §2.2, §2.6)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.oidc.domain.reglages import Reglages


@dataclass(frozen=True, slots=True)
class Session:
    """One login of one person in one browser (or one CIBA consent), shared by the clients that joined it."""

    sid: str
    persona: str
    id_nat: str
    auth_time: datetime
    vue_a: datetime
    auth_mode: str = "MOBILE"
    ouverte_a: datetime | None = None
    terminee_a: datetime | None = None

    def fin(self, reglages: Reglages) -> datetime:
        """The instant the session dies if nobody uses it any more."""
        debut = self.ouverte_a or self.auth_time
        return min(
            debut + timedelta(seconds=reglages.sso_max),
            self.vue_a + timedelta(seconds=reglages.sso_idle),
        )

    def est_active(self, maintenant: datetime, reglages: Reglages) -> bool:
        return self.terminee_a is None and maintenant < self.fin(reglages)

    def utilisee(self, maintenant: datetime) -> "Session":
        """Use extends the idle limit, never the four-hour limit."""
        return replace(self, vue_a=max(self.vue_a, maintenant))

    def reauthentifiee(self, maintenant: datetime, auth_mode: str) -> "Session":
        """``prompt=login`` or ``max_age``: the same session with a later ``auth_time``."""
        return replace(self, auth_time=maintenant, vue_a=maintenant, auth_mode=auth_mode)

    def terminee(self, maintenant: datetime) -> "Session":
        return self if self.terminee_a is not None else replace(self, terminee_a=maintenant)


def doit_se_connecter(
    session: Session | None,
    *,
    prompt: tuple[str, ...],
    max_age: int | None,
    maintenant: datetime,
    reglages: Reglages,
) -> bool:
    """Whether a login page is due although a cookie may have come (OIDC Core §3.1.2.3)."""
    if session is None or not session.est_active(maintenant, reglages):
        return True
    if "login" in prompt or "select_account" in prompt:
        return True
    return max_age is not None and maintenant - session.auth_time > timedelta(seconds=max_age)
