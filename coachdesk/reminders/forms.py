"""What may be typed for a reminder."""

from __future__ import annotations

from typing import Any

import wtforms
from flask_babel import lazy_gettext as _l

from coachdesk.reminders.repeating import OFTEN_WORDS
from coachdesk.web.fields import A_DAY_AHEAD, DayField, HourField, LineField, PickField, PicksField
from coachdesk.web.forms import Form, VersionedForm

_OFTEN = [("once", _l("Once")), *((often.value, _l(words)) for often, words in OFTEN_WORDS.items())]


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
        choices=_OFTEN,
    )
    until = DayField(_l("Until when?"))


class ChangeForm(VersionedForm):
    """A reminder that is there already."""

    text = LineField(
        _l("What would you like to remember?"), needed=_l("Write what you would like to remember."), most=300
    )
    due_on = DayField(_l("Day of the reminder"), needed=_l("Write the day, like %(day)s.", day=A_DAY_AHEAD))
    hour = HourField(_l("At what time?"))
    repeat = PickField(_l("How often?"), default="once", needed=_l("Choose one of these."), choices=_OFTEN)
    until = DayField(_l("Until when?"))


class LaterForm(Form):
    """A date chosen under “Later”."""

    day = DayField(_l("To which day?"))


class NotNeededForm(Form):
    """Why something is not needed, in the reader's own words."""

    words = LineField(_l("Why is it not needed?"), needed=_l("Write in a few words why it is not needed."), most=200)


class TellingForm(VersionedForm):
    """How a member of staff is told."""

    is_own = True
    channels = PicksField(_l("By what, beside the app?"))
    phone = LineField(_l("Number for texts"), most=40)
    chat_name = LineField(_l("Your name in the chat"), most=100)
    each = PickField(
        _l("How often?"),
        needed=_l("Choose how often."),
        choices=[("no", _l("Once a day, all together")), ("yes", _l("Each thing by itself"))],
    )
    hour = HourField(_l("At what time?"), needed=_l("Write a time like 8 am."))
    days = PicksField(
        _l("On which days?"),
        choices=[
            ("0", _l("Mon")),
            ("1", _l("Tue")),
            ("2", _l("Wed")),
            ("3", _l("Thu")),
            ("4", _l("Fri")),
            ("5", _l("Sat")),
            ("6", _l("Sun")),
        ],
    )
    quiet_from = HourField(_l("Quiet from"))
    quiet_until = HourField(_l("Quiet until"))


class PersonTellingForm(VersionedForm):
    """How a person is told: whether, and when."""

    is_own = True
    by_email = PickField(
        _l("Shall we write to you when something is coming up?"),
        needed=_l("Choose yes or no."),
        choices=[("yes", _l("Yes, by e-mail")), ("no", _l("No"))],
    )
    hour = HourField(_l("At what time?"), needed=_l("Write a time like 8 am."))


class DaysForm(wtforms.Form):
    """From which day, and to which: a filter's, so it changes nothing and needs no key."""

    since = DayField(_l("From"))
    until = DayField(_l("To"))

    @property
    def are_turned_round(self) -> bool:
        """Say whether the last day lies before the first: nothing fits, which would read as if nothing were there."""
        return bool(self.since.data and self.until.data and self.until.data < self.since.data)

    def validate_until(self, _field: Any) -> None:
        """Say so at the last day."""
        if self.are_turned_round:
            raise wtforms.ValidationError(
                str(_l("The last day lies before the first. Choose them the other way round."))
            )
