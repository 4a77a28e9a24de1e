from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.conventions import Instant
from tests.api.fondation.jouet.store.base import Base


class CompteurRow(Base):
    __tablename__ = "compteur"

    nom: Mapped[str] = mapped_column(String(40), primary_key=True)
    valeur: Mapped[int]
    touche_le: Mapped[datetime] = mapped_column(Instant)
    note: Mapped[str] = mapped_column(String(40), server_default="")


__all__ = ["Base", "CompteurRow"]
