"""A reminder is changed and taken back before it comes, and one may be let be the last of several.

Revision: 048
Follows: 047
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import coachdesk.db

revision = "048"
down_revision = "047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("reminder") as batch:
        batch.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        batch.add_column(sa.Column("taken_back_at", coachdesk.db.Moment(), nullable=True))
        batch.add_column(sa.Column("last_at", coachdesk.db.Moment(), nullable=True))
    with op.batch_alter_table("reminder") as batch:
        batch.alter_column("version", server_default=None)


def downgrade() -> None:
    # One that was the last of several comes no more in what follows, either.
    op.execute("UPDATE reminder SET repeat = NULL WHERE last_at IS NOT NULL")
    with op.batch_alter_table("reminder") as batch:
        batch.drop_column("last_at")
        batch.drop_column("taken_back_at")
        batch.drop_column("version")
