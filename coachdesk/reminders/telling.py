"""When people are told of what is due, and what “Later” offers.

Pure: wall-clock moments in a reader's zone go in, days, hours and moments in UTC come out.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from coachdesk.clock import moment_of
from coachdesk.reminders.rules import Due, Rule
from coachdesk.words import Sentence, mark, say

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

DIGEST_HOUR = dt.time(8)
LATER_HOUR = dt.time(6)
_AFTERNOON, _LAST_MORNING_HOUR = dt.time(14), dt.time(13)
_MONDAY = 0


@dataclass(frozen=True)
class LaterChoice:
    """One choice of “Later”: what it says, and the local day and hour it means."""

    value: str
    label: str
    small: Sentence
    day: dt.date
    hour: dt.time


def later_choices(local_now: dt.datetime) -> tuple[LaterChoice, ...]:
    """Return what “Later” offers at a wall-clock moment in the reader's zone; choosing a date is the form's own."""
    today, tomorrow = local_now.date(), local_now.date() + dt.timedelta(days=1)
    monday = tomorrow + dt.timedelta(days=1)
    while monday.weekday() != _MONDAY:
        monday += dt.timedelta(days=1)
    offered = []
    if local_now.time() < _LAST_MORNING_HOUR:
        offered.append(
            LaterChoice("afternoon", mark("This afternoon"), say("%(at)s", at=_AFTERNOON), today, _AFTERNOON)
        )
    offered.append(LaterChoice("tomorrow", mark("Tomorrow"), say("%(short)s", short=tomorrow), tomorrow, LATER_HOUR))
    offered.append(LaterChoice("monday", mark("Next Monday"), say("%(short)s", short=monday), monday, LATER_HOUR))
    return tuple(offered)


def digest_moment(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    """Return the moment of a local day's one mail: eight in the reader's morning, in UTC."""
    return moment_of(day, DIGEST_HOUR, zone)


def told_from(due: Due, zone: ZoneInfo) -> dt.datetime:
    """Return the moment from which a reader is told of something in the app: its hour, or eight in the morning."""
    hour = due.at if due.rule is Rule.BY_HAND and due.at else DIGEST_HOUR
    return moment_of(due.on, hour, zone)


def has_own_mail(due: Due) -> bool:
    """Say whether something is mailed at its own hour rather than in the day's one mail."""
    return due.rule is Rule.BY_HAND and due.at is not None
