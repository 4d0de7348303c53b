"""A new key while everybody works: what people wrote is sealed anew, little by little, and nothing of theirs is lost.

Which columns hold sealed words is read from the tables themselves, so that none can be forgotten. A value is replaced
only where it is still the one that was read; whoever saves meanwhile wins, and what they saved is looked at again.
"""

from __future__ import annotations

import fcntl
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from coachdesk import audit
from coachdesk.access import SYSTEM
from coachdesk.db import InvalidToken, keys, reading_only, writing
from coachdesk.keycheck import sealed_columns
from coachdesk.keyring import LOOK_AGAIN, new_key, read_keys, write_keys
from coachdesk.words import Refused, mark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from coachdesk.clock import Clock

BATCH = 200
"""Rows sealed anew in one transaction: a hundredth of a second or so, and others write in between."""
SETTLED = LOOK_AGAIN * 2
"""Seconds after which every running part has seen a new key."""
LONE, MOST_PASSES = 1, 100


@dataclass
class Figures:
    """What a rotation did."""

    values: int = 0
    rows: int = 0
    passes: int = 0
    unread: int = 0
    ring: int = 0
    made: bool = False
    forgotten: int = 0


@dataclass(frozen=True)
class _Sealed:
    """A table as the rotation sees it: its key, and its sealed columns as plain text."""

    rows: sa.TableClause
    key: tuple[sa.ColumnClause[Any], ...]
    words: tuple[sa.ColumnClause[str], ...]


def count(engine: sa.Engine) -> dict[int | None, int]:
    """Return how many values each key of the ring opens: 0 is the newest, None are those that no key opens."""
    ring = keys()
    found: dict[int | None, int] = dict.fromkeys(range(ring.size), 0)
    with reading_only():
        for table in _tables():
            for row in _rows(engine, table):
                for token in _tokens(table, row):
                    place = ring.place_of(token)
                    found[place] = found.get(place, 0) + 1
    return found


def rotate(
    engine: sa.Engine, path: Path | None, *, clock: Clock, forget: bool = False, say: Callable[[str], None] = print
) -> Figures:
    """Make a new key unless one is still being brought in, and seal everything with the newest; may be run again.

    `path` is the key file, or None where the keys come from the environment. Raises `Refused`.
    """
    with _alone(path):
        figures = Figures(ring=keys().size)
        began = time.monotonic()
        if path is not None and not _is_unfinished(engine):
            write_keys(path, [new_key(), *read_keys(path.read_text(encoding="ascii"))])
            keys().refresh()
            figures.made = True
        say("A new key is in use." if figures.made else "Sealing with the newest key there is.")
        _seal_until_done(engine, figures, began)
        figures.ring = keys().size
        if forget and path is not None:
            _forget(engine, path, figures)
        _write_down(engine, figures, clock)
    return figures


def _is_unfinished(engine: sa.Engine) -> bool:
    """Say whether some value still needs an older key: an earlier rotation was stopped, or a backup was put back."""
    found = count(engine)
    return any(number for place, number in found.items() if place)


def _seal_until_done(engine: sa.Engine, figures: Figures, began: float) -> None:
    while figures.passes < MOST_PASSES:
        started = time.monotonic()
        left = sum(_seal_table(engine, table, figures) for table in _tables())
        figures.passes += 1
        if not left and started - began > SETTLED:  # whoever had not yet seen the key has by then
            return
        if not left:
            time.sleep(max(0.0, began + SETTLED - time.monotonic()) + 0.01)
    raise Refused(mark("Something keeps writing with an older key. Restart every part, then run this again."))


def _seal_table(engine: sa.Engine, table: _Sealed, figures: Figures) -> int:
    """Seal what needs it in one table; return how many rows did."""
    needed, batch = 0, []
    for row in _rows(engine, table):
        change = _change(table, row, figures)
        if change:
            batch.append((row, change))
        if len(batch) == BATCH:
            needed += _replace(engine, table, batch, figures)
            batch = []
    return needed + _replace(engine, table, batch, figures)


def _change(table: _Sealed, row: Any, figures: Figures) -> dict[str, str]:
    """Return the values of a row as they would be with the newest key, where they are not yet."""
    ring, change = keys(), {}
    for column in table.words:
        token = getattr(row, column.name)
        if token is None or ring.place_of(token) == 0:
            continue
        try:
            change[column.name] = ring.seal_anew(token)
        except InvalidToken:
            figures.unread += figures.passes == 0
    return change


def _replace(engine: sa.Engine, table: _Sealed, batch: list[tuple[Any, dict[str, str]]], figures: Figures) -> int:
    if not batch:
        return 0
    with writing(), engine.begin() as connection:
        for row, change in batch:
            still = [column == getattr(row, column.name) for column in table.key]
            still += [table.rows.c[name] == getattr(row, name) for name in change]
            done = connection.execute(sa.update(table.rows).where(*still).values(change)).rowcount
            figures.rows += done
            figures.values += done * len(change)
    return len(batch)


def _forget(engine: sa.Engine, path: Path, figures: Figures) -> None:
    """Drop the older keys where nothing needs them: nobody writes between the last look and the new file."""
    with writing(), engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            names = ", ".join(connection.dialect.identifier_preparer.quote(table.rows.name) for table in _tables())
            connection.exec_driver_sql(f"LOCK TABLE {names} IN SHARE MODE")
        ring = keys()
        needed = any(
            ring.place_of(token) != 0
            for table in _tables()
            for row in _rows(engine, table, connection)
            for token in _tokens(table, row)
        )
        if needed:
            raise Refused(mark("Some values need an older key still, so it is kept. Run this again."))
        held = read_keys(path.read_text(encoding="ascii"))
        write_keys(path, held[:LONE])
        figures.forgotten = len(held) - LONE
    keys().refresh()
    figures.ring = keys().size


def _write_down(engine: sa.Engine, figures: Figures, clock: Clock) -> None:
    detail = {"values": figures.values, "keys": figures.ring, "made": figures.made, "forgotten": figures.forgotten}
    with writing(), Session(engine) as session:
        audit.record(session, SYSTEM, audit.Event.KEYS_ROTATED, detail=detail, now=clock.now())
        session.commit()


# ---- reading the tables -------------------------------------------------------------------------------------------


def _tables() -> Iterator[_Sealed]:
    for table, names in sealed_columns():
        key = tuple(sa.column(column.name, column.type) for column in table.primary_key)
        words = tuple(sa.column(name, sa.Text) for name in names)
        yield _Sealed(sa.table(table.name, *key, *words), key, words)


def _rows(engine: sa.Engine, table: _Sealed, connection: Any = None) -> Iterator[Any]:
    """Give every row, a batch at a time in the order of its key; no transaction is open in between."""
    last: tuple[Any, ...] | None = None
    query = sa.select(table.rows).order_by(*table.key).limit(BATCH)
    while True:
        ahead = query if last is None else query.where(sa.tuple_(*table.key) > sa.tuple_(*_bound(table, last)))
        if connection is not None:
            found = connection.execute(ahead).all()
        else:
            with reading_only(), engine.connect() as own:
                found = own.execute(ahead).all()
        yield from found
        if len(found) < BATCH:
            return
        last = tuple(getattr(found[-1], column.name) for column in table.key)


def _bound(table: _Sealed, values: tuple[Any, ...]) -> list[Any]:
    return [sa.bindparam(None, value, type_=column.type) for column, value in zip(table.key, values, strict=True)]


def _tokens(table: _Sealed, row: Any) -> list[str]:
    return [token for column in table.words if (token := getattr(row, column.name)) is not None]


@contextmanager
def _alone(path: Path | None) -> Iterator[None]:
    """Let one rotation of a key file go on at a time; the lock goes with its process."""
    if path is None:
        yield
        return
    with (path.parent / ".rotating").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Refused(mark("Another rotation is going on. Let it finish.")) from None
        yield
