"""Of a message for which there is no way it is known since when: two days are counted from there.

Revision: 049
Follows: 048
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import coachdesk.db

revision = "049"
down_revision = "048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("delivery") as batch:
        batch.add_column(sa.Column("no_way_since", coachdesk.db.Moment(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("delivery") as batch:
        batch.drop_column("no_way_since")
