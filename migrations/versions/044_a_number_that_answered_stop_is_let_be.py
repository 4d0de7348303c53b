"""A number that answered STOP is let be until it answers START, whoever chooses it.

Revision: 044
Follows: 043
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coachdesk.db import Moment

revision = "044"
down_revision = "043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stopped_number",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_stopped_number")),
    )
    op.execute(
        "INSERT INTO stopped_number (digest, at) SELECT DISTINCT phone_digest, CURRENT_TIMESTAMP FROM telling_pref "
        "WHERE text_off = 'by_reply' AND phone_digest <> ''"
    )


def downgrade() -> None:
    op.drop_table("stopped_number")
