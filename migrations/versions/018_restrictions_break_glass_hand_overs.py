"""Restrictions, records opened in an emergency with their reviews, and what a hand-over decides.

Revision: 018
Follows: 017
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import coachdesk.db

revision = "018"
down_revision = "017"
branch_labels = None
depends_on = None


def _word(*values: str, name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    op.create_table(
        "hand_over",
        sa.Column("id", coachdesk.db.Key(), nullable=False),
        sa.Column("client_id", coachdesk.db.Key(), nullable=False),
        sa.Column("assignment_id", coachdesk.db.Key(), nullable=False),
        sa.Column("from_coach_id", coachdesk.db.Key(), nullable=False),
        sa.Column("to_coach_id", coachdesk.db.Key(), nullable=False),
        sa.Column("earlier", _word("everything", "from_today", name="earlier"), nullable=False),
        sa.Column("at", coachdesk.db.Moment(), nullable=False),
        sa.Column("by", coachdesk.db.Key(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_hand_over_client_id_client")),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name=op.f("fk_hand_over_assignment_id_assignment")
        ),
        sa.ForeignKeyConstraint(
            ["from_coach_id"], ["user_account.id"], name=op.f("fk_hand_over_from_coach_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["to_coach_id"], ["user_account.id"], name=op.f("fk_hand_over_to_coach_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_over")),
        sa.UniqueConstraint("assignment_id", name=op.f("uq_hand_over_assignment_id")),
    )
    op.create_index(op.f("ix_hand_over_client_id"), "hand_over", ["client_id"])
    op.create_table(
        "restriction",
        sa.Column("id", coachdesk.db.Key(), nullable=False),
        sa.Column("client_id", coachdesk.db.Key(), nullable=False),
        sa.Column("user_id", coachdesk.db.Key(), nullable=False),
        sa.Column("kind", _word("fellowship", "kin", "other", name="kind"), nullable=False),
        sa.Column("words", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("started_at", coachdesk.db.Moment(), nullable=False),
        sa.Column("started_by", coachdesk.db.Key(), nullable=False),
        sa.Column("ended_at", coachdesk.db.Moment(), nullable=True),
        sa.Column("ended_by", coachdesk.db.Key(), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_restriction_client_id_client")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_restriction_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restriction")),
    )
    op.create_index(
        "ix_restriction_now",
        "restriction",
        ["user_id", "client_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_restriction_person", "restriction", ["client_id", "ended_at"])
    op.create_table(
        "break_glass",
        sa.Column("id", coachdesk.db.Key(), nullable=False),
        sa.Column("client_id", coachdesk.db.Key(), nullable=False),
        sa.Column("user_id", coachdesk.db.Key(), nullable=False),
        sa.Column("reason", _word("coach_away", "other", "person_asked", "safety_now", name="reason"), nullable=False),
        sa.Column("words", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("opened_at", coachdesk.db.Moment(), nullable=False),
        sa.Column("ends_at", coachdesk.db.Moment(), nullable=False),
        sa.Column("closed_at", coachdesk.db.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_break_glass_client_id_client")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_break_glass_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_break_glass")),
    )
    op.create_index("ix_break_glass_open", "break_glass", ["user_id", "ends_at"])
    op.create_index("ix_break_glass_person", "break_glass", ["client_id", "opened_at"])
    op.create_index("ix_break_glass_closed", "break_glass", ["closed_at", "ends_at"])
    op.create_table(
        "glass_review",
        sa.Column("look_id", coachdesk.db.Key(), nullable=False),
        sa.Column("client_id", coachdesk.db.Key(), nullable=False),
        sa.Column("outcome", _word("justified", "not_justified", "talk", name="outcome"), nullable=False),
        sa.Column("words", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("by", coachdesk.db.Key(), nullable=False),
        sa.Column("at", coachdesk.db.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["user_account.id"], name=op.f("fk_glass_review_by_user_account")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_glass_review_client_id_client")),
        sa.ForeignKeyConstraint(["look_id"], ["break_glass.id"], name=op.f("fk_glass_review_look_id_break_glass")),
        sa.PrimaryKeyConstraint("look_id", name=op.f("pk_glass_review")),
    )
    op.create_index(op.f("ix_glass_review_client_id"), "glass_review", ["client_id"])


def downgrade() -> None:
    for table in ("glass_review", "break_glass", "restriction", "hand_over"):
        op.drop_table(table)
