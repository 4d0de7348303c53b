"""What is done about a worry: taken, given back, handed on, added to, followed up, closed by a supervisor, reopened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import Action, demand, visible
from coachdesk.clients import service as clients
from coachdesk.clients.naming import shown
from coachdesk.clock import day_of
from coachdesk.notify import Channel, Message, Topic, enqueue, settle, unsettle
from coachdesk.organisation import service as organisation
from coachdesk.safety.finding import hold_open, last_said
from coachdesk.safety.models import Concern, ConcernAction, ConcernFollowUp
from coachdesk.safety.news import handed_name, keys_told, list_supervisors, send
from coachdesk.safety.rules import Done, due_at_first, may_undo, refuse_bad_moment
from coachdesk.safety.service import write_action
from coachdesk.words import NotFound, Refused, mark, say

if TYPE_CHECKING:
    import datetime as dt
    import uuid

    from coachdesk.access import Identity

HAS_IT = mark("Somebody else has this by now.")
TOO_LATE = mark("This can no longer be taken back. If you are worried again, say so anew on their record.")


def take_concern(session: Any, identity: Identity, concern_id: uuid.UUID, *, now: dt.datetime) -> Concern:
    """“I have this”: a supervisor takes a concern on; the first one does, a second finds it taken."""
    demand(identity, Action.SAFETY_ANSWER)
    concern = _hold(session, identity, concern_id)
    if concern.taken_at is None:
        _take(session, identity, concern, now=now)
        _tell_raiser(session, identity, concern, _TAKEN, _taken_key(concern), now=now)
    return concern


def _take(session: Any, identity: Identity, concern: Concern, *, now: dt.datetime) -> None:
    settle(session, keys_told(session, identity, concern), now=now)
    concern.taken_at, concern.taken_by = now, identity.id
    write_action(session, identity, concern, Done.TAKEN, now=now)
    audit.record(session, identity, audit.Event.CONCERN_TAKEN, client_id=concern.client_id, subject=concern, now=now)


def give_back(session: Any, identity: Identity, concern_id: uuid.UUID, *, now: dt.datetime) -> Concern:
    """Undo “I have this”, by whoever said it: the concern waits again, before everybody who was told of it."""
    demand(identity, Action.SAFETY_ANSWER)
    concern = _hold(session, identity, concern_id)
    if concern.taken_by != identity.id or concern.taken_at is None:
        raise NotFound
    _let_go(session, identity, concern, now=now)
    write_action(session, identity, concern, Done.GIVEN_BACK, now=now)
    audit.record(
        session, identity, audit.Event.CONCERN_GIVEN_BACK, client_id=concern.client_id, subject=concern, now=now
    )
    return concern


def _let_go(session: Any, identity: Identity, concern: Concern, *, now: dt.datetime) -> None:
    """Let a concern that somebody has wait again."""
    if concern.taken_at is None:
        return
    unsettle(session, keys_told(session, identity, concern), settled_at=concern.taken_at)
    settle(session, [_taken_key(concern)], now=now)
    concern.taken_at = concern.taken_by = None
    session.flush()


def hand_on(
    session: Any, identity: Identity, concern_id: uuid.UUID, *, to: uuid.UUID | None, now: dt.datetime
) -> Concern:
    """Hand a concern to another supervisor of the team: it waits for them, and the clock begins anew."""
    demand(identity, Action.SAFETY_ANSWER)
    concern = _hold(session, identity, concern_id)
    if concern.taken_by not in (None, identity.id):
        raise Refused(HAS_IT)
    reader = next((user for user in list_supervisors(session, concern) if user.id == to), None)
    if reader is None or reader.id == identity.id:
        raise Refused(mark("Choose who has it next."), "to")
    house, said = organisation.find_organisation(session), last_said(session, identity, concern)
    _let_go(session, identity, concern, now=now)
    concern.due_at = due_at_first(
        now,
        said.danger if said else None,
        danger_minutes=house.danger_minutes,
        worry_minutes=house.worry_minutes,
    )
    action = write_action(session, identity, concern, Done.HANDED_ON, words=reader.name, now=now)
    person = clients.find_person(session, identity, concern.client_id)
    text = say(mark("%(by)s hands you the worry about %(name)s’s safety."), by=identity.name, name=shown(person))
    send(
        session,
        handed_name(concern, action.id),
        reader,
        text=str(text),
        path=f"/concerns/{concern.id}",
        about=concern.client_id,
        now=now,
    )
    audit.record(
        session, identity, audit.Event.CONCERN_HANDED_ON, client_id=concern.client_id, subject=concern, now=now
    )
    return concern


def add_action(
    session: Any,
    identity: Identity,
    concern_id: uuid.UUID,
    *,
    words: str,
    at: dt.datetime | None = None,
    now: dt.datetime,
) -> ConcernAction:
    """Add what was done about a concern, and when (a UTC moment; none means now). Nothing that stands there changes."""
    demand(identity, Action.SAFETY_ACT)
    concern = hold_open(session, identity, concern_id)
    if not words:
        raise Refused(mark("Write what was done, like: I called her sister."), "words")
    if at is not None:
        refuse_bad_moment(at, now, "hour")
    made = write_action(session, identity, concern, Done.ADDED, words=words, at=at, now=now)
    audit.record(session, identity, audit.Event.CONCERN_ADDED_TO, client_id=concern.client_id, subject=concern, now=now)
    return made


def follow_up(session: Any, identity: Identity, follow_up_id: uuid.UUID, *, now: dt.datetime) -> ConcernFollowUp:
    """Say that somebody looked after the person again; pressed twice it is written once. Not before its day."""
    demand(identity, Action.SAFETY_ACT)
    found = visible(identity, ConcernFollowUp).where(ConcernFollowUp.id == follow_up_id)
    row: ConcernFollowUp | None = session.scalar(found.with_for_update(of=ConcernFollowUp))
    if row is None:
        raise NotFound
    concern = hold_open(session, identity, row.concern_id)
    if day_of(now, ZoneInfo(organisation.find_zone(session))) < row.due_on:
        raise Refused(mark("Its day has not come yet. Add what you did under “What was done”."))
    if row.done_at is None:
        row.done_at, row.done_by = now, identity.id
        write_action(session, identity, concern, Done.FOLLOWED_UP, now=now)
        audit.record(
            session, identity, audit.Event.CONCERN_FOLLOWED_UP, client_id=concern.client_id, subject=concern, now=now
        )
    return row


@dataclass(frozen=True)
class Contact:
    """A check-in as the asking again knows it: who signed it when, and the local day it was held."""

    id: uuid.UUID
    by: uuid.UUID
    signed_at: dt.datetime
    held_on: dt.date


def settle_follow_ups(
    session: Any, identity: Identity, client_id: uuid.UUID, contact: Contact, *, now: dt.datetime
) -> None:
    """Take a contact as having looked after the person again, for every moment that had come of a worry open then.

    A contact held before the moment's day does not count.
    """
    due = visible(identity, ConcernFollowUp).join(Concern, Concern.id == ConcernFollowUp.concern_id)
    due = due.add_columns(Concern).where(
        ConcernFollowUp.client_id == client_id,
        ConcernFollowUp.done_at.is_(None),
        ConcernFollowUp.due_at <= contact.signed_at,
        ConcernFollowUp.due_on <= contact.held_on,
        sa.or_(Concern.closed_at.is_(None), Concern.closed_at > contact.signed_at),
    )
    for row, concern in session.execute(due).all():
        row.done_at, row.done_by, row.contact_id = contact.signed_at, contact.by, contact.id
        session.flush()
        audit.record(session, identity, audit.Event.CONCERN_FOLLOWED_UP, client_id=client_id, subject=concern, now=now)


def unsettle_follow_ups(
    session: Any, identity: Identity, contact_id: uuid.UUID, *, now: dt.datetime
) -> list[ConcernFollowUp]:
    """Ask again for what a contact settled that is taken back; return what that was."""
    settled = visible(identity, ConcernFollowUp).join(Concern, Concern.id == ConcernFollowUp.concern_id)
    rows = session.execute(settled.add_columns(Concern).where(ConcernFollowUp.contact_id == contact_id)).all()
    for row, concern in rows:
        row.done_at = row.done_by = row.contact_id = None
        session.flush()
        undone = audit.Event.CONCERN_FOLLOW_UP_UNDONE
        audit.record(session, identity, undone, client_id=concern.client_id, subject=concern, now=now)
    return [row for row, _concern in rows]


def close_concern(session: Any, identity: Identity, concern_id: uuid.UUID, *, ended: str, now: dt.datetime) -> Concern:
    """Close a concern with words of how it ended; only a supervisor does, who has it from then on."""
    demand(identity, Action.SAFETY_CLOSE)
    concern = _hold(session, identity, concern_id)
    if not ended:
        raise Refused(mark("Write in a sentence how it ended."), "ended")
    if concern.taken_at is None:
        _take(session, identity, concern, now=now)
    write_action(session, identity, concern, Done.CLOSED, words=ended, now=now)
    concern.closed_at, concern.closed_by = now, identity.id
    session.flush()
    audit.record(session, identity, audit.Event.CONCERN_CLOSED, client_id=concern.client_id, subject=concern, now=now)
    _tell_raiser(session, identity, concern, _CLOSED, _closed_key(concern), now=now)
    return concern


def reopen_concern(session: Any, identity: Identity, concern_id: uuid.UUID, *, now: dt.datetime) -> Concern:
    """Undo closing, by whoever closed it, within ten minutes; that it was closed stays in its story."""
    demand(identity, Action.SAFETY_CLOSE)
    held = visible(identity.everyday, Concern).where(Concern.id == concern_id, Concern.closed_by == identity.id)
    concern: Concern | None = session.scalar(held.with_for_update(of=Concern))
    if concern is None or concern.closed_at is None:
        raise NotFound
    if not may_undo(concern.closed_at, now):
        raise Refused(TOO_LATE)
    settle(session, [_closed_key(concern)], now=now)
    concern.closed_at = concern.closed_by = None
    write_action(session, identity, concern, Done.REOPENED, now=now)
    audit.record(session, identity, audit.Event.CONCERN_REOPENED, client_id=concern.client_id, subject=concern, now=now)
    return concern


def _hold(session: Any, identity: Identity, concern_id: uuid.UUID) -> Concern:
    """Return a concern of one's teams; whoever opened the record in an emergency has nobody who could have it back."""
    return hold_open(session, identity.everyday, concern_id)


_TAKEN = mark("%(by)s has your worry about %(name)s’s safety now.")
_CLOSED = mark("%(by)s closed your worry about %(name)s’s safety. Read how it ended, and who asks again.")


def _tell_raiser(session: Any, identity: Identity, concern: Concern, words: str, key: str, *, now: dt.datetime) -> None:
    """Tell whoever raised a concern what somebody else did with it."""
    if concern.raised_by == identity.id:
        return
    person = clients.find_person(session, identity, concern.client_id)
    enqueue(
        session,
        Message(
            key=key,
            topic=Topic.SAFETY,
            channel=Channel.IN_APP,
            recipient_id=concern.raised_by,
            client_id=concern.client_id,
            text=str(say(words, by=identity.name, name=shown(person))),
            path=f"/concerns/{concern.id}",
        ),
        now=now,
    )


def _taken_key(concern: Concern) -> str:
    return f"safety:{concern.id.hex}:taken:{concern.taken_at:%Y%m%d%H%M%S%f}"


def _closed_key(concern: Concern) -> str:
    return f"safety:{concern.id.hex}:closed:{concern.closed_at:%Y%m%d%H%M%S%f}"
