"""The ledger: what was told, and what was done about it. Done, Later and Not needed are rows; Undo ends a row."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, NamedTuple

from coachdesk import audit
from coachdesk.access import Action, demand, visible
from coachdesk.accounts import service as accounts
from coachdesk.checkins import plans
from coachdesk.clock import zone_of
from coachdesk.notify import settle, unsettle
from coachdesk.organisation import service as organisation
from coachdesk.reminders import facts, queueing, recurring
from coachdesk.reminders.answers import ASKED, BY_SAYING, NOT_NEEDED, Reason, may_undo
from coachdesk.reminders.hearers import due_to
from coachdesk.reminders.kinds import Act, Rule
from coachdesk.reminders.models import LedgerAct, LedgerEntry, Reminder
from coachdesk.reminders.recalling import list_own_messages
from coachdesk.reminders.rules import FAR_DAYS
from coachdesk.words import NotFound, Refused, mark

if TYPE_CHECKING:
    import datetime as dt

    from coachdesk.access import Identity
    from coachdesk.reminders.rules import Due


def done(session: Any, identity: Identity, key: str, *, now: dt.datetime, today: dt.date) -> LedgerAct:
    """Say that a reminder set by hand, or an ask, is done. Said twice, it is done once."""
    due = _find_due_unless(session, identity, key, Act.DONE, today)
    if isinstance(due, LedgerAct):
        return due
    if due.rule not in BY_SAYING:
        raise Refused(mark("This one is done by doing it. Use its own button."))
    if due.rule in ASKED:
        _finish(session, identity, due.subject, now=now)
    return _act(session, identity, due, Act.DONE, audit.Event.REMINDER_DONE, now=now)


def later(
    session: Any, identity: Identity, key: str, *, until: dt.datetime, now: dt.datetime, today: dt.date
) -> LedgerAct:
    """Hide something from the reader's Today until a moment. It moves neither the due day nor the team board."""
    if until <= now:
        raise Refused(mark("Choose a day after today."), "day")
    if (until - now).days > FAR_DAYS:
        raise Refused(mark("That is more than a year ahead. Choose a nearer day."), "day")
    due = find_due(session, identity, key, today)
    if due.rule is Rule.SAFETY_CONCERN:
        raise Refused(mark("A worry about safety stays in sight until somebody has it."))
    return _act(session, identity, due, Act.LATER, audit.Event.REMINDER_MOVED, now=now, until=until)


def not_needed(
    session: Any,
    identity: Identity,
    key: str,
    *,
    reason: Reason,
    words: str = "",
    now: dt.datetime,
    today: dt.date,
) -> LedgerAct:
    """Say that something is not needed, and why. It hides this occurrence alone: the next one comes again."""
    if reason is Reason.OTHER and not words.strip():
        raise Refused(mark("Write in a few words why it is not needed."), "words")
    due = _find_due_unless(session, identity, key, Act.NOT_NEEDED, today)
    if isinstance(due, LedgerAct):
        return due
    if due.rule not in NOT_NEEDED:
        raise Refused(mark("This one stays until it is done, or until you move it to later."))
    if due.rule in ASKED:
        _finish(session, identity, due.subject, now=now)
    return _act(
        session,
        identity,
        due,
        Act.NOT_NEEDED,
        audit.Event.REMINDER_NOT_NEEDED,
        now=now,
        reason=reason,
        words=words.strip(),
    )


def undo(session: Any, identity: Identity, act_id: uuid.UUID, *, now: dt.datetime) -> LedgerAct:
    """Take back what one did oneself: within ten minutes; what was moved to later, as long as it is hidden."""
    demand(identity, Action.REMINDERS_ANSWER)
    act: LedgerAct | None = session.scalar(
        visible(identity, LedgerAct).where(LedgerAct.id == act_id, LedgerAct.by == identity.id)
    )
    if act is None:
        raise NotFound
    if act.undone_at is None:
        if act.act is not Act.LATER and not may_undo(act.at, now):
            raise Refused(mark("That was more than ten minutes ago, so it stays. Set a reminder if it is still to do."))
        act.undone_at = now
        entry = session.scalar(visible(identity, LedgerEntry).where(LedgerEntry.id == act.entry_id))
        if act.act is not Act.LATER and entry.rule in ASKED:
            _finish(session, identity, entry.subject_id, now=now, back=True)
        unsettle(session, list_own_messages(session, [entry.key]), settled_at=act.at)
        session.flush()
        audit.record(session, identity, audit.Event.REMINDER_UNDONE, client_id=act.client_id, subject=entry, now=now)
    return act


def _finish(session: Any, identity: Identity, subject_id: uuid.UUID, *, now: dt.datetime, back: bool = False) -> None:
    """Say that a reminder or an ask is done, or (`back`) that it is not; it may be a check-in's plan.

    Where it comes again, the next one is made with it, and goes with it.
    """
    # A twin that was sent at once waits here for the first, and then finds that it is done.
    asked = visible(identity, Reminder).where(Reminder.id == subject_id).with_for_update()
    reminder = session.scalar(asked.execution_options(populate_existing=True))
    if reminder is None:
        plans.finish_plan(session, identity, subject_id, now=None if back else now)
    elif (reminder.done_at is None) == back:
        return
    elif back:
        reminder.done_at = reminder.done_by = None
        recurring.take_back(session, identity, reminder, now=now)
    else:
        reminder.done_at, reminder.done_by = now, identity.id
        recurring.follow(session, reminder, now=now)


def _find_due_unless(session: Any, identity: Identity, key: str, act: Act, today: dt.date) -> Due | LedgerAct:
    """Return what is due under a key, or what the reader did about it already, a moment ago by another tap too."""
    earlier = _find_act(session, identity, key, act)
    if earlier is not None:
        return earlier
    try:
        return find_due(session, identity, key, today)
    except NotFound:
        earlier = _find_act(session, identity, key, act)
        if earlier is None:
            raise
        return earlier


def find_due(session: Any, identity: Identity, key: str, today: dt.date) -> Due:
    """Return what is due for this reader under a key; raises `NotFound` where it is not, or not theirs."""
    demand(identity, Action.REMINDERS_ANSWER)
    if identity.id.hex not in key:
        raise NotFound
    at = identity.now and identity.now.astimezone(zone_of(organisation.find_zone(session)))
    for known in facts.list_known(session, identity, ids=_whose(session, identity, key), closed=True):
        is_over = known.is_over
        dues = due_to(identity.id, known.facts, today, is_over=is_over, now=at, ahead_days=FAR_DAYS, early=True)
        for due in dues:
            if due.key == key:
                return due
    raise NotFound


def _whose(session: Any, identity: Identity, key: str) -> list[uuid.UUID] | None:
    """Return whom an occurrence is about; none where nobody was told of it yet, so that it may be anybody's."""
    about = visible(identity, LedgerEntry).where(LedgerEntry.key == key).with_only_columns(LedgerEntry.client_id)
    return session.scalars(about).all() or None


def _act(
    session: Any,
    identity: Identity,
    due: Due,
    act: Act,
    happened: audit.Event,
    *,
    now: dt.datetime,
    until: dt.datetime | None = None,
    reason: Reason | None = None,
    words: str = "",
) -> LedgerAct:
    queueing.write_entries(session, [due], now=now)
    # A twin that was sent at once waits here for the first, and then finds what it did.
    entry = session.scalar(visible(identity, LedgerEntry).where(LedgerEntry.key == due.key).with_for_update())
    if entry is None:
        raise NotFound
    earlier = _find_act(session, identity, due.key, act)
    if earlier is not None and earlier.until == until:
        return earlier
    if act is Act.LATER:
        _forget_later(session, identity, entry, now=now)
    made = LedgerAct(
        id=uuid.uuid4(),
        entry_id=entry.id,
        client_id=due.client_id,
        act=act,
        by=identity.id,
        at=now,
        until=until,
        reason=reason,
        words=words,
    )
    session.add(made)
    settle(session, list_own_messages(session, [due.key]), now=now)
    session.flush()
    audit.record(session, identity, happened, client_id=due.client_id, subject=entry, now=now)
    return made


def _forget_later(session: Any, identity: Identity, entry: LedgerEntry, *, now: dt.datetime) -> None:
    """Let the last word stand: what was moved to another moment to come is moved from there."""
    earlier = visible(identity, LedgerAct).where(
        LedgerAct.entry_id == entry.id,
        LedgerAct.by == identity.id,
        LedgerAct.act == Act.LATER,
        LedgerAct.undone_at.is_(None),
        LedgerAct.until > now,
    )
    for row in session.scalars(earlier):
        row.undone_at = now


def _find_act(session: Any, identity: Identity, key: str, act: Act) -> LedgerAct | None:
    """Return what this reader did about an occurrence and did not take back, the latest of its kind."""
    found: LedgerAct | None = session.scalar(
        visible(identity, LedgerAct)
        .join(LedgerEntry, LedgerAct.entry_id == LedgerEntry.id)
        .where(
            LedgerEntry.key == key,
            LedgerEntry.recipient_id == identity.id,
            LedgerAct.by == identity.id,
            LedgerAct.act == act,
            LedgerAct.undone_at.is_(None),
        )
        .order_by(LedgerAct.at.desc())
        .limit(1)
    )
    return found


class Settled(NamedTuple):
    """What became of something that is due no more: who answered it, where somebody did by saying so."""

    act: LedgerAct | None
    by: str


def find_settled(session: Any, identity: Identity, key: str) -> Settled:
    """Return what became of an occurrence that was this reader's; raises `NotFound` where it never was."""
    demand(identity, Action.REMINDERS_ANSWER)
    entry = session.scalar(
        visible(identity, LedgerEntry).where(LedgerEntry.key == key, LedgerEntry.recipient_id == identity.id)
    )
    if entry is None:
        raise NotFound
    same = (
        LedgerEntry.rule == entry.rule,
        LedgerEntry.subject_id == entry.subject_id,
        LedgerEntry.due_on == entry.due_on,
    )
    found: LedgerAct | None = session.scalar(
        visible(identity, LedgerAct)
        .join(LedgerEntry, LedgerEntry.id == LedgerAct.entry_id)
        .where(*same, LedgerAct.act.in_((Act.DONE, Act.NOT_NEEDED)), LedgerAct.undone_at.is_(None))
        .order_by(LedgerAct.at.desc())
        .limit(1)
    )
    return Settled(found, accounts.find_user(session, found.by).first_name if found else "")
