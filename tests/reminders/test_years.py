"""Three years of life with a few people: whatever is done, everything is told once, to the right reader, at its hour.

Three weeks are lived through day by day, then every sixteenth day and those on which the clocks change; `make faults
PART=years` lives through every day with two hundred people.
"""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from coachdesk.access import Role
from coachdesk.accounts.models import User
from tests.bench.caseload import Caseload
from tests.cast import MONDAY, TODAY
from tests.reminders.wider import Wider
from tests.reminders.years import Years

_CHANGES = {
    dt.date(2027, 3, 14),
    dt.date(2027, 11, 7),
    dt.date(2028, 3, 12),
    dt.date(2028, 11, 5),
    dt.date(2029, 3, 11),
    dt.date(2029, 11, 4),
}
_LEAP_DAY = dt.date(2028, 2, 29)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_three_years_tell_everything_once_to_who_answers_then_and_in_no_quiet_hour(session, clock, post):
    crowd = Caseload(people=9, today=TODAY, now=MONDAY, each=3)
    crowd.pour(session)
    crew = session.scalars(sa.select(User).where(User.email.endswith("@crowd.example"))).all()
    staff = [user.identity for user in crew if user.role_name in (Role.COACH, Role.SUPERVISOR)]
    years = Years(session, Wider(session, staff, crowd.people, seed=11, began=MONDAY), clock, post.url)
    days = {TODAY + dt.timedelta(days=number) for number in (*range(1, 22), *range(22, 3 * 365, 16))}
    for day in sorted(days | _CHANGES | {_LEAP_DAY}):
        years.live(
            day,
            acts=1,
            hours=((dt.time(1, 45), dt.time(3, 5)) if day in _CHANGES | {_LEAP_DAY} else ())
            + (dt.time(8), dt.time(22)),
        )
    assert not years.wrongs()
    assert years.judged
    told = years.count()
    assert told["untold"] == 0
    assert min(told["email"], told["in_app"]) > 25
    assert len(set(years.life.done)) > 9
