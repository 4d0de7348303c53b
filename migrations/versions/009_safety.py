"""A concern about safety and who was told of it.

Revision: 009
Follows: 008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import coachdesk.db

revision = "009"
down_revision = "008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "concern",
        sa.Column("id", coachdesk.db.Key(), nullable=False),
        sa.Column("client_id", coachdesk.db.Key(), nullable=False),
        sa.Column("raised_at", coachdesk.db.Moment(), nullable=False),
        sa.Column("raised_on", sa.Date(), nullable=False),
        sa.Column("raised_by", coachdesk.db.Key(), nullable=False),
        sa.Column("source_id", coachdesk.db.Key(), nullable=True),
        sa.Column("taken_at", coachdesk.db.Moment(), nullable=True),
        sa.Column("taken_by", coachdesk.db.Key(), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_concern_client_id_client")),
        sa.ForeignKeyConstraint(["raised_by"], ["user_account.id"], name=op.f("fk_concern_raised_by_user_account")),
        sa.ForeignKeyConstraint(["taken_by"], ["user_account.id"], name=op.f("fk_concern_taken_by_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concern")),
    )
    with op.batch_alter_table("concern", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_concern_client_id"), ["client_id"], unique=False)
        batch_op.create_index("ix_concern_open", ["taken_at", "raised_at"], unique=False)

    op.create_table(
        "concern_told",
        sa.Column("concern_id", coachdesk.db.Key(), nullable=False),
        sa.Column("user_id", coachdesk.db.Key(), nullable=False),
        sa.Column("client_id", coachdesk.db.Key(), nullable=False),
        sa.Column(
            "told_as",
            sa.Enum(
                "supervisor", "administrator", name="told_as", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("told_at", coachdesk.db.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_concern_told_client_id_client")),
        sa.ForeignKeyConstraint(["concern_id"], ["concern.id"], name=op.f("fk_concern_told_concern_id_concern")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_concern_told_user_id_user_account")),
        sa.PrimaryKeyConstraint("concern_id", "user_id", name=op.f("pk_concern_told")),
    )


def downgrade() -> None:
    op.drop_table("concern_told")
    with op.batch_alter_table("concern", schema=None) as batch_op:
        batch_op.drop_index("ix_concern_open")
        batch_op.drop_index(batch_op.f("ix_concern_client_id"))

    op.drop_table("concern")
