"""The news of a worry: who is told of it, under which keys, and what is said of that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from coachdesk.access import Assignment, Restriction, visible
from coachdesk.accounts import service as accounts
from coachdesk.clients import service as clients
from coachdesk.clients.naming import shown
from coachdesk.db import Key, insert_once
from coachdesk.notify import ASKED_BODY, ASKED_SUBJECT, TOLD_PATH, Channel, Message, Topic, enqueue
from coachdesk.safety.finding import list_told, select_actions
from coachdesk.safety.models import ConcernAction, ConcernTold
from coachdesk.safety.rules import Done, ToldAs, told, will_be_told
from coachdesk.words import mark, say

if TYPE_CHECKING:
    import datetime as dt
    import uuid
    from collections.abc import Sequence

    from coachdesk.access import Identity
    from coachdesk.accounts.models import User
    from coachdesk.safety.models import Concern, ConcernSaid
    from coachdesk.words import Sentence

WAITS = mark("A concern about somebody’s safety is waiting for somebody to take it.")


def list_supervisors(session: Any, concern: Concern) -> Sequence[User]:
    """Return the supervisors of the person's coach (of whoever raised it, without one) who may see the person."""
    return _supervisors(session, concern.client_id, concern.raised_by)


def _supervisors(session: Any, client_id: uuid.UUID, raised_by: uuid.UUID) -> Sequence[User]:
    coach = sa.select(Assignment.coach_id).where(Assignment.client_id == client_id, Assignment.ended_at.is_(None))
    kept = sa.select(Restriction.user_id).where(Restriction.client_id == client_id, Restriction.ended_at.is_(None))
    of_whom = sa.func.coalesce(coach.limit(1).scalar_subquery(), sa.literal(raised_by, Key()))
    return accounts.list_supervisors_of(session, of_whom, without=kept)


def tell_by_name(
    session: Any, concern: Concern, readers: Sequence[User], *, by: str, person: str, now: dt.datetime
) -> int:
    """Tell supervisors of a concern, by the person's name in the app alone; return how many did not know yet."""
    text = f"{by} is worried about {person}’s safety."
    return sum(
        _tell(session, concern, reader, ToldAs.SUPERVISOR, text=text, path=f"/concerns/{concern.id}", now=now)
        for reader in readers
    )


def tell_nameless(session: Any, concern: Concern, readers: Sequence[User], *, now: dt.datetime) -> int:
    """Tell administrators that a concern waits, without a name; return how many did not know yet."""
    return sum(
        _tell(session, concern, reader, ToldAs.ADMINISTRATOR, text=WAITS, path="/admin/people", now=now)
        for reader in readers
    )


def _tell(
    session: Any, concern: Concern, reader: User, told_as: ToldAs, *, text: str, path: str, now: dt.datetime
) -> bool:
    """Tell somebody once, however many schedulers try; say whether it was new to them."""
    new = insert_once(
        session,
        ConcernTold,
        concern_id=concern.id,
        user_id=reader.id,
        client_id=concern.client_id,
        told_as=told_as,
        told_at=now,
    )
    if new:
        about = concern.client_id if told_as is ToldAs.SUPERVISOR else None
        send(session, _told_name(concern, reader.id), reader, text=text, path=path, about=about, now=now)
    return new


def send(
    session: Any,
    name: str,
    reader: User,
    *,
    text: str,
    path: str,
    about: uuid.UUID | None,
    now: dt.datetime,
) -> None:
    """Queue one telling under a name of its own: the words in the app, and a mail that says nothing and names nobody.

    The mail leads to where the words in the app lead, by an address that does not say what is there.
    """
    for channel in (Channel.IN_APP, Channel.EMAIL):
        enqueue(
            session,
            Message(
                key=f"{name}:{channel}",
                topic=Topic.SAFETY,
                channel=channel,
                recipient_id=reader.id,
                client_id=about,
                text=text if channel is Channel.IN_APP else "",
                path=path if channel is Channel.IN_APP or about is None else TOLD_PATH,
                subject=ASKED_SUBJECT,
                body=ASKED_BODY,
                address=reader.email if channel is Channel.EMAIL else "",
            ),
            now=now,
        )


def tell_danger(session: Any, identity: Identity, concern: Concern, row: ConcernSaid, *, now: dt.datetime) -> None:
    """Tell whoever has a concern, or every supervisor of one that waits, that there is danger now."""
    person = clients.find_person(session, identity, concern.client_id)
    text = str(say(mark("%(by)s says there is danger now: %(name)s"), by=identity.name, name=shown(person)))
    for reader in list_supervisors(session, concern):
        if reader.id != identity.id and concern.taken_by in (None, reader.id):
            send(
                session,
                f"safety:{concern.id.hex}:danger:{row.id.hex}:{reader.id.hex}",
                reader,
                text=text,
                path=f"/concerns/{concern.id}",
                about=concern.client_id,
                now=now,
            )


def _told_name(concern: Concern, reader_id: uuid.UUID) -> str:
    return f"safety:{concern.id.hex}:{reader_id.hex}"


def keys_told(session: Any, identity: Identity, concern: Concern) -> list[str]:
    """Return the keys of what was said in the app of a concern that waits: to all who were told, and handed on."""
    told_of = visible(identity, ConcernTold).where(ConcernTold.concern_id == concern.id)
    handed = select_actions(identity, concern).where(ConcernAction.kind == Done.HANDED_ON)
    names = [
        *(_told_name(concern, row.user_id) for row in session.scalars(told_of)),
        *(handed_name(concern, row.id) for row in session.scalars(handed)),
    ]
    return [f"{name}:{Channel.IN_APP}" for name in names]


def handed_name(concern: Concern, action_id: uuid.UUID) -> str:
    """Return the name under which somebody is told that a concern was handed to them."""
    return f"safety:{concern.id.hex}:handed:{action_id.hex}"


def told_sentence(session: Any, identity: Identity, concern: Concern, *, late: bool, mailed: bool) -> Sentence:
    """Say who was told of a concern, as `told` does."""
    rows = list_told(session, identity, concern)
    users = accounts.list_users(session, [row.user_id for row in rows])
    names = {kind: sorted(users[row.user_id].name for row in rows if row.told_as is kind) for kind in ToldAs}
    return told(names[ToldAs.SUPERVISOR], names[ToldAs.ADMINISTRATOR], late=late, mailed=mailed)


class Foretold(NamedTuple):
    """What is said before saving: where messages go out, and where none does at the moment."""

    soon: Sentence
    late: Sentence


def will_be_told_sentences(session: Any, identity: Identity, client_id: uuid.UUID, *, mailed: bool) -> Foretold:
    """Say, before saving, who will be told."""
    names = [user.name for user in _supervisors(session, client_id, identity.id)]
    return Foretold(will_be_told(names, mailed=mailed), will_be_told(names, late=True))
