"""Reminders that come again: their days, what Done and Undo make of them, and the words about them."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from coachdesk.audit.models import AuditEntry
from coachdesk.db import db, writing
from coachdesk.reminders import by_hand, ledger, service
from coachdesk.reminders import facts as known_facts
from coachdesk.reminders.answers import UNDO_FOR
from coachdesk.reminders.kinds import Rule
from coachdesk.reminders.repeating import OFTEN_WORDS, Often, comes_words, next_on
from coachdesk.reminders.rules import due_items
from coachdesk.words import NotFound, Refused
from tests.cast import MONDAY, TODAY, ZONE

DAY = dt.timedelta(days=1)
EASTERN = ZoneInfo(ZONE)
DAYS = st.dates(dt.date(2026, 1, 1), dt.date(2029, 12, 31))
STEPS = {Often.DAILY: 1, Often.WEEKLY: 7, Often.FORTNIGHTLY: 14}


@given(often=st.sampled_from(Often), first=DAYS, later=st.integers(0, 800), until=st.none() | DAYS)
def test_the_next_one_lies_after_today_on_a_day_of_its_own_row_and_not_past_its_last(often, first, later, until):
    after = first + later * DAY
    on = next_on(often, first, after=after, until=until)
    if on is None:
        assert until is not None
        return
    assert on > after
    assert until is None or on <= until
    if often in STEPS:
        assert (on - first).days % STEPS[often] == 0
        assert (on - after).days <= STEPS[often]
    else:
        short = (on + DAY).day == 1
        assert on.day == first.day or (short and on.day < first.day)
        assert (on - after).days <= 31


def test_the_last_day_of_a_month_stays_the_last_one():
    found: list[dt.date | None] = []
    on: dt.date | None = dt.date(2027, 1, 31)
    for _month in range(3):
        assert on is not None
        on = next_on(Often.MONTHLY, dt.date(2027, 1, 31), after=on, until=None)
        found.append(on)
    assert found == [dt.date(2027, 2, 28), dt.date(2027, 3, 31), dt.date(2027, 4, 30)]


def test_every_way_of_coming_again_is_said():
    assert set(OFTEN_WORDS) == set(Often)
    assert str(comes_words(Often.FORTNIGHTLY, None)) == "every two weeks"
    assert str(comes_words(Often.MONTHLY, TODAY)) == "every month until 23 November"


def _set(session, cast, **more):
    made = service.set_reminder(
        session, cast.dana, cast.marcus, text="Ask about work", due_on=TODAY, zone=EASTERN, now=MONDAY, **more
    )
    session.commit()
    return made


def _by_hand(session, cast, today=TODAY, ahead=400):
    (known,) = known_facts.list_known(session, cast.dana, ids=[cast.marcus])
    return [due for due in due_items(known.facts, today, ahead_days=ahead) if due.rule is Rule.BY_HAND]


def test_done_makes_the_next_one_and_undo_takes_it_back(session, cast):
    _set(session, cast, repeat=Often.WEEKLY)
    (due,) = _by_hand(session, cast)
    assert str(due.why) == "Ask about work (every week)"
    act = ledger.done(session, cast.dana, due.key, now=MONDAY, today=TODAY)
    (again,) = _by_hand(session, cast)
    assert again.on == TODAY + 7 * DAY
    ledger.undo(session, cast.dana, act.id, now=MONDAY)
    assert [one.key for one in _by_hand(session, cast)] == [due.key]
    ledger.done(session, cast.dana, due.key, now=MONDAY, today=TODAY)
    assert [one.on for one in _by_hand(session, cast)] == [TODAY + 7 * DAY]


def test_two_taps_at_once_make_one_next_one(app, session, cast):
    _set(session, cast, repeat=Often.WEEKLY)
    (due,) = _by_hand(session, cast)
    session.rollback()

    def tap(_number):
        with app.app_context(), writing():
            ledger.done(db.session, cast.dana, due.key, now=MONDAY, today=TODAY)
            db.session.commit()
            db.session.remove()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(tap, range(4)))
    session.expire_all()
    assert [one.on for one in _by_hand(session, cast)] == [TODAY + 7 * DAY]


def test_days_that_were_missed_are_not_made_up_for(session, cast):
    _set(session, cast, repeat=Often.DAILY)
    (due,) = _by_hand(session, cast)
    ledger.done(session, cast.dana, due.key, now=MONDAY + 5 * DAY, today=TODAY + 5 * DAY)
    assert [one.on for one in _by_hand(session, cast)] == [TODAY + 6 * DAY]


def test_it_ends_with_its_last_day(session, cast):
    _set(session, cast, repeat=Often.DAILY, until=TODAY + DAY)
    for number in range(2):
        (due,) = _by_hand(session, cast)
        ledger.done(session, cast.dana, due.key, now=MONDAY + number * DAY, today=TODAY + number * DAY)
    assert _by_hand(session, cast) == []


@pytest.mark.parametrize(
    ("until", "sentence"), [(TODAY - DAY, "before the first"), (TODAY + 1200 * DAY, "three years")]
)
def test_a_last_day_that_cannot_be_is_refused(session, cast, until, sentence):
    with pytest.raises(Refused, match=sentence) as refused:
        _set(session, cast, repeat=Often.DAILY, until=until)
    assert refused.value.at == "until"


def test_what_comes_once_has_no_last_day_and_the_day_is_not_dropped_without_a_word(reader, cast, session):
    dana, end = reader("dana"), {"until__day": "1", "until__month": "3", "until__year": "2027"}
    sentence = "Choose how often it comes, or leave this empty."
    for address in (f"/people/{cast.marcus}/reminders/new", f"/reminders/{_set(session, cast).id}"):
        dana.opens(address)
        page = dana.sends(address, status=422, text="Ask about work", repeat="once", **end)
        assert page.soup.select_one("#error-summary a[href='#until-day']").get_text() == sentence
        assert page.soup.select_one("[name=until-year]")["value"] == "2027"
        dana.sends(address, repeat="weekly")
        assert "Ask about work (every week until 1 March 2027)" in dana.opens("/reminders").main


def test_whoever_set_it_lets_one_be_the_last_and_nobody_else(session, cast):
    made = _set(session, cast, repeat=Often.WEEKLY)
    with pytest.raises(NotFound):
        by_hand.let_be_last(session, cast.ruth, made.id, now=MONDAY)
    for _again in range(2):
        by_hand.let_be_last(session, cast.dana, made.id, now=MONDAY)
    events = session.scalars(sa.select(AuditEntry.event).where(AuditEntry.event == "reminder:stopped")).all()
    assert len(events) == 1
    (due,) = _by_hand(session, cast)
    assert str(due.why) == "Ask about work"
    by_hand.let_go_on(session, cast.dana, made.id, now=MONDAY + UNDO_FOR)
    assert "every week" in str(_by_hand(session, cast)[0].why)
    by_hand.let_be_last(session, cast.dana, made.id, now=MONDAY)
    with pytest.raises(Refused, match="ten minutes"):
        by_hand.let_go_on(session, cast.dana, made.id, now=MONDAY + UNDO_FOR + dt.timedelta(seconds=1))
    ledger.done(session, cast.dana, due.key, now=MONDAY, today=TODAY)
    assert _by_hand(session, cast) == []


def test_the_form_asks_how_often_and_my_reminders_say_so(reader, cast, session):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/reminders/new")
    dana.sends(
        text="Ask about work", when="today", repeat="fortnightly", until__day="1", until__month="3", until__year="27"
    )
    page = dana.opens("/reminders")
    assert "Ask about work (every two weeks until 1 March 2027)" in page.main
    page = dana.presses("Let it come no more after this: Marcus T.")
    assert "It comes this once more, and not again after that." in page.main
    assert "(every" not in page.main
    assert "Stop repeating" not in page.main
    page = dana.presses("Undo")
    assert "It goes on as before." in page.main
    assert "Stop repeating" in page.main
    dana.opens(f"/people/{cast.marcus}/reminders/new")
    page = dana.sends(status=422, text="Ring", repeat="daily", until__day="1", until__month="3", until__year="2020")
    assert "The last day lies before the first." in page.main
