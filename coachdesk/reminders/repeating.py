"""How often a reminder comes again, and on which day next. Pure; days of the month are reckoned as for visits."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import TYPE_CHECKING

from coachdesk.visits.rules import FARTHEST_END_DAYS, Pattern, Repeat, days
from coachdesk.words import Refused, mark, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coachdesk.words import Sentence

_AHEAD = dt.timedelta(days=62)
"""Longer than the longest time from one to the next."""


class Often(StrEnum):
    """How often a reminder comes again."""

    DAILY = "daily"
    WEEKLY = "weekly"
    FORTNIGHTLY = "fortnightly"
    MONTHLY = "monthly"


OFTEN_WORDS: Mapping[Often, str] = {
    Often.DAILY: mark("Every day"),
    Often.WEEKLY: mark("Every week"),
    Often.FORTNIGHTLY: mark("Every two weeks"),
    Often.MONTHLY: mark("Every month"),
}
_COMES: Mapping[Often, tuple[str, str]] = {
    Often.DAILY: (mark("every day"), mark("every day until %(day)s")),
    Often.WEEKLY: (mark("every week"), mark("every week until %(day)s")),
    Often.FORTNIGHTLY: (mark("every two weeks"), mark("every two weeks until %(day)s")),
    Often.MONTHLY: (mark("every month"), mark("every month until %(day)s")),
}


def comes_words(often: Often, until: dt.date | None) -> Sentence:
    """Say how often a reminder comes, and until when, as part of a sentence."""
    for_good, ending = _COMES[often]
    return say(ending, day=until) if until else say(for_good)


def next_on(often: Often, first: dt.date, *, after: dt.date, until: dt.date | None) -> dt.date | None:
    """Return the next day after one, or none past its last day; `first` is the day it began on.

    A month that does not have the day has its last day instead.
    """
    ways = {
        Often.DAILY: Pattern(Repeat.DAILY, after, until=until),
        Often.WEEKLY: Pattern(Repeat.WEEKLY, first, weekdays=frozenset({first.weekday()}), until=until),
        Often.FORTNIGHTLY: Pattern(Repeat.WEEKLY, first, every=2, weekdays=frozenset({first.weekday()}), until=until),
        Often.MONTHLY: Pattern(Repeat.MONTHLY_DAY, first, month_day=first.day, until=until),
    }
    found = days(ways[often], last=max(after, first) + _AHEAD)
    return next((day for day in found if day > after), None)


def refuse_bad_end(often: Often | None, first: dt.date, until: dt.date | None, *, today: dt.date) -> None:
    """Refuse a last day of what comes once, one before the first, or one more than three years ahead."""
    if until is None:
        return
    if often is None:
        raise Refused(mark("Choose how often it comes, or leave this empty."), "until")
    if until < first:
        raise Refused(mark("The last day lies before the first. Choose a later one."), "until")
    if until > today + dt.timedelta(days=FARTHEST_END_DAYS):
        raise Refused(mark("That is more than three years ahead. Choose a nearer day."), "until")
