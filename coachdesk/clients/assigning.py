"""Whose coach walks with a person: assignments are periods, ended and begun, never overwritten."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import (
    COACHING,
    SYSTEM,
    Action,
    Assignment,
    Earlier,
    HandOver,
    Restriction,
    Role,
    demand,
    may,
    scoped,
    unscoped,
    visible,
)
from coachdesk.accounts import service as accounts
from coachdesk.accounts.models import User
from coachdesk.clients.models import Client, CoachWish, Episode
from coachdesk.clients.naming import shown
from coachdesk.clients.rules import is_load_full
from coachdesk.notify import Channel, Message, Topic, enqueue, list_keys, settle
from coachdesk.words import NotFound, Refused, Stale, mark, say

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from coachdesk.access import Identity
    from coachdesk.words import Sentence


def assign(
    session: Any,
    identity: Identity,
    client_id: uuid.UUID,
    coach_id: uuid.UUID,
    *,
    earlier: Earlier | None = None,
    words: str = "",
    now: dt.datetime,
    today: dt.date,
) -> Assignment:
    """Give a person to a coach, ending the earlier assignment; a coach may take only who nobody has.

    Where somebody was their coach before, `earlier` says whether the new one reads what was written until now, and
    `words` what the person wants the new one to know.
    """
    demand(identity, Action.ADMIN_ASSIGN, Action.CLIENTS_HAND_OVER, Action.CLIENTS_ADD)
    hold_person(session, client_id)
    current: Assignment | None = session.scalar(
        sa.select(Assignment).where(Assignment.client_id == client_id, Assignment.ended_at.is_(None)).with_for_update()
    )
    _refuse_bad(session, identity, current, client_id, coach_id)
    if current is not None:
        if current.coach_id == coach_id:
            return current
        if earlier is None and identity.role is not Role.SYSTEM:
            raise Refused(mark("Choose whether the new coach may read what was written before."), "earlier")
    return give(
        session, identity, client_id, coach_id, current=current, earlier=earlier, words=words, now=now, today=today
    )


def hold_person(session: Any, client_id: uuid.UUID) -> None:
    """Let two who write about the same person at once come one after another; nothing is read. Raises `NotFound`."""
    known = sa.select(Client.id).where(Client.id == client_id).with_for_update(key_share=True)
    if session.scalar(unscoped(known, because="two who write down the same at once come one after another")) is None:
        raise NotFound


def give(
    session: Any,
    identity: Identity,
    client_id: uuid.UUID,
    coach_id: uuid.UUID,
    *,
    current: Assignment | None,
    earlier: Earlier | None,
    words: str = "",
    now: dt.datetime,
    today: dt.date,
) -> Assignment:
    """End one assignment and begin another; who asks has seen to it that they may, and holds `current`."""
    if current is not None:
        current.ended_at, current.ended_by = now, identity.id
        session.flush()
        audit.record(session, identity, audit.Event.ASSIGNMENT_ENDED, client_id=client_id, subject=current, now=now)
    _end_wish(session, client_id, now=now)
    made = Assignment(
        id=uuid.uuid4(),
        client_id=client_id,
        coach_id=coach_id,
        started_at=now,
        started_on=today,
        started_by=identity.id,
    )
    session.add(made)
    session.flush()
    detail = {"coach": str(coach_id)}
    if current is not None and earlier is not None:
        _hand_over(session, identity, current, made, earlier=earlier, words=words, now=now)
        detail["earlier"] = earlier.value
    audit.record(
        session, identity, audit.Event.ASSIGNMENT_MADE, client_id=client_id, subject=made, detail=detail, now=now
    )
    _tell(session, identity, current, made, now=now)
    return made


def _tell(session: Any, identity: Identity, before: Assignment | None, made: Assignment, *, now: dt.datetime) -> None:
    """Tell both coaches in the app, the earlier one without a name; nobody of their own deed, nor who is gone."""
    if identity.role is Role.SYSTEM:
        return
    key = f"given:{made.id.hex}:"
    if made.coach_id != identity.id:
        named = sa.select(Client).where(Client.id == made.client_id)
        person = session.scalars(unscoped(named, because="whom they walk with from now on")).one()
        words = say(
            mark("You walk with %(name)s from now on. %(by)s gave them to you."), name=shown(person), by=identity.name
        )
        path = f"/people/{made.client_id}/pack" if before else f"/people/{made.client_id}"
        tell_in_app(session, key, made.coach_id, str(words), path, client_id=made.client_id, now=now)
    if before and before.coach_id != identity.id and _coaches(session, before.coach_id):
        words = say(mark("One of your people walks with somebody else from now on."))
        tell_in_app(session, key, before.coach_id, str(words), "/people", now=now)


def _coaches(session: Any, user_id: uuid.UUID) -> bool:
    user = accounts.find_user(session, user_id)
    return user.active and user.role_name in COACHING


def tell_in_app(
    session: Any,
    key: str,
    to: uuid.UUID,
    text: str,
    path: str,
    *,
    client_id: uuid.UUID | None = None,
    now: dt.datetime,
) -> None:
    """Tell somebody in the app who walks with whom; `client_id` is the person it names, if it names one."""
    message = Message(
        key=f"{key}{to.hex}",
        topic=Topic.ASSIGNMENT,
        channel=Channel.IN_APP,
        recipient_id=to,
        client_id=client_id,
        text=text,
        path=path,
    )
    enqueue(session, message, now=now)


def _end_wish(session: Any, client_id: uuid.UUID, *, now: dt.datetime) -> None:
    """Let a wish for another coach be: here another one comes. Who assigns need not know that there was one."""
    wish = sa.select(CoachWish).where(CoachWish.client_id == client_id, CoachWish.ended_at.is_(None))
    found: CoachWish | None = session.scalar(unscoped(wish, because="who assigns need not read what was wished"))
    if found is not None:
        end_wish(session, SYSTEM, found, now=now)


def end_wish(session: Any, identity: Identity, row: CoachWish, *, now: dt.datetime) -> None:
    """End a wish for another coach, and take back what was told of it; the caller has seen to it that this may be."""
    row.ended_at, row.ended_by = now, identity.id
    session.flush()
    settle(session, list_keys(session, row.client_id, Topic.ASSIGNMENT, wish_key(row)), now=now)
    audit.record(session, identity, audit.Event.COACH_WISH_ENDED, client_id=row.client_id, subject=row, now=now)


def wish_key(row: CoachWish) -> str:
    """Return how the keys of what was told about a wish begin."""
    return f"coach-wish:{row.id.hex}:"


def assign_many(
    session: Any,
    identity: Identity,
    people: Iterable[Client],
    coach_id: uuid.UUID,
    *,
    now: dt.datetime,
    today: dt.date,
) -> None:
    """Give many who were only just added to one coach; who brings them in writes the event."""
    session.add_all(
        Assignment(
            id=uuid.uuid4(),
            client_id=person.id,
            coach_id=coach_id,
            started_at=now,
            started_on=today,
            started_by=identity.id,
        )
        for person in people
    )
    session.flush()


def _hand_over(
    session: Any,
    identity: Identity,
    before: Assignment,
    made: Assignment,
    *,
    earlier: Earlier,
    words: str,
    now: dt.datetime,
) -> None:
    session.add(
        HandOver(
            id=uuid.uuid4(),
            client_id=made.client_id,
            assignment_id=made.id,
            from_coach_id=before.coach_id,
            to_coach_id=made.coach_id,
            earlier=earlier,
            words=words,
            at=now,
            by=identity.id,
        )
    )
    session.flush()


def _refuse_bad(
    session: Any, identity: Identity, current: Assignment | None, client_id: uuid.UUID, coach_id: uuid.UUID
) -> None:
    if current is not None and not (may(identity, Action.ADMIN_ASSIGN) or _hands_over(session, identity, client_id)):
        raise NotFound  # somebody who has a coach is given to another by their supervisor, or an administrator
    if coach_id not in {user.id for user in accounts.list_coaches(session, identity)}:
        raise Refused(mark("Choose a coach from the list."), "coach_id")
    if is_kept(session, client_id, coach_id):
        raise Refused(mark("This coach cannot walk with them. Choose another one."), "coach_id")


def _hands_over(session: Any, identity: Identity, client_id: uuid.UUID) -> bool:
    """Say whether a supervisor may give a person to another coach: theirs to see without an emergency."""
    if not may(identity, Action.CLIENTS_HAND_OVER):
        return False
    seen = scoped(sa.select(Client.id).where(Client.id == client_id), identity.everyday, Client.id)
    return session.scalar(seen) is not None


def is_kept(session: Any, client_id: uuid.UUID, user_id: uuid.UUID) -> bool:
    """Say whether a member of staff may not see a person now. For verbs, never for a page."""
    kept = sa.select(Restriction.id).where(
        Restriction.client_id == client_id, Restriction.user_id == user_id, Restriction.ended_at.is_(None)
    )
    return session.scalar(unscoped(kept, because="a coach who is kept from a person is not given them")) is not None


def map_assignments(session: Any, identity: Identity) -> dict[uuid.UUID, Assignment]:
    """Return the assignments of now that this identity may see, by person."""
    found = scoped(sa.select(Assignment).where(Assignment.ended_at.is_(None)), identity, Assignment.client_id)
    return {row.client_id: row for row in session.scalars(found)}


def find_assignment(session: Any, identity: Identity, client_id: uuid.UUID) -> Assignment | None:
    """Return a person's assignment of now, if there is one this identity may see."""
    found = scoped(
        sa.select(Assignment).where(Assignment.ended_at.is_(None), Assignment.client_id == client_id),
        identity,
        Assignment.client_id,
    )
    row: Assignment | None = session.scalar(found)
    return row


def find_coach(session: Any, identity: Identity, client_id: uuid.UUID) -> User | None:
    """Return who walks with a person now, in one query, if there is somebody this identity may see."""
    found = sa.select(User).join(Assignment, Assignment.coach_id == User.id)
    open_now = found.where(Assignment.ended_at.is_(None), Assignment.client_id == client_id)
    coach: User | None = session.scalar(scoped(open_now, identity, Assignment.client_id))
    return coach


def find_hand_over(session: Any, identity: Identity, client_id: uuid.UUID) -> HandOver | None:
    """Return how the coach of now came to a person, where somebody gave the person to them."""
    found = (
        visible(identity, HandOver)
        .join(Assignment, Assignment.id == HandOver.assignment_id)
        .where(HandOver.client_id == client_id, Assignment.ended_at.is_(None))
    )
    row: HandOver | None = session.scalar(found)
    return row


def open_earlier(
    session: Any, identity: Identity, client_id: uuid.UUID, hand_over_id: uuid.UUID | None, *, now: dt.datetime
) -> HandOver:
    """Let the coach of now read what was written before they came, as the person wished.

    Only a supervisor who sees the person every day says so, and not for themself (else `NotFound`); and only for whom
    the page named by the hand-over that brought them: raises `Stale` where another coach has come meanwhile.
    """
    return _set_earlier(session, identity, client_id, hand_over_id, earlier=Earlier.EVERYTHING, now=now)


def close_earlier(
    session: Any, identity: Identity, client_id: uuid.UUID, hand_over_id: uuid.UUID | None, *, now: dt.datetime
) -> HandOver:
    """Let the coach of now read again only what is written since they came; the same say so as in `open_earlier`."""
    return _set_earlier(session, identity, client_id, hand_over_id, earlier=Earlier.FROM_TODAY, now=now)


def _set_earlier(
    session: Any,
    identity: Identity,
    client_id: uuid.UUID,
    hand_over_id: uuid.UUID | None,
    *,
    earlier: Earlier,
    now: dt.datetime,
) -> HandOver:
    demand(identity, Action.CLIENTS_HAND_OVER)
    hold_person(session, client_id)
    if not _hands_over(session, identity, client_id):
        raise NotFound
    found = find_hand_over(session, identity.everyday, client_id)
    if found is None or found.to_coach_id == identity.id:
        raise NotFound
    if found.id != hand_over_id:
        raise Stale
    if found.earlier is not earlier:
        event = audit.Event.EARLIER_OPENED if earlier is Earlier.EVERYTHING else audit.Event.EARLIER_CLOSED
        found.earlier = earlier
        session.flush()
        audit.record(session, identity, event, client_id=client_id, subject=found, now=now)
    return found


def map_loads(session: Any, coach_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Return how many people each of these coaches walks with now; numbers alone, for whoever gives them another."""
    found = (
        sa.select(Assignment.coach_id, sa.func.count())
        .join(Episode, sa.and_(Episode.client_id == Assignment.client_id, Episode.closed_at.is_(None)))
        .where(Assignment.ended_at.is_(None), Assignment.coach_id.in_(set(coach_ids)))
        .group_by(Assignment.coach_id)
    )
    return dict(session.execute(unscoped(found, because="how many, never who")).all())


def warn_load(session: Any, identity: Identity, coach_id: uuid.UUID) -> Sentence | None:
    """Say that a coach walks with more people than were agreed for them; a word, never a block."""
    coach = accounts.find_user(session, coach_id)
    people = map_loads(session, [coach_id]).get(coach_id, 0)
    if not is_load_full(people - 1, coach.most_people):
        return None
    if coach_id == identity.id:
        return say(mark("That makes %(n)s people with you; %(most)s were agreed."), n=people, most=coach.most_people)
    return say(
        mark("That makes %(n)s people with %(name)s; %(most)s were agreed."),
        n=people,
        name=coach.first_name,
        most=coach.most_people,
    )


def is_own(session: Any, identity: Identity, client_id: uuid.UUID) -> bool:
    """Say whether a person is this identity's own now."""
    row = find_assignment(session, identity, client_id)
    return row is not None and row.coach_id == identity.id and identity.role is not Role.SYSTEM
