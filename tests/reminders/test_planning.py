"""What is told: each occurrence once, at its hour, however many look and however late."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from dataclasses import replace
from functools import partial
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from coachdesk import scheduler
from coachdesk.access import may_see
from coachdesk.accounts.models import User
from coachdesk.clock import moment_of
from coachdesk.db import db, writing
from coachdesk.notify import GO, Channel, Delivery, DeliveryState, Held, Notice, deliver, list_notices
from coachdesk.reminders import choosing, facts, ledger, planning, service
from coachdesk.reminders.givens import AskKind
from coachdesk.reminders.kinds import Rule
from coachdesk.reminders.models import LedgerDelivery, LedgerEntry
from coachdesk.reminders.prefs import Prefs
from coachdesk.web import house_zone
from tests.cast import TODAY, ZONE, Cast

EASTERN = ZoneInfo(ZONE)


def _plan(session, now) -> int:
    with writing():
        new = planning.plan(session, now=now)
        session.commit()
    return new


def _deliveries(session, channel=None) -> list[Delivery]:
    session.expire_all()
    rows = session.scalars(sa.select(Delivery)).all()
    return [row for row in rows if channel is None or row.channel is channel]


def _remind(session, cast: Cast, now, *, day=TODAY, hour=None) -> None:
    service.set_reminder(
        session, cast.dana, cast.marcus, text="Ask about the interview", due_on=day, hour=hour, zone=EASTERN, now=now
    )
    session.commit()


def _send(session, clock) -> None:
    deliver(session, None, claimant=uuid.uuid4(), clock=clock.now, still_wanted=planning.still_wanted)


def test_one_mail_a_day_goes_out_at_eight_in_the_readers_morning(session, cast, clock):
    due = dt.date(2026, 11, 25)  # nobody was reached yet: due two days after they were assigned
    clock.set(moment_of(due, dt.time(7, 59), EASTERN))
    assert _plan(session, clock.now()) == 0
    clock.set(moment_of(due, dt.time(8), EASTERN))
    assert _plan(session, clock.now()) > 0
    mails = _deliveries(session, Channel.EMAIL)
    assert sorted(mail.address for mail in mails) == sorted(cast.email(name) for name in ("dana", "imani", "chris"))


def test_planning_again_tells_nothing_twice(session, cast, clock):
    clock.set(moment_of(dt.date(2026, 11, 25), dt.time(9), EASTERN))
    _plan(session, clock.now())
    before = len(_deliveries(session))
    assert _plan(session, clock.now()) == 0
    clock.move(hours=3)
    assert _plan(session, clock.now()) == 0
    assert len(_deliveries(session)) == before


def test_a_missed_night_loses_nothing(session, cast, clock):
    clock.set(moment_of(dt.date(2026, 11, 27), dt.time(15), EASTERN))
    _plan(session, clock.now())
    assert len(_deliveries(session, Channel.EMAIL)) == 3


def test_what_comes_up_after_the_days_mail_waits_for_tomorrows(session, cast, clock):
    _plan(session, clock.now())  # Monday 9:45, past eight: the day is looked at, nothing is due
    _remind(session, cast, clock.now())
    _plan(session, clock.now())
    assert _deliveries(session, Channel.EMAIL) == []
    clock.set(moment_of(TODAY + dt.timedelta(days=1), dt.time(8, 0, 30), EASTERN))
    _plan(session, clock.now())
    assert [mail.address for mail in _deliveries(session, Channel.EMAIL)] == [cast.email("dana")]


def test_a_reminder_with_an_hour_comes_at_its_hour_in_the_app_and_by_mail(session, cast, clock):
    _remind(session, cast, clock.now(), hour=dt.time(10))
    _plan(session, clock.now())
    assert _deliveries(session) == []
    clock.move(minutes=15)
    assert _plan(session, clock.now()) == 2
    assert sorted(row.channel for row in _deliveries(session)) == [Channel.EMAIL, Channel.IN_APP]


def test_a_mail_names_nobody_and_says_nothing(session, cast, clock):
    _remind(session, cast, clock.now(), hour=dt.time(10))
    clock.move(minutes=15)
    _plan(session, clock.now())
    mail = _deliveries(session, Channel.EMAIL)[0]
    text = f"{mail.subject} {mail.body} {mail.path} {mail.text}".lower()
    assert not [word for word in ("marcus", "interview", "recovery", "dana") if word in text]


def test_a_hand_over_moves_what_is_due_at_once(session, cast, clock):
    from coachdesk.access import SYSTEM
    from coachdesk.clients import assigning

    clock.set(moment_of(dt.date(2026, 11, 25), dt.time(8), EASTERN))
    _plan(session, clock.now())
    assigning.assign(session, SYSTEM, cast.marcus, cast.imani.id, now=clock.now(), today=dt.date(2026, 11, 25))
    session.commit()
    rows = session.scalars(sa.select(LedgerEntry.recipient_id).where(LedgerEntry.client_id == cast.marcus)).all()
    assert rows == [cast.dana.id]
    mail = next(row for row in _deliveries(session, Channel.EMAIL) if row.address == cast.email("dana"))
    assert planning.still_wanted(session, mail, clock.now()) is GO  # Lena is still Dana's
    assigning.assign(session, SYSTEM, cast.lena, cast.imani.id, now=clock.now(), today=dt.date(2026, 11, 25))
    session.commit()
    assert planning.still_wanted(session, mail, clock.now()).held is Held.NOT_DUE


def test_somebody_switched_off_is_told_nothing(session, cast, clock):
    _remind(session, cast, clock.now(), hour=dt.time(10))
    clock.move(minutes=15)
    _plan(session, clock.now())
    session.execute(sa.update(User).where(User.id == cast.dana.id).values(active=False))
    session.commit()
    held = {planning.still_wanted(session, row, clock.now()).held for row in _deliveries(session)}
    assert held == {Held.SWITCHED_OFF}


def test_three_schedulers_at_once_tell_each_thing_once(app, session, cast, clock):
    """The plan, the claim and the in-app notice, each by three threads at the same moment."""
    for minute in range(5):
        service.set_reminder(
            session,
            cast.dana,
            cast.marcus,
            text=f"Reminder {minute}",
            due_on=TODAY,
            hour=dt.time(10, minute),
            zone=EASTERN,
            now=clock.now(),
        )
    session.commit()
    clock.move(minutes=30)

    def tick() -> None:
        with app.app_context(), writing():
            planning.plan(db.session, now=clock.now())
            db.session.commit()
            deliver(db.session, None, claimant=uuid.uuid4(), clock=clock.now, still_wanted=planning.still_wanted)
            db.session.remove()

    threads = [threading.Thread(target=tick) for _each in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    texts = sorted(session.scalars(sa.select(Notice.text)))
    assert texts == [f"Reminder {minute}" for minute in range(5)]
    states = {row.state for row in _deliveries(session, Channel.IN_APP)}
    assert states == {DeliveryState.SENT}


def test_done_undo_and_later_are_rows_and_later_moves_no_due_day(session, cast, clock):
    _remind(session, cast, clock.now())
    key = next(due.key for due in _due(session, cast.dana) if due.rule == "by_hand")
    act = ledger.done(session, cast.dana, key, now=clock.now(), today=TODAY)
    assert not [due for due in _due(session, cast.dana) if due.key == key]
    ledger.undo(session, cast.dana, act.id, now=clock.now())
    assert [due.on for due in _due(session, cast.dana) if due.key == key] == [TODAY]
    ledger.later(session, cast.dana, key, until=clock.now() + dt.timedelta(days=1), now=clock.now(), today=TODAY)
    session.commit()
    assert [due.on for due in _due(session, cast.dana) if due.key == key] == [TODAY]
    assert key in _hidden(session, cast.dana, clock.now())
    clock.move(days=2)
    assert key not in _hidden(session, cast.dana, clock.now())


def _hidden(session, identity, now):
    known = facts.list_known(session, replace(identity, now=now))
    return {key for row in known for key, answer in row.answers.items() if answer.hides(now)}


def _due(session, identity):
    from coachdesk.reminders import facts
    from coachdesk.reminders.rules import due_items

    session.flush()
    return [due for known in facts.list_known(session, identity) for due in due_items(known.facts, TODAY)]


def test_a_contact_cannot_be_done_by_saying_so(session, cast, clock):
    from coachdesk.words import Refused

    clock.move(days=3)
    today = TODAY + dt.timedelta(days=3)
    from coachdesk.reminders import facts
    from coachdesk.reminders.rules import due_items

    key = next(
        due.key
        for known in facts.list_known(session, cast.dana)
        for due in due_items(known.facts, today)
        if due.rule == "contact_due"
    )
    with pytest.raises(Refused):
        ledger.done(session, cast.dana, key, now=clock.now(), today=today)


def test_nobody_answers_another_readers_reminder(session, cast, clock):
    from coachdesk.words import NotFound

    _remind(session, cast, clock.now())
    key = next(due.key for due in _due(session, cast.dana) if due.rule == "by_hand")
    for identity in (cast.imani, cast.chris, cast.ruth):
        with pytest.raises(NotFound):
            ledger.done(session, identity, key, now=clock.now(), today=TODAY)


def test_the_dry_run_says_who_and_why_and_writes_nothing(app, session, cast, clock):
    _remind(session, cast, clock.now(), hour=dt.time(10))
    clock.move(minutes=15)
    session.rollback()
    lines = scheduler.remind(app, dry_run=True)
    assert any("dana@cast.example" in line for line in lines)
    assert not any("Marcus" in line or "interview" in line for line in lines)
    assert _deliveries(session) == []
    assert session.scalar(sa.select(sa.func.count()).select_from(LedgerEntry)) == 0


def test_a_tick_that_fails_keeps_no_other_from_its_turn(app, session, clock):
    def breaks(_app) -> None:
        raise RuntimeError("something of somebody's")

    scheduler._tick(app, "breaks", breaks)
    scheduler._tick(app, "beat", scheduler.beat)
    from coachdesk.web.health import is_beating

    assert is_beating(session, "scheduler", now=clock.now())


def test_the_house_zone_is_the_organisations(app):
    with app.test_request_context("/"):
        assert house_zone().key == ZONE


def test_three_tries_in_a_row_tell_the_supervisor_until_somebody_is_reached(session, cast, clock):
    from coachdesk.checkins import attempts
    from coachdesk.checkins import service as checkins
    from coachdesk.checkins.rules import AttemptOutcome
    from coachdesk.visits.rules import Channel as Way

    for days in range(3):
        day = TODAY + dt.timedelta(days=days)
        clock.set(moment_of(day, dt.time(15), EASTERN))
        attempts.log_attempt(
            session, cast.dana, cast.marcus, outcome=AttemptOutcome.NO_ANSWER, tried_on=day, now=clock.now(), today=day
        )
        session.commit()
        _plan(session, clock.now())
        told = [row for row in _deliveries(session, Channel.IN_APP) if row.recipient_id == cast.ruth.id]
        assert len(told) == (days == 2)
    assert told[0].text == "3 tries in a row reached nobody: Marcus T."
    assert planning.still_wanted(session, told[0], clock.now()) is GO
    checkins.log_checkin(
        session,
        cast.dana,
        cast.marcus,
        channel=Way.CALL,
        held_on=day,
        next_on=day + dt.timedelta(days=7),
        now=clock.now(),
        today=day,
    )
    session.commit()
    assert planning.still_wanted(session, told[0], clock.now()).held is Held.NOT_DUE


def test_the_supervisor_hears_at_once_that_somebody_asked_us_to_stop(session, cast, clock):
    from coachdesk.checkins import attempts
    from coachdesk.checkins.rules import AttemptOutcome

    clock.set(moment_of(TODAY, dt.time(15), EASTERN))
    attempts.log_attempt(
        session,
        cast.dana,
        cast.marcus,
        outcome=AttemptOutcome.ASKED_TO_STOP,
        tried_on=TODAY,
        now=clock.now(),
        today=TODAY,
    )
    session.commit()
    _plan(session, clock.now())
    told = [row for row in _deliveries(session, Channel.IN_APP) if row.recipient_id == cast.ruth.id]
    assert [row.text for row in told] == ["Marcus T. has asked us to stop. Talk it over with the coach."]


@pytest.mark.parametrize("told_before", [True, False], ids=["stands on the list", "is on its way"])
def test_done_takes_the_notice_off_and_undo_puts_it_back(session, cast, clock, told_before):
    clock.set(moment_of(TODAY, dt.time(15), EASTERN))
    _remind(session, cast, clock.now())
    _plan(session, clock.now())
    if told_before:
        _send(session, clock)
        assert len(list_notices(session, cast.dana.id, sees=partial(may_see, cast.dana))) == 1
    key = next(due.key for due in _due(session, cast.dana) if due.rule == "by_hand")
    act = ledger.done(session, cast.dana, key, now=clock.now(), today=TODAY)
    session.commit()
    _send(session, clock)
    assert list_notices(session, cast.dana.id, sees=partial(may_see, cast.dana)) == []
    ledger.undo(session, cast.dana, act.id, now=clock.now())
    session.commit()
    _send(session, clock)
    assert len(list_notices(session, cast.dana.id, sees=partial(may_see, cast.dana))) == 1


def test_whoever_is_told_of_each_by_itself_is_told_on_their_days_at_their_hour(session, cast, clock):
    days = frozenset(range(7)) - {2}  # no Wednesday
    choosing.choose(session, cast.dana, Prefs(hour=dt.time(9, 30), days=days, each=True), version=1, now=clock.now())
    session.commit()
    wednesday = dt.date(2026, 11, 25)  # the day on which somebody is to be reached
    at = moment_of(dt.date(2026, 11, 26), dt.time(9, 30), EASTERN)
    clock.set(moment_of(wednesday, dt.time(), EASTERN))
    said = planning.preview(session, now=clock.now(), until=clock.now() + dt.timedelta(days=2))
    assert {one.at for one in said if one.channel is Channel.EMAIL and one.reader.id == cast.dana.id} == {at}
    clock.move(hours=12)
    planning.plan(session, now=clock.now())
    mails = sa.select(Delivery).where(Delivery.channel == Channel.EMAIL, Delivery.recipient_id == cast.dana.id)
    found = session.scalars(mails).all()
    assert len(found) > 1
    assert {row.not_before for row in found} == {at}


@pytest.mark.parametrize(("asked_at", "leaves_at"), [(dt.time(5), dt.time(8)), (dt.time(14, 30), dt.time(14, 30))])
def test_whoever_asks_for_help_is_not_kept_until_the_next_days_message(session, cast, clock, asked_at, leaves_at):
    clock.set(moment_of(TODAY, dt.time(8), EASTERN))
    _plan(session, clock.now())
    tomorrow = TODAY + dt.timedelta(days=1)
    clock.set(moment_of(tomorrow, asked_at, EASTERN))
    asked = {"kind": AskKind.HELP_ASKED, "text": "a room", "now": clock.now(), "today": tomorrow}
    service.ask(session, cast.accounts["marcus"], cast.marcus, **asked)
    session.commit()
    at = moment_of(tomorrow, leaves_at, EASTERN)
    said = planning.preview(session, now=clock.now(), until=at)
    clock.set(at)
    _plan(session, clock.now())
    to_dana = sa.select(LedgerEntry.rule, Delivery.not_before).join(
        LedgerDelivery, LedgerDelivery.entry_id == LedgerEntry.id
    )
    to_dana = to_dana.join(Delivery, Delivery.id == LedgerDelivery.delivery_id)
    to_dana = to_dana.where(Delivery.channel == Channel.EMAIL, LedgerEntry.rule == Rule.HELP_ASKED)
    found = session.execute(to_dana.execution_options(coachdesk_scoped="a test")).all()
    assert found == [(Rule.HELP_ASKED, at)], "once, by itself"
    assert [one.at for one in said if one.channel is Channel.EMAIL and one.dues[0].rule is Rule.HELP_ASKED] == [at]
