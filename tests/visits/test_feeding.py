"""What somebody's own calendar is given: whose hours, which of them, and for how long its address is answered."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from coachdesk.access import Assignment, Restriction, RestrictionKind
from coachdesk.accounts import leaving
from coachdesk.accounts.models import User
from coachdesk.checkins import service as checkins
from coachdesk.clients import episodes
from coachdesk.clients.models import Client
from coachdesk.clients.rules import Ending
from coachdesk.clock import moment_of
from coachdesk.organisation.models import Organisation
from coachdesk.visits import coming as planned
from coachdesk.visits import recurring, service
from coachdesk.visits.models import CalendarFeed
from coachdesk.visits.rules import Channel, Pattern, Repeat, Side, Then
from tests.access.helpers import break_glass, hand_over
from tests.cast import MONDAY, TODAY, ZONE
from tests.visits.calendars import Shown, ask, coming, entries, make, shown

DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
WHEN: dict[str, Any] = {"now": MONDAY, "today": TODAY}
WEEKLY = Pattern(Repeat.WEEKLY, TODAY + DAY, hour=dt.time(10), weekdays=frozenset([1]))


def at(day, hour, zone=ZONE):
    return moment_of(day, dt.time(hour), ZoneInfo(zone))


def plan(session, cast, name="marcus", days=1, hour=14, **more):
    by = cast.chris if name == "hana" else cast.imani if name == "aisha" else cast.dana
    made = service.plan_visit(
        session,
        by,
        cast.people[name],
        planned_on=TODAY + days * DAY,
        hour=dt.time(hour) if hour is not None else None,
        **more,
        **WHEN,
    )
    session.commit()
    return made


def whole(session, app, identity):
    found = ask(app, make(session, identity, MONDAY))
    assert found.status_code == 200
    return found.get_data(as_text=True)


# ---- which hours ----------------------------------------------------------------------------------------------------


def test_an_hour_and_a_day_without_one_stand_there_with_their_length(app, session, cast):
    plan(session, cast, "marcus", days=1, hour=14, minutes=45)
    plan(session, cast, "lena", days=2, hour=None)
    tomorrow = TODAY + DAY
    assert shown(whole(session, app, cast.dana)) == [
        Shown(tomorrow, at(tomorrow, 14), 45),
        Shown(TODAY + 2 * DAY, None, 0),
    ]


def test_without_a_length_it_is_half_an_hour(app, session, cast):
    plan(session, cast)
    assert [one.minutes for one in shown(whole(session, app, cast.dana))] == [30]


def test_an_hour_where_the_person_is_stands_by_the_clock_of_the_house(app, session, cast):
    session.execute(sa.update(Client).where(Client.id == cast.marcus).values(zone="Asia/Kathmandu"))
    plan(session, cast, days=3, hour=8)
    text = whole(session, app, cast.dana)
    assert shown(text) == [Shown(TODAY + 2 * DAY, at(TODAY + 3 * DAY, 8, "Asia/Kathmandu"), 30)]
    assert "Kathmandu" not in text
    assert f"DTSTART;TZID={ZONE}:20261125T211500" in text


def test_a_series_stands_there_day_by_day_up_to_half_a_year_and_keeps_its_hour(app, session, cast):
    recurring.begin_series(session, cast.dana, cast.marcus, WEEKLY, minutes=60, **WHEN)
    session.commit()
    found = coming(whole(session, app, cast.dana))
    last = TODAY + 180 * DAY
    assert [one.on for one in found] == [
        TODAY + DAY + 7 * n * DAY for n in range(26) if TODAY + DAY + 7 * n * DAY <= last
    ]
    moments = [one.at for one in found if one.at]
    assert len(moments) == len(found)
    assert {moment.astimezone(ZoneInfo(ZONE)).time() for moment in moments} == {dt.time(10)}
    assert {moment.hour for moment in moments} == {14, 15}  # the clocks change in between


def test_a_moved_day_stands_where_it_was_moved_to_under_the_id_it_had(app, session, cast):
    recurring.begin_series(session, cast.dana, cast.marcus, WEEKLY, **WHEN)
    session.commit()
    path = make(session, cast.dana, MONDAY)
    before = entries(ask(app, path).data)
    third = planned.open_calendar(session, cast.dana, cast.marcus, zone=ZoneInfo(ZONE), **WHEN).coming[2]
    moved = planned.move_visit(
        session,
        cast.dana,
        cast.marcus,
        third.id,
        planned_on=third.on + DAY,
        hour=dt.time(16),
        version=third.version,
        **WHEN,
    )
    session.commit()
    after = entries(ask(app, path).data)
    assert before.keys() == after.keys()
    changed = {key for key in after if after[key]["dtstart"].dt != before[key]["dtstart"].dt}
    (key,) = changed
    assert after[key]["dtstart"].dt == dt.datetime.combine(third.on + DAY, dt.time(16), tzinfo=ZoneInfo(ZONE))
    assert (before[key]["sequence"], after[key]["sequence"]) == (0, moved.version)
    assert moved.version > 0


def test_what_is_called_off_is_said_to_be_and_planned_again_it_is_back_with_a_higher_number(app, session, cast):
    visit = plan(session, cast)
    path = make(session, cast.dana, MONDAY)
    (first,) = entries(ask(app, path).data).values()
    planned.call_off(
        session, cast.accounts["marcus"], cast.marcus, visit.id, off_by=Side.PERSON, then=Then.ANOTHER, **WHEN
    )
    session.commit()
    (second,) = entries(ask(app, path).data).values()
    planned.take_back(session, cast.accounts["marcus"], cast.marcus, visit.id, **WHEN)
    session.commit()
    (third,) = entries(ask(app, path).data).values()
    assert [one["status"] for one in (first, second, third)] == ["CONFIRMED", "CANCELLED", "CONFIRMED"]
    assert first["sequence"] < second["sequence"] < third["sequence"]
    assert first["uid"] == second["uid"] == third["uid"]


def test_what_gave_way_to_another_plan_is_gone(app, session, cast):
    plan(session, cast, days=1)
    plan(session, cast, days=4)
    assert [one.on for one in shown(whole(session, app, cast.dana))] == [TODAY + 4 * DAY]


def test_a_check_in_leaves_what_was_met_and_lets_go_of_what_was_ahead(app, session, cast, clock):
    plan(session, cast, "marcus", days=0, hour=11)
    plan(session, cast, "lena", days=0, hour=17)
    for name in ("marcus", "lena"):
        checkins.log_checkin(
            session,
            cast.dana,
            cast.people[name],
            channel=Channel.CALL,
            held_on=TODAY,
            next_on=TODAY + 7 * DAY,
            now=MONDAY + 3 * HOUR,
            today=TODAY,
        )
    session.commit()
    clock.move(hours=4)
    # At 12:45 the hour of 11 had been; the one at 5 pm had not, and they had spoken already.
    assert [one.at for one in coming(whole(session, app, cast.dana)) if one.on == TODAY] == [at(TODAY, 11)]


def test_what_lies_behind_goes_after_thirty_days_and_what_lies_far_ahead_is_not_there_yet(app, session, cast, clock):
    plan(session, cast, "marcus", days=1)
    plan(session, cast, "lena", days=200)
    path = make(session, cast.dana, MONDAY)
    assert [one.on for one in shown(ask(app, path).data)] == [TODAY + DAY]
    clock.move(days=31)
    assert [one.on for one in shown(ask(app, path).data)] == [TODAY + DAY, TODAY + 200 * DAY]
    clock.move(days=1)
    assert [one.on for one in shown(ask(app, path).data)] == [TODAY + 200 * DAY]


def test_a_series_that_ended_leaves_what_was_over_by_then(app, session, cast, clock):
    series = recurring.begin_series(session, cast.dana, cast.marcus, WEEKLY, **WHEN)
    clock.move(days=9)
    later = TODAY + 9 * DAY
    recurring.end_series(session, cast.dana, series.id, now=MONDAY + 9 * DAY, today=later)
    session.commit()
    assert [one.on for one in coming(whole(session, app, cast.dana))] == [TODAY + DAY, TODAY + 8 * DAY]


def test_ids_are_of_nobodys_row_and_two_calendars_have_none_in_common(app, session, cast):
    visit = plan(session, cast)
    hers, his = (set(entries(whole(session, app, one))) for one in (cast.dana, cast.accounts["marcus"]))
    assert len(hers) == len(his) == 1
    assert not hers & his
    assert str(visit.id) not in hers | his


def test_a_new_address_keeps_the_ids_so_that_nothing_stands_twice_in_a_calendar(app, session, cast):
    plan(session, cast)
    assert entries(whole(session, app, cast.dana)).keys() == entries(whole(session, app, cast.dana)).keys()


@pytest.mark.parametrize("gone", ["Atlantis/Poseidonis", "no zone", "../etc/passwd", ""])
def test_a_zone_that_is_no_more_breaks_nothing(app, session, cast, gone):
    plan(session, cast, hour=14)
    plan(session, cast, "lena", days=2, hour=None)
    session.execute(sa.update(Organisation).values(zone=gone))
    session.execute(sa.update(Client).values(zone=gone))
    session.commit()
    text = whole(session, app, cast.dana)
    assert "VTIMEZONE" not in text
    assert shown(text, "UTC") == [
        Shown(TODAY + DAY, dt.datetime(2026, 11, 24, 14, tzinfo=dt.UTC), 30),
        Shown(TODAY + 2 * DAY, None, 0),
    ]


# ---- whose ----------------------------------------------------------------------------------------------------------


def _days(session, app, identity):
    return [(one.on - TODAY).days for one in coming(whole(session, app, identity))]


@pytest.fixture
def each(session, cast):
    """Each of the four people is met on a day of their own."""
    for days, name in enumerate(("marcus", "lena", "aisha", "hana"), start=1):
        plan(session, cast, name, days=days)


def test_everybody_has_the_hours_of_those_they_walk_with_themselves(app, session, cast, each):
    assert _days(session, app, cast.dana) == [1, 2]
    assert _days(session, app, cast.imani) == [3]
    assert _days(session, app, cast.ruth) == []  # she supervises them, and walks with nobody
    assert _days(session, app, cast.accounts["marcus"]) == [1]
    assert _days(session, app, cast.accounts["hana"]) == [4]


def test_whoever_looks_after_somebodys_people_has_their_hours_while_it_lasts(app, session, cast, each, clock):
    leaving.set_away(
        session,
        cast.ruth,
        cast.dana.id,
        cover_id=cast.imani.id,
        from_on=TODAY,
        until_on=TODAY,
        zone=ZoneInfo(ZONE),
        **WHEN,
    )
    session.commit()
    path = make(session, cast.imani, MONDAY)
    assert len(entries(ask(app, path).data)) == 3
    clock.move(days=1)
    assert len(entries(ask(app, path).data)) == 1


def test_somebody_who_went_to_another_coach_goes_to_their_calendar(app, session, cast, each):
    paths = {name: make(session, cast.staff[name], MONDAY) for name in ("dana", "chris")}
    hand_over(session, cast, "marcus", "chris")
    assert {name: len(entries(ask(app, path).data)) for name, path in paths.items()} == {"dana": 1, "chris": 2}


def test_who_may_not_see_somebody_has_none_of_their_hours(app, session, cast, each):
    session.add(
        Restriction(
            client_id=cast.marcus,
            user_id=cast.dana.id,
            kind=RestrictionKind.KIN,
            started_at=MONDAY,
            started_by=cast.admin.id,
        )
    )
    session.commit()
    assert _days(session, app, cast.dana) == [2]


def test_a_record_that_is_open_in_an_emergency_is_in_no_calendar(app, session, cast, each):
    break_glass(session, cast, "omar", "marcus", last="Tell")
    assert _days(session, app, cast.omar) == []


def test_where_coaching_has_ended_nothing_of_it_is_left_on_either_side(app, session, cast, each):
    paths = [make(session, one, MONDAY) for one in (cast.dana, cast.accounts["marcus"])]
    episodes.close(session, cast.dana, cast.marcus, ending=Ending.COMPLETED, **WHEN)
    session.commit()
    assert [len(entries(ask(app, path).data)) for path in paths] == [1, 0]


# ---- how long the address is answered -------------------------------------------------------------------------------


def test_an_account_that_is_switched_off_has_no_calendar(app, session, cast, each):
    path = make(session, cast.dana, MONDAY)
    session.execute(sa.update(User).where(User.id == cast.dana.id).values(active=False))
    session.commit()
    assert ask(app, path).status_code == 404


def test_whoever_walks_with_nobody_any_more_by_their_role_has_no_calendar(app, session, cast, each):
    path = make(session, cast.dana, MONDAY)
    session.execute(sa.update(User).where(User.id == cast.dana.id).values(role_name="administrator"))
    session.commit()
    assert ask(app, path).status_code == 404


def test_a_coach_who_became_a_supervisor_keeps_their_own_and_gets_no_others(app, session, cast, each):
    path = make(session, cast.dana, MONDAY)
    session.execute(sa.update(User).where(User.id == cast.dana.id).values(role_name="supervisor"))
    session.commit()
    assert [(one.on - TODAY).days for one in shown(ask(app, path).data)] == [1, 2]
    session.execute(sa.update(Assignment).where(Assignment.coach_id == cast.dana.id).values(ended_at=MONDAY))
    session.commit()
    assert shown(ask(app, path).data) == []


def test_a_new_address_to_sign_in_with_ends_the_one_of_the_calendar(app, session, cast, each, reader):
    """Somebody else may have been let into the old mailbox, and may have made it."""
    path = make(session, cast.accounts["marcus"], MONDAY)
    session.execute(
        sa.update(User).where(User.id == cast.accounts["marcus"].id).values(email="marcus.tell@cast.example")
    )
    session.commit()
    assert ask(app, path).status_code == 404
    new = make(session, cast.accounts["marcus"], MONDAY)
    assert ask(app, new).status_code == 200


def test_only_a_digest_of_an_address_is_kept_and_it_is_long_enough_not_to_be_guessed(session, cast):
    path = make(session, cast.dana, MONDAY)
    token = path.removeprefix("/calendar/").removesuffix(".ics")
    assert len(token) >= 43  # 256 bits
    row = session.execute(sa.select(CalendarFeed.__table__)).one()
    assert token not in str(tuple(row))


def test_where_they_meet_is_not_even_read(app, session, cast):
    plan(session, cast, place="The blue house")
    recurring.begin_series(session, cast.dana, cast.lena, WEEKLY, place="The blue house", **WHEN)
    path = make(session, cast.dana, MONDAY)
    for table in ("visit", "visit_series"):
        session.execute(sa.text(f"UPDATE {table} SET place = 'sealed with a key that is gone'"))  # noqa: S608
    session.commit()
    session.expunge_all()
    assert ask(app, path).status_code == 200
