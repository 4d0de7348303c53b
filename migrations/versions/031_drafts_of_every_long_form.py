"""Drafts of every long form: also of what is about nobody, thrown away with a way back, gone after a while.

Revision: 031
Follows: 030
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import coachdesk.db

revision = "031"
down_revision = "030"
branch_labels = None
depends_on = None

_KEY, _MOMENT = coachdesk.db.Key(), coachdesk.db.Moment()


def upgrade() -> None:
    op.execute("UPDATE draft SET form = 'safety-concern' WHERE form = 'safety-more'")  # kept apart by what it is about
    with op.batch_alter_table("draft") as batch:
        batch.alter_column("client_id", existing_type=_KEY, nullable=True)
        batch.add_column(sa.Column("stood", coachdesk.db.EncryptedJson(), nullable=True))
        batch.add_column(sa.Column("thrown_at", _MOMENT, nullable=True))
        batch.create_index(op.f("ix_draft_saved_at"), ["saved_at"])
        batch.create_index(op.f("ix_draft_thrown_at"), ["thrown_at"])


def downgrade() -> None:
    op.execute("DELETE FROM draft WHERE client_id IS NULL OR thrown_at IS NOT NULL")
    with op.batch_alter_table("draft") as batch:
        batch.drop_index(op.f("ix_draft_thrown_at"))
        batch.drop_index(op.f("ix_draft_saved_at"))
        batch.drop_column("thrown_at")
        batch.drop_column("stood")
        batch.alter_column("client_id", existing_type=_KEY, nullable=False)
