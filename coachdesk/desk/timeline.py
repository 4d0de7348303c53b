"""Everything that happened with a person as one line of time, gathered in one query."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.access import scoped, worded
from coachdesk.checkins.models import Attempt, CheckIn, CheckInBenefit, CheckInStep, Correction, Review
from coachdesk.checkins.parts import BENEFIT_WORDS, Benefit
from coachdesk.checkins.rules import (
    OUTCOME_WORDS,
    TRY_WORDS,
    WEATHER_WORDS,
    AttemptOutcome,
    ReviewOutcome,
    TryBy,
    ending,
    late_words,
)
from coachdesk.clock import day_of
from coachdesk.db import Key, Moment, keys
from coachdesk.goals.models import Goal, GoalReview, Step
from coachdesk.goals.rules import MATTERS_WORDS, Matters
from coachdesk.referrals.models import Referral, ReferralMove
from coachdesk.referrals.rules import STATUS_PILLS, Status, status_words
from coachdesk.visits.rules import CHANNEL_WORDS, Channel
from coachdesk.words import mark, say

if TYPE_CHECKING:
    import datetime as dt
    import uuid
    from zoneinfo import ZoneInfo

    from coachdesk.access import Identity
    from coachdesk.words import Sentence

KINDS = {
    "check-ins": mark("Check-ins"),
    "attempts": mark("Tries"),
    "steps": mark("Steps done"),
    "reviews": mark("Goal reviews"),
    "referrals": mark("Referrals"),
}
_BRIGHT = 4


@dataclass(frozen=True)
class Entry:
    """One thing that happened, ready for a page."""

    kind: str
    on: dt.date
    at: dt.datetime
    icon: str
    tone: str = ""
    label: Sentence | str = ""
    title: Sentence | str = ""
    text: Sentence | str = ""
    pills: list[tuple[Any, str, str]] = field(default_factory=list)
    checkin_id: uuid.UUID | None = None
    referral_id: uuid.UUID | None = None
    review_id: uuid.UUID | None = None
    weather: int | None = None


def list_entries(
    session: Any, identity: Identity, client_id: uuid.UUID, *, name: str, zone: ZoneInfo, kind: str = ""
) -> list[Entry]:
    """Return everything that happened with a person, latest first; `kind` is one of `KINDS`, or all."""
    rows: dict[str, list[Any]] = {}
    parts = (worded(scoped(part, identity, column), identity, *words) for part, column, *words in _parts(client_id))
    for row in session.execute(sa.union_all(*parts)):
        rows.setdefault(row.kind, []).append(row)
    entries = [
        *_checkins(rows, zone),
        *_attempts(rows),
        *_steps(rows, zone),
        *_reviews(rows),
        *_moves(rows, name),
    ]
    chosen = [entry for entry in entries if kind not in KINDS or entry.kind == kind]
    return sorted(chosen, key=lambda entry: (entry.on, entry.at), reverse=True)


def weather_of(entries: list[Entry], *, most: int = 8) -> list[tuple[dt.date, int, str]]:
    """Return the person's word at each of their last check-ins that has one, oldest first."""
    found = [(entry.on, entry.weather, WEATHER_WORDS[entry.weather]) for entry in entries if entry.weather]
    return list(reversed(found[:most]))


# ---- one query ----------------------------------------------------------------------------------------------------


def _row(kind: str, key: Any, on: Any, at: Any, **more: Any) -> tuple[Any, ...]:
    """Return the columns every part has, in the same order and of the same types on both databases."""
    nothing = sa.cast(sa.null(), sa.Text)
    return (
        sa.literal(kind).label("kind"),
        key.label("id"),
        on.label("on"),
        at.label("at"),
        sa.type_coerce(more.get("text", nothing), sa.Text).label("text"),
        sa.type_coerce(more.get("more", nothing), sa.Text).label("more"),
        sa.cast(more.get("word", sa.null()), sa.String).label("word"),
        sa.cast(more.get("way", sa.null()), sa.String).label("way"),
        sa.cast(more.get("number", sa.null()), sa.Integer).label("number"),
        sa.cast(more.get("weather", sa.null()), sa.Integer).label("weather"),
        more.get("other", sa.cast(sa.null(), Key())).label("other"),
    )


def _parts(client_id: uuid.UUID) -> list[tuple[Any, ...]]:
    """Return each part with the column of the person's id, and the tables of words it reads."""
    no_day, no_moment = sa.cast(sa.null(), sa.Date), sa.cast(sa.null(), Moment())
    of_checkin = CheckInStep.checkin_id
    return [
        (
            sa.select(
                *_row(
                    "check-in",
                    CheckIn.id,
                    CheckIn.held_on,
                    CheckIn.signed_at,
                    text=CheckIn.note,
                    more=CheckIn.highlights,
                    word=CheckIn.channel,
                    number=CheckIn.minutes,
                    weather=CheckIn.weather,
                )
            ).where(CheckIn.client_id == client_id, CheckIn.withdrawn_at.is_(None)),
            CheckIn.client_id,
            CheckIn,
        ),
        (
            sa.select(*_row("ticked", of_checkin, no_day, no_moment, text=Step.words, other=Step.id))
            .join(Step, Step.id == CheckInStep.step_id)
            .join(CheckIn, CheckIn.id == CheckInStep.checkin_id)
            .where(CheckInStep.client_id == client_id),
            CheckInStep.client_id,
            CheckIn,
        ),
        (
            sa.select(*_row("benefit", CheckInBenefit.checkin_id, no_day, no_moment, word=CheckInBenefit.benefit))
            .join(CheckIn, CheckIn.id == CheckInBenefit.checkin_id)
            .where(CheckInBenefit.client_id == client_id),
            CheckInBenefit.client_id,
            CheckIn,
        ),
        (
            sa.select(*_row("review", Review.checkin_id, no_day, no_moment, word=Review.outcome)).where(
                Review.client_id == client_id
            ),
            Review.client_id,
            Review,
        ),
        (
            sa.select(*_row("correction", Correction.checkin_id, no_day, Correction.made_at)).where(
                Correction.client_id == client_id
            ),
            Correction.client_id,
            Correction,
        ),
        (
            sa.select(
                *_row(
                    "attempt",
                    Attempt.id,
                    Attempt.tried_on,
                    Attempt.logged_at,
                    text=Attempt.note,
                    more=Attempt.used,
                    word=Attempt.outcome,
                    way=Attempt.channel,
                )
            ).where(Attempt.client_id == client_id, Attempt.withdrawn_at.is_(None)),
            Attempt.client_id,
            Attempt,
        ),
        (
            sa.select(*_row("step", Step.id, no_day, Step.done_at, text=Step.words, more=Goal.words))
            .join(Goal, Goal.id == Step.goal_id)
            .where(Step.client_id == client_id, Step.done_at.is_not(None)),
            Step.client_id,
        ),
        (
            sa.select(
                *_row(
                    "goal-review",
                    GoalReview.id,
                    GoalReview.reviewed_on,
                    GoalReview.reviewed_at,
                    text=GoalReview.gone_well,
                    more=Goal.words,
                    word=GoalReview.matters,
                )
            )
            .join(Goal, Goal.id == GoalReview.goal_id)
            .where(GoalReview.client_id == client_id),
            GoalReview.client_id,
            GoalReview,
        ),
        (
            sa.select(
                *_row(
                    "move",
                    ReferralMove.referral_id,
                    ReferralMove.moved_on,
                    ReferralMove.moved_at,
                    text=ReferralMove.note,
                    more=Referral.service_name,
                    word=ReferralMove.after,
                )
            )
            .join(Referral, Referral.id == ReferralMove.referral_id)
            .where(ReferralMove.client_id == client_id),
            ReferralMove.client_id,
        ),
    ]


# ---- as entries ----------------------------------------------------------------------------------------------------


def _opened(text: str | None) -> str:
    return keys().open(text) if text else ""


def _checkins(rows: dict[str, list[Any]], zone: ZoneInfo) -> list[Entry]:
    return [
        Entry(
            kind="check-ins",
            on=row.on,
            at=row.at,
            icon=f"w{row.weather}" if row.weather else "pen",
            tone="sun" if (row.weather or 0) >= _BRIGHT else "",
            label=(
                say(mark("%(way)s, %(n)s min"), way=CHANNEL_WORDS[Channel(row.word)], n=row.number)
                if row.number
                else CHANNEL_WORDS[Channel(row.word)]
            ),
            title=f"{WEATHER_WORDS[row.weather]}." if row.weather else "",
            text=_opened(row.text) or _opened(row.more),
            pills=_pills(row, rows, zone),
            checkin_id=row.id,
            weather=row.weather,
        )
        for row in rows.get("check-in", [])
    ]


_REVIEW_PILLS = {
    None: (mark("Waiting for a word"), "wait", "clock"),
    ReviewOutcome.SIGNED_OFF.value: (mark("Signed off"), "plum", "check"),
    ReviewOutcome.TALK.value: (mark("Let us talk"), "plum", "text"),
}


def _pills(row: Any, rows: dict[str, list[Any]], zone: ZoneInfo) -> list[Any]:
    pills: list[Any] = [
        (say(mark("Step done: %(words)s"), words=_opened(other.text)), "done", "check")
        for other in rows.get("ticked", [])
        if other.id == row.id
    ]
    noticed = [Benefit(other.word) for other in rows.get("benefit", []) if other.id == row.id]
    pills += [(BENEFIT_WORDS[one], "done", "heart") for one in Benefit if one in noticed]
    pills += [_REVIEW_PILLS[other.word] for other in rows.get("review", []) if other.id == row.id]
    if any(other.id == row.id for other in rows.get("correction", [])):
        pills.append((mark("Added to later"), "", "pen"))
    late = late_words(row.on, day_of(row.at, zone))
    if late:
        pills.append((late, "", "clock"))
    return pills


def _attempts(rows: dict[str, list[Any]]) -> list[Entry]:
    return [
        Entry(
            kind="attempts",
            on=row.on,
            at=row.at,
            icon="missed",
            tone="sky",
            label=say(mark("Tried: %(way)s"), way=TRY_WORDS[TryBy(row.way)]) if row.way else mark("Tried"),
            title=OUTCOME_WORDS[AttemptOutcome(row.word)],
            text=_opened(row.text),
            pills=[(ending(used), "", "")] if (used := _opened(row.more)) else [],
        )
        for row in rows.get("attempt", [])
    ]


def _steps(rows: dict[str, list[Any]], zone: ZoneInfo) -> list[Entry]:
    """Return the steps done; one ticked within a check-in stands there already."""
    within = {row.other for row in rows.get("ticked", [])}
    return [
        Entry(
            kind="steps",
            on=day_of(row.at, zone),
            at=row.at,
            icon="check",
            title=mark("Step done:"),
            text=say("%(words)s (“%(goal)s”)", words=_opened(row.text), goal=_opened(row.more)),
        )
        for row in rows.get("step", [])
        if row.id not in within
    ]


def _reviews(rows: dict[str, list[Any]]) -> list[Entry]:
    return [
        Entry(
            kind="reviews",
            on=row.on,
            at=row.at,
            icon="hill",
            tone="plum",
            label=mark("Goal review"),
            title=say("“%(goal)s”", goal=_opened(row.more)),
            text=_opened(row.text) or MATTERS_WORDS[Matters(row.word)],
            review_id=row.id,
        )
        for row in rows.get("goal-review", [])
    ]


def _moves(rows: dict[str, list[Any]], name: str) -> list[Entry]:
    return [
        Entry(
            kind="referrals",
            on=row.on,
            at=row.at,
            icon="refer",
            tone="sky",
            title=_opened(row.more),
            text=_opened(row.text),
            label=mark("Referral"),
            referral_id=row.id,
            pills=[(status_words(Status(row.word), name), *STATUS_PILLS[Status(row.word)])],
        )
        for row in rows.get("move", [])
    ]
