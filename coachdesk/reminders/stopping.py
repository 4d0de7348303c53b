"""Numbers whose owner answered STOP. It sticks to the number, whoever chooses it, until the number answers START."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.db import insert_once, keys
from coachdesk.reminders.models import StoppedNumber, TellingPref
from coachdesk.reminders.prefs import digits_of, is_same_number, possible_digits

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence


def is_stopped(session: Any, number: str) -> bool:
    """Say whether a number, with its country's code, answered STOP last."""
    known = sa.select(StoppedNumber.digest).where(StoppedNumber.digest.in_(_digests(number)))
    return session.scalar(known.limit(1)) is not None


def remember(session: Any, number: str, *, now: dt.datetime) -> None:
    """Keep that a number answered STOP, as a digest; the number itself is not kept. The caller commits."""
    insert_once(session, StoppedNumber, digest=number_digest(number), at=now)


def forget(session: Any, numbers: Sequence[str]) -> None:
    """Forget it where START was answered; the same number may be known with its country's code and without."""
    digests = {digest for number in numbers for digest in _digests(number)}
    session.execute(sa.delete(StoppedNumber).where(StoppedNumber.digest.in_(digests)))


def list_told_at(session: Any, number: str) -> Sequence[TellingPref]:
    """Return the accounts that are told at a number, which may lack its country's code."""
    with_number = sa.select(TellingPref).where(TellingPref.phone_digest != "")
    exact: Sequence[TellingPref] = session.scalars(
        with_number.where(TellingPref.phone_digest == number_digest(number))
    ).all()
    return exact or [row for row in session.scalars(with_number) if is_same_number(row.phone, number)]


def number_digest(number: str) -> str:
    """Return the digest by which a number is found."""
    return keys().digest(f"texts/{digits_of(number)}")


def _digests(number: str) -> set[str]:
    return {keys().digest(f"texts/{digits}") for digits in possible_digits(number)}
