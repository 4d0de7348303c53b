"""What a try was and when the next one is, and the organisation's outreach ladder.

Revision: 024
Follows: 023
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import coachdesk.db
from coachdesk.db import keys

revision = "024"
down_revision = "023"
branch_labels = None
depends_on = None

LADDER = [[0, "try"], [1, "try"], [7, "try"], [14, "tell"], [21, "warm"], [30, "decide"]]
BEFORE = {
    "channel": ("in_person", "call", "text", "video"),
    "outcome": ("no_answer", "voicemail", "wrong_number", "asked_to_stop", "not_there", "other"),
}
NOW = {
    "channel": ("call", "text", "email", "in_person", "video", "letter"),
    "outcome": ("no_answer", "voicemail", "wrong_number", "third_party", "asked_to_stop", "not_there", "other"),
}


def _change_words(after: dict[str, tuple[str, ...]]) -> None:
    with op.batch_alter_table("attempt") as batch:
        for name, words in after.items():
            listed = ", ".join(f"'{word}'" for word in words)
            batch.drop_constraint(op.f(f"ck_attempt_{name}"), type_="check")
            batch.create_check_constraint(op.f(f"ck_attempt_{name}"), f"{name} IN ({listed})")


def upgrade() -> None:
    _change_words(NOW)
    with op.batch_alter_table("attempt") as batch:
        batch.add_column(sa.Column("visit_id", coachdesk.db.Key(), nullable=True))
        batch.add_column(sa.Column("used", coachdesk.db.EncryptedText(), nullable=True))
        batch.add_column(sa.Column("tried_at", sa.Time(), nullable=True))
        batch.add_column(sa.Column("again_on", sa.Date(), nullable=True))
        batch.create_foreign_key(op.f("fk_attempt_visit_id_visit"), "visit", ["visit_id"], ["id"])
    with op.batch_alter_table("organisation") as batch:
        batch.add_column(sa.Column("ladder", sa.JSON(), nullable=True))
    op.execute(sa.update(sa.table("attempt", sa.column("used", sa.Text))).values(used=keys().seal("")))
    house = sa.table("organisation", sa.column("ladder", sa.JSON))
    op.execute(sa.update(house).values(ladder=LADDER))
    with op.batch_alter_table("attempt") as batch:
        batch.alter_column("used", existing_type=coachdesk.db.EncryptedText(), nullable=False)
    with op.batch_alter_table("organisation") as batch:
        batch.alter_column("ladder", existing_type=sa.JSON(), nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("organisation") as batch:
        batch.drop_column("ladder")
    with op.batch_alter_table("attempt") as batch:
        batch.drop_constraint(op.f("fk_attempt_visit_id_visit"), type_="foreignkey")
        for name in ("again_on", "tried_at", "used", "visit_id"):
            batch.drop_column(name)
    # The older schema has no word for these: the try stays, without its way, or as "something else".
    rows = sa.table("attempt", sa.column("channel", sa.String), sa.column("outcome", sa.String))
    op.execute(sa.update(rows).where(rows.c.channel.in_(("email", "letter"))).values(channel=None))
    op.execute(sa.update(rows).where(rows.c.outcome == "third_party").values(outcome="other"))
    _change_words(BEFORE)
