"""How plans are said: how often, at what time, until when, and the reader's own hour beside the person's."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from coachdesk.clock import moment_of
from coachdesk.visits.rules import LAST, USUAL_MINUTES, Pattern, Planned, Repeat
from coachdesk.words import mark, say, say_n

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from coachdesk.words import Sentence

REPEAT_WORDS: Mapping[Repeat, str] = {
    Repeat.DAILY: mark("Every day"),
    Repeat.WEEKLY: mark("By the week"),
    Repeat.MONTHLY_DAY: mark("Monthly, by the day"),
    Repeat.MONTHLY_WEEKDAY: mark("Monthly, by the weekday"),
}
DAY_WORDS = (
    mark("Monday"),
    mark("Tuesday"),
    mark("Wednesday"),
    mark("Thursday"),
    mark("Friday"),
    mark("Saturday"),
    mark("Sunday"),
)
NTH_WORDS: Mapping[int, str] = {
    1: mark("first"),
    2: mark("second"),
    3: mark("third"),
    4: mark("fourth"),
    LAST: mark("last"),
}


def in_words(pattern: Pattern) -> tuple[Sentence, ...]:
    """Say a pattern as the parts of one sentence: how often, at what time, until when."""
    parts = [_how_often(pattern)]
    if pattern.hour:
        parts.append(say(mark("at %(hour)s"), hour=pattern.hour))
    if pattern.until:
        parts.append(say(mark("until %(day)s"), day=pattern.until))
    if pattern.count:
        parts.append(say_n(mark("once"), mark("%(n)s times"), pattern.count))
    return tuple(parts)


def _how_often(pattern: Pattern) -> Sentence:
    names = [DAY_WORDS[weekday] for weekday in sorted(pattern.weekdays)]
    named = " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    if pattern.repeat is Repeat.WEEKLY:
        return _by_the_week(pattern.every, named, one=len(names) == 1)
    if pattern.repeat is Repeat.MONTHLY_WEEKDAY:
        return say(mark("The %(nth)s %(days)s of every month"), nth=NTH_WORDS[pattern.nth], days=named)
    if pattern.repeat is Repeat.DAILY:
        return say(mark("Every day"))
    if pattern.shortens:
        return say(
            mark("On day %(n)s of every month (on the last day where the month is shorter)"), n=pattern.month_day
        )
    return say(mark("On day %(n)s of every month"), n=pattern.month_day)


def _by_the_week(every: int, named: str, *, one: bool) -> Sentence:
    if every == 1:
        return say(mark("Every %(days)s"), days=named)
    if every == 2 and one:  # noqa: PLR2004 (every second one)
        return say(mark("Every second %(days)s"), days=named)
    return say(mark("Every %(n)s weeks on %(days)s"), n=every, days=named)


def hour_for(on: dt.date, hour: dt.time | None, zone: ZoneInfo, reader: ZoneInfo) -> tuple[dt.date, dt.time] | None:
    """Return the reader's day and hour of a planned contact; none where there is no hour, or it reads the same."""
    if hour is None:
        return None
    local = moment_of(on, hour, zone).astimezone(reader)
    here = local.date(), local.time()
    return None if here == (on, hour) else here


def beside(planned: Planned, zone: ZoneInfo, reader: ZoneInfo) -> Sentence | None:
    """Say whose clock a planned hour is by and when that is for the reader; none where it reads the same for both."""
    here = hour_for(planned.on, planned.hour, zone, reader)
    if here is None:
        return None
    place, (on, hour) = zone.key.rsplit("/", 1)[-1].replace("_", " "), here
    if on == planned.on:
        return say(mark("in %(place)s; %(hour)s for you"), place=place, hour=hour)
    return say(mark("in %(place)s; %(short)s, %(hour)s for you"), place=place, short=on, hour=hour)


def meets(one: tuple[dt.datetime, int | None], other: tuple[dt.datetime, int | None]) -> bool:
    """Say whether two planned contacts, each a moment and its minutes, overlap; without a length half an hour."""
    (first, length), (second, _length) = sorted((one, other), key=lambda pair: pair[0])
    return second < first + dt.timedelta(minutes=length or USUAL_MINUTES)
