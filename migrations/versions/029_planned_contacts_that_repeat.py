"""Planned contacts that repeat, how long they take, and who could not make one.

Revision: 029
Follows: 028
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import coachdesk.db

revision = "029"
down_revision = "028"
branch_labels = None
depends_on = None

_CHANNELS = ("in_person", "call", "text", "video")
_ASKS = ("by_hand", "help_asked", "talk_asked")
_RULES = (
    "safety_concern",
    "safety_day_after",
    "safety_three_days",
    "contact_due",
    "attempt_follow_up",
    "help_asked",
    "talk_asked",
    "by_hand",
    "step_due",
    "goal_review",
    "agreement_review",
    "referral_waiting",
    "review_waiting",
    "outreach",
)
_OPEN = sa.text("closed_at IS NULL")
_ONE_OFF = sa.text("closed_at IS NULL AND series_id IS NULL")
_GOING = sa.text("ended_at IS NULL")


def _word(*words: str, name: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    op.create_table(
        "visit_series",
        sa.Column("id", coachdesk.db.Key(), nullable=False),
        sa.Column("client_id", coachdesk.db.Key(), nullable=False),
        sa.Column("repeat", _word("daily", "weekly", "monthly_day", "monthly_weekday", name="repeat"), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("hour", sa.Time(), nullable=True),
        sa.Column("every", sa.Integer(), nullable=False),
        sa.Column("weekdays", sa.Integer(), nullable=False),
        sa.Column("month_day", sa.Integer(), nullable=False),
        sa.Column("nth", sa.Integer(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("times", sa.Integer(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("channel", _word(*_CHANNELS, name="channel"), nullable=True),
        sa.Column("place", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("made_at", coachdesk.db.Moment(), nullable=False),
        sa.Column("made_by", coachdesk.db.Key(), nullable=False),
        sa.Column("ended_at", coachdesk.db.Moment(), nullable=True),
        sa.Column("ended_by", coachdesk.db.Key(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_visit_series_client_id_client")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_series")),
    )
    op.create_index("ix_visit_series_client_id", "visit_series", ["client_id"])
    op.create_index(
        "ix_visit_series_going",
        "visit_series",
        ["client_id"],
        unique=True,
        sqlite_where=_GOING,
        postgresql_where=_GOING,
    )
    op.drop_index("ix_visit_open", table_name="visit")
    with op.batch_alter_table("visit") as batch:
        batch.add_column(sa.Column("minutes", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("series_id", coachdesk.db.Key(), nullable=True))
        batch.add_column(sa.Column("occurs_on", sa.Date(), nullable=True))
        batch.add_column(sa.Column("off_by", sa.String(32), nullable=True))
        batch.add_column(sa.Column("off_then", sa.String(32), nullable=True))
        batch.create_check_constraint(op.f("ck_visit_off_by"), "off_by IN ('coach', 'person')")
        batch.create_check_constraint(
            op.f("ck_visit_off_then"), "off_then IN ('another', 'coach_calls', 'person_calls', 'nothing')"
        )
        batch.create_foreign_key(op.f("fk_visit_series_id_visit_series"), "visit_series", ["series_id"], ["id"])
    _index_open(_ONE_OFF)
    op.create_index("ix_visit_series_id_occurs_on", "visit", ["series_id", "occurs_on"], unique=True)
    _change_words("reminder", "kind", (*_ASKS, "visit_off"))
    _change_words("ledger_entry", "rule", (*_RULES, "visit_off"))


def downgrade() -> None:
    _forget_what_is_new()
    _change_words("ledger_entry", "rule", _RULES)
    _change_words("reminder", "kind", _ASKS)
    op.drop_index("ix_visit_series_id_occurs_on", table_name="visit")
    op.drop_index("ix_visit_open", table_name="visit")
    with op.batch_alter_table("visit") as batch:
        batch.drop_constraint(op.f("fk_visit_series_id_visit_series"), type_="foreignkey")
        batch.drop_constraint(op.f("ck_visit_off_then"), type_="check")
        batch.drop_constraint(op.f("ck_visit_off_by"), type_="check")
        for name in ("off_then", "off_by", "occurs_on", "series_id", "minutes"):
            batch.drop_column(name)
    _index_open(_OPEN)
    op.drop_table("visit_series")


def _index_open(where: sa.TextClause) -> None:
    op.create_index("ix_visit_open", "visit", ["client_id"], unique=True, sqlite_where=where, postgresql_where=where)


def _change_words(table: str, column: str, words: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{word}'" for word in words)
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(op.f(f"ck_{table}_{column}"), type_="check")
        batch.create_check_constraint(op.f(f"ck_{table}_{column}"), f"{column} IN ({listed})")


def _forget_what_is_new() -> None:
    """Keep of each person the earliest open plan: the older schema has room for one. What was asked about one goes."""
    op.execute(
        "UPDATE visit SET closed_at = made_at, closed_by = made_by, closing = 'replaced' WHERE closed_at IS NULL"
        " AND id NOT IN (SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY client_id ORDER BY planned_on, id)"
        " AS place FROM visit WHERE closed_at IS NULL) AS ranked WHERE place = 1)"
    )
    entries = "(SELECT id FROM ledger_entry WHERE rule = 'visit_off')"
    for table in ("ledger_delivery", "ledger_act"):
        op.execute(f"DELETE FROM {table} WHERE entry_id IN {entries}")  # noqa: S608 (our own names)
    op.execute("DELETE FROM ledger_entry WHERE rule = 'visit_off'")
    op.execute("DELETE FROM reminder WHERE kind = 'visit_off'")
