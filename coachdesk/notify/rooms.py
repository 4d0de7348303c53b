"""One line for several readers: what waits for a room they share leaves together, and says for how many it is.

Each reader's message stays their own: it is asked for by itself whether it may still leave, and marked by itself. All
that may leave go with one line and are marked in one transaction, so that a repeat is one line, too.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from coachdesk.notify.claiming import claim_all
from coachdesk.notify.inhand import find_wanted, give_up_on, hear, mark_gone, next_try, put_off, renew

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from coachdesk.notify.apprising import Gateway
    from coachdesk.notify.channels import Problem
    from coachdesk.notify.claiming import Claim
    from coachdesk.notify.inhand import Round
    from coachdesk.notify.messages import Channel
    from coachdesk.notify.models import Delivery


def tell_next(this: Round, channel: Channel, room: Gateway) -> tuple[int, bool]:
    """Tell a room once of all that may go now; say how many messages went, and whether there may be more."""
    taken = claim_all(this.session, channel, claimant=this.claimant, now=this.clock())
    wanted = [(one, delivery) for one in taken if (delivery := _find_wanted(this, one)) is not None]
    ours, until = renew(this, [one.id for one, _delivery in wanted])
    held = [(one, delivery) for one, delivery in wanted if one.id in ours]
    if not held:
        return 0, bool(taken)
    over = time.monotonic() + (until - this.clock()).total_seconds()
    readers = {one.recipient_id for one, _delivery in held}  # of the claims: a row might have to be read again
    problem = room.tell_room(len(readers))
    if problem:
        _put_off(this, [one for one, _delivery in held], problem)
    went = 0 if problem else mark_gone(this, [one for one, _delivery in held], over=over)
    hear(this, held[0][1], problem, over=over)
    return went, not problem


def _put_off(this: Round, taken: Sequence[Claim], problem: Problem) -> None:
    """Let all of an urgency wait for one moment, or the next line would be several: the longest of theirs."""
    now = this.clock()
    again_at: dict[int, dt.datetime] = {}
    for one in taken:
        again_at[one.urgency] = max(next_try(one, now), again_at.get(one.urgency, now))
    for one in taken:
        put_off(this, one, problem.sentence, final=problem.final, again_at=again_at[one.urgency])
    this.session.commit()


def _find_wanted(this: Round, taken: Claim) -> Delivery | None:
    try:
        return find_wanted(this, taken)
    except Exception as trouble:  # noqa: BLE001  (one that cannot be handled must not hold up the others)
        give_up_on(this, taken, trouble)
        return None
