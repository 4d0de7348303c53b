"""Guesses are counted, in the database, so that all workers and hosts count together; too many make a wait.

The counting is the library's fixed window over our own storage. Of its strategies it is the one that reads no clock
itself (a window begins with its first try and ends when the storage says), that counts by one atomic statement, and
whose wait is exact: when a window is over all its tries are free again. Twice as many tries may fall around the border
of two windows; the longer limits hold that.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from limits import RateLimitItemPerSecond
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy.dialects import postgresql, sqlite

from coachdesk import audit
from coachdesk.accounts.models import GuessCount, User
from coachdesk.accounts.rules import counted_as, is_near, limits_on, seconds_of
from coachdesk.db import keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from coachdesk.accounts.rules import Caller, Guess, Limit

FREE = dt.timedelta()


class Counts(Storage):
    """The library's storage over our table, at one moment and in the caller's transaction."""

    STORAGE_SCHEME = None

    def __init__(self, session: Any, now: dt.datetime) -> None:
        """Count in a session; what ended before `now` counts as nothing."""
        super().__init__()
        self._session, self._now = session, now
        self._found: dict[str, tuple[int, dt.datetime]] = {}

    @property
    def base_exceptions(self) -> type[Exception]:
        """What the database may raise; it is handed on as it is."""
        return sa.exc.SQLAlchemyError

    def load(self, names: Iterable[str]) -> None:
        """Read many counts by one query."""
        wanted = {_key(name) for name in names}
        self._found |= dict.fromkeys(wanted, (0, self._now))
        rows = sa.select(GuessCount).where(GuessCount.key.in_(wanted), GuessCount.ends_at > self._now)
        for row in self._session.scalars(rows.execution_options(populate_existing=True)):
            self._found[row.key] = (row.count, row.ends_at)

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count a try by one atomic statement, in a new window of `expiry` seconds where none runs."""
        return self.count_all([(key, expiry)], amount)[0]

    def count_all(self, windows: Sequence[tuple[str, int]], amount: int = 1) -> list[int]:
        """Count a try in several windows by one atomic statement, and return what each has now.

        Rows are locked in the order given; all who count must give them in one order.
        """
        news = [(name, amount, self._now + dt.timedelta(seconds=seconds)) for name, seconds in windows]
        rows = self._insert(news)
        is_over = GuessCount.ends_at <= self._now
        counted = rows.on_conflict_do_update(
            index_elements=[GuessCount.key],
            set_={
                "count": sa.case((is_over, rows.excluded.count), else_=GuessCount.count + rows.excluded.count),
                "ends_at": sa.case((is_over, rows.excluded.ends_at), else_=GuessCount.ends_at),
            },
        ).returning(GuessCount.key, GuessCount.count, GuessCount.ends_at)
        self._found |= {key: (count, ends_at) for key, count, ends_at in self._session.execute(counted)}
        return [self.get(name) for name, _seconds in windows]

    def give_back(self, windows: Sequence[tuple[str, dt.datetime]]) -> None:
        """Take one try off each window that is still the one that ends when it is said to; in the order of counting."""
        self._lower(windows, GuessCount.count - 1)

    def begin_anew(self, windows: Sequence[tuple[str, dt.datetime]]) -> None:
        """Take all tries off these windows; in the order of counting."""
        self._lower(windows, sa.literal(0))

    def get(self, key: str) -> int:
        """Return how many tries a running window counts."""
        return self._find(key)[0]

    def get_expiry(self, key: str) -> float:
        """Return when a window ends, in seconds since 1970."""
        return self._find(key)[1].timestamp()

    def clear(self, key: str) -> None:
        """Forget a count."""
        self._session.execute(sa.delete(GuessCount).where(GuessCount.key == _key(key)))
        self._found.pop(_key(key), None)

    def ends_at(self, key: str) -> dt.datetime:
        """Return when a window ends."""
        return self._find(key)[1]

    def check(self) -> bool:
        """Say whether the database answers."""
        return bool(self._session.scalar(sa.select(sa.true())))

    def reset(self) -> int:
        """Forget every count; return how many there were."""
        return int(self._session.execute(sa.delete(GuessCount)).rowcount)

    def _lower(self, windows: Sequence[tuple[str, dt.datetime]], to: Any) -> None:
        if not windows:
            return
        # An insert that meets its row takes the rows in order; an update of many does not say in which.
        rows = self._insert([(name, 0, ends_at) for name, ends_at in windows])
        same = sa.and_(GuessCount.ends_at == rows.excluded.ends_at, GuessCount.count > 0)
        self._session.execute(
            rows.on_conflict_do_update(index_elements=[GuessCount.key], set_={"count": to}, where=same)
        )
        self._found.clear()

    def _insert(self, rows: Sequence[tuple[str, int, dt.datetime]]) -> Any:
        kind = postgresql if self._session.get_bind().dialect.name == "postgresql" else sqlite
        made: Any = kind.insert(GuessCount)
        return made.values([{"key": _key(name), "count": count, "ends_at": ends_at} for name, count, ends_at in rows])

    def _find(self, key: str) -> tuple[int, dt.datetime]:
        if _key(key) not in self._found:
            self.load([key])
        return self._found[_key(key)]


@dataclass(frozen=True)
class Taken:
    """A try that was counted, or the wait that it ran into."""

    guess: Guess
    caller: Caller
    wait: dt.timedelta = FREE
    full: Limit | None = None
    """The limit that makes them wait."""
    ends: tuple[tuple[Limit, dt.datetime], ...] = ()
    """The windows the try was counted in."""


def find_wait(session: Any, guess: Guess, caller: Caller, *, now: dt.datetime) -> Taken:
    """Say how long somebody must wait before the next try, without counting anything. One query."""
    counts = Counts(session, now)
    limiter = FixedWindowRateLimiter(counts)
    limits = limits_on(guess, caller)
    counts.load(_name(limit, guess, caller) for limit in limits)
    full = [limit for limit in limits if not limiter.test(_item(limit), *counted_as(limit, guess, caller))]
    return _waits(counts, guess, caller, full, now)


def take(session: Any, guess: Guess, caller: Caller, *, now: dt.datetime) -> Taken:
    """Count a try before it is looked at, or say how long to wait; a try that must wait is not counted.

    To check first and count afterwards would let through all who check at the same moment (ASVS 5.0, 15.4.2).
    """
    counts = Counts(session, now)
    limiter = FixedWindowRateLimiter(counts)
    limits = limits_on(guess, caller)
    counts.count_all([(_name(limit, guess, caller), limit.seconds) for limit in limits])
    full = [limit for limit in limits if not limiter.test(_item(limit), *counted_as(limit, guess, caller), cost=0)]
    waits = _waits(counts, guess, caller, full, now)
    taken = Taken(guess, caller, ends=tuple((limit, counts.ends_at(_name(limit, guess, caller))) for limit in limits))
    if full:
        give_back(session, taken, now=now)
        return waits
    return taken


def forgive(session: Any, taken: Taken, *, now: dt.datetime) -> None:
    """Let a right try begin the account's count here anew; what counts many accounts gets just this try back."""
    counts = Counts(session, now)
    counts.begin_anew([window for limit, window in _windows(taken) if is_near(limit)])
    counts.give_back([window for limit, window in _windows(taken) if not is_near(limit)])


def give_back(session: Any, taken: Taken, *, now: dt.datetime) -> None:
    """Take back a try that came to nothing: nobody looked at what was guessed."""
    Counts(session, now).give_back([window for _limit, window in _windows(taken)])


def is_told(session: Any, taken: Taken, *, now: dt.datetime) -> bool:
    """Say whether the trail already has the wait that somebody ran into."""
    return Counts(session, now).get(_told(taken)) > 0


def tell_trail(session: Any, taken: Taken, *, now: dt.datetime) -> None:
    """Write a wait into the trail, once for each: whoever goes on trying cannot fill it."""
    if taken.full is None or Counts(session, now).incr(_told(taken), seconds_of(taken.wait)) > 1:
        return
    known = session.scalar(sa.select(User.id).where(User.email == taken.caller.account))
    audit.record(
        session,
        None,
        audit.Event.SIGN_IN_REFUSED,
        subject=("user_account", known) if known else None,
        detail={"why": "wait", "kind": taken.guess.value, "reach": taken.full.reach.value},
        now=now,
    )


def forget(session: Any, *, now: dt.datetime) -> None:
    """Remove the counts that are over; one that is being counted in at this moment is left for the next time."""
    over = sa.select(GuessCount.key).where(GuessCount.ends_at <= now).with_for_update(skip_locked=True)
    session.execute(sa.delete(GuessCount).where(GuessCount.key.in_(over)).execution_options(synchronize_session=False))


def _waits(counts: Counts, guess: Guess, caller: Caller, full: list[Limit], now: dt.datetime) -> Taken:
    if not full:
        return Taken(guess, caller)
    ends = {limit: counts.ends_at(_name(limit, guess, caller)) for limit in full}
    longest = max(full, key=ends.__getitem__)
    return Taken(guess, caller, wait=ends[longest] - now, full=longest)


def _windows(taken: Taken) -> list[tuple[Limit, tuple[str, dt.datetime]]]:
    return [(limit, (_name(limit, taken.guess, taken.caller), ends_at)) for limit, ends_at in taken.ends]


def _item(limit: Limit) -> RateLimitItemPerSecond:
    return RateLimitItemPerSecond(limit.most, limit.seconds, namespace=limit.reach.value)


def _name(limit: Limit, guess: Guess, caller: Caller) -> str:
    return _item(limit).key_for(*counted_as(limit, guess, caller))


def _told(taken: Taken) -> str:
    return f"told/{_name(taken.full, taken.guess, taken.caller)}" if taken.full else ""


def _key(name: str) -> str:
    return keys().digest(f"guess/{name}")
