"""Sign-off: what waits for a supervisor, and the word they give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import Action, demand, scoped, visible, worded
from coachdesk.checkins.models import CheckIn, Review
from coachdesk.checkins.rules import ReviewOutcome, ReviewReason
from coachdesk.words import NotFound

if TYPE_CHECKING:
    import datetime as dt
    import uuid
    from collections.abc import Collection, Sequence

    from coachdesk.access import Identity


_IN_ORDER = (Review.reason != ReviewReason.SAFETY, Review.asked_at, Review.id)


def list_waiting(session: Any, identity: Identity) -> list[tuple[Review, CheckIn]]:
    """Return the check-ins that wait for this supervisor's word: worries about safety, then the oldest; never their own."""
    found = _waiting(identity, Review, CheckIn).order_by(*_IN_ORDER)
    return [(review, entry) for review, entry in session.execute(found)]


def list_waiting_of(session: Any, identity: Identity, ids: Collection[uuid.UUID]) -> list[Review]:
    """Return what `list_waiting` does about some people, without the check-ins themselves."""
    found = _waiting(identity, Review).where(Review.client_id.in_(ids)).order_by(*_IN_ORDER)
    return list(session.scalars(found))


def select_how_many_wait(identity: Identity) -> Any:
    """Select how many check-ins wait for this supervisor's word."""
    return _waiting(identity, sa.func.count())


def _waiting(identity: Identity, *columns: Any) -> Any:
    return _of_teams(identity, *columns).where(Review.outcome.is_(None))


def _of_teams(identity: Identity, *columns: Any) -> Any:
    """Select reviews of one's teams and not one's own; a record opened in an emergency gives no say in them."""
    found = (
        sa.select(*columns)
        .select_from(Review)
        .join(CheckIn, CheckIn.id == Review.checkin_id)
        .where(Review.coach_id != identity.id, CheckIn.withdrawn_at.is_(None))
    )
    return worded(scoped(found, identity.everyday, Review.client_id), identity, Review, CheckIn)


def find_review(session: Any, identity: Identity, review_id: uuid.UUID) -> tuple[Review, CheckIn]:
    """Return a review and its check-in; raises `NotFound`, also for one's own."""
    demand(identity, Action.CHECKINS_REVIEW)
    found = session.execute(_of_teams(identity, Review, CheckIn).where(Review.id == review_id)).one_or_none()
    if found is None:
        raise NotFound
    return found[0], found[1]


def find_in_queue(session: Any, identity: Identity, review_id: uuid.UUID) -> tuple[Review, CheckIn, list[uuid.UUID]]:
    """Return a review, its check-in, and which reviews wait, in their order, in one query; raises as `find_review`."""
    demand(identity, Action.CHECKINS_REVIEW)
    wanted = _of_teams(identity, Review, CheckIn).where(sa.or_(Review.outcome.is_(None), Review.id == review_id))
    rows = session.execute(wanted.order_by(*_IN_ORDER)).all()
    found = next(((review, entry) for review, entry in rows if review.id == review_id), None)
    if found is None:
        raise NotFound
    return found[0], found[1], [review.id for review, _entry in rows if review.outcome is None]


def sign_off(
    session: Any, identity: Identity, review_id: uuid.UUID, *, text: str, phrases: Sequence[str], now: dt.datetime
) -> Review:
    """Sign a check-in off, with own words, kind phrases, or neither."""
    return _answer(session, identity, review_id, ReviewOutcome.SIGNED_OFF, text=text, phrases=phrases, now=now)


def ask_to_talk(
    session: Any, identity: Identity, review_id: uuid.UUID, *, text: str, phrases: Sequence[str], now: dt.datetime
) -> Review:
    """Ask to talk about a check-in together; the ask itself is a reminder for the coach."""
    return _answer(session, identity, review_id, ReviewOutcome.TALK, text=text, phrases=phrases, now=now)


def _answer(
    session: Any,
    identity: Identity,
    review_id: uuid.UUID,
    outcome: ReviewOutcome,
    *,
    text: str,
    phrases: Sequence[str],
    now: dt.datetime,
) -> Review:
    review, entry = find_review(session, identity, review_id)
    review.outcome, review.by, review.at = outcome, identity.id, now
    review.text, review.phrases = text, "\n".join(phrases)
    session.flush()
    happened = (
        audit.Event.CHECKIN_SIGNED_OFF if outcome is ReviewOutcome.SIGNED_OFF else (audit.Event.CHECKIN_TALK_ASKED)
    )
    audit.record(session, identity, happened, client_id=review.client_id, subject=entry, now=now)
    return review


def map_reviews(session: Any, identity: Identity, client_id: uuid.UUID) -> dict[uuid.UUID, Review]:
    """Return the reviews of a person's check-ins, by check-in."""
    rows = session.scalars(visible(identity, Review).where(Review.client_id == client_id))
    return {review.checkin_id: review for review in rows}


def find_last_word(session: Any, identity: Identity, *, since: dt.datetime) -> tuple[Review, CheckIn] | None:
    """Return the latest kind word a supervisor gave this coach since a moment, with its check-in."""
    signed = scoped(
        sa.select(Review, CheckIn)
        .join(CheckIn, CheckIn.id == Review.checkin_id)
        .where(Review.coach_id == identity.id, Review.outcome == ReviewOutcome.SIGNED_OFF, Review.at >= since)
        .order_by(Review.at.desc())
        .limit(5),
        identity,
        Review.client_id,
    )
    found = session.execute(worded(signed, identity, Review, CheckIn)).all()
    return next(((review, entry) for review, entry in found if review.text or review.phrases), None)
