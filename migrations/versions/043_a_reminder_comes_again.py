"""A reminder set by hand comes again, as often as was chosen and until a day.

Revision: 043
Follows: 042
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import coachdesk.db

revision = "043"
down_revision = "042"
branch_labels = None
depends_on = None

_OFTEN = ("daily", "weekly", "fortnightly", "monthly")


def upgrade() -> None:
    often = sa.Enum(*_OFTEN, name="repeat", native_enum=False, create_constraint=True, length=32)
    with op.batch_alter_table("reminder") as batch:
        batch.add_column(sa.Column("repeat", often, nullable=True))
        batch.add_column(sa.Column("repeat_from", sa.Date(), nullable=True))
        batch.add_column(sa.Column("repeat_until", sa.Date(), nullable=True))
        batch.add_column(sa.Column("follows_id", coachdesk.db.Key(), nullable=True))
        batch.create_index("ix_reminder_follows", ["follows_id"])


def downgrade() -> None:
    """Let what would have come again stand as the one that is open."""
    with op.batch_alter_table("reminder") as batch:
        batch.drop_index("ix_reminder_follows")
        batch.drop_constraint(op.f("ck_reminder_repeat"), type_="check")
        for column in ("follows_id", "repeat_until", "repeat_from", "repeat"):
            batch.drop_column(column)
