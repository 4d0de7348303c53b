"""What may be typed about one's own account."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from coachdesk.accounts.rules import MOST_PASSPHRASE
from coachdesk.web.fields import LineField, PickField, SecretField
from coachdesk.web.forms import Form


class PassphraseForm(Form):
    """Choosing a passphrase by a single-use link."""

    passphrase = SecretField(_l("Passphrase"), needed=_l("Write a passphrase."), most=MOST_PASSPHRASE)
    again = SecretField(
        _l("The same once more"), needed=_l("Write the same passphrase once more."), most=MOST_PASSPHRASE
    )


class OwnForm(Form):
    """One's own preferences."""

    theme = PickField(
        _l("Light or dark"), choices=[("", _l("As my device")), ("light", _l("Light")), ("dark", _l("Dark"))]
    )


class StaffForm(OwnForm):
    """The same, with what one's people see."""

    work_phone = LineField(_l("Work phone"), most=40)
    work_hours = LineField(_l("Hours"), most=200)
