"""A further topic of messages: that an account's ways to sign in have changed.

Revision: 020
Follows: 019
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "020"
down_revision = "019"
branch_labels = None
depends_on = None

_BEFORE = ("break_glass", "invitation", "reminders", "safety")
_NOW = ("account", *_BEFORE)
_TABLES = ("delivery", "notice")


def _change_topics(after: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{word}'" for word in after)
    for table in _TABLES:
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(op.f(f"ck_{table}_topic"), type_="check")
            batch.create_check_constraint(op.f(f"ck_{table}_topic"), f"topic IN ({listed})")


def upgrade() -> None:
    _change_topics(_NOW)


def downgrade() -> None:
    # The older schema has no topic for them; that the ways changed stays in the trail.
    for table in ("notice", "delivery"):
        told = sa.table(table, sa.column("topic", sa.String))
        op.get_bind().execute(sa.delete(told).where(told.c.topic == "account"))
    _change_topics(_BEFORE)
