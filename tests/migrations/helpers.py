"""What lies in a database between two revisions."""

from __future__ import annotations

import sqlalchemy as sa

from coachdesk.config import bundled
from coachdesk.db import Base, db

FOLDER = str(bundled("migrations"))
BEFORE_STORIES, BEFORE_LINES = "024", "025"


def counts() -> dict[str, int]:
    """How many rows each table has."""
    found = {
        name: db.session.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        for name, table in Base.metadata.tables.items()
    }
    db.session.rollback()
    return found


def tables() -> set[str]:
    """The tables of the schema as it stands; what a later revision made is not among them, and its rows went with it."""
    found = set(sa.inspect(db.engine).get_table_names())
    db.session.rollback()
    return found


def raw(column: str, table: str) -> list[str]:
    """What lies in a column, as the database has it."""
    found = [str(value) for value in db.session.scalars(sa.text(f"SELECT {column} FROM {table}"))]  # noqa: S608
    db.session.rollback()
    return found
