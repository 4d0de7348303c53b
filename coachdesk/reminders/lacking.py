"""What a record lacks: a goal, a word about one, the end of something begun, a coach. Parts of the one query."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.access import Assignment, Away, scoped, wordless
from coachdesk.checkins.models import CheckIn, CheckInGoal, CheckInStep
from coachdesk.clients import items, taking
from coachdesk.drafts import service as drafts
from coachdesk.goals.models import Goal, GoalReview
from coachdesk.goals.rules import GoalStatus
from coachdesk.reminders.columns import row
from coachdesk.reminders.kinds import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coachdesk.access import Identity
    from coachdesk.db import Many
    from coachdesk.reminders.settings import Settings

_A_YEAR = dt.timedelta(days=366)
_DAYS_ALONE = "whether and when there was a contact decides a day"


def parts(identity: Identity, settings: Settings, these: Many | None) -> Iterator[Any]:
    """Return the parts for what is switched on; who answers where no coach does is always asked for."""
    if settings.is_on(Rule.NO_GOAL):
        yield _without_goal(identity, settings.number_of(Rule.NO_GOAL), these)
    if settings.is_on(Rule.GOALS_UNTOUCHED):
        yield _touched(identity, these)
    if settings.is_on(Rule.NOTE_UNFINISHED):
        part = drafts.select_unfinished(identity).subquery()
        yield sa.select(
            *row(
                "draft", part.c.client_id, part.c.id, sa.cast(sa.null(), sa.Date),
                word=part.c.form, by=part.c.path, other=part.c.author_id, moment=part.c.saved_at,
            )
        )  # fmt: skip
    if settings.is_on(Rule.MILESTONE):
        part = items.select_days_to_mark(identity).subquery()
        yield sa.select(*row("milestone", part.c.client_id, part.c.id, part.c.marked_on, text=part.c.words))
    part = taking.select_answering(identity).subquery()
    if identity.now is not None:
        yield _leaves(identity, identity.now)
    yield sa.select(*row("answering", part.c.client_id, part.c.user_id, sa.cast(sa.null(), sa.Date)))


def _leaves(identity: Identity, now: dt.datetime) -> Any:
    """Return the coach's days away of the last year that have begun and in which nobody looks or looked after the person."""
    goes_on = sa.and_(Away.ends_at > now, Away.ended_at.is_(None))
    alone = sa.or_(Away.cover_id.is_(None), sa.and_(goes_on, ~taking.covers(Away, Assignment.client_id)))
    found = (
        sa.select(*row("leave", Assignment.client_id, Away.id, Away.from_on, day=Away.until_on, moment=Away.ended_at))
        .join(Away, Away.user_id == Assignment.coach_id)
        .where(Assignment.ended_at.is_(None), alone, Away.starts_at <= now, Away.ends_at > now - _A_YEAR)
        .where(sa.or_(Away.ended_at.is_(None), Away.ended_at > Away.starts_at))
    )
    return scoped(found, identity, Assignment.client_id)


def _without_goal(identity: Identity, number: int, these: Many | None) -> Any:
    """Return the day of that many contacts of whoever has never had a goal."""
    place = sa.func.row_number().over(partition_by=CheckIn.client_id, order_by=(CheckIn.held_on, CheckIn.signed_at))
    contacts = sa.select(CheckIn.client_id, CheckIn.held_on, place.label("place")).where(
        CheckIn.withdrawn_at.is_(None), CheckIn.client_id.not_in(sa.select(Goal.client_id))
    )
    contacts = contacts if these is None else contacts.where(these.has(CheckIn.client_id))
    part = wordless(scoped(contacts, identity, CheckIn.client_id), because=_DAYS_ALONE).subquery()
    return sa.select(*row("no-goal", part.c.client_id, part.c.client_id, part.c.held_on, number=part.c.place)).where(
        part.c.place == number
    )


def _touched(identity: Identity, these: Many | None) -> Any:
    """Return the last day on which a goal was begun or spoken of, of whoever has a goal of now."""
    begun = sa.select(Goal.client_id, Goal.started_on.label("on"), sa.literal(1).label("now")).where(
        Goal.status == GoalStatus.ACTIVE
    )
    no = sa.literal(0).label("now")
    days = [begun, sa.select(GoalReview.client_id, GoalReview.reviewed_on.label("on"), no)]
    for link in (CheckInGoal, CheckInStep):
        spoken = sa.select(link.client_id, CheckIn.held_on.label("on"), no)
        days.append(spoken.join(CheckIn, CheckIn.id == link.checkin_id).where(CheckIn.withdrawn_at.is_(None)))
    columns = (Goal.client_id, GoalReview.client_id, CheckInGoal.client_id, CheckInStep.client_id)
    narrowed = [
        wordless(
            scoped(part if these is None else part.where(these.has(column)), identity, column), because=_DAYS_ALONE
        )
        for part, column in zip(days, columns, strict=True)
    ]
    touched = sa.union_all(*narrowed).subquery()
    part = (
        sa.select(touched.c.client_id, sa.func.max(touched.c.on).label("on"))
        .group_by(touched.c.client_id)
        .having(sa.func.max(touched.c.now) == 1)
        .subquery()
    )
    return sa.select(*row("touched", part.c.client_id, part.c.client_id, part.c.on))
