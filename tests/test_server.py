"""The real web server: what it says of itself, what it believes, and how it answers what is no request at all."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from coachdesk.server import LONGEST_HEADER, LONGEST_LINE, MOST_HEADERS, server_options
from coachdesk.web.headers import BARE
from tests.conftest import settings
from tests.test_serving import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="gunicorn and signals are Unix")
COMMAND = [sys.executable, "-m", "coachdesk.cli"]


class Desk:
    """A web server in a process of its own, over an empty database."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.host = f"127.0.0.1:{self.port}"
        self.environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("COACHDESK_")},
            "COACHDESK_INSTANCE": str(folder / "home"),
            "COACHDESK_BASE_URL": f"http://{self.host}",
            "COACHDESK_WORKERS": "1",
            "FORWARDED_ALLOW_IPS": "*",  # the server's own switch; ours is COACHDESK_TRUSTED_PROXIES
            "PORT": str(self.port),
        }
        subprocess.run([*COMMAND, "db", "upgrade"], env=self.environ, check=True, capture_output=True)
        self.log = folder / "log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen([*COMMAND, "web"], env=self.environ, stdout=log, stderr=log)
        while b" 200 " not in self._try():
            assert self.process.poll() is None, self.log.read_text()

    def _try(self) -> bytes:
        try:
            return self.says(f"GET /healthz HTTP/1.1\r\nHost: {self.host}\r\nConnection: close\r\n\r\n")
        except OSError:
            return b""

    def says(self, request: str) -> bytes:
        """Send bytes as they are, and return all that comes back."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as line:
            line.sendall(request.encode("latin1"))
            got = b""
            while part := line.recv(65536):
                got += part
            return got

    def asks(self, first: str, *headers: str, host: str = "") -> tuple[int, str]:
        sent = "\r\n".join([first, f"Host: {host or self.host}", *headers, "Connection: close", "", ""])
        answer = self.says(sent).decode("latin1")
        return int(answer.split(" ", 2)[1]), answer


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    opened = Desk(tmp_path_factory.mktemp("server"))
    yield opened
    opened.process.send_signal(signal.SIGTERM)
    opened.process.wait(20)


def carries_headers(answer: str) -> bool:
    head = answer.partition("\r\n\r\n")[0]
    return all(f"{name}:" in head for name in BARE)


@pytest.mark.asvs("13.4.6")
@pytest.mark.parametrize("path", ["/healthz", "/sign-in", "/static/app.css", "/nowhere"])
def test_it_does_not_say_what_it_is(desk, path):
    _status, answer = desk.asks(f"GET {path} HTTP/1.1")
    head = answer.partition("\r\n\r\n")[0].lower()
    assert "\nserver:" not in head
    assert "gunicorn" not in answer.lower()
    assert "werkzeug" not in answer.lower()
    assert carries_headers(answer) or path.startswith("/static")


NO_REQUEST = {
    "a line too long": (f"GET /{'x' * LONGEST_LINE} HTTP/1.1", (), 414),
    "a header too long": ("GET / HTTP/1.1", ("X-Long: " + "x" * (LONGEST_HEADER + 10),), 431),
    "too many headers": ("GET / HTTP/1.1", tuple(f"X-{n}: evil" for n in range(MOST_HEADERS + 1)), 431),
    "no method": ("evil<script> / HTTP/1.1", (), 400),
    "no version": ("GET / evil/9.9", (), 400),
    "no header": ("GET / HTTP/1.1", ("evil header",), 400),
    "two lengths": ("POST / HTTP/1.1", ("Content-Length: 1", "Content-Length: 2"), 400),
    "a length and chunks": ("POST / HTTP/1.1", ("Content-Length: 4", "Transfer-Encoding: chunked"), 400),
    "a folded header": ("GET / HTTP/1.1", ("X-Evil: a", " folded"), 400),
}


@pytest.mark.asvs("4.2.1")
@pytest.mark.asvs("16.5.1")
@pytest.mark.parametrize("what", NO_REQUEST)
def test_what_is_no_request_is_answered_plainly_and_not_repeated(desk, what):
    first, headers, expected = NO_REQUEST[what]
    status, answer = desk.asks(first, *headers)
    assert status == expected, answer[:300]
    assert carries_headers(answer)
    assert "evil" not in answer.lower()
    assert "xxx" not in answer


FORGED = {
    "another host": ("GET /sign-in HTTP/1.1", (), "evil.example"),
    "no host": ("GET /sign-in HTTP/1.0", (), " "),
    "two hosts": ("GET /sign-in HTTP/1.1", ("Host: evil.example",), ""),
    "on the first line": ("GET http://evil.example/sign-in HTTP/1.1", (), ""),
    "on the first line with our port": ("GET http://evil.example:80/healthz HTTP/1.1", (), ""),
    "forwarded": ("GET /sign-in HTTP/1.1", ("X-Forwarded-Host: evil.example",), ""),
    "another port": ("GET /static/app.css HTTP/1.1", (), "127.0.0.1:1"),
}


@pytest.mark.asvs("4.1.3")
@pytest.mark.parametrize("how", FORGED)
def test_a_forged_address_gets_400_and_is_not_repeated(desk, how):
    first, headers, host = FORGED[how]
    status, answer = desk.asks(first, *headers, host=host)
    assert status == 400, answer[:300]
    assert "evil" not in answer
    assert carries_headers(answer)


def test_our_own_address_on_the_first_line_is_fine(desk):
    assert desk.asks(f"GET http://{desk.host}/sign-in HTTP/1.1")[0] == 200


@pytest.mark.parametrize(
    "header", ["X-Forwarded-Proto: https", "X-Forwarded-Ssl: on", "SCRIPT_NAME: /evil", "Path_Info: /evil"]
)
def test_no_header_changes_where_we_are_or_how_we_are_reached(desk, header):
    status, answer = desk.asks("GET /sign-in HTTP/1.1", header)
    assert status == 200
    assert "evil" not in answer
    assert "Strict-Transport-Security" not in answer


def test_what_it_logged_meanwhile_repeats_nothing(desk):
    desk.asks("GET /sign-in?q=evilword HTTP/1.1")
    desk.asks(f"GET /{'x' * LONGEST_LINE} HTTP/1.1")
    said = desk.log.read_text()
    assert '"event": "request"' in said
    assert '"event": "Invalid request"' in said
    assert "evil" not in said
    assert "xxx" not in said


def test_limits_are_said_and_not_left_to_the_server(tmp_path):
    options = server_options(settings("", tmp_path))
    assert (options["limit_request_line"], options["limit_request_fields"]) == (4094, 60)
    assert options["limit_request_field_size"] == 8190
    assert options["secure_scheme_headers"] == {}
    assert options["forwarder_headers"] == ""
