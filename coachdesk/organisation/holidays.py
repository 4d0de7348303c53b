"""The days on which the organisation is closed: on them no clock runs out. One of its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coachdesk import audit
from coachdesk.access import Action, demand
from coachdesk.organisation import service
from coachdesk.organisation.rules import holidays_of, refuse_bad_holidays
from coachdesk.words import NotFound

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from coachdesk.access import Identity
    from coachdesk.organisation.models import Organisation
    from coachdesk.organisation.rules import Holiday


def list_holidays(session: Any) -> tuple[Holiday, ...]:
    """Return the days closed, in order; none before the organisation is set up."""
    try:
        return holidays_of(service.find_organisation(session).holidays)
    except NotFound:
        return ()


def change_holidays(
    session: Any, identity: Identity, *, days: Sequence[Holiday], version: int, now: dt.datetime
) -> Organisation:
    """Change the days closed; `version` is the organisation's. Raises `Stale` or `Refused`. They count from the next look."""
    demand(identity, Action.ADMIN_SETTINGS)
    house = service.hold_organisation(session, version)
    refuse_bad_holidays(days, at="days")
    house.holidays = [[one.on.isoformat(), one.name] for one in sorted(days, key=lambda one: one.on)]
    house.version += 1
    audit.record(session, identity, audit.Event.SETTINGS_CHANGED, fields=["holidays"], now=now)
    return house
