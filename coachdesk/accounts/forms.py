"""What may be typed about one's own account."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from coachdesk.accounts.rules import MOST_PASSPHRASE
from coachdesk.web.fields import AddressField, LineField, PickField, SecretField, TickField
from coachdesk.web.forms import Form


class PassphraseForm(Form):
    """Choosing a passphrase by a single-use link."""

    passphrase = SecretField(_l("Passphrase"), needed=_l("Write a passphrase."), most=MOST_PASSPHRASE)
    again = SecretField(
        _l("The same once more"), needed=_l("Write the same passphrase once more."), most=MOST_PASSPHRASE
    )


class AskForm(Form):
    """Asking for a link because one cannot get in."""

    email = AddressField(_l("E-mail"), needed=_l("Write your e-mail address."))
    own = TickField(_l("This is my own device"))


class ConfirmLossForm(Form):
    """Confirming that a second factor goes."""

    passphrase = SecretField(_l("Passphrase"), needed=_l("Write your passphrase."), most=MOST_PASSPHRASE)


class OwnForm(Form):
    """One's own preferences."""

    theme = PickField(
        _l("Light or dark"), choices=[("", _l("As my device")), ("light", _l("Light")), ("dark", _l("Dark"))]
    )


class DeskForm(OwnForm):
    """The same, where letters lead somewhere."""

    shortcuts = TickField(_l("Let keys lead me somewhere"))


class StaffForm(DeskForm):
    """The same, with what one's people see."""

    work_phone = LineField(_l("Work phone"), most=40)
    work_hours = LineField(_l("Hours"), most=200)
