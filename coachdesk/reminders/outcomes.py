"""What comes of an answer: a number that wants no more is let be, and what never arrives is switched off and said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coachdesk.notify import Channel, Message, Topic, enqueue
from coachdesk.organisation import ways
from coachdesk.reminders import choosing
from coachdesk.words import mark

if TYPE_CHECKING:
    import datetime as dt
    import uuid

    from coachdesk.notify import Delivery, Problem

PATH = "/account/telling"
_NEWS = {
    Channel.EMAIL: mark("Mails to you have not arrived for a while, so reminder mails are switched off."),
    Channel.TEXT: mark("Texts to you have not arrived for a while, so they are switched off."),
}
_NO_MORE = mark("Your number asked for no more texts, so they are switched off.")


def note(session: Any, delivery: Delivery, problem: Problem | None, now: dt.datetime) -> None:
    """Count how a send went, for its reader's address and for the organisation's gateway. The caller commits.

    Trouble on the way there is nobody's address, and trouble with an address is not the gateway's.
    """
    reader_id, channel = delivery.recipient_id, delivery.channel
    of_address = problem is not None and problem.of_address
    if channel is not Channel.EMAIL:
        ways.count(session, channel, went=problem is None or of_address, now=now)
    if problem and problem.opted_out and channel is Channel.TEXT:
        for user_id in choosing.stop_opted_out(session, delivery.address, now=now):
            _tell(session, user_id, channel, _NO_MORE, now=now)
    elif (problem is None or of_address) and choosing.count(session, reader_id, channel, went=problem is None, now=now):
        _tell(session, reader_id, channel, _NEWS[channel], now=now)


def _tell(session: Any, reader_id: uuid.UUID, channel: Channel, words: str, *, now: dt.datetime) -> None:
    """Say it once in the app; the key is the moment, so that another time it is said again."""
    message = Message(
        key=f"way-off:{reader_id.hex}:{channel}:{now:%Y%m%d%H%M%S%f}",
        topic=Topic.ACCOUNT,
        channel=Channel.IN_APP,
        recipient_id=reader_id,
        text=words,
        path=PATH,
    )
    enqueue(session, message, now=now)
