"""Web and scheduler are kept going together, and nothing is left behind: real processes, real signals."""

from __future__ import annotations

import functools
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from coachdesk.config import Settings, SettingsError, load
from coachdesk.server import server_options
from coachdesk.serving import LONGEST_PAUSE, Part, Supervisor, answers, parts_of, supervise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="gunicorn and signals are Unix")

# A supervisor of the real web server and of a part that only says which process it is.
HOUSE = """
import os, sys
from coachdesk.config import load
from coachdesk.serving import Part, parts_of, supervise
web = parts_of(demo=True)[0]
other = Part("other", [sys.executable, "-c", sys.argv[1], str(os.getpid())])
sys.exit(supervise(load(os.environ, demo=True), say_open=lambda: print("open", flush=True), parts=[web, other]))
"""
OTHER = """
import sys, time
from coachdesk.serving import end_with
end_with(int(sys.argv[1]))
time.sleep(600)
"""
EVERYBODY = 5
"""Supervisor, other, web and its two workers."""
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def wait_until(true: Callable[[], object], seconds: float = 20) -> None:
    last = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < last, f"not true after {seconds} s"
        time.sleep(0.05)


def is_running(process: psutil.Process) -> bool:
    return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)


class House:
    """A supervisor in a process of its own, seen from outside."""

    def __init__(self, folder: Path, other: str) -> None:
        self.environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("COACHDESK_")},
            "COACHDESK_INSTANCE": str(folder / "home"),
            "PORT": str(free_port()),
        }
        self.settings = load(self.environ, demo=True)
        self.process = psutil.Popen(
            [sys.executable, "-c", HOUSE, other],
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def opens(self) -> None:
        assert self.process.stdout.readline() == "open\n", self.process.stderr.read()
        wait_until(lambda: len(self.everybody()) >= EVERYBODY)

    def part(self, name: str) -> psutil.Process | None:
        mine = [child for child in self.process.children() if (name == "web") == ("web" in _words(child))]
        return mine[0] if mine else None

    def has_another(self, name: str, pid: int) -> bool:
        found = self.part(name)
        return found is not None and found.pid != pid

    def everybody(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]


def _words(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


@pytest.fixture
def open_house(tmp_path: Path) -> Iterator[Callable[[str], House]]:
    built: list[House] = []

    def make(other: str = OTHER) -> House:
        built.append(House(tmp_path, other))
        return built[-1]

    yield make
    for house in built:
        left = house.everybody() if is_running(house.process) else []
        for process in left:
            if is_running(process):
                process.kill()
        house.process.communicate(timeout=10)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_everybody_and_the_exit_is_clean(open_house, number):
    house = open_house()
    house.opens()
    assert answers(house.settings)
    everybody = house.everybody()
    house.process.send_signal(number)
    assert house.process.wait(timeout=20) == 0
    assert not [process for process in everybody if is_running(process)]
    assert not answers(house.settings)


def test_a_part_that_is_killed_is_back_within_five_seconds(open_house):
    house = open_house()
    house.opens()
    for name in ("other", "web"):
        killed = house.part(name)
        killed.kill()
        wait_until(functools.partial(house.has_another, name, killed.pid), seconds=5)
    wait_until(lambda: answers(house.settings), seconds=10)


def test_nobody_is_left_when_the_supervisor_is_killed_outright(open_house):
    house = open_house()
    house.opens()
    others = house.process.children(recursive=True)
    house.process.kill()
    wait_until(lambda: not [process for process in others if is_running(process)], seconds=15)


def test_asking_twice_does_not_wait_for_a_part_that_will_not_end(open_house):
    house = open_house(STUBBORN)
    house.opens()
    everybody = house.everybody()
    house.process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert is_running(house.process)
    began = time.monotonic()
    house.process.send_signal(signal.SIGINT)
    assert house.process.wait(timeout=10) == 0
    assert time.monotonic() - began < 5
    assert not [process for process in everybody if is_running(process)]


def test_a_part_that_cannot_run_with_these_settings_ends_the_house(open_house):
    house = open_house("raise SystemExit(2)")
    assert house.process.wait(timeout=20) == 2


def test_a_part_that_keeps_ending_is_tried_ever_more_slowly_but_always_within_five_seconds():
    part = Part("brief", [sys.executable, "-c", "raise SystemExit(1)"])
    pauses = []
    supervisor = Supervisor([part], lambda: False, lambda: None)
    for _ in range(6):
        part.start_at = 0
        supervisor._look_after()
        assert part.process is not None
        part.process.wait()
        supervisor._look_after()
        pauses.append(part.start_at - time.monotonic())
    assert pauses[0] < pauses[1] < pauses[2] < LONGEST_PAUSE + 0.1
    assert max(pauses) < 5


def test_a_taken_port_is_named_before_anything_starts(tmp_path):
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        settings = load(
            {
                "COACHDESK_INSTANCE": str(tmp_path),
                "COACHDESK_BASE_URL": "http://127.0.0.1",
                "PORT": str(door.getsockname()[1]),
            }
        )
        with pytest.raises(SettingsError, match=r"^PORT: 127\.0\.0\.1:\d+ cannot be listened on"):
            supervise(settings, say_open=lambda: None)


def test_the_parts_are_this_python_and_know_their_parent(tmp_path):
    web, ticker = parts_of(demo=True)
    assert web.command[:5] == [sys.executable, "-P", "-m", "coachdesk.cli", "web"]
    assert ticker.command[4] == "scheduler"
    for part in (web, ticker):
        assert part.command[5:] == ["--parent", str(os.getpid()), "--demo"]


def test_the_web_server_keeps_no_log_of_addresses(tmp_path):
    settings = load(
        {"COACHDESK_INSTANCE": str(tmp_path), "COACHDESK_BASE_URL": "http://127.0.0.1", "COACHDESK_HOST": "::1"}
    )
    options = server_options(settings)
    assert options["accesslog"] is None
    assert options["bind"] == "[::1]:8000"
    assert (options["workers"], options["threads"]) == (2, 4)


def test_a_house_that_is_shut_does_not_answer(tmp_path):
    settings = load(
        {"COACHDESK_INSTANCE": str(tmp_path), "COACHDESK_BASE_URL": "http://127.0.0.1", "PORT": str(free_port())}
    )
    assert not answers(settings)


def test_what_is_no_web_server_is_not_taken_for_an_open_house(tmp_path):
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        settings: Settings = load(
            {
                "COACHDESK_INSTANCE": str(tmp_path),
                "COACHDESK_BASE_URL": "http://127.0.0.1",
                "PORT": str(door.getsockname()[1]),
            }
        )
        began = time.monotonic()
        assert not answers(settings)
        assert time.monotonic() - began < 3


def test_a_worker_that_is_killed_is_replaced_while_the_others_answer(open_house):
    house = open_house()
    house.opens()
    web = house.part("web")
    first, *_others = web.children()
    first.kill()
    wait_until(lambda: len([child for child in web.children() if is_running(child)]) == 2, seconds=10)
    asked = http.client.HTTPConnection("127.0.0.1", house.settings.port, timeout=5)
    asked.request("GET", "/healthz")
    assert asked.getresponse().status == 200
    asked.close()
