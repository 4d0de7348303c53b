"""A member of staff's hours and a person's language are sealed, as everything people write.

Revision: 016
Follows: 015
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import op

import coachdesk.db
from coachdesk.db import keys

if TYPE_CHECKING:
    from collections.abc import Callable

revision = "016"
down_revision = "015"
branch_labels = None
depends_on = None

SEALED = (("user_account", "work_hours", 200), ("client", "language", 40))


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("PRAGMA secure_delete=ON")  # what stood there in clear is not left in freed pages
    for table, name, length in SEALED:
        _change_type(table, name, sa.String(length=length), coachdesk.db.EncryptedText())
        _rewrite(table, name, lambda text: keys().seal(text))


def downgrade() -> None:
    for table, name, length in reversed(SEALED):
        _rewrite(table, name, lambda token: keys().open(token))
        _change_type(table, name, coachdesk.db.EncryptedText(), sa.String(length=length))


def _change_type(table: str, name: str, before: sa.types.TypeEngine, after: sa.types.TypeEngine) -> None:
    with op.batch_alter_table(table, schema=None) as batch_op:
        batch_op.alter_column(name, existing_type=before, type_=after, existing_nullable=False)


def _rewrite(table: str, name: str, written: Callable[[str], str]) -> None:
    connection = op.get_bind()
    rows = sa.table(table, sa.column("id", coachdesk.db.Key), sa.column(name, sa.Text))
    change = sa.update(rows).where(rows.c.id == sa.bindparam("row_id")).values({name: sa.bindparam("words")})
    found = connection.execute(sa.select(rows.c.id, rows.c[name])).all()
    if found:
        connection.execute(change, [{"row_id": key, "words": written(text)} for key, text in found])
