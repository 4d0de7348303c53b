"""Serving: the supervisor that keeps web and scheduler going on one machine."""

from __future__ import annotations

import ctypes
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from coachdesk.config import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType

    from coachdesk.config import Settings

PATIENCE = 10
"""Seconds a part may still take when it is told to stop."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 4.0
"""Seconds before a part that ended is started again; doubled each time, so it is always tried within five."""
STEADY_AFTER = 30.0
"""Seconds after which a part counts as running well, and its next pause is the first again."""
GIVE_UP_CODE = 2
"""A part that ends with this cannot run with these settings; starting it again would not help."""
_LOOK_EVERY = 0.1
_SET_PARENT_DEATH_SIGNAL = 1
"""PR_SET_PDEATHSIG of Linux."""
_ANY_HOST = ("0.0.0.0", "::", "")  # noqa: S104 (recognised here, not listened on)


# ---- the supervisor -----------------------------------------------------------------------------------------------


@dataclass
class Part:
    """A child process that is kept going, and what is remembered of it."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = FIRST_PAUSE
    start_at: float = 0.0

    def start(self) -> None:
        """Start the process in a session of its own, so that Ctrl-C reaches it through the supervisor alone."""
        self.process = subprocess.Popen(  # noqa: S603 (our own command)
            self.command, start_new_session=True, stdin=subprocess.DEVNULL
        )
        self.started = time.monotonic()

    def send(self, number: int) -> None:
        """Send a signal to the process and all it started."""
        if self.process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)

    def has_ended(self) -> bool:
        """Say whether the process has ended."""
        return self.process is not None and self.process.poll() is not None


def parts_of(*, demo: bool) -> tuple[Part, Part]:
    """Return web and scheduler, started by this same Python and ending with this process."""
    flags = ["--parent", str(os.getpid()), *(["--demo"] if demo else [])]
    command = [sys.executable, "-P", "-m", "coachdesk.cli"]  # -P: no module of the folder it happens to be started in
    return Part("web", [*command, "web", *flags]), Part("scheduler", [*command, "scheduler", *flags])


@dataclass
class Supervisor:
    """Keeps parts going until a signal says stop; says once that the house is open."""

    parts: Sequence[Part]
    is_open: Callable[[], bool]
    say_open: Callable[[], None]
    _signals: list[int] = field(default_factory=list)
    _said: bool = False

    def run(self) -> int:
        """Start the parts, look after them, end them; return the exit code."""
        usual = {number: signal.signal(number, self._note) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        code = 0
        try:
            while not self._signals and not code:
                code = self._look_after()
                time.sleep(_LOOK_EVERY)
        finally:
            self._end()
            for number, handler in usual.items():
                signal.signal(number, handler)
        return code

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self._signals.append(number)

    def _look_after(self) -> int:
        now = time.monotonic()
        for part in self.parts:
            if part.has_ended():
                code = part.process.returncode if part.process else 0
                if code == GIVE_UP_CODE:
                    return GIVE_UP_CODE
                _plan_restart(part, code, now)
            if part.process is None and now >= part.start_at:
                part.start()
        if not self._said and self.is_open():
            self._said = True
            self.say_open()
        return 0

    def _end(self) -> None:
        """Ask all parts to end; who does not within the time, or when asked twice, is ended."""
        self._signals.clear()
        for part in self.parts:
            part.send(signal.SIGTERM)
        last = time.monotonic() + PATIENCE + 5
        while time.monotonic() < last and not self._signals and not all(map(_is_gone, self.parts)):
            time.sleep(_LOOK_EVERY)
        for part in self.parts:
            part.send(signal.SIGKILL)
            if part.process is not None:
                part.process.wait()


def _is_gone(part: Part) -> bool:
    return part.process is None or part.has_ended()


def _plan_restart(part: Part, code: int, now: float) -> None:
    part.send(signal.SIGKILL)  # what it started and left behind
    part.process = None
    if now - part.started > STEADY_AFTER:
        part.pause = FIRST_PAUSE
    part.start_at = now + part.pause
    print(f"{part.name} ended ({code}) and is started again.", file=sys.stderr, flush=True)  # noqa: T201 (to its keeper)
    part.pause = min(LONGEST_PAUSE, part.pause * 2)


def supervise(settings: Settings, *, say_open: Callable[[], None], parts: Sequence[Part] | None = None) -> int:
    """Run web and scheduler until Ctrl-C or a signal; return the exit code. Raises `SettingsError` on a taken port."""
    _refuse_taken_port(settings)
    return Supervisor(parts or parts_of(demo=settings.demo), lambda: answers(settings), say_open).run()


def answers(settings: Settings) -> bool:
    """Say whether the web server answers on its own machine."""
    host = "127.0.0.1" if settings.host in _ANY_HOST else settings.host
    asked = http.client.HTTPConnection(host, settings.port, timeout=1)
    try:
        asked.request("GET", "/healthz", headers={"Host": urlsplit(settings.base_url).netloc})
        return asked.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asked.close()


def _refuse_taken_port(settings: Settings) -> None:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((settings.host, settings.port))
        except OSError as trouble:
            raise SettingsError(
                f"PORT: {settings.host}:{settings.port} cannot be listened on ({trouble.strerror}). "
                "Choose another with PORT=8001, or end what is there."
            ) from None


# ---- no orphans ---------------------------------------------------------------------------------------------------


def end_with(parent: int) -> None:
    """End this process when its parent does, also when the parent is killed outright.

    Linux sends the signal itself (prctl); elsewhere a thread looks once a second whose child this is.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)
    else:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    if os.getppid() != parent:  # it ended before this line
        raise SystemExit(0)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)
