"""What a message is about, told from its topic and from how its key begins. Pure: no message is read for it."""

from __future__ import annotations

from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from coachdesk.notify.messages import Topic
from coachdesk.words import mark

if TYPE_CHECKING:
    from collections.abc import Mapping


class About(StrEnum):
    """Why a message exists, as a reader of the ledger looks for it."""

    ACCOUNT = "account"
    AFTER_END = "after_end"
    ASSIGNMENT = "assignment"
    BREAK_GLASS = "break_glass"
    CALENDAR = "calendar"
    CRISIS_LINE = "crisis_line"
    INVITATION = "invitation"
    REMINDERS = "reminders"
    RETURNED = "returned"
    SAFETY = "safety"
    UNDELIVERED = "undelivered"
    WAY_OFF = "way_off"


ABOUT_WORDS: Mapping[About, str] = {
    About.REMINDERS: mark("a reminder"),
    About.SAFETY: mark("a worry about safety"),
    About.ACCOUNT: mark("how somebody signs in has changed"),
    About.AFTER_END: mark("somebody asks for their coach after the end"),
    About.ASSIGNMENT: mark("news of who walks with whom"),
    About.BREAK_GLASS: mark("a record was opened in an emergency"),
    About.CALENDAR: mark("the address of a calendar"),
    About.CRISIS_LINE: mark("a crisis line was not rung for long"),
    About.INVITATION: mark("an invitation"),
    About.RETURNED: mark("a mail to a person came back"),
    About.UNDELIVERED: mark("a message did not reach its reader"),
    About.WAY_OFF: mark("a way of being told was switched off"),
}
KEYS: Mapping[About, tuple[Topic, str]] = {
    About.AFTER_END: (Topic.ASSIGNMENT, "asked-after-end:%"),
    About.CALENDAR: (Topic.ACCOUNT, "account:%:calendar%"),
    About.CRISIS_LINE: (Topic.SAFETY, "lines:%"),
    About.RETURNED: (Topic.ACCOUNT, "returned:%"),
    About.UNDELIVERED: (Topic.ACCOUNT, "undelivered:%"),
    About.WAY_OFF: (Topic.ACCOUNT, "way-off:%"),
}
"""What is told of under a topic without being what the topic is named for: how its keys look, `%` for anything."""
PERSONAL = frozenset({About.AFTER_END, About.SAFETY})
"""What says something of a person, where a reader walks with one alone: an administrator reads “a reminder”."""


def about_of(topic: Topic, key: str) -> About:
    """Return what a message of this topic and key is about."""
    for about, (of_topic, keys) in KEYS.items():
        if topic is of_topic and fnmatchcase(key, keys.replace("%", "*")):
            return about
    return About(topic.value)


def without_story(about: About) -> About:
    """Return what an administrator reads of it."""
    return About.REMINDERS if about in PERSONAL else about
