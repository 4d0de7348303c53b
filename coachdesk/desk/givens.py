"""What part of a record's line of time is asked for, and at which place in it one reads on.

Pure: words of an address in, values out; nonsense in an address counts as not asked.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from coachdesk.words import mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

KINDS: Mapping[str, str] = {
    "check-ins": mark("Check-ins"),
    "added": mark("Added later"),
    "attempts": mark("Tries"),
    "contacts": mark("Contacts that fell through"),
    "goals": mark("Goals"),
    "steps": mark("Steps done"),
    "reviews": mark("Goal reviews"),
    "referrals": mark("Referrals"),
    "worries": mark("Worries about safety"),
    "course": mark("How coaching goes on"),
    "coaches": mark("Given to another coach"),
    "days": mark("Days to mark"),
}
"""What stands in the line of time, and what a reader calls it."""


@dataclass(frozen=True)
class Asked:
    """What is asked for; nothing given means all of it."""

    kinds: frozenset[str] = frozenset()
    by: uuid.UUID | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    """The last day that is taken along."""

    @property
    def is_narrowed(self) -> bool:
        """Say whether anything is left out."""
        return self != Asked()

    def wants(self, kind: str) -> bool:
        """Say whether a kind is taken along."""
        return not self.kinds or kind in self.kinds


@dataclass(frozen=True)
class Place:
    """One entry's place in the line of time: its day, when it was written down, and what tells apart what is alike."""

    on: dt.date
    at: dt.datetime
    id: uuid.UUID
    sort: str

    def __str__(self) -> str:
        """Write the place as an address holds it."""
        at = self.at.astimezone(dt.UTC)
        return f"{self.on.year:04d}{self.on:%m%d}.{at.year:04d}{at:%m%d%H%M%S%f}.{self.id.hex}.{self.sort}"


def read_place(text: str) -> Place | None:
    """Read a place back; nothing where it is none."""
    parts = text.split(".")
    if [len(part) for part in parts[:3]] != [8, 20, 32] or len(parts) != 4 or not text.isascii():  # noqa: PLR2004
        return None
    try:
        day = dt.datetime.strptime(parts[0], "%Y%m%d").replace(tzinfo=dt.UTC).date()
        at = dt.datetime.strptime(parts[1], "%Y%m%d%H%M%S%f").replace(tzinfo=dt.UTC)
        return Place(day, at, uuid.UUID(hex=parts[2]), parts[3][:20])
    except ValueError:
        return None


def read_asked(kinds: Iterable[str], by: str, since: str, until: str) -> Asked:
    """Read what is asked for."""
    return Asked(frozenset(kinds) & frozenset(KINDS), _key(by), _day(since), _day(until))


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _key(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
