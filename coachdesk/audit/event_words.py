"""How each event is told: on the trail's page, and to the person whose record it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from coachdesk.access import Role
from coachdesk.audit.events import Event
from coachdesk.words import mark

if TYPE_CHECKING:
    from collections.abc import Mapping


class Group(StrEnum):
    """Events that are looked for together; the value is the heading above them."""

    READING = mark("Reading and looking up")
    CHECKINS = mark("Check-ins and tries")
    GOALS = mark("Goals and steps")
    CARE = mark("Referrals, plans and reminders")
    SAFETY = mark("Worries about safety")
    RIGHTS = mark("Who may see whom")
    ACCOUNTS = mark("Accounts and signing in")
    HOUSE = mark("The organisation and the trail")


@dataclass(frozen=True)
class Told:
    """How an event is told: in the trail, and to the person whose record it touched."""

    group: Group
    line: str
    """On the trail's page and on one's own list; begins with a verb in the past."""
    yours: str = mark("did something on your record")
    """After a name, on the person's own page: at most fifteen plain words."""


WORDS: Mapping[Event, Told] = {
    Event.ABOUT_WRITTEN: Told(
        Group.CARE, mark("Wrote what matters to a person"), mark("wrote down something that matters to you")
    ),
    Event.ACCESS_REFUSED: Told(Group.READING, mark("Asked for a page that is not theirs")),
    Event.ACCOUNTS_READ: Told(Group.ACCOUNTS, mark("Looked at the list of accounts")),
    Event.ACCOUNT_CHANGED: Told(Group.ACCOUNTS, mark("Changed an account"), mark("changed your account")),
    Event.ACCOUNT_DISABLED: Told(Group.ACCOUNTS, mark("Switched an account off"), mark("switched your account off")),
    Event.ACCOUNT_ENABLED: Told(Group.ACCOUNTS, mark("Let an account sign in again"), mark("let you sign in again")),
    Event.ACCOUNT_INVITED: Told(Group.ACCOUNTS, mark("Sent an invitation"), mark("sent you an invitation")),
    Event.ACCOUNT_MADE: Told(Group.ACCOUNTS, mark("Made an account"), mark("made your account")),
    Event.ASSIGNMENT_ENDED: Told(
        Group.RIGHTS, mark("Ended a person’s time with a coach"), mark("ended your time with a coach")
    ),
    Event.ASSIGNMENT_MADE: Told(Group.RIGHTS, mark("Gave a person to a coach"), mark("chose a coach for you")),
    Event.ATTEMPT_LOGGED: Told(Group.CHECKINS, mark("Noted a try to reach"), mark("noted a try to reach you")),
    Event.ATTEMPT_WITHDRAWN: Told(
        Group.CHECKINS, mark("Took back a noted try"), mark("took back a note of a try to reach you")
    ),
    Event.CALENDAR_ENDED: Told(Group.ACCOUNTS, mark("Turned the address of their calendar off")),
    Event.CALENDAR_FETCHED: Told(
        Group.READING, mark("Had their calendar look up the hours"), mark("had their calendar look up when you speak")
    ),
    Event.CALENDAR_MADE: Told(Group.ACCOUNTS, mark("Made an address for their calendar")),
    Event.CHECKIN_CORRECTED: Told(Group.CHECKINS, mark("Corrected a check-in"), mark("corrected a check-in")),
    Event.CHECKIN_LOGGED: Told(Group.CHECKINS, mark("Wrote a check-in"), mark("wrote a check-in")),
    Event.CHECKIN_READ: Told(Group.READING, mark("Read a check-in"), mark("read a check-in")),
    Event.CHECKIN_SIGNED_OFF: Told(Group.CHECKINS, mark("Signed off a check-in"), mark("signed off a check-in")),
    Event.CHECKIN_TALK_ASKED: Told(
        Group.CHECKINS, mark("Asked to talk about a check-in"), mark("asked your coach to talk about a check-in")
    ),
    Event.CHECKIN_WITHDRAWN: Told(Group.CHECKINS, mark("Took back a check-in"), mark("took back a check-in")),
    Event.CLIENT_ADDED: Told(Group.RIGHTS, mark("Added a person"), mark("added you here")),
    Event.CLIENT_EDITED: Told(Group.CARE, mark("Changed a person’s details"), mark("changed your details")),
    Event.COACH_WISH_ENDED: Told(Group.RIGHTS, mark("Ended a wish for another coach"), mark("answered your wish")),
    Event.COACH_WISH_MADE: Told(Group.RIGHTS, mark("Wished for another coach"), mark("wished for another coach")),
    Event.CONCERN_ADDED_TO: Told(
        Group.SAFETY, mark("Added to a worry about safety"), mark("added to a worry about your safety")
    ),
    Event.CONCERN_CLOSED: Told(
        Group.SAFETY, mark("Closed a worry about safety"), mark("closed a worry about your safety")
    ),
    Event.CONCERN_FOLLOWED_UP: Told(
        Group.SAFETY,
        mark("Noted that they looked after somebody again"),
        mark("noted that they asked after you again"),
    ),
    Event.CONCERN_FOLLOW_UP_UNDONE: Told(
        Group.SAFETY,
        mark("Took back that they looked after somebody again"),
        mark("took back that they asked after you again"),
    ),
    Event.CONCERN_GIVEN_BACK: Told(
        Group.SAFETY, mark("Gave back a worry about safety"), mark("gave back a worry about your safety")
    ),
    Event.CONCERN_HANDED_ON: Told(
        Group.SAFETY, mark("Handed on a worry about safety"), mark("handed on a worry about your safety")
    ),
    Event.CONCERN_RAISED: Told(
        Group.SAFETY, mark("Said they worry about safety"), mark("said they worry about your safety")
    ),
    Event.CONCERN_READ: Told(Group.SAFETY, mark("Read a worry about safety"), mark("read a worry about your safety")),
    Event.CONCERN_REOPENED: Told(
        Group.SAFETY, mark("Opened a worry about safety again"), mark("opened a worry about your safety again")
    ),
    Event.CONCERN_TAKEN: Told(
        Group.SAFETY, mark("Took up a worry about safety"), mark("took up a worry about your safety")
    ),
    Event.CONTACT_ADDED: Told(Group.CARE, mark("Added a way to reach a person"), mark("added a way to reach you")),
    Event.CONTACT_CHANGED: Told(
        Group.CARE, mark("Changed a way to reach a person"), mark("changed a way to reach you")
    ),
    Event.CONTACT_ENDED: Told(
        Group.CARE, mark("Took away a way to reach a person"), mark("took away a way to reach you")
    ),
    Event.CONCERN_TOLD_ON: Told(
        Group.SAFETY,
        mark("Told the next of a worry about safety that waited too long"),
        mark("told the next of a worry about your safety"),
    ),
    Event.CRISIS_LINE_ADDED: Told(Group.HOUSE, mark("Added a crisis line")),
    Event.CRISIS_LINE_CHANGED: Told(Group.HOUSE, mark("Changed a crisis line")),
    Event.CRISIS_LINE_ENDED: Told(Group.HOUSE, mark("Ended a crisis line")),
    Event.CRISIS_LINE_VERIFIED: Told(Group.HOUSE, mark("Rang a crisis line to check it")),
    Event.DELIVERY_RETRIED: Told(Group.HOUSE, mark("Had a message tried again")),
    Event.DEMO_MADE: Told(Group.HOUSE, mark("Made the demo")),
    Event.DRAFT_BROUGHT_BACK: Told(Group.CARE, mark("Took a draft up again"), mark("took a draft up again")),
    Event.DRAFT_DISCARDED: Told(
        Group.CARE, mark("Threw away a draft"), mark("threw away something that was not saved")
    ),
    Event.DRAFT_RAN_OUT: Told(Group.CARE, mark("Cleared an old draft"), mark("cleared an old draft")),
    Event.DRAFT_SHOWN: Told(Group.CARE, mark("Read an old draft once more"), mark("read an old draft once more")),
    Event.EARLIER_CLOSED: Told(
        Group.RIGHTS,
        mark("Closed to a coach again what was written before"),
        mark("closed to your coach again what was written before"),
    ),
    Event.EARLIER_OPENED: Told(
        Group.RIGHTS,
        mark("Let a coach read what was written before"),
        mark("let your coach read what was written before"),
    ),
    Event.EPISODE_CLOSED: Told(
        Group.CARE, mark("Brought coaching to its end with somebody"), mark("wrote down that coaching came to its end")
    ),
    Event.EPISODE_OPENED: Told(Group.CARE, mark("Began again with somebody"), mark("began coaching with you again")),
    Event.GLASS_BROKEN: Told(
        Group.RIGHTS,
        mark("Opened a record of another team in an emergency"),
        mark("opened your record in an emergency"),
    ),
    Event.GLASS_CLOSED: Told(
        Group.RIGHTS, mark("Closed a record opened in an emergency"), mark("closed your record again")
    ),
    Event.GLASS_READ: Told(
        Group.RIGHTS,
        mark("Read why a record was opened in an emergency"),
        mark("read why your record was opened in an emergency"),
    ),
    Event.GLASS_REVIEWED: Told(
        Group.RIGHTS,
        mark("Looked at why a record was opened in an emergency"),
        mark("checked why your record was opened in an emergency"),
    ),
    Event.GOAL_CHANGED: Told(Group.GOALS, mark("Changed a goal"), mark("changed a goal")),
    Event.GOAL_REVIEWED: Told(Group.GOALS, mark("Reviewed a goal"), mark("looked back at a goal with you")),
    Event.GOAL_SET: Told(Group.GOALS, mark("Wrote a goal"), mark("wrote a goal")),
    Event.HELP_ASKED: Told(Group.CARE, mark("Asked for help"), mark("asked for help for you")),
    Event.HOUSE_SET_UP: Told(Group.HOUSE, mark("Set up the organisation")),
    Event.IDENTITY_CONFIRMED: Told(Group.ACCOUNTS, mark("Showed again that it is still them")),
    Event.IMPORT_BEGUN: Told(Group.RIGHTS, mark("Read a list of people to bring in")),
    Event.IMPORT_UNDONE: Told(
        Group.RIGHTS, mark("Took back a list that was brought in"), mark("took back a list that you were on")
    ),
    Event.INVITATION_USED: Told(Group.ACCOUNTS, mark("Used an invitation"), mark("used an invitation")),
    Event.KEYS_ROTATED: Told(Group.HOUSE, mark("Changed the key that words are sealed with")),
    Event.LEAVE_ENDED: Told(Group.RIGHTS, mark("Ended the days somebody is away")),
    Event.LEAVE_MADE: Told(Group.RIGHTS, mark("Wrote down who is away, and who looks after their people")),
    Event.LEDGER_READ: Told(
        Group.HOUSE, mark("Looked through what was told"), mark("looked through what your coaches were reminded of")
    ),
    Event.LEVEL_CHANGED: Told(
        Group.CARE, mark("Changed how much of coaching somebody wants"), mark("changed how much coaching you have")
    ),
    Event.LINK_USED: Told(Group.ACCOUNTS, mark("Used a single-use link")),
    Event.MEMBERSHIP_ENDED: Told(Group.RIGHTS, mark("Took somebody out of a team")),
    Event.MEMBERSHIP_MADE: Told(Group.RIGHTS, mark("Put somebody into a team")),
    Event.MILESTONE_ADDED: Told(
        Group.CARE, mark("Added a day a person wants to mark"), mark("added a day you want to mark")
    ),
    Event.MILESTONE_CHANGED: Told(
        Group.CARE, mark("Changed a day a person wants to mark"), mark("changed a day you want to mark")
    ),
    Event.MILESTONE_ENDED: Told(
        Group.CARE, mark("Took away a day a person wanted to mark"), mark("took away a day you wanted to mark")
    ),
    Event.PASSKEY_ADDED: Told(Group.ACCOUNTS, mark("Added a passkey")),
    Event.PASSKEY_REMOVED: Told(Group.ACCOUNTS, mark("Removed a passkey")),
    Event.PASSPHRASE_CHANGED: Told(Group.ACCOUNTS, mark("Changed their passphrase")),
    Event.PAUSE_BEGUN: Told(Group.CARE, mark("Began a pause"), mark("wrote down that you take a pause")),
    Event.PAUSE_ENDED: Told(Group.CARE, mark("Ended a pause"), mark("ended your pause")),
    Event.PEOPLE_IMPORTED: Told(
        Group.RIGHTS, mark("Brought in people from a list"), mark("brought you in from a list")
    ),
    Event.PEOPLE_LINKED: Told(
        Group.CARE, mark("Linked two records of one person"), mark("noted that two records are yours")
    ),
    Event.PEOPLE_LISTED: Told(Group.READING, mark("Looked at a list of people"), mark("saw your name in a list")),
    Event.PEOPLE_SEARCHED: Told(Group.READING, mark("Looked for a person"), mark("found your name in a search")),
    Event.PEOPLE_UNLINKED: Told(
        Group.CARE,
        mark("Took the link between two records away"),
        mark("noted that another record is not yours"),
    ),
    Event.RECORD_PRINTED: Told(
        Group.READING, mark("Made a page of a record to print"), mark("made a page about you to print")
    ),
    Event.RECORD_READ: Told(Group.READING, mark("Read a record"), mark("read your record")),
    Event.RECOVERY_CODES_MADE: Told(Group.ACCOUNTS, mark("Made new spare codes")),
    Event.RECOVERY_CODE_USED: Told(Group.ACCOUNTS, mark("Signed in with a spare code")),
    Event.REFERRAL_CONSENT_WITHDRAWN: Told(
        Group.CARE, mark("Took back a yes to a referral"), mark("took back your yes to a referral")
    ),
    Event.REFERRAL_MADE: Told(Group.CARE, mark("Made a referral"), mark("connected you with a service")),
    Event.REFERRAL_MOVED: Told(Group.CARE, mark("Moved a referral on"), mark("noted how a referral went")),
    Event.REMINDER_CHANGED: Told(Group.CARE, mark("Changed a reminder"), mark("changed a reminder about you")),
    Event.REMINDER_DONE: Told(Group.CARE, mark("Ticked off a reminder"), mark("ticked off a reminder about you")),
    Event.REMINDER_MOVED: Told(Group.CARE, mark("Put off a reminder"), mark("put off a reminder about you")),
    Event.REMINDER_NOT_NEEDED: Told(Group.CARE, mark("Set a reminder aside"), mark("set a reminder about you aside")),
    Event.REMINDER_SET: Told(Group.CARE, mark("Set a reminder"), mark("set a reminder about you")),
    Event.REMINDER_STOPPED: Told(
        Group.CARE, mark("Let a reminder come no more"), mark("let a reminder about you come no more")
    ),
    Event.REMINDER_TAKEN_BACK: Told(Group.CARE, mark("Took a reminder back"), mark("took a reminder about you back")),
    Event.REMINDER_UNDONE: Told(Group.CARE, mark("Put back a reminder"), mark("put back a reminder about you")),
    Event.RESOURCE_ADDED: Told(Group.CARE, mark("Added a service")),
    Event.RESOURCE_EDITED: Told(Group.CARE, mark("Changed a service")),
    Event.RESTRICTION_ENDED: Told(
        Group.RIGHTS, mark("Let somebody see a person again"), mark("let somebody on the team see your record again")
    ),
    Event.RESTRICTION_MADE: Told(
        Group.RIGHTS,
        mark("Kept somebody from seeing a person"),
        mark("kept somebody on the team from seeing your record"),
    ),
    Event.RETURN_ASKED: Told(Group.ACCOUNTS, mark("Asked for a link to get back in")),
    Event.RIGHTS_READ: Told(
        Group.RIGHTS, mark("Read who may see a person, and why"), mark("read who may see your record, and why")
    ),
    Event.SAFETY_PLAN_READ: Told(Group.SAFETY, mark("Read a safety plan"), mark("read your plan for hard times")),
    Event.SAFETY_PLAN_WRITTEN: Told(
        Group.SAFETY, mark("Wrote a safety plan"), mark("wrote down your plan for hard times")
    ),
    Event.SECOND_FACTOR_REMOVED: Told(Group.ACCOUNTS, mark("Took a second factor away")),
    Event.SECOND_FACTOR_RESET_ASKED: Told(
        Group.ACCOUNTS, mark("Began a reset of a second factor"), mark("began a reset of your second factor")
    ),
    Event.SECOND_FACTOR_SET: Told(Group.ACCOUNTS, mark("Set up an authenticator app")),
    Event.SERIES_BEGUN: Told(
        Group.CARE, mark("Planned contacts that repeat"), mark("planned on which days you speak again and again")
    ),
    Event.SERIES_ENDED: Told(
        Group.CARE, mark("Ended contacts that repeat"), mark("ended the days on which you speak again and again")
    ),
    Event.SESSION_ENDED: Told(Group.ACCOUNTS, mark("Signed a device out"), mark("signed one of your devices out")),
    Event.SETTINGS_CHANGED: Told(Group.HOUSE, mark("Changed the settings")),
    Event.SIGNED_IN: Told(Group.ACCOUNTS, mark("Signed in")),
    Event.SIGNED_OUT: Told(Group.ACCOUNTS, mark("Signed out")),
    Event.SIGN_IN_REFUSED: Told(Group.ACCOUNTS, mark("Somebody was not let in")),
    Event.STEP_ADDED: Told(Group.GOALS, mark("Added a step"), mark("added a step to a goal")),
    Event.STEP_DONE: Told(Group.GOALS, mark("Marked a step as done"), mark("marked a step as done")),
    Event.STEP_UNDONE: Told(Group.GOALS, mark("Put a step back"), mark("put a step back on your list")),
    Event.SUPPORTER_ADDED: Told(
        Group.CARE, mark("Added somebody who helps a person"), mark("added somebody who helps you")
    ),
    Event.SUPPORTER_CHANGED: Told(
        Group.CARE, mark("Changed somebody who helps a person"), mark("changed somebody who helps you")
    ),
    Event.SUPPORTER_ENDED: Told(
        Group.CARE, mark("Took away somebody who helps a person"), mark("took away somebody who helps you")
    ),
    Event.TEAM_MADE: Told(Group.RIGHTS, mark("Made a team")),
    Event.TEAM_RENAMED: Told(Group.RIGHTS, mark("Gave a team another name")),
    Event.TELLING_CHANGED: Told(Group.ACCOUNTS, mark("Chose how they are told"), mark("chose how you are told")),
    Event.TELLING_RESUMED: Told(
        Group.ACCOUNTS, mark("Let messages go out again"), mark("let messages to you go again")
    ),
    Event.TELLING_STOPPED: Told(Group.ACCOUNTS, mark("Stopped messages"), mark("stopped messages to you")),
    Event.TRAIL_EXPORTED: Told(Group.HOUSE, mark("Took a copy of the trail")),
    Event.TRAIL_READ: Told(Group.HOUSE, mark("Looked at the trail")),
    Event.TRAIL_VERIFIED: Told(Group.HOUSE, mark("Checked the trail’s seals")),
    Event.VISIT_CANCELLED: Told(Group.CARE, mark("Called off a next contact"), mark("called off when you speak next")),
    Event.VISIT_MOVED: Told(Group.CARE, mark("Moved a next contact"), mark("moved when you speak next")),
    Event.VISIT_PLANNED: Told(Group.CARE, mark("Planned a next contact"), mark("planned when you speak next")),
    Event.WAY_ADDED: Told(Group.HOUSE, mark("Added a way of telling")),
    Event.WAY_ANSWERS_ASKED: Told(Group.HOUSE, mark("Made an address for answers to texts")),
    Event.WAY_REMOVED: Told(Group.HOUSE, mark("Removed a way of telling")),
    Event.WAY_SWITCHED: Told(Group.HOUSE, mark("Switched a way of telling on or off")),
    Event.WAY_TRIED: Told(Group.HOUSE, mark("Tried a way of telling")),
}
_RETIRED = Told(Group.HOUSE, mark("Did something this version no longer does"))


def told(event: str) -> Told:
    """Return the words of an event as kept; rows outlive the events of an older version."""
    return WORDS[Event(event)] if event in _VALUES else _RETIRED


def is_across_teams(event: str, role: Role | None, details: Mapping[str, Any]) -> bool:
    """Say whether a supervisor opened or closed a record of another team with this entry, or read or wrote under one.

    What others do about it (an administrator's review, the end of the hour) is no look.
    """
    if event == Event.GLASS_CLOSED:
        return role is Role.SUPERVISOR
    return event == Event.GLASS_BROKEN or bool(details.get("glass"))


_VALUES = frozenset(event.value for event in Event)
