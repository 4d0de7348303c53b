"""When a next contact may be planned, and the words for how people meet."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import TYPE_CHECKING

from coachdesk.words import Refused, mark, say

if TYPE_CHECKING:
    from collections.abc import Mapping

FARTHEST_DAYS = 400


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
        raise Refused(say(_LATER, example=_example(today)), at)
    _refuse_far(planned_on, today, at)


def refuse_not_after(planned_on: dt.date, *, today: dt.date, at: str) -> None:
    """Refuse a next contact that is not after today, or lies more than 400 days ahead."""
    if planned_on <= today:
        raise Refused(say(_LATER, example=_example(today)), at)
    _refuse_far(planned_on, today, at)


def _refuse_far(planned_on: dt.date, today: dt.date, at: str) -> None:
    if planned_on > today + dt.timedelta(days=FARTHEST_DAYS):
        raise Refused(mark("That is more than a year ahead. Choose a nearer day."), at)


_LATER = mark("Next contact must be a date after today, like %(example)s")


def _example(today: dt.date) -> str:
    soon = today + dt.timedelta(days=4)
    return f"{soon.day} {soon.month} {soon.year}"
