"""How long sign-in takes for addresses that are known and for others: `python -m tests.faults.timing` ends by itself.

Real argon2 cost, whole requests through the application, known and unknown alternating, the medians side by side.
Fails where they differ by more than 15 ms and by more than 30 %.
"""

from __future__ import annotations

import datetime as dt
import re
import statistics
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask_security import hash_password

from coachdesk.clock import FixedClock
from coachdesk.db import Base, db
from coachdesk.factory import create_app
from tests import cast as casting
from tests.conftest import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

ROUNDS = 40
ALIKE_MS, ALIKE_SHARE = 15.0, 0.30
HALF_AN_HOUR = dt.timedelta(minutes=30)
"""Between two rounds, so that no limit on guessing is reached: 2 tries in each, 15 an hour at one account."""
DOORS = ("/sign-in", "/cannot-get-in")
"""Where an address is typed; a door that is not there is left out."""


@contextmanager
def small_house(folder: Path) -> Iterator[Flask]:
    """Give an application as it is served, its hash as dear as ever, with the cast in it."""
    app = create_app(settings(f"sqlite:///{folder}/timing.db", folder), clock=FixedClock(casting.MONDAY), testing=True)
    app.extensions["coachdesk"].mail_is_set_up = True  # without it nobody is asked for an address who cannot get in
    with app.app_context():
        Base.metadata.create_all(db.engine)
        casting.gather(db.session, hash_password(casting.PASSPHRASE))
        db.session.remove()
    yield app
    with app.app_context():
        db.engine.dispose()


def measure(
    app: Flask, *, rounds: int, door: str = "/sign-in", spaced: dt.timedelta = HALF_AN_HOUR
) -> tuple[float, float]:
    """Return the medians in milliseconds of a wrong try at a known and at an unknown address."""
    took: dict[str, list[float]] = {"dana@cast.example": [], "nobody@cast.example": []}
    browser = app.test_client()
    for n in range(rounds + 1):
        hidden = _hidden(browser, door)
        # Each first in turn, so that neither has the warmer machine.
        for email in sorted(took, reverse=bool(n % 2)):
            began = time.perf_counter()
            answer = browser.post(door, data={**hidden, "email": email, "password": "not the right one at all"})
            took[email].append((time.perf_counter() - began) * 1000)
            if answer.status_code not in ({200, 429} if not spaced else {200, 302, 303}):
                msg = f"{door} answered {answer.status_code}: that is no try that was looked at"
                raise SystemExit(msg)
        app.extensions["coachdesk"].clock.move(seconds=spaced.total_seconds())
    known, unknown = (statistics.median(times[1:]) for times in took.values())  # the first of each warms up
    return known, unknown


def _hidden(browser: Any, door: str) -> dict[str, str]:
    """Return what the page's form sends along unseen."""
    page = browser.get(door).get_data(as_text=True)
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))


def main() -> int:
    """Measure each door and say what was found."""
    with tempfile.TemporaryDirectory() as folder, small_house(Path(folder)) as app:
        there = {rule.rule for rule in app.url_map.iter_rules()}
        unlike = 0
        for door in (door for door in DOORS if door in there):
            known, unknown = measure(app, rounds=ROUNDS, door=door)
            gap = abs(known - unknown)
            fine = gap <= ALIKE_MS or gap <= ALIKE_SHARE * max(known, unknown)
            unlike += not fine
            print(
                f"{door:10} known {known:7.1f} ms   unknown {unknown:7.1f} ms   apart {gap:5.1f} ms "
                f"({gap / max(known, unknown):.0%})   {'alike' if fine else 'NOT ALIKE'}"
            )
    return 1 if unlike else 0


if __name__ == "__main__":
    sys.exit(main())
