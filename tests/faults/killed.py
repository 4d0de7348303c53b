"""Schedulers are ended with -9 between claim and send, while ten thousand reminders fall due: none is lost or told twice.

Real processes, a real mail server, real reminders at an hour of their own: each is told in the app and by mail. A mail
that the server took and nobody could mark goes once more with the same Message-ID; nothing else may. In the first half
of the time nobody is ended, so that both can be read from one run: how late things are told with kills, and without.
FAULTS_REMINDERS, FAULTS_MINUTES and FAULTS_KILLS make it shorter.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import signal
import sys
import threading
import time
import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from coachdesk.clock import SystemClock, day_of, moment_of
from coachdesk.db import db
from coachdesk.notify import Channel, Delivery, DeliveryState, Notice
from coachdesk.organisation.models import Organisation
from coachdesk.reminders.givens import AskKind
from coachdesk.reminders.models import LedgerDelivery, LedgerEntry, Reminder
from tests.bench.caseload import Caseload
from tests.faults import house

if TYPE_CHECKING:
    from collections.abc import Sequence

REMINDERS = int(os.environ.get("FAULTS_REMINDERS", "10000"))
MINUTES, KILLS = int(os.environ.get("FAULTS_MINUTES", "6")), int(os.environ.get("FAULTS_KILLS", "20"))
AIMED = 5
"""Of the kills, so many right when the mail server has taken a mail and its sender has not heard of it."""
LATE_WITH_KILLS, LATE_WITHOUT = 120.0, 30.0
COMES_UP = 15.0
"""Seconds in which a scheduler has surely come up, on a busy machine too."""
ONCE, NUMBERS = "each told once in the app and by mail, none lost", "no Message-ID twice, no mail that nobody queued"
REPEATS, EARLY = "repeated mails at most the kills between the server's word and our mark", "nothing before its time"
OPEN = (DeliveryState.WAITING, DeliveryState.SENDING)


@dataclass
class Found:
    """What came of a run, and what of it misses a bar."""

    told: int = 0
    late: list[tuple[dt.datetime, float]] = field(default_factory=list)
    """When something was due, and how many seconds later it was told."""
    repeats: int = 0
    between: int = 0
    """Kills that met a mail between the server's word and our mark."""
    missed: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """By bar, what of it is missed."""

    def bar(self, name: str, fine: bool, words: str) -> None:  # noqa: FBT001
        """Note a bar that is missed."""
        if not fine:
            self.missed[name].append(words)


def set_reminders(count: int, minutes: int, people: int) -> dict[uuid.UUID, dt.datetime]:
    """Write so many reminders, evenly over the minutes to come; return the moment of each."""
    now = SystemClock().now()
    zone = ZoneInfo(db.session.scalar(sa.select(Organisation.zone)) or "UTC")
    crowd = Caseload(people=people, each=50, today=day_of(now, zone), now=now)
    coach_of = [(row["client_id"], row["coach_id"]) for row in _assigned(crowd)]
    crowd.pour(db.session)
    soon = SystemClock().now() + dt.timedelta(seconds=30)
    first = soon.replace(second=0, microsecond=0) + dt.timedelta(minutes=1)
    due, rows = {}, []
    for n in range(count):
        at = first + dt.timedelta(minutes=n % minutes)
        local, (person, coach) = at.astimezone(zone), coach_of[n % len(coach_of)]
        due[key := uuid.uuid4()] = moment_of(local.date(), local.time(), zone)
        made = {"kind": AskKind.BY_HAND, "for_user_id": coach, "text": "Ring", "made_at": now, "made_by": coach}
        rows.append({"id": key, "client_id": person, "due_on": local.date(), "hour": local.time(), **made})
    db.session.execute(sa.insert(Reminder), rows)
    db.session.commit()
    return due


def _assigned(crowd: Caseload) -> list[dict[str, Any]]:
    from coachdesk.access import Assignment

    return crowd.rows[Assignment]


class Keeper:
    """Keeps so many schedulers going, ends one now and then outright, and counts what that met."""

    def __init__(self, given: dict[str, str], sink: house.Sink, schedulers: int) -> None:
        self.given, self.sink, self.met = given, sink, set[str]()
        self.parts = [house.start("scheduler", given) for _each in range(schedulers)]
        self.youngest = time.monotonic()

    def kill(self, *, aimed: bool) -> None:
        """End one with -9, at any moment or right after the mail server took a mail, and start another."""
        n = random.randrange(len(self.parts))  # noqa: S311
        part = self.parts[n]
        if aimed:
            gone = threading.Event()

            def strike() -> None:
                part.kill()
                gone.set()

            self.sink.just_after = strike
            gone.wait(30)
            self.sink.just_after = None
        house.end(part, signal.SIGKILL)
        self.met |= self._taken_and_not_marked()
        self.parts[n] = house.start("scheduler", self.given)
        self.youngest = time.monotonic()

    def _taken_and_not_marked(self) -> set[str]:
        sending = sa.select(Delivery.key).where(
            Delivery.channel == Channel.EMAIL, Delivery.state == DeliveryState.SENDING
        )
        keys = list(db.session.scalars(sending))
        db.session.rollback()
        return {key for key in keys if house.number_of(key) in self.sink.arrived}

    def end(self) -> list[int]:
        """Ask all to end, once the youngest has come up: what has not begun hears of no stop."""
        time.sleep(max(0.0, self.youngest + COMES_UP - time.monotonic()))
        return [house.end(part) for part in self.parts]


def run(
    kind: str,
    *,
    count: int = REMINDERS,
    minutes: int = MINUTES,
    schedulers: int = 1,
    kills: int = 0,
    people: int = 500,
    most: float = LATE_WITHOUT,
) -> Found:
    """Set reminders, let schedulers tell of them, end some in the second half of the time; print the figures.

    `most`: how late the latest 1 % may be where nobody was ended.
    """
    found, sink = Found(), house.Sink()
    with house.folder_for("killed") as place, house.server(kind, Path(place)) as url:
        folder = Path(place)
        with house.house(url, folder):
            due = set_reminders(count, minutes, people)
            keeper = Keeper(house.environ(url, folder, COACHDESK_SMTP_URL=sink.url), sink, schedulers)
            try:
                half = _let_it_happen(keeper, due, kills)
                quiet = house.wait_until(lambda: not _open_ones(len(due)), 420, 1)
                found.bar(ONCE, quiet, "something still waits")
            finally:
                codes = keeper.end()
            found.bar(ONCE, set(codes) == {0}, f"a scheduler ended with {codes}")
            found.between = len(keeper.met)
            _look(found, due, sink)
    sink.close()
    _say(found, f"{kind}, {count} reminders, {schedulers} scheduler(s), {kills} kills", half, most)
    return found


def _let_it_happen(keeper: Keeper, due: dict[uuid.UUID, dt.datetime], kills: int) -> dt.datetime:
    """Spread the kills over the second half of the time in which something is due; return when that begins."""
    first, last = min(due.values()), max(due.values()) + dt.timedelta(seconds=40)
    half = sorted(due.values())[len(due) // 2] if kills else last
    begin, span = (half - first).total_seconds(), (last - first).total_seconds()
    moments = sorted(random.uniform(begin, span) for _each in range(kills))  # noqa: S311
    for n, at in enumerate(moments):
        wait = (first - SystemClock().now()).total_seconds() + at
        time.sleep(max(0.0, wait))
        keeper.kill(aimed=bool(kills) and n % max(1, kills // AIMED) == 0)
    return half


def _open_ones(count: int) -> bool:
    db.session.rollback()
    told = db.session.scalar(sa.select(sa.func.count()).where(Delivery.key.endswith(":email"))) or 0
    still = db.session.scalar(sa.select(sa.func.count()).where(Delivery.state.in_(OPEN))) or 0
    db.session.rollback()
    return told < count or still > 0


def _look(found: Found, due: dict[uuid.UUID, dt.datetime], sink: house.Sink) -> None:
    rows = db.session.execute(
        sa.select(LedgerEntry.subject_id, Delivery.key, Delivery.channel, Delivery.state, Notice.created_at)
        .join(LedgerDelivery, LedgerDelivery.entry_id == LedgerEntry.id)
        .join(Delivery, Delivery.id == LedgerDelivery.delivery_id)
        .outerjoin(Notice, Notice.delivery_id == Delivery.id)
        .where(LedgerEntry.subject_id.in_(list(due)) if len(due) < 500 else sa.true())
        .execution_options(coachdesk_scoped="what came of it is counted")
    ).all()
    told: dict[tuple[uuid.UUID, Channel], int] = {}
    for subject, key, channel, state, noticed in rows:
        if subject not in due or (channel is Channel.EMAIL and key.startswith("digest")):
            continue
        told[subject, channel] = told.get((subject, channel), 0) + 1
        arrived = sink.arrived.get(house.number_of(key), []) if channel is Channel.EMAIL else [noticed]
        found.bar(
            ONCE, state is DeliveryState.SENT and bool(arrived) and arrived[0] is not None, f"lost: {channel} {state}"
        )
        if arrived and arrived[0] is not None:
            found.late.append((due[subject], (arrived[0] - due[subject]).total_seconds()))
    for channel in (Channel.IN_APP, Channel.EMAIL):
        each = [told.get((subject, channel), 0) for subject in due]
        found.bar(
            ONCE, set(each) == {1}, f"{channel}: {each.count(0)} never told, {sum(n > 1 for n in each)} told twice"
        )
    found.told = sum(told.values())
    numbers = [house.number_of(key) for key in db.session.scalars(sa.select(Delivery.key))]
    found.bar(NUMBERS, len(set(numbers)) == len(numbers), "two deliveries share a Message-ID")
    found.bar(NUMBERS, set(sink.arrived) <= set(numbers), "a mail came that nobody queued")
    found.repeats = sum(len(times) - 1 for times in sink.arrived.values())
    found.bar(
        REPEATS,
        found.repeats <= found.between,
        f"{found.repeats} repeats, but {found.between} kills met a mail in hand",
    )
    db.session.rollback()


def _say(found: Found, name: str, half: dt.datetime, most: float) -> None:
    calm = [late for at, late in found.late if at < half]
    killed = [late for at, late in found.late if at >= half]
    for what, values, allowed in (("without kills", calm, most), ("with kills", killed, LATE_WITH_KILLS)):
        found.bar(what, house.share(values, 0.99) <= allowed, f"more than {allowed:.0f} s")
    found.bar(EARLY, min((late for _at, late in found.late), default=0) >= 0, "something was")
    print(f"\n{name}, {house.load()}")
    for bar, figure in (
        (ONCE, f"told {found.told} times"),
        (NUMBERS, f"{found.told} messages"),
        (REPEATS, f"{found.repeats} repeats, {found.between} such kills"),
        (EARLY, "nothing was"),
        ("without kills", f"p99 lateness {house.share(calm, 0.99):.1f} s (at most {most:.0f})"),
        ("with kills", f"p99 lateness {house.share(killed, 0.99):.1f} s (at most {LATE_WITH_KILLS:.0f})"),
    ):
        if bar != "with kills" or killed:
            missed = found.missed[bar]
            house.verdict(bar, "; ".join([figure, *sorted(set(missed))[:3]]), met=not missed)


def main(argv: Sequence[str]) -> int:
    """Run with kills on both databases (or those named)."""
    found = [run(kind, kills=KILLS) for kind in argv or house.DATABASES]
    return 1 if any(any(one.missed.values()) for one in found) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
