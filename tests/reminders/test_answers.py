"""What is done about a reminder by a button: done, later, not needed, and undo while it lasts."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import replace
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from coachdesk.audit import AuditEntry
from coachdesk.db import db, writing
from coachdesk.goals.models import Step
from coachdesk.reminders import facts, ledger, service
from coachdesk.reminders.answers import BY_SAYING, NOT_NEEDED, REASON_WORDS, UNDO_FOR, Reason, may_undo
from coachdesk.reminders.kinds import Act, Rule
from coachdesk.reminders.models import LedgerAct, Reminder
from coachdesk.reminders.rules import due_items
from coachdesk.words import NotFound, Refused
from tests.cast import MONDAY, TODAY, ZONE
from tests.lived import set_home_goal

TEXT = "Ask how the first day went"
MOMENTS = st.datetimes(min_value=dt.datetime(2024, 1, 1), max_value=dt.datetime(2029, 1, 1), timezones=st.just(dt.UTC))  # noqa: DTZ001


@pytest.fixture
def reminder(session, cast):
    made = service.set_reminder(
        session, cast.dana, cast.marcus, text=TEXT, due_on=TODAY, zone=ZoneInfo(ZONE), now=MONDAY
    )
    session.commit()
    return made.id


@pytest.fixture
def step(session, cast):
    set_home_goal(session, cast, "Hand in the form")
    session.execute(sa.update(Step).values(due_on=TODAY))
    session.commit()


def _key(session, identity, rule, today=TODAY):
    session.flush()
    found = [due for row in facts.list_known(session, identity) for due in due_items(row.facts, today)]
    return next(due.key for due in found if due.rule == rule)


def _aside(session, cast, key, clock, reason=Reason.NOT_WANTED, **more):
    return ledger.not_needed(session, cast.dana, key, reason=reason, now=clock.now(), today=TODAY, **more)


def _hidden(session, identity, *, now):
    known = facts.list_known(session, replace(identity, now=now))
    return {key for row in known for key, answer in row.answers.items() if answer.hides(now)}


def _events(session):
    return [event for event in session.scalars(sa.select(AuditEntry.event)) if event.startswith("reminder:")]


# ---- the rule


@given(MOMENTS, st.timedeltas(min_value=dt.timedelta(0), max_value=dt.timedelta(days=2)))
def test_what_was_done_can_be_taken_back_for_ten_minutes_and_no_longer(at, later):
    assert may_undo(at, at + later) == (later <= UNDO_FOR)


def test_no_contact_no_safety_and_nobody_who_asked_is_set_aside():
    kept = {
        Rule.SAFETY_CONCERN,
        Rule.SAFETY_DAY_AFTER,
        Rule.SAFETY_THREE_DAYS,
        Rule.CONTACT_DUE,
        Rule.ATTEMPT_FOLLOW_UP,
        Rule.VISIT_PASSED,
        Rule.HELP_ASKED,
        Rule.TALK_ASKED,
        Rule.VISIT_OFF,
        Rule.REVIEW_WAITING,
        Rule.OUTREACH,
        Rule.WITHOUT_COACH,
        Rule.COVER_MISSING,
    }
    assert not kept & NOT_NEEDED
    assert not {Rule.CONTACT_DUE, Rule.ATTEMPT_FOLLOW_UP, Rule.SAFETY_CONCERN} & BY_SAYING
    assert set(REASON_WORDS) == set(Reason)


# ---- the verbs


def test_a_step_set_aside_is_hidden_that_day_and_comes_again_with_its_next(session, cast, clock, step):
    key = _key(session, cast.dana, Rule.STEP_DUE)
    _aside(session, cast, key, clock)
    assert key in _hidden(session, cast.dana, now=clock.now() + dt.timedelta(days=300))
    session.execute(sa.update(Step).values(due_on=TODAY + dt.timedelta(days=3)))
    again = _key(session, cast.dana, Rule.STEP_DUE)
    assert again not in _hidden(session, cast.dana, now=clock.now())


def test_what_is_set_aside_keeps_its_reason_and_its_words_sealed(session, cast, clock, reminder):
    act = _aside(
        session, cast, _key(session, cast.dana, Rule.BY_HAND), clock, Reason.OTHER, words=" He told me himself. "
    )
    session.commit()
    raw = session.execute(sa.text("SELECT reason, words FROM ledger_act")).one()
    assert (act.act, act.reason, act.words) == (Act.NOT_NEEDED, Reason.OTHER, "He told me himself.")
    assert raw[0] == "other"
    assert "himself" not in raw[1]
    assert session.get(Reminder, reminder).done_by == cast.dana.id
    assert sorted(_events(session)) == ["reminder:not-needed", "reminder:set"]


def test_a_reason_of_ones_own_needs_its_words(session, cast, clock, reminder):
    with pytest.raises(Refused, match="few words"):
        _aside(session, cast, _key(session, cast.dana, Rule.BY_HAND), clock, Reason.OTHER, words="  ")


def test_a_contact_is_never_set_aside(session, cast, clock):
    clock.move(days=3)
    today = TODAY + dt.timedelta(days=3)
    key = _key(session, cast.dana, Rule.CONTACT_DUE, today)
    with pytest.raises(Refused, match="stays until it is done"):
        ledger.not_needed(session, cast.dana, key, reason=Reason.NOT_WANTED, now=clock.now(), today=today)
    assert session.scalars(sa.select(LedgerAct)).all() == []


def test_the_same_said_twice_is_done_once(session, cast, clock, reminder, step):
    by_hand, due_step = _key(session, cast.dana, Rule.BY_HAND), _key(session, cast.dana, Rule.STEP_DUE)
    until = clock.now() + dt.timedelta(days=1)
    for _time in range(2):
        ledger.later(session, cast.dana, by_hand, until=until, now=clock.now(), today=TODAY)
        _aside(session, cast, due_step, clock)
        clock.move(seconds=1)
    for _time in range(2):
        ledger.done(session, cast.dana, by_hand, now=clock.now(), today=TODAY)
    acts = sorted(act.act for act in session.scalars(sa.select(LedgerAct)))
    assert acts == [Act.DONE, Act.LATER, Act.NOT_NEEDED]
    assert len(_events(session)) == 4  # set, and each of the three once


@pytest.mark.parametrize("way", [Act.DONE, Act.NOT_NEEDED])
def test_after_ten_minutes_what_was_done_stays_and_says_so(session, cast, clock, reminder, way):
    key = _key(session, cast.dana, Rule.BY_HAND)
    act = (
        ledger.done(session, cast.dana, key, now=clock.now(), today=TODAY)
        if way is Act.DONE
        else _aside(session, cast, key, clock)
    )
    with pytest.raises(Refused, match="more than ten minutes ago"):
        ledger.undo(session, cast.dana, act.id, now=clock.now() + UNDO_FOR + dt.timedelta(seconds=1))
    assert session.get(Reminder, reminder).done_at is not None
    ledger.undo(session, cast.dana, act.id, now=clock.now() + UNDO_FOR)
    assert session.get(Reminder, reminder).done_at is None


def test_what_was_moved_to_later_comes_back_as_long_as_it_is_hidden(session, cast, clock, reminder):
    key = _key(session, cast.dana, Rule.BY_HAND)
    act = ledger.later(session, cast.dana, key, until=clock.now() + dt.timedelta(days=7), now=clock.now(), today=TODAY)
    ledger.undo(session, cast.dana, act.id, now=clock.now() + dt.timedelta(days=3))
    assert key not in _hidden(session, cast.dana, now=clock.now())


def test_nobody_sets_aside_or_takes_back_what_is_another_readers(session, cast, clock, reminder):
    key = _key(session, cast.dana, Rule.BY_HAND)
    act = _aside(session, cast, key, clock)
    for identity in (cast.imani, cast.ruth, cast.chris):
        with pytest.raises(NotFound):
            ledger.undo(session, identity, act.id, now=clock.now())
        with pytest.raises(NotFound):
            ledger.not_needed(session, identity, key, reason=Reason.NOT_WANTED, now=clock.now(), today=TODAY)


@pytest.mark.parametrize("way", ["done", "later", "not_needed"])
def test_two_taps_at_once_do_it_once(app, session, cast, clock, reminder, way):
    key, errors = _key(session, cast.dana, Rule.BY_HAND), []
    session.rollback()
    verb: Any = {
        "done": ledger.done,
        "later": partial(ledger.later, until=MONDAY + dt.timedelta(days=1)),
        "not_needed": partial(ledger.not_needed, reason=Reason.NOT_WANTED),
    }[way]

    def tap():
        try:
            with app.app_context(), writing():
                verb(db.session, cast.dana, key, now=MONDAY, today=TODAY)
                db.session.commit()
                db.session.remove()
        except Exception as error:  # noqa: BLE001
            errors.append(error)

    threads = [threading.Thread(target=tap) for _each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert [act.act for act in session.scalars(sa.select(LedgerAct))] == [Act(way)]
    assert len([event for event in _events(session) if event != "reminder:set"]) == 1


# ---- through the page


def test_a_reminder_is_set_aside_with_two_taps_and_undone_with_one(reader, cast, reminder):
    dana = reader("dana")
    dana.opens("/today")
    page = dana.presses("No longer wanted")
    assert (page.url, TEXT in page.main) == ("/today", False)
    assert "Set aside: not needed this time." in page.main
    page = dana.presses("Undo")
    assert TEXT in page.main


def test_a_reason_of_ones_own_is_asked_for_until_it_is_there(reader, cast, reminder):
    dana = reader("dana")
    page = dana.opens("/reminders")
    form = next(form for form in page.soup.select("form") if form.find("input", {"name": "words"}))
    sent = {name: form.find("input", {"name": name})["value"] for name in ("csrf_token", "key", "form_key")}
    page = dana.sends_raw("/reminders/not-needed", {**sent, "reason": "other", "words": " "})
    assert page.status == 422
    assert "Write in a few words why it is not needed." in page.soup.find(id="error-summary").get_text()
    dana.page = page
    page = dana.sends("not-needed", words="He did it himself.")
    assert page.url == "/reminders"
    assert "“He did it himself.”" in page.main
    assert "Not needed" in page.main


def test_what_is_no_reason_is_not_found(reader, cast, session, reminder):
    key = _key(session, cast.dana, Rule.BY_HAND)
    dana = reader("dana")
    dana.opens("/today")
    dana.posts("/reminders/not-needed", status=404, key=key, reason="weather")
    dana.posts("/reminders/not-needed", status=404, key="nonsense", reason="not_wanted")
    dana.posts("/reminders/not-needed", status=404, reason="not_wanted")


def test_undo_stands_in_my_reminders_for_ten_minutes(reader, cast, clock, reminder):
    dana = reader("dana")
    dana.opens("/reminders")
    dana.presses("Done: Marcus T.")
    assert "Undo: Marcus T." in dana.opens("/reminders").text
    clock.move(minutes=11)
    page = dana.opens("/reminders")
    assert "Undo: Marcus T." not in page.text
    assert "Done Mon 23 Nov, 9:45 am." in page.main


def test_an_undo_that_comes_too_late_says_so_where_the_button_stood(reader, cast, clock, reminder):
    dana = reader("dana")
    dana.opens("/reminders")
    page = dana.presses("Done: Marcus T.")
    clock.move(minutes=11)
    page = dana.presses("Undo")
    assert page.url == "/reminders"
    assert "That was more than ten minutes ago, so it stays." in page.main


def test_a_contact_offers_later_and_no_way_to_set_it_aside(reader, cast, clock):
    clock.move(days=3)
    page = reader("dana").opens("/today")
    assert "Later" in page.main
    assert "Not needed" not in page.main


def test_what_another_window_has_done_already_is_said_with_undo_while_it_holds(reader, cast, clock, reminder):
    one, other = reader("dana"), reader("dana")
    for window in (one, other):
        window.opens("/reminders")
    one.presses("Done: Marcus T.")
    page = other.presses("Tomorrow", within=TEXT)
    assert page.url == "/reminders"
    assert "You did that already, on Mon 23 Nov at 9:45 am." in page.main
    page = other.presses("Undo")
    assert "Back on your list." in page.main
    one.opens("/reminders")
    other.presses("Done: Marcus T.")
    clock.move(minutes=11)
    page = one.presses("No longer wanted", within=TEXT)
    assert "You did that already" in page.main
    assert "That was more than ten minutes ago" not in page.main


def test_the_example_of_a_day_may_be_chosen_whenever_it_is_read(reader, session, cast, clock, reminder):
    clock.set(dt.datetime(2026, 12, 31, 15, tzinfo=dt.UTC))
    dana, key = reader("dana"), _key(session, cast.dana, Rule.BY_HAND)
    session.rollback()
    dana.opens("/reminders")
    dana.posts("/reminders/later", key=key, until="day", status=422)
    page = dana.sends("/reminders/later", status=422)
    assert "Choose a day after today, like 4 1 2027." in page.soup.find(id="error-summary").get_text()
    assert "For example, 4 1 2027" in page.main
    page = dana.sends("/reminders/later", day__day="4", day__month="1", day__year="2027")
    assert "Moved to Mon 4 Jan 2027." in page.main
    page = dana.opens(f"/people/{cast.marcus}/reminders/new")
    assert "For example, 4 1 2027" in page.main
    page = dana.sends(status=422, text="Ring", when="day")
    assert "Write the day, like 4 1 2027." in page.main
    dana.sends(due_on__day="4", due_on__month="1", due_on__year="2027")
    page = dana.opens(dana.opens("/reminders").link("Change: Marcus T., Mon 4 Jan 2027"))
    assert "For example, 4 1 2027" in page.main
    page = dana.sends(status=422, due_on__day="", due_on__month="", due_on__year="")
    assert "Write the day, like 4 1 2027." in page.main


def test_a_form_that_comes_after_another_window_says_what_became_of_it(reader, session, cast, clock, reminder):
    one, other, key = reader("dana"), reader("dana"), _key(session, cast.dana, Rule.BY_HAND)
    session.rollback()
    for window in (one, other):
        window.opens("/reminders")
    one.presses("No longer wanted", within=TEXT)
    page = other.posts("/reminders/later", key=key, until="day", day__day="1", day__month="12", day__year="2026")
    assert "You set that aside already, on Mon 23 Nov at 9:45 am." in page.main
    page = other.posts("/reminders/not-needed", key=key, reason="other", words="They moved.")
    assert "You set that aside already" in page.main


def test_a_moved_reminder_counts_from_its_new_day(reader, session, cast, clock, reminder):
    dana = reader("dana")
    dana.opens("/reminders")
    dana.presses("Next Monday", within=TEXT)
    assert "Moved to Mon 30 Nov" in dana.opens(f"/people/{cast.marcus}").main
    clock.move(days=8)
    page = reader("dana").opens(f"/people/{cast.marcus}")
    due = page.soup.find(id="h-due").find_parent("section").get_text(" ")
    assert "1 day over" in due
    assert "8 days over" not in due
