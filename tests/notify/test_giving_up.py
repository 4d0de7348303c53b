"""How long a message is tried, whose fault it is that it does not go, and what there is no way for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from coachdesk.admin import ledger
from coachdesk.notify import (
    Channel,
    Delivery,
    DeliveryState,
    Held,
    Mailer,
    Topic,
    Urgency,
    Verdict,
)
from coachdesk.notify.pauses import GIVE_UP_AFTER, LONGEST_PAUSE, LONGEST_WHEN_URGENT, LOOK_FOR_WAY, SPREAD, back_off
from coachdesk.organisation import ways
from coachdesk.organisation.models import OutsideWay
from coachdesk.organisation.rules import WayOff
from tests.gateway import add_way
from tests.notify.helpers import (
    MAIL,
    Pen,
    failures,
    mail,
    queue,
    queue_keys,
    rows,
    send_by,
)

if TYPE_CHECKING:
    from coachdesk.clock import FixedClock
    from tests.cast import Cast
    from tests.post import Post

# ---- what the server answers --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("topic", "most"), [(Topic.REMINDERS, 60), (Topic.SAFETY, 700)])
def test_after_two_days_of_trying_it_stops(
    session: Any, cast: Cast, clock: FixedClock, send: Any, mailer: Mailer, post: Post, topic: Topic, most: int
) -> None:
    begun = clock.now()
    post.takes_for = "451 Later"
    queue(session, clock, mail(cast, topic=topic))
    while (row := rows(session)["a"]).state is DeliveryState.WAITING:
        assert row.attempts < most, "it never stops"
        clock.set(row.not_before)
        assert send(mailer) == 0
    assert row.state is DeliveryState.STOPPED
    assert row.error == "the mail server answered 451: Later"
    longest = LONGEST_PAUSE if topic is Topic.REMINDERS else LONGEST_WHEN_URGENT
    assert GIVE_UP_AFTER <= clock.now() - begun <= GIVE_UP_AFTER + longest * (1 + SPREAD)
    post.takes_for = "250 OK"
    clock.move(days=1)
    send(mailer)
    assert post.mails == []


def test_what_was_hardly_tried_is_not_given_up_because_the_desk_was_shut(
    session: Any, cast: Cast, clock: FixedClock, send: Any, mailer: Mailer, post: Post
) -> None:
    post.takes_for = "451 Later"
    queue(session, clock, mail(cast))
    clock.move(days=5)
    for _each in range(3):
        assert send(mailer) == 0
        clock.move(days=5)
    assert rows(session)["a"].state is DeliveryState.WAITING
    post.takes_for = "250 OK"
    assert send(mailer) == 1


def test_what_ends_its_process_each_time_stops_too(
    session: Any, cast: Cast, clock: FixedClock, send: Any, mailer: Mailer, post: Post
) -> None:
    queue(session, clock, mail(cast, topic=Topic.REMINDERS), mail(cast, "b", topic=Topic.REMINDERS))
    session.execute(sa.update(Delivery).where(Delivery.key == "a").values(attempts=100))
    session.commit()
    assert send(mailer) == 1
    assert post.readers() == ["box-b@mail.example"]
    row = rows(session)["a"]
    assert (row.state, row.error) == (DeliveryState.STOPPED, "it was tried for two days")


@given(key=st.text(max_size=60), attempts=st.integers(0, 800), urgency=st.sampled_from(Urgency))
def test_a_pause_doubles_from_half_a_minute_up_to_its_longest_and_a_little_more(
    key: str, attempts: int, urgency: Urgency
) -> None:
    pause, longest = back_off(key, attempts, urgency), 300 if urgency <= Urgency.DOOR else 3600
    plain = min(longest, 30 * 2 ** min(10, max(0, attempts - 1)))
    assert plain <= pause.total_seconds() <= plain * (1 + SPREAD)
    assert pause == back_off(key, attempts, urgency), "the same try waits another time"


def test_what_failed_together_does_not_come_back_together() -> None:
    assert len({back_off(f"m{n}", 7) for n in range(200)}) == 200


# ---- whose fault it is --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", ["450 Greylisted", "451 4.7.1 Try again later", "452 Full", "421 Closing"])
def test_an_address_that_is_refused_for_now_is_never_switched_off(
    session: Any, cast: Cast, clock: FixedClock, mailer: Mailer, post: Post, answer: str
) -> None:
    post.takes_for = answer
    queue_keys(session, cast, clock.now(), *(f"m{n:02}" for n in range(12)))
    for _round in range(12):
        send_by(session, clock, mailer)
        clock.move(minutes=90)
    assert failures(session, cast) == 0
    assert {row.state for row in rows(session).values()} == {DeliveryState.WAITING}
    post.takes_for = "250 OK"
    for _round in range(2):
        clock.move(minutes=90)
        send_by(session, clock, mailer)
    assert len(post.mails) == 12


def test_a_refusal_for_good_counts_once_for_each_mail(
    session: Any, cast: Cast, clock: FixedClock, mailer: Mailer, post: Post
) -> None:
    post.takes_for = "451 Later"
    queue_keys(session, cast, clock.now(), "a", "b")
    for _round in range(4):
        send_by(session, clock, mailer)
        clock.move(hours=2)
    post.takes_for = "550 5.1.1 No such box"
    send_by(session, clock, mailer)
    assert failures(session, cast) == 2


@pytest.mark.parametrize("answer", ["554 5.7.1 Relay access denied", "550 5.7.1 You are on a blocklist"])
def test_what_a_server_refuses_to_all_of_us_is_not_said_to_a_reader_and_not_given_up(
    session: Any, cast: Cast, clock: FixedClock, mailer: Mailer, post: Post, answer: str
) -> None:
    post.takes_for = answer
    queue_keys(session, cast, clock.now(), "a", "b")
    send_by(session, clock, mailer)
    assert sorted(row.attempts for row in rows(session).values()) == [0, 1], "the server is asked once a round"
    send_by(session, clock, mailer)
    assert {(row.state, row.channel) for row in rows(session).values()} == {(DeliveryState.WAITING, MAIL)}
    assert failures(session, cast) == 0
    post.takes_for = "250 OK"
    clock.move(minutes=5)
    send_by(session, clock, mailer)
    assert len(post.mails) == 2


# ---- there is no way just now -------------------------------------------------------------------------------------------


def test_what_there_is_no_way_for_waits_until_there_is_one(session: Any, cast: Cast, clock: FixedClock) -> None:
    queue_keys(session, cast, clock.now(), "a")
    assert send_by(session, clock, None) == 0
    row = rows(session)["a"]
    assert (row.state, row.held, row.attempts) == (DeliveryState.WAITING, Held.NO_WAY, 0)
    assert row.not_before == clock.now() + LOOK_FOR_WAY
    clock.set(row.not_before)
    assert send_by(session, clock, Pen()) == 1
    assert rows(session)["a"].held is None


def test_what_there_was_no_way_for_in_two_days_stops_and_can_be_tried_again(
    session: Any, cast: Cast, clock: FixedClock
) -> None:
    queue_keys(session, cast, clock.now(), "a")
    begun = clock.now()
    while (row := rows(session)["a"]).state is DeliveryState.WAITING:
        clock.set(row.not_before)
        send_by(session, clock, None)
    assert GIVE_UP_AFTER <= clock.now() - begun <= GIVE_UP_AFTER + LOOK_FOR_WAY
    assert (row.state, row.attempts) == (DeliveryState.STOPPED, 0)
    assert row.error == "there was no way to send it for two days"
    assert set(rows(session)) == {"a"}, "its reader is not told that their address is wrong"
    ledger.try_again(session, cast.admin, row.id, now=clock.now())
    session.commit()
    begun = clock.now()
    while (row := rows(session)["a"]).state is DeliveryState.WAITING:
        clock.set(max(row.not_before, clock.now()))
        send_by(session, clock, None)
    assert GIVE_UP_AFTER <= clock.now() - begun <= GIVE_UP_AFTER + LOOK_FOR_WAY, "it has two days anew"
    ledger.try_again(session, cast.admin, row.id, now=clock.now())
    session.commit()
    assert send_by(session, clock, Pen()) == 1


def test_the_two_days_begin_when_there_is_no_way_and_not_when_it_was_planned(
    session: Any, cast: Cast, clock: FixedClock
) -> None:
    queue_keys(session, cast, clock.now(), "a", not_before=clock.now() + GIVE_UP_AFTER)
    clock.move(days=2, seconds=1)
    send_by(session, clock, None)
    assert rows(session)["a"].state is DeliveryState.WAITING
    clock.move(days=1)
    assert send_by(session, clock, Pen()) == 1


def test_a_way_that_was_there_meanwhile_lets_the_two_days_begin_anew(
    session: Any, cast: Cast, clock: FixedClock, mailer: Mailer, post: Post
) -> None:
    queue_keys(session, cast, clock.now(), "a")
    send_by(session, clock, None)
    clock.move(hours=47)
    post.takes_for = "451 Later"
    send_by(session, clock, mailer)
    clock.move(hours=2)
    send_by(session, clock, None)
    assert rows(session)["a"].state is DeliveryState.WAITING


def test_what_is_no_longer_due_does_not_wait_for_a_way(session: Any, cast: Cast, clock: FixedClock) -> None:
    queue_keys(session, cast, clock.now(), "a")
    send_by(session, clock, None, wanted=lambda *_asked: Verdict(Held.DONE))
    assert (rows(session)["a"].state, rows(session)["a"].held) == (DeliveryState.SKIPPED, Held.DONE)


def test_what_waits_for_a_way_is_not_put_off_by_a_clock_that_was_put_back(
    session: Any, cast: Cast, clock: FixedClock
) -> None:
    right = clock.now()
    queue_keys(session, cast, right, "a")
    clock.move(hours=5)
    send_by(session, clock, None)
    clock.set(right)
    send_by(session, clock, Pen())
    assert rows(session)["a"].not_before == right + LOOK_FOR_WAY


def test_what_gave_up_after_two_days_is_sent_when_it_is_tried_again(
    session: Any, cast: Cast, clock: FixedClock, mailer: Mailer, post: Post
) -> None:
    post.takes_for = "451 Later"
    queue_keys(session, cast, clock.now(), "a")
    while (row := rows(session)["a"]).state is DeliveryState.WAITING:
        clock.set(row.not_before)
        send_by(session, clock, mailer)
    ledger.try_again(session, cast.admin, row.id, now=clock.now())
    session.commit()
    send_by(session, clock, mailer)
    assert (rows(session)["a"].state, rows(session)["a"].attempts) == (DeliveryState.WAITING, 1), "it has two days anew"
    post.takes_for = "250 OK"
    clock.set(rows(session)["a"].not_before)
    send_by(session, clock, mailer)
    assert post.readers() == ["a@mail.example"]


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
