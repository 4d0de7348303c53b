"""What is said of a message on its way, in words that carry nobody's story. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coachdesk.notify.messages import Channel, Held
from coachdesk.words import mark

if TYPE_CHECKING:
    from collections.abc import Mapping

CHANNEL_WORDS: Mapping[Channel, str] = {
    Channel.IN_APP: mark("In the app"),
    Channel.EMAIL: mark("By e-mail"),
    Channel.TEXT: mark("By text message"),
    Channel.CHAT: mark("In your chat tool"),
}
HELD_WORDS: Mapping[Held, str] = {
    Held.DONE: mark("It was done or moved before it left"),
    Held.NOT_DUE: mark("It was not due any more"),
    Held.NOT_THEIRS: mark("Somebody else answers for it now"),
    Held.SWITCHED_OFF: mark("The account is switched off"),
    Held.NO_WAY: mark("CoachDesk has no way to send this yet"),
    Held.CHANNEL_OFF: mark("This way of being told is switched off"),
    Held.QUIET: mark("Quiet hours"),
    Held.NOT_SAFE: mark("It would not be a safe way to reach them"),
}
"""Why a message was not sent, or waits."""
