"""A second version of the toy: counters have a note."""

import sqlalchemy as sa
from alembic import op

revision: str = "20261121_note"
down_revision: str | None = "20261120_initial"


def upgrade() -> None:
    op.add_column("compteur", sa.Column("note", sa.String(length=40), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("compteur", "note")
