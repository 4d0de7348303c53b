"""What would leave within a day is kept as it was worked out last, so that pages read it and plan nothing.

Revision: 046
Follows: 045
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coachdesk.db import EncryptedText, Key, Moment

revision = "046"
down_revision = "045"
branch_labels = None
depends_on = None

_FORESEEN_INDEXES = ("at", "recipient_id")


def upgrade() -> None:
    op.create_table(
        "foresight",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("begun_at", Moment(), nullable=False),
        sa.Column("at", Moment(), nullable=True),
        sa.Column("latest", sa.BigInteger(), nullable=False),
        sa.Column("took", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_foresight_only")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_foresight")),
    )
    op.create_table(
        "foreseen",
        sa.Column("id", Key(), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("recipient_id", Key(), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("topic", sa.String(32), nullable=False),
        sa.Column("held", sa.String(32), nullable=True),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["user_account.id"], name=op.f("fk_foreseen_recipient_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_foreseen")),
        sa.UniqueConstraint("key", name=op.f("uq_foreseen_key")),
    )
    op.create_table(
        "foreseen_thing",
        sa.Column("id", Key(), nullable=False),
        sa.Column("foreseen_id", Key(), nullable=False),
        sa.Column("client_id", Key(), nullable=False),
        sa.Column("rule", sa.String(32), nullable=False),
        sa.Column("why", EncryptedText(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_foreseen_thing_client_id_client")),
        sa.ForeignKeyConstraint(["foreseen_id"], ["foreseen.id"], name=op.f("fk_foreseen_thing_foreseen_id_foreseen")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_foreseen_thing")),
    )
    for column in _FORESEEN_INDEXES:
        op.create_index(op.f(f"ix_foreseen_{column}"), "foreseen", [column])
    op.create_index("ix_foreseen_thing_message", "foreseen_thing", ["foreseen_id"])
    op.create_index(op.f("ix_foreseen_thing_client_id"), "foreseen_thing", ["client_id"])


def downgrade() -> None:
    for name in ("foreseen_thing", "foreseen", "foresight"):
        op.drop_table(name)
