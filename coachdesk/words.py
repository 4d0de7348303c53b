"""What the house says to a reader, as values: a sentence that can be translated later, and the two refusals.

Pure: rules and services build sentences here without knowing the web; pages translate them with the `say` filter.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def mark(text: str) -> str:
    """Mark a text for the message catalogue and hand it back unchanged."""
    return text


@dataclass(frozen=True)
class Sentence:
    """A sentence with named places, such as `Last contact %(day)s.`.

    A value that is a day is written by its place's name: `day` 13 November, `weekday` Monday 30 November,
    `short` Mon 16 Nov. A value that is a time of day is written 2:30 pm, one that is a sentence in the reader's
    language. `many` and `n` choose the plural.
    """

    one: str
    values: Mapping[str, str | int | date | time | Sentence] = field(default_factory=dict)
    many: str = ""
    n: int = 1
    then: tuple[Sentence, ...] = ()
    """What is said after it; each sentence is translated by itself."""

    def written(self, translate: Callable[[str, str, int], str], year: Callable[[date], str] = lambda _day: "") -> str:
        """Write the sentence in the reader's language; `translate` takes one, many and n.

        `year` writes the year behind a day, where its reader could take it for another.
        """
        text = translate(self.one, self.many or self.one, self.n)
        values = {
            name: value.written(translate, year) if isinstance(value, Sentence) else _written(name, value, year)
            for name, value in self.values.items()
        }
        own = text % values if values else text
        return " ".join([own, *(sentence.written(translate, year) for sentence in self.then)])

    def followed_by(self, *others: Sentence) -> Sentence:
        """Return this sentence with others after it."""
        return replace(self, then=(*self.then, *others))

    def __str__(self) -> str:
        """Write the sentence in English, for the command line and the log of a test."""
        return self.written(lambda one, many, n: one if n == 1 else many)


def say(text: str, /, **values: str | int | date | time | Sentence) -> Sentence:
    """Build a sentence with named values."""
    return Sentence(text, values)


def say_n(one: str, many: str, n: int, /, **values: str | int | date | time) -> Sentence:
    """Build a sentence that has a plural; the number itself is the value `n`."""
    return Sentence(one, {"n": n, **values}, many, n)


class Refused(Exception):  # noqa: N818  (a refusal is an answer to the reader, not an error of the program)
    """The act makes no sense; the sentence says what to do next and is shown at `field`, or above the form."""

    def __init__(self, sentence: Sentence | str, at: str | None = None) -> None:
        """Keep the sentence as a value, so that the page can translate it."""
        self.sentence = sentence if isinstance(sentence, Sentence) else Sentence(sentence)
        self.at = at
        super().__init__(str(self.sentence))


class NotFound(Exception):  # noqa: N818
    """There is no such thing for this reader, whether or not it exists for another."""


class Stale(Exception):  # noqa: N818
    """Somebody changed the row since the reader opened it; nothing was written."""


def long_day(day: date) -> str:
    """13 November."""
    return f"{day.day} {day:%B}"


def weekday(day: date) -> str:
    """Monday 30 November."""
    return f"{day:%A} {day.day} {day:%B}"


def short_day(day: date) -> str:
    """Mon 16 Nov."""
    return f"{day:%a} {day.day} {day:%b}"


def day_ahead(today: date) -> str:
    """27 11 2026: an example of a day to come, as it is written into three boxes. A fixed one would be behind us soon."""
    soon = today + timedelta(days=4)
    return f"{soon.day} {soon.month} {soon.year}"


def hour(at: time) -> str:
    """2:30 pm."""
    return f"{at.hour % 12 or 12}:{at.minute:02d} {'am' if at.hour < 12 else 'pm'}"  # noqa: PLR2004 (noon)


_WRITERS: Mapping[str, Callable[[date], str]] = {"day": long_day, "weekday": weekday, "short": short_day}


def _written(name: str, value: str | int | date | time, year: Callable[[date], str]) -> str | int:
    if isinstance(value, time):
        return hour(value)
    if isinstance(value, date):
        return _WRITERS.get(name, long_day)(value) + year(value)
    return value
