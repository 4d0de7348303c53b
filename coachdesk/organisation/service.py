"""The organisation's own settings: found on every page, changed by an administrator."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import Action, demand
from coachdesk.clock import day_of
from coachdesk.organisation.models import CrisisLine, Organisation
from coachdesk.organisation.rules import DEFAULT_EXIT_URL, NEVER_LISTED, default_lines, is_exit_url, is_zone
from coachdesk.words import NotFound, Refused, Stale, mark

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from coachdesk.access import Identity


def find_organisation(session: Any) -> Organisation:
    """Return the organisation; raises `NotFound` before it is set up."""
    found = _at_hand(session)
    if found is None:
        raise NotFound
    return found


def _at_hand(session: Any) -> Organisation | None:
    # The session's own map would let the row go: held, a page that asks for it several times pays for it once.
    found: Organisation | None = session.get(Organisation, 1)
    session.info["organisation"] = found
    return found


def find_zone(session: Any) -> str:
    """Return the organisation's zone, an IANA name; UTC before it is set up."""
    found = _at_hand(session)
    return found.zone if found else "UTC"


def list_crisis_lines(session: Any) -> Sequence[CrisisLine]:
    """Return the numbers to call or text, in the order they are offered."""
    return list(session.scalars(sa.select(CrisisLine).order_by(CrisisLine.position)))


def make_organisation(
    session: Any, *, name: str, zone: str, country: str, now: dt.datetime, made_by_demo: bool = False
) -> Organisation:
    """Set the organisation up with its country's crisis lines; it is made once."""
    if session.get(Organisation, 1) is not None:
        raise Refused(mark("This desk is set up already."))
    _refuse_bad(zone=zone, exit_url=DEFAULT_EXIT_URL)
    made = Organisation(
        id=1,
        name=name,
        zone=zone,
        country=country,
        exit_url=DEFAULT_EXIT_URL,
        made_by_demo=made_by_demo,
        created_at=now,
    )
    session.add(made)
    _put_lines(session, default_lines(country))
    session.flush()
    return made


def change_settings(
    session: Any,
    identity: Identity,
    *,
    name: str,
    zone: str,
    country: str,
    exit_url: str,
    review_share: float,
    lines: Sequence[Any],
    version: int,
    now: dt.datetime,
) -> Organisation:
    """Change the organisation's settings and replace its crisis lines; raises `Stale` or `Refused`."""
    demand(identity, Action.ADMIN_SETTINGS)
    house = find_organisation(session)
    if house.version != version:
        raise Stale
    _refuse_bad(zone=zone, exit_url=exit_url)
    if not lines:
        raise Refused(mark("Keep at least one line that people can call."), "lines")
    if any(dialled in NEVER_LISTED for line in lines if (dialled := "".join(filter(str.isdigit, line.number)))):
        raise Refused(mark("1933 is a line for reporting drug crime. It must not stand among these."), "lines")
    if any(line.verified_on and line.verified_on > day_of(now, ZoneInfo(zone)) for line in lines):
        raise Refused(mark("A line cannot have been checked on a day to come."), "lines")
    house.name, house.zone, house.country = name, zone, country
    house.exit_url, house.review_share = exit_url, review_share
    house.version += 1
    session.execute(sa.delete(CrisisLine))
    _put_lines(session, lines)
    audit.record(session, identity, audit.Event.SETTINGS_CHANGED, now=now)
    return house


def _refuse_bad(*, zone: str, exit_url: str) -> None:
    if not is_zone(zone):
        raise Refused(mark("Choose a time zone from the list, like America/New_York."), "zone")
    if not is_exit_url(exit_url):
        raise Refused(mark("Write a whole address that starts with https://"), "exit_url")


def _put_lines(session: Any, lines: Sequence[Any]) -> None:
    session.add_all(
        CrisisLine(
            id=uuid.uuid4(),
            position=place,
            label=line.label,
            number=line.number,
            kind=str(line.kind),
            is_emergency=line.is_emergency,
            verified_on=line.verified_on,
        )
        for place, line in enumerate(lines)
    )
