"""What waits is found by its channel: each channel is sent by itself, so that none waits for another.

Revision: 038
Follows: 037
"""

from __future__ import annotations

from alembic import op

revision = "038"
down_revision = "037"
branch_labels = None
depends_on = None


def _index_by(*columns: str) -> None:
    with op.batch_alter_table("delivery") as batch:
        batch.drop_index("ix_delivery_due")
        batch.create_index("ix_delivery_due", columns)


def upgrade() -> None:
    _index_by("channel", "state", "urgency", "not_before")


def downgrade() -> None:
    _index_by("state", "urgency", "not_before")
