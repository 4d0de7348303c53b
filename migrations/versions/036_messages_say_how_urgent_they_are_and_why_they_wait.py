"""Messages say how urgent they are and why they were held back; two more channels, and more reasons to be reminded.

Revision: 036
Follows: 035
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "036"
down_revision = "035"
branch_labels = None
depends_on = None

_HELD = ("done", "not_due", "not_theirs", "switched_off", "no_way", "channel_off", "quiet", "not_safe")
_URGENCY = {"safety": 0, "break_glass": 0, "account": 1, "invitation": 1, "assignment": 2}
_CHANNELS_BEFORE = ("in_app", "email")
_CHANNELS_NOW = (*_CHANNELS_BEFORE, "text", "chat")
_RULES_BEFORE = (
    "safety_concern",
    "safety_day_after",
    "safety_three_days",
    "contact_due",
    "attempt_follow_up",
    "help_asked",
    "talk_asked",
    "visit_off",
    "by_hand",
    "step_due",
    "goal_review",
    "agreement_review",
    "referral_waiting",
    "review_waiting",
    "outreach",
)
_RULES_NEW = (
    "visit_tomorrow",
    "visit_passed",
    "no_goal",
    "goals_untouched",
    "note_unfinished",
    "milestone",
    "without_coach",
    "cover_missing",
)


def _words(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def _change_check(table: str, column: str, words: tuple[str, ...]) -> None:
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(op.f(f"ck_{table}_{column}"), type_="check")
        batch.create_check_constraint(op.f(f"ck_{table}_{column}"), f"{column} IN ({_words(words)})")


def upgrade() -> None:
    _change_check("delivery", "channel", _CHANNELS_NOW)
    _change_check("ledger_entry", "rule", (*_RULES_BEFORE, *_RULES_NEW))
    held = sa.Enum(*_HELD, name="held", native_enum=False, create_constraint=True, length=32)
    with op.batch_alter_table("delivery") as batch:
        batch.add_column(sa.Column("urgency", sa.Integer(), nullable=False, server_default="3"))
        batch.add_column(sa.Column("held", held, nullable=True))
        batch.drop_index("ix_delivery_due")
        batch.create_index("ix_delivery_due", ["state", "urgency", "not_before"])
    told = sa.table("delivery", sa.column("topic", sa.String), sa.column("urgency", sa.Integer))
    for topic, urgency in _URGENCY.items():
        op.get_bind().execute(sa.update(told).where(told.c.topic == topic).values(urgency=urgency))
    with op.batch_alter_table("delivery") as batch:
        batch.alter_column("urgency", server_default=None)


def downgrade() -> None:
    """Forget what was told by a new channel or for a new reason: the older schema has no words for it."""
    connection = op.get_bind()
    delivery, entry = (
        sa.table("delivery", sa.column("id"), sa.column("channel")),
        sa.table("ledger_entry", sa.column("id"), sa.column("rule")),
    )
    told, notice, act = (
        sa.table(name, sa.column("entry_id"), sa.column("delivery_id"))
        for name in ("ledger_delivery", "notice", "ledger_act")
    )
    by_new_way = sa.select(delivery.c.id).where(delivery.c.channel.in_(("text", "chat")))
    for_new_reason = sa.select(entry.c.id).where(entry.c.rule.in_(_RULES_NEW))
    connection.execute(
        sa.delete(told).where(sa.or_(told.c.delivery_id.in_(by_new_way), told.c.entry_id.in_(for_new_reason)))
    )
    connection.execute(sa.delete(notice).where(notice.c.delivery_id.in_(by_new_way)))
    connection.execute(sa.delete(act).where(act.c.entry_id.in_(for_new_reason)))
    connection.execute(sa.delete(delivery).where(delivery.c.channel.in_(("text", "chat"))))
    connection.execute(sa.delete(entry).where(entry.c.rule.in_(_RULES_NEW)))
    with op.batch_alter_table("delivery") as batch:
        batch.drop_index("ix_delivery_due")
        batch.create_index("ix_delivery_due", ["state", "not_before"])
        batch.drop_constraint(op.f("ck_delivery_held"), type_="check")
        batch.drop_column("held")
        batch.drop_column("urgency")
    _change_check("delivery", "channel", _CHANNELS_BEFORE)
    _change_check("ledger_entry", "rule", _RULES_BEFORE)
