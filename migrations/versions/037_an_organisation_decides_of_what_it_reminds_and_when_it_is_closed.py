"""An organisation decides of what it reminds, and on which days it is closed.

Revision: 037
Follows: 036
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "037"
down_revision = "036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("organisation") as batch:
        batch.add_column(sa.Column("reminding", sa.JSON(), nullable=False, server_default="{}"))
        batch.add_column(sa.Column("holidays", sa.JSON(), nullable=False, server_default="[]"))
    with op.batch_alter_table("organisation") as batch:
        batch.alter_column("reminding", server_default=None)
        batch.alter_column("holidays", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("organisation") as batch:
        batch.drop_column("holidays")
        batch.drop_column("reminding")
