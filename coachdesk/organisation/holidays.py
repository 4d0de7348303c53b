"""The days on which the organisation is closed: on them no clock runs out. One of its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coachdesk import audit
from coachdesk.access import Action, demand
from coachdesk.organisation import service
from coachdesk.organisation.rules import Holiday, holidays_of, refuse_bad_holiday
from coachdesk.words import NotFound, mark, say

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from coachdesk.access import Identity
    from coachdesk.organisation.models import Organisation
    from coachdesk.words import Sentence


def list_holidays(session: Any) -> tuple[Holiday, ...]:
    """Return the days closed, in order; none before the organisation is set up."""
    try:
        return holidays_of(service.find_organisation(session).holidays)
    except NotFound:
        return ()


def closed_words(session: Any, day: dt.date) -> Sentence | None:
    """Say that the organisation is closed on a day for which somebody plans something, or nothing where it is not."""
    found = next((one for one in list_holidays(session) if one.on == day), None)
    if found is None:
        return None
    if found.name:
        return say(mark("The house is closed on %(weekday)s (%(name)s)."), weekday=day, name=found.name)
    return say(mark("The house is closed on %(weekday)s."), weekday=day)


def add_holiday(
    session: Any, identity: Identity, *, on: dt.date, name: str = "", now: dt.datetime, today: dt.date
) -> Holiday:
    """Close a day; raises `Refused` where it is closed already, or lies behind us or too far ahead."""
    demand(identity, Action.ADMIN_SETTINGS)
    house = service.hold_organisation(session)
    added = Holiday(on, " ".join(name.split()))
    refuse_bad_holiday(added, holidays_of(house.holidays), today=today)
    _keep(house, [*holidays_of(house.holidays), added])
    _note(session, identity, None, added.on, now=now)
    return added


def remove_holiday(session: Any, identity: Identity, on: dt.date, *, now: dt.datetime) -> Holiday:
    """Open a day again; raises `NotFound` where it is not closed."""
    demand(identity, Action.ADMIN_SETTINGS)
    house = service.hold_organisation(session)
    days = {one.on: one for one in holidays_of(house.holidays)}
    if on not in days:
        raise NotFound
    removed = days.pop(on)
    _keep(house, days.values())
    _note(session, identity, on, None, now=now)
    return removed


def _note(session: Any, identity: Identity, before: dt.date | None, after: dt.date | None, *, now: dt.datetime) -> None:
    changes = [["holidays.closed", before and before.isoformat(), after and after.isoformat()]]
    event = audit.Event.SETTINGS_CHANGED
    audit.record(session, identity, event, fields=["holidays"], detail={"changes": changes}, now=now)


def _keep(house: Organisation, days: Iterable[Holiday]) -> None:
    house.holidays = [[one.on.isoformat(), one.name] for one in sorted(days, key=lambda one: one.on)]
    house.version += 1
