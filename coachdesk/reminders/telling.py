"""When people are told of what is due, what a supervisor hears, and what “Later” offers.

Pure: wall-clock moments in a reader's zone go in, days, hours and moments in UTC come out.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from coachdesk.clock import day_of, moment_of
from coachdesk.reminders.kinds import OF_ONE_DAY, Rule
from coachdesk.reminders.prefs import EVERY_DAY, USUAL, Prefs
from coachdesk.words import Sentence, mark, say, say_n

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from coachdesk.reminders.rules import Due


LATER_HOUR = dt.time(6)
_AFTERNOON, _LAST_MORNING_HOUR = dt.time(14), dt.time(13)
_MONDAY, _WEEK = 0, 7
_ASKED = frozenset({Rule.HELP_ASKED, Rule.TALK_ASKED, Rule.VISIT_OFF})
"""Somebody waits for an answer: it goes by itself, from its reader's hour on, and not with the day's one message to come."""


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


def digest_moment(day: dt.date, zone: ZoneInfo, prefs: Prefs = USUAL) -> dt.datetime | None:
    """Return the moment of a local day's one message, in UTC; none on a day on which the reader wants none."""
    return moment_of(day, prefs.hour, zone) if day.weekday() in prefs.days else None


def told_from(due: Due, zone: ZoneInfo, prefs: Prefs = USUAL) -> dt.datetime:
    """Return the moment from which a reader is told of something in the app: its own hour, or theirs in the morning."""
    hour = due.at if due.rule is Rule.BY_HAND and due.at else prefs.hour
    return moment_of(told_day(due, prefs), hour, zone)


def told_day(due: Due, prefs: Prefs = USUAL) -> dt.date:
    """Return the local day on which a reader is told of something: its own, whether they are told anything on it or not.

    What is of one day alone is told on the last of their days before it instead. After it the visit has been; and a day
    somebody wants to mark can be marked with them on it, while on the first day after it one could only be sorry.
    """
    if due.rule not in OF_ONE_DAY:
        return due.on
    week = (due.on - dt.timedelta(days=number) for number in range(_WEEK))
    return next((day for day in week if day.weekday() in prefs.days), due.on)


def leaves_from(due: Due, now: dt.datetime, zone: ZoneInfo, prefs: Prefs = USUAL) -> dt.datetime:
    """Return the moment from which a message of its own may leave: its own hour, or theirs on a day they chose."""
    if due.rule is Rule.BY_HAND and due.at:
        return told_from(due, zone, prefs)
    day, days = max(told_day(due, prefs), day_of(now, zone)), prefs.days or EVERY_DAY
    while day.weekday() not in days:
        day += dt.timedelta(days=1)
    return moment_of(day, prefs.hour, zone)


def has_own_mail(due: Due, prefs: Prefs = USUAL) -> bool:
    """Say whether something is told by a message of its own rather than in the day's one message."""
    return prefs.each or due.rule in _ASKED or (due.rule is Rule.BY_HAND and due.at is not None)


def set_for(day: dt.date, hour: dt.time | None) -> Sentence:
    """Say for when a reminder was set."""
    if hour is None:
        return say(mark("Reminder set for %(weekday)s."), weekday=day)
    return say(mark("Reminder set for %(weekday)s, %(at)s."), weekday=day, at=hour)


def over_words(days: int) -> Sentence:
    """Say how far past its day something is; on the day itself: Today."""
    return say_n(mark("%(n)s day over"), mark("%(n)s days over"), days) if days else say(mark("Today"))
