"""Rows of the line of time as entries that a page shows: an icon, a day, a few words, and where each opens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from coachdesk.checkins.parts import BENEFIT_WORDS, Benefit
from coachdesk.checkins.rules import (
    OUTCOME_WORDS,
    TRY_WORDS,
    WEATHER_WORDS,
    AttemptOutcome,
    ReviewOutcome,
    TryBy,
    ending,
    late_words,
)
from coachdesk.clients.rules import ENDING_WORDS, LEVEL_WORDS, Ending, Level
from coachdesk.clock import day_of
from coachdesk.db import keys
from coachdesk.goals.rules import MATTERS_WORDS, STATUS_WORDS, GoalStatus, Matters
from coachdesk.referrals.rules import STATUS_PILLS, Status, status_words
from coachdesk.visits.rules import CHANNEL_WORDS, Channel, Side
from coachdesk.words import mark, say

if TYPE_CHECKING:
    import datetime as dt
    import uuid
    from collections.abc import Callable, Iterable, Mapping
    from zoneinfo import ZoneInfo

    from coachdesk.words import Sentence

_BRIGHT = 4


@dataclass(frozen=True)
class Entry:
    """One thing that happened, ready for a page."""

    on: dt.date
    icon: str
    tone: str = ""
    label: Sentence | str = ""
    title: Sentence | str = ""
    text: Sentence | str = ""
    pills: list[tuple[Any, str, str]] = field(default_factory=list)
    opens: str = ""
    """The endpoint of the page it opens; nothing where there is none."""
    key: uuid.UUID | None = None
    """The id that page asks for."""
    by: str = ""
    """Who did or wrote it."""


@dataclass(frozen=True)
class _With:
    """What the words of a page's entries are made with."""

    beside: list[Any]
    name: str
    zone: ZoneInfo


def entries_of(rows: Iterable[Any], beside: list[Any], *, name: str, zone: ZoneInfo) -> list[Entry]:
    """Return entries in the order of their rows; `beside` is what stands with check-ins."""
    given = _With(beside, name, zone)
    return [_MAKE[row.sort](row, given) for row in rows]


def _opened(text: str | None) -> str:
    return keys().open(text) if text else ""


def _entry(row: Any, icon: str, **more: Any) -> Entry:
    return Entry(on=row.on, icon=icon, by=(row.by_name or "").strip(), **more)


def _checkin(row: Any, given: _With) -> Entry:
    way = CHANNEL_WORDS[Channel(row.word)]
    return _entry(
        row,
        f"w{row.weather}" if row.weather else "pen",
        tone="sun" if (row.weather or 0) >= _BRIGHT else "",
        label=say(mark("%(way)s, %(n)s min"), way=way, n=row.number) if row.number else way,
        title=f"{WEATHER_WORDS[row.weather]}." if row.weather else "",
        text=_opened(row.text) or _opened(row.more),
        pills=_pills(row, given),
        opens="checkins.show_checkin",
        key=row.id,
    )


_REVIEW_PILLS = {
    None: (mark("Waiting for a word"), "wait", "clock"),
    ReviewOutcome.SIGNED_OFF.value: (mark("Signed off"), "plum", "check"),
    ReviewOutcome.TALK.value: (mark("Let us talk"), "plum", "text"),
}


def _pills(row: Any, given: _With) -> list[Any]:
    found = [other for other in given.beside if other.id == row.id]
    pills: list[Any] = [
        (say(mark("Step done: %(words)s"), words=_opened(other.text)), "done", "check")
        for other in found
        if other.sort == "ticked"
    ]
    noticed = {Benefit(other.word) for other in found if other.sort == "noticed"}
    pills += [(BENEFIT_WORDS[one], "done", "heart") for one in Benefit if one in noticed]
    pills += [_REVIEW_PILLS[other.word] for other in found if other.sort == "word"]
    if any(other.sort == "more" for other in found):
        pills.append((mark("Added to later"), "", "pen"))
    late = late_words(row.on, day_of(row.at, given.zone))
    if late:
        pills.append((late, "", "clock"))
    return pills


def _added(row: Any, _given: _With) -> Entry:
    text = _opened(row.text)
    return _entry(
        row,
        "pen",
        label=mark("Added to a check-in"),
        text=text,
        opens="checkins.show_checkin",
        key=row.other,
    )


def _attempt(row: Any, _given: _With) -> Entry:
    return _entry(
        row,
        "missed",
        tone="sky",
        label=say(mark("Tried: %(way)s"), way=TRY_WORDS[TryBy(row.way)]) if row.way else mark("Tried"),
        title=OUTCOME_WORDS[AttemptOutcome(row.word)],
        text=_opened(row.text),
        pills=[(ending(used), "", "")] if (used := _opened(row.more)) else [],
    )


def _off(row: Any, given: _With) -> Entry:
    title: Sentence | str = mark("Called off")
    if Side(row.word) is Side.PERSON:
        title = say(mark("%(name)s could not make it"), name=given.name)
    elif row.way:  # who cannot make it is asked together with what follows; dropped, nobody was named
        title = mark("The coach could not make it")
    return _entry(
        row,
        "cal",
        tone="sky",
        label=mark("Planned contact"),
        title=title,
        text=say(mark("It was planned for %(weekday)s."), weekday=row.day),
    )


def _goal(row: Any, _given: _With) -> Entry:
    words = say("“%(goal)s”", goal=_opened(row.text))
    return _entry(row, "hill", label=mark("Goal set"), text=words)


def _goal_end(row: Any, _given: _With) -> Entry:
    status = GoalStatus(row.word)
    return _entry(
        row,
        "spark" if status is GoalStatus.ACHIEVED else "hill",
        tone="sun" if status is GoalStatus.ACHIEVED else "",
        label=mark("Goal"),
        title=STATUS_WORDS[status],
        text=say("“%(goal)s”", goal=_opened(row.text)),
    )


def _step(row: Any, _given: _With) -> Entry:
    words = say("%(words)s (“%(goal)s”)", words=_opened(row.text), goal=_opened(row.more))
    return _entry(row, "check", title=mark("Step done:"), text=words)


def _goal_review(row: Any, _given: _With) -> Entry:
    return _entry(
        row,
        "hill",
        tone="plum",
        label=mark("Goal review"),
        title=say("“%(goal)s”", goal=_opened(row.more)),
        text=_opened(row.text) or MATTERS_WORDS[Matters(row.word)],
        opens="goals.show_review",
        key=row.id,
    )


def _move(row: Any, given: _With) -> Entry:
    status = Status(row.word)
    return _entry(
        row,
        "refer",
        tone="sky",
        title=_opened(row.more),
        text=_opened(row.text),
        label=mark("Referral"),
        pills=[(status_words(status, given.name), *STATUS_PILLS[status])],
        opens="referrals.show_referral",
        key=row.other,
    )


def _worry(row: Any, _given: _With) -> Entry:
    ended = row.sort == "worry-end"
    return _entry(
        row,
        "lock" if ended else "alert",
        tone="" if ended else "clay",
        label=mark("Worry about safety"),
        title=mark("Closed") if ended else mark("Said they worry about safety"),
        opens="safety.show_concern",
        key=row.id,
    )


def _day(row: Any, _given: _With) -> Entry:
    return _entry(
        row, "spark", tone="sun", label=mark("A day to mark"), title=_opened(row.text), text=_opened(row.more)
    )


_COURSE: Mapping[str, tuple[str, str]] = {
    "open": ("people", mark("Coaching began")),
    "close": ("snooze", mark("Coaching came to its end")),
    "level": ("hill", mark("From now on")),
    "pause": ("snooze", mark("A rest")),
    "resume": ("hill", mark("Coaching went on")),
}


def _course(row: Any, _given: _With) -> Entry:
    icon, title = _COURSE[row.sort]
    text: Sentence | str = _opened(row.text)
    pills: list[Any] = []
    if row.sort == "close":
        pills = [(ENDING_WORDS[Ending(row.word)], "", "snooze")]
    elif row.sort == "level":
        text = LEVEL_WORDS[Level(row.word)]
    elif row.sort == "pause":
        pills = [(say(mark("until %(day)s"), day=row.day), "wait", "snooze")]
    return _entry(row, icon, label=mark("How coaching goes on"), title=title, text=text, pills=pills)


def _coach(row: Any, given: _With) -> Entry:
    coach = (row.whom_name or "").strip()
    title = say(mark("%(coach)s walks with %(name)s from here on"), coach=coach, name=given.name)
    return _entry(row, "people", tone="plum", label=mark("Given to another coach"), title=title)


_MAKE: Mapping[str, Callable[[Any, _With], Entry]] = {
    "check-in": _checkin,
    "added": _added,
    "attempt": _attempt,
    "off": _off,
    "goal": _goal,
    "goal-end": _goal_end,
    "step": _step,
    "goal-review": _goal_review,
    "move": _move,
    "worry": _worry,
    "worry-end": _worry,
    "day": _day,
    **dict.fromkeys(_COURSE, _course),
    "coach": _coach,
}
