"""A database for each test: on SQLite a copied file, on PostgreSQL a database that is put back as it was.

Making a database costs PostgreSQL more than most tests do, so one that a test gives back is used again: every table is
emptied, the rows it began with are written anew, and only where its tables, triggers or functions are no longer what
they were, or somebody will not let go of it, is it dropped and another one made.
"""

from __future__ import annotations

import shutil
import sqlite3
import uuid
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cast import Cast

TEMPLATE = f"template_{uuid.uuid4().hex[:12]}"
"""What PostgreSQL copies. A server handed to us may serve other runs, so the name is this process's own."""
MOST_USES = 100
"""So often is a database put back."""
_KEEP = """
CREATE SCHEMA kept;
DO $do$
DECLARE one record; body text := ''; names text := ''; held bigint;
BEGIN
  FOR one IN SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('CREATE TABLE kept.%%1$I AS TABLE public.%%1$I', one.name);
    names := names || format(', public.%%1$I', one.name);
    EXECUTE format('SELECT count(*) FROM public.%%1$I', one.name) INTO held;
    CONTINUE WHEN held = 0;
    body := body || format('INSERT INTO public.%%1$I SELECT * FROM kept.%%1$I;', one.name);
  END LOOP;
  -- Emptied whole, not row by row: what is written next lies in the order it is written in, as in a new database.
  body := 'TRUNCATE ' || substr(names, 3) || ';' || body;
  FOR one IN SELECT sequencename AS name, last_value AS at FROM pg_sequences WHERE schemaname = 'public' LOOP
    body := body || format('PERFORM setval(%%L, %%s, %%L);', 'public.' || quote_ident(one.name), coalesce(one.at, 1),
                           one.at IS NOT NULL);
  END LOOP;
  EXECUTE format('CREATE FUNCTION kept.put_back() RETURNS void LANGUAGE plpgsql AS %%L', 'BEGIN ' || body || ' END');
END $do$;
"""
_SHAPE = """
SELECT (SELECT string_agg(c.oid::text || c.relname, ',' ORDER BY c.oid) FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public')
    || (SELECT string_agg(a.attrelid::text || a.attname || a.attisdropped::text, ',' ORDER BY a.attrelid, a.attnum)
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind = 'r')
    || (SELECT string_agg(tgname || tgenabled::text, ',' ORDER BY oid) FROM pg_trigger)
    || (SELECT string_agg(p.oid::text || md5(p.prosrc), ',' ORDER BY p.oid) FROM pg_proc p
        JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'public')
    || (SELECT count(*)::text FROM pg_constraint)
"""
_OTHERS = """
SELECT count(pg_terminate_backend(pid, 2000)) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


class Templates:
    """Databases with the schema in place and the cast in them."""

    def __init__(self, folder: Path, postgres_url: Callable[[], str], gather: Callable[[str, Path], Cast]) -> None:
        """Remember where to keep them, and who fills one that is empty."""
        self.folder, self._postgres_url, self._gather = folder, postgres_url, gather
        self.made: dict[str, Cast] = {}
        self._free: list[str] = []
        self._uses: dict[str, int] = {}
        self._shape = ""

    def copy(self, kind: str) -> tuple[str, str]:
        """Return the name and the address of a database nobody has written to."""
        if kind not in self.made:
            self.made[kind] = self._make(kind)
        name = f"t{uuid.uuid4().hex[:12]}"
        if kind == "sqlite":
            target = self.folder / f"{name}.db"
            shutil.copy(self.folder / "template.db", target)
            return name, f"sqlite:///{target}"
        if self._free:
            name = self._free.pop()
        else:
            self._run(f'CREATE DATABASE "{name}" TEMPLATE "{TEMPLATE}"')
            self._uses[name] = 0
        return name, self._url(name)

    def give_back(self, kind: str, name: str) -> None:
        """Take a copy back: to be used again, where that can be."""
        if kind == "postgresql" and self._is_put_back(name):
            self._free.append(name)
        else:
            self.drop(kind, name)

    def blank(self, kind: str, name: str) -> str:
        """Return the address of a database without a table."""
        if kind == "sqlite":
            return f"sqlite:///{self.folder / f'{name}.db'}"
        self._run(f'CREATE DATABASE "{name}"')
        return self._url(name)

    def drop(self, kind: str, name: str) -> None:
        """Remove a copy."""
        if kind == "sqlite":
            for tail in ("", "-wal", "-shm"):
                (self.folder / f"{name}.db{tail}").unlink(missing_ok=True)
        else:
            self._run(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _is_put_back(self, name: str) -> bool:
        self._uses[name] += 1
        if self._uses[name] >= MOST_USES:
            return False
        engine = sa.create_engine(self._url(name), poolclass=sa.NullPool)
        try:
            with engine.begin() as connection:
                connection.exec_driver_sql(_OTHERS)
                if connection.exec_driver_sql(_SHAPE).scalar_one() != self._shape:
                    return False
                # Neither the trail's own guards nor foreign keys are asked: what is written is what was there.
                connection.exec_driver_sql(
                    "SET LOCAL lock_timeout = '2s'; SET LOCAL session_replication_role = replica"
                )
                connection.exec_driver_sql("SELECT kept.put_back()")
        except sa.exc.DBAPIError:
            return False
        finally:
            engine.dispose()
        return True

    def _make(self, kind: str) -> Cast:
        if kind == "sqlite":
            path = self.folder / "template.db"
            gathered = self._gather(f"sqlite:///{path}", self.folder)
            connection = sqlite3.connect(path)
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()
            return gathered
        self._run(f'CREATE DATABASE "{TEMPLATE}"')
        gathered = self._gather(self._url(TEMPLATE), self.folder)
        self._shape = str(run(self._url(TEMPLATE), _KEEP, _SHAPE))
        return gathered

    def _url(self, name: str) -> str:
        return str(sa.make_url(self._postgres_url()).set(database=name).render_as_string(hide_password=False))

    def _run(self, statement: str) -> None:
        run(self._postgres_url(), statement)


def run(url: str, *statements: str) -> Any:
    """Run statements outside a transaction; returns the last one's first value, if it has one."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        for statement in statements:
            result = connection.exec_driver_sql(statement)
        answer = result.scalar() if result.returns_rows else None
    engine.dispose()
    return answer
