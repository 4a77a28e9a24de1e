"""Why a reading or a signature was refused: the row of the error table, and the rules looked at before it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from services.apcv.domain.refus import TABLE
from shared.decision import Decision, noter
from shared.errors import DomainError

#: In the order in which a reading is judged (apcv.md §5, §6).
LECTURE = ("APCV-101", "APCV-104", "APCV-221", "APCV-103", "APCV-102", "APCV-231", "APCV-222")
#: In the order in which a signature is judged (apcv.md §6, §7.B.8).
SIGNATURE = ("APCV-201", "APCV-111", "APCV-202", "APCV-211", "APCV-212", "APCV-231", "APCV-222")


@contextmanager
def expliquer(examinees: tuple[str, ...], **entrees: Any) -> Iterator[None]:
    """Note the refusal that crosses this block with what ``/_bac/why`` shows of it."""
    try:
        yield
    except DomainError as erreur:
        noter(_decision(erreur, examinees, entrees))
        raise


def _decision(erreur: DomainError, examinees: tuple[str, ...], entrees: dict[str, Any]) -> Decision:
    rang = examinees.index(erreur.regle) + 1 if erreur.regle in examinees else len(examinees)
    trouvee = TABLE.get(erreur.regle)
    ligne = (
        {"code": erreur.regle, "http": trouvee.classe.status, "soap": trouvee.siram, "fr": trouvee.fr, "en": trouvee.en}
        if trouvee
        else None
    )
    return Decision(
        regle=erreur.regle,
        verdict="refuse",
        fr=erreur.fr,
        en=erreur.en,
        entrees=entrees | ({"champ": erreur.champ} if erreur.champ else {}),
        examinees=examinees[:rang],
        ligne=ligne,
        source="apcv.md §8" if ligne else None,
    )
