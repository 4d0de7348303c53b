"""What may be typed about a worry, and in the person's own safety plan. Nothing is ever chosen beforehand."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from coachdesk.safety.rules import DANGER_WORDS, DONE_WORDS, KIND_WORDS, PLAN_PARTS, TICKED, Done
from coachdesk.web.fields import DayField, HourField, LineField, ListField, PickField, PicksField, WordsField
from coachdesk.web.forms import Form, VersionedForm

EARLIER = "earlier"


class ConcernForm(Form):
    """A worry about somebody's safety: two answers are wanted, all else may stay empty."""

    kept_as = "safety-concern"

    kind = PickField(
        _l("What is it about?"),
        needed=_l("Choose what it is about. “Something else” is fine too."),
        choices=[(key.value, _l(words)) for key, words in KIND_WORDS.items()],
    )
    danger = PickField(
        _l("Are they in danger now?"),
        needed=_l("Say whether there is danger now. “I do not know” is fine too."),
        choices=[(key.value, _l(words)) for key, words in DANGER_WORDS.items()],
    )
    whereabouts = WordsField(_l("Where are they now?"))
    company = WordsField(_l("Who is with them?"))
    done = PicksField(_l("What was done already?"), choices=[(key.value, _l(DONE_WORDS[key])) for key in TICKED])
    handed_to = LineField(_l("To whom were they handed over?"))
    wishes = WordsField(_l("What do they want?"))
    told_outside = WordsField(_l("What was told to somebody outside, and to whom?"))
    ground = WordsField(_l("On what ground was it told?"))

    def typed_done(self) -> dict[Done, str]:
        """Return what was done already, each with its words; a name alone says that there was a hand-over."""
        ticked = {Done(value): "" for value in self.done.data}
        if self.handed_to.data or Done.HAND_OFF in ticked:
            ticked[Done.HAND_OFF] = self.handed_to.data or ""
        return ticked


class ActionForm(Form):
    """One thing that was done about a worry."""

    kept_as = "safety-deed"

    words = WordsField(_l("What was done?"), needed=_l("Write what was done, like: I called her sister."), most=5000)
    when = PickField(
        _l("When?"),
        default="now",
        choices=[("now", _l("Just now")), (EARLIER, _l("Earlier"))],
        needed=_l("Choose when."),
    )
    hour = HourField(_l("At what time?"))
    day = DayField(_l("On another day?"))


class HandForm(Form):
    """Handing a worry to another supervisor."""

    to = ListField(_l("Who has it next?"), needed=_l("Choose who has it next."))


class CloseForm(Form):
    """Closing a worry."""

    kept_as = "safety-ending"

    ended = WordsField(_l("How did it end?"), needed=_l("Write in a sentence how it ended."), most=5000)


class PlanForm(VersionedForm):
    """The six parts of a safety plan."""

    kept_as = "safety-plan"

    signs = WordsField(_l(PLAN_PARTS["signs"][0]), most=2000)
    alone = WordsField(_l(PLAN_PARTS["alone"][0]), most=2000)
    distraction = WordsField(_l(PLAN_PARTS["distraction"][0]), most=2000)
    people = WordsField(_l(PLAN_PARTS["people"][0]), most=2000)
    professionals = WordsField(_l(PLAN_PARTS["professionals"][0]), most=2000)
    surroundings = WordsField(_l(PLAN_PARTS["surroundings"][0]), most=2000)

    def parts(self) -> list[tuple[Any, str]]:
        """Return each part's field with what it asks."""
        return [(self[name], hint) for name, (_words, hint) in PLAN_PARTS.items()]
