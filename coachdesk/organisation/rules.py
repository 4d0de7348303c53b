"""What an organisation may be: its zone, its exit page, and the crisis lines a country starts with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from coachdesk.words import mark

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

DEFAULT_EXIT_URL = "https://www.wikipedia.org/"
REVIEW_SHARE = 0.2
"""One check-in in five is read by the supervisor, beside those that always are."""
COUNTRIES: Mapping[str, str] = {"US": mark("United States"), "IN": mark("India"), "GB": mark("United Kingdom")}


@dataclass(frozen=True)
class Line:
    """A number to call or text; `verified_on` is the day somebody last rang it."""

    label: str
    number: str
    kind: str = "call"
    is_emergency: bool = False
    verified_on: dt.date | None = None


_LINES: Mapping[str, tuple[Line, ...]] = {
    # 1933 sounds like Tele-MANAS and is a line for reporting drug crime: it must never stand here.
    "IN": (
        Line("Emergency", "112", is_emergency=True),
        Line("Tele-MANAS", "14416"),
        Line("De-addiction helpline", "14446"),
        Line("Childline", "1098"),
        Line("Women’s helpline", "181"),
    ),
    "US": (
        Line("Emergency", "911", is_emergency=True),
        Line("Suicide and Crisis Lifeline", "988"),
        Line("Suicide and Crisis Lifeline", "988", kind="text"),
    ),
    "GB": (Line("Emergency", "999", is_emergency=True), Line("Samaritans", "116123")),
}
NEVER_LISTED = frozenset({"1933"})


def default_lines(country: str) -> tuple[Line, ...]:
    """Return the lines a country starts with; an unknown one starts with the European emergency number."""
    return _LINES.get(country, (Line("Emergency", "112", is_emergency=True),))


@cache
def zones() -> tuple[str, ...]:
    """Return the names a zone may have, in order."""
    return tuple(sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/")))


def is_zone(name: str) -> bool:
    """Say whether this is an IANA zone we can reckon with."""
    return name == "UTC" or name in zones()


@cache
def _spoken() -> dict[str, str]:
    """Return how zones are said (`america/new york`, and `new york` where only one zone ends so), with their names."""
    found = {name.lower().replace("_", " "): name for name in (*zones(), "UTC")}
    cities: dict[str, list[str]] = {}
    for name in zones():
        cities.setdefault(name.rsplit("/", 1)[1].lower().replace("_", " "), []).append(name)
    return {**{city: names[0] for city, names in cities.items() if len(names) == 1}, **found}


def zone_named(text: str) -> str | None:
    """Return the zone somebody means by `chicago` or `America/New York`; none where there is no such zone."""
    return _spoken().get(" ".join(text.replace("_", " ").lower().split()))


def is_exit_url(url: str) -> bool:
    """Say whether this is a whole address that the exit may lead to."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    shown = "@" not in parts.netloc and " " not in url and url.isprintable()  # a name before an @ hides where it leads
    return parts.scheme == "https" and bool(parts.hostname) and shown


def is_share(share: float) -> bool:
    """Say whether this is a share of check-ins to review, 0 to 1."""
    return 0 <= share <= 1
