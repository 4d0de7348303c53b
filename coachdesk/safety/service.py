"""A worry about somebody's safety: raised with a tick, told at once, open until a supervisor has it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import Action, Restriction, demand, scoped, visible
from coachdesk.accounts import service as accounts
from coachdesk.clients import assigning, restricting
from coachdesk.clients import service as clients
from coachdesk.clients.naming import shown
from coachdesk.clock import day_of
from coachdesk.notify import BODY, SUBJECT, Channel, Message, Topic, enqueue, settle, unsettle
from coachdesk.organisation import service as organisation
from coachdesk.safety.models import Concern, ConcernTold
from coachdesk.safety.rules import ToldAs, told, will_be_told
from coachdesk.words import NotFound, mark

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from coachdesk.access import Identity
    from coachdesk.accounts.models import User
    from coachdesk.words import Sentence

WAITS = mark("A concern about somebody’s safety is waiting for somebody to take it.")


def raise_concern(
    session: Any, identity: Identity, client_id: uuid.UUID, *, source_id: uuid.UUID | None, now: dt.datetime
) -> Concern:
    """Raise a concern and tell the coach's supervisors, in the app and by mail, in the same act.

    Without a supervisor the administrators hear that one waits, without a name.
    """
    demand(identity, Action.SAFETY_RAISE)
    person = clients.find_person(session, identity, client_id)
    zone = ZoneInfo(organisation.find_zone(session))
    concern = Concern(
        id=uuid.uuid4(),
        client_id=client_id,
        raised_at=now,
        raised_on=day_of(now, zone),
        raised_by=identity.id,
        source_id=source_id,
    )
    session.add(concern)
    session.flush()
    audit.record(session, identity, audit.Event.CONCERN_RAISED, client_id=client_id, subject=concern, now=now)
    supervisors = _supervisors(session, identity, client_id)
    if supervisors:
        text = f"{identity.name} is worried about {shown(person)}’s safety."
        _tell(session, concern, supervisors, ToldAs.SUPERVISOR, text=text, path="/team", now=now)
    else:
        _tell(
            session,
            concern,
            accounts.list_administrators(session),
            ToldAs.ADMINISTRATOR,
            text=WAITS,
            path="/admin/people",
            now=now,
        )
    return concern


def _supervisors(session: Any, identity: Identity, client_id: uuid.UUID) -> Sequence[User]:
    """Return the supervisors of the person's coach (of whoever raises it, without one) who may see the person."""
    assignment = assigning.find_assignment(session, identity, client_id)
    kept = restricting.map_kept(session, client_id)
    found = accounts.list_supervisors_of(session, assignment.coach_id if assignment else identity.id)
    return [user for user in found if user.id not in kept]


def _tell(
    session: Any,
    concern: Concern,
    readers: Sequence[User],
    told_as: ToldAs,
    *,
    text: str,
    path: str,
    now: dt.datetime,
) -> None:
    for reader in readers:
        session.add(
            ConcernTold(
                concern_id=concern.id, user_id=reader.id, client_id=concern.client_id, told_as=told_as, told_at=now
            )
        )
        for channel in (Channel.IN_APP, Channel.EMAIL):
            enqueue(
                session,
                Message(
                    key=_told_key(concern, reader.id, channel),
                    topic=Topic.SAFETY,
                    channel=channel,
                    recipient_id=reader.id,
                    client_id=concern.client_id if told_as is ToldAs.SUPERVISOR else None,
                    text=text if channel is Channel.IN_APP else "",
                    path=path,
                    subject=SUBJECT,
                    body=BODY,
                    address=reader.email if channel is Channel.EMAIL else "",
                ),
                now=now,
            )
    session.flush()


def told_sentence(session: Any, identity: Identity, concern: Concern) -> Sentence:
    """Say who was told of a concern, or that nobody could be."""
    rows = list(session.scalars(visible(identity, ConcernTold).where(ConcernTold.concern_id == concern.id)))
    users = accounts.list_users(session, [row.user_id for row in rows])
    names = {kind: sorted(users[row.user_id].name for row in rows if row.told_as is kind) for kind in ToldAs}
    return told(names[ToldAs.SUPERVISOR], names[ToldAs.ADMINISTRATOR])


def will_be_told_sentence(session: Any, identity: Identity, client_id: uuid.UUID) -> Sentence:
    """Say, before saving, who will be told."""
    return will_be_told([user.name for user in _supervisors(session, identity, client_id)])


def take_concern(session: Any, identity: Identity, concern_id: uuid.UUID, *, now: dt.datetime) -> Concern:
    """“I have this”: a supervisor takes a concern on; the first one does, a second finds it taken."""
    demand(identity, Action.SAFETY_ANSWER)
    concern = _hold(session, identity, concern_id)
    if concern.taken_at is None:
        concern.taken_at, concern.taken_by = now, identity.id
        session.flush()
        audit.record(
            session, identity, audit.Event.CONCERN_TAKEN, client_id=concern.client_id, subject=concern, now=now
        )
        settle(session, _keys_told(session, identity, concern), now=now)
        _tell_taken(session, identity, concern, now=now)
    return concern


def give_back(session: Any, identity: Identity, concern_id: uuid.UUID, *, now: dt.datetime) -> Concern:
    """Undo “I have this”, by whoever said it: the concern waits again, before everybody who was told of it."""
    demand(identity, Action.SAFETY_ANSWER)
    concern = _hold(session, identity, concern_id)
    if concern.taken_by != identity.id or concern.taken_at is None:
        raise NotFound
    unsettle(session, _keys_told(session, identity, concern), settled_at=concern.taken_at)
    settle(session, [_taken_key(concern)], now=now)
    concern.taken_at = concern.taken_by = None
    session.flush()
    audit.record(
        session, identity, audit.Event.CONCERN_GIVEN_BACK, client_id=concern.client_id, subject=concern, now=now
    )
    return concern


def _hold(session: Any, identity: Identity, concern_id: uuid.UUID) -> Concern:
    """Return a concern of one's teams; whoever opened the record in an emergency has nobody who could have it back."""
    found: Concern | None = session.scalar(
        visible(identity.everyday, Concern).where(Concern.id == concern_id).with_for_update(of=Concern)
    )
    if found is None:
        raise NotFound
    return found


def _keys_told(session: Any, identity: Identity, concern: Concern) -> list[str]:
    told_of = visible(identity, ConcernTold).where(ConcernTold.concern_id == concern.id)
    return [_told_key(concern, row.user_id, Channel.IN_APP) for row in session.scalars(told_of)]


def _tell_taken(session: Any, identity: Identity, concern: Concern, *, now: dt.datetime) -> None:
    """Tell whoever raised a concern who has it now, unless they took it themself."""
    if concern.raised_by == identity.id:
        return
    person = clients.find_person(session, identity, concern.client_id)
    enqueue(
        session,
        Message(
            key=_taken_key(concern),
            topic=Topic.SAFETY,
            channel=Channel.IN_APP,
            recipient_id=concern.raised_by,
            client_id=concern.client_id,
            text=f"{identity.name} has your worry about {shown(person)}’s safety now.",
            path=f"/people/{concern.client_id}",
        ),
        now=now,
    )


def _told_key(concern: Concern, reader_id: uuid.UUID, channel: Channel) -> str:
    return f"safety:{concern.id.hex}:{reader_id.hex}:{channel}"


def _taken_key(concern: Concern) -> str:
    return f"safety:{concern.id.hex}:taken:{concern.taken_at:%Y%m%d%H%M%S%f}"


def list_open_concerns(session: Any, identity: Identity) -> list[Concern]:
    """Return the concerns nobody has taken yet, oldest first."""
    return list(
        session.scalars(visible(identity, Concern).where(Concern.taken_at.is_(None)).order_by(Concern.raised_at))
    )


def select_how_many_wait(identity: Identity) -> Any:
    """Select how many concerns nobody has yet."""
    return scoped(sa.select(sa.func.count()).where(Concern.taken_at.is_(None)), identity.everyday, Concern.client_id)


def list_for_board(
    session: Any, identity: Identity, *, since: dt.datetime
) -> tuple[list[Concern], list[tuple[Concern, uuid.UUID, dt.datetime]]]:
    """Return the concerns nobody has, oldest first, and those taken on since a moment, latest first: who took it, when."""
    found = session.scalars(
        visible(identity.everyday, Concern)
        .where(sa.or_(Concern.taken_at.is_(None), Concern.taken_at >= since))
        .order_by(Concern.taken_at.desc(), Concern.raised_at)
    ).all()
    taken = [(row, row.taken_by, row.taken_at) for row in found if row.taken_by and row.taken_at]
    return [row for row in found if row.taken_at is None], taken


def find_of_late(session: Any, identity: Identity, client_id: uuid.UUID, *, since: dt.datetime) -> Concern | None:
    """Return the concern about a person that nobody has yet, or else the last one taken since a moment."""
    found: Concern | None = session.scalar(
        visible(identity, Concern)
        .where(Concern.client_id == client_id, sa.or_(Concern.taken_at.is_(None), Concern.taken_at >= since))
        .order_by(Concern.taken_at.is_not(None), Concern.raised_at.desc())
        .limit(1)
    )
    return found


def count_untaken(session: Any) -> int:
    """Return how many concerns wait that no supervisor who may see them heard of: a number for administrators, without a name."""
    waiting, told_of, kept = Concern.__table__, ConcernTold.__table__, Restriction.__table__
    kept_now = sa.exists().where(
        kept.c.client_id == told_of.c.client_id, kept.c.user_id == told_of.c.user_id, kept.c.ended_at.is_(None)
    )
    heard = sa.exists().where(told_of.c.concern_id == waiting.c.id, told_of.c.told_as == ToldAs.SUPERVISOR, ~kept_now)
    count: int = session.scalar(
        sa.select(sa.func.count()).select_from(waiting).where(waiting.c.taken_at.is_(None), ~heard)
    )
    return count
