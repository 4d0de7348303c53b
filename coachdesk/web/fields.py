"""Form fields in our own words: what each takes, and the sentence it gives for what it does not."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString
from wtforms import BooleanField, Field, HiddenField, PasswordField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import Email, Optional, Regexp, StopValidation
from wtforms.widgets import CheckboxInput, ListWidget

from coachdesk.web.filters import day_ahead, short

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST_WORDS = 20_000
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CENTURY = 100
A_DAY_AHEAD = LazyString(day_ahead)
"""The example in a sentence at a field that takes a day to come; reckoned when the sentence is shown."""


def in_words(field: Any) -> str:
    """Return what a field holds as its reader would see it: the words of a choice, a day, each row of a list."""
    if hasattr(field, "entries"):
        return "; ".join(row for row in map(in_words, field.entries) if row)
    if hasattr(field, "form"):
        held = [in_words(one) for one in field.form if not isinstance(one, HiddenField)]
        return ", ".join(held) if held[0] else ""
    if isinstance(field, BooleanField):
        return str(_("Yes") if field.data else _("No"))
    if hasattr(field, "iter_choices"):
        return ", ".join(f"{choice[1]}" for choice in field.iter_choices() if choice[2])
    if isinstance(field.data, dt.date):
        return short(field.data)
    return str(field._value() or "")  # noqa: SLF001 - the library's own name for what stands in the box


class Needed:
    """The field must be filled; the sentence says with what."""

    field_flags: Mapping[str, Any] = {}

    def __init__(self, sentence: str) -> None:
        """Keep the sentence."""
        self.sentence = sentence

    def __call__(self, _form: Any, field: Field) -> None:
        """Stop where the field is empty."""
        if field.data is None or field.data in ("", []) or field.data is False:
            raise StopValidation("" if field.process_errors else self.sentence)


class AtMost:
    """The text may have so many characters."""

    def __init__(self, most: int) -> None:
        """Keep the number."""
        self.most = most

    def __call__(self, _form: Any, field: Field) -> None:
        """Say by how much the text is too long; it stays in the field."""
        over = len(field.data or "") - self.most
        if over > 0:
            raise StopValidation(_("This is %(n)s characters too long. Please shorten it.", n=f"{over:,}"))


def _checks(needed: str | None, *others: Any) -> list[Any]:
    return [*([Needed(needed)] if needed else []), *others]


class LineField(StringField):
    """One line of text."""

    data: Any

    def __init__(
        self, label: Any = None, *, needed: Any = None, most: int = 200, checks: Sequence[Any] = (), **kwargs: Any
    ) -> None:
        """Take a label, the sentence shown where it is empty, and the most characters."""
        super().__init__(
            label,
            _checks(needed, AtMost(most), *checks),
            filters=[lambda text: " ".join((text or "").split())],
            **kwargs,
        )


class PhoneField(LineField):
    """A number to call or text, as people write it, or nothing; notes such as an extension may stand in it."""

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        """Take a label."""
        sentence = lazy_gettext("Write a number, like 555 010 2030.")
        super().__init__(
            label, most=40, checks=[Optional(), Regexp(r"(?:[^0-9]*[0-9]){3}", message=sentence)], **kwargs
        )


class AddressField(LineField):
    """An e-mail address, or nothing; whether anybody lives there is not asked."""

    def __init__(self, label: Any = None, *, needed: Any = None, **kwargs: Any) -> None:
        """Take a label and the sentence shown where it is empty."""
        sentence = lazy_gettext("Write an e-mail address like name@example.org.")
        super().__init__(label, needed=needed, most=250, checks=[Optional(), Email(sentence)], **kwargs)


class WordsField(TextAreaField):
    """What somebody writes, in their own lines."""

    data: Any

    def __init__(self, label: Any = None, *, needed: Any = None, most: int = MOST_WORDS, **kwargs: Any) -> None:
        """Take a label, the sentence shown where it is empty, and the most characters."""
        super().__init__(
            label,
            _checks(needed, AtMost(most)),
            filters=[lambda text: (text or "").replace("\r\n", "\n").strip()],
            **kwargs,
        )


class SecretField(PasswordField):
    """A passphrase; it is never shown again."""

    data: Any

    def __init__(self, label: Any = None, *, needed: Any = None, most: int = 256, **kwargs: Any) -> None:
        """Take a label and the sentence shown where it is empty."""
        super().__init__(label, _checks(needed, AtMost(most)), **kwargs)


def _choices(offered: Any) -> list[SelectChoice]:
    """Take pairs of value and text, or the library's own choices."""
    return [choice if isinstance(choice, SelectChoice) else SelectChoice(*choice) for choice in offered or ()]


class _OneOf:
    """Shared by the fields that choose: pairs of value and text, and a sentence of ours for what is not offered."""

    @property
    def choices(self) -> Any:
        """The choices, as the library wants them."""
        return self._choices

    @choices.setter
    def choices(self, offered: Any) -> None:
        self._choices = _choices(offered)

    def pre_validate(self, form: Any) -> None:
        """Refuse what is not among the choices."""
        try:
            super().pre_validate(form)  # type: ignore[misc]
        except (ValueError, TypeError) as wrong:
            raise StopValidation(_("Choose one of these.")) from wrong


class PickField(_OneOf, RadioField):
    """One of a few, all in sight. Nothing is chosen unless a default is given."""

    data: Any

    def __init__(self, label: Any = None, *, needed: Any = None, choices: Any = (), **kwargs: Any) -> None:
        """Take a label, the sentence shown where nothing is chosen, and pairs of value and text."""
        super().__init__(
            label,
            _checks(needed),
            choices=_choices(choices),
            coerce=lambda value: None if value in (None, "None") else str(value),
            **kwargs,
        )

    def pre_validate(self, form: Any) -> None:
        """Let no choice pass here; `needed` speaks where one is wanted."""
        if self.data is not None:
            super().pre_validate(form)


class ListField(_OneOf, SelectField):
    """One of many, in a list that opens."""

    data: Any

    def __init__(self, label: Any = None, *, needed: Any = None, choices: Any = (), **kwargs: Any) -> None:
        """Take a label, the sentence shown where nothing is chosen, and pairs of value and text."""
        super().__init__(label, _checks(needed), choices=_choices(choices), **kwargs)


class PicksField(Field):
    """Any number of a few."""

    widget = ListWidget(prefix_label=False)

    def __init__(self, label: Any = None, *, choices: Any = (), **kwargs: Any) -> None:
        """Take a label and pairs of value and text."""
        super().__init__(label, **kwargs)
        self.choices = list(choices)
        self.data: list[str] = []

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the ticked values."""
        self.data = list(valuelist)

    def process_data(self, value: Any) -> None:
        """Take given values."""
        self.data = list(value or [])

    def iter_choices(self) -> list[tuple[str, Any, bool, dict[str, Any]]]:
        """Give each choice with its text and whether it is ticked, as the other fields do."""
        return [(value, text, value in self.data, {}) for value, text in self.choices]

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002
        """Refuse what is not among the choices."""
        if set(self.data) - {value for value, _text in self.choices}:
            raise StopValidation(_("Choose from these."))


class TickField(BooleanField):
    """A single box; never ticked before the reader ticks it."""

    widget = CheckboxInput()


class DayField(Field):
    """A day in three boxes: day, month, year. Takes one-digit and named months and two-digit years."""

    def __init__(self, label: Any = None, *, needed: Any = None, **kwargs: Any) -> None:
        """Take a label and the sentence shown where all three boxes are empty."""
        super().__init__(label, _checks(needed), **kwargs)
        self.parts = {"day": "", "month": "", "year": ""}
        self.data: dt.date | None = None

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:  # noqa: ARG002
        """Read the three boxes, or take a day that is given."""
        self.process_errors = []
        given = data if isinstance(data, dt.date) else self.default
        given = given() if callable(given) else given
        if formdata is not None and any(f"{self.name}-{part}" in formdata for part in self.parts):
            self.parts = {part: formdata.get(f"{self.name}-{part}", "").strip()[:40] for part in self.parts}
            self._read()
        elif isinstance(given, dt.date):
            self.data = given
            self.parts = {"day": str(given.day), "month": str(given.month), "year": str(given.year)}

    def _read(self) -> None:
        self.data = None
        if not any(self.parts.values()):
            return
        try:
            year = int(self.parts["year"])
            self.data = dt.date(
                year + 2000 if year < _CENTURY else year, _month(self.parts["month"]), int(self.parts["day"])
            )
        except (ValueError, OverflowError):
            self.process_errors = [
                *self.process_errors,
                _("This must be a real day, like %(example)s.", example="27 11 2026"),
            ]

    def _value(self) -> str:
        return " ".join(self.parts.values()).strip()


def _month(text: str) -> int:
    return _MONTHS.index(text[:3].lower()) + 1 if text[:3].lower() in _MONTHS else int(text)


class HourField(StringField):
    """A time of day, written as people write it: 2:30 pm, 14:30, 9am. A bare 0 is a slip more often than midnight."""

    data: Any

    _SHAPE = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*([ap])?\.?\s*m?\.?", re.IGNORECASE)

    def __init__(self, label: Any = None, *, needed: Any = None, **kwargs: Any) -> None:
        """Take a label and the sentence shown where it is empty."""
        super().__init__(label, _checks(needed), **kwargs)
        self.typed = ""

    def process_data(self, value: Any) -> None:
        """Take a given time."""
        self.data = value
        self.typed = f"{value.hour % 12 or 12}:{value.minute:02d} {'am' if value.hour < 12 else 'pm'}" if value else ""  # noqa: PLR2004

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed."""
        self.typed = (valuelist[0] if valuelist else "").strip()[:40]
        self.data = None
        if not self.typed:
            return
        self.data = self._time(self._SHAPE.fullmatch(self.typed))
        if self.data is None:
            raise ValueError(_("Write a time like 2:30 pm."))

    def _time(self, found: re.Match[str] | None) -> dt.time | None:
        if found is None:
            return None
        hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").lower()
        if (half and not 1 <= hour <= 12) or (hour == 0 and found[2] is None):  # noqa: PLR2004
            return None
        hour = hour % 12 + 12 * (half == "p") if half else hour
        return dt.time(hour, minute) if hour < 24 and minute < 60 else None  # noqa: PLR2004

    def _value(self) -> str:
        return self.typed


class NumberField(StringField):
    """A whole number within bounds."""

    data: Any

    def __init__(self, label: Any = None, *, least: int, most: int, needed: Any = None, **kwargs: Any) -> None:
        """Take a label, the bounds, and the sentence shown where it is empty."""
        super().__init__(label, _checks(needed), **kwargs)
        self.least, self.most, self.typed = least, most, ""

    def process_data(self, value: Any) -> None:
        """Take a given number."""
        self.data, self.typed = value, "" if value is None else str(value)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed."""
        self.typed = (valuelist[0] if valuelist else "").strip()[:40]
        self.data = None
        if not self.typed:
            return
        number = int(self.typed) if re.fullmatch(r"\d{1,9}", self.typed, re.ASCII) else None
        if number is None or not self.least <= number <= self.most:
            raise ValueError(_("Write a whole number from %(least)s to %(most)s.", least=self.least, most=self.most))
        self.data = number

    def _value(self) -> str:
        return self.typed
