"""What may be typed about a referral."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from coachdesk.referrals.rules import CLOSE_WORDS, CONFIRMED_WORDS
from coachdesk.resources.rules import NEED_WORDS
from coachdesk.web.fields import DayField, LineField, ListField, PickField, TickField, WordsField
from coachdesk.web.forms import Form, VersionedForm


class ReferralForm(Form):
    """A referral made while on the call. The person's yes is never ticked beforehand."""

    kept_as = "referral"

    service = LineField(_l("What is needed?"), needed=_l("Write what is needed, or pick a service."), most=150)
    service_id = PickField(_l("Is it one of these?"))
    need = ListField(
        _l("Kind of help"),
        choices=[("", _l("Same as the service")), *((key.value, _l(words)) for key, words in NEED_WORDS.items())],
    )
    agreed = PickField(_l("What did you agree?"), needed=_l("Choose what you agreed."))
    said_yes = TickField(_l("They said yes to sharing their name and number"))
    note = WordsField(_l("Notes"), most=2000)


class MoveForm(VersionedForm):
    """Where a referral stands now."""

    kept_as = "referral-news"

    shows_row = False

    to = PickField(_l("Where does it stand now?"), needed=_l("Choose where it stands now."))
    appointment_on = DayField(_l("Day of the appointment"))
    reason = PickField(_l("What happened?"), choices=[(key.value, _l(words)) for key, words in CLOSE_WORDS.items()])
    confirmed_by = PickField(
        _l("Who told you?"), choices=[(key.value, _l(words)) for key, words in CONFIRMED_WORDS.items()]
    )
    said_yes = TickField(_l("They said yes to sharing their name and number"))
    note = WordsField(_l("Notes"), most=2000)
