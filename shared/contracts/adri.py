"""What ``adri`` tells the others: the compulsory-insurance (AMO) rights of a person changed."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from shared.contracts.event import Event


class PeriodeDroits(BaseModel):
    """One AMO period, ISO dates; ``fin`` empty means an open end (adri.md §3.2)."""

    model_config = ConfigDict(frozen=True)

    debut: str
    fin: str | None = None


class DroitsModifies(Event):
    """Rights were opened, closed or changed nature.

    ``matricule_ins`` is the beneficiary's, ``assure_matricule_ins`` the insured person's who opens the rights (the same
    for an adult). ``ouverts`` tells whether a period covers ``date_effet``; ``situation`` is the word of adri.md §6
    (``ordinaire``, ``ald``, ``maternite``, ``c2s``, ``c2s_contributive``, ``sortant_c2s``, ``ame``, ``at_mp``,
    ``invalidite``, ``pension_militaire``, ``alsace_moselle``, ``hors_droits``) at that date.
    """

    subject: ClassVar[str] = "adri.droits.modifies"
    matricule_ins: str
    assure_matricule_ins: str | None = None
    rang_naissance: int = 1
    date_effet: str
    ouverts: bool
    situation: str
    periodes: list[PeriodeDroits] = []
    organisme: str | None = None
