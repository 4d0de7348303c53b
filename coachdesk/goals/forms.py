"""What may be typed about a goal, its steps and its review."""

from __future__ import annotations

import uuid
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import FieldList, FormField, HiddenField
from wtforms import Form as PlainForm

from coachdesk.goals.rules import DOMAIN_WORDS, MATTERS_WORDS, MOST_STEPS, STATUS_WORDS, GoalStatus, StepOwner
from coachdesk.web.fields import DayField, LineField, ListField, PickField, WordsField
from coachdesk.web.forms import Form, VersionedForm

OWNER_WORDS = {StepOwner.PERSON: _l("They do it"), StepOwner.COACH: _l("I do it"), StepOwner.TOGETHER: _l("Together")}
BLANK_ROWS = 3


class StepRow(PlainForm):
    """One step; a row left empty is let go."""

    step_id = HiddenField()
    words = LineField(_l("Step"), most=300)
    owner = ListField(
        _l("Who"), choices=[(key.value, words) for key, words in OWNER_WORDS.items()], default=StepOwner.PERSON.value
    )
    due_on = DayField(_l("By when"))


class GoalFields:
    """A goal in the person's own words."""

    words = WordsField(
        _l("The goal, in their own words"), needed=_l("Write the goal in the person’s own words."), most=500
    )
    why = WordsField(_l("Why does it matter?"), most=2000)
    domain = ListField(
        _l("Part of life"),
        needed=_l("Choose a part of life."),
        choices=[(key.value, _l(words)) for key, words in DOMAIN_WORDS.items()],
    )
    status = PickField(_l("When?"), default=GoalStatus.ACTIVE.value, needed=_l("Choose when."))
    steps = FieldList(FormField(StepRow), min_entries=BLANK_ROWS, max_entries=MOST_STEPS + BLANK_ROWS)
    next_review_on = DayField(_l("When will you look at it together?"))

    def typed_steps(self) -> list[dict[str, Any]]:
        """Return the steps that have words, in order."""
        return [row.data for row in self.steps if (row.data["words"] or "").strip()]

    def add_rows(self, n: int = 1) -> None:
        """Put further empty rows at the end."""
        for _row in range(n):
            if len(self.steps) < MOST_STEPS + BLANK_ROWS:
                self.steps.append_entry()


class GoalForm(GoalFields, Form):
    """A new goal: of now, or for someday."""

    kept_as = "goal"


class GoalEditForm(GoalFields, VersionedForm):
    """Changing a goal."""

    kept_as = "goal"


class StepForm(Form):
    """One more step for a goal."""

    words = LineField(_l("Add a step"), needed=_l("Write the step."), most=300)


class ReviewForm(Form):
    """The answers of a review, one question a page; all but one may be left empty."""

    kept_as = "goal-review"
    kept_args = ("question",)
    in_pages = True

    gone_well = WordsField(_l("What has gone well?"))
    in_the_way = WordsField(_l("What got in the way?"))
    matters = PickField(
        _l("Does this goal still matter to you?"),
        choices=[(key.value, _l(words)) for key, words in MATTERS_WORDS.items()],
    )
    importance = PickField(_l("How important is it to you now?"), choices=[(str(n), str(n)) for n in range(11)])
    confidence = PickField(_l("How sure are you that you can do it?"), choices=[(str(n), str(n)) for n in range(11)])
    progress = PickField(_l("How near does it feel?"), choices=[(str(n), str(n)) for n in range(11)])
    why_not_lower = WordsField(_l("Why not a lower number?"))
    one_up = WordsField(_l("What would move it up one?"))
    next_step = LineField(_l("What is the very next step?"), most=300)
    step_due_on = DayField(_l("When?"))
    who_helps = LineField(_l("Who helps?"), most=200)
    next_review_on = DayField(_l("When will you look at it together again?"))


def status_choices(statuses: list[GoalStatus]) -> list[tuple[str, Any]]:
    """Return statuses with their words."""
    return [(status.value, _l(STATUS_WORDS[status])) for status in statuses]


def uuid_or_none(text: str | None) -> uuid.UUID | None:
    """Read a hidden id; nonsense is an id nobody has, which the verb refuses."""
    if not text:
        return None
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0)
