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
import time
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import SYSTEM
from coachdesk.clock import FixedClock, moment_of
from coachdesk.db import db, writing
from coachdesk.notify import Delivery
from coachdesk.reminders import coming, foreseen, planning
from tests.bench.caseload import Caseload
from tests.cast import ZONE
from tests.faults.desks import Desks, on_each
from tests.faults.house import verdict

if TYPE_CHECKING:
    from collections.abc import Callable

PEOPLE, TOLD = int(os.environ.get("PEOPLE", "10000")), int(os.environ.get("TOLD", "100000"))
WHOLE_SECONDS, IDLE_SECONDS = 5.0, 0.5
DAY = dt.date(2026, 11, 25)
TICK = dt.timedelta(seconds=15)


def run() -> bool:
    """Measure on both databases; say whether every bar was met."""
    return on_each(_on)


def _on(database: str, desks: Desks) -> bool:
    morning = moment_of(DAY, dt.time(8), ZoneInfo(ZONE))
    with desks.open(database, "bench", FixedClock(morning)) as session:
        crowd = _fill(session, morning)
        print(f"\n{database}: {PEOPLE} people, {TOLD} told before; load {os.getloadavg()[0]:.1f}", flush=True)
        return _measure(database, session, crowd, morning)


def _fill(session: Any, now: dt.datetime) -> Caseload:
    crowd = Caseload(people=PEOPLE, today=DAY, now=now)
    crowd.pour(session)
    crowd.tell(session, TOLD)
    if session.get_bind().dialect.name == "postgresql":
        with db.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    return crowd


def _measure(database: str, session: Any, crowd: Caseload, morning: dt.datetime) -> bool:
    night = moment_of(DAY, dt.time(0, 0, 5), ZoneInfo(ZONE))
    whole = [_took("a new day begins: everybody, nothing to tell yet", lambda: _plan(session, night))]
    idle = [_took("nothing changed", partial(_plan, session, night + n * TICK)) for n in (1, 2, 3)]
    for person in crowd.people[:50]:
        audit.record(session, SYSTEM, audit.Event.CHECKIN_LOGGED, client_id=person, now=night + 3 * TICK)
    session.commit()
    _took("fifty records changed", lambda: _plan(session, night + 4 * TICK))
    _took(
        "what would leave within a day, for the pages that show it",
        lambda: foreseen.keep(session, now=night + 4 * TICK),
    )
    whole.append(_took("the hour everybody is told: everybody, all of it new", lambda: _plan(session, morning)))
    whole.append(_took("everybody once more", lambda: _plan(session, morning + TICK, whole=True)))
    own = _took("the mails of the people who asked for them", lambda: _tell_people(session, morning))
    queued = session.scalar(sa.select(sa.func.count()).select_from(Delivery)) - TOLD
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"  {queued} messages; {memory} MB at most, the making of the crowd included")
    bars = (
        (f"planning everybody in {WHOLE_SECONDS:.0f} s", max(whole), WHOLE_SECONDS),
        (f"planning where nothing changed in {IDLE_SECONDS} s", max(idle), IDLE_SECONDS),
        (f"people's own mails in {WHOLE_SECONDS:.0f} s", own, WHOLE_SECONDS),
    )
    met = [verdict(f"{database}: {bar}", f"{took:.2f} s", met=took <= most) for bar, took, most in bars]
    return all(met)


def _tell_people(session: Any, now: dt.datetime) -> int:
    with writing():
        return coming.tell_people(session, now=now)


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
