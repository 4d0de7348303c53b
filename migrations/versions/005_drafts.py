"""What is being written is kept.

Revision: 005
Follows: 004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import coachdesk.db

revision = "005"
down_revision = "004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "draft",
        sa.Column("id", coachdesk.db.Key(), nullable=False),
        sa.Column("client_id", coachdesk.db.Key(), nullable=False),
        sa.Column("author_id", coachdesk.db.Key(), nullable=False),
        sa.Column("form", sa.String(length=40), nullable=False),
        sa.Column("subject_id", coachdesk.db.Key(), nullable=False),
        sa.Column("fields", coachdesk.db.EncryptedJson(), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("started_at", coachdesk.db.Moment(), nullable=False),
        sa.Column("saved_at", coachdesk.db.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["user_account.id"], name=op.f("fk_draft_author_id_user_account")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_draft_client_id_client")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
        sa.UniqueConstraint("author_id", "form", "subject_id", name=op.f("uq_draft_author_id_form_subject_id")),
    )
    with op.batch_alter_table("draft", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_draft_client_id"), ["client_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("draft", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_draft_client_id"))

    op.drop_table("draft")
