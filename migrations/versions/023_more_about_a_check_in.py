"""More about a check-in: its kind, end and place, what was said and noticed, plans, and a line for supervision alone.

Revision: 023
Follows: 022
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import coachdesk.db
from coachdesk.db import keys

revision = "023"
down_revision = "022"
branch_labels = None
depends_on = None

SEALED = (
    "place",
    "others",
    "highlights",
    "hard_spots",
    "return_to_use",
    "meetings",
    "strengths",
    "response",
    "needs",
)
TICKED = ("own_story", "read_together")
KINDS = ("planned", "drop_in", "weekly_call", "follow_up", "crisis")
LONGEST, LONGEST_BEFORE = 1500, 480


def _word(*values: str, name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _of_a_checkin(table: str, *columns: sa.Column, key: tuple[str, ...], further: tuple = ()) -> None:
    """Make a table of rows that belong to a check-in and its person."""
    op.create_table(
        table,
        sa.Column("checkin_id", coachdesk.db.Key(), nullable=False),
        *columns,
        sa.Column("client_id", coachdesk.db.Key(), nullable=False),
        sa.ForeignKeyConstraint(["checkin_id"], ["check_in.id"], name=op.f(f"fk_{table}_checkin_id_check_in")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f(f"fk_{table}_client_id_client")),
        *further,
        sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{table}")),
    )
    op.create_index(op.f(f"ix_{table}_client_id"), table, ["client_id"])


def upgrade() -> None:
    with op.batch_alter_table("check_in") as batch:
        batch.add_column(sa.Column("kind", _word(*KINDS, name="kind"), nullable=True))
        batch.add_column(sa.Column("ended", sa.Time(), nullable=True))
        for name in SEALED:
            batch.add_column(sa.Column(name, coachdesk.db.EncryptedText(), nullable=True))
        for name in TICKED:
            batch.add_column(sa.Column(name, sa.Boolean(), nullable=True))
        batch.drop_constraint(op.f("ck_check_in_minutes"), type_="check")
        batch.create_check_constraint(
            op.f("ck_check_in_minutes"), f"minutes IS NULL OR minutes BETWEEN 1 AND {LONGEST}"
        )
    rows = sa.table("check_in", *(sa.column(name) for name in (*SEALED, *TICKED)))
    nothing = keys().seal("")
    op.execute(sa.update(rows).values({**dict.fromkeys(SEALED, nothing), **dict.fromkeys(TICKED, sa.false())}))
    with op.batch_alter_table("check_in") as batch:
        for name in SEALED:
            batch.alter_column(name, existing_type=coachdesk.db.EncryptedText(), nullable=False)
        for name in TICKED:
            batch.alter_column(name, existing_type=sa.Boolean(), nullable=False)
    _make_tables()


def _make_tables() -> None:
    _of_a_checkin(
        "check_in_goal",
        sa.Column("goal_id", coachdesk.db.Key(), nullable=False),
        key=("checkin_id", "goal_id"),
        further=(sa.ForeignKeyConstraint(["goal_id"], ["goal.id"], name=op.f("fk_check_in_goal_goal_id_goal")),),
    )
    benefits = _word("less_shame", "less_alone", "more_hope", "practical", name="benefit")
    _of_a_checkin("check_in_benefit", sa.Column("benefit", benefits, nullable=False), key=("checkin_id", "benefit"))
    supports = _word("emotional", "informational", "practical", "belonging", name="support")
    _of_a_checkin("check_in_support", sa.Column("support", supports, nullable=False), key=("checkin_id", "support"))
    _of_a_checkin(
        "check_in_plan",
        sa.Column("id", coachdesk.db.Key(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("what", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("who", _word("person", "coach", "together", name="who"), nullable=False),
        sa.Column("by_on", sa.Date(), nullable=True),
        sa.Column("made_at", coachdesk.db.Moment(), nullable=False),
        sa.Column("made_by", coachdesk.db.Key(), nullable=False),
        key=("id",),
        further=(sa.UniqueConstraint("checkin_id", "position", name=op.f("uq_check_in_plan_checkin_id_position")),),
    )
    author = op.f("fk_supervision_line_author_id_user_account")
    _of_a_checkin(
        "supervision_line",
        sa.Column("author_id", coachdesk.db.Key(), nullable=False),
        sa.Column("words", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("written_at", coachdesk.db.Moment(), nullable=False),
        key=("checkin_id",),
        further=(sa.ForeignKeyConstraint(["author_id"], ["user_account.id"], name=author),),
    )


def downgrade() -> None:
    for table in ("supervision_line", "check_in_plan", "check_in_support", "check_in_benefit", "check_in_goal"):
        op.drop_index(op.f(f"ix_{table}_client_id"), table_name=table)
        op.drop_table(table)
    # The older schema holds eight hours at most; a longer one is kept without its length.
    rows = sa.table("check_in", sa.column("minutes", sa.Integer))
    op.execute(sa.update(rows).where(rows.c.minutes > LONGEST_BEFORE).values(minutes=None))
    with op.batch_alter_table("check_in") as batch:
        batch.drop_constraint(op.f("ck_check_in_minutes"), type_="check")
        batch.create_check_constraint(
            op.f("ck_check_in_minutes"), f"minutes IS NULL OR minutes BETWEEN 1 AND {LONGEST_BEFORE}"
        )
        batch.drop_constraint(op.f("ck_check_in_kind"), type_="check")
        for name in (*reversed(TICKED), *reversed(SEALED), "ended", "kind"):
            batch.drop_column(name)
