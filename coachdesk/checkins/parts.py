"""What a check-in may keep beyond its four answers, and what of it makes no sense. All of it is optional.

The fields are those of FIELD.md 4.3 and 4.0; the four kinds of support are SAMHSA's, the benefits the founding brief's.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING

from coachdesk.clients.rules import Pronouns
from coachdesk.clock import moment_of
from coachdesk.goals.rules import StepOwner
from coachdesk.words import Refused, Sentence, mark, say

if TYPE_CHECKING:
    import uuid
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

MOST_PLANS = 3
FARTHEST_PLAN_DAYS = 400
MOST_UNITS = 100
MINUTES_A_DAY = 1500
"""The most a day can have, where the clocks go back."""
_MINUTE = dt.timedelta(minutes=1)


class CheckInKind(StrEnum):
    """What brought you together."""

    PLANNED = "planned"
    DROP_IN = "drop_in"
    WEEKLY_CALL = "weekly_call"
    FOLLOW_UP = "follow_up"
    CRISIS = "crisis"


KIND_WORDS: Mapping[CheckInKind, str] = {
    CheckInKind.PLANNED: mark("As planned"),
    CheckInKind.DROP_IN: mark("Dropped in"),
    CheckInKind.WEEKLY_CALL: mark("Recovery support call"),
    CheckInKind.FOLLOW_UP: mark("After something happened"),
    CheckInKind.CRISIS: mark("In a hard moment"),
}


class Benefit(StrEnum):
    """What the person has noticed: the founding brief's four."""

    LESS_SHAME = "less_shame"
    LESS_ALONE = "less_alone"
    MORE_HOPE = "more_hope"
    PRACTICAL = "practical"


BENEFIT_WORDS: Mapping[Benefit, str] = {
    Benefit.LESS_SHAME: mark("Less shame"),
    Benefit.LESS_ALONE: mark("Less alone"),
    Benefit.MORE_HOPE: mark("More hope"),
    Benefit.PRACTICAL: mark("Something practical to use"),
}


class Support(StrEnum):
    """What the coach did: the four kinds of support."""

    EMOTIONAL = "emotional"
    INFORMATIONAL = "informational"
    PRACTICAL = "practical"
    BELONGING = "belonging"


SUPPORT_WORDS: Mapping[Support, str] = {
    Support.EMOTIONAL: mark("Listened and encouraged"),
    Support.INFORMATIONAL: mark("Shared how something works"),
    Support.PRACTICAL: mark("Helped get something done"),
    Support.BELONGING: mark("Helped meet other people"),
}


class Happened(StrEnum):
    """Something big since last time, after which people are asked after sooner (FIELD 2.3)."""

    LEFT_TREATMENT = "left_treatment"
    LOST_HOME = "lost_home"
    RELEASED = "released"
    BEREAVED = "bereaved"


HAPPENED_WORDS: Mapping[Happened, str] = {
    Happened.LEFT_TREATMENT: mark("Treatment ended"),
    Happened.LOST_HOME: mark("Lost a home"),
    Happened.RELEASED: mark("Came out of custody"),
    Happened.BEREAVED: mark("Lost somebody close"),
}


def happened_of(kept: str) -> tuple[Happened, ...]:
    """Return what happened from what is kept of it: one word a line."""
    return tuple(Happened(line) for line in kept.split("\n") if line)


@dataclass(frozen=True)
class Planned:
    """One thing planned until next time: what, who does it, and perhaps by which local day."""

    what: str
    who: StepOwner = StepOwner.PERSON
    by_on: dt.date | None = None
    goal_id: uuid.UUID | None = None
    """It also becomes the next step of this goal."""
    remind: bool = False
    """The coach is reminded of it: on its day, or on the day they speak next."""

    def remind_on(self, next_on: dt.date) -> dt.date | None:
        """Return the local day of the reminder; none where the step it becomes has a day, and so reminds by itself."""
        if not self.remind or (self.goal_id and self.by_on):
            return None
        return self.by_on or next_on


@dataclass(frozen=True)
class More:
    """Everything optional about one check-in, as typed. `started` and `ended` are wall-clock times where they are."""

    kind: CheckInKind | None = None
    ended: dt.time | None = None
    """At or before the beginning: on the day after."""
    place: str = ""
    others: str = ""
    highlights: str = ""
    hard_spots: str = ""
    wants_written: bool = False
    """The person wants a return to use written down; without it no word about one is kept."""
    return_to_use: str = ""
    """The person's own words."""
    meetings: str = ""
    strengths: str = ""
    response: str = ""
    needs: str = ""
    happened: Sequence[Happened] = ()
    help_now: bool = False
    """Help is needed now, whatever else was said."""
    units: int | None = None
    counts_for_id: uuid.UUID | None = None
    """Of the organisation's own list, as is who pays."""
    paid_by_id: uuid.UUID | None = None
    own_story: bool = False
    read_together: bool = False
    goal_ids: Sequence[uuid.UUID] = ()
    benefits: Sequence[Benefit] = ()
    supports: Sequence[Support] = ()
    plans: Sequence[Planned] = ()
    supervision_line: str = ""


_NO_COLUMNS = frozenset({"wants_written", "happened", "goal_ids", "benefits", "supports", "plans", "supervision_line"})
COLUMNS = tuple(part.name for part in fields(More) if part.name not in _NO_COLUMNS)
"""What is a column of the check-in; the rest has rows of its own."""

_WANTS: Mapping[Pronouns, str] = {
    Pronouns.HE: mark("He wants this written down"),
    Pronouns.SHE: mark("She wants this written down"),
    Pronouns.THEY: mark("They want this written down"),
}


def wants_words(pronouns: Pronouns, name: str) -> Sentence:
    """Return the tick without which a return to use is not written down."""
    return say(_WANTS[pronouns]) if pronouns in _WANTS else say(mark("%(name)s wants this written down"), name=name)


def refuse_unwanted(words: str, *, wanted: bool, at: str) -> None:
    """Refuse words about a return to use that the person does not want written down, and a tick without words."""
    if words and not wanted:
        raise Refused(mark("This is only kept where the person wants it. Ask, then tick the box, or empty this."), at)
    if wanted and not words:
        raise Refused(mark("Write it in the person’s own words, or take the tick away."), at)


def minutes_between(held_on: dt.date, started: dt.time, ended: dt.time, zone: ZoneInfo) -> int:
    """Return the minutes from a beginning to an end, the end on the next day where it is not later (at most a day).

    Reckoned in moments of `zone`, so that a night in which the clocks change is as long as it was.
    """
    last = held_on if ended > started else held_on + dt.timedelta(days=1)
    return max(1, (moment_of(last, ended, zone) - moment_of(held_on, started, zone)) // _MINUTE)


def refuse_bad_times(
    held_on: dt.date,
    started: dt.time | None,
    ended: dt.time | None,
    minutes: int | None,
    *,
    next_day: bool,
    zone: ZoneInfo,
    at: str,
) -> None:
    """Refuse an end without a beginning, before it, or more than a day after it, and minutes that do not fit in.

    `next_day` says that it ended the day after, as whoever typed it says. Wall-clock times of `zone`; `at` is the
    end's field.
    """
    if ended is None:
        if next_day:
            raise Refused(mark("Write when it ended, or take the tick for the next day away."), at)
        return
    if started is None:
        raise Refused(mark("Write when it began too."), at)
    if not next_day and ended <= started:
        raise Refused(
            mark("This is not after it began. If it went past midnight, tick that it ended the next day."), at
        )
    if next_day and ended > started:
        raise Refused(mark("That is longer than a day. Look at both times, and at the tick for the next day."), at)
    if minutes and minutes > minutes_between(held_on, started, ended, zone):
        raise Refused(mark("The minutes do not fit between the beginning and the end."), at)


def refuse_bad_plans(plans: Sequence[Planned], *, today: dt.date, at: str) -> None:
    """Refuse more than three plans, one without words, and a day that is past or more than 400 days ahead."""
    if len(plans) > MOST_PLANS:
        raise Refused(mark("Three plans are enough until next time. Leave the rest for later."), at)
    if any(not plan.what for plan in plans):
        raise Refused(mark("Write what you plan, or empty its day."), at)
    days = [plan.by_on for plan in plans if plan.by_on]
    if any(day < today for day in days):
        raise Refused(mark("The day of a plan lies behind us. Choose today or a day to come."), at)
    if any(day > today + dt.timedelta(days=FARTHEST_PLAN_DAYS) for day in days):
        raise Refused(mark("That is more than a year ahead. Choose a nearer day."), at)
