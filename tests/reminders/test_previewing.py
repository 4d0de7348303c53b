"""The dry run says what is then sent, and writes nothing."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from coachdesk import scheduler
from coachdesk.access import unscoped
from coachdesk.accounts.models import User
from coachdesk.clock import moment_of
from coachdesk.db import writing
from coachdesk.notify import Channel, Delivery, DeliveryState, Mailer, deliver
from coachdesk.reminders import choosing, planning, service
from coachdesk.reminders.models import DigestDay, LedgerDelivery, LedgerEntry, PlanMark
from coachdesk.reminders.prefs import Prefs
from tests.cast import MONDAY, TODAY, ZONE, Cast
from tests.reminders.life import Life

if TYPE_CHECKING:
    from tests.post import Post

EASTERN = ZoneInfo(ZONE)


def _at(day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
    return moment_of(day, dt.time(hour, minute), EASTERN)


def _predict(session: Any, now: dt.datetime, until: dt.datetime) -> Counter[tuple[str, Channel, int]]:
    found = planning.preview(session, now=now, until=until)
    session.rollback()
    return Counter((one.reader.email, one.channel, len(one.dues)) for one in found)


def _live_through(session: Any, clock: Any, post: Post, until: dt.datetime) -> Counter[tuple[str, Channel, int]]:
    """Plan and send, minute by minute where it matters, up to a moment; return what went out."""
    before = {row.id for row in session.scalars(sa.select(Delivery).where(Delivery.state == DeliveryState.SENT))}
    ways = {Channel.EMAIL: Mailer(post.url, "CoachDesk <desk@desk.example>", "https://desk.example")}
    while clock.now() <= until:
        with writing():
            planning.plan(session, now=clock.now())
        deliver(session, ways, claimant=uuid.uuid4(), clock=clock.now, still_wanted=planning.still_wanted)
        clock.move(minutes=15)
    session.expire_all()
    sent = [
        row
        for row in session.scalars(sa.select(Delivery).where(Delivery.state == DeliveryState.SENT))
        if row.id not in before
    ]
    links = sa.select(LedgerDelivery.delivery_id, sa.func.count()).group_by(LedgerDelivery.delivery_id)
    counts = {row[0]: row[1] for row in session.execute(unscoped(links, because="a test"))}
    emails = {user.id: user.email for user in session.scalars(sa.select(User))}
    return Counter((emails[row.recipient_id], row.channel, counts[row.id]) for row in sent)


@pytest.mark.parametrize("seed", [3, 4])
def test_what_the_dry_run_says_of_tonight_is_what_goes_out(session, cast: Cast, clock, post, seed):
    """After some days of life, two days ahead: quiet hours, a message that waits already, hours, days and each."""
    life = Life(session, [cast.dana, cast.imani, cast.ruth], [cast.marcus, cast.lena, cast.aisha], seed=seed)
    ways = {Channel.EMAIL: Mailer(post.url, "CoachDesk <desk@desk.example>", "https://desk.example")}
    for _each in range(60):
        life.act(clock.now())
        clock.move(minutes=45)
        with writing():
            planning.plan(session, now=clock.now())
        deliver(session, ways, claimant=uuid.uuid4(), clock=clock.now, still_wanted=planning.still_wanted)
    session.execute(sa.update(User).values(active=True))
    now = _at(clock.now().astimezone(EASTERN).date(), 22, 15)
    clock.set(max(now, clock.now()))
    for _each in range(12):
        life.remind(clock.now())
    with writing():
        planning.plan(session, now=clock.now(), whole=True)
    until = clock.now() + dt.timedelta(hours=36)
    said = _predict(session, clock.now(), until)
    assert sum(said.values()) > 1
    assert _live_through(session, clock, post, until) == said


def test_a_message_held_back_by_quiet_hours_is_said_to_go_when_they_are_over(session, cast, clock, post):
    choosing.choose(session, cast.dana, Prefs(hour=dt.time(8)), version=1, now=MONDAY)
    service.set_reminder(
        session, cast.dana, cast.marcus, text="Ring", due_on=TODAY, hour=dt.time(22), zone=EASTERN, now=MONDAY
    )
    session.commit()
    clock.set(_at(TODAY, 21, 50))
    tomorrow = TODAY + dt.timedelta(days=1)
    found = planning.preview(session, now=clock.now(), until=_at(tomorrow, 7))
    said = {(one.channel, one.at) for one in found if one.reader.id == cast.dana.id}
    assert said == {(Channel.IN_APP, _at(TODAY, 22)), (Channel.EMAIL, _at(tomorrow, 7))}
    assert not [
        one
        for one in planning.preview(session, now=clock.now(), until=_at(tomorrow, 6, 59))
        if one.channel is Channel.EMAIL
    ]
    session.rollback()
    clock.set(_at(TODAY, 22))
    assert _live_through(session, clock, post, _at(tomorrow, 6, 59)) == {(cast.email("dana"), Channel.IN_APP, 1): 1}
    # It waits in the outbox now, and the dry run still says when it leaves.
    waits = planning.preview(session, now=clock.now(), until=_at(tomorrow, 7, 30))
    assert [(one.channel, one.at) for one in waits if one.reader.id == cast.dana.id] == [
        (Channel.EMAIL, _at(tomorrow, 7))
    ]


def test_the_dry_run_writes_nothing(session, cast, clock):
    clock.set(_at(dt.date(2026, 11, 25), 8))
    assert planning.preview(session, now=clock.now(), until=clock.now() + dt.timedelta(days=1))
    session.commit()
    for table in (LedgerEntry, Delivery, DigestDay, PlanMark):
        assert session.scalar(sa.select(sa.func.count()).select_from(table)) == 0


def test_the_command_names_readers_and_reasons_and_nobody_else(app, session, cast, clock):
    service.set_reminder(
        session, cast.dana, cast.marcus, text="Ask about the interview", due_on=TODAY, zone=EASTERN, now=MONDAY
    )
    session.commit()
    clock.set(_at(dt.date(2026, 11, 25), 8))
    session.rollback()
    lines = scheduler.remind(app, dry_run=True, until=clock.now())
    to_dana = f"Wed 25 Nov, 08:00  Dana Osei <{cast.email('dana')}> by email: a reminder (2); a reminder set by hand"
    assert [line for line in lines if line.startswith(to_dana)]
    assert not [line for line in lines if "Marcus" in line or "interview" in line or "Lena" in line]


@pytest.mark.parametrize(
    ("text", "found"),
    [("23:30", "2026-11-24 04:30"), ("06:00", "2026-11-24 11:00"), ("2026-11-30 06:00", "2026-11-30 11:00")],
)
def test_how_far_a_dry_run_looks_is_an_hour_or_a_day_within_a_week_and_an_hour(app, session, cast, text, found):
    session.rollback()
    assert f"{scheduler.until_of(app, text):%Y-%m-%d %H:%M}" == found


@pytest.mark.parametrize(
    "text", ["", "soon", "25:00", "2026-11-22 06:00", "2026-11-23 06:00", "2026-12-01 06:00", "9999-12-31 23:00"]
)
def test_what_lies_behind_or_too_far_ahead_is_no_end_of_a_dry_run(app, session, cast, text):
    session.rollback()
    with pytest.raises(ValueError, match=r"\S|^$"):
        scheduler.until_of(app, text)
