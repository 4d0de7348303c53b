"""The outbox's engine: claim one message with a lease, ask whether it may still leave, send it, mark it as the claimant.

One at a time, the most urgent first: whoever is killed holds a single message, whoever is asked to stop has nothing to
give back, and a worry about safety waits for no more than the message in hand. What leaves the building goes out at least
once, and a repeat can be recognised. In-app notices are written in the marking transaction, so exactly once, and some
together (`notices`). What goes to a room that readers share leaves as one line (`rooms`).
"""

from __future__ import annotations

import datetime as dt
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.db import reading_only
from coachdesk.notify import line, mending, notices, rooms
from coachdesk.notify.apprising import Gateway
from coachdesk.notify.claiming import claim
from coachdesk.notify.inhand import (
    SETTLED,
    Round,
    Unmarked,
    change,
    find_wanted,
    give_back,
    give_up_on,
    hear,
    hold_back,
    mark_gone,
    postpone,
    written,
)
from coachdesk.notify.messages import Channel, Held, Verdict
from coachdesk.notify.models import Delivery, DeliveryState, Notice
from coachdesk.notify.pauses import GIVE_UP_AFTER, LOOK_FOR_WAY

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable, Iterable, Mapping

    from coachdesk.notify.channels import Way
    from coachdesk.notify.claiming import Claim
    from coachdesk.notify.inhand import Answered, StillWanted

_LOOK_BACK = 5.0
"""Seconds after which a round looks again what others left behind."""
_SEND = dt.timedelta(seconds=line.WHOLE)


def deliver(
    session: Any,
    ways: Mapping[Channel, Way] | None,
    *,
    claimant: uuid.UUID,
    clock: Callable[[], dt.datetime],
    still_wanted: StillWanted,
    channels: Iterable[Channel] = tuple(Channel),
    stop: Callable[[], bool] = lambda: False,
    answered: Answered = lambda *_told: None,
) -> int:
    """Send what waits by these channels until nothing is left, or until `stop` says so; return how many were sent.

    Where the fault lies with a server and not with a message, the rest of its channel waits for the next round.
    `answered` hears how each send out of the building went, once that is written down; what it changes is committed.
    """
    this = Round(session, ways or {}, claimant, clock, still_wanted, answered)
    return sum(_deliver_by(this, channel, stop) for channel in channels)


def _deliver_by(this: Round, channel: Channel, stop: Callable[[], bool]) -> int:
    sent, looked = 0, -_LOOK_BACK
    way = this.ways.get(channel)
    if not _has_something(this, channel):
        return 0
    while not stop():
        if time.monotonic() - looked > _LOOK_BACK:
            mending.mend(this.session, now=this.clock())
            looked = time.monotonic()
        if channel is Channel.IN_APP:
            went, goes_on = notices.tell_next(this, alone=partial(_deliver_next, this, channel))
        elif isinstance(way, Gateway) and way.is_room:
            went, goes_on = rooms.tell_next(this, channel, way)
        else:
            went, goes_on = _deliver_next(this, channel)
        sent += went
        if not goes_on:
            break
    return sent


def _has_something(this: Round, channel: Channel) -> bool:
    """Say whether there is anything to send or to mend; where there is not, no writer waits for having asked."""
    now = this.clock()
    goes = sa.and_(Delivery.channel == channel, Delivery.state == DeliveryState.WAITING, Delivery.not_before <= now)
    each = (sa.exists().where(one) for one in (goes, *mending.asking(now)))
    with reading_only():
        found: bool = this.session.scalar(sa.select(sa.or_(*each)))
        this.session.commit()
    return found


def _deliver_next(this: Round, channel: Channel) -> tuple[int, bool]:
    """Take the next message in hand; say how many went, and whether the channel goes on."""
    taken = claim(this.session, channel, claimant=this.claimant, now=this.clock())
    if taken is None:
        return 0, False
    try:
        return _deliver_one(this, taken)
    except Unmarked:
        raise
    except Exception as trouble:  # noqa: BLE001  (one that cannot be handled must not hold up the others)
        give_up_on(this, taken, trouble)
        return 0, True


def _deliver_one(this: Round, taken: Claim) -> tuple[int, bool]:
    """Send one message if it may still leave."""
    delivery = find_wanted(this, taken)
    if delivery is None:
        return 0, True
    if taken.channel is Channel.IN_APP:
        return _tell(this, delivery), True
    if taken.channel not in this.ways:
        _wait_for_way(this, taken)
        return 0, True
    if this.clock() + _SEND > taken.lease_until:
        give_back(this, [taken.id])
        return 0, True
    return _let_leave(this, taken, delivery)


def _let_leave(this: Round, taken: Claim, delivery: Delivery) -> tuple[int, bool]:
    over = time.monotonic() + (taken.lease_until - this.clock()).total_seconds()
    problem = this.ways[taken.channel].send(delivery)
    if problem:
        postpone(this, taken, problem.sentence, final=problem.final)
    went = 0 if problem else mark_gone(this, [taken], over=over)
    hear(this, delivery, problem, over=over)
    return went, not (problem and problem.everybody)


def _wait_for_way(this: Round, taken: Claim) -> None:
    """Look again in a while: a gateway is switched on again, a setting is put right. After two days it stops."""
    now = this.clock()
    since = min(taken.no_way_since or now, now)
    if now - since < GIVE_UP_AFTER:
        hold_back(this, taken, Verdict(Held.NO_WAY, now + LOOK_FOR_WAY), no_way_since=since)
        return
    stopped: dict[str, Any] = {
        "state": DeliveryState.STOPPED,
        "error": "there was no way to send it for two days",
        "held": None,
    }
    change(this, [taken.id], attempts=Delivery.attempts - 1, **stopped)


def _tell(this: Round, delivery: Delivery) -> int:
    """Mark as the claimant, and write the in-app notice in the same transaction."""
    now = this.clock()
    mine = written(this, [delivery.id], state=DeliveryState.SENT, sent_at=now, **SETTLED)
    if mine:
        this.session.add(Notice(**notices.line_of(delivery, now)))
    this.session.commit()
    return mine
