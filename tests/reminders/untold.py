"""What lay there for three days with nobody touching anything, and of which its reader was told nothing.

An oracle that knows nothing of rules: reminders set for a coach, steps that have a day, and people whom nobody spoke with
for longer than was agreed. Only quiet stretches are judged: the same coach, there and switched on, who may see the
person; no pause, no day closed, nothing planned, nothing written down about them in those days.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.access import Away, unscoped
from coachdesk.audit import AuditEntry, AuditPerson
from coachdesk.checkins.models import Attempt, CheckIn
from coachdesk.clients.models import Client, Pause
from coachdesk.clock import moment_of
from coachdesk.goals.models import Step
from coachdesk.organisation import holidays
from coachdesk.reminders.givens import AskKind
from coachdesk.reminders.kinds import CONTACTS, Rule
from coachdesk.reminders.models import LedgerEntry, Reminder
from coachdesk.visits.models import Visit, VisitSeries
from tests.reminders.life import EASTERN

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterator

    from tests.reminders.life import Life
    from tests.reminders.past import Past

DAYS = 3
_DAY = dt.timedelta(days=1)


class _Stretch:
    """Whether nothing happened about a person and their coach from a local day on, for three days."""

    def __init__(self, session: Any, life: Life, past: Past, lived: set[dt.date]) -> None:
        self.session, self.life, self.past, self.lived = session, life, past, lived
        self.noted: dict[Any, list[dt.datetime]] = defaultdict(list)
        noted = sa.select(AuditPerson.client_id, AuditEntry.at).join(AuditEntry, AuditEntry.id == AuditPerson.entry_id)
        for person, at in session.execute(noted):
            self.noted[person].append(at)
        self.away, self.rests = self.by(Away, "user_id"), self.by(Pause, "client_id")
        self.closed = {day.on for day in holidays.list_holidays(session)}

    def rows(self, table: Any) -> list[Any]:
        """Return a table whole."""
        return list(self.session.scalars(unscoped(sa.select(table), because="a test")))

    def by(self, table: Any, column: str) -> dict[Any, list[Any]]:
        """Return a table's rows by one of its columns."""
        found: dict[Any, list[Any]] = defaultdict(list)
        for row in self.rows(table):
            found[getattr(row, column)].append(row)
        return found

    def ends(self, person: uuid.UUID, coach: uuid.UUID, day: dt.date) -> dt.datetime | None:
        """Return the end of the stretch, where it was quiet; a day before it and one after are part of it."""
        if coach not in self.past.zones:
            return None
        zone = self.past.zone_of(coach)
        begin, end = moment_of(day - _DAY, dt.time(), EASTERN), moment_of(day + (DAYS + 1) * _DAY, dt.time(), zone)
        days = {day + n * _DAY for n in range(-1, DAYS + 1)}
        if begin < self.life.began or days & self.closed or not days <= self.lived:
            return None
        if any(begin <= at <= end for at in self.noted[person]):
            return None
        if any(row.from_on <= day + DAYS * _DAY and row.until_on >= day - _DAY for row in self._off(person, coach)):
            return None
        if self._may_not(person, coach, begin, end):
            return None
        return end

    def _off(self, person: uuid.UUID, coach: uuid.UUID) -> list[Any]:
        return [*self.away[coach], *self.rests[person]]

    def _may_not(self, person: uuid.UUID, coach: uuid.UUID, begin: dt.datetime, end: dt.datetime) -> bool:
        """Say whether the coach was not theirs, was switched off, or might not see them, at either end or between."""
        switched = [row for row in getattr(self.life, "switched", ()) if row[1] == coach and row[0] <= end]
        if any(at >= begin for at, _who, _on in switched) or (switched and not switched[-1][2]):
            return True
        return any(
            self.past.coach_of(person, at) != coach
            or self.past.was_kept(person, coach, at)
            or not self.past.was_open(person, at)
            for at in (begin, end)
        )


def find(
    session: Any, life: Life, past: Past, lived: set[dt.date]
) -> tuple[list[tuple[Rule, uuid.UUID, dt.date]], int]:
    """Return of what nobody was told, as rule, person and day, and how many things were judged."""
    stretch, told = _Stretch(session, life, past, lived), defaultdict[Any, list[dt.datetime]](list)
    for row in stretch.rows(LedgerEntry):
        rule = Rule.CONTACT_DUE if row.rule in CONTACTS else row.rule
        subject = row.client_id if rule is Rule.CONTACT_DUE else row.subject_id
        told[rule, subject, row.recipient_id].append(row.made_at)
    untold, judged = [], 0
    for rule, subject, person, coach, day in (*_reminders(stretch), *_steps(stretch), *_contacts(stretch)):
        end = stretch.ends(person, coach, day)
        if end:
            judged += 1
            begin = moment_of(day, dt.time(), past.zone_of(coach))
            if not any(begin <= at <= end for at in told[rule, subject, coach]):
                untold.append((rule, person, day))
    return untold, judged


_Thing = tuple[Rule, Any, Any, Any, dt.date]


def _reminders(stretch: _Stretch) -> Iterator[_Thing]:
    for row in stretch.rows(Reminder):
        if row.kind is AskKind.BY_HAND and row.for_user_id and _lay(row.made_at, row.done_at, row.due_on):
            yield Rule.BY_HAND, row.id, row.client_id, row.for_user_id, row.due_on


def _steps(stretch: _Stretch) -> Iterator[_Thing]:
    for row in stretch.rows(Step):
        if row.due_on and _lay(row.created_at, row.done_at, row.due_on):
            coach = stretch.past.coach_of(row.client_id, moment_of(row.due_on, dt.time(), EASTERN))
            yield Rule.STEP_DUE, row.id, row.client_id, coach, row.due_on


def _contacts(stretch: _Stretch) -> Iterator[_Thing]:
    """Yield whom nobody spoke with for as long as was agreed, where nothing was planned and nobody was tried since."""
    tries, visits = stretch.by(Attempt, "client_id"), stretch.by(Visit, "client_id")
    series, spoken = stretch.by(VisitSeries, "client_id"), stretch.by(CheckIn, "client_id")
    for person in stretch.rows(Client):
        if series[person.id]:
            continue
        days = sorted(row.held_on for row in spoken[person.id] if row.withdrawn_at is None)
        for day, following in zip(days, [*days[1:], dt.date.max], strict=False):
            due = day + dt.timedelta(days=person.rhythm_days)
            last = due + DAYS * _DAY
            planned = any(row.made_at.date() <= last and _was_open(row, due) for row in visits[person.id])
            if following <= last or planned or any(day <= row.tried_on <= last for row in tries[person.id]):
                continue
            coach = stretch.past.coach_of(person.id, moment_of(due, dt.time(), EASTERN))
            yield Rule.CONTACT_DUE, person.id, person.id, coach, due


def _lay(made: dt.datetime, done: dt.datetime | None, day: dt.date) -> bool:
    """Say whether something was there before its day and not done for three days after."""
    return made.date() < day and (done is None or done.date() > day + (DAYS + 1) * _DAY)


def _was_open(visit: Any, day: dt.date) -> bool:
    return visit.closed_at is None or visit.closed_at.date() >= day - _DAY
