"""How migrations run: within the application, as one writing transaction, alike on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alembic import context
from flask import current_app

from coachdesk.db import Base, db, writing

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection


def _skip_empty(_context: Any, _revision: Any, directives: list[Any]) -> None:
    """Write no revision where models and schema agree."""
    if directives and directives[0].upgrade_ops.is_empty():
        directives[:] = []


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        transactional_ddl=True,
        compare_type=True,
        process_revision_directives=_skip_empty,
    )
    with context.begin_transaction():
        context.run_migrations()


def run_online() -> None:
    """Migrate the application's database; on SQLite without foreign keys, so that a table can be rebuilt."""
    with writing(), db.engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
        try:
            _run(connection)
        finally:
            if sqlite:
                connection.connection.driver_connection.execute("PRAGMA foreign_keys=ON")


run_online()
