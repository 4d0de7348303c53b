"""How values are written on pages: sentences, days, hours, quotations."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from flask_babel import get_domain, gettext

from coachdesk import words
from coachdesk.clock import day_of
from coachdesk.web.house import house_zone, now, reader_zone, today
from coachdesk.web.problems import listed
from coachdesk.words import Sentence

if TYPE_CHECKING:
    from flask import Flask


def translated(sentence: Sentence | str) -> str:
    """Write a sentence in the reader's language."""
    if isinstance(sentence, Sentence):
        return sentence.written(_translate, _year)
    return gettext(sentence) if sentence else ""


def _translate(one: str, many: str, n: int) -> str:
    # The places in the text are filled by the sentence itself, so the catalogue is asked for the bare text.
    text: str = get_domain().get_translations().ungettext(one, many, n) if many != one else gettext(one)
    return text


def _day(value: dt.date | dt.datetime) -> dt.date:
    return value.astimezone(house_zone()).date() if isinstance(value, dt.datetime) else value


def _year(day: dt.date) -> str:
    return "" if day.year == today().year else f" {day.year}"


def day(value: dt.date | dt.datetime) -> str:
    """13 November; the year only where it is not this one."""
    local = _day(value)
    return words.long_day(local) + _year(local)


def month(value: dt.date) -> str:
    """November; the year only where it is not this one."""
    return words.long_day(value).split(" ", 1)[1] + _year(value)


def weekday(value: dt.date | dt.datetime) -> str:
    """Monday 30 November."""
    local = _day(value)
    return words.weekday(local) + _year(local)


def short(value: dt.date | dt.datetime) -> str:
    """Mon 16 Nov."""
    local = _day(value)
    return words.short_day(local) + _year(local)


def clock(value: dt.time | dt.datetime) -> str:
    """2:30 pm, in the organisation's zone."""
    return words.hour(value.astimezone(house_zone()).time() if isinstance(value, dt.datetime) else value)


def iso(value: dt.date | dt.datetime) -> str:
    """Write a day or a moment with its offset, for `<time datetime>`."""
    return (
        value.astimezone(house_zone()).isoformat(timespec="minutes")
        if isinstance(value, dt.datetime)
        else (value.isoformat())
    )


def quoted(text: str) -> str:
    """Put a person's own words into quotation marks."""
    return f"“{text}”"


def unnamed(sentence: object, name: str) -> str:
    """Leave out the name a sentence begins with, where it stands right before it."""
    return str(sentence).removeprefix(f"{name} ")


def day_ahead() -> str:
    """27 11 2026: a day to come by the reader's own clock, for the example beside three boxes."""
    return words.day_ahead(day_of(now(), reader_zone()))


def hang(app: Flask) -> None:
    """Make the filters, and the example of a day, known to the templates."""
    offered: dict[str, Any] = {
        "say": translated,
        "day": day,
        "month": month,
        "weekday": weekday,
        "short": short,
        "clock": clock,
        "iso": iso,
        "quoted": quoted,
        "unnamed": unnamed,
        "problems": listed,
    }
    for name, function in offered.items():
        app.add_template_filter(function, name)
    app.add_template_global(day_ahead)
