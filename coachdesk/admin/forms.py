"""What an administrator may type."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import FieldList, FormField
from wtforms import Form as PlainForm

from coachdesk.access.kinds import EARLIER_WORDS, OUTCOME_WORDS
from coachdesk.organisation.rules import (
    COUNTRIES,
    DANGER_BOUNDS,
    LAST_RUNG_DAY,
    LINE_BOUNDS,
    MOST_RUNGS,
    RUNG_WORDS,
    WORRY_BOUNDS,
)
from coachdesk.web.fields import (
    AddressField,
    LineField,
    ListField,
    NumberField,
    PickField,
    PicksField,
    TickField,
    WordsField,
)
from coachdesk.web.forms import Form, VersionedForm

ROLES = [("coach", _l("Recovery coach")), ("supervisor", _l("Supervisor")), ("administrator", _l("Administrator"))]


class AccountFields:
    """A member of staff."""

    first_name = LineField(_l("First name"), needed=_l("Write a first name."), most=80)
    last_name = LineField(_l("Last name"), most=80)
    role = PickField(_l("Role"), needed=_l("Choose a role."), choices=ROLES)
    teams = PicksField(_l("Teams"))
    work_phone = LineField(_l("Work phone"), most=40)
    work_hours = LineField(_l("Hours"), most=200)


class AccountForm(Form, AccountFields):
    """A new account."""

    email = AddressField(_l("E-mail"), needed=_l("Write an e-mail address."))


class AccountEditForm(VersionedForm, AccountFields):
    """Changing an account."""

    most_people = NumberField(_l("Most people at a time"), least=0, most=200, needed=_l("Write a number."))


class PersonAccountForm(VersionedForm):
    """Changing a person's account: their name alone."""

    first_name = LineField(_l("First name"), needed=_l("Write a first name."), most=80)
    last_name = LineField(_l("Last name"), most=80)


class TeamForm(Form):
    """A new team."""

    name = LineField(_l("Name of the team"), needed=_l("Write a name for the team."), most=80)


class AssignForm(Form):
    """Giving a person to a coach. Nothing is chosen beforehand about what was written until now."""

    coach_id = ListField(_l("Coach"), needed=_l("Choose a coach."))
    earlier = PickField(
        _l("May the new coach read what was written before?"),
        choices=[(key.value, _l(words)) for key, words in EARLIER_WORDS.items()],
    )


class GlassReviewForm(Form):
    """What an administrator found when they looked at a record opened in an emergency."""

    kept_as = "emergency-review"

    outcome = PickField(
        _l("What did you find?"),
        needed=_l("Choose what you found."),
        choices=[(key.value, _l(words)) for key, words in OUTCOME_WORDS.items()],
    )
    words = WordsField(_l("In words"), needed=_l("Write in a sentence what you found."), most=2000)


class LineFields:
    """A crisis line. That it was rung is a button of its own, so that nobody writes it down beforehand."""

    label = LineField(_l("Name"), most=120)
    number = LineField(_l("Number"), needed=_l("Write the number."), most=40)
    kind = PickField(
        _l("How do people reach it?"),
        needed=_l("Choose how people reach it."),
        choices=[("call", _l("Call")), ("text", _l("Text"))],
    )
    is_emergency = TickField(_l("For danger now"))


class LineForm(Form, LineFields):
    """A new crisis line."""


class LineEditForm(VersionedForm, LineFields):
    """Changing a crisis line."""


class SettingsForm(VersionedForm):
    """The organisation's settings."""

    name = LineField(_l("Name of the organisation"), needed=_l("Write a name."), most=150)
    zone = LineField(_l("Time zone"), needed=_l("Write a time zone, like America/New_York."), most=64)
    country = ListField(_l("Country"), choices=[(key, _l(words)) for key, words in COUNTRIES.items()])
    exit_url = LineField(_l("Where “Leave this page” goes"), needed=_l("Write an address."), most=500)
    review_percent = NumberField(
        _l("Share of check-ins to review, in percent"), least=0, most=100, needed=_l("Write a number from 0 to 100.")
    )
    danger_minutes = NumberField(
        _l("Danger now, or not known: minutes"),
        least=DANGER_BOUNDS[0],
        most=DANGER_BOUNDS[1],
        needed=_l("Write a number of minutes."),
    )
    worry_minutes = NumberField(
        _l("No danger now: minutes"),
        least=WORRY_BOUNDS[0],
        most=WORRY_BOUNDS[1],
        needed=_l("Write a number of minutes."),
    )
    line_days = NumberField(
        _l("Ring each crisis line again after how many days?"),
        least=LINE_BOUNDS[0],
        most=LINE_BOUNDS[1],
        needed=_l("Write a number of days."),
    )


class RungRow(PlainForm):
    """One step of the ladder; a row without a day is let go."""

    day = NumberField(_l("Days after the first try"), least=0, most=LAST_RUNG_DAY)
    act = ListField(_l("What happens"), choices=[(key.value, _l(words)) for key, words in RUNG_WORDS.items()])


class LadderForm(VersionedForm):
    """The outreach ladder."""

    rungs = FieldList(FormField(RungRow), max_entries=MOST_RUNGS + 1)


class ListsForm(VersionedForm):
    """The organisation's own lists, one entry a line, and its words on what may have to be reported."""

    kept_as = "lists"

    counts_for = WordsField(_l("What time with people counts for"), most=2000)
    paid_by = WordsField(_l("Who pays for it"), most=2000)
    child = WordsField(_l("Where a child may be in danger"), most=600)
    adult = WordsField(_l("Where it is about somebody who cannot protect themself"), most=600)
    threat = WordsField(_l("Where somebody says whom they would hurt"), most=600)

    def lines(self, name: str) -> list[str]:
        """Return the entries of a list as they were typed, without empty lines."""
        return [line for line in (" ".join(line.split()) for line in self[name].data.split("\n")) if line]


class WayForm(Form):
    """A gateway for text messages or chat."""

    kind = PickField(
        _l("For what?"),
        needed=_l("Choose one."),
        choices=[("text", _l("Text messages")), ("chat", _l("Chat"))],
    )
    label = LineField(_l("What do you call it?"), needed=_l("Write what you call it."), most=80)
    url = LineField(_l("Address of the gateway"), needed=_l("Write the address of the gateway."), most=1500)


class TrialForm(Form):
    """Where a trial message goes."""

    to = LineField(_l("Number or name to try it with"), most=60)
