"""Three years of a caseload of two hundred, every day of them, on each database: `make faults PART=years`.

Contacts, visits, hand-overs, leave, pauses, ends, both clock changes and a leap day; planned and sent at six moments of
each day to a real mail server. Fails where something was told twice, in quiet hours, to who did not answer for the
person then, after an end, or before its day. FAULTS_DAYS, FAULTS_PEOPLE and FAULTS_ACTS make it shorter.
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
from tests.faults.desks import Desks, on_each
from tests.post import Post
from tests.reminders.life import Life
from tests.reminders.years import Years

DAYS, PEOPLE = int(os.environ.get("FAULTS_DAYS", "1096")), int(os.environ.get("FAULTS_PEOPLE", "200"))
ACTS = int(os.environ.get("FAULTS_ACTS", "6"))
"""Things done before each plan."""


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
            years = Years(session, Life(session, staff, crowd.people, seed=5, began=MONDAY), clock, post.url)
            return _live(years, database)
        finally:
            post.close()


def _live(years: Years, database: str) -> bool:
    began = time.perf_counter()
    for number in range(1, DAYS + 1):
        years.live(TODAY + dt.timedelta(days=number), acts=ACTS)
    told, wrongs = years.count(), years.wrongs()
    seconds = time.perf_counter() - began
    print(f"\n{database}: {PEOPLE} people, {DAYS} days in {seconds:.0f} s; load {os.getloadavg()[0]:.1f}", flush=True)
    print(f"  {len(years.life.done)} things done; told: {dict(told)}; wrong: {dict(wrongs) or 'nothing'}", flush=True)
    return not wrongs and not told["untold"]


if __name__ == "__main__":
    sys.exit(0 if run() else 1)
