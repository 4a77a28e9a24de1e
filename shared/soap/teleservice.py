"""Technical faults of a téléservice on ``/lps``, as data: the row of a table, and the refusal that carries it.

Each row keeps what the published fault shows on the SOAP wire (``subcode``, ``code``, who is at fault, ``severite``,
the texts) and the HTTP status of the JSON face (insi.md §8, adri.md §5).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

from shared.decision import Decision, noter
from shared.errors import DomainError


@dataclass(frozen=True, slots=True)
class LigneFaute:
    code: str
    subcode: str
    acteur: Literal["Sender", "Receiver"]
    severite: str
    http: int
    fr: str
    en: str
    raison: str | None = None
    """Text of ``Fault/Reason``; ``fr`` is the text of ``Detail/Erreur``."""


class FauteTechnique(DomainError):
    """A published (or sandbox) technical fault; ``regle`` is the service's prefix and the code unless one is named."""

    issue: ClassVar[str] = "processing"
    lignes: ClassVar[Mapping[str, LigneFaute]]
    prefixe: ClassVar[str]
    source: ClassVar[str]

    def __init__(
        self,
        code: str,
        *,
        en: str | None = None,
        fr: str | None = None,
        champ: str | None = None,
        regle: str | None = None,
        http: int | None = None,
    ) -> None:
        ligne = self.lignes[code]
        statut = http or ligne.http
        membres = {
            "subcode": ligne.subcode,
            "code": ligne.code,
            "severite": ligne.severite,
            "acteur": ligne.acteur,
        }
        if ligne.raison is not None:
            membres["reason"] = ligne.raison
        super().__init__(
            en or ligne.en,
            fr or ligne.fr,
            regle=regle or self.regle_de(code),
            champ=champ,
            membres=membres,
            entetes={"Retry-After": "5"} if statut in (429, 503) else None,
        )
        self.ligne = ligne
        self.status = statut  # type: ignore[misc]  # one class, one row of the table per instance

    @classmethod
    def regle_de(cls, code: str) -> str:
        return f"{cls.prefixe}-{code}"

    @classmethod
    def refuser(
        cls,
        code: str,
        *,
        en: str | None = None,
        fr: str | None = None,
        champ: str | None = None,
        regle: str | None = None,
        http: int | None = None,
        examinees: tuple[str, ...] = (),
        entrees: Mapping[str, Any] | None = None,
        source: str | None = None,
    ) -> Self:
        """The refusal to raise, its decision already in the journal with the row of the table that answers."""
        faute = cls(code, en=en, fr=fr, champ=champ, regle=regle, http=http)
        noter(
            Decision(
                faute.regle,
                "refuse",
                fr=faute.fr,
                en=faute.en,
                entrees={"champ": champ, **(entrees or {})},
                examinees=examinees,
                ligne={"code": code, "subcode": faute.ligne.subcode, "severite": faute.ligne.severite},
                source=source or cls.source,
            )
        )
        return faute
