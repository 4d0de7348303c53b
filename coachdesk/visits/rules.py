"""When a next contact may be planned, how plans repeat, and the words for how people meet."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Any

from dateutil.rrule import DAILY, MO, MONTHLY, WEEKLY, rrule, weekday

from coachdesk.clock import moment_of
from coachdesk.words import Refused, day_ahead, mark, say

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from zoneinfo import ZoneInfo

    from coachdesk.words import Sentence

FARTHEST_DAYS = 400
FARTHEST_END_DAYS = 1100
MOST_WEEKS, MOST_TIMES = 26, 200
LENGTHS = (15, 30, 45, 60)
MOST_MINUTES = 480
_SHORTEST_MONTH, _LONGEST_MONTH = 28, 31
USUAL_MINUTES = 30
"""Where nobody wrote how long a contact takes."""


class Channel(StrEnum):
    """How people meet."""

    IN_PERSON = "in_person"
    CALL = "call"
    TEXT = "text"
    VIDEO = "video"


class Closing(StrEnum):
    """What ended a plan."""

    CHECKIN = "checkin"
    ATTEMPT = "attempt"
    REPLACED = "replaced"
    CANCELLED = "cancelled"


class Side(StrEnum):
    """Who could not make it."""

    COACH = "coach"
    PERSON = "person"


class Then(StrEnum):
    """What follows where somebody cannot make it."""

    ANOTHER = "another"
    COACH_CALLS = "coach_calls"
    PERSON_CALLS = "person_calls"
    NOTHING = "nothing"


CHANNEL_WORDS: Mapping[Channel, str] = {
    Channel.IN_PERSON: mark("In person"),
    Channel.CALL: mark("Call"),
    Channel.TEXT: mark("Text"),
    Channel.VIDEO: mark("Video"),
}
PLAN_WORDS: Mapping[Channel | None, str] = {
    Channel.IN_PERSON: mark("Visit"),
    Channel.CALL: mark("Call"),
    Channel.TEXT: mark("Text"),
    Channel.VIDEO: mark("Video call"),
    None: mark("Next contact"),
}
CHANNEL_ICONS: Mapping[Channel | None, str] = {
    Channel.IN_PERSON: "people",
    Channel.CALL: "phone",
    Channel.TEXT: "text",
    Channel.VIDEO: "video",
    None: "cal",
}


def refuse_bad_plan(
    planned_on: dt.date, hour: dt.time | None, *, today: dt.date, now_there: dt.datetime, at: str
) -> None:
    """Refuse a plan that lies behind us or more than 400 days ahead; an hour must be still to come where they are.

    `today` is the organisation's day, `now_there` the wall-clock day and time in the person's zone (naive: no zone);
    `at` names the field the sentence stands at.
    """
    if planned_on < today if hour is None else dt.datetime.combine(planned_on, hour) <= now_there:
        raise Refused(say(_LATER, example=day_ahead(today)), at)
    _refuse_far(planned_on, today, at)


def refuse_not_after(planned_on: dt.date, *, today: dt.date, at: str) -> None:
    """Refuse a next contact that is not after today, or lies more than 400 days ahead."""
    if planned_on <= today:
        raise Refused(say(_LATER, example=day_ahead(today)), at)
    _refuse_far(planned_on, today, at)


def _refuse_far(planned_on: dt.date, today: dt.date, at: str) -> None:
    if planned_on > today + dt.timedelta(days=FARTHEST_DAYS):
        raise Refused(mark("That is more than a year ahead. Choose a nearer day."), at)


_LATER = mark("Next contact must be a date after today, like %(example)s")


# ---- plans that repeat ----------------------------------------------------------------------------------------------


class Repeat(StrEnum):
    """How a plan repeats."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY_DAY = "monthly_day"
    MONTHLY_WEEKDAY = "monthly_weekday"


LAST = -1
NTHS = (1, 2, 3, 4, LAST)


@dataclass(frozen=True)
class Pattern:
    """When a plan comes again: over naive local days, at one wall-clock hour in the person's zone."""

    repeat: Repeat
    starts_on: dt.date
    hour: dt.time | None = None
    """Without a zone; none means any time that day."""
    every: int = 1
    """Weeks from one to the next, where it goes by the week."""
    weekdays: frozenset[int] = frozenset()
    """Monday is 0. By the week one or more; by the weekday of the month exactly one."""
    month_day: int = 0
    """1 to 31; in a shorter month its last day is meant."""
    nth: int = 0
    """1 to 4, or `LAST`."""
    until: dt.date | None = None
    """The last day it may come on."""
    count: int | None = None
    """How often it comes altogether; what was dropped counts too."""

    @property
    def shortens(self) -> bool:
        """Say whether some month has no such day, so that its last day is meant."""
        return self.repeat is Repeat.MONTHLY_DAY and self.month_day > _SHORTEST_MONTH


def days(pattern: Pattern, *, last: dt.date, since: dt.date | None = None) -> Iterator[dt.date]:
    """Return the local days a plan comes on, in order, up to and including `last`: iCalendar's rule, by dateutil.

    Days alone: what a clock change does to an hour is for `moment_of` to say. A day a month does not have (the 31st,
    29 February) is its last day. With `since` those that lie before it may be left out.
    """
    frequency, more = _rule(pattern)
    end = min(last, pattern.until) if pattern.until else last
    starts, ends = (dt.datetime.combine(day, dt.time()) for day in (_start(pattern, since), end))
    # A count and a last day are one too many for the library; the days are cut off here, where both may be given.
    found = (moment.date() for moment in rrule(frequency, dtstart=starts, until=ends, wkst=MO, **more))
    return islice(found, pattern.count)


def _start(pattern: Pattern, since: dt.date | None) -> dt.date:
    """Return the first day to reckon from, in step with the pattern; nothing is left out where it is counted."""
    first = pattern.starts_on
    if since is None or since <= first or pattern.count is not None:
        return first
    weeks = dt.timedelta(weeks=pattern.every)
    return first + (since - first) // weeks * weeks if pattern.repeat is Repeat.WEEKLY else since


def _rule(pattern: Pattern) -> tuple[int, dict[str, Any]]:
    """Return how often, and by what, in iCalendar's words."""
    if pattern.repeat is Repeat.DAILY:
        return DAILY, {}
    if pattern.repeat is Repeat.WEEKLY:
        return WEEKLY, {"interval": pattern.every, "byweekday": sorted(pattern.weekdays)}
    if pattern.repeat is Repeat.MONTHLY_WEEKDAY:
        return MONTHLY, {"byweekday": weekday(next(iter(pattern.weekdays)), pattern.nth)}
    if pattern.shortens:
        return MONTHLY, {"bymonthday": range(_SHORTEST_MONTH, pattern.month_day + 1), "bysetpos": -1}
    return MONTHLY, {"bymonthday": pattern.month_day}


def refuse_bad_pattern(pattern: Pattern, *, today: dt.date) -> None:
    """Refuse a pattern that never comes, comes without end of reason, or begins behind us; `at` names its field."""
    if pattern.starts_on < today:
        raise Refused(mark("What lies behind us stays as it was. Choose a first day from today on."), "planned_on")
    _refuse_far(pattern.starts_on, today, "planned_on")
    if pattern.hour is not None and pattern.hour.tzinfo is not None:
        raise Refused(mark("Write a time like 2:30 pm."), "hour")
    if pattern.repeat is Repeat.WEEKLY:
        _refuse_bad_weeks(pattern)
    if pattern.repeat is Repeat.MONTHLY_DAY and not 1 <= pattern.month_day <= _LONGEST_MONTH:
        raise Refused(mark("Write a day of the month from 1 to 31."), "month_day")
    if pattern.repeat is Repeat.MONTHLY_WEEKDAY:
        _refuse_bad_weekday(pattern)
    _refuse_bad_end(pattern, today)


def _refuse_bad_weeks(pattern: Pattern) -> None:
    if not 1 <= pattern.every <= MOST_WEEKS:
        raise Refused(say(mark("Write a whole number from %(least)s to %(most)s."), least=1, most=MOST_WEEKS), "every")
    if not pattern.weekdays or not pattern.weekdays <= set(range(7)):
        raise Refused(mark("Choose at least one day of the week."), "weekdays")


def _refuse_bad_weekday(pattern: Pattern) -> None:
    if len(pattern.weekdays) != 1 or not pattern.weekdays <= set(range(7)):
        raise Refused(mark("Choose one day of the week."), "weekdays")
    if pattern.nth not in NTHS:
        raise Refused(mark("Choose which one of the month."), "nth")


def _refuse_bad_end(pattern: Pattern, today: dt.date) -> None:
    if pattern.count is not None and pattern.until is not None:
        raise Refused(mark("Choose a last day or a number of times, not both."), "count")
    if pattern.count is not None and not 1 <= pattern.count <= MOST_TIMES:
        raise Refused(say(mark("Write a whole number from %(least)s to %(most)s."), least=1, most=MOST_TIMES), "count")
    if pattern.until is None:
        return
    if pattern.until < pattern.starts_on:
        raise Refused(mark("The last day lies before the first. Choose a later one."), "until")
    if pattern.until > today + dt.timedelta(days=FARTHEST_END_DAYS):
        raise Refused(mark("That is more than three years ahead. Choose a nearer day."), "until")
    if next(days(pattern, last=pattern.until), None) is None:
        raise Refused(mark("There is no such day between the first and the last. Choose a later last day."), "until")


# ---- one planned contact --------------------------------------------------------------------------------------------


def occurrence_id(series_id: uuid.UUID, day: dt.date) -> uuid.UUID:
    """Return the id of what a series plans for one of its days: the same before and after it has a row of its own.

    It is made from the series' random id, so it can be neither guessed nor read.
    """
    return uuid.uuid5(series_id, day.isoformat())


@dataclass(frozen=True)
class Planned:
    """One planned contact, whether it has a row of its own or only follows from a series."""

    id: uuid.UUID
    on: dt.date
    """Local day; with an hour the person's, else the organisation's."""
    hour: dt.time | None = None
    minutes: int | None = None
    channel: Channel | None = None
    place: str = ""
    series_id: uuid.UUID | None = None
    occurs_on: dt.date | None = None
    """The day the series has for it, which stays where it is moved."""
    version: int = 0
    """Of its row; 0 where it has none yet."""

    @property
    def ends(self) -> dt.time | None:
        """The wall-clock time it ends, where its hour and its length are known."""
        if self.hour is None or self.minutes is None:
            return None
        return (dt.datetime.combine(self.on, self.hour) + dt.timedelta(minutes=self.minutes)).time()

    @property
    def order(self) -> tuple[dt.date, dt.time, str]:
        """Earlier days first; on one day what has no hour comes last."""
        return self.on, self.hour or dt.time(23, 59, 59), self.id.hex


def is_over(
    on: dt.date, hour: dt.time | None, minutes: int | None, *, zone: ZoneInfo, now: dt.datetime, today: dt.date
) -> bool:
    """Say whether a planned contact is behind us: its end (`minutes` after its hour in `zone`), else its whole day.

    Where nobody wrote how long it takes (none), it is half an hour. `today` is the organisation's day.
    """
    return on < today if hour is None else ends_at(on, hour, minutes, zone=zone) <= now


def ends_at(on: dt.date, hour: dt.time, minutes: int | None, *, zone: ZoneInfo) -> dt.datetime:
    """Return when a planned contact is behind us that has an hour."""
    return moment_of(on, hour, zone) + dt.timedelta(minutes=USUAL_MINUTES if minutes is None else minutes)


def coming_days(
    pattern: Pattern,
    *,
    taken: Collection[dt.date],
    minutes: int | None,
    zone: ZoneInfo,
    now: dt.datetime,
    today: dt.date,
    most_days: int = FARTHEST_DAYS,
) -> Iterator[dt.date]:
    """Return the days a series still has ahead, so many from today, but for those that have a row (`taken`)."""
    # Where the person is it may still be yesterday.
    for day in days(pattern, last=today + dt.timedelta(days=most_days), since=today - dt.timedelta(days=2)):
        if day not in taken and not is_over(day, pattern.hour, minutes, zone=zone, now=now, today=today):
            yield day


def what_happened(name: str, on: dt.date, hour: dt.time | None, *, in_person: bool, today: dt.date) -> Sentence:
    """Ask what came of a planned contact that is over."""
    if on == today and hour:
        return say(
            mark("You planned to meet %(name)s today at %(hour)s. What happened?")
            if in_person
            else mark("You planned to speak with %(name)s today at %(hour)s. What happened?"),
            name=name,
            hour=hour,
        )
    return say(
        mark("You planned to meet %(name)s on %(weekday)s. What happened?")
        if in_person
        else mark("You planned to speak with %(name)s on %(weekday)s. What happened?"),
        name=name,
        weekday=on,
    )


def off_words(name: str, day: dt.date, then: Then | None) -> Sentence:
    """Say to the coach that the person cannot make it, and what they want instead."""
    if then is Then.PERSON_CALLS:
        return say(mark("%(name)s cannot make it on %(weekday)s and will call you."), name=name, weekday=day)
    return say(mark("%(name)s cannot make it on %(weekday)s and would like another time."), name=name, weekday=day)
