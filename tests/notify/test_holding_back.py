"""What is no longer wanted, not yet, or not theirs does not leave, and holds up nothing else."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from coachdesk.access import Assignment
from coachdesk.accounts.models import User
from coachdesk.clock import moment_of
from coachdesk.db import writing
from coachdesk.notify import (
    GO,
    Delivery,
    DeliveryState,
    Held,
    Mailer,
    Notice,
    Problem,
    Topic,
    Urgency,
    Verdict,
    deliver,
    enqueue_many,
)
from coachdesk.notify.pauses import back_off
from coachdesk.reminders import planning, service
from coachdesk.reminders.ahead import Ahead
from coachdesk.reminders.models import Reminder
from tests.cast import TODAY
from tests.notify.helpers import (
    EASTERN,
    MAIL,
    WHAT,
    Pen,
    count,
    mail,
    notice,
    queue,
    queue_keys,
    rows,
    send_by,
)
from tests.post import Post

if TYPE_CHECKING:
    from collections.abc import Callable

    from coachdesk.clock import FixedClock
    from tests.cast import Cast

# ---- not sent -----------------------------------------------------------------------------------------------------------


def test_what_is_no_longer_wanted_is_skipped(
    session: Any, cast: Cast, clock: FixedClock, send: Any, mailer: Mailer, post: Post
) -> None:
    queue(session, clock, mail(cast), notice(cast))
    assert send(mailer, wanted=lambda *_asked: Verdict(Held.NOT_DUE)) == 0
    assert {(row.state, row.held) for row in rows(session).values()} == {(DeliveryState.SKIPPED, Held.NOT_DUE)}
    assert (post.mails, count(session, Notice)) == ([], 0)
    clock.move(days=1)
    assert send(mailer) == 0


def test_what_is_held_waits_for_its_moment_and_says_why(
    session: Any, cast: Cast, clock: FixedClock, send: Any, mailer: Mailer, post: Post
) -> None:
    queue(session, clock, mail(cast))
    until = clock.now() + dt.timedelta(hours=9)
    assert send(mailer, wanted=lambda *_asked: Verdict(Held.QUIET, until)) == 0
    row = rows(session)["a"]
    assert (row.state, row.held, row.not_before, row.attempts) == (DeliveryState.WAITING, Held.QUIET, until, 0)
    clock.move(hours=9)
    assert send(mailer) == 1
    assert (rows(session)["a"].held, len(post.mails)) == (None, 1)


def test_a_worry_about_safety_overtakes_whatever_waits(
    session: Any, cast: Cast, clock: FixedClock, send: Any, mailer: Mailer, post: Post
) -> None:
    queue(session, clock, *(mail(cast, f"{n:02}", topic=Topic.REMINDERS) for n in range(40)))
    clock.move(minutes=1)
    queue(session, clock, mail(cast, "worry"))
    send(mailer)
    assert post.mails[0]["To"] == "box-worry@mail.example"
    assert len(post.readers()) == 41


def test_a_worry_raised_while_ten_thousand_mails_are_leaving_is_the_next_to_leave(
    session: Any, cast: Cast, clock: FixedClock, mailer: Mailer, post: Post
) -> None:
    flood = [mail(cast, f"flood{n:05}", topic=Topic.REMINDERS) for n in range(10_000)]
    assert len(enqueue_many(session, flood, now=clock.now())) == len(flood)
    session.commit()
    clock.move(minutes=1)

    class Raising:
        """The way out, by which somebody worries as the third mail leaves."""

        def send(self, delivery: Delivery) -> Problem | None:
            if len(post.readers()) == 2:
                queue(session, clock, mail(cast, "worry"))
            return mailer.send(delivery)

    ways: Any = {MAIL: Raising()}
    go, enough = (lambda *_asked: GO), (lambda: len(post.readers()) >= 5)
    deliver(session, ways, claimant=uuid.uuid4(), clock=clock.now, still_wanted=go, stop=enough)
    assert post.mails[3]["To"] == "box-worry@mail.example"
    assert count(session, Delivery) == 10_001


def test_without_a_mail_server_mails_wait_and_notices_do_not(
    session: Any, cast: Cast, clock: FixedClock, send: Any
) -> None:
    queue(session, clock, mail(cast), notice(cast))
    assert send(None) == 1
    found = {key: (row.state, row.sent_at) for key, row in rows(session).items()}
    assert found == {"a": (DeliveryState.WAITING, None), "n": (DeliveryState.SENT, clock.now())}


def test_one_message_that_cannot_be_handled_holds_up_no_other(
    session: Any, cast: Cast, clock: FixedClock, send: Any, mailer: Mailer, post: Post
) -> None:
    queue(session, clock, mail(cast, "a", address="two\nlines@mail.example"), mail(cast, "b"))
    clock.move(seconds=1)
    queue(session, clock, mail(cast, "c"), notice(cast))

    def wanted(_session: Any, row: Delivery, _now: dt.datetime) -> Verdict:
        if row.key == "b":
            raise LookupError(WHAT)
        return GO

    assert send(mailer, wanted=wanted) == 2
    found = rows(session)
    assert {key for key, row in found.items() if row.state is DeliveryState.SENT} == {"c", "n"}
    assert (found["a"].state, found["a"].error) == (DeliveryState.STOPPED, "no mail can be written to this address")
    assert (found["b"].state, found["b"].error) == (
        DeliveryState.WAITING,
        "it could not be handled here; the log says more",
    )
    assert found["b"].not_before == clock.now() + back_off("b", 1, Urgency.SAFETY)
    clock.set(found["b"].not_before)
    assert send(mailer) == 2  # and in the app, that a mail could not be delivered
    assert post.readers() == ["box-b@mail.example", "box-c@mail.example"]


# ---- what is urgent, and what is asked ----------------------------------------------------------------------------------


def test_a_worry_waits_for_the_mail_in_hand_and_for_no_other(session: Any, cast: Cast, clock: FixedClock) -> None:
    queue_keys(session, cast, clock.now(), *(f"m{n:02}" for n in range(30)))

    class Slow(Pen):
        def send(self, delivery: Delivery) -> Problem | None:
            clock.move(seconds=30)
            if len(self.sent) == 3:
                queue_keys(session, cast, clock.now(), "worry", topic=Topic.SAFETY)
            return super().send(delivery)

    pen = Slow()
    assert send_by(session, clock, pen) == 31
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


# ---- between claim and send ---------------------------------------------------------------------------------------------


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
    send_by(session, clock, pen, wanted=meanwhile)
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
        send_by(
            session, clock, Mailer(post.url, "desk@mail.example", "https://desk.example"), wanted=planning.still_wanted
        )
    finally:
        post.close()
    assert post.readers() == sorted((cast.email("dana"), cast.email("imani")))
    mails = {row.recipient_id: row for row in rows(session).values() if row.channel is MAIL}
    stopped = mails[cast.chris.id]
    assert (stopped.state, stopped.error) == (DeliveryState.STOPPED, "no mail can be written to this address")
