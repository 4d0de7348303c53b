"""How often somebody guessed, counted for all workers together.

Revision: 014
Follows: 013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import coachdesk.db

revision = "014"
down_revision = "013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "guess_count",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("ends_at", coachdesk.db.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_guess_count")),
    )
    with op.batch_alter_table("guess_count", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_guess_count_ends_at"), ["ends_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("guess_count", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_guess_count_ends_at"))

    op.drop_table("guess_count")
