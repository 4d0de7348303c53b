"""Days away with who looks after whom, and what a person wants their new coach to know.

Revision: 028
Follows: 027
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import coachdesk.db

revision = "028"
down_revision = "027"
branch_labels = None
depends_on = None

_KEY, _MOMENT = coachdesk.db.Key(), coachdesk.db.Moment()


def upgrade() -> None:
    op.create_table(
        "away",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("user_id", _KEY, nullable=False),
        sa.Column("cover_id", _KEY, nullable=True),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("starts_at", _MOMENT, nullable=False),
        sa.Column("ends_at", _MOMENT, nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("made_by", _KEY, nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.Column("ended_by", _KEY, nullable=True),
        sa.CheckConstraint("until_on >= from_on", name=op.f("ck_away_days")),
        sa.CheckConstraint("cover_id <> user_id", name=op.f("ck_away_not_oneself")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_away_user_id_user_account")),
        sa.ForeignKeyConstraint(["cover_id"], ["user_account.id"], name=op.f("fk_away_cover_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_away")),
    )
    op.create_index("ix_away_cover", "away", ["cover_id", "ends_at"])
    op.create_index("ix_away_user", "away", ["user_id", "ends_at"])
    with op.batch_alter_table("hand_over") as batch:
        batch.add_column(sa.Column("words", coachdesk.db.EncryptedText(), nullable=True))
    # The column's own type seals; an empty text is one of its values, made here as the application makes it.
    hand_over = sa.table("hand_over", sa.column("words", coachdesk.db.EncryptedText()))
    op.get_bind().execute(sa.update(hand_over).values(words=""))
    with op.batch_alter_table("hand_over") as batch:
        batch.alter_column("words", existing_type=coachdesk.db.EncryptedText(), nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("hand_over") as batch:
        batch.drop_column("words")
    op.drop_table("away")
