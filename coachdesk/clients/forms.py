"""What may be typed about a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import lazy_gettext as _l

from coachdesk.access.kinds import RESTRICTION_WORDS
from coachdesk.clients.rules import (
    ENDING_WORDS,
    IN_PORTAL,
    LEAST_RHYTHM,
    LEVEL_WORDS,
    MOST_RHYTHM,
    PRONOUN_WORDS,
    TOUCH_WORDS,
    USUAL_RHYTHM,
    CardKind,
    PointKind,
)
from coachdesk.web.fields import (
    A_DAY_AHEAD,
    AddressField,
    DayField,
    LineField,
    ListField,
    NumberField,
    PhoneField,
    PickField,
    TickField,
    WordsField,
)
from coachdesk.web.forms import Form, VersionedForm

if TYPE_CHECKING:
    from collections.abc import Mapping


class PersonFields:
    """The fields of a person's details. How to reach them is never ticked beforehand."""

    first_name = LineField(_l("First name"), needed=_l("Write the person’s first name."), most=80)
    last_name = LineField(_l("Last name"), most=80)
    preferred_name = LineField(_l("What they like to be called"), most=80)
    pronouns = PickField(
        _l("Pronouns"), choices=[(key.value, _l(words)) for key, words in PRONOUN_WORDS.items()], default="name"
    )
    language = LineField(_l("Language"), most=40)
    zone = LineField(_l("Time zone, where it differs from ours"), most=64)
    birth_day = DayField(_l("Birth day"))
    phone = PhoneField(_l("Phone"))
    email = AddressField(_l("E-mail"))
    may_call = TickField(_l("We may call"))
    may_text = TickField(_l("We may text"))
    may_voicemail = TickField(_l("We may leave a message on the phone"))
    may_email = TickField(_l("We may e-mail"))
    say_who = TickField(_l("We may say who is calling"))
    best_hours = LineField(_l("Best days and hours"), most=200)
    others_answer = WordsField(_l("Who else may answer, and what to say then"), most=1000)
    safe_note = WordsField(_l("Anything else about reaching them safely"), most=2000)
    rhythm_days = NumberField(
        _l("Speak every so many days"),
        least=LEAST_RHYTHM,
        most=MOST_RHYTHM,
        needed=_l("Write how often you speak, from 1 to 90 days."),
        default=USUAL_RHYTHM,
    )
    different = TickField(_l("This is somebody else: save"))


class PersonForm(Form, PersonFields):
    """Adding a person."""

    kept_as = "person-new"

    coach_id = ListField(_l("Coach"), needed=_l("Choose a coach."))


class PersonEditForm(VersionedForm, PersonFields):
    """Changing a person's details."""

    kept_as = "person"


class LevelForm(Form):
    """How much of coaching somebody wants."""

    level = PickField(
        _l("How much coaching?"),
        needed=_l("Choose how much coaching."),
        choices=[(key.value, _l(words)) for key, words in LEVEL_WORDS.items()],
    )


class PauseForm(Form):
    """A pause that somebody wishes."""

    kept_as = "pause"

    until_on = DayField(
        _l("Last day of the pause"), needed=_l("Write the last day of the pause, like %(day)s.", day=A_DAY_AHEAD)
    )
    agreed = WordsField(_l("What did you agree?"), most=2000)


class ClosureForm(Form):
    """The end of an episode; no reason is chosen beforehand."""

    kept_as = "ending"

    ending = PickField(
        _l("How did it come to its end?"),
        needed=_l("Choose how it came to its end."),
        choices=[(key.value, _l(words)) for key, words in ENDING_WORDS.items()],
    )
    farewell = WordsField(_l("A kind word"), most=2000)


class RestrictionForm(Form):
    """Keeping a member of staff from seeing a person."""

    kept_as = "restriction"

    user_id = ListField(_l("Who may not see them"), needed=_l("Choose somebody from the list."))
    kind = PickField(
        _l("Why"),
        needed=_l("Choose why."),
        choices=[(key.value, _l(words)) for key, words in RESTRICTION_WORDS.items()],
    )
    words = WordsField(_l("In words"), most=2000)


class LinkForm(Form):
    """Saying that two records are of the same person."""

    other_id = ListField(_l("The other record"), needed=_l("Choose the other record from the list."))


# ---- further ways to reach them -------------------------------------------------------------------------------------


class _PointEnd:
    """What stands at the end of every contact point's form."""

    label = LineField(_l("What they call it"), most=80)
    say_who = TickField(_l("We may say who is calling"))
    note = WordsField(_l("Anything else about it"), most=1000)


class _PhoneFields(_PointEnd):
    value = PhoneField(_l("Number"), needed=_l("Write the number."))
    may_call = TickField(_l("We may call it"))
    may_text = TickField(_l("We may text it"))
    may_voicemail = TickField(_l("We may leave a message on it"))


class _EmailFields(_PointEnd):
    value = AddressField(_l("E-mail"), needed=_l("Write the e-mail address."))
    may_email = TickField(_l("We may write there"))


class _OtherFields(_PointEnd):
    value = LineField(_l("The way to reach them"), needed=_l("Write the way to reach them."))
    may_call = TickField(_l("We may call there"))
    may_text = TickField(_l("We may write there"))


class PhoneForm(Form, _PhoneFields):
    """A further number."""

    kept_as = "point:phone"
    kept_args = ("kind",)


class PhoneEditForm(VersionedForm, _PhoneFields):
    """Changing a further number."""

    kept_as = "point:phone"


class EmailForm(Form, _EmailFields):
    """A further e-mail address."""

    kept_as = "point:email"
    kept_args = ("kind",)


class EmailEditForm(VersionedForm, _EmailFields):
    """Changing a further e-mail address."""

    kept_as = "point:email"


class OtherWayForm(Form, _OtherFields):
    """Another way to reach somebody."""

    kept_as = "point:other"
    kept_args = ("kind",)


class OtherWayEditForm(VersionedForm, _OtherFields):
    """Changing another way to reach somebody."""

    kept_as = "point:other"


POINT_FORMS: Mapping[PointKind, tuple[type[Form], type[VersionedForm]]] = {
    PointKind.PHONE: (PhoneForm, PhoneEditForm),
    PointKind.EMAIL: (EmailForm, EmailEditForm),
    PointKind.OTHER: (OtherWayForm, OtherWayEditForm),
}


# ---- what matters to them -------------------------------------------------------------------------------------------


class SupporterFields:
    """Somebody, or a place, that helps. Whether we may be in touch is never chosen beforehand."""

    name = LineField(_l("Who or what helps"), needed=_l("Write who or what helps."), most=120)
    relation = LineField(_l("Who they are to the person"), most=120)
    helps = WordsField(_l("How they help"), most=1000)
    touch = PickField(
        _l("May we be in touch with them?"), choices=[(key.value, _l(words)) for key, words in TOUCH_WORDS.items()]
    )
    reach = LineField(_l("How to reach them"), most=200)


class SupporterForm(Form, SupporterFields):
    """Adding somebody who helps."""

    kept_as = "supporter"


class SupporterEditForm(VersionedForm, SupporterFields):
    """Changing somebody who helps."""

    kept_as = "supporter"


class MilestoneFields:
    """A day they chose to mark."""

    words = LineField(_l("What the day is about"), needed=_l("Write what the day is about."), most=200)
    marked_on = DayField(_l("Which day?"), needed=_l("Write the day, like 27 11 2026."))
    celebrate = WordsField(_l("How they would like to mark it"), most=1000)
    in_portal = TickField(_l("They want to see this on their own page"))


class MilestoneForm(Form, MilestoneFields):
    """Adding a day to mark."""

    kept_as = "milestone"


class MilestoneEditForm(VersionedForm, MilestoneFields):
    """Changing a day to mark."""

    kept_as = "milestone"


class CardForm(VersionedForm):
    """One text about a person; without words the card is empty again."""

    kept_as = "card"

    words = WordsField(_l("In their own words"), most=4000)


class ShownCardForm(CardForm):
    """A text that may stand on the person's own page."""

    in_portal = TickField(_l("They want to see this on their own page"))


class AgreementForm(CardForm):
    """What was agreed, and when to look at it together."""

    words = WordsField(_l("What you agreed"), most=4000)
    agreed_on = DayField(_l("When did you agree on it?"))
    review_on = DayField(_l("When will you look at it together?"))


def card_form(kind: CardKind) -> type[CardForm]:
    """Return the form of a card."""
    if kind is CardKind.AGREEMENT:
        return AgreementForm
    return ShownCardForm if kind in IN_PORTAL else CardForm
