"""A reminder is changed and taken back before it comes, and one may be let be the last of several.

Revision: 048
Follows: 047
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic import op

import coachdesk.db

if TYPE_CHECKING:
    import uuid

revision = "048"
down_revision = "047"
branch_labels = None
depends_on = None


_ID, _TEXT = coachdesk.db.Key, sa.String
_ENTRY = sa.table(
    "ledger_entry",
    *(sa.column("id", _ID()), sa.column("key", _TEXT()), sa.column("rule", _TEXT())),
    *(sa.column("subject_id", _ID()), sa.column("over_at", coachdesk.db.Moment())),
)
_TOLD = sa.table("ledger_delivery", sa.column("entry_id", _ID()), sa.column("delivery_id", _ID()))
_DELIVERY = sa.table("delivery", sa.column("id", _ID()), sa.column("key", _TEXT()))
_PARTS = 4
"""Of the name of an occurrence without an hour."""


def upgrade() -> None:
    with op.batch_alter_table("reminder") as batch:
        batch.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        batch.add_column(sa.Column("taken_back_at", coachdesk.db.Moment(), nullable=True))
        batch.add_column(sa.Column("last_at", coachdesk.db.Moment(), nullable=True))
    with op.batch_alter_table("reminder") as batch:
        batch.alter_column("version", server_default=None)
    for rule, name in (("by_hand", "reminder"), ("visit_tomorrow", "visit")):
        hours = sa.table(name, sa.column("id", _ID()), sa.column("hour", sa.Time()))
        found = sa.select(_ENTRY.c.id, _ENTRY.c.key, hours.c.hour).join(hours, hours.c.id == _ENTRY.c.subject_id)
        found = found.where(_ENTRY.c.rule == rule, _ENTRY.c.over_at.is_(None), hours.c.hour.is_not(None))
        for entry_id, key, hour in op.get_bind().execute(found).all():
            _rename(entry_id, key, f"{key}:{hour:%H%M}")


def _rename(entry_id: uuid.UUID, before: str, after: str) -> None:
    """Give what was told of and is due the name it has from now on, and its messages theirs: it is not told anew."""
    there: Any = op.get_bind()
    there.execute(sa.update(_ENTRY).where(_ENTRY.c.id == entry_id).values(key=after))
    told = sa.select(_DELIVERY.c.id, _DELIVERY.c.key).join(_TOLD, _TOLD.c.delivery_id == _DELIVERY.c.id)
    for delivery_id, key in there.execute(told.where(_TOLD.c.entry_id == entry_id)).all():
        if key.startswith(f"{before}:"):
            new = after + key.removeprefix(before)
            there.execute(sa.update(_DELIVERY).where(_DELIVERY.c.id == delivery_id).values(key=new))


def downgrade() -> None:
    _take_hours_off()
    # One that was the last of several comes no more in what follows, either.
    op.execute("UPDATE reminder SET repeat = NULL WHERE last_at IS NOT NULL")
    with op.batch_alter_table("reminder") as batch:
        batch.drop_column("last_at")
        batch.drop_column("taken_back_at")
        batch.drop_column("version")


def _take_hours_off() -> None:
    there = op.get_bind()
    names = set(there.execute(sa.select(_ENTRY.c.key)).scalars())
    marked = sa.select(_ENTRY.c.id, _ENTRY.c.key).where(_ENTRY.c.over_at.is_(None))
    for entry_id, key in there.execute(marked.where(_ENTRY.c.rule.in_(("by_hand", "visit_tomorrow")))).all():
        plain = ":".join(key.split(":")[:_PARTS])
        if plain not in names:
            names.add(plain)
            _rename(entry_id, key, plain)
