"""Hours as a calendar that every calendar program reads (RFC 5545): each an entry that says the same one word.

Hours are written by one zone's clock, with that zone's changes beside them. Where a clock time comes twice, a program
takes the first; a moment that is the second is therefore written in UTC.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from zoneinfo import ZoneInfo

ASK_AGAIN = dt.timedelta(hours=4)
"""How often a program is asked to look for changes; each does as it likes."""
_MAKER = "-//Calendar//EN"
_DAY, _SECOND = dt.timedelta(days=1), dt.timedelta(seconds=1)


@dataclass(frozen=True)
class Slot:
    """When something is planned, and nothing else of it."""

    uid: str
    on: dt.date
    starts_at: dt.datetime | None = None
    """UTC; none where it is any time that day."""
    minutes: int = 0
    is_off: bool = False
    sequence: int = 0
    """Higher each time it is changed."""


def write_calendar(
    slots: Iterable[Slot], *, zone: ZoneInfo, since: dt.date, until: dt.date, title: str, word: str, now: dt.datetime
) -> bytes:
    """Write a calendar named `title` whose every entry says `word`; the zone's changes from day to day are written too.

    The moment of writing stands at each entry, so that it tells nothing of when anything was planned.
    """
    calendar = Calendar()
    for name, value in (("prodid", _MAKER), ("version", "2.0"), ("calscale", "GREGORIAN")):
        calendar.add(name, value)
    calendar.add("name", title)
    calendar.add("x-wr-calname", title)
    calendar.add("refresh-interval", ASK_AGAIN, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", f"PT{ASK_AGAIN // dt.timedelta(hours=1)}H")
    if zone.key != "UTC":
        calendar.add_component(_zone(zone, since - _DAY, until + 2 * _DAY))
    for slot in sorted(slots, key=lambda slot: (slot.on, slot.uid)):
        calendar.add_component(_entry(slot, zone, word, now))
    text: bytes = calendar.to_ical()
    return text


def _entry(slot: Slot, zone: ZoneInfo, word: str, now: dt.datetime) -> Event:
    entry = Event()
    entry.add("uid", slot.uid)
    entry.add("dtstamp", now)
    entry.add("summary", word)
    entry.add("sequence", slot.sequence)
    entry.add("status", "CANCELLED" if slot.is_off else "CONFIRMED")
    if slot.starts_at is None:
        entry.add("dtstart", slot.on)
        entry.add("transp", "TRANSPARENT")
    else:
        entry.add("dtstart", _by(slot.starts_at, zone))
        entry.add("dtend", _by(slot.starts_at + dt.timedelta(minutes=slot.minutes), zone))
    return entry


def _by(moment: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    local = moment.astimezone(zone)
    return moment if local.fold or zone.key == "UTC" else local


@lru_cache(maxsize=64)
def _zone(zone: ZoneInfo, since: dt.date, until: dt.date) -> Timezone:
    """Write what a zone's clocks do between two days.

    The library could write it too, but dates a change forward by the clock it leads to, not by the one it comes from;
    who reads it as it is meant would be an hour off for an hour.
    """
    first, last = (dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC) for day in (since, until))
    written = Timezone()
    written.add("tzid", zone.key)
    before = first.astimezone(zone)
    for moment in (first, *_changes(zone, first, last)):
        after = moment.astimezone(zone)
        part = TimezoneDaylight() if after.dst() else TimezoneStandard()
        part.add("dtstart", moment.replace(tzinfo=None) + _offset(before))
        part.add("tzoffsetfrom", _offset(before))
        part.add("tzoffsetto", _offset(after))
        part.add("tzname", after.tzname())
        written.add_component(part)
        before = after
    return written


def _changes(zone: ZoneInfo, first: dt.datetime, last: dt.datetime) -> Iterator[dt.datetime]:
    """Return the moments at which a zone's clocks change."""
    at = first
    while at < last:
        after = at + _DAY
        if _offset(at.astimezone(zone)) != _offset(after.astimezone(zone)):
            yield _find_change(zone, at, after)
        at = after


def _find_change(zone: ZoneInfo, before: dt.datetime, after: dt.datetime) -> dt.datetime:
    old = _offset(before.astimezone(zone))
    while after - before > _SECOND:
        middle = before + ((after - before) / 2 // _SECOND or 1) * _SECOND
        before, after = (middle, after) if _offset(middle.astimezone(zone)) == old else (before, middle)
    return after


def _offset(local: dt.datetime) -> dt.timedelta:
    return local.utcoffset() or dt.timedelta()
