"""What an organisation may be: its zone, its exit page, and the crisis lines a country starts with."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from coachdesk.words import Refused, mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

DEFAULT_EXIT_URL = "https://www.wikipedia.org/"
REVIEW_SHARE = 0.2
"""One check-in in five is read by the supervisor, beside those that always are."""
DANGER_MINUTES, WORRY_MINUTES = 15, 240
"""Within how many minutes somebody should have a worry about safety: danger now, and any other (FIELD 2.5)."""
DANGER_BOUNDS, WORRY_BOUNDS = (5, 120), (30, 1440)
"""The least and the most minutes an organisation may choose; a worry never waits longer than a day."""
LINE_DAYS = 180
LINE_BOUNDS = (30, 730)
"""Days for which a crisis line counts as checked: usually, and the least and the most one may choose."""
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
_AREA = ("0091", "91", "0")
_DIALLED = re.compile(r"[0-9+][0-9 ()./-]*")
_LEAST_DIGITS, _MOST_DIGITS = 3, 20


def is_never_listed(number: str) -> bool:
    """Say whether this number must not stand among people to talk to, however it is written or prefixed."""
    digits = "".join(filter(str.isdigit, number))
    return digits in NEVER_LISTED or any(digits.removeprefix(area) in NEVER_LISTED for area in _AREA)


def is_dialled(number: str) -> bool:
    """Say whether this can be called or texted as it stands: 3 to 20 digits, with what people write between them."""
    return bool(_DIALLED.fullmatch(number)) and _LEAST_DIGITS <= sum(map(str.isdigit, number)) <= _MOST_DIGITS


def checked_until(made_on: dt.date, verified_on: dt.date | None, days: int) -> dt.date:
    """Return the day from which a line should be rung again; one that nobody rang counts from the day it was made."""
    start = verified_on or made_on
    return start + dt.timedelta(days=min(days, (dt.date.max - start).days))


def newest_ask(lines: Iterable[tuple[dt.date, dt.date | None]], days: int, today: dt.date) -> dt.date | None:
    """Return the last day on which one of these lines became due to be rung; it comes again after each period.

    `lines` holds for each the day it was made and the day it was last rung. None where all are checked.
    """
    found = []
    for made_on, verified_on in lines:
        first = checked_until(made_on, verified_on, days)
        if first <= today:
            found.append(first + dt.timedelta(days=(today - first).days // days * days))
    return max(found, default=None)


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


# ---- the outreach ladder -------------------------------------------------------------------------------------------

LAST_RUNG_DAY = 90
LEAST_RUNGS, MOST_RUNGS = 2, 10


class RungAct(StrEnum):
    """What happens at a step of the ladder."""

    TRY = "try"
    TELL = "tell"
    WARM = "warm"
    DECIDE = "decide"


RUNG_WORDS: Mapping[RungAct, str] = {
    RungAct.TRY: mark("Try, another way than before"),
    RungAct.TELL: mark("Try, and tell the supervisor"),
    RungAct.WARM: mark("A warm text or e-mail"),
    RungAct.DECIDE: mark("Decide with the supervisor"),
}


@dataclass(frozen=True)
class Rung:
    """A step of the ladder: so many days after the first try (0 is that day itself), and what happens then."""

    day: int
    act: RungAct


Ladder = tuple[Rung, ...]
DEFAULT_LADDER: Ladder = (
    Rung(0, RungAct.TRY),
    Rung(1, RungAct.TRY),
    Rung(7, RungAct.TRY),
    Rung(14, RungAct.TELL),
    Rung(21, RungAct.WARM),
    Rung(30, RungAct.DECIDE),
)
"""A beginning, not a standard: none was found (FIELD.md 2.3)."""


def refuse_bad_ladder(rungs: Sequence[Rung], *, at: str) -> None:
    """Refuse fewer than two steps or more than ten, days that do not rise, lie beyond 90, and a step after deciding."""
    if not LEAST_RUNGS <= len(rungs) <= MOST_RUNGS:
        raise Refused(mark("Write at least two steps, and at most ten."), at)
    days = [rung.day for rung in rungs]
    if any(later <= earlier for earlier, later in pairwise(days)):
        raise Refused(mark("Each step comes on a later day than the one before."), at)
    if days[0] < 0 or days[-1] > LAST_RUNG_DAY:
        raise Refused(mark("The first step may be on day 0; all others lie between day 1 and day 90."), at)
    if any(rung.act is RungAct.DECIDE for rung in rungs[:-1]):
        raise Refused(mark("Deciding how to go on is the last step."), at)


def halved(ladder: Ladder) -> Ladder:
    """Return a ladder whose steps come in half the days, rounded up; each still on a later day than the one before."""
    found: list[Rung] = []
    for rung in ladder:
        day = (rung.day + 1) // 2
        found.append(Rung(max(day, found[-1].day + 1) if found else day, rung.act))
    return tuple(found)


def ladder_of(kept: Iterable[Sequence[Any]]) -> Ladder:
    """Return a ladder from what is kept of it: pairs of a day and an act."""
    return tuple(Rung(day, RungAct(act)) for day, act in kept)


# ---- its own lists, and what may have to be reported ---------------------------------------------------------------

MOST_CHOICES, LONGEST_CHOICE = 20, 80


class ListKind(StrEnum):
    """A list that an organisation fills by itself."""

    COUNTS_FOR = "counts_for"
    PAID_BY = "paid_by"


def refuse_bad_list(words: Sequence[str], *, at: str) -> None:
    """Refuse more than twenty entries, one of more than 80 characters, and one that stands there twice."""
    if len(words) > MOST_CHOICES:
        raise Refused(mark("Twenty lines are enough for one list."), at)
    if any(len(entry) > LONGEST_CHOICE for entry in words):
        raise Refused(mark("Each line has at most 80 characters."), at)
    if len({entry.casefold() for entry in words}) < len(words):
        raise Refused(mark("One line stands here twice. Keep one of them."), at)


class Duty(StrEnum):
    """What may have to be told to somebody outside."""

    CHILD = "child"
    ADULT = "adult"
    THREAT = "threat"


DUTY_WORDS: Mapping[Duty, str] = {
    Duty.CHILD: mark(
        "If a child may be in danger: in many places you have to report it. Ask your supervisor today what is so here."
    ),
    Duty.ADULT: mark(
        "If it is about an older person, or somebody who cannot protect themself: in many places you have to report it. "
        "Ask your supervisor today what is so here."
    ),
    Duty.THREAT: mark(
        "If somebody says whom they would hurt: you may have to warn that person, or the police. "
        "Ask your supervisor now what is so here."
    ),
}
"""The usual sentences: they send the reader to somebody who knows, and say nothing of the law of any place."""


# ---- ways of telling ----------------------------------------------------------------------------------------------


class WayOff(StrEnum):
    """Why a way of telling is switched off."""

    BY_HAND = "by_hand"
    FAILING = "failing"
    """Nothing that was sent this way arrived, many times in a row."""


MOST_FAILURES = 10
"""Failures in a row that switch a way off; one success counts anew."""
SHORTEST_TROUBLE = dt.timedelta(hours=1)
"""So far the first and the last of a gateway's failures must lie apart: what passes in a minute switches nothing off."""


# ---- days closed ---------------------------------------------------------------------------------------------------

MOST_HOLIDAYS, LONGEST_HOLIDAY, FARTHEST_HOLIDAY_DAYS = 60, 80, 3 * 366


@dataclass(frozen=True)
class Holiday:
    """A day on which the organisation is closed, and what it is called."""

    on: dt.date
    name: str = ""


def refuse_bad_holiday(added: Holiday, days: Sequence[Holiday], *, today: dt.date) -> None:
    """Refuse a day behind us or three years ahead, one that is closed already, and a sixty-first one still to come."""
    if not today <= added.on <= today + dt.timedelta(days=FARTHEST_HOLIDAY_DAYS):
        raise Refused(mark("Choose a day from today on, within three years."), "on")
    if any(one.on == added.on for one in days):
        raise Refused(mark("This day stands here already."), "on")
    if sum(one.on >= today for one in days) >= MOST_HOLIDAYS:
        raise Refused(mark("Sixty days ahead are enough. Take one out, then add this one."), "on")
    if len(added.name) > LONGEST_HOLIDAY:
        raise Refused(mark("A name has at most 80 characters."), "name")


def holidays_of(kept: Any) -> tuple[Holiday, ...]:
    """Return the days closed from what is kept of them: pairs of an ISO day and a name; what cannot be right is left out."""
    found = {}
    for pair in kept if isinstance(kept, list) else ():
        try:
            day, name = pair
            found[dt.date.fromisoformat(day)] = Holiday(dt.date.fromisoformat(day), str(name))
        except (TypeError, ValueError):
            continue
    return tuple(found[day] for day in sorted(found))
