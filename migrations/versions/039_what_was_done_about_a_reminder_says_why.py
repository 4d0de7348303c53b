"""What was done about a reminder says why; what was told can be looked through by state, channel, topic and rule.

Revision: 039
Follows: 038
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import coachdesk.db
from coachdesk.db import keys

revision = "039"
down_revision = "038"
branch_labels = None
depends_on = None

_REASONS = ("taken_care_of", "not_wanted", "other")
_INDEXES = (
    ("ix_ledger_delivery_delivery", "ledger_delivery", ["delivery_id"]),
    ("ix_ledger_entry_rule", "ledger_entry", ["rule", "id"]),
    ("ix_delivery_made", "delivery", ["created_at", "id"]),
    ("ix_delivery_state", "delivery", ["state", "created_at"]),
    ("ix_delivery_channel", "delivery", ["channel", "created_at"]),
    ("ix_delivery_topic", "delivery", ["topic", "created_at"]),
)


def upgrade() -> None:
    reason = sa.Enum(*_REASONS, name="reason", native_enum=False, create_constraint=True, length=32)
    with op.batch_alter_table("ledger_act") as batch:
        batch.add_column(sa.Column("reason", reason, nullable=True))
        batch.add_column(sa.Column("words", coachdesk.db.EncryptedText(), nullable=True))
    act = sa.table("ledger_act", sa.column("words", sa.Text))
    op.get_bind().execute(sa.update(act).values(words=keys().seal("")))
    with op.batch_alter_table("ledger_act") as batch:
        batch.alter_column("words", existing_type=coachdesk.db.EncryptedText(), nullable=False)
    for name, table, columns in _INDEXES:
        op.create_index(name, table, columns)


def downgrade() -> None:
    for name, table, _columns in reversed(_INDEXES):
        op.drop_index(name, table)
    with op.batch_alter_table("ledger_act") as batch:
        batch.drop_constraint(op.f("ck_ledger_act_reason"), type_="check")
        batch.drop_column("words")
        batch.drop_column("reason")
