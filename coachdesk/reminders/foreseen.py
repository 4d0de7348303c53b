"""What would leave within a day, kept as it was worked out last: pages read it, the scheduler works it out."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.access import Role, unscoped, visible
from coachdesk.accounts.models import User
from coachdesk.audit import AuditEntry
from coachdesk.clients.models import Client
from coachdesk.clock import UTC
from coachdesk.db import Many, insert_once, page_within, reading_only, writing
from coachdesk.notify import Channel, Delivery, DeliveryState, Held
from coachdesk.notify.about import About, about_of
from coachdesk.reminders import previewing
from coachdesk.reminders.deliveries import SIZE
from coachdesk.reminders.models import Foreseen, ForeseenThing, Foresight

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from coachdesk.access import Identity
    from coachdesk.reminders.kinds import Rule
    from coachdesk.reminders.looking import Telling

AHEAD = dt.timedelta(hours=25)
"""A day, and as long as an old forecast is good for."""
OLD = dt.timedelta(minutes=15)
"""So long it is good where nothing was recorded meanwhile; mails that were sent show at once."""
_ONLY, _NEVER = 1, dt.datetime(1970, 1, 1, tzinfo=UTC)
_SHARE = 20
"""A forecast rests so many times as long as it took: in a large house it takes a part of one processor, never most."""
_BECAUSE = "of what would leave, readers, ways and counts; whom it is about is asked with the scope"
_GONE = (DeliveryState.SENT, DeliveryState.SKIPPED, DeliveryState.STOPPED)


@dataclass(frozen=True)
class Coming:
    """A message that would leave at a moment: to whom, how, of what, and what it waits for."""

    at: dt.datetime
    reader: str
    """Empty where it is a person with an account."""
    channel: Channel
    about: About
    rules: Sequence[tuple[Rule, int]]
    held: Held | None = None


def keep(
    session: Any,
    *,
    now: dt.datetime,
    ways: Collection[Channel] | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> bool:
    """Work out what would leave and keep it, unless that was done a moment ago; say whether it was done. Commits.

    What was given up, by `stop` or by an error, is free for the next who looks.
    """
    began = time.monotonic()
    if not _begin(session, now):
        return False
    try:
        with reading_only():  # it takes long in a large house: nobody who writes waits for it
            found = previewing.preview(session, now=now, until=now + AHEAD, ways=ways, stop=stop)
            session.rollback()
        _keep(session, found, now=now, began=began)
    except Exception as trouble:
        session.rollback()
        _give_back(session, now)
        if isinstance(trouble, previewing.Stopped):
            return False
        raise
    return True


def _keep(session: Any, found: Sequence[Telling], *, now: dt.datetime, began: float) -> None:
    with writing():
        mark = session.get_one(Foresight, _ONLY, with_for_update=True)
        if mark.begun_at == now:
            _write(session, found, _hold_people(session, found))
            mark.at, mark.took = now, int((time.monotonic() - began) * 1000)
        session.commit()


def _give_back(session: Any, now: dt.datetime) -> None:
    with writing():
        held = sa.update(Foresight).where(Foresight.begun_at == now)
        session.execute(held.values(begun_at=_NEVER).execution_options(synchronize_session=False))
        session.commit()


def _begin(session: Any, now: dt.datetime) -> bool:
    """Take it in hand where it is old, or something was recorded since; of several schedulers one does."""
    with writing():
        latest = session.scalar(sa.select(sa.func.max(AuditEntry.id))) or 0
        insert_once(session, Foresight, id=_ONLY, begun_at=_NEVER, latest=0, took=0)
        mark = session.get_one(Foresight, _ONLY, with_for_update=True, populate_existing=True)
        if is_asked := _is_asked(mark, latest, now):
            mark.begun_at, mark.latest = now, latest
        session.commit()
    return is_asked


def _is_asked(mark: Foresight, latest: int, now: dt.datetime) -> bool:
    if not mark.begun_at <= now <= mark.begun_at + OLD:
        return True
    if mark.at != mark.begun_at:
        return False
    return latest > mark.latest and now > mark.begun_at + dt.timedelta(milliseconds=_SHARE * mark.took)


def _hold_people(session: Any, found: Sequence[Telling]) -> set[uuid.UUID]:
    """Return which of these people are still there, and keep them so; first of all, as whoever takes one out does."""
    ids = {due.client_id for telling in found for due in telling.dues}
    there = sa.select(Client.id).where(Many(session, ids).has(Client.id)).order_by(Client.id)
    held = there.with_for_update(read=True, key_share=True)
    return set(session.scalars(unscoped(held, because=_BECAUSE)))


def _write(session: Any, found: Sequence[Telling], there: set[uuid.UUID]) -> None:
    session.execute(sa.delete(ForeseenThing))
    session.execute(sa.delete(Foreseen))
    messages, things = [], []
    for telling in found:
        one = {
            "id": uuid.uuid4(),
            "key": telling.key,
            "at": telling.at,
            "recipient_id": telling.reader.id,
            "channel": telling.channel,
            "topic": telling.topic,
            "held": telling.held,
        }
        messages.append(one)
        things += [
            {
                "id": uuid.uuid4(),
                "foreseen_id": one["id"],
                "client_id": due.client_id,
                "rule": due.rule,
                "why": str(due.why),
            }
            for due in telling.dues
            if due.client_id in there
        ]
    for table, rows in ((Foreseen, messages), (ForeseenThing, things)):
        if rows:
            session.execute(sa.insert(table), rows)


def find_mark(session: Any) -> Foresight | None:
    """Return when it was worked out last, where it was at all."""
    found: Foresight | None = session.get(Foresight, _ONLY)
    return found if found and found.at else None


def list_coming(session: Any, number: int, *, until: dt.datetime) -> tuple[list[Coming], int, int]:
    """Return a page of what would leave by a moment, in order of its leaving, how many there are, and which page it is.

    Past the end it is the last. It says nobody's matter.
    """
    fits = (Foreseen.at <= until, ~_is_gone())
    total = session.scalar(sa.select(sa.func.count()).select_from(Foreseen).where(*fits))
    number = page_within(number, total, SIZE)
    rows = session.execute(
        sa.select(Foreseen, User.first_name, User.last_name, User.role_name)
        .join(User, User.id == Foreseen.recipient_id)
        .where(*fits)
        .order_by(Foreseen.at, User.first_name, User.last_name, Foreseen.channel, Foreseen.key)
        .offset((number - 1) * SIZE)
        .limit(SIZE)
    ).all()
    rules = _map_rules(session, [row.Foreseen.id for row in rows])
    coming = [
        Coming(
            one.at,
            "" if role is Role.CLIENT else f"{first} {last}".strip(),
            one.channel,
            about_of(one.topic, one.key),
            rules.get(one.id, ()),
            one.held,
        )
        for one, first, last, role in rows
    ]
    return coming, total, number


def _map_rules(session: Any, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[tuple[Rule, int]]]:
    counted = sa.select(ForeseenThing.foreseen_id, ForeseenThing.rule).where(ForeseenThing.foreseen_id.in_(ids))
    found: dict[uuid.UUID, Counter[Rule]] = defaultdict(Counter)
    for message_id, rule in session.execute(unscoped(counted, because=_BECAUSE)):
        found[message_id][rule] += 1
    return {key: in_order(of_one) for key, of_one in found.items()}


def in_order(counted: Counter[Rule]) -> list[tuple[Rule, int]]:
    """Return rules with how many of each, the most first."""
    return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))


@dataclass(frozen=True)
class Own:
    """A message its reader would get, with what of it is about people they see."""

    message: Foreseen
    things: Sequence[ForeseenThing]


def list_own(session: Any, identity: Identity, *, now: dt.datetime) -> list[Own]:
    """Return what this reader would be told within a day of the people they see, in order of its leaving."""
    rows = session.execute(
        visible(identity, ForeseenThing)
        .add_columns(Foreseen)
        .join(Foreseen, Foreseen.id == ForeseenThing.foreseen_id)
        .where(Foreseen.recipient_id == identity.id, Foreseen.at <= now + dt.timedelta(days=1), ~_is_gone())
        .order_by(Foreseen.at, Foreseen.channel, Foreseen.key)
    ).all()
    messages = {message.id: message for _thing, message in rows}
    things: dict[uuid.UUID, list[ForeseenThing]] = defaultdict(list)
    for thing, message in rows:
        things[message.id].append(thing)
    return [Own(message, things[key]) for key, message in messages.items()]


def _is_gone() -> Any:
    """Return the condition that a message has left since, or will not."""
    gone = sa.select(sa.literal(1)).where(Delivery.key == Foreseen.key, Delivery.state.in_(_GONE))
    return gone.correlate(Foreseen).exists()
