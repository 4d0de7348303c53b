"""News of who walks with whom, and a person's wish for another coach, for their supervisors' eyes alone.

Revision: 034
Follows: 033
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import coachdesk.db

revision = "034"
down_revision = "033"
branch_labels = None
depends_on = None

_KEY, _MOMENT = coachdesk.db.Key(), coachdesk.db.Moment()
_BEFORE = ("account", "break_glass", "invitation", "reminders", "safety")
_NOW = ("account", "assignment", *_BEFORE[1:])
_TABLES = ("delivery", "notice")


def _change_topics(after: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{word}'" for word in after)
    for table in _TABLES:
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(op.f(f"ck_{table}_topic"), type_="check")
            batch.create_check_constraint(op.f(f"ck_{table}_topic"), f"topic IN ({listed})")


def upgrade() -> None:
    _change_topics(_NOW)
    op.create_table(
        "coach_wish",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("client_id", _KEY, nullable=False),
        sa.Column("words", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("talk_by", sa.Date(), nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.Column("ended_by", _KEY, nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_coach_wish_client_id_client")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coach_wish")),
    )
    going = sa.text("ended_at IS NULL")
    op.create_index(
        "ix_coach_wish_going", "coach_wish", ["client_id"], unique=True, sqlite_where=going, postgresql_where=going
    )


def downgrade() -> None:
    op.drop_table("coach_wish")
    # The older schema has no topic for it; who was given to whom stays in the trail.
    for table in ("notice", "delivery"):
        told = sa.table(table, sa.column("topic", sa.String))
        op.get_bind().execute(sa.delete(told).where(told.c.topic == "assignment"))
    _change_topics(_BEFORE)
