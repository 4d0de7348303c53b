"""Whoever speaks to their computer, or whose hand slips, turns the shortcut keys off on their account.

Revision: 034
Follows: 030
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "034"
down_revision = "030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("user_account") as batch:
        batch.add_column(sa.Column("shortcuts", sa.Boolean(), nullable=False, server_default=sa.true()))
    with op.batch_alter_table("user_account") as batch:
        batch.alter_column("shortcuts", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("user_account") as batch:
        batch.drop_column("shortcuts")
