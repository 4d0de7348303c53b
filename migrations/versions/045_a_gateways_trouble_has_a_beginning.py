"""A gateway's trouble has a beginning: it is switched off for what lasts, and not for a bad minute.

Revision: 045
Follows: 044
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import coachdesk.db

revision = "045"
down_revision = "044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("outside_way") as batch:
        batch.add_column(sa.Column("failing_since", coachdesk.db.Moment(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("outside_way") as batch:
        batch.drop_column("failing_since")
