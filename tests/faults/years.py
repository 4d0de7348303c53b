"""Three years of a caseload of two hundred, every day of them, on each database: `make faults PART=years`.

Contacts, visits that repeat, steps, referrals, days closed, hand-overs, leave, pauses, ends, readers and people in other
zones, both clock changes and a leap day; planned and sent at four to six moments of each day to a real mail server. Fails
where something was told twice, in quiet hours, to who did not answer for the person or may not see them, after an end,
before its day, or lay for three days and was not told. FAULTS_DAYS, FAULTS_PEOPLE, FAULTS_ACTS and DATABASES make it
shorter.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
import time

import sqlalchemy as sa

from coachdesk.access import COACHING
from coachdesk.accounts.models import User
from coachdesk.clock import FixedClock
from tests.bench.caseload import Caseload
from tests.cast import MONDAY, TODAY
from tests.faults.clocks import is_odd
from tests.faults.desks import Desks, on_each
from tests.faults.house import verdict
from tests.post import Post
from tests.reminders.life import EASTERN
from tests.reminders.wider import Wider
from tests.reminders.years import HOURS, UNHEARD, Years

DAYS, PEOPLE = int(os.environ.get("FAULTS_DAYS", "1096")), int(os.environ.get("FAULTS_PEOPLE", "200"))
ACTS = int(os.environ.get("FAULTS_ACTS", "2"))
"""Things done before each plan."""
BY_DAY, NIGHTS = tuple(hour for hour in HOURS if hour in (dt.time(0, 5), dt.time(8), dt.time(14, 30), dt.time(22))), 3
"""Planned and sent at on most days; every so many nights are lived through too, and each in which the clocks change."""

MONTH = 30
"""After how many days it says how far it has come."""


def run() -> bool:
    """Live through it on both databases; say whether all was right."""
    return on_each(_on)


def _on(database: str, desks: Desks) -> bool:
    clock, post = FixedClock(MONDAY), Post()
    with desks.open(database, "years", clock) as session:
        try:
            crowd = Caseload(people=PEOPLE, today=TODAY, now=MONDAY, each=40)
            crowd.pour(session)
            crew = session.scalars(sa.select(User).where(User.email.endswith("@crowd.example"))).all()
            staff = [user.identity for user in crew if user.role_name in COACHING]
            years = Years(session, Wider(session, staff, crowd.people, seed=5, began=MONDAY), clock, post.url)
            return _live(years, database)
        finally:
            post.close()


def _live(years: Years, database: str) -> bool:
    began = time.perf_counter()
    for number in range(1, DAYS + 1):
        day = TODAY + dt.timedelta(days=number)
        at_night = number % NIGHTS == 0 or is_odd(day, EASTERN)
        years.live(day, acts=ACTS, hours=HOURS if at_night else BY_DAY)
        if number % MONTH == 0:
            print(f"  {database}: {number} days lived in {time.perf_counter() - began:.0f} s", flush=True)
    told, wrongs = years.count(), years.wrongs()
    seconds = time.perf_counter() - began
    print(f"\n{database}: {PEOPLE} people, {DAYS} days in {seconds:.0f} s; load {os.getloadavg()[0]:.1f}", flush=True)
    print(f"  {len(years.life.done)} things done ({len(set(years.life.done))} kinds); told: {dict(told)}", flush=True)
    bars = (
        ("told once, in time, to who answers for all it tells of", dict(wrongs) or "nothing wrong", not wrongs),
        (
            "everything that lay for three days was told",
            f"{years.judged} judged",
            years.judged > 0 and not wrongs[UNHEARD],
        ),
        ("what is told in the app was", f"{told['untold']} untold", not told["untold"]),
    )
    met = [verdict(f"{database}: {bar}", str(figure), met=fine) for bar, figure, fine in bars]
    return all(met)


if __name__ == "__main__":
    sys.exit(0 if run() else 1)
