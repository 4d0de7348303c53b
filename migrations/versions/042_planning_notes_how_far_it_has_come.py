"""Planning notes how far it has come, when somebody's next moment is, and what is due no longer.

Revision: 042
Follows: 041
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coachdesk.db import Key, Moment

revision = "042"
down_revision = "041"
branch_labels = None
depends_on = None

_OPEN = sa.text("over_at IS NULL")
_INDEXES = {"ix_ledger_entry_open": "client_id", "ix_ledger_entry_told": "recipient_id"}


def upgrade() -> None:
    op.create_table(
        "plan_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("whole_at", Moment(), nullable=True),
        sa.Column("latest", sa.BigInteger(), nullable=False),
        sa.Column("seen", sa.JSON(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_plan_mark_only")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_mark")),
    )
    op.create_table(
        "plan_next",
        sa.Column("client_id", Key(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_plan_next_client_id_client")),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_plan_next")),
    )
    op.create_index(op.f("ix_plan_next_at"), "plan_next", ["at"])
    with op.batch_alter_table("ledger_entry") as batch:
        batch.add_column(sa.Column("over_at", Moment(), nullable=True))
    for name, column in _INDEXES.items():
        op.create_index(name, "ledger_entry", [column], sqlite_where=_OPEN, postgresql_where=_OPEN)


def downgrade() -> None:
    for name in _INDEXES:
        op.drop_index(name, "ledger_entry")
    with op.batch_alter_table("ledger_entry") as batch:
        batch.drop_column("over_at")
    op.drop_table("plan_next")
    op.drop_table("plan_mark")
