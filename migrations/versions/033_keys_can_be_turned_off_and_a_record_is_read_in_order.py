"""Whoever is hindered by shortcut keys turns them off, and what a record's line of time reads is found by person.

Revision: 033
Follows: 032
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "033"
down_revision = "032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("user_account") as batch:
        batch.add_column(sa.Column("shortcuts", sa.Boolean(), nullable=False, server_default=sa.true()))
    with op.batch_alter_table("user_account") as batch:
        batch.alter_column("shortcuts", server_default=None)
    op.create_index("ix_visit_person", "visit", ["client_id", "closing"])
    op.create_index("ix_level_period_person", "level_period", ["client_id", "started_on"])


def downgrade() -> None:
    op.drop_index("ix_level_period_person", "level_period")
    op.drop_index("ix_visit_person", "visit")
    with op.batch_alter_table("user_account") as batch:
        batch.drop_column("shortcuts")
