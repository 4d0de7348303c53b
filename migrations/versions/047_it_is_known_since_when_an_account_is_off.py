"""It is known since when an account is switched off: who had its holder as their coach is without one since then.

Revision: 047
Follows: 046
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import coachdesk.db

revision = "047"
down_revision = "046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("user_account") as batch:
        batch.add_column(sa.Column("left_at", coachdesk.db.Moment(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("user_account") as batch:
        batch.drop_column("left_at")
