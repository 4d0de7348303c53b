"""When the scheduler stands still, the pages say what that means and what to do."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachdesk import scheduler
from coachdesk.web.health import STALLED_AFTER, stalled_since
from tests.cast import MONDAY

STILL = "No reminder and no message has gone out since"
LATE = "Reminders and messages reach nobody at the moment"
SPANS = st.timedeltas(min_value=dt.timedelta(0), max_value=dt.timedelta(days=30))


@given(SPANS, SPANS, st.booleans())
def test_it_stands_still_once_nothing_was_seen_of_it_for_five_minutes(since_seen, since_begun, was_seen):
    seen, begun = (MONDAY - since_seen) if was_seen else None, MONDAY - since_begun
    found = stalled_since(seen, begun, now=MONDAY)
    assert (found is not None) == ((since_seen if was_seen else since_begun) > STALLED_AFTER)
    assert found in (None, seen or begun)


@pytest.mark.parametrize(
    ("name", "path", "words", "do"),
    [
        ("ruth", "/team", STILL, "Please tell your administrator."),
        ("ruth", "/today", STILL, "Please tell your administrator."),
        ("admin", "/admin/accounts", STILL, "starts it with “coachdesk scheduler”"),
        ("dana", "/today", LATE, "What is due stands on Today as always."),
        ("dana", "/reminders", LATE, "What is due stands on Today as always."),
        ("dana", "/people", LATE, "What is due stands on Today as always."),
    ],
)
def test_each_reader_is_told_what_it_means_until_it_runs_again(app, reader, clock, name, path, words, do):
    someone = reader(name)
    assert words not in someone.opens(path).main
    clock.move(minutes=6)
    page = someone.opens(path)
    assert words in page.main
    assert do in page.main
    assert len(page.queries) <= 12
    scheduler.beat(app)
    assert words not in someone.opens(path).main
    clock.move(minutes=6)
    page = someone.opens(path)
    assert page.main.count(words) == 1
    assert "9:45 am" not in page.main.partition(words)[2][:40]


def test_a_coach_reads_of_it_in_one_sentence_and_a_person_nowhere(reader, clock):
    clock.move(minutes=6)
    dana, marcus = reader("dana"), reader("marcus")
    assert STILL not in dana.opens("/people").main
    page = marcus.opens("/my-goals").main
    assert STILL not in page
    assert LATE not in page


def test_nobody_is_said_to_be_told_while_nothing_goes_out(app, reader, cast, clock):
    dana, path = reader("dana"), f"/people/{cast.marcus}/concerns/new"
    dana.opens(path)
    clock.move(minutes=6)
    assert (
        "When you save, Ruth Mbeki will be told as soon as messages go out again. At the moment none does."
        in dana.opens(path).main
    )
    page = dana.sends("concerns/new", kind="suicide", danger="no")
    assert "Ruth Mbeki will be told as soon as messages go out again. Please reach somebody in person now." in page.main
    assert "straight away" not in page.main
    scheduler.beat(app)
    assert "Ruth Mbeki is told straight away." in dana.opens(path).main
