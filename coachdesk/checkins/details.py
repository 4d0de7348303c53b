"""What a check-in keeps beyond its four answers, in rows of its own: goals, benefits, supports, plans, supervision."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.access import Action, Role, TeamMembership, demand, scoped, visible, worded
from coachdesk.checkins.models import (
    CheckIn,
    CheckInBenefit,
    CheckInGoal,
    CheckInPlan,
    CheckInSupport,
    SupervisionLine,
)
from coachdesk.checkins.parts import BENEFIT_WORDS, SUPPORT_WORDS, Benefit, Support
from coachdesk.db import Key, keys
from coachdesk.goals import service as goals
from coachdesk.goals.models import Goal
from coachdesk.goals.rules import StepOwner
from coachdesk.words import NotFound

if TYPE_CHECKING:
    import datetime as dt
    import uuid

    from coachdesk.access import Identity
    from coachdesk.checkins.parts import More


@dataclass(frozen=True)
class Kept:
    """Something planned, as it was kept: what, who, by which local day, and what became of it."""

    what: str
    who: StepOwner
    by_on: dt.date | None
    remind_on: dt.date | None
    is_step: bool


@dataclass
class Details:
    """What else was kept of a check-in, ready for a page; plans in their order."""

    goals: list[str] = field(default_factory=list)
    benefits: list[str] = field(default_factory=list)
    supports: list[str] = field(default_factory=list)
    plans: list[Kept] = field(default_factory=list)


NOTHING = Details()


def keep_details(session: Any, identity: Identity, entry: CheckIn, more: More, *, now: dt.datetime) -> None:
    """Keep the rows of a check-in that is being logged; raises `NotFound` for a goal of somebody else."""
    for goal_id in dict.fromkeys(more.goal_ids):
        if goals.find_goal(session, identity, goal_id).client_id != entry.client_id:
            raise NotFound
        session.add(CheckInGoal(checkin_id=entry.id, goal_id=goal_id, client_id=entry.client_id))
    of_entry = {"checkin_id": entry.id, "client_id": entry.client_id}
    session.add_all(CheckInBenefit(**of_entry, benefit=one) for one in dict.fromkeys(more.benefits))
    session.add_all(CheckInSupport(**of_entry, support=one) for one in dict.fromkeys(more.supports))
    if more.supervision_line:
        session.add(SupervisionLine(**of_entry, author_id=identity.id, words=more.supervision_line, written_at=now))
    session.flush()


# ---- finding ------------------------------------------------------------------------------------------------------


def map_details(
    session: Any, identity: Identity, client_id: uuid.UUID, *, checkin_id: uuid.UUID | None = None
) -> dict[uuid.UUID, Details]:
    """Return what else was kept of a person's check-ins (or of one), by check-in, in one query.

    A goal is named by its words of today.
    """
    found: dict[uuid.UUID, Details] = {}
    for row in session.execute(sa.union_all(*_parts(identity, client_id, checkin_id)).order_by("position")):
        details = found.setdefault(row.checkin_id, Details())
        match row.kind:
            case "goal":
                details.goals.append(keys().open(row.text))
            case "benefit":
                details.benefits.append(BENEFIT_WORDS[Benefit(row.word)])
            case "support":
                details.supports.append(SUPPORT_WORDS[Support(row.word)])
            case _:
                kept = Kept(
                    keys().open(row.text), StepOwner(row.word), row.by_on, row.remind_on, row.step_id is not None
                )
                details.plans.append(kept)
    return found


def _parts(identity: Identity, client_id: uuid.UUID, checkin_id: uuid.UUID | None) -> list[Any]:
    """Return each part with the same columns; benefits and supports stand in the order of their lists."""
    parts = (
        (CheckInGoal, _row("goal", CheckInGoal, text=Goal.words), Goal.id == CheckInGoal.goal_id),
        (CheckInBenefit, _row("benefit", CheckInBenefit, word=CheckInBenefit.benefit, position=_place(Benefit)), None),
        (CheckInSupport, _row("support", CheckInSupport, word=CheckInSupport.support, position=_place(Support)), None),
        (
            CheckInPlan,
            _row(
                "plan",
                CheckInPlan,
                text=CheckInPlan.what,
                word=CheckInPlan.who,
                position=CheckInPlan.position,
                by_on=CheckInPlan.by_on,
                remind_on=CheckInPlan.remind_on,
                step_id=CheckInPlan.step_id,
            ),
            None,
        ),
    )
    found = []
    for table, columns, goal in parts:
        part = sa.select(*columns).join(CheckIn, CheckIn.id == table.checkin_id)
        part = part.where(table.client_id == client_id, CheckIn.withdrawn_at.is_(None))
        part = part if goal is None else part.join(Goal, goal)
        part = part.where(table.checkin_id == checkin_id) if checkin_id else part
        found.append(worded(scoped(part, identity, table.client_id), identity, CheckIn))
    return found


def _row(kind: str, table: Any, **more: Any) -> tuple[Any, ...]:
    """Return the columns every part has, in the same order and of the same types on both databases."""
    return (
        sa.literal(kind).label("kind"),
        table.checkin_id.label("checkin_id"),
        sa.type_coerce(more.get("text", sa.cast(sa.null(), sa.Text)), sa.Text).label("text"),
        sa.cast(more.get("word", sa.null()), sa.String).label("word"),
        sa.cast(more.get("position", 0), sa.Integer).label("position"),
        more.get("by_on", sa.cast(sa.null(), sa.Date)).label("by_on"),
        more.get("remind_on", sa.cast(sa.null(), sa.Date)).label("remind_on"),
        more.get("step_id", sa.cast(sa.null(), Key())).label("step_id"),
    )


def _place(kind: type[Benefit | Support]) -> Any:
    column = CheckInBenefit.benefit if kind is Benefit else CheckInSupport.support
    return sa.case({one: place for place, one in enumerate(kind)}, value=column)


def list_planned(session: Any, identity: Identity, client_id: uuid.UUID) -> list[CheckInPlan]:
    """Return what was planned at the last check-in that one may read, in its order."""
    last = (
        worded(scoped(sa.select(CheckIn.id), identity, CheckIn.client_id), identity, CheckIn)
        .where(CheckIn.client_id == client_id, CheckIn.withdrawn_at.is_(None))
        .order_by(CheckIn.held_on.desc(), CheckIn.signed_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    return list(
        session.scalars(
            visible(identity, CheckInPlan).where(CheckInPlan.checkin_id == last).order_by(CheckInPlan.position)
        )
    )


def find_supervision_line(session: Any, identity: Identity, checkin_id: uuid.UUID) -> SupervisionLine | None:
    """Return the line kept for supervision: for its author, and supervisors of a team its author was in then.

    It is nobody else's: not a later coach's, not the person's, and no emergency opens it.
    """
    demand(identity, Action.CHECKINS_LOG)
    found = visible(identity.everyday, SupervisionLine).where(
        SupervisionLine.checkin_id == checkin_id,
        sa.or_(SupervisionLine.author_id == identity.id, _supervises_author(identity)),
    )
    line: SupervisionLine | None = session.scalar(found)
    return line


def _supervises_author(identity: Identity) -> Any:
    if identity.role is not Role.SUPERVISOR:
        return sa.false()
    mine, theirs = sa.orm.aliased(TeamMembership), sa.orm.aliased(TeamMembership)
    return (
        sa.select(sa.literal(1))
        .select_from(mine)
        .join(theirs, theirs.team_id == mine.team_id)
        .where(
            mine.user_id == identity.id,
            mine.ended_at.is_(None),
            theirs.user_id == SupervisionLine.author_id,
            theirs.started_at <= SupervisionLine.written_at,
            sa.or_(theirs.ended_at.is_(None), theirs.ended_at > SupervisionLine.written_at),
        )
        .correlate(SupervisionLine)
        .exists()
    )
