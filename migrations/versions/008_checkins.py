"""Check-ins, attempts, corrections and sign-off.

Revision: 008
Follows: 007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import coachdesk.db

revision = "008"
down_revision = "007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "check_in",
        sa.Column("id", coachdesk.db.Key(), nullable=False),
        sa.Column("client_id", coachdesk.db.Key(), nullable=False),
        sa.Column("coach_id", coachdesk.db.Key(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "in_person",
                "call",
                "text",
                "video",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("started", sa.Time(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("weather", sa.Integer(), nullable=True),
        sa.Column("note", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("signed_at", coachdesk.db.Moment(), nullable=False),
        sa.Column("withdrawn_at", coachdesk.db.Moment(), nullable=True),
        sa.Column("withdrawn_by", coachdesk.db.Key(), nullable=True),
        sa.CheckConstraint("minutes IS NULL OR minutes BETWEEN 1 AND 480", name=op.f("ck_check_in_minutes")),
        sa.CheckConstraint("weather IS NULL OR weather BETWEEN 1 AND 5", name=op.f("ck_check_in_weather")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_check_in_client_id_client")),
        sa.ForeignKeyConstraint(["coach_id"], ["user_account.id"], name=op.f("fk_check_in_coach_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_in")),
    )
    with op.batch_alter_table("check_in", schema=None) as batch_op:
        batch_op.create_index("ix_check_in_coach", ["coach_id", "held_on"], unique=False)
        batch_op.create_index("ix_check_in_person", ["client_id", "held_on"], unique=False)

    op.create_table(
        "check_in_step",
        sa.Column("checkin_id", coachdesk.db.Key(), nullable=False),
        sa.Column("step_id", coachdesk.db.Key(), nullable=False),
        sa.Column("client_id", coachdesk.db.Key(), nullable=False),
        sa.ForeignKeyConstraint(["checkin_id"], ["check_in.id"], name=op.f("fk_check_in_step_checkin_id_check_in")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_check_in_step_client_id_client")),
        sa.ForeignKeyConstraint(["step_id"], ["step.id"], name=op.f("fk_check_in_step_step_id_step")),
        sa.PrimaryKeyConstraint("checkin_id", "step_id", name=op.f("pk_check_in_step")),
    )
    with op.batch_alter_table("check_in_step", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_check_in_step_client_id"), ["client_id"], unique=False)

    op.create_table(
        "correction",
        sa.Column("id", coachdesk.db.Key(), nullable=False),
        sa.Column("checkin_id", coachdesk.db.Key(), nullable=False),
        sa.Column("client_id", coachdesk.db.Key(), nullable=False),
        sa.Column("text", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("made_at", coachdesk.db.Moment(), nullable=False),
        sa.Column("made_by", coachdesk.db.Key(), nullable=False),
        sa.ForeignKeyConstraint(["checkin_id"], ["check_in.id"], name=op.f("fk_correction_checkin_id_check_in")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_correction_client_id_client")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
    )
    with op.batch_alter_table("correction", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_correction_checkin_id"), ["checkin_id"], unique=False)

    op.create_table(
        "attempt",
        sa.Column("id", coachdesk.db.Key(), nullable=False),
        sa.Column("client_id", coachdesk.db.Key(), nullable=False),
        sa.Column("coach_id", coachdesk.db.Key(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "in_person",
                "call",
                "text",
                "video",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("tried_on", sa.Date(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "no_answer",
                "voicemail",
                "wrong_number",
                "asked_to_stop",
                "not_there",
                "other",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("note", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("logged_at", coachdesk.db.Moment(), nullable=False),
        sa.Column("withdrawn_at", coachdesk.db.Moment(), nullable=True),
        sa.Column("withdrawn_by", coachdesk.db.Key(), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_attempt_client_id_client")),
        sa.ForeignKeyConstraint(["coach_id"], ["user_account.id"], name=op.f("fk_attempt_coach_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
    )
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.create_index("ix_attempt_person", ["client_id", "tried_on"], unique=False)

    op.create_table(
        "review",
        sa.Column("id", coachdesk.db.Key(), nullable=False),
        sa.Column("checkin_id", coachdesk.db.Key(), nullable=False),
        sa.Column("client_id", coachdesk.db.Key(), nullable=False),
        sa.Column("coach_id", coachdesk.db.Key(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "safety", "first_days", "sample", name="reason", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("asked_at", coachdesk.db.Moment(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum("signed_off", "talk", name="outcome", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("by", coachdesk.db.Key(), nullable=True),
        sa.Column("at", coachdesk.db.Moment(), nullable=True),
        sa.Column("text", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("phrases", coachdesk.db.EncryptedText(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["user_account.id"], name=op.f("fk_review_by_user_account")),
        sa.ForeignKeyConstraint(["checkin_id"], ["check_in.id"], name=op.f("fk_review_checkin_id_check_in")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_review_client_id_client")),
        sa.ForeignKeyConstraint(["coach_id"], ["user_account.id"], name=op.f("fk_review_coach_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
        sa.UniqueConstraint("checkin_id", name=op.f("uq_review_checkin_id")),
    )
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_review_client_id"), ["client_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_review_coach_id"), ["coach_id"], unique=False)
        batch_op.create_index("ix_review_waiting", ["outcome", "asked_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.drop_index("ix_review_waiting")
        batch_op.drop_index(batch_op.f("ix_review_coach_id"))
        batch_op.drop_index(batch_op.f("ix_review_client_id"))

    op.drop_table("review")
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.drop_index("ix_attempt_person")

    op.drop_table("attempt")
    with op.batch_alter_table("correction", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_correction_checkin_id"))

    op.drop_table("correction")
    with op.batch_alter_table("check_in_step", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_check_in_step_client_id"))

    op.drop_table("check_in_step")
    with op.batch_alter_table("check_in", schema=None) as batch_op:
        batch_op.drop_index("ix_check_in_person")
        batch_op.drop_index("ix_check_in_coach")

    op.drop_table("check_in")
