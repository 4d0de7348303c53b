"""What the forms of planning mean: what was typed as the verbs take it, and a plan as the form shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coachdesk.visits.forms import OTHER
from coachdesk.visits.rules import LAST, LENGTHS, Channel, Pattern, Repeat
from coachdesk.web.filters import day_ahead
from coachdesk.words import Refused, mark, say

if TYPE_CHECKING:
    import datetime as dt

    from coachdesk.visits.forms import PlanForm, RepeatFields, SeriesForm, WhenFields
    from coachdesk.visits.models import VisitSeries
    from coachdesk.visits.rules import Planned

_LAST_WEEK = 4
REPEATING = ("repeat", "every", "weekdays", "month_day", "nth", "until", "count")


def repeats(form: PlanForm) -> bool:
    """Say whether the plan is to come again; something said about how, without how often, is asked for again."""
    if form.repeat.data:
        return True
    if any(getattr(form, name).data for name in REPEATING):
        raise Refused(mark("Choose how often, or leave everything about repeating empty."), "repeat")
    return False


def as_plan(form: WhenFields) -> dict[str, Any]:
    """Return what was typed as `plan_visit` takes it."""
    return {"planned_on": form.planned_on.data, "hour": form.hour.data, **as_meeting(form)}


def as_meeting(form: WhenFields) -> dict[str, Any]:
    """Return how long, how and where."""
    return {
        "minutes": _minutes(form),
        "channel": Channel(form.channel.data) if form.channel.data else None,
        "place": form.place.data,
    }


def _minutes(form: WhenFields) -> int | None:
    if form.minutes.data == OTHER:
        if form.other_minutes.data is None:
            raise Refused(mark("Write how long in minutes, from 1 to 480."), "other_minutes")
        number: int = form.other_minutes.data
        return number
    return int(form.minutes.data) if form.minutes.data else None


def as_pattern(form: PlanForm | SeriesForm) -> Pattern:
    """Return how it repeats; what was left empty is as on the first day."""
    if not form.repeat.data:
        raise Refused(mark("Choose how often."), "repeat")
    first = _first(form)
    picked = frozenset(int(value) for value in form.weekdays.data)
    return Pattern(
        Repeat(form.repeat.data),
        first,
        hour=form.hour.data,
        every=1 if form.every.data is None else form.every.data,
        weekdays=picked or frozenset([first.weekday()]),
        month_day=form.month_day.data or first.day,
        nth=_nth(form, first),
        until=form.until.data,
        count=form.count.data,
    )


def _first(form: WhenFields) -> dt.date:
    if form.planned_on.data is None:
        raise Refused(say("Write the day, like %(day)s.", day=day_ahead()), "planned_on")
    return form.planned_on.data


def _nth(form: RepeatFields, first: dt.date) -> int:
    if form.nth.data:
        return int(form.nth.data)
    place = (first.day - 1) // 7 + 1
    return place if place <= _LAST_WEEK else LAST


def of_plan(planned: Planned | None) -> dict[str, Any]:
    """Return a planned contact as its form shows it."""
    if planned is None:
        return {}
    return {
        "planned_on": planned.on,
        "hour": planned.hour,
        "place": planned.place,
        **_of_meeting(planned.minutes, planned.channel),
    }


def of_series(series: VisitSeries, first: dt.date) -> dict[str, Any]:
    """Return a series as its form shows it, to go on in another way from a day on."""
    pattern = series.pattern
    return {
        "planned_on": first,
        "hour": pattern.hour,
        "place": series.place,
        "repeat": pattern.repeat.value,
        "every": pattern.every if pattern.repeat is Repeat.WEEKLY else None,
        "weekdays": [str(day) for day in sorted(pattern.weekdays)] if pattern.repeat in _BY_WEEKDAY else [],
        "month_day": pattern.month_day if pattern.repeat is Repeat.MONTHLY_DAY else None,
        "nth": str(pattern.nth) if pattern.repeat is Repeat.MONTHLY_WEEKDAY else "",
        "until": pattern.until,
        "count": pattern.count,
        "version": series.version,
        **_of_meeting(series.minutes, series.channel),
    }


_BY_WEEKDAY = frozenset({Repeat.WEEKLY, Repeat.MONTHLY_WEEKDAY})


def _of_meeting(minutes: int | None, channel: Channel | None) -> dict[str, Any]:
    other = minutes is not None and minutes not in LENGTHS
    return {
        "minutes": OTHER if other else (str(minutes) if minutes else None),
        "other_minutes": minutes if other else None,
        "channel": channel.value if channel else None,
    }
