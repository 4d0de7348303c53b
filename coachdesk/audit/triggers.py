"""The database itself refuses every change and removal in the trail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import event

from coachdesk.audit.models import AuditEntry, AuditPerson, AuditSeal

if TYPE_CHECKING:
    from collections.abc import Sequence

    import sqlalchemy as sa
    from sqlalchemy.engine import Connection

_REFUSAL = "the trail is only ever added to"
TRAIL_TABLES = ("audit_entry", "audit_person", "audit_seal")


def create_triggers(connection: Connection, tables: Sequence[str] = TRAIL_TABLES) -> None:
    """Make the database refuse changes and removals in these tables; called again after one is rebuilt."""
    drop_triggers(connection, tables)
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            "CREATE OR REPLACE FUNCTION coachdesk_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$"
        )
    for table in tables:
        for statement in _triggers(connection.dialect.name, table):
            connection.exec_driver_sql(statement)


def drop_triggers(connection: Connection, tables: Sequence[str] = TRAIL_TABLES) -> None:
    """Take the triggers away, for a migration down or a rebuild."""
    postgres = connection.dialect.name == "postgresql"
    for table in tables:
        for act in ("update", "delete", "truncate"):
            if postgres:
                connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_no_{act} ON {table}")
            elif act != "truncate":
                connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_no_{act}")


def _triggers(dialect: str, table: str) -> list[str]:
    if dialect == "postgresql":
        row = [
            f"CREATE TRIGGER {table}_no_{act} BEFORE {act.upper()} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION coachdesk_append_only()"
            for act in ("update", "delete")
        ]
        return [
            *row,
            (
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION coachdesk_append_only()"
            ),
        ]
    return [
        f"CREATE TRIGGER {table}_no_{act} BEFORE {act.upper()} ON {table} BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        for act in ("update", "delete")
    ]


def _guard(table: sa.Table, connection: Connection, **_kw: Any) -> None:
    create_triggers(connection, (table.name,))


for _model in (AuditEntry, AuditPerson, AuditSeal):
    event.listen(_model.__table__, "after_create", _guard)
