"""The outreach ladder: what is done, and when, where somebody is not reached. One of the organisation's settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coachdesk import audit
from coachdesk.access import Action, demand
from coachdesk.organisation import service
from coachdesk.organisation.rules import DEFAULT_LADDER, ladder_of, refuse_bad_ladder
from coachdesk.words import NotFound

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from coachdesk.access import Identity
    from coachdesk.organisation.models import Organisation
    from coachdesk.organisation.rules import Ladder, Rung


def find_ladder(session: Any) -> Ladder:
    """Return the ladder; the usual one before the organisation is set up."""
    try:
        return ladder_of(service.find_organisation(session).ladder)
    except NotFound:
        return DEFAULT_LADDER


def change_ladder(
    session: Any, identity: Identity, *, rungs: Sequence[Rung], version: int, now: dt.datetime
) -> Organisation:
    """Change the ladder; `version` is the organisation's. Raises `Stale` or `Refused`. It counts from the next look."""
    demand(identity, Action.ADMIN_SETTINGS)
    house = service.hold_organisation(session, version)
    refuse_bad_ladder(rungs, at="rungs")
    before = {"ladder": [[rung.day, rung.act.value] for rung in ladder_of(house.ladder)]}
    house.ladder = [[rung.day, rung.act.value] for rung in rungs]
    house.version += 1
    changes = audit.changes("house", before, {"ladder": house.ladder})
    event = audit.Event.SETTINGS_CHANGED
    audit.record(session, identity, event, fields=["ladder"], detail={"changes": changes}, now=now)
    return house
