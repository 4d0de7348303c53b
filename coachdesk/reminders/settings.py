"""What an organisation decides about each reason to remind somebody: whether, after how long, whom, and by what.

Pure. What nobody may decide: worries about safety, and what somebody asked for themself, are never switched off.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from coachdesk.notify.messages import Channel
from coachdesk.referrals.rules import LONGEST_CLOCK, USUAL_CLOCKS, Status, clocks_of
from coachdesk.reminders.kinds import Rule
from coachdesk.words import Refused, mark, say

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


class Group(StrEnum):
    """What a rule is about, in the order the page lists them."""

    CONTACT = "contact"
    GOALS = "goals"
    REFERRALS = "referrals"
    NOTES = "notes"
    PEOPLE = "people"
    SAFETY = "safety"


class Hearer(StrEnum):
    """Who is told."""

    COACH = "coach"
    """Whoever answers for the person that day; of something written, its writer."""
    SUPERVISOR = "supervisor"
    PERSON = "person"


class Unit(StrEnum):
    """What a rule's number counts."""

    CONTACTS = "contacts"
    DAYS = "days"
    WEEKS = "weeks"


@dataclass(frozen=True)
class Count:
    """The number a rule has: what it counts, the least, the most, and what is usual."""

    unit: Unit
    least: int
    most: int
    usual: int


@dataclass(frozen=True)
class Shape:
    """What may be decided about one rule."""

    group: Group
    offered: tuple[Hearer, ...] = (Hearer.COACH,)
    """Who may hear it; where it is one alone, nothing is asked."""
    usual: tuple[Hearer, ...] = (Hearer.COACH,)
    count: Count | None = None
    is_always: bool = False
    """It can be switched off by nobody."""
    has_clocks: bool = False
    """It has a number of days for each place a referral can stand at."""


_COACH, _BOTH = (Hearer.COACH,), (Hearer.COACH, Hearer.SUPERVISOR)
_PERSON_TOO, _SUPERVISORS = (Hearer.COACH, Hearer.PERSON), (Hearer.SUPERVISOR,)

SHAPES: Mapping[Rule, Shape] = {
    Rule.CONTACT_DUE: Shape(Group.CONTACT, _BOTH, _COACH, Count(Unit.DAYS, 1, 14, 2)),
    Rule.ATTEMPT_FOLLOW_UP: Shape(Group.CONTACT),
    Rule.OUTREACH: Shape(Group.CONTACT, _SUPERVISORS, _SUPERVISORS),
    Rule.VISIT_TOMORROW: Shape(Group.CONTACT, _PERSON_TOO, _PERSON_TOO),
    Rule.VISIT_PASSED: Shape(Group.CONTACT, _BOTH),
    Rule.STEP_DUE: Shape(Group.GOALS, _PERSON_TOO, _PERSON_TOO),
    Rule.GOAL_REVIEW: Shape(Group.GOALS, _BOTH),
    Rule.NO_GOAL: Shape(Group.GOALS, _BOTH, _COACH, Count(Unit.CONTACTS, 1, 20, 3)),
    Rule.GOALS_UNTOUCHED: Shape(Group.GOALS, _BOTH, _COACH, Count(Unit.WEEKS, 1, 26, 4)),
    Rule.AGREEMENT_REVIEW: Shape(Group.GOALS),
    Rule.REFERRAL_WAITING: Shape(Group.REFERRALS, _BOTH, has_clocks=True),
    Rule.NOTE_UNFINISHED: Shape(Group.NOTES, count=Count(Unit.DAYS, 1, 10, 2)),
    Rule.REVIEW_WAITING: Shape(Group.NOTES, _SUPERVISORS, _SUPERVISORS),
    Rule.MILESTONE: Shape(Group.PEOPLE),
    Rule.WITHOUT_COACH: Shape(Group.PEOPLE, _SUPERVISORS, _SUPERVISORS),
    Rule.COVER_MISSING: Shape(Group.PEOPLE, _SUPERVISORS, _SUPERVISORS),
    Rule.HELP_ASKED: Shape(Group.PEOPLE, is_always=True),
    Rule.TALK_ASKED: Shape(Group.PEOPLE, is_always=True),
    Rule.VISIT_OFF: Shape(Group.PEOPLE, is_always=True),
    Rule.BY_HAND: Shape(Group.PEOPLE, is_always=True),
    Rule.SAFETY_CONCERN: Shape(Group.SAFETY, is_always=True),
    Rule.SAFETY_DAY_AFTER: Shape(Group.SAFETY, is_always=True),
    Rule.SAFETY_THREE_DAYS: Shape(Group.SAFETY, is_always=True),
}
"""Every rule there is, in the order the page lists them."""

LEAVING = (Channel.EMAIL, Channel.TEXT, Channel.CHAT)
"""What an organisation may rule out. In the app everybody is always told."""


@dataclass(frozen=True)
class RuleSetting:
    """What is decided about one rule."""

    is_on: bool = True
    number: int = 0
    """Of what its shape counts; 0 where it counts nothing."""
    to: frozenset[Hearer] = frozenset({Hearer.COACH})
    leaving: frozenset[Channel] = frozenset(LEAVING)
    """By what its messages may leave the building, where their reader wants them so."""
    clocks: Mapping[Status, int] = field(default_factory=lambda: USUAL_CLOCKS)
    """The days of each place a referral can stand at; the usual ones of every other rule."""


_USUAL = {
    rule: RuleSetting(number=shape.count.usual if shape.count else 0, to=frozenset(shape.usual))
    for rule, shape in SHAPES.items()
}


def usual(rule: Rule) -> RuleSetting:
    """Return what holds for a rule where nobody decided otherwise."""
    return _USUAL[rule]


@dataclass(frozen=True)
class Settings:
    """What an organisation decided about its rules; the usual holds for those it said nothing of."""

    own: Mapping[Rule, RuleSetting] = field(default_factory=dict)

    def of(self, rule: Rule) -> RuleSetting:
        """Return what holds for a rule."""
        return self.own.get(rule) or usual(rule)

    def is_on(self, rule: Rule) -> bool:
        """Say whether anybody is told of it at all."""
        return SHAPES[rule].is_always or self.of(rule).is_on

    def hears(self, rule: Rule, hearer: Hearer) -> bool:
        """Say whether these are told of it."""
        return self.is_on(rule) and hearer in self.of(rule).to

    def number_of(self, rule: Rule) -> int:
        """Return the rule's own number, of what its shape counts."""
        return self.of(rule).number

    def channels_of(self, rule: Rule) -> frozenset[Channel]:
        """Return by what a rule may be told at all: the app always. A worry about safety goes by every way there is."""
        if SHAPES[rule].group is Group.SAFETY:
            return frozenset(Channel)
        return self.of(rule).leaving | {Channel.IN_APP}


USUAL_SETTINGS = Settings()


# ---- deciding, and what is kept of it -----------------------------------------------------------------------------


def refuse_bad_setting(rule: Rule, setting: RuleSetting) -> None:
    """Refuse what makes no sense for a rule: safety, a number out of its bounds, nobody who hears it."""
    shape = SHAPES[rule]
    if shape.group is Group.SAFETY:
        raise Refused(mark("Worries about safety are told in one way only. They have their own settings."))
    if shape.is_always and not setting.is_on:
        raise Refused(mark("What somebody asked for themself is always told. It cannot be switched off."), "is_on")
    _refuse_bad_numbers(shape.count, setting)
    if not setting.to <= set(shape.offered):
        raise Refused(mark("Choose from the list who hears it."), "to")
    if not setting.to:
        raise Refused(mark("Choose who hears it, or switch it off."), "to")
    if not setting.leaving <= set(LEAVING):
        raise Refused(mark("Choose from the list how it is told."), "leaving")


def _refuse_bad_numbers(count: Count | None, setting: RuleSetting) -> None:
    sentence = mark("Write a whole number from %(least)s to %(most)s.")
    if count and not count.least <= setting.number <= count.most:
        raise Refused(say(sentence, least=count.least, most=count.most), "number")
    for status, days in setting.clocks.items():
        if not 1 <= days <= LONGEST_CLOCK:
            raise Refused(say(sentence, least=1, most=LONGEST_CLOCK), clock_name(status))


def clock_name(status: Status) -> str:
    """Return the name of the box in which the days of a referral's place are written."""
    return f"days_{status.value}"


def rule_named(word: str) -> Rule | None:
    """Return the rule of this name, or none where there is none."""
    return next((rule for rule in Rule if rule.value == word), None)


def as_kept(setting: RuleSetting) -> dict[str, Any]:
    """Return a decision as plain values."""
    return {
        "on": setting.is_on,
        "number": setting.number,
        "to": sorted(setting.to),
        "leaving": sorted(setting.leaving),
        **({"days": dict(setting.clocks)} if setting.clocks != USUAL_CLOCKS else {}),
    }


def as_told(rule: Rule, setting: RuleSetting) -> dict[str, Any]:
    """Return what of a decision its rule has a choice about, as the trail tells it."""
    shape, kept = SHAPES[rule], as_kept(setting)
    clocks = {f"days.{status.value}": days for status, days in setting.clocks.items()} if shape.has_clocks else {}
    left_out = {"days", *(() if shape.count else ("number",))}
    return {name: value for name, value in kept.items() if name not in left_out} | clocks


def settings_of(kept: Any) -> Settings:
    """Return the settings from what is kept of them; the usual holds for whatever of it cannot be right."""
    if not isinstance(kept, dict):
        return USUAL_SETTINGS
    found = {}
    for word, value in kept.items():
        rule = rule_named(word)
        setting = _setting_of(rule, value) if rule else None
        if rule and setting:
            found[rule] = setting
    return Settings(found)


def _setting_of(rule: Rule, kept: Any) -> RuleSetting | None:
    try:
        is_on, number = kept["on"], kept["number"]
        to = frozenset(Hearer(word) for word in kept["to"])
        leaving = frozenset(Channel(word) for word in kept["leaving"])
        clocks = clocks_of(kept.get("days")) if SHAPES[rule].has_clocks else USUAL_CLOCKS
        setting = RuleSetting(is_on, number, to, leaving, clocks)
        plain = type(is_on) is bool and type(number) is int
        refuse_bad_setting(rule, setting)
    except (KeyError, TypeError, ValueError, Refused):
        return None
    return setting if plain else None


def offered_hearers(rule: Rule) -> Collection[Hearer]:
    """Return between whom one may choose; nobody where there is one alone."""
    offered = SHAPES[rule].offered
    return offered if len(offered) > 1 else ()
