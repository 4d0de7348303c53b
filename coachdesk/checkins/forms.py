"""The check-in form: four taps for a contact, three for a try that reached nobody."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from coachdesk.checkins.rules import MINUTES, MOST_MINUTES, OUTCOME_WORDS, WEATHER_WORDS
from coachdesk.visits.rules import CHANNEL_WORDS, Channel
from coachdesk.web.fields import (
    DayField,
    HourField,
    LineField,
    NumberField,
    PickField,
    PicksField,
    TickField,
    WordsField,
)
from coachdesk.web.forms import Form

TRIED = "tried"
HOW = [
    (key.value, _l("Text, they answered") if key is Channel.TEXT else _l(words)) for key, words in CHANNEL_WORDS.items()
]
NEXT = ("tomorrow", "three", "rhythm", "day")


class CheckInForm(Form):
    """One page for a check-in and for an attempt. Nothing about the person's state is chosen beforehand."""

    how = PickField(
        _l("How did you connect?"),
        needed=_l("Choose how you connected"),
        choices=[*HOW, (TRIED, _l("Tried, no answer"))],
    )
    when = PickField(
        _l("When?"),
        default="now",
        needed=_l("Choose when"),
        choices=[
            ("now", _l("Just now")),
            ("today", _l("Earlier today")),
            ("yesterday", _l("Yesterday")),
            ("day", _l("Another day")),
        ],
    )
    held_on = DayField(_l("Day of the check-in"))
    weather = PickField(_l("How are things?"), choices=[(str(n), _l(words)) for n, words in WEATHER_WORDS.items()])
    steps = PicksField(_l("Any steps done?"))
    note = WordsField(_l("Notes"))
    started = HourField(_l("When did it begin?"))
    minutes = PickField(
        _l("How long?"), choices=[*((str(n), _l("%(n)s min", n=n)) for n in MINUTES), ("other", _l("Other"))]
    )
    other_minutes = NumberField(_l("Minutes"), least=1, most=MOST_MINUTES)
    outcome = PickField(_l("What happened?"), choices=[(key.value, _l(words)) for key, words in OUTCOME_WORDS.items()])
    next = PickField(_l("When will you speak next?"))
    next_on = DayField(_l("Next contact date"))
    next_hour = HourField(_l("At what time?"))
    next_place = LineField(_l("Where?"), most=200)
    worried = TickField(_l("I am worried about their safety"))


class CorrectionForm(Form):
    """Adding to a check-in; the first text stays."""

    text = WordsField(_l("What would you like to add or put right?"), needed=_l("Write what you would like to add."))
