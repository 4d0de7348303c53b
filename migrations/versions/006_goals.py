"""Goals in the person's own words, with steps, versions and reviews.

Revision: 006
Follows: 005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import coachdesk.db

revision = "006"
down_revision = "005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "goal",
        sa.Column("id", coachdesk.db.Key(), nullable=False),
        sa.Column("client_id", coachdesk.db.Key(), nullable=False),
        sa.Column("words", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("why", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column(
            "domain",
            sa.Enum(
                "recovery",
                "feelings",
                "body",
                "home",
                "work",
                "money",
                "people",
                "community",
                "legal",
                "spirit",
                name="domain",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "dream",
                "active",
                "paused",
                "achieved",
                "revised",
                "set_aside",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("review_every_days", sa.Integer(), nullable=False),
        sa.Column("next_review_on", sa.Date(), nullable=True),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("created_at", coachdesk.db.Moment(), nullable=False),
        sa.Column("created_by", coachdesk.db.Key(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_goal_client_id_client")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goal")),
    )
    with op.batch_alter_table("goal", schema=None) as batch_op:
        batch_op.create_index("ix_goal_person", ["client_id", "status"], unique=False)
        batch_op.create_index("ix_goal_review", ["next_review_on"], unique=False)

    op.create_table(
        "step",
        sa.Column("id", coachdesk.db.Key(), nullable=False),
        sa.Column("client_id", coachdesk.db.Key(), nullable=False),
        sa.Column("goal_id", coachdesk.db.Key(), nullable=False),
        sa.Column("words", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "owner",
            sa.Enum("person", "coach", "together", name="owner", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column(
            "status",
            sa.Enum("to_do", "done", "not_now", name="status", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("done_at", coachdesk.db.Moment(), nullable=True),
        sa.Column("done_by", coachdesk.db.Key(), nullable=True),
        sa.Column("created_at", coachdesk.db.Moment(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_step_client_id_client")),
        sa.ForeignKeyConstraint(["goal_id"], ["goal.id"], name=op.f("fk_step_goal_id_goal")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step")),
    )
    with op.batch_alter_table("step", schema=None) as batch_op:
        batch_op.create_index("ix_step_done", ["done_at"], unique=False)
        batch_op.create_index("ix_step_goal", ["goal_id", "position"], unique=False)
        batch_op.create_index("ix_step_person", ["client_id", "status"], unique=False)

    op.create_table(
        "goal_version",
        sa.Column("id", coachdesk.db.Key(), nullable=False),
        sa.Column("goal_id", coachdesk.db.Key(), nullable=False),
        sa.Column("client_id", coachdesk.db.Key(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("snapshot", coachdesk.db.EncryptedJson(), nullable=False),
        sa.Column("changed_at", coachdesk.db.Moment(), nullable=False),
        sa.Column("changed_by", coachdesk.db.Key(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_goal_version_client_id_client")),
        sa.ForeignKeyConstraint(["goal_id"], ["goal.id"], name=op.f("fk_goal_version_goal_id_goal")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goal_version")),
        sa.UniqueConstraint("goal_id", "number", name=op.f("uq_goal_version_goal_id_number")),
    )
    op.create_table(
        "goal_review",
        sa.Column("id", coachdesk.db.Key(), nullable=False),
        sa.Column("goal_id", coachdesk.db.Key(), nullable=False),
        sa.Column("client_id", coachdesk.db.Key(), nullable=False),
        sa.Column("reviewed_on", sa.Date(), nullable=False),
        sa.Column("reviewed_at", coachdesk.db.Moment(), nullable=False),
        sa.Column("reviewed_by", coachdesk.db.Key(), nullable=False),
        sa.Column("gone_well", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("in_the_way", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column(
            "matters",
            sa.Enum(
                "more", "yes", "change", "not_now", name="matters", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("next_step", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("who_helps", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("importance", sa.Integer(), nullable=True),
        sa.Column("confidence", sa.Integer(), nullable=True),
        sa.Column("progress", sa.Integer(), nullable=True),
        sa.Column("why_not_lower", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("one_up", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("next_review_on", sa.Date(), nullable=True),
        sa.Column("version_number", sa.Integer(), nullable=False),
        sa.CheckConstraint("confidence IS NULL OR confidence BETWEEN 0 AND 10", name=op.f("ck_goal_review_confidence")),
        sa.CheckConstraint("importance IS NULL OR importance BETWEEN 0 AND 10", name=op.f("ck_goal_review_importance")),
        sa.CheckConstraint("progress IS NULL OR progress BETWEEN 0 AND 10", name=op.f("ck_goal_review_progress")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_goal_review_client_id_client")),
        sa.ForeignKeyConstraint(["goal_id"], ["goal.id"], name=op.f("fk_goal_review_goal_id_goal")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goal_review")),
    )
    with op.batch_alter_table("goal_review", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_goal_review_client_id"), ["client_id"], unique=False)
        batch_op.create_index("ix_goal_review_goal", ["goal_id", "reviewed_on"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("goal_review", schema=None) as batch_op:
        batch_op.drop_index("ix_goal_review_goal")
        batch_op.drop_index(batch_op.f("ix_goal_review_client_id"))

    op.drop_table("goal_review")
    op.drop_table("goal_version")
    with op.batch_alter_table("step", schema=None) as batch_op:
        batch_op.drop_index("ix_step_person")
        batch_op.drop_index("ix_step_goal")
        batch_op.drop_index("ix_step_done")

    op.drop_table("step")
    with op.batch_alter_table("goal", schema=None) as batch_op:
        batch_op.drop_index("ix_goal_review")
        batch_op.drop_index("ix_goal_person")

    op.drop_table("goal")
