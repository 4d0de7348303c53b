"""The outbox loses nothing: a real mail server, every way it can answer, and deliverers that work at once or die."""

from __future__ import annotations

import datetime as dt
import inspect
import re
import ssl
import threading
import uuid
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
import trustme
from aiosmtpd.smtp import AuthResult
from hypothesis import given
from hypothesis import strategies as st

from coachdesk.access import may_see
from coachdesk.db import db
from coachdesk.notify import (
    ASKED_BODY,
    ASKED_SUBJECT,
    BODY,
    CALENDAR_ADDRESS,
    GO,
    PERSON_BODY,
    PERSON_SUBJECT,
    SUBJECT,
    Channel,
    Delivery,
    DeliveryState,
    Held,
    Mailer,
    Message,
    Notice,
    Topic,
    Urgency,
    Verdict,
    deliver,
    enqueue,
    enqueue_many,
    list_notices,
    see_notice,
)
from coachdesk.notify.claiming import Claim, claim
from coachdesk.notify.composing import compose
from coachdesk.notify.line import WHOLE
from coachdesk.notify.mending import APART, LEASE
from coachdesk.notify.pauses import GIVE_UP_AFTER, LONGEST_PAUSE, LONGEST_WHEN_URGENT, SPREAD, back_off
from coachdesk.notify.undelivered import UNDELIVERED
from tests.post import Post

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask

    from coachdesk.clock import FixedClock
    from coachdesk.notify import Problem
    from tests.cast import Cast

SENDER = "CoachDesk <desk@mail.example>"
WHAT = "Marcus Tell asked not to be alone tonight"
"""What stands in the app and may never stand in a mail."""


@pytest.fixture
def post() -> Iterator[Post]:
    """A mail server that takes everything until told otherwise."""
    made = Post()
    yield made
    made.close()


@pytest.fixture
def mailer(post: Post) -> Mailer:
    """The way to that server."""
    return Mailer(post.url, SENDER, "https://desk.example")


@pytest.fixture
def send(session: Any, clock: FixedClock) -> Callable[..., int]:
    """Deliver what waits, as a claimant of its own."""

    def do(mailer: Mailer | None, *, wanted: Callable[..., Verdict] = lambda *_asked: GO) -> int:
        return deliver(session, by(mailer), claimant=uuid.uuid4(), clock=clock.now, still_wanted=wanted)

    return do


def by(mailer: Mailer | None) -> dict[Channel, Mailer]:
    return {Channel.EMAIL: mailer} if mailer else {}


MAIL = Channel.EMAIL


def mail(cast: Cast, key: str = "a", **more: Any) -> Message:
    values: dict[str, Any] = {
        "channel": Channel.EMAIL,
        "topic": Topic.SAFETY,
        "recipient_id": cast.dana.id,
        "text": WHAT,
        "path": "/desk",
        "subject": SUBJECT,
        "body": BODY,
        "address": f"box-{key}@mail.example",
    }
    return Message(key=key, **{**values, **more})


def notice(cast: Cast, key: str = "n", **more: Any) -> Message:
    return mail(cast, key, channel=Channel.IN_APP, address="", **more)


def queue(session: Any, clock: FixedClock, *messages: Message) -> None:
    for message in messages:
        assert enqueue(session, message, now=clock.now())
    session.commit()


def rows(session: Any) -> dict[str, Delivery]:
    """Return all deliveries as the database has them now, by key."""
    session.rollback()
    return {row.key: row for row in session.scalars(sa.select(Delivery).execution_options(populate_existing=True))}


def count(session: Any, table: Any) -> int:
    return int(session.scalar(sa.select(sa.func.count()).select_from(table)))


# ---- into the box -------------------------------------------------------------------------------------------------


def test_the_same_message_is_queued_once(session: Any, cast: Cast, clock: FixedClock) -> None:
    assert enqueue(session, mail(cast), now=clock.now())
    assert not enqueue(session, mail(cast, body="another"), now=clock.now())
    session.commit()
    assert not enqueue(session, mail(cast, channel=Channel.IN_APP), now=clock.now())
    session.commit()
    assert [row.body for row in rows(session).values()] == [BODY]


def test_an_act_that_is_undone_tells_nobody(session: Any, cast: Cast, clock: FixedClock) -> None:
    enqueue(session, mail(cast), now=clock.now())
    session.rollback()
    assert rows(session) == {}


def test_the_same_message_queued_by_four_at_once_is_one_row(app: Flask, session: Any, cast: Cast, clock: FixedClock):
    start, answers = threading.Barrier(4), list[bool]()
    message = mail(cast)
    session.rollback()

    def act() -> None:
        with app.app_context():
            start.wait(10)
            answers.append(enqueue(db.session, message, now=clock.now()))
            db.session.commit()
            db.session.remove()

    run_at_once(act, 4)
    assert sorted(answers) == [False, False, False, True]
    assert count(session, Delivery) == 1


def test_what_is_to_wait_waits(session: Any, cast: Cast, clock: FixedClock, send: Any, mailer: Mailer) -> None:
    enqueue(session, mail(cast, not_before=clock.now() + dt.timedelta(hours=1)), now=clock.now())
    session.commit()
    assert send(mailer) == 0
    clock.move(hours=1)
    assert send(mailer) == 1


def test_words_addresses_and_paths_are_not_in_the_database_in_clear(session: Any, cast: Cast, clock: FixedClock):
    queue(session, clock, mail(cast))
    raw = session.execute(sa.text("SELECT text, path, body, address FROM delivery")).one()
    assert all(value.startswith("gAAAA") for value in raw)


# ---- what a mail says ---------------------------------------------------------------------------------------------


def test_a_mail_names_nobody_and_says_nothing(
    session: Any, cast: Cast, clock: FixedClock, send: Any, mailer: Mailer, post: Post
) -> None:
    queue(session, clock, mail(cast, f"safety:{cast.marcus.hex}", address="box-7@mail.example"))
    assert send(mailer) == 1
    (got,) = post.mails
    text, page = (part.get_content() for part in got.iter_parts())
    whole = f"{got.as_string()} {text} {page}"
    for name in ("Dana", "Osei", "Marcus", "Tell", "Morning Side", WHAT, "alone", "safety", cast.marcus.hex):
        assert not re.search(rf"\b{name}\b", whole), name
    assert got["To"] == "box-7@mail.example"
    assert got["Subject"] == SUBJECT
    assert got["From"] == SENDER
    assert text.splitlines() == [BODY, "", "https://desk.example/desk"]
    assert got["Auto-Submitted"] == "auto-generated"
    assert got["Date"].datetime == clock.now()
    assert got.get_content_type() == "multipart/alternative"


@pytest.mark.parametrize(
    "words", [SUBJECT, BODY, PERSON_SUBJECT, PERSON_BODY, ASKED_SUBJECT, ASKED_BODY, CALENDAR_ADDRESS]
)
def test_the_words_of_a_mail_are_the_same_for_every_matter(words: str) -> None:
    assert not re.search(r"[%{]|recover|coach\b|goal|safe|check|review|remind|invit|concern|\d", words)


def test_a_mail_is_known_by_a_number_made_from_its_key(cast: Cast, clock: FixedClock, mailer: Mailer) -> None:
    def number(key: str) -> str:
        made = Delivery(key=key, subject=SUBJECT, body=BODY, path="/", address="a@b.example", created_at=clock.now())
        return str(compose(made, sender=SENDER, base_url=mailer.base_url)["Message-ID"])

    assert number("safety:1") == number("safety:1")
    assert number("safety:1") != number("safety:2")
    assert re.fullmatch(r"<[0-9a-f]{40}@desk\.example>", number("safety:1"))


# ---- what the server answers --------------------------------------------------------------------------------------


def test_while_the_server_is_down_mails_wait_longer_each_time_and_none_is_lost(
    session: Any, cast: Cast, clock: FixedClock, send: Any, mailer: Mailer, post: Post
) -> None:
    post.close()
    keys = "abc"
    queue(session, clock, *(mail(cast, key, topic=Topic.REMINDERS) for key in keys))
    for attempts in (1, 2, 3):
        for tried in (1, 2, 3):  # a server that is down is asked once a round, not once a mail
            assert send(mailer) == 0
            assert sum(row.attempts for row in rows(session).values()) == 3 * (attempts - 1) + tried
        assert send(mailer) == 0
        for key, row in rows(session).items():
            assert (row.state, row.attempts) == (DeliveryState.WAITING, attempts), "tried before its time"
            assert row.not_before == clock.now() + back_off(key, attempts)
            assert row.error == f"nobody answered at 127.0.0.1:{post.doors.port}"
        clock.set(max(row.not_before for row in rows(session).values()))
    up = Post()
    try:
        assert send(Mailer(up.url, SENDER, "https://desk.example")) == 3
    finally:
        up.close()
    assert up.readers == ["box-a@mail.example", "box-b@mail.example", "box-c@mail.example"]
    for row in rows(session).values():
        assert (row.state, row.error, row.sent_at) == (DeliveryState.SENT, "", clock.now())


def test_a_server_that_is_down_holds_up_no_notice(session: Any, cast: Cast, clock: FixedClock, send: Any, post: Post):
    post.close()
    queue(session, clock, *(mail(cast, key) for key in "abc"), notice(cast))
    assert send(Mailer(post.url, SENDER, "https://desk.example")) == 1
    assert rows(session)["n"].state is DeliveryState.SENT


@pytest.mark.parametrize(
    ("step", "answer", "said"),
    [
        ("takes_for", "550 No such box", "550: No such …"),
        ("takes_for", "550 5.1.1 <box-a@mail.example>: Recipient unknown", "550: 5.1.1 … Recipient unknown"),
        ("takes_mail", "554 Not taken", "554: Not taken"),
    ],
)
def test_a_mail_the_server_will_never_take_stops_with_the_servers_own_words(
    session: Any,
    cast: Cast,
    clock: FixedClock,
    send: Any,
    mailer: Mailer,
    post: Post,
    step: str,
    answer: str,
    said: str,
) -> None:
    setattr(post, step, answer)
    queue(session, clock, mail(cast))
    assert send(mailer) == 0
    row = rows(session)["a"]
    assert (row.state, row.error) == (DeliveryState.STOPPED, f"the mail server answered {said}")
    setattr(post, step, "250 OK")
    clock.move(days=1)
    assert send(mailer) == 1, "what its reader is told in the app, and nothing else"
    assert (rows(session)["a"].attempts, post.mails) == (1, [])
    told = list_notices(session, cast.dana.id, sees=partial(may_see, cast.dana))
    assert [(one.text, one.path) for one in told] == [(UNDELIVERED, "/account")]


def test_what_could_not_be_delivered_is_said_once_until_it_was_seen(
    session: Any, cast: Cast, clock: FixedClock, send: Any, mailer: Mailer, post: Post
) -> None:
    def told() -> list[Notice]:
        send(mailer)
        send(mailer)
        return list(list_notices(session, cast.dana.id, sees=partial(may_see, cast.dana), limit=99))

    post.takes_for = "550 No such box"
    queue(session, clock, *(mail(cast, key) for key in "abc"), mail(cast, "p", subject=PERSON_SUBJECT))
    (first,) = told()
    queue(session, clock, *(mail(cast, key) for key in "de"))
    assert [one.id for one in told()] == [first.id]
    see_notice(session, cast.dana.id, first.id, now=clock.now())
    queue(session, clock, mail(cast, "f"))
    (second,) = told()
    assert second.id != first.id


@pytest.mark.parametrize(
    ("step", "answer"),
    [
        ("takes_from", "451 Later"),
        ("takes_for", "451 Later"),
        ("takes_mail", "451 Later"),
        ("takes_from", "530 Say first who you are"),
        ("takes_from", "553 Not your sender"),
    ],
)
def test_what_may_go_well_another_time_or_can_be_mended_here_is_tried_again(
    session: Any, cast: Cast, clock: FixedClock, send: Any, mailer: Mailer, post: Post, step: str, answer: str
) -> None:
    setattr(post, step, answer)
    queue(session, clock, mail(cast))
    assert send(mailer) == 0
    row = rows(session)["a"]
    assert (row.state, row.error) == (DeliveryState.WAITING, f"the mail server answered {answer[:3]}: {answer[4:]}")
    setattr(post, step, "250 OK")
    clock.set(row.not_before)
    assert send(mailer) == 1
    assert post.readers == ["box-a@mail.example"]


def test_a_wrong_secret_for_the_mail_server_stops_no_mail(
    session: Any, cast: Cast, clock: FixedClock, send: Any
) -> None:
    def knows(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        return AuthResult(success=(given.login, given.password) == (b"desk", b"s3:cret"), handled=False)

    post = Post(authenticator=knows, auth_require_tls=False)
    try:
        queue(session, clock, mail(cast))
        assert send(Mailer(post.url.replace("//", "//desk:wrong@"), SENDER, "https://desk.example")) == 0
        row = rows(session)["a"]
        assert (row.state, row.error.partition(":")[0]) == (DeliveryState.WAITING, "the mail server answered 535")
        clock.set(row.not_before)
        assert send(Mailer(post.url.replace("//", "//desk:s3%3Acret@"), SENDER, "https://desk.example")) == 1
    finally:
        post.close()


def test_the_secret_for_a_mail_server_elsewhere_never_travels_in_the_clear(
    session: Any, cast: Cast, clock: FixedClock, send: Any
) -> None:
    tries: list[Any] = []

    def listens(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        tries.append(given)
        return AuthResult(success=True)

    post = Post(authenticator=listens, auth_require_tls=False)
    elsewhere = post.url.replace("//127.0.0.1", "//desk:s3cret@0.0.0.0")  # the same door by a name that is not loopback
    try:
        queue(session, clock, mail(cast))
        assert send(Mailer(elsewhere, SENDER, "https://desk.example")) == 0
        assert "offers no encryption" in rows(session)["a"].error
        assert tries == []
    finally:
        post.close()


@pytest.mark.parametrize("words", ["421 Closing", "500 What?"])
def test_what_the_server_says_at_parting_does_not_unsend_a_mail(
    session: Any, cast: Cast, clock: FixedClock, send: Any, mailer: Mailer, post: Post, words: str
) -> None:
    post.parts_with = words
    queue(session, clock, mail(cast))
    assert send(mailer) == 1
    assert rows(session)["a"].state is DeliveryState.SENT
    assert len(post.mails) == 1


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_mail_goes_only_to_a_server_that_can_prove_who_it_is(
    session: Any, cast: Cast, clock: FixedClock, send: Any, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    authority, theirs = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(theirs)
    ours = ssl.create_default_context()
    authority.configure_trust(ours)
    doors = {"ssl_context": theirs} if scheme == "smtps" else {"tls_context": theirs, "require_starttls": True}
    post = Post(**doors)
    mailer = Mailer(post.url.replace("smtp:", f"{scheme}:"), SENDER, "https://desk.example")
    try:
        queue(session, clock, mail(cast))
        assert send(mailer) == 0
        assert "could not prove that it is the one we mean" in rows(session)["a"].error
        monkeypatch.setattr(ssl, "create_default_context", lambda: ours)
        clock.set(rows(session)["a"].not_before)
        assert send(mailer) == 1
    finally:
        post.close()
    assert len(post.mails) == 1


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
    assert post.readers == ["box-b@mail.example"]
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


# ---- not sent -----------------------------------------------------------------------------------------------------


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
    assert len(post.readers) == 41


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
            if len(post.readers) == 2:
                queue(session, clock, mail(cast, "worry"))
            return mailer.send(delivery)

    ways: Any = {MAIL: Raising()}
    go, enough = (lambda *_asked: GO), (lambda: len(post.readers) >= 5)
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
    assert post.readers == ["box-b@mail.example", "box-c@mail.example"]


# ---- at once, and in spite of death -------------------------------------------------------------------------------


def run_at_once(act: Callable[[], None], times: int) -> None:
    threads = [threading.Thread(target=act) for _each in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()


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
    assert post.readers == [message.address for message in mails]
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
    assert post.readers == ["box-a@mail.example"]
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
    assert post.readers == [f"box-{key}@mail.example" for key in keys]
    assert {row.state for row in rows(session).values()} == {DeliveryState.SENT}


# ---- in the app ---------------------------------------------------------------------------------------------------


def test_a_notice_stands_for_its_reader_alone_until_they_have_seen_it(
    session: Any, cast: Cast, clock: FixedClock, send: Any
) -> None:
    queue(session, clock, notice(cast, "one", text="First"))
    assert send(None) == 1
    clock.move(minutes=1)
    queue(session, clock, notice(cast, "two", text="Second"))
    assert send(None) == 1
    second, first = list_notices(session, cast.dana.id, sees=partial(may_see, cast.dana))
    assert [(n.text, n.path, n.topic) for n in (second, first)] == [
        ("Second", "/desk", Topic.SAFETY),
        ("First", "/desk", Topic.SAFETY),
    ]
    assert [n.text for n in list_notices(session, cast.dana.id, sees=partial(may_see, cast.dana), limit=1)] == [
        "Second"
    ]
    assert list_notices(session, cast.imani.id, sees=partial(may_see, cast.imani)) == []
    see_notice(session, cast.imani.id, first.id, now=clock.now())
    assert len(list_notices(session, cast.dana.id, sees=partial(may_see, cast.dana))) == 2
    see_notice(session, cast.dana.id, first.id, now=clock.now())
    assert [n.text for n in list_notices(session, cast.dana.id, sees=partial(may_see, cast.dana))] == ["Second"]
    session.rollback()


def test_nobody_lists_notices_without_saying_whom_their_reader_sees():
    assert inspect.signature(list_notices).parameters["sees"].default is inspect.Parameter.empty
