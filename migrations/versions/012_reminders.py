"""Reminders, and the ledger of what was told and done.

Revision: 012
Follows: 011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import coachdesk.db

revision = "012"
down_revision = "011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reminder",
        sa.Column("id", coachdesk.db.Key(), nullable=False),
        sa.Column("client_id", coachdesk.db.Key(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "by_hand", "help_asked", "talk_asked", name="kind", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("for_user_id", coachdesk.db.Key(), nullable=True),
        sa.Column("text", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("hour", sa.Time(), nullable=True),
        sa.Column("about_id", coachdesk.db.Key(), nullable=True),
        sa.Column("made_at", coachdesk.db.Moment(), nullable=False),
        sa.Column("made_by", coachdesk.db.Key(), nullable=False),
        sa.Column("done_at", coachdesk.db.Moment(), nullable=True),
        sa.Column("done_by", coachdesk.db.Key(), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_reminder_client_id_client")),
        sa.ForeignKeyConstraint(
            ["for_user_id"], ["user_account.id"], name=op.f("fk_reminder_for_user_id_user_account")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["user_account.id"], name=op.f("fk_reminder_made_by_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
    )
    with op.batch_alter_table("reminder", schema=None) as batch_op:
        batch_op.create_index("ix_reminder_person", ["client_id", "done_at", "due_on"], unique=False)
        batch_op.create_index("ix_reminder_reader", ["for_user_id", "done_at", "due_on"], unique=False)

    op.create_table(
        "ledger_entry",
        sa.Column("id", coachdesk.db.Key(), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column(
            "rule",
            sa.Enum(
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
                name="rule",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("subject_id", coachdesk.db.Key(), nullable=False),
        sa.Column("client_id", coachdesk.db.Key(), nullable=False),
        sa.Column("recipient_id", coachdesk.db.Key(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("why", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("made_at", coachdesk.db.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_ledger_entry_client_id_client")),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["user_account.id"], name=op.f("fk_ledger_entry_recipient_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entry")),
        sa.UniqueConstraint("key", name=op.f("uq_ledger_entry_key")),
    )
    with op.batch_alter_table("ledger_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ledger_entry_client_id"), ["client_id"], unique=False)
        batch_op.create_index("ix_ledger_entry_reader", ["recipient_id", "due_on"], unique=False)

    op.create_table(
        "ledger_act",
        sa.Column("id", coachdesk.db.Key(), nullable=False),
        sa.Column("entry_id", coachdesk.db.Key(), nullable=False),
        sa.Column("client_id", coachdesk.db.Key(), nullable=False),
        sa.Column(
            "act",
            sa.Enum("done", "later", "not_needed", name="act", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("by", coachdesk.db.Key(), nullable=False),
        sa.Column("at", coachdesk.db.Moment(), nullable=False),
        sa.Column("until", coachdesk.db.Moment(), nullable=True),
        sa.Column("undone_at", coachdesk.db.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["by"], ["user_account.id"], name=op.f("fk_ledger_act_by_user_account")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_ledger_act_client_id_client")),
        sa.ForeignKeyConstraint(["entry_id"], ["ledger_entry.id"], name=op.f("fk_ledger_act_entry_id_ledger_entry")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_act")),
    )
    with op.batch_alter_table("ledger_act", schema=None) as batch_op:
        batch_op.create_index("ix_ledger_act_by", ["by", "at"], unique=False)
        batch_op.create_index("ix_ledger_act_entry", ["entry_id", "undone_at"], unique=False)

    op.create_table(
        "ledger_delivery",
        sa.Column("entry_id", coachdesk.db.Key(), nullable=False),
        sa.Column("delivery_id", coachdesk.db.Key(), nullable=False),
        sa.Column("client_id", coachdesk.db.Key(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_ledger_delivery_client_id_client")),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_ledger_delivery_delivery_id_delivery")),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["ledger_entry.id"], name=op.f("fk_ledger_delivery_entry_id_ledger_entry")
        ),
        sa.PrimaryKeyConstraint("entry_id", "delivery_id", name=op.f("pk_ledger_delivery")),
    )
    op.create_table(
        "digest_day",
        sa.Column("user_id", coachdesk.db.Key(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("considered_at", coachdesk.db.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_digest_day_user_id_user_account")),
        sa.PrimaryKeyConstraint("user_id", "day", name=op.f("pk_digest_day")),
    )


def downgrade() -> None:
    op.drop_table("digest_day")
    op.drop_table("ledger_delivery")
    with op.batch_alter_table("ledger_act", schema=None) as batch_op:
        batch_op.drop_index("ix_ledger_act_entry")
        batch_op.drop_index("ix_ledger_act_by")

    op.drop_table("ledger_act")
    with op.batch_alter_table("ledger_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_ledger_entry_reader")
        batch_op.drop_index(batch_op.f("ix_ledger_entry_client_id"))

    op.drop_table("ledger_entry")
    with op.batch_alter_table("reminder", schema=None) as batch_op:
        batch_op.drop_index("ix_reminder_reader")
        batch_op.drop_index("ix_reminder_person")

    op.drop_table("reminder")
