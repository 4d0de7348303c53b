"""The form every form builds on: CSRF, a one-time key, sometimes a version."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Any

from flask import has_request_context, request
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField

from coachdesk.web.fields import in_words
from coachdesk.web.filters import translated
from coachdesk.words import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class HiddenKey(HiddenField):
    """The form's one-time key: made when the page is, given back when it is sent."""

    data: Any

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:  # noqa: ARG002
        """Read the key that was given out, or make one."""
        self.process_errors = []
        given = formdata.get(self.name) if formdata else None
        try:
            self.data = uuid.UUID(given or "")
        except ValueError:
            self.data = uuid.uuid4()
            if formdata or (has_request_context() and request.method == "POST"):
                self.process_errors.append(_("This page had been open for long. Please press the button again."))

    def _value(self) -> str:
        return str(self.data)


class Form(FlaskForm):
    """The form all forms build on."""

    form_key = HiddenKey()

    also: tuple[Callable[[], object], ...] = ()
    """Further checks, each raising `Refused`: what a verb would refuse anyway, said together with the rest."""
    meanwhile: Sequence[tuple[Any, str, str, str]] = ()
    """After a stale save: what stands in the row now where it is not what was typed, as rows of a summary list."""
    _ours = frozenset({"form_key", "csrf_token"})

    def typed(self) -> dict[str, Any]:
        """Return what was typed, by field name, for the verb."""
        return {name: value for name, value in self.data.items() if name not in self._ours}

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the form; trouble with a hidden field is said above the form."""
        fine: bool = super().validate(extra_validators)
        for name in ("form_key", "version"):
            field = self._fields.get(name)
            if field is not None and field.errors:
                self.form_errors.extend(field.errors)
        return self._makes_sense() and fine

    def _makes_sense(self) -> bool:
        """Ask what the view wants asked too, so that all that is wrong is said at once."""
        fine = True
        for check in self.also:
            try:
                check()
            except Refused as refusal:
                if not (refusal.at and self._fields[refusal.at].errors):
                    self.refuse(translated(refusal.sentence), refusal.at)
                fine = False
        return fine

    def refuse(self, sentence: str, at: str | None = None) -> None:
        """Put a sentence at a field, or above the form."""
        field = self._fields.get(at) if at else None
        if field is None or hasattr(field, "entries"):  # a list of rows has no box of its own to stand at
            self.form_errors.append(sentence)
        else:
            field.errors = [*field.errors, sentence]

    def take_newest(self) -> None:
        """After a stale save: let the next one count against the row as it is now. Versioned forms do."""


class VersionedForm(Form):
    """A form over a row that may change meanwhile."""

    version = HiddenField()
    newest: Callable[[], VersionedForm] | None = None
    """The form over the row as it is now, asked for when a save turns out to be stale."""
    shows_row = True
    """Whether the fields are the row's own; where the form is an act upon a row, its page shows how the row stands."""

    def typed(self) -> dict[str, Any]:
        """Return what was typed; the version as a number (0 where it was tampered with, which is always stale)."""
        text = str(self.version.data or "")
        return {**super().typed(), "version": int(text) if re.fullmatch(r"\d{1,9}", text, re.ASCII) else 0}

    def take_newest(self) -> None:
        """Count the next save against the row as it is now, which the page shows beside what was typed."""
        if self.newest is None:
            return
        newest = self.newest()
        self.version.data = str(newest.version.data)
        self.meanwhile = [
            (own.label.text, in_words(now), "", "")
            for own, now in zip(self, newest, strict=True)
            if self.shows_row and not isinstance(own, HiddenField) and in_words(own) != in_words(now)
        ]
