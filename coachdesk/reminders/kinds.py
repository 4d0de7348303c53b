"""Why somebody is reminded, and what they may say of it: the names everything else about reminders goes by. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from coachdesk.words import mark

if TYPE_CHECKING:
    from collections.abc import Mapping


class Rule(StrEnum):
    """Why something is due. Reminder kinds are nouns."""

    SAFETY_CONCERN = "safety_concern"
    SAFETY_DAY_AFTER = "safety_day_after"
    SAFETY_THREE_DAYS = "safety_three_days"
    CONTACT_DUE = "contact_due"
    ATTEMPT_FOLLOW_UP = "attempt_follow_up"
    HELP_ASKED = "help_asked"
    TALK_ASKED = "talk_asked"
    VISIT_OFF = "visit_off"
    BY_HAND = "by_hand"
    STEP_DUE = "step_due"
    GOAL_REVIEW = "goal_review"
    AGREEMENT_REVIEW = "agreement_review"
    REFERRAL_WAITING = "referral_waiting"
    REVIEW_WAITING = "review_waiting"
    OUTREACH = "outreach"
    VISIT_TOMORROW = "visit_tomorrow"
    VISIT_PASSED = "visit_passed"
    NO_GOAL = "no_goal"
    GOALS_UNTOUCHED = "goals_untouched"
    NOTE_UNFINISHED = "note_unfinished"
    MILESTONE = "milestone"
    WITHOUT_COACH = "without_coach"
    COVER_MISSING = "cover_missing"


RULE_WORDS: Mapping[Rule, str] = {
    Rule.SAFETY_CONCERN: mark("a worry about safety"),
    Rule.SAFETY_DAY_AFTER: mark("a day after a worry about safety"),
    Rule.SAFETY_THREE_DAYS: mark("three days after a worry about safety"),
    Rule.CONTACT_DUE: mark("a contact is due"),
    Rule.ATTEMPT_FOLLOW_UP: mark("time to try again"),
    Rule.HELP_ASKED: mark("help was asked for"),
    Rule.TALK_ASKED: mark("a supervisor asked to talk"),
    Rule.VISIT_OFF: mark("somebody cannot make it"),
    Rule.BY_HAND: mark("a reminder set by hand"),
    Rule.STEP_DUE: mark("a step is due"),
    Rule.GOAL_REVIEW: mark("a goal review is due"),
    Rule.AGREEMENT_REVIEW: mark("an agreement is due for a look"),
    Rule.REFERRAL_WAITING: mark("a referral waits"),
    Rule.REVIEW_WAITING: mark("a check-in waits for a word"),
    Rule.OUTREACH: mark("several tries reached nobody, or somebody asked us to stop"),
    Rule.VISIT_TOMORROW: mark("a visit is tomorrow"),
    Rule.VISIT_PASSED: mark("nobody has said what came of a visit"),
    Rule.NO_GOAL: mark("no goal is set yet"),
    Rule.GOALS_UNTOUCHED: mark("goals were not spoken of for some time"),
    Rule.NOTE_UNFINISHED: mark("something written waits to be finished"),
    Rule.MILESTONE: mark("a day to celebrate"),
    Rule.WITHOUT_COACH: mark("somebody has no coach"),
    Rule.COVER_MISSING: mark("a coach is away and nobody looks after a person"),
}
"""Why somebody is told, in words that carry nobody's story: for the command line."""


WITHOUT_STORY = frozenset(
    {Rule.BY_HAND, Rule.REVIEW_WAITING, Rule.NOTE_UNFINISHED, Rule.WITHOUT_COACH, Rule.COVER_MISSING}
)
"""What is about the work alone. Any other rule says something of a person where a coach walks with one only, so whoever
runs the desk reads “a reminder” in its stead."""


class Act(StrEnum):
    """What a reader did about an occurrence."""

    DONE = "done"
    LATER = "later"
    NOT_NEEDED = "not_needed"


CONTACTS = frozenset({Rule.CONTACT_DUE, Rule.ATTEMPT_FOLLOW_UP, Rule.VISIT_PASSED})
"""The one thing due of every contact, whatever it asks for: a person has at most one of these at a time."""

OF_ONE_DAY = frozenset({Rule.VISIT_TOMORROW, Rule.MILESTONE})
"""What means nothing once its day is over: told on that day or, where its reader is told nothing on it, before."""

NEVER_OVER = frozenset(
    {
        Rule.VISIT_TOMORROW,
        Rule.NO_GOAL,
        Rule.GOALS_UNTOUCHED,
        Rule.NOTE_UNFINISHED,
        Rule.MILESTONE,
        Rule.WITHOUT_COACH,
        Rule.COVER_MISSING,
    }
)
"""How things stand, rather than a day that somebody could miss: no days are counted against anybody."""
