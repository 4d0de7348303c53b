"""What a supervisor may write to a coach about a check-in, and what they say to open a record in an emergency."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from coachdesk.access.kinds import EARLIER_WORDS, REASON_WORDS
from coachdesk.checkins.rules import KIND_PHRASES
from coachdesk.web.fields import A_DAY_AHEAD, DayField, LineField, ListField, PickField, PicksField, WordsField
from coachdesk.web.forms import Form


class WordForm(Form):
    """A word about a check-in; it starts with what went well."""

    kept_as = "supervision"

    text = WordsField(_l("What went well?"), most=2000)
    phrases = PicksField(_l("Add a phrase"), choices=[(phrase, _l(phrase)) for phrase in KIND_PHRASES])


class HandOverForm(Form):
    """Giving a person to another coach. Nothing is chosen beforehand about what was written until now."""

    kept_as = "hand-over"

    coach_id = ListField(_l("New coach"), needed=_l("Choose a coach."))
    earlier = PickField(
        _l("May the new coach read what was written before?"),
        needed=_l("Choose whether the new coach may read what was written before."),
        choices=[(key.value, _l(words)) for key, words in EARLIER_WORDS.items()],
    )
    words = WordsField(_l("What do they want the new coach to know?"), most=5000)


class AwayForm(Form):
    """Days somebody is away, and who looks after their people."""

    user_id = ListField(_l("Who is away?"), needed=_l("Choose who is away."))
    from_on = DayField(_l("First day"), needed=_l("Write the first day, like %(day)s.", day=A_DAY_AHEAD))
    until_on = DayField(_l("Last day"), needed=_l("Write the last day, like %(day)s.", day=A_DAY_AHEAD))
    cover_id = ListField(_l("Who looks after their people?"))


class GlassForm(Form):
    """Opening a record in an emergency. The name is never part of an address."""

    kept_as = "emergency"

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
