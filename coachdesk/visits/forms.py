"""What may be typed about the next contact, about plans that repeat, and about one that cannot be kept."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from coachdesk.visits.rules import CHANNEL_WORDS as _CHANNELS
from coachdesk.visits.rules import LENGTHS, MOST_MINUTES, MOST_TIMES, MOST_WEEKS, Side, Then
from coachdesk.visits.telling import DAY_WORDS, NTH_WORDS, REPEAT_WORDS
from coachdesk.web.fields import (
    A_DAY_AHEAD,
    DayField,
    HourField,
    LineField,
    ListField,
    NumberField,
    PickField,
    PicksField,
)
from coachdesk.web.forms import Form, VersionedForm

OTHER = "other"


class WhenFields:
    """On which day, at what time, how long, how and where."""

    planned_on = DayField(_l("Which day?"), needed=_l("Write the day, like %(day)s.", day=A_DAY_AHEAD))
    hour = HourField(_l("At what time?"))
    minutes = PickField(
        _l("How long?"),
        choices=[*((str(n), _l("%(n)s min", n=n)) for n in LENGTHS), (OTHER, _l("Other"))],
    )
    other_minutes = NumberField(_l("Minutes"), least=1, most=MOST_MINUTES)
    channel = PickField(_l("How will you speak?"), choices=[(key.value, _l(w)) for key, w in _CHANNELS.items()])
    place = LineField(_l("Where?"), most=200)


class RepeatFields:
    """How a plan repeats. What is left empty follows from the first day."""

    repeat = PickField(_l("How often?"), choices=[(key.value, _l(words)) for key, words in REPEAT_WORDS.items()])
    every = NumberField(_l("Every how many weeks?"), least=1, most=MOST_WEEKS)
    weekdays = PicksField(_l("On which days?"), choices=[(str(n), _l(word)) for n, word in enumerate(DAY_WORDS)])
    month_day = NumberField(_l("On which day of the month?"), least=1, most=31)
    nth = ListField(
        _l("Which one of the month?"),
        choices=[
            ("", _l("As on the first day")),
            *((str(n), _l("The %(nth)s", nth=_l(w))) for n, w in NTH_WORDS.items()),
        ],
        default="",
    )
    until = DayField(_l("Until when?"))
    count = NumberField(_l("How many times?"), least=1, most=MOST_TIMES)


class PlanForm(WhenFields, RepeatFields, Form):
    """Planning the next contact, once or again and again."""


class SeriesForm(WhenFields, RepeatFields, VersionedForm):
    """Changing the pattern of contacts that repeat, from a day on."""


class MoveForm(VersionedForm):
    """Moving one planned contact."""

    planned_on = DayField(_l("To which day?"), needed=_l("Write the day, like %(day)s.", day=A_DAY_AHEAD))
    hour = HourField(_l("At what time?"))


class OffForm(Form):
    """Saying that somebody cannot make it, and what follows."""

    off_by = PickField(_l("Who cannot make it?"), needed=_l("Choose who cannot make it."))
    then = PickField(_l("And then?"), needed=_l("Choose what comes next."))


def offer_off(form: OffForm, name: str) -> OffForm:
    """Give the form its choices in this person's name; nothing is chosen beforehand."""
    form.off_by.choices = [(Side.PERSON.value, name), (Side.COACH.value, _l("I cannot"))]
    form.then.choices = [
        (Then.ANOTHER.value, _l("Plan another time")),
        (Then.COACH_CALLS.value, _l("I will call %(name)s", name=name)),
        (Then.NOTHING.value, _l("Leave it at that")),
    ]
    return form
