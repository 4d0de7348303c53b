"""A directory of services and referrals to them.

Revision: 010
Follows: 009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import coachdesk.db

revision = "010"
down_revision = "009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "service",
        sa.Column("id", coachdesk.db.Key(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("provider", sa.String(length=200), nullable=False),
        sa.Column(
            "need",
            sa.Enum(
                "food",
                "housing",
                "work",
                "money",
                "health",
                "dentist",
                "mind",
                "meeting",
                "treatment",
                "legal",
                "family",
                "transport",
                "learning",
                "papers",
                "other",
                name="need",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("search", sa.String(length=600), nullable=False),
        sa.Column("phone", sa.String(length=60), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("website", sa.String(length=500), nullable=False),
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column("hours", sa.String(length=200), nullable=False),
        sa.Column("who_for", sa.Text(), nullable=False),
        sa.Column("cost", sa.String(length=200), nullable=False),
        sa.Column("languages", sa.String(length=200), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("is_hidden", sa.Boolean(), nullable=False),
        sa.Column("created_at", coachdesk.db.Moment(), nullable=False),
        sa.Column("created_by", coachdesk.db.Key(), nullable=False),
        sa.Column("verified_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service")),
    )
    with op.batch_alter_table("service", schema=None) as batch_op:
        batch_op.create_index("ix_service_found", ["is_hidden", "need", "name"], unique=False)

    op.create_table(
        "referral",
        sa.Column("id", coachdesk.db.Key(), nullable=False),
        sa.Column("client_id", coachdesk.db.Key(), nullable=False),
        sa.Column("service_id", coachdesk.db.Key(), nullable=True),
        sa.Column("service_name", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column(
            "need",
            sa.Enum(
                "food",
                "housing",
                "work",
                "money",
                "health",
                "dentist",
                "mind",
                "meeting",
                "treatment",
                "legal",
                "family",
                "transport",
                "learning",
                "papers",
                "other",
                name="need",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "agreed",
            sa.Enum(
                "coach_calls",
                "person_calls",
                "together",
                name="agreed",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "needs_consent",
                "sent",
                "self",
                "accepted",
                "waitlisted",
                "appointment",
                "connected",
                "got_help",
                "closed",
                "mistake",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("status_on", sa.Date(), nullable=False),
        sa.Column("clock_on", sa.Date(), nullable=True),
        sa.Column("appointment_on", sa.Date(), nullable=True),
        sa.Column(
            "reason",
            sa.Enum(
                "not_eligible",
                "no_room",
                "not_reached",
                "not_wanted",
                "no_help",
                "other",
                name="reason",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "confirmed_by",
            sa.Enum("person", "provider", name="confirmed_by", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("note", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("made_at", coachdesk.db.Moment(), nullable=False),
        sa.Column("made_by", coachdesk.db.Key(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_referral_client_id_client")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_referral_service_id_service")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral")),
    )
    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.create_index("ix_referral_person", ["client_id", "status"], unique=False)
        batch_op.create_index(batch_op.f("ix_referral_service_id"), ["service_id"], unique=False)
        batch_op.create_index("ix_referral_status", ["status", "clock_on"], unique=False)

    op.create_table(
        "referral_move",
        sa.Column("id", coachdesk.db.Key(), nullable=False),
        sa.Column("referral_id", coachdesk.db.Key(), nullable=False),
        sa.Column("client_id", coachdesk.db.Key(), nullable=False),
        sa.Column(
            "before",
            sa.Enum(
                "draft",
                "needs_consent",
                "sent",
                "self",
                "accepted",
                "waitlisted",
                "appointment",
                "connected",
                "got_help",
                "closed",
                "mistake",
                name="before",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "after",
            sa.Enum(
                "draft",
                "needs_consent",
                "sent",
                "self",
                "accepted",
                "waitlisted",
                "appointment",
                "connected",
                "got_help",
                "closed",
                "mistake",
                name="after",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("note", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("moved_on", sa.Date(), nullable=False),
        sa.Column("moved_at", coachdesk.db.Moment(), nullable=False),
        sa.Column("moved_by", coachdesk.db.Key(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_referral_move_client_id_client")),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_referral_move_referral_id_referral")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_move")),
    )
    with op.batch_alter_table("referral_move", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_referral_move_client_id"), ["client_id"], unique=False)
        batch_op.create_index("ix_referral_move_referral", ["referral_id", "moved_at"], unique=False)

    op.create_table(
        "spoken_yes",
        sa.Column("id", coachdesk.db.Key(), nullable=False),
        sa.Column("referral_id", coachdesk.db.Key(), nullable=False),
        sa.Column("client_id", coachdesk.db.Key(), nullable=False),
        sa.Column("heard_by", coachdesk.db.Key(), nullable=False),
        sa.Column("heard_at", coachdesk.db.Moment(), nullable=False),
        sa.Column("shared", sa.String(length=200), nullable=False),
        sa.Column("withdrawn_at", coachdesk.db.Moment(), nullable=True),
        sa.Column("withdrawn_by", coachdesk.db.Key(), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_spoken_yes_client_id_client")),
        sa.ForeignKeyConstraint(["heard_by"], ["user_account.id"], name=op.f("fk_spoken_yes_heard_by_user_account")),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_spoken_yes_referral_id_referral")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spoken_yes")),
    )
    with op.batch_alter_table("spoken_yes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_spoken_yes_client_id"), ["client_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_spoken_yes_referral_id"), ["referral_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("spoken_yes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_spoken_yes_referral_id"))
        batch_op.drop_index(batch_op.f("ix_spoken_yes_client_id"))

    op.drop_table("spoken_yes")
    with op.batch_alter_table("referral_move", schema=None) as batch_op:
        batch_op.drop_index("ix_referral_move_referral")
        batch_op.drop_index(batch_op.f("ix_referral_move_client_id"))

    op.drop_table("referral_move")
    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.drop_index("ix_referral_status")
        batch_op.drop_index(batch_op.f("ix_referral_service_id"))
        batch_op.drop_index("ix_referral_person")

    op.drop_table("referral")
    with op.batch_alter_table("service", schema=None) as batch_op:
        batch_op.drop_index("ix_service_found")

    op.drop_table("service")
