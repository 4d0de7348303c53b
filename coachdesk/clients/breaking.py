"""Break-glass: a supervisor outside the team opens one person's record for an hour, with a reason, before all eyes."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import (
    SYSTEM,
    Action,
    Assignment,
    BreakGlass,
    demand,
    is_open,
    kept_from,
    may_see,
    unscoped,
)
from coachdesk.access.kinds import GLASS_MINUTES, LEAST_WORDS, MOST_OPEN
from coachdesk.accounts import service as accounts
from coachdesk.accounts.models import User
from coachdesk.clients.models import Client
from coachdesk.clients.naming import shown
from coachdesk.clients.restricting import map_kept
from coachdesk.clients.rules import fold, last_digits, shown_name
from coachdesk.db import keys
from coachdesk.notify import BODY, SUBJECT, Channel, Message, Topic, enqueue
from coachdesk.words import NotFound, Refused, mark, say

if TYPE_CHECKING:
    from coachdesk.access import GlassReason, Identity

_BY_NAME = "one person is looked for by their whole name, in an emergency; each search is written down"


@dataclass(frozen=True)
class Open:
    """A record that is open now in an emergency: whose, since when, until when."""

    id: uuid.UUID
    client_id: uuid.UUID
    name: str
    opened_at: dt.datetime
    ends_at: dt.datetime


def find_by_name(
    session: Any, identity: Identity, first_name: str, last_name: str, coach: str = "", *, digits: str = ""
) -> list[Client]:
    """Return the people of exactly this first and last name, whoever's they are; who is kept from them finds none.

    Namesakes are told apart by `coach`, the first or whole name of theirs, and `digits`, the last four of their number.
    """
    demand(identity, Action.ACCESS_BREAK_GLASS)
    wanted = fold(f"{first_name} {last_name}")
    ends_so = Client.shown_sort.endswith(wanted, autoescape=True)
    found = sa.select(Client).where(ends_so, Client.id.not_in(kept_from(identity)))
    rows = session.scalars(unscoped(found.order_by(Client.id), because=_BY_NAME))
    named = [row for row in rows if fold(row.first_name) == fold(first_name) and fold(row.last_name) == fold(last_name)]
    if len(named) > 1 and coach:
        named = _with_coach(session, named, coach)
    if len(named) > 1 and digits:
        named = [row for row in named if row.phone_digest and row.phone_digest == keys().digest(last_digits(digits))]
    return named


def _with_coach(session: Any, people: list[Client], coach: str) -> list[Client]:
    found = sa.select(Assignment.client_id, Assignment.coach_id).where(
        Assignment.ended_at.is_(None), Assignment.client_id.in_([person.id for person in people])
    )
    coaches = dict(session.execute(found).all())
    users = accounts.list_users(session, coaches.values())
    fits = {
        key
        for key, user_id in coaches.items()
        if fold(coach) in (fold(users[user_id].first_name), fold(users[user_id].name))
    }
    return [person for person in people if person.id in fits]


def open_record(
    session: Any,
    identity: Identity,
    *,
    first_name: str,
    last_name: str,
    coach: str = "",
    digits: str = "",
    reason: GlassReason,
    words: str,
    now: dt.datetime,
) -> BreakGlass:
    """Open one person's record for an hour; their supervisors and all administrators hear of it at once."""
    demand(identity, Action.ACCESS_BREAK_GLASS)
    if len(words.split()) < LEAST_WORDS:
        raise Refused(mark("Write in a sentence what has happened."), "words")
    person = _find_one(session, identity, first_name, last_name, coach, digits=digits)
    if session.scalar(
        unscoped(
            sa.select(Client.id).where(Client.id == person.id, may_see(identity, Client.id)), because="the rule itself"
        )
    ):
        raise Refused(mark("You see this person already. Find them under People."), "first_name")
    _refuse_many(session, identity, now=now)
    made = BreakGlass(
        id=uuid.uuid4(),
        client_id=person.id,
        user_id=identity.id,
        reason=reason,
        words=words,
        opened_at=now,
        ends_at=now + dt.timedelta(minutes=GLASS_MINUTES),
    )
    session.add(made)
    session.flush()
    audit.record(
        session,
        identity,
        audit.Event.GLASS_BROKEN,
        client_id=person.id,
        subject=made,
        detail={"reason": reason.value},
        glass=False,
        now=now,
    )
    _tell(session, identity, made, person, now=now)
    return made


def _find_one(session: Any, identity: Identity, first_name: str, last_name: str, coach: str, *, digits: str) -> Client:
    """Return the one person who is meant; where it is none or several, say at which box to write what."""
    found = find_by_name(session, identity, first_name, last_name, coach, digits=digits)
    if len(found) == 1:
        return found[0]
    if found:
        raise Refused(_STILL_SEVERAL, "digits") if coach else Refused(_SEVERAL, "coach")
    if not find_by_name(session, identity, first_name, last_name):
        raise Refused(mark("Nobody here has just this name. Write it as it stands in the record."), "first_name")
    if coach and not find_by_name(session, identity, first_name, last_name, coach):
        raise Refused(mark("Nobody of this name walks with a coach of that name."), "coach")
    raise Refused(mark("Nobody of this name has a number that ends so."), "digits")


_SEVERAL = mark("More than one person has this name. Write the name of their coach too.")
_STILL_SEVERAL = mark(
    "More than one person of this name walks with this coach. Write the last four digits of their number too."
)


def _refuse_many(session: Any, identity: Identity, *, now: dt.datetime) -> None:
    """Refuse more than a few within an hour, closed again or not; two requests at once are counted one by one."""
    session.execute(sa.select(User.id).where(User.id == identity.id).with_for_update())
    lately = sa.select(sa.func.count()).where(
        BreakGlass.user_id == identity.id, BreakGlass.opened_at > now - dt.timedelta(minutes=GLASS_MINUTES)
    )
    if session.scalar(unscoped(lately, because="a number of the reader's own")) >= MOST_OPEN:
        raise Refused(mark("You opened three records within the last hour. Please ask their own team for any further."))


def _tell(session: Any, identity: Identity, look: BreakGlass, person: Client, *, now: dt.datetime) -> None:
    """Tell the person's own supervisors in the app, and them and all administrators by a mail that names nobody.

    Administrators have no list of notices; what waits for their review is counted on their pages.
    """
    text = str(
        say(
            mark("%(name)s opened %(person)s’s record for one hour, from outside your team."),
            name=identity.name,
            person=shown(person),
        )
    )
    kept = map_kept(session, person.id)
    for reader in _supervisors(session, person.id):
        if reader.id not in kept and reader.id != identity.id:
            for channel in (Channel.IN_APP, Channel.EMAIL):
                _send(session, look, reader, channel, text, path=f"/people/{person.id}", about=person.id, now=now)
    for reader in accounts.list_administrators(session):
        _send(session, look, reader, Channel.EMAIL, path="/admin/break-glass", now=now)


def _supervisors(session: Any, client_id: uuid.UUID) -> list[User]:
    coach_id = session.scalar(
        sa.select(Assignment.coach_id).where(Assignment.client_id == client_id, Assignment.ended_at.is_(None))
    )
    return list(accounts.list_supervisors_of(session, coach_id)) if coach_id else []


def _send(
    session: Any,
    look: BreakGlass,
    reader: User,
    channel: Channel,
    text: str = "",
    *,
    path: str,
    about: uuid.UUID | None = None,
    now: dt.datetime,
) -> None:
    enqueue(
        session,
        Message(
            key=f"glass:{look.id.hex}:{reader.id.hex}:{channel}",
            topic=Topic.BREAK_GLASS,
            channel=channel,
            recipient_id=reader.id,
            client_id=about,
            text=text if channel is Channel.IN_APP else "",
            path=path,
            subject=SUBJECT,
            body=BODY,
            address=reader.email if channel is Channel.EMAIL else "",
        ),
        now=now,
    )


def close_record(session: Any, identity: Identity, look_id: uuid.UUID, *, now: dt.datetime) -> BreakGlass:
    """Close a record before its hour is over; only whoever opened it does."""
    demand(identity, Action.ACCESS_BREAK_GLASS)
    found: BreakGlass | None = session.scalar(
        unscoped(
            sa.select(BreakGlass)
            .where(BreakGlass.id == look_id, BreakGlass.user_id == identity.id, BreakGlass.closed_at.is_(None))
            .with_for_update(),
            because="it is the reader's own, and may be over by the clock",
        )
    )
    if found is None:
        raise NotFound
    _close(session, identity, found, at=min(now, found.ends_at), now=now)
    return found


def close_run_out(session: Any, *, now: dt.datetime) -> int:
    """Write down that an hour is over, for the trail; nobody could see anything since. Return how many there were."""
    over = sa.select(BreakGlass).where(BreakGlass.closed_at.is_(None), BreakGlass.ends_at <= now).with_for_update()
    rows = list(session.scalars(unscoped(over, because="the system closes what is over")))
    for row in rows:
        _close(session, SYSTEM, row, at=row.ends_at, now=now)
    return len(rows)


def _close(session: Any, identity: Identity, look: BreakGlass, *, at: dt.datetime, now: dt.datetime) -> None:
    look.closed_at = at
    session.flush()
    audit.record(
        session, identity, audit.Event.GLASS_CLOSED, client_id=look.client_id, subject=look, glass=False, now=now
    )


def select_open(identity: Identity) -> Any:
    """Select what the banner says of the records this identity has open in an emergency at the moment of asking."""
    names = (Client.first_name, Client.last_name, Client.preferred_name)
    return unscoped(
        sa.select(BreakGlass.id, BreakGlass.client_id, BreakGlass.opened_at, BreakGlass.ends_at, *names)
        .join(Client, Client.id == BreakGlass.client_id)
        .where(*is_open(identity), Client.id.not_in(kept_from(identity))),
        because="the banner names what the reader opened themself",
    )


def as_open(row: Any) -> Open:
    """Return a row of that select as the banner takes it."""
    name = shown_name(row.first_name, row.last_name, row.preferred_name)
    return Open(row.id, row.client_id, name, row.opened_at, row.ends_at)
