"""A wish for help, and the month things began."""

from __future__ import annotations

import datetime as dt

from coachdesk.reminders.models import Reminder
from tests.goals.helpers import count, set_goal


def test_help_pressed_twice_is_one_wish(reader, cast, session):
    set_goal(session, cast.dana, cast.marcus)
    marcus = reader("marcus")
    form = marcus.opens("/my-goals")
    for _press in range(2):
        marcus.page = form
        marcus.presses("I would like some help")
    assert count(session, Reminder) == 1


def test_the_month_is_the_one_the_person_lives_in(reader, cast, session, clock):
    set_goal(session, cast.dana, cast.marcus)
    clock.set(dt.datetime(2026, 12, 1, 2, 30, tzinfo=dt.UTC))  # 9:30 pm on 30 November in New York
    marcus = reader("marcus")
    marcus.opens("/my-goals")
    assert "since November." in marcus.presses("I did this").main
