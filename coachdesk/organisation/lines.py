"""Crisis lines: added, changed, rung to see that somebody answers, and ended; none is ever thrown away."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import Action, demand
from coachdesk.clock import day_of
from coachdesk.organisation.models import CrisisLine, Organisation
from coachdesk.organisation.rules import checked_until, is_dialled, is_never_listed
from coachdesk.organisation.service import find_organisation, list_crisis_lines
from coachdesk.words import NotFound, Refused, Stale, mark

if TYPE_CHECKING:
    from coachdesk.access import Identity

MOST_LINES = 20
_NEVER = mark(
    "1933 is a line for reporting drug crime, run by the Narcotics Control Bureau. Its name sounds like Tele-MANAS, but "
    "whoever rings it talks to an enforcement office. It must not stand among these."
)
_ODD = mark("Write a number that can be rung as it stands, like 988 or 1800-891-4416.")
_LAST = mark("Keep at least one line that people can call. Add another first.")


def find_line(session: Any, identity: Identity, line_id: uuid.UUID) -> CrisisLine:
    """Return a line that has not ended, of any country; raises `NotFound`."""
    demand(identity, Action.ADMIN_SETTINGS)
    # Held, so that of two people who end the last two lines one is refused.
    session.execute(sa.select(Organisation.id).with_for_update())
    found: CrisisLine | None = session.scalar(
        sa.select(CrisisLine).where(CrisisLine.id == line_id, CrisisLine.ended_at.is_(None))
    )
    if found is None:
        raise NotFound
    return found


def add_line(
    session: Any,
    identity: Identity,
    *,
    label: str,
    number: str,
    kind: str,
    is_emergency: bool,
    now: dt.datetime,
) -> CrisisLine:
    """Add a line for the organisation's country, after the others. Nobody has rung it yet."""
    demand(identity, Action.ADMIN_SETTINGS)
    house = find_organisation(session)
    _refuse_bad(number)
    offered = list_crisis_lines(session)
    if len(offered) >= MOST_LINES:
        raise Refused(mark("There are twenty lines already. Whoever needs one finds it among fewer."), "number")
    made = CrisisLine(
        id=uuid.uuid4(),
        country=house.country,
        position=max((line.position for line in offered), default=-1) + 1,
        label=label or number,
        number=number,
        kind=kind,
        is_emergency=is_emergency,
        made_on=day_of(now, ZoneInfo(house.zone)),
    )
    session.add(made)
    session.flush()
    audit.record(session, identity, audit.Event.CRISIS_LINE_ADDED, subject=made, now=now)
    return made


def change_line(
    session: Any,
    identity: Identity,
    line_id: uuid.UUID,
    *,
    label: str,
    number: str,
    kind: str,
    is_emergency: bool,
    version: int,
    now: dt.datetime,
) -> CrisisLine:
    """Change a line; with another number, or another way to reach it, it counts as not rung yet. May raise `Stale`."""
    line = find_line(session, identity, line_id)
    if line.version != version:
        raise Stale
    _refuse_bad(number)
    if line.kind == "call" and kind != "call":
        _refuse_last(session, line)
    typed = {"label": label or number, "number": number, "kind": kind, "is_emergency": is_emergency}
    changed = [name for name, value in typed.items() if getattr(line, name) != value]
    if {"number", "kind"} & set(changed):
        line.verified_on = line.verified_by = None
        line.made_on = day_of(now, ZoneInfo(find_organisation(session).zone))
    for name in changed:
        setattr(line, name, typed[name])
    line.version += 1
    session.flush()
    audit.record(session, identity, audit.Event.CRISIS_LINE_CHANGED, subject=line, fields=changed, now=now)
    return line


def end_line(session: Any, identity: Identity, line_id: uuid.UUID, *, now: dt.datetime) -> CrisisLine:
    """End a line: nobody is offered it any more, and that it stood here is kept."""
    line = find_line(session, identity, line_id)
    _refuse_last(session, line)
    line.ended_at, line.ended_by = now, identity.id
    session.flush()
    audit.record(session, identity, audit.Event.CRISIS_LINE_ENDED, subject=line, now=now)
    return line


def verify_line(session: Any, identity: Identity, line_id: uuid.UUID, *, now: dt.datetime) -> CrisisLine:
    """“I rang it today”: the line counts as checked from today."""
    line = find_line(session, identity, line_id)
    line.verified_on = day_of(now, ZoneInfo(find_organisation(session).zone))
    line.verified_by = identity.id
    session.flush()
    audit.record(session, identity, audit.Event.CRISIS_LINE_VERIFIED, subject=line, now=now)
    return line


def list_to_ring(session: Any, today: dt.date) -> list[CrisisLine]:
    """Return the lines that were not rung for as many days as the organisation chose."""
    days = find_organisation(session).line_days
    return [line for line in list_crisis_lines(session) if checked_until(line.made_on, line.verified_on, days) <= today]


def select_how_many_to_ring(session: Any, today: dt.date) -> Any:
    """Select how many lines should be rung again."""
    house = find_organisation(session)
    return sa.select(sa.func.count()).where(
        CrisisLine.country == house.country,
        CrisisLine.ended_at.is_(None),
        sa.func.coalesce(CrisisLine.verified_on, CrisisLine.made_on) <= today - dt.timedelta(days=house.line_days),
    )


def _refuse_bad(number: str) -> None:
    if is_never_listed(number):
        raise Refused(_NEVER, "number")
    if not is_dialled(number):
        raise Refused(_ODD, "number")


def _refuse_last(session: Any, line: CrisisLine) -> None:
    """Refuse to take away the last number that can be called."""
    others = [other for other in list_crisis_lines(session) if other.id != line.id and other.kind == "call"]
    if not others:
        raise Refused(_LAST, "kind")
