"""The trail under attack and at its largest, on each database: `make faults PART=access`.

100 random changes to a sealed trail must each be named; with 1,000,000 sealed entries every filter and every order
answers within 2 seconds, and the whole chain is walked within 60. Everything stays on this machine and ends by itself.
"""

from __future__ import annotations

import datetime as dt
import itertools
import os
import sys
import time
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.access import SYSTEM, Role
from coachdesk.accounts.models import User
from coachdesk.admin import trail
from coachdesk.audit import Event, heads, reading, sealing
from coachdesk.audit.verifying import verify
from coachdesk.clock import FixedClock
from coachdesk.db import reading_only
from tests.audit.tampering import drawn, tamper, unguarded, write_short_trail
from tests.cast import MONDAY
from tests.faults.crowd import tidy_up, write_trail
from tests.faults.desks import Desks, on_each
from tests.faults.house import verdict

if TYPE_CHECKING:
    from collections.abc import Callable

CHANGES = int(os.environ.get("FAULTS_CHANGES", "100"))
ENTRIES = int(os.environ.get("FAULTS_ENTRIES", "1000000"))
ANSWER_SECONDS, WALK_SECONDS = 2.0, 60.0
_SEALED_AT_ONCE = 20_000


def run() -> bool:
    """Run on both databases; say whether every bar was met."""
    return on_each(_on)


def _on(database: str, desks: Desks) -> bool:
    print(f"\n{database}", flush=True)
    named = sum(_is_named(database, desks, seed) for seed in range(CHANGES))
    fine = verdict(
        f"{database}: every change to a sealed trail is named", f"{named} of {CHANGES}", met=named == CHANGES
    )
    return _large(database, desks) and fine


def _is_named(database: str, desks: Desks, seed: int) -> bool:
    """Do one random change to a freshly sealed trail, and look whether the walk names it."""
    draw = drawn(seed)
    with desks.open(database, f"change{seed}", FixedClock(MONDAY)) as session:
        path = desks.folder / f"head{seed}-{database}"
        write_short_trail(session, desks.templates.made[database], draw, count=draw.randrange(20, 60))
        sealing.seal_waiting(session, path, clock=lambda: MONDAY)
        with unguarded(session) as connection:
            damage = tamper(connection, draw)
        found = [str(fault) for fault in verify(session, heads=heads.read(path), now=MONDAY).faults]
    fine = all(any(part in sentence for sentence in found) for part in damage.named)
    if not fine:
        print(f"  not named: {damage.what}; found: {found}", flush=True)
    return fine


# ---- a million entries --------------------------------------------------------------------------------------------


def _large(database: str, desks: Desks) -> bool:
    with desks.open(database, "large", FixedClock(MONDAY)) as session:
        _timed(f"write {ENTRIES:,} entries", lambda: write_trail(session, ENTRIES))
        _timed("seal them", lambda: _seal(session))
        tidy_up(session)
        with reading_only():
            walk, verdict_of = _timed("verify", lambda: verify(session, heads=[], now=MONDAY))
            session.rollback()
            slowest = _ask_all(session)
    whole = not verdict_of.found and verdict_of.position == ENTRIES
    bars = [
        verdict(
            f"{database}: {ENTRIES:,} entries are walked in {WALK_SECONDS:.0f} s",
            f"{walk:.1f} s",
            met=whole and walk < WALK_SECONDS,
        ),
        verdict(
            f"{database}: every filter and order answers in {ANSWER_SECONDS:.0f} s",
            f"{slowest:.2f} s",
            met=slowest < ANSWER_SECONDS,
        ),
    ]
    return all(bars)


def _timed(what: str, act: Callable[[], Any]) -> tuple[float, Any]:
    begun, busy = time.monotonic(), time.process_time()
    answer = act()
    took = time.monotonic() - begun
    print(f"  {what}: {took:.1f} s ({time.process_time() - busy:.1f} s of this process's own)", flush=True)
    return took, answer


def _seal(session: Any) -> None:
    while sealing.seal_batch(session, now=MONDAY, most=_SEALED_AT_ONCE):
        session.commit()
    session.commit()


def _questions(session: Any) -> dict[str, reading.Asked]:
    staff = list(session.scalars(sa.select(User.id).where(User.first_name.like("Staff%")).order_by(User.first_name)))
    people = trail.narrowed(session, trail.Filters(whose="Person 01")).client_ids
    assert people
    return {
        "everything": reading.Asked(),
        "half the time": reading.Asked(since=MONDAY - dt.timedelta(days=365)),
        "one day": reading.Asked(since=MONDAY - dt.timedelta(days=101), until=MONDAY - dt.timedelta(days=100)),
        "a frequent event": reading.Asked(event=Event.RECORD_READ.value),
        "a rare event": reading.Asked(event=Event.TEAM_MADE.value),
        "an event that never was": reading.Asked(event="nothing:happened"),
        "a role": reading.Asked(role=Role.COACH),
        "one member of staff": reading.Asked(actor_ids=frozenset(staff[:1])),
        "25 members of staff": reading.Asked(actor_ids=frozenset(staff[:25])),
        "one person": reading.Asked(client_ids=frozenset(list(people)[:1])),
        f"{len(people)} people": reading.Asked(client_ids=people),
        "all at once": reading.Asked(
            since=MONDAY - dt.timedelta(days=600),
            event=Event.RECORD_READ.value,
            role=Role.COACH,
            actor_ids=frozenset(staff[:5]),
            client_ids=people,
        ),
    }


def _ask_all(session: Any) -> float:
    """Ask every question in every order both ways, at the first page and in the middle; return the slowest, in seconds."""
    slowest = 0.0
    for what, asked in _questions(session).items():
        worst, total = 0.0, 0
        for order, falling in itertools.product(reading.ORDERS, (True, False)):
            words = None if order == "when" else (lambda values: {value: str(value) for value in values})
            for middle in (False, True):
                begun = time.monotonic()
                found = reading.list_entries(
                    session,
                    SYSTEM,
                    asked,
                    order=order,
                    falling=falling,
                    words_of=words,
                    offset=total // 2 if middle else 0,
                )
                worst, total = max(worst, time.monotonic() - begun), found.total
                session.rollback()
        print(f"  {what}: {total:,} entries, in every order both ways, slowest {worst:.2f} s", flush=True)
        slowest = max(slowest, worst)
    return slowest


if __name__ == "__main__":
    sys.exit(not run())
