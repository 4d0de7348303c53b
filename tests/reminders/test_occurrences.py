"""A day that moves makes another occurrence; what was told of the old one is taken back, and nothing is told twice."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from coachdesk.access import SYSTEM, unscoped
from coachdesk.accounts.models import User
from coachdesk.checkins import service as checkins
from coachdesk.clients import assigning
from coachdesk.clock import moment_of
from coachdesk.db import writing
from coachdesk.goals import service as goals
from coachdesk.goals.rules import Domain, GoalStatus
from coachdesk.notify import Channel, Delivery, DeliveryState, Held, Notice, deliver
from coachdesk.reminders import choosing, planning, service
from coachdesk.reminders.givens import AskKind
from coachdesk.reminders.kinds import Rule
from coachdesk.reminders.models import LedgerDelivery, LedgerEntry
from coachdesk.reminders.prefs import Prefs
from coachdesk.visits.rules import Channel as Way
from tests.cast import MONDAY, TODAY, ZONE, Cast

EASTERN = ZoneInfo(ZONE)
WEDNESDAY = dt.date(2026, 11, 25)
"""Nobody was reached yet: the first contact of everybody is due."""


def _at(day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
    return moment_of(day, dt.time(hour, minute), EASTERN)


def _plan(session: Any, now: dt.datetime) -> int:
    with writing():
        return planning.plan(session, now=now)


def _entries(session: Any, rule: Rule, client_id: uuid.UUID) -> list[LedgerEntry]:
    session.expire_all()
    found = sa.select(LedgerEntry).where(LedgerEntry.rule == rule, LedgerEntry.client_id == client_id)
    return list(session.scalars(unscoped(found.order_by(LedgerEntry.due_on), because="a test")))


def _mails(session: Any, cast: Cast, name: str) -> list[Delivery]:
    session.expire_all()
    found = sa.select(Delivery).where(Delivery.channel == Channel.EMAIL, Delivery.recipient_id == cast.staff[name].id)
    return list(session.scalars(found.order_by(Delivery.created_at)))


def _log(session: Any, cast: Cast, *, now: dt.datetime, today: dt.date, next_on: dt.date) -> None:
    checkins.log_checkin(
        session, cast.dana, cast.marcus, channel=Way.CALL, held_on=today, next_on=next_on, now=now, today=today
    )
    session.commit()


def test_a_step_whose_day_moves_is_another_occurrence_and_the_old_one_is_over(session, cast):
    goal = goals.set_goal(
        session,
        cast.dana,
        cast.marcus,
        words="A place of my own",
        domain=next(iter(Domain)),
        status=GoalStatus.ACTIVE,
        steps=[goals.StepWords("Ring the office", due_on=TODAY)],
        now=MONDAY,
        today=TODAY,
    )
    session.commit()
    _plan(session, MONDAY)
    step = _entries(session, Rule.STEP_DUE, cast.marcus)
    assert [(row.due_on, row.over_at) for row in step] == [(TODAY, None)]
    found = goals.find_goal(session, cast.dana, goal.id)
    goals.change_goal(
        session,
        cast.dana,
        goal.id,
        words=found.words,
        why=found.why,
        domain=found.domain,
        status=found.status,
        steps=[goals.StepWords("Ring the office", due_on=WEDNESDAY, id=found.steps[0].id)],
        next_review_on=found.next_review_on,
        version=found.version,
        now=MONDAY + dt.timedelta(minutes=1),
        today=TODAY,
    )
    session.commit()
    later = MONDAY + dt.timedelta(minutes=2)
    _plan(session, later)
    assert [(row.due_on, row.over_at) for row in _entries(session, Rule.STEP_DUE, cast.marcus)] == [(TODAY, later)]
    _plan(session, _at(WEDNESDAY, 8))
    assert [(row.due_on, row.over_at) for row in _entries(session, Rule.STEP_DUE, cast.marcus)] == [
        (TODAY, later),
        (WEDNESDAY, None),
    ]


def test_a_reminder_that_is_done_elsewhere_takes_its_notice_and_its_mail_back(session, cast, clock):
    made = service.set_reminder(
        session, cast.dana, cast.marcus, text="Ring", due_on=TODAY, hour=dt.time(10), zone=EASTERN, now=MONDAY
    )
    session.commit()
    clock.set(_at(TODAY, 10))
    assert _plan(session, clock.now()) == 2
    made.done_at, made.done_by = clock.now(), cast.dana.id
    session.commit()
    with writing():
        planning.plan(session, now=clock.now(), whole=True)
    states = {row.channel: (row.state, row.held) for row in session.scalars(sa.select(Delivery))}
    taken_back = (DeliveryState.SKIPPED, Held.NOT_DUE)
    assert states == {Channel.IN_APP: taken_back, Channel.EMAIL: taken_back}


def test_a_contact_logged_late_in_the_evening_counts_for_that_day(session, cast):
    """At eleven in the evening in New York it is the next day in UTC; the contact clears the day it was held on."""
    _plan(session, _at(WEDNESDAY, 8))
    assert [row.over_at for row in _entries(session, Rule.CONTACT_DUE, cast.marcus)] == [None]
    late = _at(WEDNESDAY, 23, 5)
    assert late.date() == WEDNESDAY + dt.timedelta(days=1)
    _log(session, cast, now=late, today=WEDNESDAY, next_on=WEDNESDAY + dt.timedelta(days=7))
    _plan(session, late)
    assert [row.over_at for row in _entries(session, Rule.CONTACT_DUE, cast.marcus)] == [late]
    _plan(session, _at(WEDNESDAY + dt.timedelta(days=1), 8))
    assert [row.due_on for row in _entries(session, Rule.CONTACT_DUE, cast.marcus)] == [WEDNESDAY]


def test_a_hand_over_withdraws_what_waits_for_yesterdays_coach(session, cast, clock):
    service.ask(
        session,
        cast.accounts["marcus"],
        cast.marcus,
        kind=AskKind.HELP_ASKED,
        text="The form",
        now=MONDAY,
        today=TODAY,
    )
    session.commit()
    clock.set(MONDAY)
    _plan(session, MONDAY)
    deliver(session, None, claimant=uuid.uuid4(), clock=clock.now, still_wanted=planning.still_wanted)
    assigning.assign(session, SYSTEM, cast.marcus, cast.imani.id, now=MONDAY + dt.timedelta(minutes=1), today=TODAY)
    session.commit()
    clock.move(minutes=2)
    assert _plan(session, clock.now()) == 2, "in the app, and by a mail of its own"
    entries = {row.recipient_id: row.over_at for row in _entries(session, Rule.HELP_ASKED, cast.marcus)}
    assert entries == {cast.dana.id: clock.now(), cast.imani.id: None}
    stands = session.scalars(sa.select(Notice.recipient_id).where(Notice.seen_at.is_(None))).all()
    assert cast.dana.id not in stands


def test_what_is_due_again_is_not_told_anew_and_stands_on_the_list_again(session, cast, clock):
    """A hand-over that is taken back: the first coach reads their notice again, under the same key."""
    service.ask(session, cast.accounts["marcus"], cast.marcus, kind=AskKind.HELP_ASKED, now=MONDAY, today=TODAY)
    session.commit()
    _plan(session, clock.now())
    for coach in (cast.imani, cast.dana):
        clock.move(minutes=3)
        assigning.assign(session, SYSTEM, cast.marcus, coach.id, now=clock.now(), today=TODAY)
        session.commit()
        _plan(session, clock.now())
    entries = {row.recipient_id: row.over_at for row in _entries(session, Rule.HELP_ASKED, cast.marcus)}
    assert entries == {cast.dana.id: None, cast.imani.id: clock.now()}
    deliver(session, None, claimant=uuid.uuid4(), clock=clock.now, still_wanted=planning.still_wanted)
    stands = session.scalars(sa.select(Notice.recipient_id).where(Notice.seen_at.is_(None))).all()
    assert stands == [cast.dana.id]


def test_a_days_message_of_five_hundred_things_is_one(session, cast):
    for number in range(500):
        service._make(
            session,
            cast.dana,
            cast.marcus,
            AskKind.BY_HAND,
            text=f"Thing {number}",
            for_user_id=cast.dana.id,
            due_on=TODAY,
            hour=None,
            about_id=None,
            now=MONDAY,
        )
    session.commit()
    _plan(session, _at(TODAY + dt.timedelta(days=1), 8))
    (mail,) = _mails(session, cast, "dana")
    told = sa.select(sa.func.count()).select_from(LedgerDelivery).where(LedgerDelivery.delivery_id == mail.id)
    assert session.scalar(unscoped(told, because="a test")) == 500


def test_an_empty_day_has_no_message_and_a_day_off_has_none(session, cast):
    prefs = Prefs(hour=dt.time(9, 30), days=frozenset({3}))
    choosing.choose(session, cast.dana, prefs, version=1, now=MONDAY)
    session.commit()
    _plan(session, _at(TODAY, 23))
    assert _mails(session, cast, "dana") == []
    _plan(session, _at(WEDNESDAY, 12))
    assert _mails(session, cast, "dana") == []
    _plan(session, _at(WEDNESDAY + dt.timedelta(days=1), 9, 29))
    assert _mails(session, cast, "dana") == []
    _plan(session, _at(WEDNESDAY + dt.timedelta(days=1), 9, 30))
    assert len(_mails(session, cast, "dana")) == 1


def test_who_wants_each_by_itself_has_a_mail_for_each_as_it_falls_due(session, cast):
    choosing.choose(session, cast.dana, Prefs(each=True), version=1, now=MONDAY)
    session.commit()
    _plan(session, _at(WEDNESDAY, 7, 59))
    assert _mails(session, cast, "dana") == []
    _plan(session, _at(WEDNESDAY, 8))
    assert len(_mails(session, cast, "dana")) == 2
    _plan(session, _at(WEDNESDAY, 9))
    assert len(_mails(session, cast, "dana")) == 2


# ---- what cannot be right ------------------------------------------------------------------------------------------


def test_a_zone_that_is_gone_keeps_nobody_untold(session, cast):
    session.execute(sa.text("UPDATE organisation SET zone = 'Mars/Olympus'"))
    session.execute(sa.update(User).where(User.id == cast.dana.id).values(zone="Atlantis/Harbour"))
    session.execute(sa.text("UPDATE client SET zone = 'Nowhere'"))
    session.commit()
    _plan(session, dt.datetime(2026, 11, 26, 8, tzinfo=dt.UTC))
    assert [len(_mails(session, cast, name)) for name in ("dana", "imani", "chris")] == [1, 1, 1]


def test_a_number_that_cannot_be_read_and_decides_nothing_keeps_nobody_untold(session, cast):
    session.execute(
        sa.update(sa.table("client", sa.column("phone"), sa.column("first_name")))
        .values(phone="torn")
        .where(sa.column("first_name") == "Lena")
    )
    session.commit()
    session.expire_all()
    _plan(session, _at(WEDNESDAY, 8))
    told = {row.client_id for row in session.scalars(unscoped(sa.select(LedgerEntry), because="a test"))}
    assert told == {cast.marcus, cast.aisha, cast.hana, cast.lena}


def test_a_clock_that_jumps_back_two_hours_tells_nothing_twice_and_loses_nothing(session, cast):
    _plan(session, _at(WEDNESDAY, 9))
    before = session.scalar(sa.select(sa.func.count()).select_from(Delivery))
    for minute in range(0, 150, 30):
        _plan(session, _at(WEDNESDAY, 7) + dt.timedelta(minutes=minute))
    assert session.scalar(sa.select(sa.func.count()).select_from(Delivery)) == before
    service.set_reminder(
        session, cast.dana, cast.marcus, text="Ring", due_on=WEDNESDAY, hour=dt.time(8), zone=EASTERN, now=MONDAY
    )
    session.commit()
    assert _plan(session, _at(WEDNESDAY, 7, 30)) == 0
    assert _plan(session, _at(WEDNESDAY, 8)) == 2


def test_an_account_that_is_switched_off_between_plan_and_send_is_told_nothing_and_keeps_no_other(session, cast, clock):
    clock.set(_at(WEDNESDAY, 8))
    _plan(session, clock.now())
    session.execute(sa.update(User).where(User.id == cast.dana.id).values(active=False))
    session.commit()
    verdicts = {
        mail.address: planning.still_wanted(session, mail, clock.now()).held
        for name in ("dana", "imani")
        for mail in _mails(session, cast, name)
    }
    assert verdicts == {cast.email("dana"): Held.SWITCHED_OFF, cast.email("imani"): None}
