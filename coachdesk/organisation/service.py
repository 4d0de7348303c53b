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
from coachdesk.organisation.rules import DEFAULT_EXIT_URL, default_lines, is_exit_url, is_zone
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


def hold_organisation(session: Any, version: int | None = None) -> Organisation:
    """Return the organisation to be changed, held until the act is over; raises `NotFound`, or `Stale` of two at once.

    Without a version for what is added or taken away: two who do so at once both have their way.
    """
    held: Organisation | None = session.get(Organisation, 1, with_for_update=True, populate_existing=True)
    if held is None:
        raise NotFound
    if version is not None and held.version != version:
        raise Stale
    return held


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
    """Return the numbers to call or text in the organisation's country, in the order they are offered."""
    country = sa.select(Organisation.country).where(Organisation.id == 1).scalar_subquery()
    offered = sa.select(CrisisLine).where(CrisisLine.country == country, CrisisLine.ended_at.is_(None))
    return list(session.scalars(offered.order_by(CrisisLine.position, CrisisLine.id)))


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
    _put_lines(session, country, day_of(now, ZoneInfo(zone)))
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
    danger_minutes: int,
    worry_minutes: int,
    line_days: int,
    version: int,
    now: dt.datetime,
) -> Organisation:
    """Change the organisation's settings; a country without lines gets those it starts with. May raise `Stale`, `Refused`."""
    demand(identity, Action.ADMIN_SETTINGS)
    house = hold_organisation(session, version)
    _refuse_bad(zone=zone, exit_url=exit_url)
    if danger_minutes > worry_minutes:
        raise Refused(mark("Danger now cannot wait longer than any other worry."), "danger_minutes")
    before = _as_told(house)
    house.name, house.zone, house.country = name, zone, country
    house.exit_url, house.review_share = exit_url, review_share
    house.danger_minutes, house.worry_minutes, house.line_days = danger_minutes, worry_minutes, line_days
    house.version += 1
    session.flush()
    if not list_crisis_lines(session):
        _put_lines(session, country, day_of(now, ZoneInfo(zone)))
    changes = audit.changes("house", before, _as_told(house), unsaid=("name", "exit_url"))
    audit.record(session, identity, audit.Event.SETTINGS_CHANGED, detail={"changes": changes}, now=now)
    return house


def _as_told(house: Organisation) -> dict[str, Any]:
    """Return the settings as the trail compares them."""
    names = ("name", "zone", "country", "exit_url", "danger_minutes", "worry_minutes", "line_days")
    return {**{name: getattr(house, name) for name in names}, "review_percent": round(house.review_share * 100)}


def _refuse_bad(*, zone: str, exit_url: str) -> None:
    if not is_zone(zone):
        raise Refused(mark("Choose a time zone from the list, like America/New_York."), "zone")
    if not is_exit_url(exit_url):
        raise Refused(mark("Write a whole address that starts with https://"), "exit_url")


def _put_lines(session: Any, country: str, day: dt.date) -> None:
    session.add_all(
        CrisisLine(
            id=uuid.uuid4(),
            country=country,
            position=place,
            label=line.label,
            number=line.number,
            kind=str(line.kind),
            is_emergency=line.is_emergency,
            made_on=day,
            verified_on=line.verified_on,
        )
        for place, line in enumerate(default_lines(country))
    )
    session.flush()
