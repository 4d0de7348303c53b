"""How tests ask for somebody's calendar, and read it as calendar programs do."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from icalendar import Calendar

from coachdesk.db import db, writing
from coachdesk.visits import feeding

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.test import TestResponse

    from coachdesk.access import Identity


@dataclass(frozen=True, order=True)
class Shown:
    """An entry: its day, its UTC moment where it has an hour, its length, and whether it is called off."""

    on: dt.date
    at: dt.datetime | None
    minutes: int
    is_off: bool = False


def make(session: Any, identity: Identity, now: dt.datetime) -> str:
    """Make an address for somebody's calendar; return its path."""
    with writing():
        path = feeding.make_feed(session, identity, now=now)
        session.commit()
    return path


def ask(app: Flask, path: str) -> TestResponse:
    """Ask for an address as a calendar does: without a cookie, in a request of its own."""
    db.session.rollback()
    with app.app_context():
        return app.test_client().get(path)


def entries(text: bytes | str) -> dict[str, Any]:
    """Return the entries of a calendar by their ids."""
    return {str(one["uid"]): one for one in Calendar.from_ical(text).walk("VEVENT")}


def shown(text: bytes | str, zone: str = "America/New_York") -> list[Shown]:
    """Return what a calendar shows, in order of time."""
    return sorted((_shown(one, ZoneInfo(zone)) for one in entries(text).values()), key=_order)


def coming(text: bytes | str) -> list[Shown]:
    """Return what a calendar shows that is not called off."""
    return [one for one in shown(text) if not one.is_off]


def _shown(entry: Any, zone: ZoneInfo) -> Shown:
    starts, off = entry["dtstart"].dt, entry["status"] == "CANCELLED"
    if not isinstance(starts, dt.datetime):
        return Shown(starts, None, 0, off)
    length = entry["dtend"].dt.astimezone(dt.UTC) - starts.astimezone(dt.UTC)
    return Shown(starts.astimezone(zone).date(), starts.astimezone(dt.UTC), int(length.total_seconds()) // 60, off)


def _order(one: Shown) -> Any:
    return one.on, one.at or dt.datetime.combine(one.on, dt.time(23, 59), tzinfo=dt.UTC), one.is_off
