"""Telling administrators that a crisis line was not rung for long: once a period, however many schedulers look."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from coachdesk.accounts import service as accounts
from coachdesk.notify import BODY, SUBJECT, Channel, Message, Topic, enqueue
from coachdesk.organisation import service as organisation
from coachdesk.organisation.rules import newest_ask
from coachdesk.words import NotFound, mark

MORNING = dt.time(8)
"""No line is worth waking anybody for: such a mail heeds no quiet hours, as those of worries do not."""
RING = mark("A crisis line was not rung for long. Please check that somebody answers.")


def ask_to_ring(session: Any, *, now: dt.datetime) -> int:
    """Tell each administrator that lines should be rung again; return how many messages are new. Commits nothing.

    The key is the day on which the last of them became due: the same lines ask again only after a whole period.
    """
    try:
        house = organisation.find_organisation(session)
    except NotFound:
        return 0
    local = now.astimezone(ZoneInfo(house.zone))
    if local.time() < MORNING:
        return 0
    lines = [(line.made_on, line.verified_on) for line in organisation.list_crisis_lines(session)]
    asked_on = newest_ask(lines, house.line_days, local.date())
    if asked_on is None:
        return 0
    return sum(
        enqueue(
            session,
            Message(
                key=f"lines:{asked_on:%Y%m%d}:{reader.id.hex}:{channel}",
                topic=Topic.SAFETY,
                channel=channel,
                recipient_id=reader.id,
                text=RING if channel is Channel.IN_APP else "",
                path="/admin/settings",
                subject=SUBJECT,
                body=BODY,
                address=reader.email if channel is Channel.EMAIL else "",
            ),
            now=now,
        )
        for reader in accounts.list_administrators(session)
        for channel in (Channel.IN_APP, Channel.EMAIL)
    )
