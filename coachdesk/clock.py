"""The only reader of the time. Everything else is handed a moment (UTC, aware) or a day (in a named zone)."""

from __future__ import annotations

import datetime as dt
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

UTC = ZoneInfo("UTC")


class Clock(Protocol):
    """Whoever can say what time it is."""

    def now(self) -> dt.datetime:
        """Return the present moment, aware, in UTC."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> dt.datetime:
        """Return the present moment in UTC."""
        return dt.datetime.now(dt.UTC)


class FixedClock:
    """A clock that stands where it is put and moves only when told. For tests and for dating demo data."""

    def __init__(self, start: dt.datetime) -> None:
        """Start at an aware moment."""
        self._at = start.astimezone(dt.UTC)

    def now(self) -> dt.datetime:
        """Return the moment the clock stands at, in UTC."""
        return self._at

    def move(self, **by: float) -> None:
        """Move on by timedelta parts, such as `minutes=10`."""
        self._at += dt.timedelta(**by)

    def set(self, at: dt.datetime) -> None:
        """Stand at another aware moment."""
        self._at = at.astimezone(dt.UTC)


def zone_of(name: str, otherwise: ZoneInfo = UTC) -> ZoneInfo:
    """Return a zone by its name; another where there is no name, or no such zone any more."""
    try:
        return ZoneInfo(name) if name else otherwise
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a name may also be a path, or far too long
        return otherwise


def day_of(moment: dt.datetime, zone: ZoneInfo) -> dt.date:
    """Return the local day of a moment in a zone."""
    return moment.astimezone(zone).date()


def moment_of(day: dt.date, hour: dt.time, zone: ZoneInfo) -> dt.datetime:
    """Return the UTC moment of a wall-clock time on a local day.

    Where the clocks go forward and the time does not exist, it moves forward by the gap; where they go back and it
    comes twice, the first is meant (one occurrence a local day).
    """
    local = dt.datetime.combine(day, hour, tzinfo=zone)
    return local.astimezone(dt.UTC)  # fold=0: in a gap the earlier offset carries it forward, in an overlap the first


def add_working_days(day: dt.date, days: int) -> dt.date:
    """Return the day that lies `days` working days (Monday to Friday) after `day`."""
    while days > 0:
        day += dt.timedelta(days=1)
        if day.weekday() < 5:  # noqa: PLR2004 (Saturday is 5)
            days -= 1
    return day
