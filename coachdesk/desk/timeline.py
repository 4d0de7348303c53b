"""Everything that happened with a person as one line of time: which rows it is made of, and a page of them.

One query brings the rows of a page in order, and what stands with its check-ins. A page begins after the last
entry of the one before it, never at a number, so that what is written meanwhile moves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import orm

from coachdesk.access import HandOver, scoped, unscoped, worded
from coachdesk.accounts.models import User
from coachdesk.checkins.models import Attempt, CheckIn, CheckInBenefit, CheckInStep, Correction, Review
from coachdesk.checkins.rules import WEATHER_WORDS
from coachdesk.clients.models import Episode, LevelPeriod, Milestone, Pause
from coachdesk.db import Key, Moment, local_day
from coachdesk.desk.entries import Entry, entries_of
from coachdesk.desk.givens import Asked, Place
from coachdesk.goals.models import Goal, GoalReview, Step
from coachdesk.referrals.models import Referral, ReferralMove
from coachdesk.safety.models import Concern
from coachdesk.visits.models import Visit
from coachdesk.visits.rules import Closing

if TYPE_CHECKING:
    import datetime as dt
    import uuid
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from coachdesk.access import Identity

_ORDER = ("on", "at", "id", "sort")
EVERYTHING = Asked()


@dataclass(frozen=True)
class Reading:
    """Some entries, latest first, and where one reads on."""

    entries: list[Entry]
    newer: Place | None
    """The place that what is newer comes after; nothing where nothing is."""
    older: Place | None
    total: int | None
    """How many there are; known at the beginning alone."""
    weather: list[tuple[dt.date, int, str]]
    """The person's word at each of their last check-ins that has one, oldest first; empty where it is not asked for."""


@dataclass(frozen=True)
class _Line:
    """Whose line of time is read, by whom, and in which zone its days begin."""

    session: Any
    identity: Identity
    client_id: uuid.UUID
    zone: ZoneInfo
    name: str
    today: dt.date

    def day(self, moment: Any) -> Any:
        """Return the local day of a moment, as SQL."""
        return local_day(self.session, moment, self.zone)

    def part(
        self, kind: str, table: Any, columns: tuple[Any, ...], *where: Any, words: bool = False
    ) -> tuple[str, Any]:
        """Return one part of the line: its kind, and its rows that this reader may see."""
        found = sa.select(*columns).where(table.client_id == self.client_id, *where)
        # How coaching goes on is no part of what opens in an emergency.
        reader = self.identity.everyday if kind in ("course", "coaches") else self.identity
        found = scoped(found, reader, table.client_id)
        return kind, worded(found, reader, table) if words else found


def read_line(
    session: Any,
    identity: Identity,
    client_id: uuid.UUID,
    asked: Asked = EVERYTHING,
    *,
    name: str,
    zone: ZoneInfo,
    today: dt.date,
    before: Place | None = None,
    after: Place | None = None,
    most: int = 30,
    weather: int = 0,
) -> Reading:
    """Return entries of a person's line of time: the latest, those `before` a place, or those `after` one.

    `name` is what the person is called, `zone` the organisation's. Where fewer than a page come after a place, the
    latest are shown. `weather` is how many of the person's own words are brought along.
    """
    line = _Line(session, identity, client_id, zone, name, today)
    rows, beside = _rows(line, asked, before=before, after=after, most=most + 1, weather=weather)
    if after is not None and len(rows) <= most:
        before = after = None
        rows, beside = _rows(line, asked, before=None, after=None, most=most + 1, weather=weather)
    more, rows = len(rows) > most, rows[:most]
    first = before is None and after is None
    newer, older = (more, True) if after is not None else (before is not None, more)
    if after is not None:
        rows.reverse()
    return Reading(
        entries_of(rows, beside, name=name, zone=zone),
        newer=_place(rows[0]) if newer and rows else None,
        older=_place(rows[-1]) if older and rows else None,
        total=(rows[0].total if rows else 0) if first else None,
        weather=[(row.on, row.weather, WEATHER_WORDS[row.weather]) for row in beside if row.sort == "weather"],
    )


def list_writers(
    session: Any, identity: Identity, client_id: uuid.UUID, *, name: str, zone: ZoneInfo, today: dt.date
) -> list[tuple[uuid.UUID, str]]:
    """Return id and name of all who stand in a person's line of time, by name."""
    found = _union(_Line(session, identity, client_id, zone, name, today), EVERYTHING)
    wanted = sa.select(User.id, User.first_name, User.last_name).where(User.id.in_(sa.select(found.c.by)))
    rows = session.execute(unscoped(wanted, because="each part is scoped"))
    return sorted(
        ((row.id, f"{row.first_name} {row.last_name}".strip()) for row in rows), key=lambda one: one[1].casefold()
    )


# ---- the query ----------------------------------------------------------------------------------------------------


def _place(row: Any) -> Place:
    return Place(row.on, row.at, row.id, row.sort)


def _union(line: _Line, asked: Asked) -> Any:
    parts = [part for kind, part in _parts(line, asked) if asked.wants(kind)]
    return sa.union_all(*parts).subquery("line")


def _rows(
    line: _Line, asked: Asked, *, before: Place | None, after: Place | None, most: int, weather: int
) -> tuple[list[Any], list[Any]]:
    """Return the rows of a page in the order they were asked for, and what stands beside them."""
    found = _union(line, asked)
    order = [found.c[name] for name in _ORDER]
    in_order = [column if after is not None else column.desc() for column in order]
    chosen = sa.select(
        found, sa.func.count().over().label("total"), sa.func.row_number().over(order_by=in_order).label("nth")
    )
    if asked.by is not None:
        chosen = chosen.where(found.c.by == asked.by)
    if asked.since is not None:
        chosen = chosen.where(found.c.on >= asked.since)
    if asked.until is not None:
        chosen = chosen.where(found.c.on <= asked.until)
    if (place := after or before) is not None:
        values = (place.on, place.at, place.id, place.sort)
        there = sa.tuple_(*(sa.literal(value, column.type) for value, column in zip(values, order, strict=True)))
        chosen = chosen.where(sa.tuple_(*order) > there if after is not None else sa.tuple_(*order) < there)
    page = chosen.order_by(*in_order).limit(most).cte("page")
    parts = [sa.select(page), *(_padded(part) for part in _beside(line, page))]
    if weather:
        parts.append(_padded(_weather(line, weather)))
    together = sa.union_all(*parts).subquery("together")
    named = [(orm.aliased(User), together.c[who]) for who in ("by", "whom")]
    asked_for = sa.select(together, *(_full_name(user).label(f"{who.name}_name") for user, who in named))
    whole: Any = together
    for user, who in named:
        whole = sa.outerjoin(whole, user, user.id == who)
    asked_for = asked_for.select_from(whole).order_by(together.c.nth, together.c.on, together.c.at)
    rows = line.session.execute(unscoped(asked_for, because="each part is scoped")).all()
    return [row for row in rows if row.nth], [row for row in rows if not row.nth]


def _padded(part: Any) -> Any:
    """Return a part beside the page with the columns that number a page's rows."""
    return part.add_columns(sa.literal(0).label("total"), sa.literal(0).label("nth"))


def _full_name(user: Any) -> Any:
    return user.first_name + " " + user.last_name


def _row(sort: str, key: Any, on: Any, at: Any, by: Any, **more: Any) -> tuple[Any, ...]:
    """Return the columns every part has, in the same order and of the same types on both databases."""
    nothing = sa.cast(sa.null(), sa.Text)
    return (
        sa.literal(sort).label("sort"),
        key.label("id"),
        on.label("on"),
        at.label("at"),
        by.label("by"),
        sa.type_coerce(more.get("text", nothing), sa.Text).label("text"),
        sa.type_coerce(more.get("more", nothing), sa.Text).label("more"),
        sa.cast(more.get("word", sa.null()), sa.String).label("word"),
        sa.cast(more.get("way", sa.null()), sa.String).label("way"),
        sa.cast(more.get("number", sa.null()), sa.Integer).label("number"),
        sa.cast(more.get("weather", sa.null()), sa.Integer).label("weather"),
        more.get("other", sa.cast(sa.null(), Key())).label("other"),
        more.get("whom", sa.cast(sa.null(), Key())).label("whom"),
        more.get("day", sa.cast(sa.null(), sa.Date)).label("day"),  # SQLite casts the text of a day to its year
    )


def _parts(line: _Line, asked: Asked) -> Iterator[tuple[str, Any]]:
    yield from _spoken(line)
    yield from _goal_parts(line, asked)
    yield from _around(line)
    yield from _course(line)


def _spoken(line: _Line) -> Iterator[tuple[str, Any]]:
    columns = _row(
        "check-in", CheckIn.id, CheckIn.held_on, CheckIn.signed_at, CheckIn.coach_id,
        text=CheckIn.note, more=CheckIn.highlights, word=CheckIn.channel, number=CheckIn.minutes, weather=CheckIn.weather,
    )  # fmt: skip
    yield line.part("check-ins", CheckIn, columns, CheckIn.withdrawn_at.is_(None), words=True)
    columns = _row(
        "added", Correction.id, line.day(Correction.made_at), Correction.made_at, Correction.made_by,
        text=Correction.text, other=Correction.checkin_id,
    )  # fmt: skip
    kept = sa.select(CheckIn.id).where(CheckIn.client_id == line.client_id, CheckIn.withdrawn_at.is_(None))
    kept = worded(kept, line.identity, CheckIn)
    yield line.part("added", Correction, columns, Correction.checkin_id.in_(kept), words=True)
    columns = _row(
        "attempt", Attempt.id, Attempt.tried_on, Attempt.logged_at, Attempt.coach_id,
        text=Attempt.note, more=Attempt.used, word=Attempt.outcome, way=Attempt.channel,
    )  # fmt: skip
    yield line.part("attempts", Attempt, columns, Attempt.withdrawn_at.is_(None), words=True)
    columns = _row(
        "off", Visit.id, line.day(Visit.closed_at), Visit.closed_at, Visit.closed_by,
        word=Visit.off_by, way=Visit.off_then, day=Visit.planned_on,
    )  # fmt: skip
    called_off = (Visit.closing == Closing.CANCELLED, Visit.off_by.is_not(None))
    yield line.part("contacts", Visit, columns, *called_off)


def _goal_parts(line: _Line, asked: Asked) -> Iterator[tuple[str, Any]]:
    columns = _row("goal", Goal.id, Goal.started_on, Goal.created_at, Goal.created_by, text=Goal.words)
    yield line.part("goals", Goal, columns)
    nobody = sa.cast(sa.null(), Key())
    columns = _row("goal-end", Goal.id, Goal.ended_on, Goal.created_at, nobody, text=Goal.words, word=Goal.status)
    yield line.part("goals", Goal, columns, Goal.ended_on.is_not(None))
    columns = _row(
        "step", Step.id, line.day(Step.done_at), Step.done_at, Step.done_by,
        text=Step.words, more=sa.select(Goal.words).where(Goal.id == Step.goal_id).scalar_subquery(),
    )  # fmt: skip
    done = [Step.done_at.is_not(None)]
    if asked.wants("check-ins"):  # one ticked within a check-in stands there already
        within = sa.select(CheckInStep.step_id).join(CheckIn, CheckIn.id == CheckInStep.checkin_id)
        within = within.where(CheckInStep.client_id == line.client_id, CheckIn.withdrawn_at.is_(None))
        done.append(Step.id.not_in(worded(within, line.identity, CheckIn)))
    yield line.part("steps", Step, columns, *done)
    columns = _row(
        "goal-review", GoalReview.id, GoalReview.reviewed_on, GoalReview.reviewed_at, GoalReview.reviewed_by,
        text=GoalReview.gone_well, word=GoalReview.matters,
        more=sa.select(Goal.words).where(Goal.id == GoalReview.goal_id).scalar_subquery(),
    )  # fmt: skip
    yield line.part("reviews", GoalReview, columns, words=True)


def _around(line: _Line) -> Iterator[tuple[str, Any]]:
    columns = _row(
        "move", ReferralMove.id, ReferralMove.moved_on, ReferralMove.moved_at, ReferralMove.moved_by,
        text=ReferralMove.note, word=ReferralMove.after, other=ReferralMove.referral_id,
        more=sa.select(Referral.service_name).where(Referral.id == ReferralMove.referral_id).scalar_subquery(),
    )  # fmt: skip
    yield line.part("referrals", ReferralMove, columns)
    columns = _row("worry", Concern.id, Concern.raised_on, Concern.raised_at, Concern.raised_by)
    yield line.part("worries", Concern, columns)
    columns = _row("worry-end", Concern.id, line.day(Concern.closed_at), Concern.closed_at, Concern.closed_by)
    yield line.part("worries", Concern, columns, Concern.closed_at.is_not(None))
    columns = _row(
        "day", Milestone.id, Milestone.marked_on, Milestone.made_at, Milestone.made_by,
        text=Milestone.words, more=Milestone.celebrate,
    )  # fmt: skip
    yield line.part("days", Milestone, columns, Milestone.ended_at.is_(None), Milestone.marked_on <= line.today)


def _course(line: _Line) -> Iterator[tuple[str, Any]]:
    columns = _row("open", Episode.id, Episode.opened_on, Episode.opened_at, Episode.opened_by)
    yield line.part("course", Episode, columns)
    columns = _row(
        "close", Episode.id, Episode.closed_on, Episode.closed_at, Episode.closed_by,
        text=Episode.words, word=Episode.ending,
    )  # fmt: skip
    yield line.part("course", Episode, columns, Episode.closed_at.is_not(None))
    columns = _row(
        "level", LevelPeriod.id, LevelPeriod.started_on, LevelPeriod.started_at, LevelPeriod.started_by,
        word=LevelPeriod.level,
    )  # fmt: skip
    opened = sa.select(Episode.opened_at).where(Episode.client_id == line.client_id)
    yield line.part("course", LevelPeriod, columns, LevelPeriod.started_at.not_in(opened))
    columns = _row("pause", Pause.id, Pause.from_on, Pause.made_at, Pause.made_by, text=Pause.words, day=Pause.until_on)
    yield line.part("course", Pause, columns)
    columns = _row("resume", Pause.id, Pause.ended_on, Pause.ended_at, Pause.ended_by)
    at_an_end = sa.select(Episode.closed_at).where(Episode.client_id == line.client_id, Episode.closed_at.is_not(None))
    yield line.part("course", Pause, columns, Pause.ended_on.is_not(None), Pause.ended_at.not_in(at_an_end))
    columns = _row("coach", HandOver.id, line.day(HandOver.at), HandOver.at, HandOver.by, whom=HandOver.to_coach_id)
    yield line.part("coaches", HandOver, columns)


# ---- what stands with the entries of a page ---------------------------------------------------------------------


def _beside(line: _Line, page: Any) -> Iterator[Any]:
    """Return what stands with a page's check-ins: steps ticked, what was noticed, the supervisor's word, additions."""
    no_day, no_moment, nobody = sa.cast(sa.null(), sa.Date), sa.cast(sa.null(), Moment()), sa.cast(sa.null(), Key())
    shown = sa.select(page.c.id).where(page.c.sort == "check-in")
    ticked = sa.select(Step.words).where(Step.id == CheckInStep.step_id).scalar_subquery()
    for sort, table, words in (
        ("ticked", CheckInStep, {"text": ticked}),
        ("noticed", CheckInBenefit, {"word": CheckInBenefit.benefit}),
        ("word", Review, {"word": Review.outcome}),
        ("more", Correction, {}),
    ):
        columns = _row(sort, table.checkin_id, no_day, no_moment, nobody, **words)
        yield line.part("", table, columns, table.checkin_id.in_(shown), words=table in (Review, Correction))[1]


def _weather(line: _Line, most: int) -> Any:
    """Return the person's word at each of their last check-ins that has one."""
    nobody = sa.cast(sa.null(), Key())
    columns = _row("weather", CheckIn.id, CheckIn.held_on, CheckIn.signed_at, nobody, weather=CheckIn.weather)
    said = (CheckIn.withdrawn_at.is_(None), CheckIn.weather.is_not(None))
    _kind, found = line.part("", CheckIn, columns, *said, words=True)
    latest = found.order_by(CheckIn.held_on.desc(), CheckIn.signed_at.desc()).limit(most).subquery()
    return sa.select(latest)
