"""People, accounts and teams, with membership and assignment as periods.

Revision: 002
Follows: 001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import coachdesk.db

revision = "002"
down_revision = "001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "client",
        sa.Column("id", coachdesk.db.Key(), nullable=False),
        sa.Column("first_name", sa.String(length=200), nullable=False),
        sa.Column("last_name", sa.String(length=200), nullable=False),
        sa.Column("preferred_name", sa.String(length=200), nullable=False),
        sa.Column("shown_sort", sa.String(length=200), nullable=False),
        sa.Column(
            "pronouns",
            sa.Enum("he", "she", "they", "name", name="pronouns", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("language", sa.String(length=40), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("rhythm_days", sa.Integer(), nullable=False),
        sa.Column("working_since", sa.Date(), nullable=False),
        sa.Column("phone", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("phone_digest", sa.String(length=64), nullable=False),
        sa.Column("email", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("may_call", sa.Boolean(), nullable=False),
        sa.Column("may_text", sa.Boolean(), nullable=False),
        sa.Column("may_voicemail", sa.Boolean(), nullable=False),
        sa.Column("may_email", sa.Boolean(), nullable=False),
        sa.Column("safe_note", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("created_at", coachdesk.db.Moment(), nullable=False),
        sa.Column("created_by", coachdesk.db.Key(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("rhythm_days BETWEEN 1 AND 90", name=op.f("ck_client_rhythm")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client")),
    )
    with op.batch_alter_table("client", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_client_phone_digest"), ["phone_digest"], unique=False)
        batch_op.create_index("ix_client_shown", ["shown_sort"], unique=False)

    op.create_table(
        "user_account",
        sa.Column("id", coachdesk.db.Key(), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("password", sa.String(length=255), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("fs_uniquifier", sa.String(length=64), nullable=False),
        sa.Column(
            "role_name",
            sa.Enum(
                "coach",
                "supervisor",
                "client",
                "administrator",
                "system",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("client_id", coachdesk.db.Key(), nullable=True),
        sa.Column("first_name", sa.String(length=200), nullable=False),
        sa.Column("last_name", sa.String(length=200), nullable=False),
        sa.Column("work_phone", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("work_hours", sa.String(length=200), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("theme", sa.String(length=8), nullable=False),
        sa.Column("most_people", sa.Integer(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("created_at", coachdesk.db.Moment(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(role_name = 'client') = (client_id IS NOT NULL)", name=op.f("ck_user_account_person_has_record")
        ),
        sa.CheckConstraint("role_name <> 'system'", name=op.f("ck_user_account_no_system")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_user_account_client_id_client")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("client_id", name=op.f("uq_user_account_client_id")),
        sa.UniqueConstraint("email", name=op.f("uq_user_account_email")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_user_account_fs_uniquifier")),
    )
    op.create_table(
        "invitation",
        sa.Column("id", coachdesk.db.Key(), nullable=False),
        sa.Column("user_id", coachdesk.db.Key(), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("made_at", coachdesk.db.Moment(), nullable=False),
        sa.Column("made_by", coachdesk.db.Key(), nullable=False),
        sa.Column("ends_at", coachdesk.db.Moment(), nullable=False),
        sa.Column("used_at", coachdesk.db.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_invitation_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_invitation_token_digest")),
    )
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitation_user_id"), ["user_id"], unique=False)

    op.create_table(
        "team",
        sa.Column("id", coachdesk.db.Key(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_at", coachdesk.db.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("name", name=op.f("uq_team_name")),
    )
    op.create_table(
        "team_membership",
        sa.Column("id", coachdesk.db.Key(), nullable=False),
        sa.Column("team_id", coachdesk.db.Key(), nullable=False),
        sa.Column("user_id", coachdesk.db.Key(), nullable=False),
        sa.Column("started_at", coachdesk.db.Moment(), nullable=False),
        sa.Column("started_by", coachdesk.db.Key(), nullable=False),
        sa.Column("ended_at", coachdesk.db.Moment(), nullable=True),
        sa.Column("ended_by", coachdesk.db.Key(), nullable=True),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_membership_team_id_team")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_team_membership_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_membership")),
    )
    with op.batch_alter_table("team_membership", schema=None) as batch_op:
        batch_op.create_index(
            "ix_team_membership_now",
            ["user_id", "team_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.create_index("ix_team_membership_team_now", ["team_id", "ended_at"], unique=False)

    op.create_table(
        "assignment",
        sa.Column("id", coachdesk.db.Key(), nullable=False),
        sa.Column("client_id", coachdesk.db.Key(), nullable=False),
        sa.Column("coach_id", coachdesk.db.Key(), nullable=False),
        sa.Column("started_at", coachdesk.db.Moment(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("started_by", coachdesk.db.Key(), nullable=False),
        sa.Column("ended_at", coachdesk.db.Moment(), nullable=True),
        sa.Column("ended_by", coachdesk.db.Key(), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_assignment_client_id_client")),
        sa.ForeignKeyConstraint(["coach_id"], ["user_account.id"], name=op.f("fk_assignment_coach_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
    )
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.create_index("ix_assignment_coach", ["coach_id", "ended_at"], unique=False)
        batch_op.create_index(
            "ix_assignment_now",
            ["client_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_assignment_now", sqlite_where=sa.text("ended_at IS NULL"), postgresql_where=sa.text("ended_at IS NULL")
        )
        batch_op.drop_index("ix_assignment_coach")

    op.drop_table("assignment")
    with op.batch_alter_table("team_membership", schema=None) as batch_op:
        batch_op.drop_index("ix_team_membership_team_now")
        batch_op.drop_index(
            "ix_team_membership_now",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.drop_table("team_membership")
    op.drop_table("team")
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invitation_user_id"))

    op.drop_table("invitation")
    op.drop_table("user_account")
    with op.batch_alter_table("client", schema=None) as batch_op:
        batch_op.drop_index("ix_client_shown")
        batch_op.drop_index(batch_op.f("ix_client_phone_digest"))

    op.drop_table("client")
