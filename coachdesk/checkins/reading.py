"""What the check-in form means: its quick choices as days, and what was typed as the verb takes it."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from flask_babel import ngettext

from coachdesk.checkins.forms import TRIED
from coachdesk.checkins.parts import (
    Benefit,
    CheckInKind,
    Happened,
    More,
    Planned,
    Support,
    refuse_bad_plans,
    refuse_bad_times,
    refuse_unwanted,
)
from coachdesk.checkins.rules import AttemptOutcome, TryBy, Used, refuse_bad_day
from coachdesk.goals.rules import StepOwner
from coachdesk.visits.rules import Channel, refuse_not_after
from coachdesk.web.filters import short
from coachdesk.words import Refused, day_ahead, mark, say

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from coachdesk.checkins.forms import CheckInForm

_DAYS_A_WEEK = 7


PLANNED = "planned"
"""You speak next as is planned already."""


def next_choices(rhythm_days: int, today: dt.date, planned_on: dt.date | None = None) -> list[tuple[str, str, dt.date]]:
    """Return the quick choices for the next contact: value, words, day. `planned_on` is the day of a series."""
    again = [(PLANNED, _("As planned"), planned_on)] if planned_on else []
    offered = [
        ("tomorrow", _("Tomorrow"), 1),
        ("three", _("In 3 days"), 3),
        ("rhythm", _rhythm(rhythm_days), rhythm_days),
    ]
    return [*again, *((value, words, today + dt.timedelta(days=days)) for value, words, days in offered)]


def _rhythm(days: int) -> str:
    if days % _DAYS_A_WEEK == 0:
        return str(ngettext("In a week", "In %(num)s weeks", days // _DAYS_A_WEEK))
    return str(ngettext("In a day", "In %(num)s days", days))


def offer_next(
    form: CheckInForm, rhythm_days: int, today: dt.date, planned_on: dt.date | None = None
) -> dict[str, str]:
    """Give the form its quick choices; return the small words under them.

    What is planned already is chosen, else the agreed rhythm.
    """
    offered = next_choices(rhythm_days, today, planned_on)
    form.next.choices = [*((value, words) for value, words, _day in offered), ("day", _("Choose a date"))]
    if form.next.data is None:
        form.next.data = PLANNED if planned_on else "rhythm"
    return {value: short(day) for value, _words, day in offered}


def is_attempt(form: CheckInForm) -> bool:
    """Say whether nobody was reached."""
    return bool(form.how.data == TRIED)


def held_on(form: CheckInForm, today: dt.date) -> dt.date:
    """Return the local day the contact was held."""
    if form.when.data == "day":
        if form.held_on.data is None:
            raise Refused(mark("Write the day, like 21 11 2026."), "held_on")
        day: dt.date = form.held_on.data
        return day
    return today - dt.timedelta(days=1) if form.when.data == "yesterday" else today


def checks(form: CheckInForm, rhythm_days: int, today: dt.date, zone: ZoneInfo) -> tuple[Callable[[], object], ...]:
    """Return what makes no sense about days, times, plans and a return to use, to be said with everything else.

    `zone` is where the person is.
    """
    held = [lambda: refuse_bad_day(held_on(form, today), today=today, at="held_on")] if form.when.data else []
    ahead = [lambda: refuse_not_after(_next_on(form, rhythm_days, today), today=today, at="next_on")]
    if is_attempt(form):
        return (*held, lambda: _refuse_again(form, today))
    longer = (
        lambda: _refuse_times(form, today, zone),
        lambda: refuse_unwanted(form.return_to_use.data, wanted=form.wants_written.data, at="return_to_use"),
        lambda: _refuse_plans(form, today),
    )
    asks_for_day = _is_offered(form) and form.next.data != PLANNED
    return (*held, *(ahead if asks_for_day else []), *longer)


def _refuse_again(form: CheckInForm, today: dt.date) -> None:
    if form.again_on.data:
        refuse_not_after(form.again_on.data, today=today, at="again_on")


def _refuse_plans(form: CheckInForm, today: dt.date) -> None:
    if not form.plans.errors:
        refuse_bad_plans(_plans(form), today=today, at="plans")


def _refuse_times(form: CheckInForm, today: dt.date, zone: ZoneInfo) -> None:
    if form.started.errors or form.ended.errors or form.other_minutes.errors or not form.when.data:
        return
    started, ended, next_day = form.started.data, form.ended.data, form.next_day.data
    minutes = _minutes(form)
    refuse_bad_times(held_on(form, today), started, ended, minutes, next_day=next_day, zone=zone, at="ended")


def _is_offered(form: CheckInForm) -> bool:
    return form.next.data in {choice.value for choice in form.next.choices}


def as_checkin(form: CheckInForm, rhythm_days: int, today: dt.date) -> dict[str, Any]:
    """Return what was typed as `log_checkin` takes it."""
    return {
        "channel": Channel(form.how.data),
        "held_on": held_on(form, today),
        "started": form.started.data,
        "minutes": _minutes(form),
        "weather": int(form.weather.data) if form.weather.data else None,
        "note": form.note.data,
        "step_ids": [uuid.UUID(value) for value in form.steps.data],
        "next_on": None if form.next.data == PLANNED else _next_on(form, rhythm_days, today),
        "next_hour": form.next_hour.data,
        "next_place": form.next_place.data,
        "worried": form.worried.data,
        "more": _more(form),
    }


def _more(form: CheckInForm) -> More:
    plain = (
        "ended place others highlights hard_spots wants_written return_to_use meetings strengths response needs"
        " help_now units own_story read_together supervision_line"
    )
    return More(
        **{name: form[name].data for name in plain.split()},
        kind=CheckInKind(form.kind.data) if form.kind.data else None,
        counts_for_id=_key(form.counts_for.data),
        paid_by_id=_key(form.paid_by.data),
        happened=[Happened(value) for value in form.happened.data],
        goal_ids=[uuid.UUID(value) for value in form.goals.data],
        benefits=[Benefit(value) for value in form.benefits.data],
        supports=[Support(value) for value in form.supports.data],
        plans=_plans(form),
    )


def _plans(form: CheckInForm) -> list[Planned]:
    return [
        Planned(row["what"], StepOwner(row["who"]), row["by_on"], _key(row["goal"]), row["remind"])
        for row in form.typed_plans()
    ]


def _key(value: str | None) -> uuid.UUID | None:
    return uuid.UUID(value) if value else None


def as_attempt(form: CheckInForm, today: dt.date) -> dict[str, Any]:
    """Return what was typed as `log_attempt` takes it."""
    return {
        "outcome": AttemptOutcome(form.outcome.data or AttemptOutcome.NO_ANSWER),
        "tried_on": held_on(form, today),
        "channel": TryBy(form.tried_by.data) if form.tried_by.data else None,
        "tried_at": form.tried_at.data,
        "used": Used(form.used.data) if form.used.data else None,
        "again_on": form.again_on.data,
        "note": form.note.data,
        "worried": form.worried.data,
    }


def _minutes(form: CheckInForm) -> int | None:
    if form.minutes.data == "other":
        if form.other_minutes.data is None:
            raise Refused(mark("Write how long in minutes, from 1 to 480."), "other_minutes")
        number: int = form.other_minutes.data
        return number
    return int(form.minutes.data) if form.minutes.data else None


def _next_on(form: CheckInForm, rhythm_days: int, today: dt.date) -> dt.date:
    if form.next.data == "day":
        if form.next_on.data is None:
            raise Refused(say("Write the day you speak next, like %(day)s.", day=day_ahead(today)), "next_on")
        day: dt.date = form.next_on.data
        return day
    return next(day for value, _words, day in next_choices(rhythm_days, today) if value == form.next.data)
