"""Deliverers that work at once, or die between two steps, send each message once."""

from __future__ import annotations

import datetime as dt
import re
import sqlite3
import threading
import time
import uuid
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from coachdesk.db import db
from coachdesk.notify import (
    GO,
    Channel,
    Delivery,
    DeliveryState,
    Held,
    Mailer,
    Notice,
    Verdict,
    deliver,
    notices,
)
from coachdesk.notify.claiming import Claim, claim
from coachdesk.notify.line import WHOLE
from coachdesk.notify.mending import APART, LEASE
from tests.notify.helpers import (
    MAIL,
    SENDER,
    by,
    count,
    mail,
    notice,
    queue,
    rows,
    run_at_once,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from coachdesk.clock import FixedClock
    from coachdesk.notify import Problem
    from tests.cast import Cast
    from tests.post import Post


def test_three_deliverers_at_once_send_sixty_messages_once_each(
    app: Flask, session: Any, cast: Cast, clock: FixedClock, mailer: Mailer, post: Post
) -> None:
    mails = [mail(cast, f"m{n:02}") for n in range(40)]
    notices = [notice(cast, f"n{n:02}") for n in range(20)]
    queue(session, clock, *(m for three in zip(mails[::2], notices, mails[1::2], strict=True) for m in three))
    start, sent = threading.Barrier(3), list[int]()

    def act() -> None:
        with app.app_context():
            start.wait(10)
            sent.append(
                deliver(db.session, by(mailer), claimant=uuid.uuid4(), clock=clock.now, still_wanted=lambda *_asked: GO)
            )
            db.session.remove()

    run_at_once(act, 3)
    assert (len(sent), sum(sent)) == (3, 60)
    assert post.readers() == [message.address for message in mails]
    assert count(session, Notice) == 20
    assert {(row.state, row.attempts) for row in rows(session).values()} == {(DeliveryState.SENT, 1)}


def test_what_one_is_about_to_claim_another_does_not_claim(
    app: Flask, session: Any, cast: Cast, clock: FixedClock
) -> None:
    """The second asks while the first has written its claim and not committed: it passes over, or waits its turn."""
    queue(session, clock, mail(cast))
    others: list[Claim | None] = []

    def ask() -> None:
        with app.app_context():
            others.append(claim(db.session, MAIL, claimant=uuid.uuid4(), now=clock.now()))
            db.session.remove()

    second = threading.Thread(target=ask)

    def meanwhile(*_told: Any) -> None:
        second.start()
        second.join(0.5)

    first = uuid.uuid4()
    sa.event.listen(session(), "before_commit", meanwhile, once=True)
    assert claim(session, MAIL, claimant=first, now=clock.now())
    second.join(30)
    assert others == [None]
    assert {(row.claimed_by, row.attempts) for row in rows(session).values()} == {(first, 1)}


class PowerCut(BaseException):
    """The end of a process between two steps."""


class DyingMailer(Mailer):
    """A mailer whose process dies when the mail is out and nobody has written that down."""

    def send(self, delivery: Delivery) -> Problem | None:
        super().send(delivery)
        raise PowerCut


def test_what_was_claimed_and_not_sent_is_sent_by_another_when_the_lease_is_over(
    session: Any, cast: Cast, clock: FixedClock, send: Any, mailer: Mailer, post: Post
) -> None:
    queue(session, clock, mail(cast), notice(cast))
    for channel in (MAIL, Channel.IN_APP):
        assert claim(session, channel, claimant=uuid.uuid4(), now=clock.now())
    session.remove()
    clock.move(seconds=LEASE.total_seconds())
    assert send(mailer) == 0
    clock.move(seconds=1)
    assert send(mailer) == 1, "a notice"
    assert post.mails == []
    clock.move(seconds=APART.total_seconds())
    assert send(mailer) == 1
    assert post.readers() == ["box-a@mail.example"]
    assert {(row.state, row.attempts) for row in rows(session).values()} == {(DeliveryState.SENT, 2)}
    clock.move(days=1)
    assert send(mailer) == 0


def test_a_mail_whose_sender_died_goes_once_more_under_the_same_number(
    session: Any, cast: Cast, clock: FixedClock, send: Any, mailer: Mailer, post: Post
) -> None:
    queue(session, clock, mail(cast))
    with pytest.raises(PowerCut):
        send(DyingMailer(post.url, SENDER, "https://desk.example"))
    session.remove()
    clock.move(seconds=(LEASE + APART).total_seconds() + 1)
    assert send(mailer) == 1
    first, second = post.mails
    assert first.as_string() == second.as_string()
    assert re.fullmatch(r"<[0-9a-f]{40}@desk\.example>", first["Message-ID"])
    assert rows(session)["a"].state is DeliveryState.SENT


def in_the_middle(app: Flask, clock: FixedClock, other: Callable[[], object]) -> Callable[..., Verdict]:
    """Return a question that takes so long, the first time, that another deliverer does its work meanwhile."""
    asked: list[str] = []

    def wanted(session: Any, row: Delivery, _now: dt.datetime) -> Verdict:
        asked.append(row.key)
        if len(asked) == 1:
            session.commit()
            clock.move(seconds=(LEASE + APART).total_seconds() + 1)
            with app.app_context():
                other()
                db.session.remove()
        return GO

    return wanted


def test_a_notice_is_written_once_though_two_believe_it_is_theirs(
    app: Flask, session: Any, cast: Cast, clock: FixedClock, send: Any
) -> None:
    queue(session, clock, notice(cast))
    others: list[int] = []
    assert send(None, wanted=in_the_middle(app, clock, lambda: others.append(send(None)))) == 0
    assert others == [1]
    assert count(session, Notice) == 1
    assert rows(session)["n"].state is DeliveryState.SENT


def test_who_comes_back_too_late_sends_nothing(
    app: Flask, session: Any, cast: Cast, clock: FixedClock, send: Any, mailer: Mailer, post: Post
) -> None:
    queue(session, clock, mail(cast))
    closed = Mailer("smtp://127.0.0.1:1", SENDER, "https://desk.example")
    assert send(closed, wanted=in_the_middle(app, clock, lambda: send(mailer))) == 0
    assert rows(session)["a"].state is DeliveryState.SENT
    assert (len(post.mails), rows(session)["a"].error) == (1, "")


def test_no_send_begins_with_less_of_the_lease_left_than_it_may_take(
    session: Any, cast: Cast, clock: FixedClock, send: Any, mailer: Mailer, post: Post
) -> None:
    assert LEASE.total_seconds() > WHOLE
    queue(session, clock, mail(cast))
    slow = [LEASE.total_seconds() - WHOLE + 1, 0]

    def thinks(_session: Any, _row: Delivery, _now: dt.datetime) -> Verdict:
        assert post.mails == []
        clock.move(seconds=slow.pop(0))
        return GO

    assert send(mailer, wanted=thinks) == 1
    assert (slow, rows(session)["a"].attempts, len(post.mails)) == ([], 1, 1)


def test_a_slow_server_makes_no_second_deliverer_send_what_the_first_still_holds(
    app: Flask, session: Any, cast: Cast, clock: FixedClock, post: Post
) -> None:
    """Each send takes as long as one may, and after half of them another deliverer looks what there is for it."""
    keys = [f"{n:02}" for n in range(10)]
    queue(session, clock, *(mail(cast, key) for key in keys))

    def now_another() -> None:
        with app.app_context():
            deliver(
                db.session,
                {MAIL: Mailer(post.url, SENDER, "https://desk.example")},
                claimant=uuid.uuid4(),
                clock=clock.now,
                still_wanted=lambda *_asked: GO,
            )
            db.session.remove()

    class Slow(Mailer):
        def send(self, delivery: Delivery) -> Problem | None:
            clock.move(seconds=WHOLE)
            if delivery.key == "05":
                now_another()
            return super().send(delivery)

    slow = {MAIL: Slow(post.url, SENDER, "https://desk.example")}
    deliver(session, slow, claimant=uuid.uuid4(), clock=clock.now, still_wanted=lambda *_asked: GO)
    assert post.readers() == [f"box-{key}@mail.example" for key in keys]
    assert {row.state for row in rows(session).values()} == {DeliveryState.SENT}


@pytest.mark.parametrize("database", ["sqlite"])
def test_who_looks_and_finds_nothing_to_send_waits_for_nobody_who_writes(app, session, mailer, send):
    """On SQLite one writes at a time, and a look every second for each channel must not stand in the line."""
    session.rollback()
    other = sqlite3.connect(app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    try:
        assert send(mailer) == 0
    finally:
        other.close()
    assert time.monotonic() - began < 2


def test_a_claim_that_has_run_out_is_given_back_where_nothing_else_waits(session, cast, clock, mailer, send):
    queue(session, clock, mail(cast))
    assert claim(session, Channel.EMAIL, claimant=uuid.uuid4(), now=clock.now()) is not None
    clock.move(seconds=(LEASE + APART).total_seconds() + 1)
    assert send(mailer) == 1


def test_who_dies_half_way_through_some_notices_told_none_and_holds_none(session, cast, clock, send, monkeypatch):
    queue(session, clock, *(notice(cast, f"n{n}") for n in range(5)))
    line_of, written = notices.line_of, []

    def dies(delivery: Delivery, now: dt.datetime) -> dict[str, Any]:
        written.append(delivery.key)
        if len(written) == 3:
            raise KeyboardInterrupt
        return line_of(delivery, now)

    monkeypatch.setattr(notices, "line_of", dies)
    with pytest.raises(KeyboardInterrupt):
        send(None)
    session.rollback()
    assert count(session, Notice) == 0
    monkeypatch.undo()
    assert send(None) == 5
    assert count(session, Notice) == 5


def test_a_notice_that_is_held_back_or_skipped_keeps_no_other_of_its_transaction(session, cast, clock):
    queue(session, clock, *(notice(cast, key) for key in ("a", "b", "c")))
    later = clock.now() + dt.timedelta(hours=1)
    verdicts = {"a": Verdict(Held.QUIET, later), "b": Verdict(Held.NOT_DUE), "c": GO}
    asked = lambda _session, delivery, _now: verdicts[delivery.key]  # noqa: E731
    assert deliver(session, {}, claimant=uuid.uuid4(), clock=clock.now, still_wanted=asked) == 1
    found = {key: (row.state, row.held, row.not_before) for key, row in rows(session).items()}
    assert found["a"] == (DeliveryState.WAITING, Held.QUIET, later)
    assert found["b"][:2] == (DeliveryState.SKIPPED, Held.NOT_DUE)
    assert found["c"][:2] == (DeliveryState.SENT, None)
