"""What a reader of the ledger asks for in the address: standing, way, reason, a name, and days."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import request

from coachdesk.clock import moment_of
from coachdesk.notify import Channel
from coachdesk.notify.about import ABOUT_WORDS, About
from coachdesk.notify.wording import CHANNEL_WORDS, HELD_WORDS
from coachdesk.reminders.deliveries import SIZE, STANDING_WORDS, Asked, Standing
from coachdesk.reminders.forms import DaysForm
from coachdesk.reminders.kinds import RULE_WORDS, Rule
from coachdesk.web import Page, house_zone, page_number

if TYPE_CHECKING:
    from collections.abc import Callable, Collection


_DAY = dt.timedelta(days=1)
_FIRST, _LAST = dt.date(1900, 1, 1), dt.date(2199, 12, 31)
"""Nothing was told before the one or will be after the other."""
FILTERS = (
    "state",
    "channel",
    "about",
    "who",
    *(f"{end}-{part}" for end in ("since", "until") for part in ("day", "month", "year")),
)
"""The names a filter of the ledger has in the address."""


@dataclass(frozen=True)
class Question:
    """What stands in the address, read: what is asked for, and the form of its days as it was typed."""

    asked: Asked
    days: DaysForm

    @property
    def is_narrowed(self) -> bool:
        """Say whether anything is asked for, or typed that is no day."""
        return bool(self.asked.used or self.days.errors)


def read_question(abouts: Collection[About], rules: Collection[Rule] = tuple(Rule)) -> Question:
    """Return what the address asks for; what is none counts as not asked for, and so does a reason that is not offered.

    Days that are the wrong way round ask for nothing either.
    """
    days = DaysForm(request.args)
    days.validate()
    ends = (None, None) if days.are_turned_round else (days.since.data, days.until.data)
    first, last = (day and min(max(day, _FIRST), _LAST) for day in ends)
    kind, _colon, about = request.args.get("about", "").partition(":")
    rule = _one_of(Rule, about) if kind == "rule" else None
    topic = _one_of(About, about) if kind == "topic" else None
    asked = Asked(
        standing=_one_of(Standing, request.args.get("state")),
        channel=_one_of(Channel, request.args.get("channel")),
        rule=rule if rule in rules else None,
        about=topic if topic in abouts else None,
        who=" ".join(request.args.get("who", "").split())[:100],
        since=moment_of(first, dt.time(0), house_zone()) if first else None,
        until=moment_of(last + _DAY, dt.time(0), house_zone()) if last else None,
    )
    return Question(asked, days)


def _one_of(kind: Any, value: str | None) -> Any:
    return kind(value) if value in set(kind) else None


def read_page(find: Callable[[int], tuple[list[Any], int, int]]) -> Page:
    """Return the page the address asks for: its rows, how many there are, and its number, as found."""
    rows, total, number = find(page_number())
    return Page(rows, number, total, SIZE)


def words() -> dict[str, Any]:
    """Return the words of standings, ways, reasons and of what holds a message back, by their values."""
    return {
        "standings": {one.value: text for one, text in STANDING_WORDS.items()},
        "channels": {one.value: text for one, text in CHANNEL_WORDS.items()},
        "abouts": {one.value: text for one, text in ABOUT_WORDS.items()},
        "rules": {one.value: text for one, text in RULE_WORDS.items()},
        "whys": {one.value: text for one, text in (*ABOUT_WORDS.items(), *RULE_WORDS.items())},
        "held": {one.value: text for one, text in HELD_WORDS.items()},
    }
