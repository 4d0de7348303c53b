"""What may be typed about a person."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from coachdesk.access.kinds import RESTRICTION_WORDS
from coachdesk.clients.rules import ENDING_WORDS, LEAST_RHYTHM, LEVEL_WORDS, MOST_RHYTHM, PRONOUN_WORDS, USUAL_RHYTHM
from coachdesk.web.fields import (
    AddressField,
    DayField,
    LineField,
    ListField,
    NumberField,
    PhoneField,
    PickField,
    TickField,
    WordsField,
)
from coachdesk.web.forms import Form, VersionedForm


class PersonFields:
    """The fields of a person's details. How to reach them is never ticked beforehand."""

    first_name = LineField(_l("First name"), needed=_l("Write the person’s first name."), most=80)
    last_name = LineField(_l("Last name"), most=80)
    preferred_name = LineField(_l("What they like to be called"), most=80)
    pronouns = PickField(
        _l("Pronouns"), choices=[(key.value, _l(words)) for key, words in PRONOUN_WORDS.items()], default="name"
    )
    language = LineField(_l("Language"), most=40)
    zone = LineField(_l("Time zone, where it differs from ours"), most=64)
    phone = PhoneField(_l("Phone"))
    email = AddressField(_l("E-mail"))
    may_call = TickField(_l("We may call"))
    may_text = TickField(_l("We may text"))
    may_voicemail = TickField(_l("We may leave a message on the phone"))
    may_email = TickField(_l("We may e-mail"))
    safe_note = WordsField(_l("Anything else about reaching them safely"), most=2000)
    rhythm_days = NumberField(
        _l("Speak every so many days"),
        least=LEAST_RHYTHM,
        most=MOST_RHYTHM,
        needed=_l("Write how often you speak, from 1 to 90 days."),
        default=USUAL_RHYTHM,
    )


class PersonForm(Form, PersonFields):
    """Adding a person."""

    coach_id = ListField(_l("Coach"), needed=_l("Choose a coach."))


class PersonEditForm(VersionedForm, PersonFields):
    """Changing a person's details."""


class LevelForm(Form):
    """How much of coaching somebody wants."""

    level = PickField(
        _l("How much coaching?"),
        needed=_l("Choose how much coaching."),
        choices=[(key.value, _l(words)) for key, words in LEVEL_WORDS.items()],
    )


class PauseForm(Form):
    """A pause that somebody wishes."""

    until_on = DayField(_l("Last day of the pause"), needed=_l("Write the last day of the pause, like 27 11 2026."))
    agreed = WordsField(_l("What did you agree?"), most=2000)


class ClosureForm(Form):
    """The end of an episode; no reason is chosen beforehand."""

    ending = PickField(
        _l("How did it come to its end?"),
        needed=_l("Choose how it came to its end."),
        choices=[(key.value, _l(words)) for key, words in ENDING_WORDS.items()],
    )
    farewell = WordsField(_l("A kind word"), most=2000)


class RestrictionForm(Form):
    """Keeping a member of staff from seeing a person."""

    user_id = ListField(_l("Who may not see them"), needed=_l("Choose somebody from the list."))
    kind = PickField(
        _l("Why"),
        needed=_l("Choose why."),
        choices=[(key.value, _l(words)) for key, words in RESTRICTION_WORDS.items()],
    )
    words = WordsField(_l("In words"), most=2000)
