"""What somebody said by hand about the columns of a list they bring in.

Revision: 035
Follows: 034
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import coachdesk.db

revision = "035"
down_revision = "034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("caseload_import") as batch:
        batch.add_column(sa.Column("chosen_columns", coachdesk.db.EncryptedJson(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("caseload_import") as batch:
        batch.drop_column("chosen_columns")
