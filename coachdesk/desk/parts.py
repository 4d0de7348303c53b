"""The columns of a table that somebody brings in, as its owner sees them and says what they hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coachdesk.desk.rules import COLUMN_WORDS, MOST_COLUMNS, Column, cell
from coachdesk.words import Refused, mark, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LOOKED_AT, _EXAMPLE, _FEW = 200, 40, 3
"""Rows looked at for examples of what a column holds, their length, and how many are shown."""


def refuse_bad_columns(chosen: Mapping[int, Column]) -> None:
    """Raise `Refused`, at `column_<place>`, where two columns are the same thing; above all where none is first names."""
    seen: dict[Column, int] = {}
    for place, column in sorted(chosen.items()):
        if seen.setdefault(column, place) != place:
            raise Refused(say(mark("Two columns cannot both be “%(column)s”. Choose one of them."), column=COLUMN_WORDS[column]),
                          f"column_{place}")  # fmt: skip
    if Column.FIRST_NAME not in seen:
        raise Refused(mark("Choose which column holds the first names."))


@dataclass(frozen=True)
class Heading:
    """A column as its owner sees it: its place from 0, its name, and a few of the things in it."""

    place: int
    name: str
    examples: tuple[str, ...]


def headings(cells: Sequence[Sequence[str]]) -> list[Heading]:
    """Return the columns of a table that hold anything, with up to three examples each."""
    width = min(MOST_COLUMNS, max((len(row) for row in cells[:_LOOKED_AT]), default=0))
    found = []
    for place in range(width):
        held = [cell(row, place) for row in cells[1:_LOOKED_AT]]
        examples = tuple(dict.fromkeys(text[:_EXAMPLE] for text in held if text))[:_FEW]
        name = cell(cells[0], place)[:80]
        if name or examples:
            found.append(Heading(place, name, examples))
    return found
