"""What may be typed about the next contact."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from coachdesk.visits.rules import CHANNEL_WORDS
from coachdesk.web.fields import DayField, HourField, LineField, PickField
from coachdesk.web.forms import Form


class PlanForm(Form):
    """Planning the next contact."""

    planned_on = DayField(_l("Which day?"), needed=_l("Write the day, like 27 11 2026."))
    hour = HourField(_l("At what time?"))
    channel = PickField(_l("How will you speak?"), choices=[(key.value, _l(w)) for key, w in CHANNEL_WORDS.items()])
    place = LineField(_l("Where?"), most=200)
