"""The rules in plain words, for whoever decides about them: what each is called, and what it does now. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coachdesk.notify.messages import Channel
from coachdesk.referrals.rules import Status
from coachdesk.reminders.kinds import Rule
from coachdesk.reminders.settings import LEAVING, SHAPES, Group, Hearer, Unit
from coachdesk.words import Sentence, mark, say, say_n

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coachdesk.reminders.settings import RuleSetting

GROUP_TITLES: Mapping[Group, str] = {
    Group.CONTACT: mark("Contact"),
    Group.GOALS: mark("Goals"),
    Group.REFERRALS: mark("Referrals"),
    Group.NOTES: mark("Notes"),
    Group.PEOPLE: mark("People"),
    Group.SAFETY: mark("Safety"),
}
TITLES: Mapping[Rule, str] = {
    Rule.CONTACT_DUE: mark("A contact is due"),
    Rule.ATTEMPT_FOLLOW_UP: mark("Time to try again"),
    Rule.OUTREACH: mark("Several tries reached nobody"),
    Rule.VISIT_TOMORROW: mark("A visit is tomorrow"),
    Rule.VISIT_PASSED: mark("What came of a visit"),
    Rule.STEP_DUE: mark("A step is due"),
    Rule.GOAL_REVIEW: mark("A goal review is due"),
    Rule.NO_GOAL: mark("No goal yet"),
    Rule.GOALS_UNTOUCHED: mark("Goals were not spoken of"),
    Rule.AGREEMENT_REVIEW: mark("An agreement is due for a look"),
    Rule.REFERRAL_WAITING: mark("A referral waits"),
    Rule.NOTE_UNFINISHED: mark("Something written is not finished"),
    Rule.REVIEW_WAITING: mark("A check-in waits for a word"),
    Rule.MILESTONE: mark("A day to mark"),
    Rule.WITHOUT_COACH: mark("Somebody has no coach"),
    Rule.COVER_MISSING: mark("A coach is away and nobody covers"),
    Rule.HELP_ASKED: mark("Help was asked for"),
    Rule.TALK_ASKED: mark("A supervisor asks to talk"),
    Rule.VISIT_OFF: mark("Somebody cannot make it"),
    Rule.BY_HAND: mark("A reminder set by hand"),
    Rule.SAFETY_CONCERN: mark("A worry about safety"),
    Rule.SAFETY_DAY_AFTER: mark("A day after a worry"),
    Rule.SAFETY_THREE_DAYS: mark("Three days after a worry"),
}
_WHEN: Mapping[Rule, str] = {
    Rule.ATTEMPT_FOLLOW_UP: mark("On the day the outreach ladder says."),
    Rule.OUTREACH: mark("At the step of the ladder that tells the supervisor, or when somebody asks us to stop."),
    Rule.VISIT_TOMORROW: mark("On the day before, or on the last day before it on which one is told."),
    Rule.VISIT_PASSED: mark("Once its time is over, until somebody says what happened."),
    Rule.STEP_DUE: mark("On the day the step should be done."),
    Rule.GOAL_REVIEW: mark("On the day chosen for looking at the goal together."),
    Rule.AGREEMENT_REVIEW: mark("On the day chosen for looking at it together."),
    Rule.REFERRAL_WAITING: mark(
        "When a referral has waited for its next step. Each place it can stand at has a number of days of its own."
    ),
    Rule.REVIEW_WAITING: mark("As soon as a check-in asks for a supervisor’s word."),
    Rule.MILESTONE: mark("On the day the person wants to mark, or on the last day before it on which one is told."),
    Rule.WITHOUT_COACH: mark("As soon as somebody’s coach no longer coaches here."),
    Rule.COVER_MISSING: mark("On the day a contact would be due. For the coach it waits until they are back."),
    Rule.HELP_ASKED: mark("As soon as the person asks."),
    Rule.TALK_ASKED: mark("As soon as the supervisor asks."),
    Rule.VISIT_OFF: mark("As soon as the person says so."),
    Rule.BY_HAND: mark("On the day and at the hour that were set."),
    Rule.SAFETY_CONCERN: mark("At once."),
    Rule.SAFETY_DAY_AFTER: mark("A day after it."),
    Rule.SAFETY_THREE_DAYS: mark("Three days after it."),
}
_WHEN_COUNTED: Mapping[Rule, tuple[str, str]] = {
    Rule.CONTACT_DUE: (
        mark(
            "On the planned day, or by the rhythm agreed with the person; the first one a day after they were taken on."
        ),
        mark(
            "On the planned day, or by the rhythm agreed with the person; the first one %(n)s days after they were taken on."
        ),
    ),
    Rule.NO_GOAL: (
        mark("After the first contact, until there is a goal."),
        mark("After %(n)s contacts, until there is a goal."),
    ),
    Rule.GOALS_UNTOUCHED: (
        mark("When no check-in has touched a goal for a week."),
        mark("When no check-in has touched a goal for %(n)s weeks."),
    ),
    Rule.NOTE_UNFINISHED: (
        mark("When something has lain unfinished for a day."),
        mark("When something has lain unfinished for %(n)s days."),
    ),
}
NUMBER_LABELS: Mapping[Unit, str] = {
    Unit.CONTACTS: mark("After how many contacts?"),
    Unit.DAYS: mark("After how many days?"),
    Unit.WEEKS: mark("After how many weeks?"),
}
NUMBER_MEANINGS: Mapping[Rule, str] = {
    Rule.CONTACT_DUE: mark(
        "For the first contact only, counted from the day somebody was taken on. After it the rhythm agreed with each "
        "person counts; it stands in their details."
    ),
    Rule.NO_GOAL: mark("Counted are contacts that reached the person."),
    Rule.GOALS_UNTOUCHED: mark(
        "Counted from the last check-in that spoke of a goal, or from the day a goal was begun."
    ),
    Rule.NOTE_UNFINISHED: mark("Counted to the hour, from when its writer last wrote in it."),
}
"""What a rule’s number is, beside the box it is written in."""
CLOCK_WORDS: Mapping[Status, tuple[str, str]] = {
    Status.DRAFT: (mark("Idea, not sent"), mark("Then: is it still wanted?")),
    Status.NEEDS_CONSENT: (mark("Agreed, waiting for a yes"), mark("Then: ask the person about sharing details.")),
    Status.SENT: (mark("Sent"), mark("Monday to Friday are counted. Then: the service has not replied.")),
    Status.SELF: (mark("They will call"), mark("Then: ask how the call went.")),
    Status.ACCEPTED: (mark("Accepted"), mark("Then: has it begun?")),
    Status.WAITLISTED: (mark("On the waiting list"), mark("Then: is it worth a call?")),
    Status.APPOINTMENT: (mark("Appointment"), mark("Counted from the appointment. Then: ask how it went.")),
    Status.CONNECTED: (mark("Connected"), mark("Then: is it helping?")),
}
"""What each of a referral’s clocks is called, and what is asked when it runs out."""
HEARER_WORDS: Mapping[Hearer, str] = {
    Hearer.COACH: mark("The coach, or whoever covers"),
    Hearer.SUPERVISOR: mark("The supervisor"),
    Hearer.PERSON: mark("The person, where they want it"),
}
CHANNEL_WORDS: Mapping[Channel, str] = {
    Channel.EMAIL: mark("E-mail"),
    Channel.TEXT: mark("Text message"),
    Channel.CHAT: mark("The team’s chat"),
}
_TOLD: Mapping[frozenset[Hearer], str] = {
    frozenset({Hearer.COACH}): mark("The coach is told."),
    frozenset({Hearer.SUPERVISOR}): mark("The supervisor is told."),
    frozenset({Hearer.PERSON}): mark("The person is told, where they want it."),
    frozenset({Hearer.COACH, Hearer.SUPERVISOR}): mark("The coach and the supervisor are told."),
    frozenset({Hearer.COACH, Hearer.PERSON}): mark("The coach is told, and the person where they want it."),
}
_WRITER = mark("Its writer is told.")


def when_words(rule: Rule, number: int) -> Sentence:
    """Say when a rule speaks up."""
    if rule in _WHEN_COUNTED:
        return say_n(*_WHEN_COUNTED[rule], number)
    return say(_WHEN[rule])


def now_words(rule: Rule, setting: RuleSetting) -> Sentence:
    """Say what a rule does as it is decided now."""
    if not (setting.is_on or SHAPES[rule].is_always):
        return say(mark("Switched off. Nobody is reminded."))
    return when_words(rule, setting.number).followed_by(told_words(rule, setting), *_by(setting))


def told_words(rule: Rule, setting: RuleSetting) -> Sentence:
    """Say who is told."""
    return say(_WRITER if rule is Rule.NOTE_UNFINISHED else _TOLD[setting.to])


def _by(setting: RuleSetting) -> tuple[Sentence, ...]:
    """Say by what, where something is ruled out."""
    if len(setting.leaving) == len(LEAVING):
        return ()
    if not setting.leaving:
        return (say(mark("In the app alone.")),)
    left = [say(CHANNEL_WORDS[channel]) for channel in LEAVING if channel in setting.leaving]
    if len(left) == 1:
        return (say(mark("In the app, and at most by this: %(one)s."), one=left[0]),)
    return (say(mark("In the app, and at most by these: %(one)s, %(two)s."), one=left[0], two=left[1]),)
