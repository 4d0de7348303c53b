"""What may be typed for a reminder."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from coachdesk.reminders.repeating import OFTEN_WORDS
from coachdesk.web.fields import DayField, HourField, LineField, PickField
from coachdesk.web.forms import Form


class ReminderForm(Form):
    """A reminder for oneself about a person."""

    text = LineField(
        _l("What would you like to remember?"), needed=_l("Write what you would like to remember."), most=300
    )
    when = PickField(
        _l("When?"),
        default="tomorrow",
        needed=_l("Choose a day."),
        choices=[
            ("today", _l("Today")),
            ("tomorrow", _l("Tomorrow")),
            ("monday", _l("Next Monday")),
            ("day", _l("Choose a date")),
        ],
    )
    due_on = DayField(_l("Day of the reminder"))
    hour = HourField(_l("At what time?"))
    repeat = PickField(
        _l("How often?"),
        default="once",
        needed=_l("Choose one of these."),
        choices=[("once", _l("Once")), *((often.value, _l(words)) for often, words in OFTEN_WORDS.items())],
    )
    until = DayField(_l("Until when?"))


class LaterForm(Form):
    """A date chosen under “Later”."""

    day = DayField(_l("To which day?"))


class NotNeededForm(Form):
    """Why something is not needed, in the reader's own words."""

    words = LineField(_l("Why is it not needed?"), needed=_l("Write in a few words why it is not needed."), most=200)
