"""A worry about safety has a story and a clock, is followed up and closed; and people have a safety plan.

Revision: 025
Follows: 024
"""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from alembic import op

import coachdesk.db
from coachdesk.db import keys

revision = "025"
down_revision = "024"
branch_labels = None
depends_on = None

_OLD_RULES = (
    "agreement_review",
    "safety_concern",
    "contact_due",
    "attempt_follow_up",
    "help_asked",
    "talk_asked",
    "by_hand",
    "step_due",
    "goal_review",
    "referral_waiting",
    "review_waiting",
    "outreach",
)
_NEW_RULES = ("safety_day_after", "safety_three_days")
_WAITED = dt.timedelta(hours=4)
"""What was raised before there was a clock counts as no danger now; what waits longer is told on at once."""
_CONCERN = sa.table(
    "concern",
    sa.column("id", coachdesk.db.Key),
    sa.column("client_id", coachdesk.db.Key),
    sa.column("raised_at", coachdesk.db.Moment),
    sa.column("due_at", coachdesk.db.Moment),
    sa.column("taken_at", coachdesk.db.Moment),
    sa.column("taken_by", coachdesk.db.Key),
)


def upgrade() -> None:
    _let_ledger_know((*_OLD_RULES, *_NEW_RULES))
    _widen_concern()
    _make_said()
    _make_action()
    _make_follow_up()
    _make_plan()
    _write_who_took()


def _let_ledger_know(rules: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{word}'" for word in rules)
    with op.batch_alter_table("ledger_entry", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_ledger_entry_rule"), type_="check")
        batch_op.create_check_constraint(op.f("ck_ledger_entry_rule"), f"rule IN ({listed})")


def _widen_concern() -> None:
    with op.batch_alter_table("concern", schema=None) as batch_op:
        batch_op.add_column(sa.Column("due_at", coachdesk.db.Moment(), nullable=True))
        batch_op.add_column(sa.Column("closed_at", coachdesk.db.Moment(), nullable=True))
        batch_op.add_column(sa.Column("closed_by", coachdesk.db.Key(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_concern_closed_by_user_account"), "user_account", ["closed_by"], ["id"])
    connection = op.get_bind()
    for key, raised_at in connection.execute(sa.select(_CONCERN.c.id, _CONCERN.c.raised_at)).all():
        connection.execute(sa.update(_CONCERN).where(_CONCERN.c.id == key).values(due_at=raised_at + _WAITED))
    with op.batch_alter_table("concern", schema=None) as batch_op:
        batch_op.alter_column("due_at", existing_type=coachdesk.db.Moment(), nullable=False)
        batch_op.create_index("ix_concern_due", ["closed_at", "taken_at", "due_at"], unique=False)


def _words(*names: str) -> list[sa.Column]:
    return [sa.Column(name, coachdesk.db.EncryptedText(), nullable=False) for name in names]


def _of_concern(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.ForeignKeyConstraint(["concern_id"], ["concern.id"], name=op.f(f"fk_{table}_concern_id_concern")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f(f"fk_{table}_client_id_client")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def _by(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["user_account.id"], name=op.f(f"fk_{table}_{column}_user_account"))


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _ids() -> list[sa.Column]:
    return [
        sa.Column("id", coachdesk.db.Key(), nullable=False),
        sa.Column("concern_id", coachdesk.db.Key(), nullable=False),
        sa.Column("client_id", coachdesk.db.Key(), nullable=False),
    ]


def _make_said() -> None:
    kinds = ("suicide", "harm_to_others", "overdose", "violence", "child", "other")
    op.create_table(
        "concern_said",
        *_ids(),
        sa.Column("kind", _choice("kind", *kinds), nullable=False),
        sa.Column("danger", _choice("danger", "yes", "no", "unknown"), nullable=False),
        *_words("whereabouts", "company", "wishes", "told_outside", "ground"),
        sa.Column("said_at", coachdesk.db.Moment(), nullable=False),
        sa.Column("said_by", coachdesk.db.Key(), nullable=False),
        *_of_concern("concern_said"),
        _by("concern_said", "said_by"),
    )
    op.create_index("ix_concern_said_concern", "concern_said", ["concern_id", "said_at"])


def _make_action() -> None:
    done = ("stayed", "emergency", "line", "hand_off", "reached", "added", "followed_up")
    moved = ("taken", "given_back", "handed_on", "closed", "reopened")
    op.create_table(
        "concern_action",
        *_ids(),
        sa.Column("kind", _choice("kind", *done, *moved), nullable=False),
        *_words("words"),
        sa.Column("at", coachdesk.db.Moment(), nullable=False),
        sa.Column("by", coachdesk.db.Key(), nullable=False),
        sa.Column("made_at", coachdesk.db.Moment(), nullable=False),
        *_of_concern("concern_action"),
        _by("concern_action", "by"),
    )
    op.create_index("ix_concern_action_concern", "concern_action", ["concern_id", "at"])


def _make_follow_up() -> None:
    op.create_table(
        "concern_follow_up",
        *_ids(),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("due_at", coachdesk.db.Moment(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("done_at", coachdesk.db.Moment(), nullable=True),
        sa.Column("done_by", coachdesk.db.Key(), nullable=True),
        *_of_concern("concern_follow_up"),
        _by("concern_follow_up", "done_by"),
        sa.UniqueConstraint("concern_id", "hours", name=op.f("uq_concern_follow_up_concern_id_hours")),
    )
    op.create_index("ix_concern_follow_up_person", "concern_follow_up", ["client_id", "done_at", "due_on"])


def _make_plan() -> None:
    op.create_table(
        "safety_plan",
        sa.Column("id", coachdesk.db.Key(), nullable=False),
        sa.Column("client_id", coachdesk.db.Key(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        *_words("signs", "alone", "distraction", "people", "professionals", "surroundings"),
        sa.Column("made_at", coachdesk.db.Moment(), nullable=False),
        sa.Column("made_by", coachdesk.db.Key(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_safety_plan_client_id_client")),
        _by("safety_plan", "made_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_safety_plan")),
        sa.UniqueConstraint("client_id", "number", name=op.f("uq_safety_plan_client_id_number")),
    )


def _write_who_took() -> None:
    """Begin the story of every worry somebody has already with who took it and when."""
    connection = op.get_bind()
    actions = sa.table(
        "concern_action",
        *(sa.column(name, coachdesk.db.Key) for name in ("id", "concern_id", "client_id", "by")),
        *(sa.column(name, coachdesk.db.Moment) for name in ("at", "made_at")),
        *(sa.column(name, sa.Text) for name in ("kind", "words")),
    )
    columns = _CONCERN.c.id, _CONCERN.c.client_id, _CONCERN.c.taken_at, _CONCERN.c.taken_by
    for key, client_id, taken_at, taken_by in connection.execute(
        sa.select(*columns).where(_CONCERN.c.taken_at.is_not(None))
    ).all():
        row = {"id": uuid.uuid4(), "concern_id": key, "client_id": client_id, "kind": "taken", "words": keys().seal("")}
        connection.execute(sa.insert(actions).values(**row, at=taken_at, made_at=taken_at, by=taken_by))


def downgrade() -> None:
    connection = op.get_bind()
    # The older schema knows no closing: who had a worry then stays, so that a closed one waits for nobody again.
    entry = sa.table("ledger_entry", sa.column("id", coachdesk.db.Key), sa.column("rule", sa.String))
    gone = sa.select(entry.c.id).where(entry.c.rule.in_(_NEW_RULES))
    for name in ("ledger_act", "ledger_delivery"):
        rows = sa.table(name, sa.column("entry_id", coachdesk.db.Key))
        connection.execute(sa.delete(rows).where(rows.c.entry_id.in_(gone)))
    connection.execute(sa.delete(entry).where(entry.c.rule.in_(_NEW_RULES)))
    _let_ledger_know(_OLD_RULES)
    op.drop_table("safety_plan")
    for name, index in (
        ("concern_follow_up", "person"),
        ("concern_action", "concern"),
        ("concern_said", "concern"),
    ):
        op.drop_index(f"ix_{name}_{index}", table_name=name)
        op.drop_table(name)
    with op.batch_alter_table("concern", schema=None) as batch_op:
        batch_op.drop_index("ix_concern_due")
        batch_op.drop_constraint(op.f("fk_concern_closed_by_user_account"), type_="foreignkey")
        for name in ("closed_by", "closed_at", "due_at"):
            batch_op.drop_column(name)
