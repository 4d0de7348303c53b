"""Sending where it is hardest: what passes is told from what stays, and what left is never sent again."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from coachdesk.notify import (
    GO,
    SUBJECT,
    Channel,
    Delivery,
    DeliveryState,
    Mailer,
    Message,
    Problem,
    Topic,
    deliver,
    enqueue,
)
from coachdesk.reminders import choosing, outcomes
from tests.post import Post

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator

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
