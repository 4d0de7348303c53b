"""The server is ended with -9 while people write: nothing that is older than the five seconds between two savings is lost.

A real desk, coaches who write as a page's script does, and `kill -9` of all its processes at once, several times over.
Each draft that was said to be kept must be there after the next start, as it was last said to be kept or newer.
"""

from __future__ import annotations

import http.client
import os
import random
import re
import signal
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bs4 import BeautifulSoup

from tests.faults import keys
from tests.reader import as_it_stands

if TYPE_CHECKING:
    import subprocess

COACHES = ("dana", "imani", "chris")
ROUNDS = 5
PACE = 0.1
"""Seconds between two savings here; a page's script takes five, so this is the harder case."""
LONGEST = 60.0
PAGE = "check-ins/new"


@dataclass
class Writing:
    """What one coach writes: the number of the last word, and the last that was said to be kept."""

    name: str
    typed: int = 0
    kept: int = 0
    saved: int = 0
    """How often the desk said that it was kept."""
    missed: list[str] = field(default_factory=list)


def _writes(port: int, one: Writing, stop: threading.Event, path: str) -> None:
    """Type a word and keep it, over and over, until the desk is gone."""
    someone = keys.Visitor(port, keys.Tally())
    someone.signs_in(one.name)
    data, at = _form_at(someone, path)
    while not stop.is_set():
        one.typed += 1
        words = f"{data['note']} word{one.typed}".strip()
        with suppress(OSError, http.client.HTTPException):
            status, _text, _where = someone.asks("POST", at, {**data, "note": words})
            if status != http.client.SEE_OTHER:
                break
            data["note"], one.kept, one.saved = words, one.typed, one.saved + 1
            time.sleep(PACE * random.random())  # noqa: S311  (when, not what)
            continue
        break  # the line broke off: the desk was ended


def _form_at(someone: Any, path: str) -> tuple[dict[str, Any], str]:
    page = BeautifulSoup(someone.reads(path), "html.parser")
    note = page.select_one("input[data-keep]")
    form = note.find_parent("form") if note else None
    assert note is not None, f"nothing is kept on {path}"
    assert form is not None
    return as_it_stands(form), str(note["data-keep"])


def _first_person(port: int, name: str) -> str:
    someone = keys.Visitor(port, keys.Tally())
    someone.signs_in(name)
    return str(re.findall(r'href="(/people/[0-9a-f-]{36})"', someone.reads("/people"))[-1])


def _looks(port: int, one: Writing, path: str) -> None:
    """Read the draft again, in a new session, and compare."""
    someone = keys.Visitor(port, keys.Tally())
    someone.signs_in(one.name)
    data, _at = _form_at(someone, path)
    found = [int(number) for number in re.findall(r"word(\d+)", data["note"])]
    last = found[-1] if found else 0
    if not one.kept <= last <= one.typed:
        one.missed.append(f"{one.name}: kept up to {one.kept}, found up to {last} of {one.typed}")
    if found != sorted(set(found)):
        one.missed.append(f"{one.name}: words stand in another order than they were written")


def _end_all(desk: subprocess.Popen[str]) -> None:
    """End the desk and every process of its own, as a loss of memory or an impatient hand does."""
    os.killpg(desk.pid, signal.SIGKILL)
    desk.communicate(timeout=30)


def run(folder: Path, coaches: tuple[str, ...] = COACHES, rounds: int = ROUNDS) -> list[Writing]:
    """Open a desk in a folder, let coaches write, end it outright, look; print the figures."""
    port = keys._free_port()
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("COACHDESK_")},
        "COACHDESK_INSTANCE": str(folder),
        "PORT": str(port),
        "COACHDESK_LOG": "warning",
    }
    all_of_them = [Writing(name) for name in coaches]
    desk = keys._open_desk(environ)
    try:
        paths = {one.name: f"{_first_person(port, one.name)}/{PAGE}" for one in all_of_them}
        for _round in range(rounds):
            stop, before = threading.Event(), sum(one.saved for one in all_of_them)
            threads = [
                threading.Thread(target=_writes, args=(port, one, stop, paths[one.name]), daemon=True)
                for one in all_of_them
            ]
            for thread in threads:
                thread.start()
            last = time.monotonic() + LONGEST
            while sum(one.saved for one in all_of_them) < before + 5 * len(coaches) and time.monotonic() < last:
                time.sleep(0.01)
            _end_all(desk)
            stop.set()
            for thread in threads:
                thread.join(30)
            desk = keys._open_desk(environ)
            for one in all_of_them:
                _looks(port, one, paths[one.name])
    finally:
        with suppress(ProcessLookupError):
            desk.send_signal(signal.SIGTERM)
        desk.communicate(timeout=30)
    saved, missed = sum(one.saved for one in all_of_them), [fault for one in all_of_them for fault in one.missed]
    print(f"ended with -9      {rounds} times, while {len(coaches)} coaches wrote")
    print(f"said to be kept    {saved} times")
    print(f"not found again    {len(missed)} {missed[:5] or ''}")
    return all_of_them


def main() -> None:
    """Run it and end with 1 where anything that was kept is gone."""
    with tempfile.TemporaryDirectory(prefix="coachdesk-drafts-") as place:
        found = run(Path(place))
    if any(one.missed for one in found) or not all(one.saved for one in found):
        sys.exit(1)


if __name__ == "__main__":
    main()
