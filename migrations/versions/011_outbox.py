"""Messages on their way, and notices.

Revision: 011
Follows: 010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import coachdesk.db

revision = "011"
down_revision = "010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", coachdesk.db.Key(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column(
            "topic",
            sa.Enum(
                "invitation", "reminders", "safety", name="topic", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column(
            "channel",
            sa.Enum("in_app", "email", name="channel", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("recipient_id", coachdesk.db.Key(), nullable=False),
        sa.Column("text", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("path", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("address", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "sending",
                "sent",
                "skipped",
                "stopped",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("created_at", coachdesk.db.Moment(), nullable=False),
        sa.Column("not_before", coachdesk.db.Moment(), nullable=False),
        sa.Column("claimed_by", coachdesk.db.Key(), nullable=True),
        sa.Column("lease_until", coachdesk.db.Moment(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", coachdesk.db.Moment(), nullable=True),
        sa.Column("error", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["user_account.id"], name=op.f("fk_delivery_recipient_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("key", name=op.f("uq_delivery_key")),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index("ix_delivery_due", ["state", "not_before"], unique=False)
        batch_op.create_index("ix_delivery_recipient", ["recipient_id", "created_at"], unique=False)

    op.create_table(
        "notice",
        sa.Column("id", coachdesk.db.Key(), nullable=False),
        sa.Column("delivery_id", coachdesk.db.Key(), nullable=False),
        sa.Column("recipient_id", coachdesk.db.Key(), nullable=False),
        sa.Column(
            "topic",
            sa.Enum(
                "invitation", "reminders", "safety", name="topic", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("text", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("path", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("created_at", coachdesk.db.Moment(), nullable=False),
        sa.Column("seen_at", coachdesk.db.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_notice_delivery_id_delivery")),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["user_account.id"], name=op.f("fk_notice_recipient_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("delivery_id", name=op.f("uq_notice_delivery_id")),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index("ix_notice_recipient", ["recipient_id", "seen_at", "created_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_index("ix_notice_recipient")

    op.drop_table("notice")
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_index("ix_delivery_recipient")
        batch_op.drop_index("ix_delivery_due")

    op.drop_table("delivery")
