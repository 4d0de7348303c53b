"""Two web servers over one database count together: real processes, real time, real HTTP."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from coachdesk.accounts import guessing
from coachdesk.accounts.models import GuessCount
from coachdesk.accounts.rules import Caller, Guess, limits_on, network_of
from coachdesk.clock import SystemClock
from tests.cast import PASSPHRASE
from tests.conftest import KEYS
from tests.test_serving import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="gunicorn and signals are Unix")
WRONG = "not the right one at all"


class Browser:
    """Somebody's browser, which speaks to one server: cookies and a token."""

    def __init__(self, port: int) -> None:
        self.port, self.cookies, self.token = port, SimpleCookie(), ""
        self.token = self.asks("GET", "/sign-in")[2].split('name="csrf_token" value="')[1].split('"')[0]

    def asks(self, method: str, path: str, **fields: str) -> tuple[int, dict[str, str], str]:
        door = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {
            "Cookie": "; ".join(f"{name}={held.value}" for name, held in self.cookies.items()),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        body = urlencode({"csrf_token": self.token, **fields}) if method == "POST" else None
        door.request(method, path, body, headers)
        answer = door.getresponse()
        for line in answer.msg.get_all("Set-Cookie") or []:
            self.cookies.load(line)
        found = answer.status, dict(answer.getheaders()), answer.read().decode()
        door.close()
        return found

    def tries(self, email: str, passphrase: str = WRONG) -> tuple[int, dict[str, str], str]:
        return self.asks("POST", "/sign-in", email=email, password=passphrase)


@pytest.fixture
def ports(app, session, tmp_path: Path) -> Iterator[list[int]]:
    """Two servers of one process each, over the test's own database."""
    session.rollback()
    found = [free_port(), free_port()]
    parts = [subprocess.Popen([sys.executable, "-m", "coachdesk.cli", "web"], env=_environ(app, tmp_path, port))
             for port in found]  # fmt: skip
    try:
        for port in found:
            _wait_for(port)
        yield found
    finally:
        for part in parts:
            part.send_signal(signal.SIGTERM)
        for part in parts:
            part.wait(20)


def _environ(app: Any, folder: Path, port: int) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("COACHDESK_")},
        "COACHDESK_INSTANCE": str(folder),
        "COACHDESK_DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
        "COACHDESK_KEYS": KEYS.fernet[0],
        "COACHDESK_SECRET_KEY": KEYS.session,
        "COACHDESK_DIGEST_KEY": KEYS.digest,
        "COACHDESK_PASSWORD_SALT": KEYS.salt,
        "COACHDESK_BASE_URL": f"http://127.0.0.1:{port}",
        "COACHDESK_LOG": "error",
        "COACHDESK_WORKERS": "1",
        "PORT": str(port),
    }


def _wait_for(port: int) -> None:
    last = time.monotonic() + 30
    while time.monotonic() < last:
        try:
            Browser(port)
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"nobody answers at {port}")


@pytest.mark.asvs("6.3.1")
def test_tries_that_alternate_between_two_servers_are_limited_together(ports, session, cast):
    one, other = (Browser(port) for port in ports)
    answers = [(one, other)[n % 2].tries(cast.email("dana")) for n in range(8)]
    assert [status for status, *_rest in answers] == [200] * 5 + [429] * 3
    for _status, headers, page in answers[5:]:
        assert 0 < int(headers["Retry-After"]) <= 60
        assert "Please wait a minute, then try again." in page
    session.rollback()
    assert max(session.scalars(sa.select(GuessCount.count))) == 5
    session.rollback()
    assert [browser.tries(cast.email("ruth"), PASSPHRASE)[0] for browser in (one, other)] == [302, 302]


@pytest.mark.asvs("15.4.2")
def test_twenty_tries_at_once_at_two_servers_are_five(ports, session, cast):
    browsers = [Browser(ports[n % 2]) for n in range(20)]
    together, statuses = threading.Barrier(20), []

    def tries_once(browser: Browser) -> None:
        together.wait(30)
        statuses.append(browser.tries(cast.email("dana"))[0])

    crowd = [threading.Thread(target=tries_once, args=[browser]) for browser in browsers]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join(60)
    assert sorted(statuses) == [200] * 5 + [429] * 15
    session.rollback()
    # Beside the windows stands one more row: how many ran into the wait before the trail had it.
    caller = Caller(cast.email("dana"), network_of("127.0.0.1"), "")
    windows = [guessing._name(limit, Guess.PASSPHRASE, caller) for limit in limits_on(Guess.PASSPHRASE, caller)]
    counts = guessing.Counts(session, SystemClock().now())
    assert [counts.get(name) for name in windows] == [5] * len(windows)
