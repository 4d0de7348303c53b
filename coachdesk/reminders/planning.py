"""Planning what is told: each occurrence once, however many schedulers look and however late they are.

In the app: asks, check-ins to review and reminders at their own hour. Outside: one message a day at the reader's hour
when something new is due, and a message of its own for what has an hour of its own. Safety tells at once, by its own
room. Looked at are only those whose record changed or whose moment has come; `marking` says who that is.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.access import Role
from coachdesk.accounts.models import User
from coachdesk.clock import day_of
from coachdesk.db import insert_many
from coachdesk.notify import GO, Delivery, Held, Topic, Verdict
from coachdesk.reminders import coming, deciding, deriving, looking, marking, queueing
from coachdesk.reminders.ahead import Ahead
from coachdesk.reminders.allowing import may_leave, sees
from coachdesk.reminders.apart import do_apart
from coachdesk.reminders.looking import Look
from coachdesk.reminders.models import DigestDay
from coachdesk.reminders.previewing import preview
from coachdesk.reminders.telling import digest_moment

if TYPE_CHECKING:
    import datetime as dt
    import uuid
    from collections.abc import Iterable, Sequence

    from coachdesk.reminders.deriving import Reader

__all__ = ["plan", "preview", "still_wanted"]


def plan(session: Any, *, now: dt.datetime, whole: bool = False) -> int:
    """Write down what is newly due and what is no longer, queue the messages, commit; return how many are new.

    Everything of some hundred people, or for some hundred readers, is one transaction. Where one breaks off, the next
    plan begins where this one did and finds done what is done. With `whole` everybody is looked at.
    """
    scope = marking.find_scope(session, now=now, whole=whole)
    new = sum(do_apart(session, some, partial(_write, session, now=now)) for some in queueing.in_batches(scope.ids))
    marking.note(session, scope, now=now)
    session.commit()
    return new + _plan_digests(session, now=now)


def _write(session: Any, ids: Sequence[uuid.UUID], *, now: dt.datetime) -> int:
    marking.hold(session)
    look = looking.look_at(session, ids, now=now)
    ready, told = look.ready(now), queueing.map_open(session, ids)
    fresh = {key: due for key, due in ready.items() if key not in told}
    made = queueing.write_entries(session, fresh.values(), now=now)
    queueing.reopen(session, fresh.keys() - made, now=now)
    queueing.close(session, told - look.dues.keys(), now=now)
    tellings = [telling for key in sorted(made) for telling in look.alone(fresh[key], now)]
    tellings += look.again(now)
    marking.keep_next(session, ids, look.next_moments(now))
    return queueing.queue(session, tellings, now=now)


def _plan_digests(session: Any, *, now: dt.datetime) -> int:
    """Queue the day's one message of all whose hour has come; what is found later waits a day."""
    readers = deriving.map_readers(session)
    days = sorted(_to_consider(session, readers.values(), now=now).items())
    look = Look(readers, deciding.find_settings(session))
    tell = partial(_tell_together, session, look, now=now)
    return sum(do_apart(session, some, tell) for some in queueing.in_batches(days))


def _tell_together(session: Any, look: Look, days: Sequence[tuple[uuid.UUID, dt.date]], *, now: dt.datetime) -> int:
    rows = [{"user_id": key, "day": day, "considered_at": now} for key, day in days]
    made = {row.user_id for row in insert_many(session, DigestDay, rows, DigestDay.user_id)}
    unmailed, on = queueing.map_unmailed(session, made, now=now), dict(days)
    tellings = [
        telling for key, dues in unmailed.items() for telling in look.together(look.readers[key], on[key], dues)
    ]
    return queueing.queue(session, tellings, now=now)


def _to_consider(session: Any, readers: Iterable[Reader], *, now: dt.datetime) -> dict[uuid.UUID, dt.date]:
    """Return the readers whose hour has come and whose day was not considered yet, with that day."""
    come = {
        reader.id: day
        for reader in readers
        if (at := digest_moment(day := day_of(now, reader.zone), reader.zone, reader.prefs)) and now >= at
    }
    known = sa.select(DigestDay.user_id, DigestDay.day).where(DigestDay.day.in_(set(come.values())))
    for key, day in session.execute(known):
        if come.get(key) == day:
            del come[key]
    return come


# ---- as a message leaves ------------------------------------------------------------------------------------------


def still_wanted(session: Any, delivery: Delivery, now: dt.datetime, *, ahead: Ahead | None = None) -> Verdict:
    """Say whether a message is still right as it leaves: its reader active, and something of it due and theirs.

    `ahead` derives for the messages that leave after it, too; it belongs to one round of sending.
    """
    reader = session.scalar(sa.select(User).where(User.id == delivery.recipient_id, User.active))
    if reader is None:
        return Verdict(Held.SWITCHED_OFF)
    due = delivery.topic is Topic.REMINDERS and (ahead or Ahead(most=0)).is_due(session, delivery, now)
    # What is due to somebody is of whom they see.
    if not due and not sees(session, reader, delivery.client_id, now=now):
        return Verdict(Held.NOT_THEIRS)
    allowed = may_leave(session, reader, delivery, now)
    if allowed.held or due or delivery.topic is not Topic.REMINDERS:
        return allowed
    if reader.role_name is Role.CLIENT and coming.is_still_coming(session, reader, delivery, now=now):
        return GO
    answered = queueing.list_answered(session, delivery.id, now=now)
    return Verdict(Held.DONE if answered and all(answered) else Held.NOT_DUE)
