"""When a contact is due, and what stops the clock: pauses, days closed, and days away that nobody covers. Pure."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from coachdesk.clock import zone_of
from coachdesk.reminders.kinds import Rule
from coachdesk.visits.rules import ends_at, is_over

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from coachdesk.reminders.givens import PersonFacts, PlannedVisit

_DAY = dt.timedelta(days=1)


def agreed_visit(facts: PersonFacts) -> PlannedVisit | None:
    """Return the next contact as agreed: no day of a series while those before it came to nothing, or people drift off."""
    visit = facts.visit
    if visit is None or not visit.by_pattern:
        return visit
    last = facts.last_contact_on or dt.date.min
    missed = facts.unmet_on is not None and last < facts.unmet_on < visit.on
    return None if missed or facts.tries.days or facts.tries.stopped_on else visit


def contact_due_on(facts: PersonFacts) -> dt.date | None:
    """Return the day you should have spoken by: the planned day, else the rhythm, else the first days after assignment.

    None where the person has asked us to stop and nothing was planned with them since, and where coaching has ended.
    What ran out during a pause, on a day closed or while the coach was away uncovered is due on the first day after it.
    """
    if facts.is_closed:
        return None
    visit = agreed_visit(facts)
    if visit:
        # What was agreed on for this very day or hour was agreed on in spite of a pause, and an hour of a day closed.
        return runs_out(facts, visit.on, rests=visit.by_pattern, closes=visit.by_pattern or visit.at is None)
    if facts.tries.stopped_on:
        return None
    if facts.last_contact_on:
        by_rhythm = facts.last_contact_on + dt.timedelta(days=facts.rhythm_days)
    else:
        by_rhythm = facts.assigned_on + dt.timedelta(days=facts.settings.number_of(Rule.CONTACT_DUE))
    return runs_out(facts, min(by_rhythm, facts.visit.on) if facts.visit else by_rhythm)


def runs_out(facts: PersonFacts, on: dt.date, *, rests: bool = True, closes: bool = True) -> dt.date:
    """Return the day on which a clock set for a day runs out: that day, or the next on which clocks run.

    They stand still in a pause (`rests`), on days closed (`closes`), and while the coach is away and nobody looks after
    the person.
    """
    found = on
    while True:
        moved = max(found, facts.resumed_on or found) if rests else found
        moved = _after_leave(facts, moved)
        moved = open_day(facts, moved) if closes else moved
        if moved == found:
            return found
        found = moved


def open_day(facts: PersonFacts, on: dt.date) -> dt.date:
    """Return a day, or the next on which the organisation is not closed."""
    while on in facts.holidays:
        on += _DAY
    return on


def _after_leave(facts: PersonFacts, on: dt.date) -> dt.date:
    return max((one.until_on + _DAY for one in facts.leaves if one.from_on <= on <= one.until_on), default=on)


def resting_until(facts: PersonFacts, today: dt.date) -> dt.date | None:
    """Return the last day of the pause the person takes today, or none where they take none."""
    if facts.resumed_on is None or today >= facts.resumed_on:
        return None
    return facts.resumed_on - _DAY


def passed_visit(facts: PersonFacts, today: dt.date, now: dt.datetime | None = None) -> PlannedVisit | None:
    """Return the next contact where its time is over; without `now` (in the organisation's zone) where its day is."""
    visit = facts.visit
    if visit is None or now is None or now.tzinfo is None:
        return visit if visit and visit.on < today else None
    zone = _zone_of(facts, now)
    return visit if is_over(visit.on, visit.at, visit.minutes, zone=zone, now=now, today=today) else None


def next_turn(facts: PersonFacts, now: dt.datetime) -> dt.datetime | None:
    """Return the first moment to come at which the clock alone changes what is due: a contact is over, a note lies.

    `now` is in the organisation's zone. A new day is not told of here.
    """
    lies = dt.timedelta(days=facts.settings.number_of(Rule.NOTE_UNFINISHED))
    turns = [draft.saved_at + lies for draft in facts.drafts]
    visit = facts.visit
    if visit and visit.at is not None:
        turns.append(ends_at(visit.on, visit.at, visit.minutes, zone=_zone_of(facts, now)))
    return min((at for at in turns if at > now), default=None)


def _zone_of(facts: PersonFacts, now: dt.datetime) -> ZoneInfo:
    """Return the person's zone, or that of a moment where they have none, or one that is no more."""
    return zone_of(facts.zone, zone_of(str(now.tzinfo)))


def contact_days_over(facts: PersonFacts, today: dt.date) -> int:
    """Return how many days past due the contact is; never less than none."""
    due_on = contact_due_on(facts)
    return max(0, (today - due_on).days) if due_on else 0


def is_out_of_touch(facts: PersonFacts, today: dt.date) -> bool:
    """Say whether the contact is a day or more past due. Neither “Later” nor a try without answer changes it."""
    return contact_days_over(facts, today) >= 1


def days_since_contact(facts: PersonFacts, today: dt.date) -> int | None:
    """Return the days since the person was last reached, or none where they never were."""
    return (today - facts.last_contact_on).days if facts.last_contact_on else None
