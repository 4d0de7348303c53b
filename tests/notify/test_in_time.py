"""A server that never comes to an end, and a stop in the middle: each send is over in its time."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from coachdesk.clock import SystemClock
from coachdesk.notify import (
    SUBJECT,
    Delivery,
    DeliveryState,
    Mailer,
    Topic,
    apprising,
    channels,
    line,
)
from coachdesk.notify.line import ANSWER, TAKING, WHOLE
from coachdesk.notify.mending import LEASE
from tests.cast import MONDAY
from tests.conftest import KEYS
from tests.gateway import Gateway
from tests.notify.helpers import (
    BASE,
    Pen,
    queue_keys,
    rows,
    send_by,
)
from tests.post import Post

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from coachdesk.clock import FixedClock
    from tests.cast import Cast

# ---- a server that never comes to an end --------------------------------------------------------------------------------


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


# ---- time-outs ----------------------------------------------------------------------------------------------------------


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
        last = time.monotonic() + 20
        while not gateway.asked and time.monotonic() < last:  # the library is loaded by whoever sends first
            time.sleep(0.01)
        assert gateway.asked == 1
        gateway.waits.set()
        apprising._at_work[gateway.url].join(10)
        monkeypatch.setattr(apprising, "LONGEST", 10)
        assert way.say("+15550102030", "c") is None
        assert [got["message"] for got in gateway.took] == ["a", "c"]
    finally:
        gateway.close()


# ---- told to stop -------------------------------------------------------------------------------------------------------


def test_told_to_stop_it_ends_with_the_message_in_hand_and_holds_no_other(
    session: Any, cast: Cast, clock: FixedClock
) -> None:
    queue_keys(session, cast, clock.now(), *"abcde")
    pen, other = Pen(), Pen()
    assert send_by(session, clock, pen, stop=lambda: len(pen.sent) == 2) == 2
    assert [(row.state, row.attempts) for row in rows(session).values() if row.key not in pen.sent] == [
        (DeliveryState.WAITING, 0)
    ] * 3
    assert send_by(session, clock, other) == 3  # at once, without waiting for any lease
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
    queue_keys(session, cast, SystemClock().now(), *"abc", topic=Topic.ACCOUNT, address=cast.email("dana"))
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
