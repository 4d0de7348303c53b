"""Contacts that repeat: which is the next one, and what a check-in, a try, a move or an end makes of it."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from coachdesk.accounts import leaving
from coachdesk.audit import AuditEntry, Event
from coachdesk.checkins import attempts
from coachdesk.checkins import service as checkins
from coachdesk.checkins.rules import AttemptOutcome
from coachdesk.clients import episodes
from coachdesk.clients.models import Client
from coachdesk.clients.rules import Ending
from coachdesk.desk import record
from coachdesk.reminders import facts
from coachdesk.reminders.clocks import contact_due_on
from coachdesk.reminders.rules import due_items
from coachdesk.visits import clashes, coming, recurring
from coachdesk.visits import service as visits
from coachdesk.visits.models import Visit, VisitSeries
from coachdesk.visits.rules import Channel, Closing, Pattern, Repeat, Side, Then, occurrence_id
from coachdesk.words import NotFound, Refused, Stale
from tests.cast import MONDAY, TODAY, ZONE

DAY = dt.timedelta(days=1)
TUESDAY, THURSDAY = TODAY + DAY, TODAY + 3 * DAY
AT = dt.time(14, 30)
HOME = ZoneInfo(ZONE)
TUESDAYS = Pattern(Repeat.WEEKLY, TODAY, AT, weekdays=frozenset([1]))
LATER = MONDAY + dt.timedelta(minutes=5)


def _begin(session, cast, pattern=TUESDAYS, name="marcus", now=MONDAY, **more):
    made = recurring.begin_series(
        session, cast.dana, cast.people[name], pattern, **more, now=now, today=now.astimezone(HOME).date()
    )
    session.commit()
    return made


def _calendar(session, cast, now=MONDAY, zone=HOME, most=6):
    today = now.astimezone(HOME).date()
    return coming.open_calendar(session, cast.dana, cast.marcus, zone=zone, now=now, today=today, most=most)


def _days(session, cast, now=MONDAY):
    return [planned.on for planned in _calendar(session, cast, now).coming]


def _rows(session):
    session.expire_all()
    return session.scalars(sa.select(Visit).order_by(Visit.planned_on)).all()


def _log(session, cast, now=MONDAY, held_on=None, next_on=None):
    today = now.astimezone(HOME).date()
    logged = checkins.log_checkin(
        session,
        cast.dana,
        cast.marcus,
        channel=Channel.CALL,
        held_on=held_on or today,
        next_on=next_on,
        now=now,
        today=today,
    )
    session.commit()
    return logged


def _try(session, cast, now):
    today = now.astimezone(HOME).date()
    logged = attempts.log_attempt(
        session, cast.dana, cast.marcus, outcome=AttemptOutcome.NOT_THERE, tried_on=today, now=now, today=today
    )
    session.commit()
    return logged


def _known(session, cast, since=None):
    return facts.list_known(session, cast.dana, ids=[cast.marcus], since=since)[0]


def _moment(day, hour=AT):
    return dt.datetime.combine(day, hour, tzinfo=HOME).astimezone(dt.UTC)


@pytest.fixture
def series(session, cast):
    return _begin(session, cast, minutes=45, channel=Channel.IN_PERSON, place="Library café")


# ---- the next one ---------------------------------------------------------------------------------------------------


def test_the_first_day_becomes_the_next_contact_and_the_others_have_no_rows(session, cast, series):
    (row,) = _rows(session)
    assert (row.planned_on, row.hour, row.minutes, row.place) == (TUESDAY, AT, 45, "Library café")
    assert (row.channel, row.series_id, row.occurs_on) == (Channel.IN_PERSON, series.id, TUESDAY)
    assert row.id == occurrence_id(series.id, TUESDAY)
    assert _days(session, cast) == [TUESDAY + n * 7 * DAY for n in range(6)]
    assert _calendar(session, cast).over is None


def test_an_hour_that_has_passed_today_begins_with_the_next_day(session, cast):
    _begin(session, cast, Pattern(Repeat.DAILY, TODAY, dt.time(9, 45)))
    assert [row.planned_on for row in _rows(session)] == [TUESDAY]


@pytest.mark.parametrize(("zone", "first"), [("Pacific/Honolulu", TODAY), ("Asia/Kolkata", TUESDAY), ("", TODAY)])
def test_whether_an_hour_is_still_to_come_is_reckoned_by_their_clock(session, cast, zone, first):
    session.execute(sa.update(Client).where(Client.id == cast.marcus).values(zone=zone))
    _begin(session, cast, Pattern(Repeat.DAILY, TODAY, dt.time(11)))
    assert [row.planned_on for row in _rows(session)] == [first]


def test_a_check_in_opens_the_next_day_in_the_same_act(session, cast, series):
    logged = _log(session, cast, _moment(TUESDAY))
    assert [(row.planned_on, row.closing) for row in _rows(session)] == [
        (TUESDAY, Closing.CHECKIN),
        (TUESDAY + 7 * DAY, None),
    ]
    assert logged.visit.planned_on == TUESDAY + 7 * DAY


def test_speaking_before_the_day_leaves_the_day(session, cast, series):
    logged = _log(session, cast)
    assert [(row.planned_on, row.closing) for row in _rows(session)] == [(TUESDAY, None)]
    assert logged.visit.planned_on == TUESDAY


def test_speaking_earlier_on_the_day_itself_is_that_days_contact(session, cast):
    _begin(session, cast, Pattern(Repeat.DAILY, TODAY, AT))
    assert _log(session, cast).visit.planned_on == TUESDAY
    assert _days(session, cast, LATER)[0] == TUESDAY


def test_without_a_series_the_next_day_must_be_said(session, cast):
    with pytest.raises(Refused, match="Write the day you speak next") as refusal:
        _log(session, cast)
    assert refusal.value.at == "next_on"


def test_a_day_of_ones_own_before_the_series_comes_first(session, cast, series):
    logged = _log(session, cast, _moment(TUESDAY), next_on=THURSDAY)
    assert logged.visit.planned_on == THURSDAY
    assert _days(session, cast, _moment(TUESDAY))[:3] == [THURSDAY, TUESDAY + 7 * DAY, TUESDAY + 14 * DAY]
    assert _log(session, cast, _moment(THURSDAY)).visit.planned_on == TUESDAY + 7 * DAY


def test_a_check_in_taken_back_leaves_everything_as_it_was(session, cast, series):
    at = _moment(TUESDAY)
    logged = _log(session, cast, at)
    checkins.withdraw_checkin(session, cast.dana, logged.entry.id, now=at + dt.timedelta(minutes=5))
    session.commit()
    assert _known(session, cast).facts.visit.on == TUESDAY
    assert _days(session, cast, at) == [TUESDAY + n * 7 * DAY for n in range(6)]


def test_a_try_opens_the_next_day_and_taken_back_puts_it_back(session, cast, series):
    at = _moment(TUESDAY)
    logged = _try(session, cast, at)
    assert _days(session, cast, at)[0] == TUESDAY + 7 * DAY
    attempts.withdraw_attempt(session, cast.dana, logged.entry.id, now=at + dt.timedelta(minutes=5))
    session.commit()
    assert _days(session, cast, at)[0] == TUESDAY


def test_a_day_that_went_by_waits_for_a_word_and_makes_no_rows(session, cast, series):
    weeks_on = _moment(TUESDAY + 15 * DAY)
    calendar = _calendar(session, cast, weeks_on)
    assert calendar.over.on == TUESDAY
    assert [planned.on for planned in calendar.coming][:2] == [TUESDAY + 21 * DAY, TUESDAY + 28 * DAY]
    assert len(_rows(session)) == 1
    _log(session, cast, weeks_on)
    assert _calendar(session, cast, weeks_on).over is None
    assert [row.planned_on for row in _rows(session)] == [TUESDAY, TUESDAY + 21 * DAY]


def test_the_page_of_a_record_and_of_a_person_know_the_same(session, cast, series):
    coming.call_off(session, cast.dana, cast.marcus, occurrence_id(series.id, TUESDAY), now=MONDAY, today=TODAY)
    session.commit()
    for now in (MONDAY, _moment(TUESDAY), _moment(TUESDAY + 20 * DAY)):
        today = now.astimezone(HOME).date()
        known = _known(session, cast, since=today)
        there = coming.calendar_of(known.plans, known.series, known.taken, zone=HOME, now=now, today=today)
        here = _calendar(session, cast, now)
        assert [planned.id for planned in there.coming] == [planned.id for planned in here.coming]
        assert (there.over and there.over.id) == (here.over and here.over.id)


def test_a_series_ends_by_itself_with_its_count_or_its_last_day(session, cast):
    _begin(session, cast, replace(TUESDAYS, count=2))
    assert _days(session, cast) == [TUESDAY, TUESDAY + 7 * DAY]
    _begin(session, cast, replace(TUESDAYS, until=TUESDAY + 13 * DAY), now=LATER)
    assert _days(session, cast) == [TUESDAY, TUESDAY + 7 * DAY]


# ---- what is due ----------------------------------------------------------------------------------------------------


def test_a_series_that_nobody_keeps_lets_nobody_drift_away(session, cast, series):
    assert contact_due_on(_known(session, cast).facts) == TUESDAY
    _log(session, cast, _moment(TUESDAY))
    assert contact_due_on(_known(session, cast).facts) == TUESDAY + 7 * DAY
    for week in (1, 2, 3):
        _try(session, cast, _moment(TUESDAY + week * 7 * DAY))
        assert contact_due_on(_known(session, cast).facts) == TUESDAY + 7 * DAY
    assert _known(session, cast).facts.visit.on == TUESDAY + 28 * DAY
    _log(session, cast, _moment(TUESDAY + 22 * DAY))
    assert contact_due_on(_known(session, cast).facts) == TUESDAY + 28 * DAY


def test_days_called_off_again_and_again_are_counted_by_the_rhythm(session, cast, series):
    _log(session, cast, _moment(TUESDAY))
    for week in (1, 2):
        day = TUESDAY + week * 7 * DAY
        coming.call_off(
            session, cast.dana, cast.marcus, occurrence_id(series.id, day), now=_moment(day - DAY), today=day - DAY
        )
        session.commit()
        assert _known(session, cast).facts.visit.on == day + 7 * DAY
        assert contact_due_on(_known(session, cast).facts) == TUESDAY + 7 * DAY


@pytest.mark.parametrize(("minutes", "asks"), [(44, False), (45, True)])
def test_once_its_time_is_over_it_asks_what_happened(session, cast, series, minutes, asks):
    now = (_moment(TUESDAY) + dt.timedelta(minutes=minutes)).astimezone(HOME)
    (due,) = [due for due in due_items(_known(session, cast).facts, TUESDAY, now=now) if due.weight == 0]
    assert due.asks_what_happened is asks
    assert (str(due.why) == "You planned to meet Marcus T. today at 2:30 pm. What happened?") is asks


# ---- one of them ----------------------------------------------------------------------------------------------------


def _move(session, cast, series, day, to, hour=AT, version=0, now=MONDAY):
    moved = coming.move_visit(
        session,
        cast.dana,
        cast.marcus,
        occurrence_id(series.id, day),
        planned_on=to,
        hour=hour,
        version=version,
        now=now,
        today=now.astimezone(HOME).date(),
    )
    session.commit()
    return moved


def test_one_is_moved_the_others_stay_and_it_goes_back(session, cast, series):
    second = TUESDAY + 7 * DAY
    moved = _move(session, cast, series, second, second + 2 * DAY, dt.time(9))
    assert (moved.occurs_on, moved.planned_on, moved.hour) == (second, second + 2 * DAY, dt.time(9))
    assert _days(session, cast)[:3] == [TUESDAY, second + 2 * DAY, TUESDAY + 14 * DAY]
    coming.put_back(session, cast.dana, cast.marcus, moved.id, now=LATER, today=TODAY)
    session.commit()
    assert _days(session, cast)[:3] == [TUESDAY, second, TUESDAY + 14 * DAY]
    assert (moved.planned_on, moved.hour) == (second, AT)


def test_the_next_one_moved_far_away_lets_the_one_after_come_first(session, cast, series):
    _move(session, cast, series, TUESDAY, TUESDAY + 30 * DAY, version=1)
    assert _calendar(session, cast).coming[0].on == TUESDAY + 7 * DAY
    assert [row.planned_on for row in _rows(session)] == [TUESDAY + 7 * DAY, TUESDAY + 30 * DAY]


def test_one_is_dropped_and_taken_back(session, cast, series):
    third = occurrence_id(series.id, TUESDAY + 14 * DAY)
    coming.call_off(session, cast.dana, cast.marcus, third, now=MONDAY, today=TODAY)
    session.commit()
    assert TUESDAY + 14 * DAY not in _days(session, cast)
    coming.take_back(session, cast.dana, cast.marcus, third, now=LATER, today=TODAY)
    session.commit()
    assert _days(session, cast)[2] == TUESDAY + 14 * DAY
    with pytest.raises(NotFound):
        coming.take_back(session, cast.dana, cast.marcus, third, now=LATER, today=TODAY)


def test_dropping_the_next_one_opens_the_one_after(session, cast, series):
    coming.call_off(session, cast.dana, cast.marcus, occurrence_id(series.id, TUESDAY), now=MONDAY, today=TODAY)
    session.commit()
    assert [(row.planned_on, row.closing) for row in _rows(session)] == [
        (TUESDAY, Closing.CANCELLED),
        (TUESDAY + 7 * DAY, None),
    ]


def test_what_lies_behind_us_is_not_rewritten(session, cast, series):
    _log(session, cast, _moment(TUESDAY))
    much_later = _moment(TUESDAY + 15 * DAY)
    for day in (TUESDAY, TUESDAY + 14 * DAY):  # met; and gone by without a row
        with pytest.raises(Refused, match="lies behind us"):
            _move(session, cast, series, day, TUESDAY + 20 * DAY, version=2, now=much_later)
        session.rollback()
        with pytest.raises(Refused, match="lies behind us"):
            coming.call_off(
                session,
                cast.dana,
                cast.marcus,
                occurrence_id(series.id, day),
                now=much_later,
                today=TUESDAY + 15 * DAY,
            )
        session.rollback()


def test_what_waits_for_a_word_may_be_moved(session, cast, series):
    next_day = _moment(TUESDAY + DAY, dt.time(9))
    moved = _move(session, cast, series, TUESDAY, THURSDAY, version=1, now=next_day)
    assert (moved.planned_on, _calendar(session, cast, next_day).over) == (THURSDAY, None)


def test_a_move_over_another_move_is_stale(session, cast, series):
    _move(session, cast, series, TUESDAY, THURSDAY, version=1)
    with pytest.raises(Stale):
        _move(session, cast, series, TUESDAY, THURSDAY + DAY, version=1)
    session.rollback()
    with pytest.raises(Stale):
        _move(session, cast, series, TUESDAY + 7 * DAY, THURSDAY, version=5)


@pytest.mark.parametrize("day", [TODAY, TUESDAY + DAY, TUESDAY + 401 * DAY])
def test_a_day_the_series_does_not_have_is_not_found(session, cast, series, day):
    with pytest.raises(NotFound):
        _move(session, cast, series, day, THURSDAY)


def test_a_day_of_another_persons_series_is_not_found_under_ones_own(session, cast, series):
    hers = _begin(session, cast, name="lena")
    with pytest.raises(NotFound):
        _move(session, cast, hers, TUESDAY, THURSDAY, version=1)
    session.rollback()
    with pytest.raises(NotFound):
        coming.find_planned(
            session, cast.dana, cast.marcus, occurrence_id(hers.id, TUESDAY + 7 * DAY), now=MONDAY, today=TODAY
        )


# ---- changed and ended ----------------------------------------------------------------------------------------------


def test_a_change_lets_another_pattern_go_on_and_keeps_what_was(session, cast, series):
    daily = Pattern(Repeat.DAILY, THURSDAY, AT)
    changed = recurring.change_series(
        session, cast.dana, series.id, daily, version=1, minutes=15, now=LATER, today=TODAY
    )
    session.commit()
    assert (series.ended_at, series.ended_by) == (LATER, cast.dana.id)
    assert [row.closing for row in _rows(session)] == [Closing.REPLACED, None]
    assert _days(session, cast)[:2] == [THURSDAY, THURSDAY + DAY]
    with pytest.raises(Stale):
        recurring.change_series(session, cast.dana, series.id, daily, version=1, now=LATER, today=TODAY)
    session.rollback()
    assert visits.find_series(session, cast.dana, cast.marcus) == changed


def test_a_change_cannot_begin_behind_us(session, cast, series):
    with pytest.raises(Refused, match="What lies behind us stays as it was"):
        recurring.change_series(
            session,
            cast.dana,
            series.id,
            replace(TUESDAYS, starts_on=TODAY - 7 * DAY),
            version=1,
            now=LATER,
            today=TODAY,
        )


def test_an_end_calls_off_what_is_ahead_alone_and_is_taken_back(session, cast, series):
    late = _moment(TUESDAY + DAY, dt.time(9))
    _move(session, cast, series, TUESDAY + 7 * DAY, TUESDAY + 9 * DAY, now=late)
    recurring.end_series(session, cast.dana, series.id, now=late, today=TUESDAY + DAY)
    session.commit()
    assert [(row.planned_on, row.closing) for row in _rows(session)] == [
        (TUESDAY, None),  # it still waits for a word
        (TUESDAY + 9 * DAY, Closing.CANCELLED),
    ]
    assert _days(session, cast, late) == []
    recurring.resume_series(session, cast.dana, series.id, now=late, today=TUESDAY + DAY)
    session.commit()
    assert _days(session, cast, late)[:2] == [TUESDAY + 9 * DAY, TUESDAY + 14 * DAY]


def test_an_end_is_not_taken_back_once_another_has_begun(session, cast, series):
    recurring.end_series(session, cast.dana, series.id, now=MONDAY, today=TODAY)
    _begin(session, cast, now=LATER)
    with pytest.raises(Refused, match="Something else was planned meanwhile"):
        recurring.resume_series(session, cast.dana, series.id, now=LATER, today=TODAY)


def test_one_series_goes_on_at_a_time_also_in_the_database(session, cast, series):
    session.add(
        VisitSeries(
            id=uuid.uuid4(),
            client_id=cast.marcus,
            repeat=Repeat.DAILY,
            starts_on=TODAY,
            every=1,
            weekdays=0,
            month_day=0,
            nth=0,
            made_at=MONDAY,
            made_by=cast.dana.id,
        )
    )
    with pytest.raises(sa.exc.IntegrityError):
        session.flush()
    session.rollback()


@pytest.mark.parametrize("name", ["imani", "chris", "omar", "admin", "marcus", "hana"])
def test_another_persons_series_is_not_found(session, cast, series, name):
    identity = cast.staff.get(name) or cast.accounts[name]
    for act in (
        lambda: recurring.begin_series(session, identity, cast.marcus, TUESDAYS, now=MONDAY, today=TODAY),
        lambda: recurring.change_series(session, identity, series.id, TUESDAYS, version=1, now=MONDAY, today=TODAY),
        lambda: recurring.end_series(session, identity, series.id, now=MONDAY, today=TODAY),
        lambda: recurring.resume_series(session, identity, series.id, now=MONDAY, today=TODAY),
    ):
        with pytest.raises(NotFound):
            act()
        session.rollback()
    assert (_rows(session)[0].version, session.get(VisitSeries, series.id).ended_at) == (1, None)


def test_every_act_leaves_its_event(session, cast, series):
    _move(session, cast, series, TUESDAY, THURSDAY, version=1)
    recurring.end_series(session, cast.dana, series.id, now=LATER, today=TODAY)
    session.commit()
    found = sa.select(AuditEntry.event).where(AuditEntry.event.in_(list(Event))).order_by(AuditEntry.id)
    events = [event for event in session.scalars(found) if event.startswith(("visit:", "series:"))]
    assert events == [Event.SERIES_BEGUN, Event.VISIT_PLANNED, Event.VISIT_MOVED, Event.SERIES_ENDED]


# ---- both sides, and at the same time --------------------------------------------------------------------------------


def test_who_called_it_off_and_what_follows_is_kept_until_something_new_is_planned(session, cast, series):
    coming.call_off(
        session,
        cast.accounts["marcus"],
        cast.marcus,
        occurrence_id(series.id, TUESDAY),
        off_by=Side.PERSON,
        then=Then.ANOTHER,
        now=MONDAY,
        today=TODAY,
    )
    session.commit()
    off = _calendar(session, cast).off
    assert (off.on, off.by, off.then) == (TUESDAY, Side.PERSON, Then.ANOTHER)
    assert _known(session, cast, since=TODAY).off == off
    visits.plan_visit(session, cast.dana, cast.marcus, planned_on=THURSDAY, now=LATER, today=TODAY)
    session.commit()
    assert _calendar(session, cast).off is None
    assert _known(session, cast, since=TODAY).off is None


@pytest.mark.parametrize(
    ("hour", "minutes", "zone", "hints"),
    [
        (dt.time(14), 30, "", []),
        (dt.time(14), 31, "", ["You see Lena at 2:00 pm that day."]),
        (dt.time(15, 14), None, "", ["You see Lena at 3:14 pm that day."]),
        (dt.time(15, 15), None, "", []),
        (dt.time(14, 30), 15, "America/Chicago", []),
        (dt.time(13, 30), 15, "America/Chicago", ["You see Lena at 2:30 pm that day."]),
        (None, None, "", []),
    ],
)
@pytest.mark.parametrize("again", [False, True])
def test_whom_one_sees_at_that_time_is_a_hint(session, cast, series, hour, minutes, zone, hints, again):
    session.execute(sa.update(Client).where(Client.id == cast.lena).values(zone=zone))
    if again:
        _begin(session, cast, replace(TUESDAYS, hour=hour), "lena", minutes=minutes)
    else:
        visits.plan_visit(
            session, cast.dana, cast.lena, planned_on=TUESDAY, hour=hour, minutes=minutes, now=MONDAY, today=TODAY
        )
    session.commit()
    for planned in _calendar(session, cast).coming[: 2 if again else 1]:
        found = clashes.list_clashes(session, cast.dana, cast.marcus, planned, zone=HOME)
        assert [str(hint) for hint in found] == hints


def test_the_hint_is_about_ones_own_people_alone(session, cast, series):
    planned = _calendar(session, cast).coming[0]
    visits.plan_visit(session, cast.imani, cast.aisha, planned_on=TUESDAY, hour=AT, now=MONDAY, today=TODAY)
    session.commit()
    for identity in (cast.dana, cast.ruth, cast.imani):
        assert clashes.list_clashes(session, identity, cast.marcus, planned, zone=HOME) == []


def _away(session, cast, who, cover, first, last):
    leaving.set_away(
        session, cast.ruth, who.id, cover_id=cover.id if cover else None, from_on=first, until_on=last, zone=HOME,
        now=MONDAY, today=TODAY,
    )  # fmt: skip
    session.commit()


@pytest.mark.parametrize(
    ("cover_days", "on", "hints"),
    [
        ((TODAY, TUESDAY), TUESDAY, ["You see Aisha at 2:30 pm that day."]),
        ((TODAY, TODAY), TUESDAY, []),
        ((TUESDAY, THURSDAY), TUESDAY, ["That day you look after Imani’s people, too."]),
    ],
)
def test_whom_one_looks_after_that_day_counts_as_ones_own(session, cast, series, cover_days, on, hints):
    visits.plan_visit(session, cast.imani, cast.aisha, planned_on=on, hour=AT, now=MONDAY, today=TODAY)
    _away(session, cast, cast.imani, cast.dana, *cover_days)
    planned = _calendar(session, cast).coming[0]
    dana = replace(cast.dana, now=MONDAY)
    assert [str(hint) for hint in clashes.list_clashes(session, dana, cast.marcus, planned, zone=HOME)] == hints


def test_who_plans_in_somebodys_place_is_told_where_their_coach_is_back_by_then(session, cast, series):
    _away(session, cast, cast.dana, cast.imani, TODAY, TUESDAY)
    visits.plan_visit(session, cast.imani, cast.aisha, planned_on=TUESDAY, hour=AT, now=MONDAY, today=TODAY)
    imani = replace(cast.imani, now=MONDAY)
    first, second = _calendar(session, cast).coming[:2]
    for planned, hints in (
        (first, ["You see Aisha at 2:30 pm that day."]),
        (second, ["Their own coach is back by then."]),
    ):
        assert [str(hint) for hint in clashes.list_clashes(session, imani, cast.marcus, planned, zone=HOME)] == hints


@pytest.mark.parametrize(
    ("cover", "words"),
    [
        ("ruth", "Their own coach is away that day. Ruth looks after their people."),
        ("", "Their own coach is away that day, and nobody looks after their people yet."),
    ],
)
def test_who_plans_in_somebodys_place_is_told_where_their_coach_is_away_again_by_then(
    session, cast, series, cover, words
):
    _away(session, cast, cast.dana, cast.imani, TODAY, TUESDAY)
    planned = _calendar(session, cast).coming[1]
    _away(session, cast, cast.dana, cast.staff[cover] if cover else None, planned.on, planned.on)
    imani = replace(cast.imani, now=MONDAY)
    hints = clashes.list_clashes(session, imani, cast.marcus, planned, zone=HOME)
    assert [str(hint) for hint in hints] == [words]


@pytest.mark.parametrize("covered", [True, False])
def test_who_is_away_themself_is_told(session, cast, series, covered):
    _away(session, cast, cast.dana, cast.imani if covered else None, TUESDAY, TUESDAY)
    planned = _calendar(session, cast).coming[0]
    words = "You are away that day. Imani looks after your people." if covered else "You are away that day."
    assert [str(hint) for hint in clashes.list_clashes(session, cast.dana, cast.marcus, planned, zone=HOME)] == [words]


def test_the_hint_says_nothing_of_those_with_whom_coaching_has_ended(session, cast, series):
    planned = _calendar(session, cast).coming[0]
    _begin(session, cast, name="lena")
    hints = clashes.list_clashes(session, cast.dana, cast.marcus, planned, zone=HOME)
    assert [str(hint) for hint in hints] == ["You see Lena at 2:30 pm that day."]
    episodes.close(session, cast.dana, cast.lena, ending=Ending.COMPLETED, now=MONDAY, today=TODAY)
    assert clashes.list_clashes(session, cast.dana, cast.marcus, planned, zone=HOME) == []


def test_the_record_asks_what_happened_only_while_coaching_goes_on(session, cast, series):
    later = MONDAY + 2 * DAY

    def opened():
        return record.open_header(
            session, cast.dana, cast.marcus, zone=HOME, reader=HOME, now=later, today=TODAY + 2 * DAY
        )

    assert opened().asked
    episodes.close(session, cast.dana, cast.marcus, ending=Ending.COMPLETED, now=MONDAY, today=TODAY)
    assert (opened().asked, opened().calendar.over) == (None, None)
