"""Reading a table of people that somebody brings in: what its columns mean, how its days are written, what is wrong.

Pure: cells in, rows and sentences out. Nothing is guessed about a person: a box that is empty stays empty.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from coachdesk.clients.rules import LEAST_RHYTHM, MOST_RHYTHM, USUAL_RHYTHM, Pronouns, fold, last_digits
from coachdesk.organisation.rules import is_zone
from coachdesk.words import Refused, Sentence, mark, say, say_n

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MOST_ROWS = 10_000
MOST_COLUMNS = 60
MOST_CELL = 2_000
"""Characters of a cell that are read."""
MOST_GOALS = 10
OLDEST_CONTACT = dt.timedelta(days=366 * 5)


class Order(StrEnum):
    """In which order a day is written where it is not year first."""

    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"


ORDER_WORDS: Mapping[Order, str] = {
    Order.DAY_FIRST: mark("Day, month, year"),
    Order.MONTH_FIRST: mark("Month, day, year"),
}


class Column(StrEnum):
    """What a column may hold."""

    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    PREFERRED_NAME = "preferred_name"
    PRONOUNS = "pronouns"
    LANGUAGE = "language"
    ZONE = "zone"
    PHONE = "phone"
    EMAIL = "email"
    MAY_CALL = "may_call"
    MAY_TEXT = "may_text"
    MAY_VOICEMAIL = "may_voicemail"
    MAY_EMAIL = "may_email"
    SAFE_NOTE = "safe_note"
    RHYTHM_DAYS = "rhythm_days"
    LAST_CONTACT = "last_contact"
    GOALS = "goals"


COLUMN_WORDS: Mapping[Column, str] = {
    Column.FIRST_NAME: mark("First name"),
    Column.LAST_NAME: mark("Last name"),
    Column.PREFERRED_NAME: mark("Preferred name"),
    Column.PRONOUNS: mark("Pronouns"),
    Column.LANGUAGE: mark("Language"),
    Column.ZONE: mark("Time zone"),
    Column.PHONE: mark("Phone"),
    Column.EMAIL: mark("E-mail"),
    Column.MAY_CALL: mark("May call"),
    Column.MAY_TEXT: mark("May text"),
    Column.MAY_VOICEMAIL: mark("May leave a message"),
    Column.MAY_EMAIL: mark("May e-mail"),
    Column.SAFE_NOTE: mark("How to reach safely"),
    Column.RHYTHM_DAYS: mark("Speak every (days)"),
    Column.LAST_CONTACT: mark("Last contact"),
    Column.GOALS: mark("Goals"),
}
_ALSO: Mapping[Column, tuple[str, ...]] = {
    Column.FIRST_NAME: ("given name", "forename", "first", "name"),
    Column.LAST_NAME: ("surname", "family name", "last"),
    Column.PREFERRED_NAME: ("called", "nickname", "known as", "goes by"),
    Column.PRONOUNS: ("pronoun",),
    Column.LANGUAGE: ("spoken language", "preferred language"),
    Column.ZONE: ("timezone", "zone"),
    Column.PHONE: ("phone number", "mobile", "mobile phone", "cell", "cell phone", "telephone", "number"),
    Column.EMAIL: ("email", "email address", "mail"),
    Column.MAY_CALL: ("we may call", "ok to call", "okay to call"),
    Column.MAY_TEXT: ("we may text", "ok to text", "okay to text"),
    Column.MAY_VOICEMAIL: ("voicemail", "may leave voicemail", "ok to leave a message", "ok to leave voicemail"),
    Column.MAY_EMAIL: ("we may email", "may email", "ok to email"),
    Column.SAFE_NOTE: ("safe contact", "safe note", "contact note", "safe contact note"),
    Column.RHYTHM_DAYS: ("speak every", "rhythm", "rhythm days", "contact every", "frequency"),
    Column.LAST_CONTACT: ("last contacted", "last spoken", "date of last contact", "last seen"),
    Column.GOALS: ("goal", "their goals"),
}
_MOST: Mapping[Column, int] = {
    Column.FIRST_NAME: 80,
    Column.LAST_NAME: 80,
    Column.PREFERRED_NAME: 80,
    Column.LANGUAGE: 40,
    Column.PHONE: 40,
    Column.EMAIL: 255,
}
_YES = frozenset({"yes", "y", "true", "1", "x", "ok", "ja", "si", "oui", "haan", "हाँ"})
_NO = frozenset({"no", "n", "false", "0", "-", "nein", "non", "nahin", "नहीं"})
_PRONOUNS: Mapping[str, Pronouns] = {
    "he": Pronouns.HE, "him": Pronouns.HE, "hehim": Pronouns.HE, "hehimhis": Pronouns.HE,
    "she": Pronouns.SHE, "her": Pronouns.SHE, "sheher": Pronouns.SHE, "sheherhers": Pronouns.SHE,
    "they": Pronouns.THEY, "them": Pronouns.THEY, "theythem": Pronouns.THEY, "theythemtheirs": Pronouns.THEY,
    "usethename": Pronouns.NAME, "name": Pronouns.NAME,
}  # fmt: skip
_TICKS = (Column.MAY_CALL, Column.MAY_TEXT, Column.MAY_VOICEMAIL, Column.MAY_EMAIL)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_NUMBERS = re.compile(r"(\d{1,4})[-/. ](\d{1,2})[-/. ](\d{1,4})")
_WORDED = re.compile(
    r"(\d{1,2})[-/. ]+([a-z]{3,9})\.?,?[-/. ]+(\d{2,4})|([a-z]{3,9})\.?[-/. ]+(\d{1,2}),?[-/. ]+(\d{2,4})"
)


@dataclass(frozen=True)
class Row:
    """One row of the table: what it says of a person, or what is wrong with it. `line` counts from the table's first."""

    line: int
    typed: dict[str, Any]
    last_contact_on: dt.date | None = None
    goals: tuple[str, ...] = ()
    faults: tuple[Sentence, ...] = ()
    twin: int | None = None
    """An earlier line about somebody of the same name and number."""

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.typed.get('first_name', '')} {self.typed.get('last_name', '')}".strip()

    @property
    def likeness(self) -> tuple[str, str]:
        """What tells two people apart here: the folded name and the last digits of the number."""
        return fold(self.name), last_digits(self.typed.get("phone", ""))


@dataclass(frozen=True)
class Reading:
    """A table as it was read: which columns were known, in which order days were taken, and its rows."""

    places: Mapping[Column, int]
    """In which column, counted from 0, something stands."""
    unknown: tuple[str, ...]
    order: Order
    is_sure: bool
    """Whether the days themselves say in which order they are written."""
    rows: tuple[Row, ...] = field(default=())

    @property
    def is_known(self) -> bool:
        """Say whether a column holds first names; without one nobody can be read."""
        return Column.FIRST_NAME in self.places

    @property
    def good(self) -> list[Row]:
        """Rows without a fault."""
        return [row for row in self.rows if not row.faults]

    @property
    def bad(self) -> list[Row]:
        """Rows with one."""
        return [row for row in self.rows if row.faults]


def read_table(
    cells: Sequence[Sequence[str]],
    *,
    today: dt.date,
    order: Order | None,
    usual: Order,
    chosen: Mapping[int, Column] | None = None,
) -> Reading:
    """Read a table, its first row the names of its columns. `order` is what its owner chose, `usual` what is usual here.

    `chosen` says by hand what is in which column, counted from 0. Without a column of first names nothing is read yet.
    Raises `Refused` where there is no table, or more rows than one import takes.
    """
    if not cells or not any(cell.strip() for cell in cells[0]):
        raise Refused(mark("There is nothing in this file. Its first row names the columns."), "file")
    if len(cells) - 1 > MOST_ROWS:
        raise Refused(
            say(mark("That is more than %(most)s rows. Bring in at most %(most)s at once."), most=f"{MOST_ROWS:,}"),
            "file",
        )
    places, unknown = _columns(cells[0]) if chosen is None else _by_hand(cells[0], chosen)
    if Column.FIRST_NAME not in places:
        return Reading(places, tuple(unknown), order or usual, is_sure=False)
    days = [cell(row, places.get(Column.LAST_CONTACT)) for row in cells[1:]]
    told = order_of(days)
    by = order or told or usual
    rows, seen = [], dict[tuple[str, str], int]()
    for line, row in enumerate(cells[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        found = _row(line, row, places, today=today, order=by)
        twin = seen.setdefault(found.likeness, line)
        rows.append(found if twin == line else _as_twin(found, twin))
    return Reading(places, tuple(unknown), by, told is not None, tuple(rows))


def _as_twin(row: Row, twin: int) -> Row:
    return Row(row.line, row.typed, row.last_contact_on, row.goals, row.faults, twin)


def _columns(names: Sequence[str]) -> tuple[dict[Column, int], list[str]]:
    known = {_plain(word): column for column, word in COLUMN_WORDS.items()}
    known |= {_plain(word): column for column, words in _ALSO.items() for word in words}
    known |= {_plain(column.value): column for column in Column}
    places: dict[Column, int] = {}
    unknown = []
    for place, name in enumerate(names[:MOST_COLUMNS]):
        column = known.get(_plain(name))
        if column is None or column in places:
            unknown += [name.strip()[:80]] if name.strip() else []
        else:
            places[column] = place
    return places, unknown


def _by_hand(names: Sequence[str], chosen: Mapping[int, Column]) -> tuple[dict[Column, int], list[str]]:
    left = [name.strip()[:80] for place, name in enumerate(names[:MOST_COLUMNS]) if place not in chosen]
    return {column: place for place, column in sorted(chosen.items())}, [name for name in left if name]


def _plain(text: str) -> str:
    """Return a word without case, accents, spaces and signs; letters of every script stay."""
    apart = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in apart if letter.isalnum())


def cell(row: Sequence[str], place: int | None) -> str:
    """Return what stands in a column of a row, without the spaces around it; nothing beyond its end."""
    return row[place].strip()[:MOST_CELL] if place is not None and place < len(row) else ""


def _row(line: int, row: Sequence[str], places: Mapping[Column, int], *, today: dt.date, order: Order) -> Row:
    faults: list[Sentence] = []
    given = {column: cell(row, place) for column, place in places.items()}
    for column, text in given.items():
        if text.startswith("="):
            faults.append(_fault(mark("“%(column)s” holds a formula. Write what it stands for."), column))
        elif len(text) > _MOST.get(column, MOST_CELL):
            faults.append(_fault(mark("“%(column)s” is too long."), column))
    typed: dict[str, Any] = {
        column.value: given.get(column, "")
        for column in Column
        if column not in {Column.GOALS, Column.LAST_CONTACT, Column.RHYTHM_DAYS, Column.PRONOUNS, *_TICKS}
    }
    if not typed["first_name"]:
        faults.append(say(mark("There is no first name.")))
    if typed["email"] and not _ADDRESS.fullmatch(typed["email"]):
        faults.append(_fault(mark("“%(column)s” is not an address."), Column.EMAIL))
    if typed["zone"] and not is_zone(typed["zone"]):
        faults.append(say(mark("There is no time zone called that. Write one like America/New_York.")))
    typed["pronouns"] = _pronouns(given.get(Column.PRONOUNS, ""), faults)
    typed |= {column.value: _tick(given.get(column, ""), column, faults) for column in _TICKS}
    typed["rhythm_days"] = _rhythm(given.get(Column.RHYTHM_DAYS, ""), faults)
    return Row(
        line,
        typed,
        _contact(given.get(Column.LAST_CONTACT, ""), order, today, faults),
        _goals(given.get(Column.GOALS, ""), faults),
        tuple(faults),
    )


def _fault(words: str, column: Column) -> Sentence:
    return say(words, column=COLUMN_WORDS[column])


def _pronouns(text: str, faults: list[Sentence]) -> Pronouns:
    if not text:
        return Pronouns.NAME
    found = _PRONOUNS.get(_plain(text))
    if found is None:
        faults.append(say(mark("Write pronouns as he, she, they, or leave them empty to use the name.")))
    return found or Pronouns.NAME


def _tick(text: str, column: Column, faults: list[Sentence]) -> bool:
    """Return a yes; nothing written is a no, for nobody is called who did not agree to it."""
    word = text.casefold()
    if word and word not in _YES | _NO:
        faults.append(_fault(mark("Write yes or no under “%(column)s”."), column))
    return word in _YES


def _rhythm(text: str, faults: list[Sentence]) -> int:
    if not text:
        return USUAL_RHYTHM
    number = re.fullmatch(r"(\d{1,3})(\.0+)?", text, re.ASCII)
    days = int(number[1]) if number else 0
    if not LEAST_RHYTHM <= days <= MOST_RHYTHM:
        faults.append(say(mark("Write how often you speak in days, from 1 to 90.")))
        return USUAL_RHYTHM
    return days


def _contact(text: str, order: Order, today: dt.date, faults: list[Sentence]) -> dt.date | None:
    if not text:
        return None
    day = read_day(text, order)
    if day is None:
        faults.append(say(mark("The last contact is not a day: write it like 2026-11-27.")))
    elif day > today:
        faults.append(say(mark("The last contact has not come yet.")))
    elif day < today - OLDEST_CONTACT:
        faults.append(say(mark("The last contact is more than five years ago. Is the year right?")))
    else:
        return day
    return None


def _goals(text: str, faults: list[Sentence]) -> tuple[str, ...]:
    goals = tuple(part.strip() for part in re.split(r"[|\n]", text) if part.strip())
    if len(goals) > MOST_GOALS:
        faults.append(say_n(mark("At most %(n)s goal each."), mark("At most %(n)s goals each."), MOST_GOALS))
    return goals[:MOST_GOALS]


# ---- days ---------------------------------------------------------------------------------------------------------


def order_of(days: Iterable[str]) -> Order | None:
    """Return the order that the days themselves show, or none where they show none or both."""
    shown = set()
    for text in days:
        found = _NUMBERS.fullmatch(text.strip())
        if found and len(found[1]) <= 2:  # noqa: PLR2004
            first, second = int(found[1]), int(found[2])
            if first > 12 >= second:  # noqa: PLR2004
                shown.add(Order.DAY_FIRST)
            if second > 12 >= first:  # noqa: PLR2004
                shown.add(Order.MONTH_FIRST)
    return shown.pop() if len(shown) == 1 else None


def read_day(text: str, order: Order) -> dt.date | None:
    """Read a day: year first, in the order given, or with the month as a word; years of two digits are of this age."""
    plain = text.strip().casefold().split(" 00:00")[0]
    found = _NUMBERS.fullmatch(plain)
    if found:
        first, second, third = found.groups()
        if len(first) == 4:  # noqa: PLR2004
            return _day(int(first), int(second), int(third))
        day, month = (first, second) if order is Order.DAY_FIRST else (second, first)
        return _day(_year(third), int(month), int(day))
    worded = _WORDED.fullmatch(plain)
    if not worded:
        return None
    day, month, year = worded.groups()[:3] if worded[1] else (worded[5], worded[4], worded[6])
    place = next((n for n, name in enumerate(_MONTHS, start=1) if month.startswith(name)), 0)
    return _day(_year(year), place, int(day))


def _year(text: str) -> int:
    return int(text) + (2000 if len(text) <= 2 else 0)  # noqa: PLR2004


def _day(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None
