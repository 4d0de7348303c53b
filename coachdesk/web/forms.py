"""The form every form builds on: CSRF, a one-time key, sometimes a version."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Any

from flask import has_request_context, request
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from flask_wtf.form import _Auto as _AUTO
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField

from coachdesk.web.fields import WordsField, in_words
from coachdesk.web.filters import translated
from coachdesk.web.house import house
from coachdesk.words import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


THEIRS, KEEP = "theirs-", "keep-"
"""Before the name of a field: what somebody else wrote there meanwhile, and which of the two is to stand."""


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

    kept_as = ""
    """The name under which what is typed is kept until it is saved; a form with room for words has one."""
    kept_at = "drafts.keep_form"
    """The endpoint that keeps it."""
    kept_args: tuple[str, ...] = ()
    """What of the page's query chooses among its forms."""
    in_pages = False
    """Whether each page holds a part of it, so that what is kept is added to what there is."""
    draft: Any = None
    """What stands in the form and was not saved yet."""
    keeping: Any = None
    """How its page keeps what is typed, once the page has asked."""

    def __init__(self, formdata: Any = _AUTO, **kwargs: Any) -> None:
        """Take what was sent; as its page is opened, what its reader left there unsaved."""
        self.theirs: dict[str, str] = {}
        """After a stale save: the words that stand in the row now, by field, to be kept, or the writer's, or both."""
        if formdata in (None, _AUTO) and self.kept_as and has_request_context():
            # Empty beside one that was refused, it is opened with the page too.
            if request.method in ("GET", "HEAD") or (formdata is None and not kwargs):
                self.draft = house().find_draft(self.kept_as)
                formdata = MultiDict(self.draft.fields) if self.draft else formdata
                self.theirs = _theirs(formdata) if self.draft else {}
            elif formdata is _AUTO and request.form:
                formdata = _chosen(request.form)
        super().__init__(formdata=formdata, **kwargs)

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


def _theirs(sent: MultiDict[str, str]) -> dict[str, str]:
    return {name.removeprefix(THEIRS): sent[name] for name in sent if name.startswith(THEIRS)}


def _chosen(sent: Any) -> MultiDict[str, str]:
    """Return what was sent, each of the words that two people wrote as its writer chose: theirs, or both."""
    chosen: MultiDict[str, str] = MultiDict(sent)
    for name, theirs in _theirs(chosen).items():
        mine = chosen.get(name, "").strip()
        texts = {"theirs": theirs, "both": f"{mine}\n\n{theirs}".strip()}
        chosen[name] = texts.get(chosen.get(f"{KEEP}{name}", ""), mine)
    return chosen


class VersionedForm(Form):
    """A form over a row that may change meanwhile."""

    version = HiddenField()
    newest: Callable[[], VersionedForm] | None = None
    """The form over the row as it is now, asked for when a save turns out to be stale."""
    is_own = False
    """Whether nobody but its reader changes the row: then it was they themself, elsewhere, who did meanwhile."""
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
        other = [
            (own, now)
            for own, now in zip(self, newest, strict=True)
            if self.shows_row and not isinstance(own, HiddenField) and in_words(own) != in_words(now)
        ]
        words = [(own, now) for own, now in other if isinstance(own, WordsField)]
        self.theirs = {own.name: in_words(now) for own, now in words}
        self.meanwhile = [(own.label.text, in_words(now), "", "") for own, now in other if (own, now) not in words]
