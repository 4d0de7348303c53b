"""The ledger as a list of messages: found by where they stand, why they exist, by what they went and to whom.

Who may read which, and how much of it, is the caller's: it gives the conditions.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.access import Role, unscoped
from coachdesk.accounts.models import User
from coachdesk.db import page_within
from coachdesk.notify import Channel, Delivery, DeliveryState, Topic
from coachdesk.notify.about import KEYS, PERSONAL, About, about_of
from coachdesk.words import mark

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from coachdesk.reminders.kinds import Rule


class Standing(StrEnum):
    """Where a message stands, as it is looked for."""

    WAITING = "waiting"
    HELD = "held"
    SENT = "sent"
    SKIPPED = "skipped"
    STOPPED = "stopped"


STANDING_WORDS: Mapping[Standing, str] = {
    Standing.WAITING: mark("Waiting"),
    Standing.HELD: mark("Held back"),
    Standing.SENT: mark("Sent"),
    Standing.SKIPPED: mark("Not sent"),
    Standing.STOPPED: mark("Stopped"),
}


@dataclass(frozen=True)
class Asked:
    """What the reader of the ledger asked for."""

    standing: Standing | None = None
    channel: Channel | None = None
    rule: Rule | None = None
    about: About | None = None
    who: str = ""
    """Letters of a reader's name."""
    since: dt.datetime | None = None
    until: dt.datetime | None = None

    @property
    def used(self) -> list[str]:
        """The names of the filters in use, never what was typed into them."""
        given = {
            "state": self.standing,
            "channel": self.channel,
            "about": self.rule or self.about,
            "who": self.who,
            "from": self.since,
            "to": self.until,
        }
        return [name for name, value in given.items() if value]


@dataclass(frozen=True)
class Told:
    """One message: to whom, what it is about and where it stands. What it told of is asked for apart."""

    delivery: Any
    reader: str
    """Empty where it is a person with an account."""
    person: Any
    """The person whose account it is, where it is one's."""
    about: About


SIZE = 50
"""Messages on a page."""


def find_number(
    session: Any, fits: Sequence[Any], number: int, *, because: str, most: int | None = None
) -> tuple[int, int]:
    """Return how many messages fit, at most so many, and the page that was asked for; past the end it is the last."""
    counted = select_count(fits)
    if most:
        counted = sa.select(sa.func.count()).select_from(sa.select(Delivery.id).where(*fits).limit(most).subquery())
    total = session.scalar(unscoped(counted, because=because))
    return total, page_within(number, total, SIZE)


def select_page(fits: Sequence[Any], number: int) -> Any:
    """Select a page of messages, newest first."""
    newest = (Delivery.created_at.desc(), Delivery.id.desc())
    some = sa.select(Delivery.id).where(*fits).order_by(*newest).offset((number - 1) * SIZE).limit(SIZE).subquery()
    columns = (
        Delivery.id,
        Delivery.key,
        Delivery.channel,
        Delivery.topic,
        Delivery.state,
        Delivery.held,
        Delivery.error,
        Delivery.attempts,
        Delivery.created_at,
        Delivery.not_before,
        Delivery.sent_at,
        Delivery.client_id.label("about_id"),
        User.first_name,
        User.last_name,
        User.role_name,
        User.client_id,
    )
    joined = sa.select(*columns).join(some, some.c.id == Delivery.id)
    return joined.join(User, User.id == Delivery.recipient_id).order_by(*newest)


def select_count(fits: Sequence[Any]) -> Any:
    """Select how many messages fit."""
    return sa.select(sa.func.count()).select_from(Delivery).where(*fits)


def as_told(rows: Iterable[Any]) -> list[Told]:
    """Return rows of a page as messages."""
    return [
        Told(
            row,
            "" if row.role_name is Role.CLIENT else f"{row.first_name} {row.last_name}".strip(),
            row.client_id,
            about_of(row.topic, row.key),
        )
        for row in rows
    ]


def conditions(asked: Asked) -> list[Any]:
    """Return the conditions of what was asked for, but for names and rules: who may ask for those differs."""
    fits = list(standing(asked.standing)) if asked.standing else []
    if asked.channel:
        fits.append(Delivery.channel == asked.channel)
    if asked.since:
        fits.append(Delivery.created_at >= asked.since)
    if asked.until:
        fits.append(Delivery.created_at < asked.until)
    return fits


def standing(one: Standing) -> tuple[Any, ...]:
    """Return the conditions of a standing."""
    if one is Standing.WAITING:
        return (Delivery.state.in_((DeliveryState.WAITING, DeliveryState.SENDING)), Delivery.held.is_(None))
    if one is Standing.HELD:
        return (Delivery.state == DeliveryState.WAITING, Delivery.held.is_not(None))
    return (Delivery.state == DeliveryState(one.value),)


def is_about(about: About, *, without_story: bool = False) -> Any:
    """Return the condition that a message is about something; `without_story`, as an administrator reads it."""
    if without_story and about is About.REMINDERS:
        return sa.or_(_is(about), *(_is(other) for other in sorted(PERSONAL)))
    return _is(about)


def _is(about: About) -> Any:
    if about in KEYS:
        topic, keys = KEYS[about]
        return sa.and_(Delivery.topic == topic, Delivery.key.like(keys))
    topic = Topic(about.value)
    others = [Delivery.key.not_like(keys) for of_topic, keys in KEYS.values() if of_topic is topic]
    return sa.and_(Delivery.topic == topic, *others)
