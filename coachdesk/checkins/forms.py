"""The check-in form: four taps for a contact, three for a try that reached nobody."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import FieldList, FormField
from wtforms import Form as PlainForm

from coachdesk.checkins.parts import (
    BENEFIT_WORDS,
    HAPPENED_WORDS,
    KIND_WORDS,
    MOST_PLANS,
    MOST_UNITS,
    SUPPORT_WORDS,
)
from coachdesk.checkins.rules import MINUTES, MOST_MINUTES, OUTCOME_WORDS, TRY_WORDS, WEATHER_WORDS
from coachdesk.goals.forms import OWNER_WORDS
from coachdesk.goals.rules import StepOwner
from coachdesk.visits.rules import CHANNEL_WORDS, Channel
from coachdesk.web.fields import (
    DayField,
    HourField,
    LineField,
    ListField,
    NumberField,
    PickField,
    PicksField,
    TickField,
    WordsField,
)
from coachdesk.web.forms import Form

TRIED = "tried"
HOW = [
    (key.value, _l("Text, they answered") if key is Channel.TEXT else _l(words)) for key, words in CHANNEL_WORDS.items()
]
NEXT = ("tomorrow", "three", "rhythm", "day")


class ShortFields:
    """Four answers to a check-in, and what stands beside them."""

    how = PickField(
        _l("How did you connect?"),
        needed=_l("Choose how you connected"),
        choices=[*HOW, (TRIED, _l("Tried, no answer"))],
    )
    when = PickField(
        _l("When?"),
        default="now",
        needed=_l("Choose when"),
        choices=[
            ("now", _l("Just now")),
            ("today", _l("Earlier today")),
            ("yesterday", _l("Yesterday")),
            ("day", _l("Another day")),
        ],
    )
    held_on = DayField(_l("Day of the check-in"))
    weather = PickField(_l("How are things?"), choices=[(str(n), _l(words)) for n, words in WEATHER_WORDS.items()])
    steps = PicksField(_l("Any steps done?"))
    note = WordsField(_l("Notes"))
    started = HourField(_l("When did it begin?"))
    minutes = PickField(
        _l("How long?"), choices=[*((str(n), _l("%(n)s min", n=n)) for n in MINUTES), ("other", _l("Other"))]
    )
    other_minutes = NumberField(_l("Minutes"), least=1, most=MOST_MINUTES)
    outcome = PickField(_l("What happened?"), choices=[(key.value, _l(words)) for key, words in OUTCOME_WORDS.items()])
    tried_by = PickField(_l("How did you try?"), choices=[(key.value, _l(words)) for key, words in TRY_WORDS.items()])
    tried_at = HourField(_l("At what time?"))
    used = PickField(_l("Which number or address?"))
    again_on = DayField(_l("When will you try again?"))
    next = PickField(_l("When will you speak next?"))
    next_on = DayField(_l("Next contact date"))
    next_hour = HourField(_l("At what time?"))
    next_place = LineField(_l("Where?"), most=200)
    worried = TickField(_l("I am worried about their safety"))


class PlanRow(PlainForm):
    """One thing planned until next time; a row left empty is let go."""

    what = LineField(_l("What"), most=300)
    who = ListField(
        _l("Who"), choices=[(key.value, words) for key, words in OWNER_WORDS.items()], default=StepOwner.PERSON.value
    )
    by_on = DayField(_l("By when"))
    remind = TickField(_l("Remind me"))
    goal = ListField(_l("Next step of"), choices=[("", _l("No goal"))], default="")


class MoreFields:
    """More about this time; all of it may stay empty."""

    kind = PickField(
        _l("What brought you together?"), choices=[(key.value, _l(words)) for key, words in KIND_WORDS.items()]
    )
    ended = HourField(_l("When did it end?"))
    next_day = TickField(_l("It ended the next day"))
    place = LineField(_l("Where were you?"))
    others = LineField(_l("Who else was there?"))
    highlights = WordsField(_l("What has gone well?"))
    hard_spots = WordsField(_l("What has been hard?"))
    happened = PicksField(
        _l("Did something big happen?"), choices=[(key.value, _l(words)) for key, words in HAPPENED_WORDS.items()]
    )
    help_now = TickField(_l("Help is needed now"))
    wants_written = TickField()
    return_to_use = WordsField(_l("In their own words"))
    goals = PicksField(_l("Goals you spoke about"))
    benefits = PicksField(
        _l("What has been noticed?"), choices=[(key.value, _l(words)) for key, words in BENEFIT_WORDS.items()]
    )
    meetings = LineField(_l("Meetings gone to"))
    strengths = WordsField(_l("Strengths you saw"))
    supports = PicksField(
        _l("What did you do?"), choices=[(key.value, _l(words)) for key, words in SUPPORT_WORDS.items()]
    )
    own_story = TickField(_l("I shared something of my own recovery"))
    response = WordsField(_l("How did it land?"))
    needs = LineField(_l("Help to look for"), most=300)
    plans = FieldList(FormField(PlanRow), min_entries=MOST_PLANS, max_entries=MOST_PLANS + 1)
    units = NumberField(_l("Units"), least=1, most=MOST_UNITS)
    counts_for = ListField(_l("What it counts for"), choices=[("", _l("Not said"))], default="")
    paid_by = ListField(_l("Who pays"), choices=[("", _l("Not said"))], default="")
    read_together = TickField(_l("We read this together"))
    supervision_line = WordsField(_l("Only for supervision"))


class CheckInForm(ShortFields, MoreFields, Form):
    """One page for a check-in and for an attempt. Nothing about the person's state is chosen beforehand."""

    kept_as = "check-in"
    kept_at = "checkins.keep_draft"

    def typed_plans(self) -> list[dict[str, Any]]:
        """Return the plans that have words or a day, in order."""
        return [row.data for row in self.plans if row.data["what"] or row.data["by_on"]]

    def says_more_of_a_try(self) -> bool:
        """Say whether anything more about a try is filled in, or has something to say."""
        return any(field.errors or field.data or getattr(field, "typed", "") for field in map(self.__getitem__, _TRIED))

    def says_more(self) -> bool:
        """Say whether anything of the longer part is filled in, or has something to say."""
        longer = [self[name] for name in (*_LONGER, *_FURTHER)]
        filled = any(field.errors or field.data or getattr(field, "typed", "") for field in longer)
        return filled or bool(self.typed_plans() or self.plans.errors)


_TRIED = ("tried_by", "tried_at", "used", "again_on")
_LONGER = tuple(
    name for name, field in vars(MoreFields).items() if hasattr(field, "creation_counter") and name != "plans"
)
_FURTHER = ("started", "minutes", "other_minutes")


class CorrectionForm(Form):
    """Adding to a check-in; the first text stays."""

    kept_as = "correction"
    kept_at = "checkins.keep_correction"

    text = WordsField(_l("What would you like to add or put right?"), needed=_l("Write what you would like to add."))
