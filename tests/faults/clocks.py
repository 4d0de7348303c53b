"""Three years of weekly reminders at 01:30 and 02:30 in New York, London and on Lord Howe: each comes once, at its hour.

A clock of our own walks from one occurrence to the next through both clock changes of each year and a leap day, with the
real rules, the real planning and a real database; at each change, and now and then, it is put an hour on and back again,
also while a mail is on its way.
"""

from __future__ import annotations

import datetime as dt
import sys
import uuid
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from coachdesk.clock import FixedClock
from coachdesk.db import Base, db
from coachdesk.factory import create_app, hold_to_keys
from coachdesk.notify import Channel, Delivery, DeliveryState, Notice, deliver, mending
from coachdesk.organisation.models import Organisation
from coachdesk.reminders import outcomes, planning
from coachdesk.reminders.ahead import Ahead
from coachdesk.reminders.givens import AskKind
from coachdesk.reminders.models import LedgerDelivery, LedgerEntry, Reminder
from tests import cast as casting
from tests.conftest import settings
from tests.faults import house

if TYPE_CHECKING:
    from collections.abc import Sequence

ZONES = ("America/New_York", "Europe/London", "Australia/Lord_Howe")
HOURS = (dt.time(1, 30), dt.time(2, 30))
FIRST, LAST = dt.date(2027, 1, 1), dt.date(2030, 1, 1)
WEEKDAYS = (6, 1)
"""Sunday, when clocks change; Tuesday, for 29 February 2028."""
_MINUTE, _HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)


def occurs_at(day: dt.date, hour: dt.time, zone: ZoneInfo) -> dt.datetime:
    """Say when a wall-clock time comes for the first time, by looking at the clock on the wall minute by minute.

    Where it is skipped, it comes as long after the skip as it would have lain after its beginning.
    """
    wanted = dt.datetime.combine(day, hour)
    at = dt.datetime.combine(day, hour, tzinfo=dt.UTC) - dt.timedelta(hours=15)
    while (on_wall := at.astimezone(zone).replace(tzinfo=None)) < wanted:
        before, at = on_wall, at + _MINUTE
    return at if on_wall == wanted else at + (wanted - before - _MINUTE)


def is_odd(day: dt.date, zone: ZoneInfo) -> bool:
    """Say whether the clocks change on a day."""
    begins, ends = (dt.datetime.combine(one, dt.time(), tzinfo=zone) for one in (day, day + dt.timedelta(days=1)))
    return begins.utcoffset() != ends.utcoffset()


class Pen:
    """A way out that keeps when which mail left; while it has one in hand, the clock may jump."""

    def __init__(self, clock: FixedClock) -> None:
        self.clock, self.left = clock, list[tuple[str, dt.datetime]]()
        self.jumps, self.jumped = False, 0

    def send(self, delivery: Delivery) -> None:
        """Take it."""
        at = self.clock.now()
        self.left.append((delivery.key, at))
        if self.jumps:  # an hour on and back; in between another job looks what was left behind
            self.clock.set(at + _HOUR)
            mending.mend(db.session, now=self.clock.now())
            freed = sa.select(Delivery.state).where(Delivery.key == delivery.key)
            self.jumped += db.session.scalar(freed) is DeliveryState.WAITING
            db.session.rollback()
            self.clock.set(at)


@dataclass
class Walk:
    """One zone's years."""

    zone: ZoneInfo
    clock: FixedClock
    rounds: int = 0
    jumped: int = 0
    """Mails in hand whose claim was freed by a clock that jumped."""
    due: dict[uuid.UUID, dt.datetime] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)

    def look(self, pen: Pen, at: dt.datetime) -> None:
        """Plan and send at a moment, as the scheduler does."""
        self.clock.set(at)
        self.rounds += 1
        planning.plan(db.session, now=at)
        db.session.commit()
        ways: Any = {Channel.EMAIL: pen}
        deliver(
            db.session,
            ways,
            claimant=uuid.uuid4(),
            clock=self.clock.now,
            still_wanted=partial(planning.still_wanted, ahead=Ahead()),
            answered=outcomes.note,
        )


def walk(kind: str, name: str, *, first: dt.date = FIRST, last: dt.date = LAST) -> Walk:
    """Go through the years in one zone; return what was found."""
    zone, clock = (
        ZoneInfo(name),
        FixedClock(dt.datetime.combine(first, dt.time(), tzinfo=dt.UTC) - dt.timedelta(days=1)),
    )
    going = Walk(zone, clock)
    with house.folder_for("clocks") as place, house.server(kind, Path(place)) as url:
        app = create_app(settings(url, Path(place)), clock=clock)
        with app.app_context():
            Base.metadata.create_all(db.engine)
            hold_to_keys(app)
            cast = casting.gather(db.session, "no passphrase", now=clock.now())
            db.session.execute(sa.update(Organisation).values(zone=name))
            days = _set_all(going, cast, first, last)
            pen = Pen(clock)
            for n, day in enumerate(days):
                _one_day(going, pen, day, tried=is_odd(day, zone) or n % 20 == 0)
            _look(going, pen)
            going.jumped = pen.jumped
            db.session.remove()
            db.engine.dispose()
    house.verdict(
        f"{kind}, {name}: each once, at its hour",
        f"{len(going.due)} occurrences, {going.rounds} looks, {going.jumped} jumps with a mail in hand, "
        f"{sum(is_odd(day, zone) for day in days)} clock changes; {sorted(set(going.missed))[:5] or 'nothing missed'}",
        met=not going.missed,
    )
    return going


def _set_all(going: Walk, cast: casting.Cast, first: dt.date, last: dt.date) -> list[dt.date]:
    days = [first + dt.timedelta(days=n) for n in range((last - first).days)]
    days = [day for day in days if day.weekday() in WEEKDAYS]
    rows = []
    for day in days:
        for hour in HOURS:
            going.due[key := uuid.uuid4()] = occurs_at(day, hour, going.zone)
            about = {"client_id": cast.marcus, "kind": AskKind.BY_HAND, "for_user_id": cast.dana.id, "text": "Ring"}
            made = {"made_at": going.clock.now(), "made_by": cast.dana.id}
            rows.append({"id": key, "due_on": day, "hour": hour, **about, **made})
    db.session.execute(sa.insert(Reminder), rows)
    db.session.commit()
    return days


def _one_day(going: Walk, pen: Pen, day: dt.date, *, tried: bool) -> None:
    pen.jumps = tried
    moments = sorted({at for at in going.due.values() if at.astimezone(going.zone).date() == day})
    for at in moments:
        if tried:
            going.look(pen, at - _MINUTE)
        going.look(pen, at)
        if tried:  # an hour on, and back
            for again in (at + _HOUR, at, at - _HOUR, at + _HOUR):
                going.look(pen, again) if again <= moments[-1] or at == moments[-1] else None
    going.look(pen, occurs_at(day, dt.time(7), going.zone))
    db.session.execute(sa.update(Reminder).where(Reminder.due_on <= day).values(done_at=going.clock.now()))
    db.session.commit()


def _look(going: Walk, pen: Pen) -> None:
    rows = db.session.execute(
        sa.select(LedgerEntry.subject_id, Delivery.key, Delivery.channel, Notice.created_at)
        .join(LedgerDelivery, LedgerDelivery.entry_id == LedgerEntry.id)
        .join(Delivery, Delivery.id == LedgerDelivery.delivery_id)
        .outerjoin(Notice, Notice.delivery_id == Delivery.id)
        .execution_options(coachdesk_scoped="what came of it is counted")
    ).all()
    left, when = Counter(key for key, _at in pen.left), dict(pen.left)
    counted = {channel: Counter[uuid.UUID]() for channel in (Channel.IN_APP, Channel.EMAIL)}
    for subject, key, channel, noticed in rows:
        if subject not in going.due or key.startswith("digest"):
            continue
        counted[channel][subject] += left[key] if channel is Channel.EMAIL else noticed is not None
        # A mail leaves when their quiet hours end.
        at = occurs_at(going.due[subject].astimezone(going.zone).date(), dt.time(7), going.zone)
        came, meant = (when.get(key), at) if channel is Channel.EMAIL else (noticed, going.due[subject])
        if came and came != meant:
            going.missed.append(f"{channel}: {came.astimezone(going.zone)} instead of {meant.astimezone(going.zone)}")
    for channel, each in counted.items():
        wrong = [going.due[subject] for subject in going.due if each[subject] != 1]
        if wrong:
            going.missed.append(f"{channel} not exactly once: {len(wrong)}, such as {wrong[0].astimezone(going.zone)}")


def main(argv: Sequence[str]) -> int:
    """Walk through all zones on SQLite, and where the hour is a half one on PostgreSQL (or as named)."""
    print(f"weekly at 01:30 and 02:30 from {FIRST} to {LAST}; {house.load()}")
    walks = [("sqlite", name) for name in ZONES] + [("postgresql", ZONES[-1])]
    return 1 if [one for one in walks if one[0] in (argv or house.DATABASES) and walk(*one).missed] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
