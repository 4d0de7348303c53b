"""How migrations run: within the application, as one writing transaction, alike on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import context

from coachdesk.db import Base, db, writing

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        transactional_ddl=True,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def run_online() -> None:
    """Migrate the application's database; on SQLite without foreign keys, so that a table can be rebuilt."""
    with writing(), db.engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
        try:
            _run(connection)
        finally:
            if sqlite:
                connection.connection.cursor().execute("PRAGMA foreign_keys=ON")


run_online()
