"""A message as a value. What leaves the building names nobody, and says neither what for nor what was written.

Two mails say a little more, for they would come too late if one had to look first: that the ways to sign in have changed,
and that the address of a calendar was made.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

from coachdesk.words import mark

if TYPE_CHECKING:
    import datetime as dt
    import uuid


class Channel(StrEnum):
    """How somebody is told."""

    IN_APP = "in_app"
    EMAIL = "email"
    TEXT = "text"
    """A text message to a telephone."""
    CHAT = "chat"
    """A line in a tool the organisation uses anyway."""


class Topic(StrEnum):
    """Why a message exists; the room that made it may be asked, before it leaves, whether it is still wanted."""

    ACCOUNT = "account"
    ASSIGNMENT = "assignment"
    BREAK_GLASS = "break_glass"
    INVITATION = "invitation"
    REMINDERS = "reminders"
    SAFETY = "safety"


class Urgency(IntEnum):
    """What goes first where much waits: the least number overtakes everything."""

    SAFETY = 0
    DOOR = 1
    """Somebody stands before a closed door: invitations, and ways to sign in."""
    NEWS = 2
    REMINDER = 3


URGENCY = {
    Topic.SAFETY: Urgency.SAFETY,
    Topic.BREAK_GLASS: Urgency.SAFETY,
    Topic.ACCOUNT: Urgency.DOOR,
    Topic.INVITATION: Urgency.DOOR,
    Topic.ASSIGNMENT: Urgency.NEWS,
    Topic.REMINDERS: Urgency.REMINDER,
}


class Held(StrEnum):
    """Why a message did not go, or does not go yet."""

    DONE = "done"
    """What it told of was done or moved before it left."""
    NOT_DUE = "not_due"
    NOT_THEIRS = "not_theirs"
    """Its reader no longer answers for the person, or no longer sees them."""
    SWITCHED_OFF = "switched_off"
    """Its reader's account is switched off."""
    NO_WAY = "no_way"
    """The desk has no way to send by this channel."""
    CHANNEL_OFF = "channel_off"
    """Its reader has switched the channel off, or it was switched off after failing."""
    QUIET = "quiet"
    """Its reader's quiet hours: it waits until they are over."""
    NOT_SAFE = "not_safe"
    """How the person may safely be reached rules it out."""


@dataclass(frozen=True)
class Verdict:
    """Whether a message may leave now. Held with `until`, a moment in UTC, it waits; without, it is skipped for good."""

    held: Held | None = None
    until: dt.datetime | None = None


GO = Verdict()


ITSELF = "{delivery}"
TOLD_PATH = f"/told/{ITSELF}"
"""Where a message that leaves the building leads: to what it told of, as it stands then. It holds nothing but an id."""


@dataclass(frozen=True)
class Message:
    """One delivery to one reader by one channel. `key` is unique: the same message is never queued twice.

    `text` is shown inside the app only; a mail is made of `subject`, a fixed neutral body and `path`. In `path`,
    `ITSELF` stands for the delivery's own id, which is made as it is queued.
    """

    key: str
    topic: Topic
    channel: Channel
    recipient_id: uuid.UUID
    client_id: uuid.UUID | None = None
    """The person the text names; a reader who may no longer see them no longer reads it."""
    text: str = ""
    path: str = "/"
    subject: str = ""
    body: str = ""
    address: str = ""
    not_before: dt.datetime | None = None
    """The moment before which it does not leave, where that is not now."""


SUBJECT = mark("You have something to look at in CoachDesk")
BODY = mark("You have something to look at. Open it here:")
WAYS_CHANGED = mark("How you sign in has changed. If that was not you, choose a new passphrase here at once:")
CALENDAR_ADDRESS = mark("A calendar address was made for your account. If it was not you, turn it off here:")
ASKED_SUBJECT = mark("Somebody asks you to look at something now")
ASKED_BODY = mark("Somebody asks you to look at something, and waits for you. Open it here:")
"""Of what may not wait for the day’s one message; whoever sees the screen of a telephone learns no more than that."""
ROOM_ONE = mark("There is something to look at in CoachDesk for one of you:")
ROOM_SEVERAL = mark("There is something to look at in CoachDesk for %(n)s of you:")
PERSON_SUBJECT = mark("You have a message")
PERSON_BODY = mark("You have a message. Open it here:")
