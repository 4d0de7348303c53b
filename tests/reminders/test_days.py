"""On which day a reader is told: their own, by the days they chose and where they are, once and never too late."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from coachdesk.access import unscoped
from coachdesk.accounts.models import User
from coachdesk.clock import day_of, moment_of
from coachdesk.db import writing
from coachdesk.notify import Channel, Delivery
from coachdesk.reminders import choosing, planning
from coachdesk.reminders.givens import AskFacts, AskKind, MilestoneFacts, PersonFacts, PlannedVisit
from coachdesk.reminders.hearers import told_of
from coachdesk.reminders.kinds import Rule
from coachdesk.reminders.models import LedgerDelivery, LedgerEntry
from coachdesk.reminders.prefs import Prefs
from coachdesk.reminders.rules import is_past
from coachdesk.reminders.telling import digest_moment, told_from
from coachdesk.visits import coming
from coachdesk.visits import service as visits
from tests.cast import MONDAY, TODAY, ZONE, Cast

DAY, MINUTE = dt.timedelta(days=1), dt.timedelta(minutes=1)
HOUSE = ZoneInfo(ZONE)
ONE, TWO = uuid.UUID(int=1), uuid.UUID(int=2)
FACTS = PersonFacts(
    client_id=ONE,
    coach_id=TWO,
    name="Marcus",
    assigned_on=TODAY,
    rhythm_days=400,
    last_contact_on=TODAY,
)
HOURS = st.sampled_from([dt.time(0), dt.time(7), dt.time(8), dt.time(12, 30), dt.time(20, 59), dt.time(23)])
CHOSEN = st.frozensets(st.integers(0, 6), min_size=1)
ZONES = st.sampled_from(
    ["America/New_York", "Pacific/Auckland", "Pacific/Honolulu", "Asia/Kathmandu", "Pacific/Kiritimati"]
).map(ZoneInfo)


def _live(facts: PersonFacts, zone: ZoneInfo, prefs: Prefs, rule: Rule, at: dt.time | None = None) -> tuple[Any, Any]:
    """Live through some weeks; return the first moment of each occurrence, and the moments of the messages about it."""
    told: dict[str, dt.datetime] = {}
    mailed: dict[str, dt.datetime] = {}
    begin = moment_of(TODAY, dt.time(12), HOUSE)
    for now in _moments(zone, {prefs.hour, at or prefs.hour}, begin):
        here, day = now.astimezone(HOUSE), day_of(now, zone)
        ready = {
            due.key
            for due in told_of(facts, here.date(), now=here)
            if due.rule is rule and told_from(due, zone, prefs) <= now and not is_past(due, day)
        }
        told |= dict.fromkeys(ready - told.keys(), now)
        if digest_moment(day, zone, prefs) == now:
            mailed |= dict.fromkeys(ready - mailed.keys(), now)
    return list(told.values()), list(mailed.values())


def _moments(zone: ZoneInfo, hours: set[dt.time], begin: dt.datetime) -> list[dt.datetime]:
    """Return when something may change: at each hour, a minute before it, and as a day begins here or there."""
    days = [TODAY + number * DAY for number in range(20)]
    at = {moment_of(day, hour, zone) for day in days for hour in {*hours, dt.time()}}
    at |= {moment_of(day, dt.time(), HOUSE) for day in days}
    return sorted(now for when in at for now in (when - MINUTE, when) if now >= begin)


@settings(max_examples=40)
@given(on=st.integers(9, 16), days=CHOSEN, zone=ZONES, hour=HOURS, at=st.none() | st.times())
def test_of_a_visit_a_reader_is_told_once_on_their_last_day_before_it_whatever_their_days(on, days, zone, hour, at):
    visit = PlannedVisit(TODAY + on * DAY, at, id=TWO)
    told, mailed = _live(replace(FACTS, visit=visit), zone, Prefs(hour=hour, days=days), Rule.VISIT_TOMORROW)
    before = [visit.on - number * DAY for number in range(1, 8)]
    last = next(day for day in before if day.weekday() in days)
    assert told == mailed == [moment_of(last, hour, zone)]


@settings(max_examples=40)
@given(on=st.integers(8, 16), days=CHOSEN, zone=ZONES, hour=HOURS)
def test_of_a_day_to_mark_a_reader_is_told_once_on_it_or_on_their_last_day_before(on, days, zone, hour):
    day = TODAY + on * DAY
    facts = replace(FACTS, milestones=[MilestoneFacts(TWO, day, "My own key")])
    told, mailed = _live(facts, zone, Prefs(hour=hour, days=days), Rule.MILESTONE)
    last = next(day - number * DAY for number in range(7) if (day - number * DAY).weekday() in days)
    assert told == mailed == [moment_of(last, hour, zone)]


@settings(max_examples=40)
@given(on=st.integers(2, 9), zone=ZONES, hour=HOURS, at=st.none() | HOURS)
def test_wherever_a_reader_is_they_are_told_at_their_own_hour_of_their_own_day_and_once(on, zone, hour, at):
    day = TODAY + on * DAY
    facts = replace(FACTS, asks=[AskFacts(TWO, AskKind.BY_HAND, day, at)])
    told, _mailed = _live(facts, zone, Prefs(hour=hour), Rule.BY_HAND, at)
    assert told == [moment_of(day, at or hour, zone)]
    contact = replace(FACTS, rhythm_days=on)
    told, mailed = _live(contact, zone, Prefs(hour=hour), Rule.CONTACT_DUE)
    assert told == mailed == [moment_of(day, hour, zone)]


def _mails_of(session, rule: Rule) -> list[dt.datetime]:
    rows = (
        sa.select(Delivery.created_at)
        .join(LedgerDelivery, LedgerDelivery.delivery_id == Delivery.id)
        .join(LedgerEntry, LedgerEntry.id == LedgerDelivery.entry_id)
        .where(LedgerEntry.rule == rule, Delivery.channel == Channel.EMAIL)
    )
    return list(session.scalars(unscoped(rows, because="a test")))


def _plan_through(session, clock, until: dt.datetime) -> None:
    while clock.now() <= until:
        with writing():
            planning.plan(session, now=clock.now())
        clock.move(hours=1)


@pytest.mark.parametrize(("ahead", "told"), [(6, 4), (7, 4), (8, 7)])
def test_who_is_told_on_weekdays_hears_on_friday_of_sundays_and_of_mondays_visit(
    session, cast: Cast, clock, ahead, told
):
    choosing.choose(session, cast.dana, Prefs(days=frozenset(range(5))), version=1, now=MONDAY)
    day = TODAY + ahead * DAY
    visits.plan_visit(session, cast.dana, cast.marcus, planned_on=day, now=MONDAY, today=TODAY)
    session.commit()
    clock.set(moment_of(TODAY + 3 * DAY, dt.time(6), HOUSE))
    _plan_through(session, clock, moment_of(day, dt.time(12), HOUSE))
    assert _mails_of(session, Rule.VISIT_TOMORROW) == [moment_of(TODAY + told * DAY, dt.time(8), HOUSE)]


def test_a_visit_moved_after_it_was_told_is_told_anew_and_what_was_said_before_is_over(session, cast: Cast, clock):
    choosing.choose(session, cast.dana, Prefs(each=True), version=1, now=MONDAY)
    day = TODAY + 4 * DAY
    planned = visits.plan_visit(
        session, cast.dana, cast.marcus, planned_on=day, hour=dt.time(10), now=MONDAY, today=TODAY
    )
    session.commit()
    told, moved = moment_of(day - DAY, dt.time(8), HOUSE), moment_of(day - DAY, dt.time(8, 30), HOUSE)
    clock.set(told)
    _plan_through(session, clock, told)
    coming.move_visit(
        session,
        cast.dana,
        cast.marcus,
        planned.id,
        planned_on=day,
        hour=dt.time(14),
        version=planned.version,
        now=moved,
        today=day - DAY,
    )
    session.commit()
    _plan_through(session, clock, moment_of(day - DAY, dt.time(12), HOUSE))
    again = moment_of(day - DAY, dt.time(9), HOUSE)
    assert sorted(_mails_of(session, Rule.VISIT_TOMORROW)) == [told, again]
    before, after = session.scalars(
        unscoped(
            sa.select(LedgerEntry).where(LedgerEntry.rule == Rule.VISIT_TOMORROW).order_by(LedgerEntry.made_at),
            because="a test",
        )
    )
    assert (before.over_at, after.over_at) == (again, None)
    assert "2:00 pm" in after.why


@pytest.mark.parametrize("name", ["Pacific/Auckland", "Pacific/Honolulu"])
def test_a_coach_on_the_other_side_of_the_world_is_told_in_their_own_morning(session, cast: Cast, clock, name):
    session.execute(sa.update(User).where(User.id == cast.dana.id).values(zone=name))
    session.commit()
    clock.set(moment_of(TODAY + DAY, dt.time(), HOUSE))
    _plan_through(session, clock, moment_of(TODAY + 2 * DAY, dt.time(22), HOUSE))
    due = TODAY + 2 * DAY  # nobody was reached yet
    mine = sa.select(LedgerEntry.made_at).where(LedgerEntry.recipient_id == cast.dana.id)
    made = set(session.scalars(unscoped(mine.where(LedgerEntry.rule == Rule.CONTACT_DUE), because="a test")))
    assert made == {moment_of(due, dt.time(8), ZoneInfo(name))}
