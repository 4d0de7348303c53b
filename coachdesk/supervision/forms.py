"""What a supervisor may write to a coach about a check-in."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from coachdesk.checkins.rules import KIND_PHRASES
from coachdesk.web.fields import PicksField, WordsField
from coachdesk.web.forms import Form


class WordForm(Form):
    """A word about a check-in; it starts with what went well."""

    text = WordsField(_l("What went well?"), most=2000)
    phrases = PicksField(_l("Add a phrase"), choices=[(phrase, _l(phrase)) for phrase in KIND_PHRASES])
