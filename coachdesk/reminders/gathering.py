"""What people’s records have in them that may fall due: parts of one query, each scoped by itself, words still sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.access import Assignment, Away, Role, TeamMembership, scoped
from coachdesk.accounts.models import User
from coachdesk.checkins import attempts, plans
from coachdesk.clients import about, episodes
from coachdesk.db import Many
from coachdesk.goals import service as goals
from coachdesk.referrals import service as referrals
from coachdesk.reminders import lacking
from coachdesk.reminders.columns import row
from coachdesk.reminders.givens import AskKind
from coachdesk.reminders.models import LedgerAct, LedgerEntry, Reminder
from coachdesk.safety.models import Concern, ConcernFollowUp
from coachdesk.visits.models import Visit, VisitSeries
from coachdesk.visits.rules import Closing

if TYPE_CHECKING:
    import datetime as dt
    import uuid
    from collections.abc import Collection

    from coachdesk.access import Identity
    from coachdesk.reminders.settings import Settings


def gather(
    session: Any,
    identity: Identity,
    settings: Settings,
    *,
    taken: dt.date | None,
    since: dt.date | None,
    until: dt.date | None,
    ids: Collection[uuid.UUID] | None,
) -> dict[uuid.UUID, list[Any]]:
    """Return all that people's records have in them that may fall due, in one query, by person; words still sealed.

    Of each series with the days that are over from `taken` on, and with what was called off from `since` on. With `ids`
    only what those people's have; with `until` nothing whose own day, before which it never falls due, lies
    after it.
    """
    found: dict[uuid.UUID, list[Any]] = {}
    these = None if ids is None else Many(session, ids)
    of_a_day = [
        _steps(identity),
        _reviews(identity),
        _agreements(identity),
        _clocks(identity),
        _asks(identity),
        _planned(identity),
        _follow_ups(identity),
    ]
    parts = (
        *(of_a_day if until is None else [part.where(part.selected_columns.on <= until) for part in of_a_day]),
        _plans(identity),
        _unmet(identity),
        _concerns(identity),
        _risks(identity, these),
        _pauses(identity),
        *([] if identity.role is Role.SYSTEM else [_answers(identity)]),
        *([_taken(identity, taken)] if taken else []),
        *([_off(identity, since)] if since else []),
        *lacking.parts(identity, settings, these),
    )
    # Every part is scoped by itself; the whole carries the mark on.
    narrowed = parts if these is None else [part.where(these.has(part.selected_columns.client_id)) for part in parts]
    for one in session.execute(sa.union_all(*narrowed)).all():
        found.setdefault(one.client_id, []).append(one)
    return found


def _plans(identity: Identity) -> Any:
    return scoped(
        sa.select(
            *row(
                "plan",
                Visit.client_id,
                Visit.id,
                Visit.planned_on,
                at=Visit.hour,
                text=Visit.place,
                word=Visit.channel,
                other=Visit.series_id,
                day=Visit.occurs_on,
                number=Visit.minutes,
            )
        ).where(Visit.closed_at.is_(None)),
        identity,
        Visit.client_id,
    )


def _unmet(identity: Identity) -> Any:
    """Return the last day of each series that goes on which came to nothing."""
    nobody = sa.or_(
        Visit.closing == Closing.ATTEMPT, sa.and_(Visit.closing == Closing.CANCELLED, Visit.closing_id.is_(None))
    )
    return scoped(
        sa.select(*row("unmet", Visit.client_id, Visit.client_id, sa.func.max(Visit.planned_on)))
        .join(VisitSeries, VisitSeries.id == Visit.series_id)
        .where(VisitSeries.ended_at.is_(None), nobody)
        .group_by(Visit.client_id),
        identity,
        Visit.client_id,
    )


def _taken(identity: Identity, since: dt.date) -> Any:
    """Return the days of the series that go on which have a row of their own and are closed."""
    return scoped(
        sa.select(*row("taken", Visit.client_id, Visit.id, Visit.occurs_on))
        .join(VisitSeries, VisitSeries.id == Visit.series_id)
        .where(VisitSeries.ended_at.is_(None), Visit.closed_at.is_not(None), Visit.occurs_on >= since),
        identity,
        Visit.client_id,
    )


def _off(identity: Identity, since: dt.date) -> Any:
    """Return what was called off by one of the two and whose day is not over."""
    return scoped(
        sa.select(
            *row("off", Visit.client_id, Visit.id, Visit.planned_on, word=Visit.off_by, then=Visit.off_then)
        ).where(Visit.off_by.is_not(None), Visit.planned_on >= since),
        identity,
        Visit.client_id,
    )


def _steps(identity: Identity) -> Any:
    part = goals.select_due_steps(identity).subquery()
    return sa.select(
        *row(
            "step",
            part.c.client_id,
            part.c.id,
            part.c.due_on,
            text=part.c.words,
            other=part.c.goal_id,
            word=part.c.owner,
        )
    )


def _reviews(identity: Identity) -> Any:
    part = goals.select_review_days(identity).subquery()
    return sa.select(*row("goal", part.c.client_id, part.c.id, part.c.next_review_on))


def _agreements(identity: Identity) -> Any:
    part = about.select_agreement_days(identity).subquery()
    return sa.select(*row("agreement", part.c.client_id, part.c.id, part.c.review_on))


def _clocks(identity: Identity) -> Any:
    part = referrals.select_clocks(identity).subquery()
    return sa.select(
        *row("referral", part.c.client_id, part.c.id, part.c.clock_on, text=part.c.service_name, word=part.c.status)
    )


def _asks(identity: Identity) -> Any:
    unread = plans.unread(Reminder.client_id, Reminder.made_at, Reminder.made_by)
    reads = sa.or_(
        Reminder.kind != AskKind.BY_HAND,
        sa.and_(~unread, _walked()),
        sa.and_(Reminder.made_by == Reminder.for_user_id, _stays()),
    )
    goes_on = sa.case((Reminder.last_at.is_(None), Reminder.repeat))
    return scoped(
        sa.select(
            *row(
                "ask",
                Reminder.client_id,
                Reminder.id,
                Reminder.due_on,
                at=Reminder.hour,
                text=sa.case((reads, Reminder.text)),
                word=Reminder.kind,
                other=Reminder.for_user_id,
                about=Reminder.about_id,
                by=sa.select(User.first_name).where(User.id == Reminder.made_by).scalar_subquery(),
                day=sa.func.coalesce(Visit.planned_on, Reminder.repeat_until),
                then=sa.func.coalesce(sa.cast(Visit.off_then, sa.String), sa.cast(goes_on, sa.String)),
                number=sa.case((_stays(), 1)),
            )
        )
        .outerjoin(Visit, Visit.id == Reminder.about_id)
        .where(Reminder.done_at.is_(None)),
        identity,
        Reminder.client_id,
    )


def _walked() -> Any:
    """Return the condition that whoever set a reminder walked with the person, or looked after them for their coach.

    A supervisor's words of their own are nobody else's, whatever becomes of the supervisor.
    """
    walks = sa.exists().where(Assignment.client_id == Reminder.client_id, Assignment.coach_id == Reminder.made_by)
    covers = (
        sa.exists()
        .where(Away.cover_id == Reminder.made_by, Away.user_id == Assignment.coach_id)
        .where(Assignment.client_id == Reminder.client_id)
    )
    return sa.or_(walks, covers)


def _stays() -> Any:
    """Return the condition that whoever a reminder is for is a supervisor of the person's coach: it stays theirs."""
    theirs, of_coach = sa.orm.aliased(TeamMembership), sa.orm.aliased(TeamMembership)
    found = (
        sa.select(sa.literal(1))
        .select_from(theirs)
        .join(of_coach, of_coach.team_id == theirs.team_id)
        .join(Assignment, Assignment.coach_id == of_coach.user_id)
        .join(User, User.id == theirs.user_id)
        .where(
            theirs.user_id == Reminder.for_user_id,
            theirs.ended_at.is_(None),
            of_coach.ended_at.is_(None),
            Assignment.client_id == Reminder.client_id,
            Assignment.ended_at.is_(None),
            Assignment.coach_id != theirs.user_id,
            User.active,
            User.role_name == Role.SUPERVISOR,
        )
    )
    return found.correlate(Reminder).exists()


def _planned(identity: Identity) -> Any:
    """Return what coaches planned and want to be reminded of: a reminder for whoever is the coach on the day."""
    part = plans.select_reminders(identity).subquery()
    kind = sa.literal(AskKind.BY_HAND.value)
    return sa.select(*row("ask", part.c.client_id, part.c.id, part.c.remind_on, text=part.c.what, word=kind))


NOBODY_HAS = "nobody has it"


def _concerns(identity: Identity) -> Any:
    """Return the worries that are open, with a word on those that nobody has."""
    untaken = sa.case((Concern.taken_at.is_(None), NOBODY_HAS), else_=sa.null())
    return scoped(
        sa.select(*row("concern", Concern.client_id, Concern.id, Concern.raised_on, word=untaken)).where(
            Concern.closed_at.is_(None)
        ),
        identity,
        Concern.client_id,
    )


def _risks(identity: Identity, these: Many | None) -> Any:
    """Return the check-ins of whoever is tried now, with what may be written of a hard thing; still sealed."""
    part = attempts.select_risks(identity, these=these).subquery()
    return sa.select(
        *row("risk", part.c.client_id, part.c.id, part.c.held_on, text=part.c.return_to_use, word=part.c.happened)
    )


def _follow_ups(identity: Identity) -> Any:
    """Return the moments to look after somebody again, until one did, or the worry is closed."""
    of_open = (
        sa.select(
            *row(
                "follow-up",
                ConcernFollowUp.client_id,
                ConcernFollowUp.id,
                ConcernFollowUp.due_on,
                word=ConcernFollowUp.hours,
                other=ConcernFollowUp.concern_id,
            )
        )
        .join(Concern, Concern.id == ConcernFollowUp.concern_id)
        .where(Concern.closed_at.is_(None), ConcernFollowUp.done_at.is_(None))
    )
    return scoped(of_open, identity, ConcernFollowUp.client_id)


def _pauses(identity: Identity) -> Any:
    part = episodes.select_pauses(identity).subquery()
    days = {"word": sa.cast(part.c.until_on, sa.String), "by": sa.cast(part.c.ended_on, sa.String)}
    return sa.select(*row("pause", part.c.client_id, part.c.id, part.c.from_on, **days))


def _answers(identity: Identity) -> Any:
    """Return what this reader answered of what is due, or was when it was looked at last, and what they put off."""
    waits = LedgerAct.until > identity.now if identity.now else LedgerAct.until.is_not(None)
    return scoped(
        sa.select(
            *row(
                "answer",
                LedgerAct.client_id,
                LedgerAct.id,
                LedgerEntry.due_on,
                text=LedgerEntry.key,
                moment=LedgerAct.until,
            )
        )
        .join(LedgerEntry, LedgerEntry.id == LedgerAct.entry_id)
        .where(
            LedgerAct.by == identity.id,
            LedgerAct.undone_at.is_(None),
            sa.or_(LedgerEntry.over_at.is_(None), waits),
        ),
        identity,
        LedgerAct.client_id,
    )
