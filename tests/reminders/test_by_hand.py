"""A reminder set by hand, before it comes: changed, taken back; and whose it is once another walks with the person."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from coachdesk.access import Earlier
from coachdesk.accounts.models import User
from coachdesk.audit import AuditEntry
from coachdesk.clock import moment_of
from coachdesk.db import writing
from coachdesk.notify import Delivery, DeliveryState, Held
from coachdesk.reminders import by_hand, facts, ledger, planning, service
from coachdesk.reminders.answers import UNDO_FOR
from coachdesk.reminders.hearers import due_to
from coachdesk.reminders.kinds import Rule
from coachdesk.reminders.models import LedgerEntry, Reminder
from coachdesk.reminders.repeating import Often
from coachdesk.words import NotFound, Refused, Stale
from tests.access.helpers import hand_over
from tests.audit.test_reads import highest, rows_after
from tests.cast import MONDAY, TODAY, ZONE

EASTERN, DAY = ZoneInfo(ZONE), dt.timedelta(days=1)
FAR = TODAY + 30 * DAY


@pytest.fixture
def far(session, cast):
    """Dana's reminder in a month."""
    made = service.set_reminder(
        session, cast.dana, cast.marcus, text="Ring Eastside", due_on=FAR, zone=EASTERN, now=MONDAY
    )
    session.commit()
    return made.id


def _change(session, identity, reminder_id, **new):
    typed = {"text": "Ring Eastside", "due_on": FAR, "hour": None, "repeat": None, "until": None, "version": 1}
    return by_hand.change(session, identity, reminder_id, **{**typed, **new}, zone=EASTERN, now=MONDAY)


def _plan(session, now):
    with writing():
        planning.plan(session, now=now)
        session.commit()


def _whys(session, identity, client_id, today=TODAY):
    session.rollback()
    known = next(row for row in facts.list_known(session, identity) if row.person.id == client_id)
    dues = due_to(identity.id, known.facts, today, is_over=known.is_over, ahead_days=400)
    return [str(due.why) for due in dues if due.rule is Rule.BY_HAND]


def test_however_far_ahead_it_stands_under_what_is_coming_and_on_the_record(reader, cast, far):
    dana = reader("dana")
    page = dana.opens("/reminders")
    assert "Wednesday 23 December" in page.main
    assert "Ring Eastside" in page.main
    assert "Ring Eastside" not in dana.opens("/today").main
    page = dana.opens(f"/people/{cast.marcus}")
    assert "Your coming reminders" in page.main
    assert "Wed 23 Dec" in page.main
    assert "Your coming reminders" not in reader("ruth").opens(f"/people/{cast.marcus}").main


def test_it_is_changed_on_its_page_and_the_look_at_it_is_written_down(reader, session, cast, far):
    dana = reader("dana")
    dana.opens("/reminders")
    last = highest(session)
    page = dana.opens(dana.page.link("Change: Marcus T., Wed 23 Dec"))
    assert rows_after(session, last) == [("record:read", {cast.marcus})]
    dana.page = page
    page = dana.sends(
        f"/reminders/{far}", text="Ring Westside", due_on__day="27", due_on__month="11", due_on__year="2026",
        hour="2:30 pm", repeat="weekly",
    )  # fmt: skip
    assert "Saved. It comes on Friday 27 November." in page.main
    assert "Ring Westside (every week)" in page.main
    assert "2:30 pm" in page.main
    session.rollback()
    entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.event == "reminder:changed")).one()
    assert sorted(entry.details["fields"]) == ["due_on", "hour", "repeat", "text"]
    assert "Westside" not in str(entry.details)


def test_what_cannot_be_is_said_at_its_field_and_a_stale_save_shows_both(reader, session, cast, far):
    one, other = reader("dana"), reader("dana")
    for window in (one, other):
        window.opens(f"/reminders/{far}")
    page = one.sends(f"/reminders/{far}", status=422, due_on__year="2020")
    assert "This lies behind us." in page.main
    one.sends(f"/reminders/{far}", text="Ring Westside", due_on__year="2026")
    page = other.sends(f"/reminders/{far}", status=409, text="Ring Northside")
    assert "Ring Westside" in page.text
    assert "Ring Northside" in page.text


def test_another_day_or_hour_is_told_anew_and_the_old_message_is_withdrawn(session, cast):
    made = service.set_reminder(
        session, cast.dana, cast.marcus, text="Ring", due_on=TODAY, hour=dt.time(10), zone=EASTERN, now=MONDAY
    )
    session.commit()
    _plan(session, moment_of(TODAY, dt.time(10), EASTERN))
    _change(session, cast.dana, made.id, text="Ring", due_on=TODAY, hour=dt.time(11))
    session.commit()
    _plan(session, moment_of(TODAY, dt.time(10, 1), EASTERN))
    waiting = set(session.scalars(sa.select(Delivery.state)))
    assert waiting == {DeliveryState.SKIPPED}
    assert set(session.scalars(sa.select(Delivery.held))) == {Held.NOT_DUE}
    _plan(session, moment_of(TODAY, dt.time(11), EASTERN))
    states = list(session.scalars(sa.select(Delivery.state)))
    assert states.count(DeliveryState.WAITING) == states.count(DeliveryState.SKIPPED)
    assert len(set(session.scalars(sa.select(LedgerEntry.key).where(LedgerEntry.subject_id == made.id)))) == 2


def test_taken_back_it_does_not_come_and_undo_brings_it_back_for_ten_minutes(reader, session, cast, clock, far):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}")
    page = dana.presses("Take back: Marcus T., Wed 23 Dec")
    assert page.url == f"/people/{cast.marcus}"
    assert "Taken back. It does not come." in page.main
    assert "Ring Eastside" not in page.main
    page = dana.presses("Undo")
    assert "It is back, for Wednesday 23 December." in page.main
    assert "Ring Eastside" in page.main
    by_hand.take_back(session, cast.dana, far, now=clock.now())
    session.commit()
    with pytest.raises(Refused, match="ten minutes"):
        by_hand.put_back(session, cast.dana, far, now=clock.now() + UNDO_FOR + dt.timedelta(seconds=1))
    assert by_hand.take_back(session, cast.dana, far, now=clock.now()).id == far


def test_none_follows_one_that_comes_again_and_was_taken_back(session, cast):
    made = service.set_reminder(
        session, cast.dana, cast.marcus, text="Ring", due_on=TODAY, repeat=Often.DAILY, zone=EASTERN, now=MONDAY
    )
    by_hand.take_back(session, cast.dana, made.id, now=MONDAY)
    session.commit()
    assert _whys(session, cast.dana, cast.marcus) == []
    assert session.scalar(sa.select(sa.func.count()).select_from(Reminder)) == 1


def test_it_is_its_readers_alone_to_change_and_to_take_back(session, cast, far):
    for identity in (cast.imani, cast.ruth, cast.chris):
        with pytest.raises(NotFound):
            _change(session, identity, far)
        with pytest.raises(NotFound):
            by_hand.take_back(session, identity, far, now=MONDAY)
    _change(session, cast.dana, far, text="Else")
    with pytest.raises(Stale):
        _change(session, cast.dana, far, text="Once more")


# ---- whose it is


def test_after_a_hand_over_it_comes_to_whoever_answers_for_the_person_with_who_set_it(reader, session, cast, far):
    hand_over(session, cast, "marcus", "imani")
    assert _whys(session, cast.imani, cast.marcus) == ["Set by Dana: Ring Eastside"]
    imani = reader("imani")
    imani.opens("/reminders")
    page = imani.presses("Take back: Marcus T., Wed 23 Dec")
    assert "Ring Eastside" not in page.main
    assert "Ring Eastside" not in reader("dana").opens("/reminders").main


def test_yesterdays_coach_hears_nothing_and_todays_is_told_at_its_hour(session, cast):
    made = service.set_reminder(
        session, cast.dana, cast.marcus, text="Ring", due_on=TODAY, hour=dt.time(11), zone=EASTERN, now=MONDAY
    )
    session.commit()
    hand_over(session, cast, "marcus", "imani")
    _plan(session, moment_of(TODAY, dt.time(11), EASTERN))
    told = session.scalars(sa.select(LedgerEntry.recipient_id).where(LedgerEntry.subject_id == made.id)).all()
    assert told == [cast.imani.id]


def test_its_words_stay_closed_to_whoever_does_not_read_what_was_before(session, cast, far):
    hand_over(session, cast, "marcus", "imani", Earlier.FROM_TODAY, now=MONDAY + dt.timedelta(minutes=1))
    (why,) = _whys(session, cast.imani, cast.marcus)
    assert why == "Dana set a reminder for this day. Its words stay with them."


def test_what_is_closed_to_its_reader_is_shown_by_no_form_and_can_still_be_taken_back(reader, session, cast, far):
    hand_over(session, cast, "marcus", "imani", Earlier.FROM_TODAY, now=MONDAY + dt.timedelta(minutes=1))
    imani = reader("imani")
    page = imani.opens("/reminders")
    assert "Dana set a reminder" in page.main
    assert "Ring Eastside" not in page.text
    assert f"/reminders/{far}" not in page.text
    assert "Ring Eastside" not in imani.opens(f"/reminders/{far}", status=404).text
    with pytest.raises(NotFound):
        _change(session, cast.imani, far)
    assert by_hand.take_back(session, cast.imani, far, now=MONDAY).done_by == cast.imani.id


def test_what_a_supervisor_wrote_for_themself_stays_readable_to_them(session, cast):
    service.set_reminder(session, cast.ruth, cast.marcus, text="Ask Dana", due_on=FAR, zone=EASTERN, now=MONDAY)
    session.commit()
    hand_over(session, cast, "marcus", "imani", Earlier.FROM_TODAY, now=MONDAY + dt.timedelta(minutes=1))
    assert _whys(session, cast.ruth, cast.marcus) == ["Ask Dana"]


def _weekly(session, cast):
    made = service.set_reminder(
        session,
        cast.dana,
        cast.marcus,
        text="Ring Eastside",
        due_on=TODAY,
        repeat=Often.WEEKLY,
        zone=EASTERN,
        now=MONDAY,
    )
    session.commit()
    return made


def test_one_let_be_the_last_can_be_let_come_again_and_its_undo_outlives_another_change(session, cast):
    made = _weekly(session, cast)
    by_hand.let_be_last(session, cast.dana, made.id, now=MONDAY)
    with pytest.raises(Stale):
        _change(session, cast.dana, made.id, due_on=TODAY, repeat=Often.WEEKLY, until=None, version=1)
    _change(session, cast.dana, made.id, text="Ring them", due_on=TODAY, version=2)
    assert (made.text, made.repeat, made.last_at) == ("Ring them", Often.WEEKLY, MONDAY)
    by_hand.let_go_on(session, cast.dana, made.id, now=MONDAY)
    assert made.last_at is None
    by_hand.let_be_last(session, cast.dana, made.id, now=MONDAY)
    _change(session, cast.dana, made.id, due_on=TODAY, repeat=Often.WEEKLY, version=made.version)
    assert (made.repeat, made.last_at) == (Often.WEEKLY, None)


def test_undoing_one_thing_after_another_makes_no_second_of_those_that_come_again(session, cast):
    _weekly(session, cast)
    (due,) = _dues(session, cast)
    act = ledger.done(session, cast.dana, due.key, now=MONDAY, today=TODAY)
    (following,) = _dues(session, cast)
    by_hand.take_back(session, cast.dana, following.subject, now=MONDAY)
    ledger.undo(session, cast.dana, act.id, now=MONDAY)
    with pytest.raises(Refused, match="brings the next"):
        by_hand.put_back(session, cast.dana, following.subject, now=MONDAY)


def test_what_was_changed_in_the_next_one_is_not_lost_by_an_undo(session, cast):
    _weekly(session, cast)
    (due,) = _dues(session, cast)
    act = ledger.done(session, cast.dana, due.key, now=MONDAY, today=TODAY)
    (following,) = _dues(session, cast)
    _change(session, cast.dana, following.subject, text="Ring twice", due_on=TODAY + 7 * DAY, repeat=Often.WEEKLY)
    with pytest.raises(Refused, match="changed since"):
        ledger.undo(session, cast.dana, act.id, now=MONDAY)


def _dues(session, cast):
    (known,) = facts.list_known(session, cast.dana, ids=[cast.marcus])
    dues = due_to(cast.dana.id, known.facts, TODAY, is_over=False, ahead_days=400)
    return [due for due in dues if due.rule is Rule.BY_HAND]


def test_a_nearer_later_is_the_one_that_holds(session, cast):
    _weekly(session, cast)
    (due,) = _dues(session, cast)
    for days in (7, 1):
        ledger.later(session, cast.dana, due.key, until=MONDAY + days * DAY, now=MONDAY, today=TODAY)
    (known,) = facts.list_known(session, cast.dana, ids=[cast.marcus])
    assert known.answers[due.key].until == MONDAY + DAY


def test_a_supervisors_own_stays_theirs_whoever_the_coach_is(session, cast):
    service.set_reminder(session, cast.ruth, cast.marcus, text="Ask Dana", due_on=FAR, zone=EASTERN, now=MONDAY)
    session.commit()
    hand_over(session, cast, "marcus", "imani")
    assert _whys(session, cast.ruth, cast.marcus) == ["Ask Dana"]
    assert _whys(session, cast.imani, cast.marcus) == []


# ---- the reader's own clock


def test_its_hour_is_by_the_clock_of_whoever_reads_it(reader, session, cast, clock):
    session.execute(sa.update(User).where(User.id == cast.dana.id).values(zone="America/Los_Angeles"))
    session.commit()
    dana = reader("dana")  # 6:45 am by their clock
    dana.opens(f"/people/{cast.marcus}/reminders/new")
    page = dana.sends(text="Ring", when="today", hour="7 am")
    assert "Reminder set for Monday 23 November, 7:00 am." in page.main
    _plan(session, MONDAY + dt.timedelta(minutes=14))
    assert not session.scalar(sa.select(LedgerEntry.id).where(LedgerEntry.rule == Rule.BY_HAND))
    clock.set(MONDAY + dt.timedelta(minutes=15))
    _plan(session, clock.now())
    session.rollback()
    assert session.scalar(sa.select(LedgerEntry.id).where(LedgerEntry.rule == Rule.BY_HAND))
    dana.opens("/reminders")
    page = dana.presses("This afternoon", within="Ring")
    assert "Moved to this afternoon." in page.main
