"""Sending where it is hardest: what passes is told from what stays, and what left is never sent again."""

from __future__ import annotations

import datetime as dt
import socket
import time
import uuid
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from coachdesk import scheduler
from coachdesk.admin import ledger
from coachdesk.clock import moment_of
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
    apprising,
    claiming,
    deliver,
    enqueue,
    inhand,
    line,
    mending,
)
from coachdesk.notify.line import WHOLE
from coachdesk.notify.mending import APART, LEASE
from coachdesk.notify.pauses import GIVE_UP_AFTER, LOOK_FOR_WAY
from coachdesk.notify.withdrawing import withdraw
from coachdesk.organisation import ways
from coachdesk.organisation.models import OutsideWay
from coachdesk.organisation.rules import WayOff
from coachdesk.reminders import choosing, outcomes, planning, service
from coachdesk.reminders.ahead import Ahead
from coachdesk.reminders.models import Reminder
from tests.cast import TODAY
from tests.gateway import Gateway, add_way
from tests.post import Post
from tests.reminders.test_planning import EASTERN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask

    from coachdesk.clock import FixedClock
    from tests.cast import Cast

MAIL = Channel.EMAIL
SENDER, BASE = "desk@mail.example", "https://desk.example"


@pytest.fixture
def post() -> Iterator[Post]:
    """A mail server that takes everything until told otherwise."""
    made = Post()
    yield made
    made.close()


@pytest.fixture
def mailer(post: Post) -> Mailer:
    """The way to that server."""
    return Mailer(post.url, SENDER, BASE)


def queue(session: Any, cast: Cast, now: dt.datetime, *keys: str, channel: Channel = MAIL, **more: Any) -> None:
    for key in keys:
        values = {"topic": Topic.REMINDERS, "recipient_id": cast.dana.id, "subject": SUBJECT, **more}
        enqueue(session, Message(key=key, channel=channel, address=f"{key}@mail.example", **values), now=now)
    session.commit()


def send(
    session: Any, clock: FixedClock, way: Any, wanted: Callable[..., Any] = lambda *_asked: GO, **more: Any
) -> int:
    ways = {MAIL: way} if way else {}
    told = {"claimant": uuid.uuid4(), "clock": clock.now, "still_wanted": wanted, "answered": outcomes.note, **more}
    return deliver(session, ways, **told)


def rows(session: Any) -> dict[str, Delivery]:
    session.rollback()
    return {row.key: row for row in session.scalars(sa.select(Delivery).execution_options(populate_existing=True))}


def failures(session: Any, cast: Cast) -> int:
    session.expire_all()
    row = choosing.find_row(session, cast.dana.id)
    return row.email_failures if row else 0


# ---- whose fault it is --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", ["450 Greylisted", "451 4.7.1 Try again later", "452 Full", "421 Closing"])
def test_an_address_that_is_refused_for_now_is_never_switched_off(
    session: Any, cast: Cast, clock: FixedClock, mailer: Mailer, post: Post, answer: str
) -> None:
    post.takes_for = answer
    queue(session, cast, clock.now(), *(f"m{n:02}" for n in range(12)))
    for _round in range(12):
        send(session, clock, mailer)
        clock.move(minutes=90)
    assert failures(session, cast) == 0
    assert {row.state for row in rows(session).values()} == {DeliveryState.WAITING}
    post.takes_for = "250 OK"
    for _round in range(2):
        clock.move(minutes=90)
        send(session, clock, mailer)
    assert len(post.mails) == 12


def test_a_refusal_for_good_counts_once_for_each_mail(
    session: Any, cast: Cast, clock: FixedClock, mailer: Mailer, post: Post
) -> None:
    post.takes_for = "451 Later"
    queue(session, cast, clock.now(), "a", "b")
    for _round in range(4):
        send(session, clock, mailer)
        clock.move(hours=2)
    post.takes_for = "550 5.1.1 No such box"
    send(session, clock, mailer)
    assert failures(session, cast) == 2


@pytest.mark.parametrize("answer", ["554 5.7.1 Relay access denied", "550 5.7.1 You are on a blocklist"])
def test_what_a_server_refuses_to_all_of_us_is_not_said_to_a_reader_and_not_given_up(
    session: Any, cast: Cast, clock: FixedClock, mailer: Mailer, post: Post, answer: str
) -> None:
    post.takes_for = answer
    queue(session, cast, clock.now(), "a", "b")
    send(session, clock, mailer)
    assert sorted(row.attempts for row in rows(session).values()) == [0, 1], "the server is asked once a round"
    send(session, clock, mailer)
    assert {(row.state, row.channel) for row in rows(session).values()} == {(DeliveryState.WAITING, MAIL)}
    assert failures(session, cast) == 0
    post.takes_for = "250 OK"
    clock.move(minutes=5)
    send(session, clock, mailer)
    assert len(post.mails) == 2


# ---- what left is never sent again ----------------------------------------------------------------------------------


class Pen:
    """A way out that writes down what it was given, after something else has happened."""

    def __init__(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        self.sent: list[str] = []
        self.meanwhile = meanwhile

    def send(self, delivery: Delivery) -> Problem | None:
        self.sent.append(delivery.key)
        self.meanwhile()
        return None


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
    queue(session, cast, clock.now(), "a")
    refused, pen = refuse_to_mark(session, 3), Pen()
    assert send(session, clock, pen) == 1
    assert (len(refused), pen.sent) == (3, ["a"])
    assert [(row.state, row.attempts) for row in rows(session).values()] == [(DeliveryState.SENT, 1)]
    clock.move(days=1)
    assert send(session, clock, pen) == 0


def test_what_left_and_can_never_be_marked_keeps_its_claim_and_ends_the_round(
    session: Any, cast: Cast, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inhand, "AGAIN", 0.01)
    monkeypatch.setattr(claiming, "LEASE", dt.timedelta(seconds=WHOLE + 0.3))
    queue(session, cast, clock.now(), "a", "b")
    refuse_to_mark(session, 10_000)
    pen = Pen(lambda: monkeypatch.setattr(time, "monotonic", lambda: began + WHOLE + 1))
    began = time.monotonic()
    with pytest.raises(inhand.Unmarked):
        send(session, clock, pen)
    states = {row.state for row in rows(session).values()}
    assert (len(pen.sent), states) == (1, {DeliveryState.SENDING, DeliveryState.WAITING})


@pytest.mark.parametrize("jump", [dt.timedelta(hours=1), dt.timedelta(days=3)], ids=["an hour", "a long sleep"])
def test_a_clock_that_jumps_while_a_mail_is_on_its_way_sends_it_no_second_time(
    session: Any, cast: Cast, clock: FixedClock, jump: dt.timedelta
) -> None:
    queue(session, cast, clock.now(), "a")

    def jumps() -> None:
        clock.set(clock.now() + jump)
        mending.mend(session, now=clock.now())  # the job of another channel, which looks what was left behind
        assert rows(session)["a"].state is DeliveryState.WAITING

    pen = Pen(jumps)
    assert send(session, clock, pen) == 1
    assert rows(session)["a"].state is DeliveryState.SENT
    clock.move(days=1)
    assert (send(session, clock, pen), pen.sent) == (0, ["a"])


def test_who_has_it_anew_after_a_clock_jumped_is_who_says_what_came_of_it(
    session: Any, cast: Cast, clock: FixedClock
) -> None:
    queue(session, cast, clock.now(), "a")

    def jumps() -> None:
        clock.move(hours=1)
        mending.mend(session, now=clock.now())
        assert claiming.claim(session, MAIL, claimant=uuid.uuid4(), now=clock.now())

    assert send(session, clock, Pen(jumps)) == 0
    assert rows(session)["a"].state is DeliveryState.SENDING


def test_a_machine_whose_clock_is_a_minute_ahead_takes_nothing_from_one_that_is_sending(
    session: Any, cast: Cast, clock: FixedClock
) -> None:
    queue(session, cast, clock.now(), "a")
    assert claiming.claim(session, MAIL, claimant=uuid.uuid4(), now=clock.now())
    clock.move(seconds=(LEASE + APART).total_seconds())  # its last second of sending, as the other sees it
    pen = Pen()
    assert send(session, clock, pen) == 0
    clock.move(seconds=1)
    assert send(session, clock, pen) == 1


def test_a_notice_that_is_withdrawn_while_it_is_in_hand_is_not_written(
    session: Any, cast: Cast, clock: FixedClock
) -> None:
    queue(session, cast, clock.now(), "n", channel=Channel.IN_APP)

    def withdrawn(session: Any, delivery: Delivery, now: dt.datetime) -> Any:
        with writing():
            session.commit()
            withdraw(session, [delivery.key], now=now)
            session.commit()
        return GO

    assert send(session, clock, None, wanted=withdrawn) == 0
    assert [(row.state, row.held) for row in rows(session).values()] == [(DeliveryState.SKIPPED, Held.NOT_DUE)]
    assert session.scalar(sa.select(sa.func.count()).select_from(Notice)) == 0


# ---- there is no way just now ---------------------------------------------------------------------------------------


def test_what_there_is_no_way_for_waits_until_there_is_one(session: Any, cast: Cast, clock: FixedClock) -> None:
    queue(session, cast, clock.now(), "a")
    assert send(session, clock, None) == 0
    row = rows(session)["a"]
    assert (row.state, row.held, row.attempts) == (DeliveryState.WAITING, Held.NO_WAY, 0)
    assert row.not_before == clock.now() + LOOK_FOR_WAY
    clock.set(row.not_before)
    assert send(session, clock, Pen()) == 1
    assert rows(session)["a"].held is None


def test_what_there_was_no_way_for_in_two_days_stops_and_can_be_tried_again(
    session: Any, cast: Cast, clock: FixedClock
) -> None:
    queue(session, cast, clock.now(), "a")
    begun = clock.now()
    while (row := rows(session)["a"]).state is DeliveryState.WAITING:
        clock.set(row.not_before)
        send(session, clock, None)
    assert GIVE_UP_AFTER <= clock.now() - begun <= GIVE_UP_AFTER + LOOK_FOR_WAY
    assert (row.state, row.attempts) == (DeliveryState.STOPPED, 0)
    assert row.error == "there was no way to send it for two days"
    assert set(rows(session)) == {"a"}, "its reader is not told that their address is wrong"
    ledger.try_again(session, cast.admin, row.id, now=clock.now())
    session.commit()
    assert send(session, clock, Pen()) == 1


def test_what_is_no_longer_due_does_not_wait_for_a_way(session: Any, cast: Cast, clock: FixedClock) -> None:
    queue(session, cast, clock.now(), "a")
    send(session, clock, None, wanted=lambda *_asked: Verdict(Held.DONE))
    assert (rows(session)["a"].state, rows(session)["a"].held) == (DeliveryState.SKIPPED, Held.DONE)


def test_what_waits_for_a_way_is_not_put_off_by_a_clock_that_was_put_back(
    session: Any, cast: Cast, clock: FixedClock
) -> None:
    right = clock.now()
    queue(session, cast, right, "a")
    clock.move(hours=5)
    send(session, clock, None)
    clock.set(right)
    send(session, clock, Pen())
    assert rows(session)["a"].not_before == right + LOOK_FOR_WAY


def test_what_gave_up_after_two_days_is_sent_when_it_is_tried_again(
    session: Any, cast: Cast, clock: FixedClock, mailer: Mailer, post: Post
) -> None:
    post.takes_for = "451 Later"
    queue(session, cast, clock.now(), "a")
    while (row := rows(session)["a"]).state is DeliveryState.WAITING:
        clock.set(row.not_before)
        send(session, clock, mailer)
    ledger.try_again(session, cast.admin, row.id, now=clock.now())
    session.commit()
    send(session, clock, mailer)
    assert (rows(session)["a"].state, rows(session)["a"].attempts) == (DeliveryState.WAITING, 1), "it has two days anew"
    post.takes_for = "250 OK"
    clock.set(rows(session)["a"].not_before)
    send(session, clock, mailer)
    assert post.readers == ["a@mail.example"]


def test_a_bad_minute_switches_no_gateway_off_and_an_hour_of_failures_does(
    session: Any, cast: Cast, clock: FixedClock
) -> None:
    way_id = add_way(session, cast, "json://127.0.0.1:9/send?:to={to}")

    def fails(times: int) -> WayOff | None:
        for _each in range(times):
            ways.count(session, Channel.TEXT, went=False, now=clock.now())
            clock.move(seconds=5)
        off: WayOff | None = session.get(OutsideWay, way_id).off_why
        return off

    assert fails(20) is None
    clock.move(minutes=50)
    ways.count(session, Channel.TEXT, went=True, now=clock.now())
    assert fails(20) is None, "one that goes counts anew"
    clock.move(minutes=59)
    assert fails(1) is WayOff.FAILING


# ---- what cannot be read --------------------------------------------------------------------------------------------


def test_a_message_that_cannot_be_unsealed_holds_up_no_other(session: Any, cast: Cast, clock: FixedClock) -> None:
    queue(session, cast, clock.now(), "a", topic=Topic.SAFETY)
    queue(session, cast, clock.now(), "b")
    session.execute(
        sa.text("UPDATE delivery SET address = 'gAAAAA', created_at = :late, attempts = 0 WHERE key = 'a'"),
        {"late": clock.now()},
    )
    session.commit()
    session.expunge_all()
    pen = Pen()
    assert send(session, clock, pen) == 1
    assert pen.sent == ["b"]
    found = session.execute(sa.select(Delivery.state, Delivery.error).where(Delivery.key == "a")).one()
    assert found == (DeliveryState.WAITING, "it could not be handled here; the log says more")


def test_a_message_that_cannot_be_unsealed_does_not_stop_the_mending_of_others(
    session: Any, cast: Cast, clock: FixedClock
) -> None:
    right = clock.now()
    queue(session, cast, right + dt.timedelta(hours=2), "a", "b")
    session.execute(sa.update(Delivery).where(Delivery.key == "a").values(address=sa.literal_column("'gAAAAA'")))
    session.commit()
    session.expunge_all()
    pen = Pen()
    assert send(session, clock, pen) == 1
    assert pen.sent == ["b"]


def test_a_gateway_whose_address_cannot_be_unsealed_leaves_the_other_ways_as_they_are(
    app: Flask, session: Any, cast: Cast
) -> None:
    add_way(session, cast, "json://127.0.0.1:9/send?:to={to}")
    add_way(session, cast, "json://127.0.0.1:9/room", "chat")
    session.execute(sa.text("UPDATE outside_way SET url = 'gAAAAA' WHERE kind = 'text'"))
    session.commit()
    session.expunge_all()
    assert set(scheduler.ways_of(app)) == {Channel.CHAT}
    assert scheduler.ways_of(app, (Channel.IN_APP,)) == {}


def test_one_record_that_cannot_be_read_holds_up_its_own_message_and_no_other(
    session: Any, cast: Cast, clock: FixedClock
) -> None:
    for identity, person in ((cast.dana, cast.marcus), (cast.imani, cast.aisha), (cast.chris, cast.hana)):
        service.set_reminder(
            session, identity, person, text="x", due_on=TODAY, hour=dt.time(11), zone=EASTERN, now=clock.now()
        )
    session.commit()
    clock.set(moment_of(TODAY, dt.time(12), EASTERN))
    planning.plan(session, now=clock.now())
    broken = sa.update(Reminder).where(Reminder.client_id == cast.marcus)
    session.execute(broken.values(text=sa.literal_column("'gAAAAA'")))
    session.commit()
    session.expunge_all()
    pen = Pen()
    send(session, clock, pen, wanted=partial(planning.still_wanted, ahead=Ahead()))
    readers = dict(
        session.execute(sa.select(Delivery.recipient_id, Delivery.state).where(Delivery.channel == MAIL)).all()
    )
    assert readers[cast.imani.id] is DeliveryState.SENT
    assert readers[cast.chris.id] is DeliveryState.SENT
    assert readers[cast.dana.id] is DeliveryState.WAITING


# ---- time-outs ------------------------------------------------------------------------------------------------------


def test_all_addresses_of_a_mail_server_share_one_time_and_each_has_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first addresses lead nowhere: a door whose waiting line is full answers nobody."""
    many: list[Any] = []
    really = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *at, **how: many if host == "many" else really(host, *at, **how)
    )
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, socket.create_server(("127.0.0.1", 0)) as free:
        waiting = [socket.socket() for _each in range(4)]
        for one in waiting:
            one.settimeout(0)
            one.connect_ex(full.getsockname())
        many += [(socket.AF_INET, socket.SOCK_STREAM, 6, "", door.getsockname()) for door in (full, full, full, free)]
        began = time.monotonic()
        with line._connect("many", 25, 2.0) as made:
            assert (made.getpeername(), made.gettimeout()) == (free.getsockname(), 2.0)
        many.pop()
        with pytest.raises(TimeoutError):
            line._connect("many", 25, 0.6)
        assert time.monotonic() - began < 3.2
        for one in waiting:
            one.close()


def test_no_message_goes_to_a_gateway_that_still_works_at_an_earlier_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apprising, "LONGEST", 0.3)
    gateway = Gateway()
    way = apprising.Gateway(gateway.url, BASE)
    try:
        gateway.waits.clear()
        first = way.say("+15550102030", "a")
        second = way.say("+15550102030", "b")
        assert first
        assert first.sentence == "the gateway gave no answer in time"
        assert second
        assert second.everybody
        assert not second.final
        assert gateway.asked == 1
        gateway.waits.set()
        apprising._at_work[gateway.url].join(10)
        monkeypatch.setattr(apprising, "LONGEST", 10)
        assert way.say("+15550102030", "c") is None
        assert [got["message"] for got in gateway.took] == ["a", "c"]
    finally:
        gateway.close()
