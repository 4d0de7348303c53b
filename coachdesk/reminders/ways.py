"""What leaves the building for a reader: a message for each way they chose. None names anybody or says what it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coachdesk.notify import BODY, SUBJECT, Channel, Message, Topic
from coachdesk.reminders.telling import TOLD_PATH
from coachdesk.words import mark, say_n

if TYPE_CHECKING:
    from coachdesk.reminders.deriving import Reader

_ONE = mark("You have something to look at. Open it here:")
_SEVERAL = mark("You have %(n)s things to look at. Open them here:")
_SHORT = mark("You have something to look at in CoachDesk:")
_SHORT_SEVERAL = mark("You have %(n)s things to look at in CoachDesk:")
_ROOM = mark("Somebody has something to look at in CoachDesk:")


def list_messages(reader: Reader, key: str, *, things: int = 1, names_in_chat: bool = True) -> list[Message]:
    """Return a message by each way a reader chose; mail has `key` itself, the others one made from it.

    A chat that is no reader's own is told once for everybody: that there is something to look at.
    """
    made = []
    if Channel.EMAIL in reader.prefs.channels:
        body = str(say_n(_ONE, _SEVERAL, things)) if things > 1 else BODY
        made.append(_message(reader, key, Channel.EMAIL, reader.email, body))
    short = str(say_n(_SHORT, _SHORT_SEVERAL, things))
    if Channel.TEXT in reader.prefs.channels and reader.prefs.phone:
        made.append(_message(reader, f"{key}:text", Channel.TEXT, reader.prefs.phone, short))
    if Channel.CHAT in reader.prefs.channels:
        own = names_in_chat and reader.prefs.chat_name
        made.append(_message(reader, f"{key}:chat", Channel.CHAT, reader.prefs.chat_name, short if own else _ROOM))
    return made


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
