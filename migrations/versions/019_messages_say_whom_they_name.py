"""A message says whom its text names, so that whoever no longer sees them no longer reads it; and a further topic.

Revision: 019
Follows: 018
"""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from alembic import op

import coachdesk.db

revision = "019"
down_revision = "018"
branch_labels = None
depends_on = None

_BEFORE = ("invitation", "reminders", "safety")
_NOW = ("break_glass", *_BEFORE)
_KEY = coachdesk.db.Key()


def _change_topics(after: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{word}'" for word in after)
    for table in ("delivery", "notice"):
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(op.f(f"ck_{table}_topic"), type_="check")
            batch.create_check_constraint(op.f(f"ck_{table}_topic"), f"topic IN ({listed})")


def upgrade() -> None:
    _change_topics(_NOW)
    for table in ("delivery", "notice"):
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column("client_id", _KEY, nullable=True))
            batch.create_foreign_key(op.f(f"fk_{table}_client_id_client"), "client", ["client_id"], ["id"])
    _say_whom(op.get_bind())


def _say_whom(bind: sa.Connection) -> None:
    """Fill in whom the messages of old name: by the occurrence they tell of, or the concern in their key."""
    delivery = sa.table(
        "delivery",
        sa.column("id", _KEY),
        sa.column("key", sa.String),
        sa.column("topic", sa.String),
        sa.column("channel", sa.String),
        sa.column("client_id", _KEY),
    )
    told = sa.table("ledger_delivery", sa.column("delivery_id", _KEY), sa.column("client_id", _KEY))
    concern = sa.table("concern", sa.column("id", _KEY), sa.column("client_id", _KEY))
    as_admin = sa.table(
        "concern_told", sa.column("concern_id", _KEY), sa.column("user_id", _KEY), sa.column("told_as", sa.String)
    )
    in_app = sa.and_(delivery.c.topic == "reminders", delivery.c.channel == "in_app")
    whom = sa.select(told.c.client_id).where(told.c.delivery_id == delivery.c.id).limit(1).scalar_subquery()
    bind.execute(sa.update(delivery).where(in_app).values(client_id=whom))
    people = dict(bind.execute(sa.select(concern.c.id, concern.c.client_id)).all())
    unnamed = {
        (row.concern_id, row.user_id)
        for row in bind.execute(
            sa.select(as_admin.c.concern_id, as_admin.c.user_id).where(as_admin.c.told_as == "administrator")
        )
    }
    for key, text in bind.execute(sa.select(delivery.c.id, delivery.c.key).where(delivery.c.topic == "safety")).all():
        concern_id, reader = (text.split(":") + [""] * 3)[1:3]
        about = people.get(uuid.UUID(concern_id))
        if about and (reader == "taken" or (uuid.UUID(concern_id), uuid.UUID(reader)) not in unnamed):
            bind.execute(sa.update(delivery).where(delivery.c.id == key).values(client_id=about))
    notice = sa.table("notice", sa.column("delivery_id", _KEY), sa.column("client_id", _KEY))
    same = sa.select(delivery.c.client_id).where(delivery.c.id == notice.c.delivery_id).scalar_subquery()
    bind.execute(sa.update(notice).values(client_id=same))


def downgrade() -> None:
    bind = op.get_bind()
    # Without whom they name they would be read by whoever no longer sees the person, and the older schema has no topic
    # for them: what was told of records opened in an emergency goes. The looks and their trail stay.
    delivery = sa.table("delivery", sa.column("id", _KEY), sa.column("topic", sa.String))
    notice = sa.table("notice", sa.column("delivery_id", _KEY))
    gone = sa.select(delivery.c.id).where(delivery.c.topic == "break_glass")
    bind.execute(sa.delete(notice).where(notice.c.delivery_id.in_(gone)))
    bind.execute(sa.delete(delivery).where(delivery.c.topic == "break_glass"))
    for table in ("delivery", "notice"):
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(op.f(f"fk_{table}_client_id_client"), type_="foreignkey")
            batch.drop_column("client_id")
    _change_topics(_BEFORE)
