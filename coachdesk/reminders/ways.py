"""What leaves the building for a reader, by each way they chose. None names anybody or says what it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coachdesk.notify import BODY, SUBJECT, TOLD_PATH, Channel, Message, Topic
from coachdesk.reminders.prefs import LEAVES
from coachdesk.words import mark, say_n

if TYPE_CHECKING:
    from coachdesk.reminders.deriving import Reader

_ONE = mark("You have something to look at. Open it here:")
_SEVERAL = mark("You have %(n)s things to look at. Open them here:")
_SHORT = mark("You have something to look at in CoachDesk:")
_SHORT_SEVERAL = mark("You have %(n)s things to look at in CoachDesk:")


def list_ways(reader: Reader) -> list[Channel]:
    """Return by what a reader is told outside the app: what they chose and can be reached by."""
    return [way for way in LEAVES if way in reader.prefs.channels and (way is not Channel.TEXT or reader.prefs.phone)]


def write_message(reader: Reader, channel: Channel, key: str, *, things: int = 1) -> Message:
    """Return the message that tells a reader by a way of so many things.

    What goes to a chat that is no reader's own leaves with what waits there for others, in words of its own.
    """
    short = str(say_n(_SHORT, _SHORT_SEVERAL, things))
    if channel is Channel.TEXT:
        return _message(reader, key, channel, reader.prefs.phone, short)
    if channel is Channel.CHAT:
        return _message(reader, key, channel, reader.prefs.chat_name, short)
    body = str(say_n(_ONE, _SEVERAL, things)) if things > 1 else BODY
    return _message(reader, key, channel, reader.email, body)


def _message(reader: Reader, key: str, channel: Channel, address: str, body: str) -> Message:
    return Message(
        key=key,
        topic=Topic.REMINDERS,
        channel=channel,
        recipient_id=reader.id,
        path=TOLD_PATH,
        subject=SUBJECT,
        body=body,
        address=address,
    )
