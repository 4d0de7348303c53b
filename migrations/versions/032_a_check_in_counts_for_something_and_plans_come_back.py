"""A check-in says what it counts for, who pays and what happened; what was planned comes back; a number can be wrong.

Revision: 032
Follows: 031
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import coachdesk.db
from coachdesk.db import keys

revision = "032"
down_revision = "031"
branch_labels = None
depends_on = None

_KEY, _MOMENT = coachdesk.db.Key(), coachdesk.db.Moment()
_CHOSEN = ("counts_for_id", "paid_by_id")
_WRONG = ("phone_wrong_on", "email_wrong_on")


def upgrade() -> None:
    _make_lists()
    _widen_check_in()
    _widen_plan()
    _settle_follow_ups()
    with op.batch_alter_table("client") as batch:
        for name in _WRONG:
            batch.add_column(sa.Column(name, sa.Date(), nullable=True))
    with op.batch_alter_table("organisation") as batch:
        batch.add_column(sa.Column("duties", sa.JSON(), nullable=False, server_default="{}"))
    with op.batch_alter_table("organisation") as batch:
        batch.alter_column("duties", existing_type=sa.JSON(), server_default=None)


def _make_lists() -> None:
    kinds = sa.Enum("counts_for", "paid_by", name="kind", native_enum=False, create_constraint=True, length=32)
    op.create_table(
        "list_choice",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("kind", kinds, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("words", sa.String(200), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("made_by", _KEY, nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.Column("ended_by", _KEY, nullable=True),
        sa.ForeignKeyConstraint(["made_by"], ["user_account.id"], name=op.f("fk_list_choice_made_by_user_account")),
        sa.ForeignKeyConstraint(["ended_by"], ["user_account.id"], name=op.f("fk_list_choice_ended_by_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_choice")),
    )
    op.create_index("ix_list_choice_offered", "list_choice", ["ended_at", "kind", "position"])


def _widen_check_in() -> None:
    with op.batch_alter_table("check_in") as batch:
        batch.add_column(sa.Column("happened", coachdesk.db.EncryptedText(), nullable=True))
        batch.add_column(sa.Column("help_now", sa.Boolean(), nullable=True))
        batch.add_column(sa.Column("units", sa.Integer(), nullable=True))
        batch.create_check_constraint(op.f("ck_check_in_units"), "units IS NULL OR units BETWEEN 1 AND 100")
        for name in _CHOSEN:
            batch.add_column(sa.Column(name, _KEY, nullable=True))
            batch.create_foreign_key(op.f(f"fk_check_in_{name}_list_choice"), "list_choice", [name], ["id"])
    rows = sa.table("check_in", sa.column("happened"), sa.column("help_now"))
    op.execute(sa.update(rows).values(happened=keys().seal(""), help_now=sa.false()))
    with op.batch_alter_table("check_in") as batch:
        batch.alter_column("happened", existing_type=coachdesk.db.EncryptedText(), nullable=False)
        batch.alter_column("help_now", existing_type=sa.Boolean(), nullable=False)


def _widen_plan() -> None:
    with op.batch_alter_table("check_in_plan") as batch:
        batch.add_column(sa.Column("step_id", _KEY, nullable=True))
        batch.add_column(sa.Column("remind_on", sa.Date(), nullable=True))
        batch.add_column(sa.Column("done_at", _MOMENT, nullable=True))
        batch.add_column(sa.Column("done_by", _KEY, nullable=True))
        batch.create_foreign_key(op.f("fk_check_in_plan_step_id_step"), "step", ["step_id"], ["id"])
        batch.create_foreign_key(op.f("fk_check_in_plan_done_by_user_account"), "user_account", ["done_by"], ["id"])
    op.create_index("ix_check_in_plan_reminded", "check_in_plan", ["done_at", "remind_on"])


def _settle_follow_ups() -> None:
    """Write down which contact did what the older schema found out at every look, of worries that were open then."""
    with op.batch_alter_table("concern_follow_up") as batch:
        batch.add_column(sa.Column("contact_id", _KEY, nullable=True))
    spoke = (
        "FROM check_in AS c JOIN concern AS w ON w.id = concern_follow_up.concern_id"
        " WHERE c.client_id = concern_follow_up.client_id AND c.withdrawn_at IS NULL"
        " AND c.signed_at >= concern_follow_up.due_at AND c.held_on >= concern_follow_up.due_on"
        " AND (w.closed_at IS NULL OR c.signed_at < w.closed_at)"
    )
    first = f"{spoke} ORDER BY c.signed_at, c.id LIMIT 1"
    op.execute(
        f"UPDATE concern_follow_up SET contact_id = (SELECT c.id {first}), done_at = (SELECT c.signed_at {first}),"  # noqa: S608 (our own names)
        f" done_by = (SELECT c.coach_id {first}) WHERE done_at IS NULL AND EXISTS (SELECT 1 {spoke})"
    )


def downgrade() -> None:
    with op.batch_alter_table("concern_follow_up") as batch:
        batch.drop_column("contact_id")
    with op.batch_alter_table("organisation") as batch:
        batch.drop_column("duties")
    with op.batch_alter_table("client") as batch:
        for name in _WRONG:
            batch.drop_column(name)
    op.drop_index("ix_check_in_plan_reminded", table_name="check_in_plan")
    with op.batch_alter_table("check_in_plan") as batch:
        batch.drop_constraint(op.f("fk_check_in_plan_done_by_user_account"), type_="foreignkey")
        batch.drop_constraint(op.f("fk_check_in_plan_step_id_step"), type_="foreignkey")
        for name in ("done_by", "done_at", "remind_on", "step_id"):
            batch.drop_column(name)
    with op.batch_alter_table("check_in") as batch:
        for name in _CHOSEN:
            batch.drop_constraint(op.f(f"fk_check_in_{name}_list_choice"), type_="foreignkey")
            batch.drop_column(name)
        batch.drop_constraint(op.f("ck_check_in_units"), type_="check")
        for name in ("units", "help_now", "happened"):
            batch.drop_column(name)
    op.drop_table("list_choice")
