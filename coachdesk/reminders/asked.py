"""What a reminder set by hand or an ask says. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coachdesk.reminders.givens import AskKind
from coachdesk.reminders.repeating import comes_words
from coachdesk.visits.rules import off_words
from coachdesk.words import mark, say

if TYPE_CHECKING:
    import uuid

    from coachdesk.reminders.givens import AskFacts
    from coachdesk.words import Sentence


def is_about_how_things_are(ask: AskFacts) -> bool:
    """Say whether a supervisor asks how somebody is, rather than about a check-in."""
    return ask.kind is AskKind.TALK_ASKED and ask.about_id is None


def ask_words(ask: AskFacts, name: str, reader: uuid.UUID | None = None) -> Sentence:
    """Say what a reminder or an ask is about, to whom it is for or to a reader who answers for the person now."""
    if ask.kind is AskKind.HELP_ASKED:
        return (
            say(mark("%(name)s would like some help with: %(text)s"), name=name, text=ask.text)
            if ask.text
            else say(mark("%(name)s would like some help."), name=name)
        )
    if ask.kind is AskKind.TALK_ASKED:
        if is_about_how_things_are(ask):
            return say(mark("%(by)s asks: how are things with %(name)s?"), by=ask.by, name=name)
        return (
            say(mark("%(by)s would like to talk about your check-in together: %(text)s"), by=ask.by, text=ask.text)
            if ask.text
            else say(mark("%(by)s would like to talk about your check-in together."), by=ask.by)
        )
    if ask.kind is AskKind.VISIT_OFF:
        return off_words(name, ask.day or ask.on, ask.then)
    return _by_hand(ask, of_another=ask.for_user_id not in (None, reader))


def _by_hand(ask: AskFacts, *, of_another: bool) -> Sentence:
    """Say what was set by hand; of another's, who set it, and no word of it where those are closed to its reader."""
    if of_another and not ask.text:
        return say(mark("%(by)s set a reminder for this day. Its words stay with them."), by=ask.by)
    if ask.often:
        words = say(mark("%(text)s (%(often)s)"), text=ask.text, often=comes_words(ask.often, ask.until))
    else:
        words = say(mark("%(text)s"), text=ask.text)
    return say(mark("Set by %(by)s: %(words)s"), words=words, by=ask.by) if of_another else words
