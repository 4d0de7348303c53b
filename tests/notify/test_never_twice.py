"""What left is never sent again, whatever the database or the clock does meanwhile."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from apscheduler.schedulers.background import BackgroundScheduler

from coachdesk import scheduler
from coachdesk.clock import SystemClock
from coachdesk.db import writing
from coachdesk.notify import (
    GO,
    Channel,
    Delivery,
    DeliveryState,
    Held,
    Mailer,
    Message,
    Notice,
    Problem,
    Topic,
    Verdict,
    claiming,
    enqueue,
    inhand,
    mending,
)
from coachdesk.notify.claiming import claim
from coachdesk.notify.line import WHOLE
from coachdesk.notify.mending import APART, LEASE
from coachdesk.notify.pauses import LONGEST_PAUSE, SPREAD
from coachdesk.notify.withdrawing import restore, withdraw
from tests.notify.helpers import (
    MAIL,
    Pen,
    queue_keys,
    rows,
    send_by,
)

if TYPE_CHECKING:
    from coachdesk.clock import FixedClock
    from tests.cast import Cast

# ---- what left is never sent again --------------------------------------------------------------------------------------


def refuse_to_mark(session: Any, times: int) -> list[str]:
    """Let the database be away so often when it is told that something was sent."""
    refused: list[str] = []

    def away(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.startswith("UPDATE delivery") and "sent_at" in statement and len(refused) < times:
            refused.append(statement)
            raise sa.exc.OperationalError(statement, {}, ConnectionError())

    sa.event.listen(session.get_bind(), "before_cursor_execute", away)
    return refused


def test_what_left_while_the_database_was_away_is_marked_when_it_is_back_and_not_put_off(
    session: Any, cast: Cast, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inhand, "AGAIN", 0.01)
    queue_keys(session, cast, clock.now(), "a")
    refused, pen = refuse_to_mark(session, 3), Pen()
    assert send_by(session, clock, pen) == 1
    assert (len(refused), pen.sent) == (3, ["a"])
    assert [(row.state, row.attempts) for row in rows(session).values()] == [(DeliveryState.SENT, 1)]
    clock.move(days=1)
    assert send_by(session, clock, pen) == 0


def test_an_answer_that_cannot_be_counted_ends_no_round_and_sends_nothing_anew(
    session: Any, cast: Cast, clock: FixedClock
) -> None:
    def nobody_counts(on_session: Any, *_told: Any) -> None:
        on_session.execute(sa.text("SELECT nothing FROM nowhere"))

    queue_keys(session, cast, clock.now(), "a", "b")
    pen = Pen()
    assert send_by(session, clock, pen, answered=nobody_counts) == 2
    assert sorted(pen.sent) == ["a", "b"]
    assert {row.state for row in rows(session).values()} == {DeliveryState.SENT}
    assert send_by(session, clock, pen) == 0


def test_an_answer_is_counted_once_the_database_is_no_longer_busy(
    session: Any, cast: Cast, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inhand, "AGAIN", 0.01)
    heard: list[str] = []

    def counts(on_session: Any, delivery: Delivery, *_told: Any) -> None:
        heard.append(delivery.key)
        if len(heard) < 3:
            raise sa.exc.OperationalError("UPDATE", {}, Exception("database is locked"))
        on_session.execute(sa.text("SELECT 1"))

    queue_keys(session, cast, clock.now(), "a")
    assert send_by(session, clock, Pen(), answered=counts) == 1
    assert heard == ["a", "a", "a"]


def test_what_left_and_can_never_be_marked_keeps_its_claim_and_ends_the_round(
    session: Any, cast: Cast, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inhand, "AGAIN", 0.01)
    monkeypatch.setattr(claiming, "LEASE", dt.timedelta(seconds=WHOLE + 0.3))
    queue_keys(session, cast, clock.now(), "a", "b")
    refuse_to_mark(session, 10_000)
    pen = Pen(lambda: monkeypatch.setattr(time, "monotonic", lambda: began + WHOLE + 1))
    began = time.monotonic()
    with pytest.raises(inhand.Unmarked):
        send_by(session, clock, pen)
    states = {row.state for row in rows(session).values()}
    assert (len(pen.sent), states) == (1, {DeliveryState.SENDING, DeliveryState.WAITING})


@pytest.mark.parametrize("jump", [dt.timedelta(hours=1), dt.timedelta(days=3)], ids=["an hour", "a long sleep"])
def test_a_clock_that_jumps_while_a_mail_is_on_its_way_sends_it_no_second_time(
    session: Any, cast: Cast, clock: FixedClock, jump: dt.timedelta
) -> None:
    queue_keys(session, cast, clock.now(), "a")

    def jumps() -> None:
        clock.set(clock.now() + jump)
        mending.mend(session, now=clock.now())  # the job of another channel, which looks what was left behind
        assert rows(session)["a"].state is DeliveryState.WAITING

    pen = Pen(jumps)
    assert send_by(session, clock, pen) == 1
    assert rows(session)["a"].state is DeliveryState.SENT
    clock.move(days=1)
    assert (send_by(session, clock, pen), pen.sent) == (0, ["a"])


def test_who_has_it_anew_after_a_clock_jumped_is_who_says_what_came_of_it(
    session: Any, cast: Cast, clock: FixedClock
) -> None:
    queue_keys(session, cast, clock.now(), "a")

    def jumps() -> None:
        clock.move(hours=1)
        mending.mend(session, now=clock.now())
        assert claiming.claim(session, MAIL, claimant=uuid.uuid4(), now=clock.now())

    assert send_by(session, clock, Pen(jumps)) == 0
    assert rows(session)["a"].state is DeliveryState.SENDING


def test_a_machine_whose_clock_is_a_minute_ahead_takes_nothing_from_one_that_is_sending(
    session: Any, cast: Cast, clock: FixedClock
) -> None:
    queue_keys(session, cast, clock.now(), "a")
    assert claiming.claim(session, MAIL, claimant=uuid.uuid4(), now=clock.now())
    clock.move(seconds=(LEASE + APART).total_seconds())  # its last second of sending, as the other sees it
    pen = Pen()
    assert send_by(session, clock, pen) == 0
    clock.move(seconds=1)
    assert send_by(session, clock, pen) == 1


def test_a_notice_that_is_withdrawn_while_it_is_in_hand_is_not_written(
    session: Any, cast: Cast, clock: FixedClock
) -> None:
    queue_keys(session, cast, clock.now(), "n", channel=Channel.IN_APP)

    def withdrawn(session: Any, delivery: Delivery, now: dt.datetime) -> Any:
        with writing():
            session.commit()
            withdraw(session, [delivery.key], now=now)
            session.commit()
        return GO

    assert send_by(session, clock, None, wanted=withdrawn) == 0
    assert [(row.state, row.held) for row in rows(session).values()] == [(DeliveryState.SKIPPED, Held.NOT_DUE)]
    assert session.scalar(sa.select(sa.func.count()).select_from(Notice)) == 0


def test_what_is_put_back_leaves_at_the_moment_it_was_planned_for_and_what_is_late_at_once(
    session: Any, cast: Cast, clock: FixedClock
) -> None:
    monday = clock.now() + dt.timedelta(days=2)
    queue_keys(session, cast, clock.now(), "ahead", not_before=monday)
    queue_keys(session, cast, clock.now(), "late")
    keys = ["ahead", "late"]
    taken_at = clock.now()
    clock.move(minutes=5)
    with writing():
        withdraw(session, keys, now=taken_at)
        restore(session, keys, taken_at=taken_at, now=clock.now())
        session.commit()
    assert {key: row.not_before for key, row in rows(session).items()} == {"ahead": monday, "late": clock.now()}
    pen = Pen()
    assert send_by(session, clock, pen) == 1
    clock.set(monday)
    assert send_by(session, clock, pen) == 1
    assert pen.sent == ["late", "ahead"]


# ---- the clock is put back ----------------------------------------------------------------------------------------------


def test_a_clock_that_is_put_back_two_hours_sends_nothing_twice_and_leaves_nothing_behind(
    session: Any, cast: Cast, clock: FixedClock
) -> None:
    right, pen = clock.now(), Pen()
    clock.move(hours=2)
    queue_keys(session, cast, clock.now(), "sent")
    assert send_by(session, clock, pen) == 1
    queue_keys(session, cast, clock.now(), "held by somebody")
    assert claim(session, MAIL, claimant=uuid.uuid4(), now=clock.now())
    queue_keys(session, cast, clock.now(), "put off")
    assert send_by(session, clock, Mailer("smtp://127.0.0.1:1", "desk@mail.example", "https://desk.example")) == 0
    queue_keys(session, cast, clock.now(), "new")
    enqueue(
        session,
        Message(
            key="in an hour",
            topic=Topic.REMINDERS,
            channel=MAIL,
            recipient_id=cast.dana.id,
            address="a@b.example",
            not_before=clock.now() + dt.timedelta(hours=1),
        ),
        now=clock.now(),
    )
    session.commit()
    clock.set(right)
    assert send_by(session, clock, pen) == 1
    assert pen.sent == ["sent", "new"]
    clock.move(seconds=(LEASE + APART).total_seconds() + 1)
    assert send_by(session, clock, pen) == 1  # whose claim has run out waits as after any try
    clock.move(minutes=1)
    assert send_by(session, clock, pen) == 1
    assert sorted(pen.sent[2:]) == ["held by somebody", "put off"]
    clock.set(right + dt.timedelta(hours=1))
    assert send_by(session, clock, pen) == 1
    clock.move(days=1)
    assert send_by(session, clock, pen) == 0
    assert {row.state for row in rows(session).values()} == {DeliveryState.SENT}


def test_whoever_sends_while_the_clock_is_put_back_is_not_overtaken(session: Any, cast: Cast, clock: FixedClock):
    right = clock.now()
    clock.move(hours=2)
    queue_keys(session, cast, clock.now(), "one")
    pen, other = Pen(), Pen()

    class Slow(Pen):
        def send(self, delivery: Delivery) -> Problem | None:
            clock.set(right)
            send_by(session, clock, other)
            clock.move(seconds=WHOLE)
            send_by(session, clock, other)
            return pen.send(delivery)

    assert send_by(session, clock, Slow()) == 1
    assert (pen.sent, other.sent) == (["one"], [])
    assert rows(session)["one"].state is DeliveryState.SENT


def test_what_was_put_off_for_an_hour_is_not_hurried(session: Any, cast: Cast, clock: FixedClock):
    queue_keys(session, cast, clock.now(), "a")
    longest = clock.now() + LONGEST_PAUSE * (1 + SPREAD)
    session.execute(sa.update(Delivery).values(attempts=20, not_before=longest))
    session.commit()
    assert send_by(session, clock, Pen()) == 0
    assert rows(session)["a"].not_before == longest


def test_what_is_held_until_its_hour_keeps_it_when_the_clock_is_put_back(session: Any, cast: Cast, clock: FixedClock):
    queue_keys(session, cast, clock.now(), "a")
    until = clock.now() + dt.timedelta(hours=30)
    send_by(session, clock, Pen(), wanted=lambda *_asked: Verdict(Held.QUIET, until))
    clock.move(hours=-2)
    send_by(session, clock, Pen())
    row = rows(session)["a"]
    assert (row.not_before, row.held) == (until, Held.QUIET)


def test_jobs_whose_turn_a_clock_put_back_would_put_off_begin_now(app: Any) -> None:
    ticker = BackgroundScheduler(timezone="UTC")
    ticker.start(paused=True)
    now = SystemClock().now()
    try:
        for name, seconds, job in scheduler.TIMETABLE:
            turn = now + dt.timedelta(seconds=seconds)
            ticker.add_job(job, "interval", seconds=seconds, args=(app,), id=name, next_run_time=turn)
        before = {job.id: job.next_run_time for job in ticker.get_jobs()}
        scheduler.catch_up(ticker, now=now)
        assert {job.id: job.next_run_time for job in ticker.get_jobs()} == before
        back = now - dt.timedelta(hours=2)
        scheduler.catch_up(ticker, now=back)
        assert {job.next_run_time for job in ticker.get_jobs()} == {back}
    finally:
        ticker.shutdown(wait=False)
