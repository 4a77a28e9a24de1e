"""Refusals: one value, rendered by each surface in its own dialect.

    DomainError ............ a rule said no (4xx)
      ├─ Invalide .......... 400  the request cannot be understood; names the field
      ├─ NonAuthentifie .... 401  no proof of identity, or one that does not hold
      ├─ Interdit .......... 403  known caller, right missing
      ├─ Introuvable ....... 404  no such thing in this bac
      ├─ Conflit ........... 409  the present state forbids it
      ├─ TropGros .......... 413  over a published or protective bound
      ├─ TypeNonSupporte ... 415  content type not accepted here
      ├─ RegleMetier ....... 422  a business rule refuses
      └─ Indisponible ...... 503  a dependency is missing; says when to retry

Imports only the standard library: rules raise these without knowing any framework.
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class DomainError(Exception):
    """A refusal that names its rule and explains itself in English and French.

    ``status`` is the HTTP status of REST faces, ``issue`` the FHIR issue-type code, ``slug`` the stable last part of
    the RFC 9457 ``type``. ``regle`` is the id of the rule that refused (``DMP-AD-031``, ``MES-07`` …) and ``champ`` the
    field at fault, in the words of the wire. ``membres`` are dialect-specific extension members (``code``,
    ``subcode``, ``error`` …): a surface renders those it knows, JSON faces render them all.
    """

    status: ClassVar[int] = 422
    issue: ClassVar[str] = "business-rule"
    slug: ClassVar[str] = "regle-metier"
    regle: str = "BAC-000"

    def __init__(
        self,
        en: str,
        fr: str,
        *,
        regle: str | None = None,
        champ: str | None = None,
        membres: Mapping[str, Any] | None = None,
        entetes: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(en)
        self.en = en
        self.fr = fr
        if regle is not None:
            self.regle = regle
        self.champ = champ
        self.membres: dict[str, Any] = dict(membres or {})
        self.entetes: dict[str, str] = dict(entetes or {})


class Invalide(DomainError):
    status, issue, slug = 400, "invalid", "requete-invalide"
    regle = "BAC-REQ-01"


class NonAuthentifie(DomainError):
    status, issue, slug = 401, "login", "non-authentifie"
    regle = "BAC-AUTH-01"


class Interdit(DomainError):
    status, issue, slug = 403, "forbidden", "interdit"
    regle = "BAC-AUTH-02"


class Introuvable(DomainError):
    status, issue, slug = 404, "not-found", "introuvable"
    regle = "BAC-REQ-04"


class Conflit(DomainError):
    status, issue, slug = 409, "conflict", "conflit"
    regle = "BAC-REQ-09"


class TropGros(DomainError):
    status, issue, slug = 413, "too-long", "trop-gros"
    regle = "BAC-REQ-13"


class TypeNonSupporte(DomainError):
    status, issue, slug = 415, "not-supported", "type-non-supporte"
    regle = "BAC-REQ-15"


class RegleMetier(DomainError):
    pass


class Indisponible(DomainError):
    status, issue, slug = 503, "transient", "indisponible"
    regle = "BAC-DEP-01"

    def __init__(self, en: str, fr: str, *, dependance: str, retry_after: int = 5, regle: str | None = None) -> None:
        super().__init__(
            en,
            fr,
            regle=regle,
            membres={"dependance": dependance},
            entetes={"Retry-After": str(retry_after)},
        )
