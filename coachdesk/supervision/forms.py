"""What a supervisor may write to a coach about a check-in, and what they say to open a record in an emergency."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from coachdesk.access.kinds import REASON_WORDS
from coachdesk.checkins.rules import KIND_PHRASES
from coachdesk.web.fields import LineField, PickField, PicksField, WordsField
from coachdesk.web.forms import Form


class WordForm(Form):
    """A word about a check-in; it starts with what went well."""

    text = WordsField(_l("What went well?"), most=2000)
    phrases = PicksField(_l("Add a phrase"), choices=[(phrase, _l(phrase)) for phrase in KIND_PHRASES])


class GlassForm(Form):
    """Opening a record in an emergency. The name is never part of an address."""

    first_name = LineField(_l("First name"), needed=_l("Write the person’s first name."), most=80)
    last_name = LineField(_l("Last name"), most=80)
    coach = LineField(_l("Name of their coach"), most=160)
    digits = LineField(_l("Last four digits of their number"), most=4)
    reason = PickField(
        _l("Why do you need to see it?"),
        needed=_l("Choose why."),
        choices=[(key.value, _l(words)) for key, words in REASON_WORDS.items()],
    )
    words = WordsField(_l("In words"), needed=_l("Write in a sentence what has happened."), most=2000)
