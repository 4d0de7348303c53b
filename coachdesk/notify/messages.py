"""A message as a value. What leaves the building names nobody, and says neither what for nor what was written.

One mail says a little more: that the ways to sign in have changed. It would come too late if one had to sign in first.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from coachdesk.words import mark

if TYPE_CHECKING:
    import uuid


class Channel(StrEnum):
    """How somebody is told."""

    IN_APP = "in_app"
    EMAIL = "email"


class Topic(StrEnum):
    """Why a message exists; the room that made it may be asked, before it leaves, whether it is still wanted."""

    ACCOUNT = "account"
    ASSIGNMENT = "assignment"
    BREAK_GLASS = "break_glass"
    INVITATION = "invitation"
    REMINDERS = "reminders"
    SAFETY = "safety"


@dataclass(frozen=True)
class Message:
    """One delivery to one reader by one channel. `key` is unique: the same message is never queued twice.

    `text` is shown inside the app only; a mail is made of `subject`, a fixed neutral body and `path`.
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


SUBJECT = mark("You have something to look at in CoachDesk")
BODY = mark("You have something to look at. Open it here:")
WAYS_CHANGED = mark("How you sign in has changed. If that was not you, choose a new passphrase here at once:")
PERSON_SUBJECT = mark("You have a message")
PERSON_BODY = mark("You have a message. Open it here:")
