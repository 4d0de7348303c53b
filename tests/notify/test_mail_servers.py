"""Every way a mail server can answer, by a real one on the loopback: what waits, what stops, and what is said of it."""

from __future__ import annotations

import ssl
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import trustme
from aiosmtpd.smtp import AuthResult

from coachdesk.access import may_see
from coachdesk.notify import (
    PERSON_SUBJECT,
    DeliveryState,
    Mailer,
    Notice,
    Topic,
    list_notices,
    see_notice,
)
from coachdesk.notify.channels import MISSET
from coachdesk.notify.pauses import back_off
from coachdesk.notify.undelivered import UNDELIVERED
from tests.notify.helpers import (
    SENDER,
    failures,
    mail,
    notice,
    queue,
    rows,
)
from tests.post import Post

if TYPE_CHECKING:
    from coachdesk.clock import FixedClock
    from tests.cast import Cast


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
    assert up.readers() == ["box-a@mail.example", "box-b@mail.example", "box-c@mail.example"]
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
    assert post.readers() == ["box-a@mail.example"]


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


@pytest.mark.parametrize(
    ("door", "base_url"),
    [
        ("//desk:gr%C3%BCn@127.0.0.1", "https://desk.example"),
        ("//mail..example", "https://desk.example"),
        (f"//{'m' * 64}.example", "https://desk.example"),
        ("//127.0.0.1", "https://bücher.example"),
    ],
)
def test_a_setting_that_cannot_be_written_stops_no_mail_and_blames_no_address(
    session: Any, cast: Cast, clock: FixedClock, send: Any, door: str, base_url: str
) -> None:
    post = Post(authenticator=lambda *_given: AuthResult(success=True), auth_require_tls=False)
    keys = [f"m{n:02}" for n in range(11)]
    try:
        queue(session, clock, *(mail(cast, key, topic=Topic.REMINDERS) for key in keys))
        misset = Mailer(post.url.replace("//127.0.0.1", door), SENDER, base_url)
        for _each in keys:
            assert send(misset) == 0
        assert {(row.state, row.error) for row in rows(session).values()} == {(DeliveryState.WAITING, MISSET)}
        assert failures(session, cast) == 0
        clock.move(minutes=1)
        assert send(Mailer(post.url, SENDER, "https://desk.example")) == len(keys)
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
