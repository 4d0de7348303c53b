"""What may be typed about a rule of reminders, and about days closed; a rule's form has what its rule may decide."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext as _l

from coachdesk.referrals.rules import LONGEST_CLOCK
from coachdesk.reminders.explaining import CHANNEL_WORDS, CLOCK_WORDS, HEARER_WORDS, NUMBER_LABELS
from coachdesk.reminders.settings import LEAVING, SHAPES, clock_name, offered_hearers
from coachdesk.web.fields import A_DAY_AHEAD, DayField, LineField, NumberField, PickField, PicksField
from coachdesk.web.forms import Form, VersionedForm

if TYPE_CHECKING:
    from coachdesk.reminders.kinds import Rule


@cache
def rule_form(rule: Rule) -> type[VersionedForm]:
    """Return the form of one rule: whether, after how long, whom, by what; what there is no choice about is left out."""
    shape, hearers = SHAPES[rule], offered_hearers(rule)
    fields: dict[str, Any] = {}
    if not shape.is_always:
        fields["state"] = PickField(
            _l("Remind of it?"), needed=_l("Choose one of these."), choices=[("on", _l("Yes")), ("off", _l("No"))]
        )
    if shape.count:
        label, needed = _l(NUMBER_LABELS[shape.count.unit]), _l("Write a number.")
        fields["number"] = NumberField(label, least=shape.count.least, most=shape.count.most, needed=needed)
    if shape.has_clocks:
        for status, (words, _asked) in CLOCK_WORDS.items():
            needed = _l("Write a number.")
            fields[clock_name(status)] = NumberField(_l(words), least=1, most=LONGEST_CLOCK, needed=needed)
    if hearers:
        choices = [(hearer.value, _l(HEARER_WORDS[hearer])) for hearer in hearers]
        fields["to"] = PicksField(_l("Who hears it?"), choices=choices)
    ways = [(channel.value, _l(CHANNEL_WORDS[channel])) for channel in LEAVING]
    fields["leaving"] = PicksField(_l("By what may it leave the building?"), choices=ways)
    return type("RuleForm", (VersionedForm,), fields)


class HolidayForm(Form):
    """A day on which the organisation is closed."""

    on = DayField(_l("Day"), needed=_l("Write the day, like %(day)s.", day=A_DAY_AHEAD))
    name = LineField(_l("What it is called"), most=80)
