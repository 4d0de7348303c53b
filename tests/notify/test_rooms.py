"""A room that several readers share is told once, by one line that says for how many it is and names nobody."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from coachdesk.db import db
from coachdesk.notify import (
    GO,
    SUBJECT,
    Channel,
    Delivery,
    DeliveryState,
    Held,
    Message,
    Topic,
    Verdict,
    deliver,
    enqueue,
)
from coachdesk.notify.apprising import Gateway as Way
from coachdesk.notify.mending import APART, LEASE
from coachdesk.organisation.models import OutsideWay
from coachdesk.reminders import outcomes
from tests.gateway import Gateway, add_way

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from coachdesk.clock import FixedClock
    from tests.cast import Cast

BASE = "https://desk.example"


@pytest.fixture
def send(session: Any, clock: FixedClock, gateway: Gateway) -> Callable[..., int]:
    """Deliver what waits for the room, as a claimant of its own."""

    def do(wanted: Callable[..., Verdict] = lambda *_asked: GO, answered: Callable[..., None] = outcomes.note) -> int:
        room = {Channel.CHAT: Way(gateway.room_url, BASE)}
        return deliver(
            session,
            room,
            claimant=uuid.uuid4(),
            clock=clock.now,
            still_wanted=wanted,
            channels=[Channel.CHAT],
            answered=answered,
        )

    return do


def queue(session: Any, clock: FixedClock, *readers: Any, key: str = "digest") -> None:
    for reader in readers:
        message = Message(
            key=f"{key}:{reader.id.hex}",
            topic=Topic.REMINDERS,
            channel=Channel.CHAT,
            recipient_id=reader.id,
            subject=SUBJECT,
            body="You have something to look at in CoachDesk:",
            path="/told/1",
        )
        enqueue(session, message, now=clock.now())
    session.commit()


def states(session: Any) -> dict[DeliveryState, int]:
    session.rollback()
    session.expire_all()
    return Counter(session.scalars(sa.select(Delivery.state)))


def test_a_room_hears_one_line_for_all_whose_moment_it_is(session, cast, clock, gateway, send):
    queue(session, clock, cast.dana, cast.imani, cast.ruth)
    queue(session, clock, cast.dana, key="another")
    assert send() == 4
    ((got,),) = (gateway.took,)
    assert got["message"] == f"There is something to look at in CoachDesk for 3 of you: {BASE}/"
    assert states(session) == {DeliveryState.SENT: 4}
    assert send() == 0
    assert gateway.asked == 1


def test_an_answer_that_cannot_be_counted_lets_the_line_be_gone_and_nobody_hears_it_again(
    session, cast, clock, gateway, send
):
    def nobody_counts(on_session: Any, *_told: Any) -> None:
        on_session.execute(sa.text("SELECT nothing FROM nowhere"))

    queue(session, clock, cast.dana, cast.imani)
    assert send(answered=nobody_counts) == 2
    assert states(session) == {DeliveryState.SENT: 2}
    assert send() == 0
    assert gateway.asked == 1


def test_no_row_is_read_again_while_the_room_is_told(session, cast, clock, gateway):
    queue(session, clock, cast.dana, cast.imani, cast.ruth)
    busy: list[bool] = []

    class Room(Way):
        def tell_room(self, readers: int) -> Any:
            busy.append(session().in_transaction())
            return super().tell_room(readers)

    def wanted(on_session: Any, delivery: Delivery, _now: dt.datetime) -> Verdict:
        if delivery.recipient_id == cast.ruth.id:
            on_session.rollback()  # as where a record cannot be read: all rows read before are to be read again
        return GO

    room = {Channel.CHAT: Room(gateway.room_url, BASE)}
    told = {"claimant": uuid.uuid4(), "clock": clock.now, "still_wanted": wanted}
    assert deliver(session, room, channels=[Channel.CHAT], **told) == 3
    assert busy == [False]


def test_for_one_reader_it_says_that_it_is_for_one(session, cast, clock, gateway, send):
    queue(session, clock, cast.dana)
    send()
    ((got,),) = (gateway.took,)
    assert got["message"] == f"There is something to look at in CoachDesk for one of you: {BASE}/"


def test_only_those_are_counted_whose_message_may_leave_and_without_any_nothing_is_said(
    session, cast, clock, gateway, send
):
    queue(session, clock, cast.dana, cast.imani, cast.ruth)
    until = clock.now() + dt.timedelta(hours=2)
    verdicts = {cast.dana.id: GO, cast.imani.id: Verdict(Held.QUIET, until), cast.ruth.id: Verdict(Held.DONE)}

    def wanted(_session: Any, delivery: Delivery, _now: dt.datetime) -> Verdict:
        return verdicts[delivery.recipient_id]

    assert send(wanted) == 1
    assert "for one of you" in gateway.took[0]["message"]
    assert states(session) == {DeliveryState.SENT: 1, DeliveryState.WAITING: 1, DeliveryState.SKIPPED: 1}
    clock.move(hours=2)
    assert send(lambda *_asked: Verdict(Held.NOT_DUE)) == 0
    assert gateway.asked == 1
    assert states(session) == {DeliveryState.SENT: 1, DeliveryState.SKIPPED: 2}


def test_what_the_room_did_not_take_is_tried_again_as_one_line_and_counted_once(session, cast, clock, gateway, send):
    way_id = add_way(session, cast, gateway.room_url, "chat")
    queue(session, clock, cast.dana, cast.imani, cast.ruth)
    gateway.answers = 503
    assert send() == 0
    session.rollback()
    session.expire_all()
    assert session.get(OutsideWay, way_id).failures == 1
    assert len({row.not_before for row in session.scalars(sa.select(Delivery))}) == 1, "they come back together"
    gateway.answers = 200
    clock.move(minutes=5)
    assert send() == 3
    assert [got["message"].split(" for ")[1] for got in gateway.took] == [f"3 of you: {BASE}/"]


def test_one_message_that_cannot_be_handled_keeps_the_line_from_nobody(session, cast, clock, gateway, send):
    queue(session, clock, cast.dana, cast.imani)

    def wanted(_session: Any, delivery: Delivery, _now: dt.datetime) -> Verdict:
        if delivery.recipient_id == cast.imani.id:
            raise ValueError(delivery.id)
        return GO

    assert send(wanted) == 1
    assert "for one of you" in gateway.took[0]["message"]
    assert states(session) == {DeliveryState.SENT: 1, DeliveryState.WAITING: 1}


class PowerCut(BaseException):
    """The end of a process between two steps."""


def test_where_the_process_died_with_the_line_out_one_line_goes_once_more(session, cast, clock, gateway, send):
    queue(session, clock, cast.dana, cast.imani, cast.ruth)
    engine = session.get_bind()

    def die(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if "sent_at" in statement and statement.startswith("UPDATE delivery"):
            raise PowerCut

    sa.event.listen(engine, "before_cursor_execute", die)
    with pytest.raises(PowerCut):
        send()
    sa.event.remove(engine, "before_cursor_execute", die)
    session.remove()
    assert states(session) == {DeliveryState.SENDING: 3}
    clock.move(seconds=(LEASE + APART).total_seconds() + 1)
    assert send() == 3
    assert gateway.asked == 2
    assert {got["message"] for got in gateway.took} == {
        f"There is something to look at in CoachDesk for 3 of you: {BASE}/"
    }


def test_four_deliverers_at_once_say_one_line(
    app: Flask, session: Any, cast: Cast, clock: FixedClock, gateway: Gateway
):
    queue(session, clock, *(getattr(cast, name) for name in ("dana", "omar", "ruth", "imani")))
    session.remove()
    ready, went, at = threading.Barrier(4), list[int](), clock.now()

    def do() -> None:
        with app.app_context():
            ready.wait(10)
            went.append(
                deliver(
                    db.session,
                    {Channel.CHAT: Way(gateway.room_url, BASE)},
                    claimant=uuid.uuid4(),
                    clock=lambda: at,
                    still_wanted=lambda *_asked: GO,
                    channels=[Channel.CHAT],
                )
            )
            db.session.remove()

    workers = [threading.Thread(target=do) for _each in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert sorted(went) == [0, 0, 0, 4]
    assert [got["message"].split(" for ")[1] for got in gateway.took] == [f"4 of you: {BASE}/"]


def test_to_a_chat_that_knows_readers_by_name_each_has_a_line_of_their_own(session, cast, clock, gateway):
    queue(session, clock, cast.dana, cast.imani)
    one_by_one = {Channel.CHAT: Way(gateway.url, BASE)}
    went = deliver(
        session,
        one_by_one,
        claimant=uuid.uuid4(),
        clock=clock.now,
        still_wanted=lambda *_asked: GO,
        channels=[Channel.CHAT],
    )
    assert (went, gateway.asked) == (2, 2)
