"""What a person may write about their coach, for supervisors alone."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from coachdesk.web.fields import WordsField
from coachdesk.web.forms import Form


class AnotherCoachForm(Form):
    """A wish for another coach; no reason is asked for."""

    kept_as = "another-coach"

    words = WordsField(_l("Is there anything you want to say about it?"), most=2000)
