"""The engine under trouble: a server that never ends, a clock that is put back, a stop in the middle, people who leave."""

from __future__ import annotations

import datetime as dt
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from apscheduler.schedulers.background import BackgroundScheduler

from coachdesk import scheduler
from coachdesk.access import Assignment
from coachdesk.accounts.models import User
from coachdesk.clock import SystemClock, moment_of
from coachdesk.db import writing
from coachdesk.notify import (
    GO,
    SUBJECT,
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
    channels,
    deliver,
    enqueue,
)
from coachdesk.notify.claiming import claim
from coachdesk.notify.line import ANSWER, TAKING, WHOLE
from coachdesk.notify.mending import APART, LEASE
from coachdesk.notify.pauses import LONGEST_PAUSE, SPREAD
from coachdesk.reminders import planning, service
from coachdesk.reminders.ahead import Ahead
from coachdesk.reminders.models import Reminder
from tests.cast import MONDAY, TODAY
from tests.conftest import KEYS
from tests.post import Post
from tests.reminders.test_planning import EASTERN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from coachdesk.clock import FixedClock
    from tests.cast import Cast

MAIL = Channel.EMAIL


class Pen:
    """A way out that writes down what it was given."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send(self, delivery: Delivery) -> Problem | None:
        self.sent.append(delivery.key)
        return None


def queue(session: Any, cast: Cast, now: dt.datetime, *keys: str, channel: Channel = MAIL, **more: Any) -> None:
    for key in keys:
        usual = {"topic": Topic.REMINDERS, "recipient_id": cast.dana.id, "subject": SUBJECT}
        enqueue(
            session, Message(key=key, channel=channel, **{**usual, "address": f"{key}@mail.example", **more}), now=now
        )
    session.commit()


def send(session: Any, clock: FixedClock, way: Any, wanted: Any = lambda *_asked: GO, **more: Any) -> int:
    ways = {MAIL: way} if way else {}
    return deliver(session, ways, claimant=uuid.uuid4(), clock=clock.now, still_wanted=wanted, **more)


def rows(session: Any) -> dict[str, Delivery]:
    session.rollback()
    return {row.key: row for row in session.scalars(sa.select(Delivery).execution_options(populate_existing=True))}


# ---- a server that never comes to an end --------------------------------------------------------------------------


class Dripping:
    """A server that says some lines, and then a letter now and then for ever."""

    def __init__(self, answers: tuple[bytes, ...], letter: bytes) -> None:
        self.answers, self.letter, self.heard = answers, letter, b""
        self.door = socket.create_server(("127.0.0.1", 0))
        self.url = f"smtp://127.0.0.1:{self.door.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        line, _where = self.door.accept()
        with suppress(OSError), self.door, line:
            for answer in self.answers:
                line.sendall(answer)
                self.heard += line.recv(9999)
            while True:
                line.sendall(self.letter)
                time.sleep(0.05)


HI, ENCRYPTS = b"220 hi\r\n", b"250-hi\r\n250 STARTTLS\r\n"
RECORD = b"220 go on\r\n", b"\x16\x03\x03\x40\x00"
"""The beginning of 16,384 bytes in which a server says hello; the rest of them never comes."""


@pytest.mark.parametrize(
    ("answers", "letter"),
    [((), b"2"), ((HI,), b"2"), ((HI, ENCRYPTS, *RECORD), b"\x02")],
    ids=["greeting", "hello", "encryption"],
)
def test_a_server_that_sends_a_letter_now_and_then_is_left_when_the_time_is_over(
    monkeypatch: pytest.MonkeyPatch, answers: tuple[bytes, ...], letter: bytes
) -> None:
    monkeypatch.setattr(channels, "WHOLE", 0.6)
    server, began = Dripping(answers, letter), time.monotonic()
    mail = Delivery(key="a", subject=SUBJECT, body="", path="/", address="a@b.example", created_at=MONDAY)
    problem = Mailer(server.url, "desk@mail.example", "https://desk.example").send(mail)
    assert problem
    assert problem.everybody
    assert 0.5 < time.monotonic() - began < 3
    assert b"MAIL" not in server.heard


def test_a_lease_outlasts_the_longest_send() -> None:
    """What each answer may take, added up, is more than a lease: so there is one bound over all of them."""
    connect, hello, encryption, name, sender, reader, content, taken = (ANSWER,) * 4 + (TAKING,) * 4
    assert connect + hello + encryption + name + sender + reader + content + taken > LEASE.total_seconds()
    assert LEASE.total_seconds() > WHOLE


# ---- the clock is put back ----------------------------------------------------------------------------------------


def test_a_clock_that_is_put_back_two_hours_sends_nothing_twice_and_leaves_nothing_behind(
    session: Any, cast: Cast, clock: FixedClock
) -> None:
    right, pen = clock.now(), Pen()
    clock.move(hours=2)
    queue(session, cast, clock.now(), "sent")
    assert send(session, clock, pen) == 1
    queue(session, cast, clock.now(), "held by somebody")
    assert claim(session, MAIL, claimant=uuid.uuid4(), now=clock.now())
    queue(session, cast, clock.now(), "put off")
    assert send(session, clock, Mailer("smtp://127.0.0.1:1", "desk@mail.example", "https://desk.example")) == 0
    queue(session, cast, clock.now(), "new")
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
    assert send(session, clock, pen) == 1
    assert pen.sent == ["sent", "new"]
    clock.move(seconds=(LEASE + APART).total_seconds() + 1)
    assert send(session, clock, pen) == 1  # whose claim has run out waits as after any try
    clock.move(minutes=1)
    assert send(session, clock, pen) == 1
    assert sorted(pen.sent[2:]) == ["held by somebody", "put off"]
    clock.set(right + dt.timedelta(hours=1))
    assert send(session, clock, pen) == 1
    clock.move(days=1)
    assert send(session, clock, pen) == 0
    assert {row.state for row in rows(session).values()} == {DeliveryState.SENT}


def test_whoever_sends_while_the_clock_is_put_back_is_not_overtaken(session: Any, cast: Cast, clock: FixedClock):
    right = clock.now()
    clock.move(hours=2)
    queue(session, cast, clock.now(), "one")
    pen, other = Pen(), Pen()

    class Slow(Pen):
        def send(self, delivery: Delivery) -> Problem | None:
            clock.set(right)
            send(session, clock, other)
            clock.move(seconds=WHOLE)
            send(session, clock, other)
            return pen.send(delivery)

    assert send(session, clock, Slow()) == 1
    assert (pen.sent, other.sent) == (["one"], [])
    assert rows(session)["one"].state is DeliveryState.SENT


def test_what_was_put_off_for_an_hour_is_not_hurried(session: Any, cast: Cast, clock: FixedClock):
    queue(session, cast, clock.now(), "a")
    longest = clock.now() + LONGEST_PAUSE * (1 + SPREAD)
    session.execute(sa.update(Delivery).values(attempts=20, not_before=longest))
    session.commit()
    assert send(session, clock, Pen()) == 0
    assert rows(session)["a"].not_before == longest


def test_what_is_held_until_its_hour_keeps_it_when_the_clock_is_put_back(session: Any, cast: Cast, clock: FixedClock):
    queue(session, cast, clock.now(), "a")
    until = clock.now() + dt.timedelta(hours=30)
    send(session, clock, Pen(), wanted=lambda *_asked: Verdict(Held.QUIET, until))
    clock.move(hours=-2)
    send(session, clock, Pen())
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


# ---- what is urgent, and what is asked ------------------------------------------------------------------------------


def test_a_worry_waits_for_the_mail_in_hand_and_for_no_other(session: Any, cast: Cast, clock: FixedClock) -> None:
    queue(session, cast, clock.now(), *(f"m{n:02}" for n in range(30)))

    class Slow(Pen):
        def send(self, delivery: Delivery) -> Problem | None:
            clock.move(seconds=30)
            if len(self.sent) == 3:
                queue(session, cast, clock.now(), "worry", topic=Topic.SAFETY)
            return super().send(delivery)

    pen = Slow()
    assert send(session, clock, pen) == 31
    assert pen.sent.index("worry") == 4


def test_what_is_asked_of_many_at_once_is_answered_as_of_each(session: Any, cast: Cast, clock: FixedClock) -> None:
    people = ((cast.dana, cast.marcus), (cast.dana, cast.lena), (cast.imani, cast.aisha), (cast.chris, cast.hana))
    for identity, person in people:
        for hour in (11, 12):
            service.set_reminder(
                session, identity, person, text="x", due_on=TODAY, hour=dt.time(hour), zone=EASTERN, now=clock.now()
            )
    session.commit()
    clock.set(moment_of(TODAY, dt.time(12), EASTERN))
    planning.plan(session, now=clock.now())
    done = session.scalars(
        sa.select(Reminder).where(Reminder.hour == dt.time(11), Reminder.client_id == cast.lena)
    ).one()
    done.done_at = clock.now()
    take_over(session, cast)
    session.commit()
    ahead, waiting = Ahead(), list(session.scalars(sa.select(Delivery)))
    together = {row.key: planning.still_wanted(session, row, clock.now(), ahead=ahead) for row in waiting}
    assert together == {row.key: planning.still_wanted(session, row, clock.now()) for row in waiting}
    assert {verdict.held for verdict in together.values()} >= {None, Held.NOT_DUE}
    assert len(together) == 16


# ---- told to stop -------------------------------------------------------------------------------------------------


def test_told_to_stop_it_ends_with_the_message_in_hand_and_holds_no_other(
    session: Any, cast: Cast, clock: FixedClock
) -> None:
    queue(session, cast, clock.now(), *"abcde")
    pen, other = Pen(), Pen()
    assert send(session, clock, pen, stop=lambda: len(pen.sent) == 2) == 2
    assert [(row.state, row.attempts) for row in rows(session).values() if row.key not in pen.sent] == [
        (DeliveryState.WAITING, 0)
    ] * 3
    assert send(session, clock, other) == 3  # at once, without waiting for any lease
    assert sorted(pen.sent + other.sent) == list("abcde")


@pytest.fixture
def slow_post() -> Iterator[Post]:
    """A mail server that takes two seconds over each mail."""
    made = Post()
    made.thinks = 2.0
    yield made
    made.close()


def test_a_scheduler_that_is_told_to_stop_finishes_its_mail_and_leaves_the_rest_to_others(
    app: Any, session: Any, cast: Cast, slow_post: Post, tmp_path: Path
) -> None:
    queue(session, cast, SystemClock().now(), *"abc", topic=Topic.ACCOUNT, address=cast.email("dana"))
    environ = {
        **os.environ,
        "COACHDESK_INSTANCE": str(tmp_path),
        "COACHDESK_SMTP_URL": slow_post.url,
        "COACHDESK_BASE_URL": "http://127.0.0.1",
        "COACHDESK_DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
        "COACHDESK_KEYS": KEYS.fernet[0],
        "COACHDESK_SECRET_KEY": KEYS.session,
        "COACHDESK_DIGEST_KEY": KEYS.digest,
        "COACHDESK_PASSWORD_SALT": KEYS.salt,
        "COACHDESK_LOG": "error",
    }
    part = subprocess.Popen([sys.executable, "-m", "coachdesk.cli", "scheduler"], env=environ)
    try:
        last = time.monotonic() + 60
        while not slow_post.asked and time.monotonic() < last:
            time.sleep(0.05)
        assert slow_post.asked, "it never began"
    finally:
        part.send_signal(signal.SIGTERM)
        code = part.wait(20)
    assert code == 0
    assert len(slow_post.mails) == 1
    states = sorted((row.state.value, row.attempts) for key, row in rows(session).items() if key in "abc")
    assert states == [("sent", 1), ("waiting", 0), ("waiting", 0)]


# ---- between claim and send ---------------------------------------------------------------------------------------


def switch_off(session: Any, cast: Cast) -> None:
    session.execute(sa.update(User).where(User.id == cast.dana.id).values(active=False))


def take_over(session: Any, cast: Cast) -> None:
    session.execute(sa.update(Assignment).where(Assignment.client_id == cast.marcus).values(coach_id=cast.imani.id))


@pytest.mark.parametrize(
    ("happens", "held"),
    [(switch_off, {Held.SWITCHED_OFF}), (take_over, {Held.NOT_THEIRS, Held.NOT_DUE})],
    ids=["switched off", "another coach"],
)
def test_what_happens_between_claim_and_send_holds_one_message_back_and_no_other(
    session: Any, cast: Cast, clock: FixedClock, happens: Callable[..., None], held: set[Held]
) -> None:
    for identity, person in ((cast.dana, cast.marcus), (cast.imani, cast.aisha)):
        service.set_reminder(
            session, identity, person, text="x", due_on=TODAY, hour=dt.time(11), zone=EASTERN, now=clock.now()
        )
    session.commit()
    clock.set(moment_of(TODAY, dt.time(11), EASTERN))
    planning.plan(session, now=clock.now())
    session.commit()
    done: list[str] = []

    def meanwhile(session: Any, delivery: Delivery, now: dt.datetime) -> Verdict:
        if not done:
            with writing():
                session.commit()
                happens(session, cast)
                session.commit()
            done.append(delivery.key)
        return planning.still_wanted(session, delivery, now)

    pen = Pen()
    send(session, clock, pen, wanted=meanwhile)
    by_reader: dict[uuid.UUID, set[Any]] = {}
    for row in rows(session).values():
        by_reader.setdefault(row.recipient_id, set()).add((row.state, row.held))
    assert {state for state, _held in by_reader[cast.dana.id]} == {DeliveryState.SKIPPED}
    assert {why for _state, why in by_reader[cast.dana.id]} <= held
    assert by_reader[cast.imani.id] == {(DeliveryState.SENT, None)}
    assert set(session.scalars(sa.select(Notice.recipient_id))) == {cast.imani.id}


def test_a_zone_that_is_no_more_and_an_address_of_two_lines_hold_up_nobody_else(
    session: Any, cast: Cast, clock: FixedClock
) -> None:
    session.execute(sa.update(User).where(User.id == cast.dana.id).values(zone="Atlantis/Poseidonis"))
    session.execute(sa.update(User).where(User.id == cast.chris.id).values(email="two\nlines@mail.example"))
    for identity, person in ((cast.dana, cast.marcus), (cast.imani, cast.aisha), (cast.chris, cast.hana)):
        service.set_reminder(
            session, identity, person, text="x", due_on=TODAY, hour=dt.time(11), zone=EASTERN, now=clock.now()
        )
    session.commit()
    clock.set(moment_of(TODAY, dt.time(20), EASTERN))
    planning.plan(session, now=clock.now())
    session.commit()
    post = Post()
    try:
        send(
            session, clock, Mailer(post.url, "desk@mail.example", "https://desk.example"), wanted=planning.still_wanted
        )
    finally:
        post.close()
    assert post.readers == sorted((cast.email("dana"), cast.email("imani")))
    mails = {row.recipient_id: row for row in rows(session).values() if row.channel is MAIL}
    stopped = mails[cast.chris.id]
    assert (stopped.state, stopped.error) == (DeliveryState.STOPPED, "no mail can be written to this address")
