"""What may be typed about a service."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from coachdesk.resources.rules import NEED_WORDS
from coachdesk.web.fields import DayField, LineField, ListField, TickField, WordsField
from coachdesk.web.forms import Form, VersionedForm


class ServiceFields:
    """A service in the directory."""

    name = LineField(_l("Name of the service"), needed=_l("Write the name of the service."), most=150)
    provider = LineField(_l("Who gives it"), most=150)
    need = ListField(
        _l("Helps with"),
        needed=_l("Choose what it helps with."),
        choices=[(key.value, _l(words)) for key, words in NEED_WORDS.items()],
    )
    phone = LineField(_l("Phone"), most=60)
    email = LineField(_l("E-mail"), most=200)
    website = LineField(_l("Website"), most=500)
    address = LineField(_l("Address"), most=500)
    hours = LineField(_l("Hours"), most=200)
    who_for = WordsField(_l("Who it is for"), most=2000)
    cost = LineField(_l("What it costs"), most=200)
    languages = LineField(_l("Languages"), most=200)
    notes = WordsField(_l("Good to know"), most=4000)
    verified_on = DayField(_l("Checked on"))


class ServiceForm(Form, ServiceFields):
    """Adding a service."""

    kept_as = "service"


class ServiceEditForm(VersionedForm, ServiceFields):
    """Changing a service."""

    kept_as = "service"

    is_hidden = TickField(_l("Take it off the list; referrals keep their history"))
