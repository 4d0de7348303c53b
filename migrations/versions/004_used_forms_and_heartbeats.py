"""A form makes one record, and the scheduler is seen alive.

Revision: 004
Follows: 003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import coachdesk.db

revision = "004"
down_revision = "003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "used_form",
        sa.Column("key", coachdesk.db.Key(), nullable=False),
        sa.Column("user_id", coachdesk.db.Key(), nullable=False),
        sa.Column("at", coachdesk.db.Moment(), nullable=False),
        sa.Column("place", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("key", "user_id", name=op.f("pk_used_form")),
    )
    with op.batch_alter_table("used_form", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_used_form_at"), ["at"], unique=False)

    op.create_table(
        "heartbeat",
        sa.Column("part", sa.String(length=40), nullable=False),
        sa.Column("seen_at", coachdesk.db.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("part", name=op.f("pk_heartbeat")),
    )


def downgrade() -> None:
    op.drop_table("heartbeat")
    with op.batch_alter_table("used_form", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_used_form_at"))

    op.drop_table("used_form")
