"""What is read from the trail: the administrators' table, the person's own view, and one's own acts.

An order by words (who, role, event, person) never sorts the trail itself: it is counted by value, the few values are
ordered as their reader reads them, and the rows of a page are taken from the values the page falls into.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.access import Action, Role, demand, scoped
from coachdesk.audit.chain import raw
from coachdesk.audit.events import Event
from coachdesk.audit.models import AuditEntry, AuditPerson
from coachdesk.audit.sealing import count_waiting, find_head

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from coachdesk.access import Identity
    from coachdesk.audit.heads import Head

ORDERS: Mapping[str, Any] = {
    "when": AuditEntry.at,
    "what": AuditEntry.event,
    "who": AuditEntry.actor_id,
    "role": AuditEntry.actor_role,
    "whose": AuditEntry.client_id,
}
"""What the table can be ordered by, and the column behind it."""
FEW = 3
"""Members of staff that are looked up one by one; for more, SQLite would look up rows one by one too."""
CHUNK = 1000
"""Entries held in memory at a time while the trail is handed out whole."""


@dataclass(frozen=True)
class Asked:
    """What part of the trail is asked for; nothing given means all of it."""

    since: dt.datetime | None = None
    until: dt.datetime | None = None
    """The first moment that is left out."""
    event: str = ""
    role: Role | None = None
    actor_ids: frozenset[uuid.UUID] | None = None
    client_ids: frozenset[uuid.UUID] | None = None
    upto: int | None = None
    """The highest number that is taken along, so that what is written meanwhile is left out."""


@dataclass(frozen=True)
class Entry:
    """One entry as a page needs it."""

    id: int
    at: dt.datetime
    event: str
    actor_id: uuid.UUID | None
    role: Role | None
    thing: str | None
    details: Mapping[str, Any]
    people: Sequence[uuid.UUID] = ()
    thing_id: uuid.UUID | None = None

    @property
    def fields(self) -> list[str]:
        """The names of the fields that were changed."""
        return [str(name) for name in self.details.get("fields", ())]


@dataclass(frozen=True)
class Slice:
    """Some entries in order, and how many there are altogether."""

    rows: Sequence[Entry]
    total: int


def list_entries(
    session: Any,
    identity: Identity,
    asked: Asked,
    *,
    order: str = "when",
    falling: bool = True,
    words_of: Callable[[list[Any]], Mapping[Any, str]] | None = None,
    offset: int = 0,
    limit: int = 50,
) -> Slice:
    """Return one page of the trail; `words_of` says what the reader sees for each value of the order's column."""
    demand(identity, Action.ADMIN_TRAIL)
    column, conditions = ORDERS[order], _conditions(asked)
    if words_of is None:
        total = session.scalar(sa.select(sa.func.count()).select_from(AuditEntry).where(*conditions))
        ids = _ids(session, conditions, falling=falling, offset=offset, limit=limit)
        return Slice(_entries(session, ids), total)
    value_of = _unordered(column)
    counts = dict(session.execute(sa.select(value_of, sa.func.count()).where(*conditions).group_by(value_of)).all())
    words = words_of(list(counts))
    ids = []
    for value in sorted(counts, key=lambda value: (words[value].casefold(), str(value)), reverse=falling):
        if offset < counts[value] and len(ids) < limit:
            same = column.is_(None) if value is None else column == value
            ids += _ids(session, [*conditions, same], falling=True, offset=max(0, offset), limit=limit - len(ids))
        offset = max(0, offset - counts[value])
    return Slice(_entries(session, ids), sum(counts.values()))


def walk_entries(session: Any, identity: Identity, asked: Asked) -> Iterator[list[Entry]]:
    """Hand out everything that is asked for, newest first, in chunks; between two of them nothing is held."""
    demand(identity, Action.ADMIN_TRAIL)
    conditions = _conditions(asked)
    further: list[Any] = []
    while rows := _entries(session, _ids(session, [*conditions, *further], falling=True, offset=0, limit=CHUNK)):
        yield rows
        at, last = sa.literal(rows[-1].at, AuditEntry.at.type), rows[-1].id
        further = [sa.or_(AuditEntry.at < at, sa.and_(AuditEntry.at == at, AuditEntry.id < last)), AuditEntry.at <= at]


def highest(session: Any) -> int:
    """Return the highest number in the trail."""
    return session.scalar(sa.select(sa.func.max(AuditEntry.id))) or 0


_WORRIES = tuple(event.value for event in Event if event.name.startswith("CONCERN_"))


def list_looks(session: Any, identity: Identity, *, offset: int = 0, limit: int = 50) -> Slice:
    """Return who did or read what on the reader's own record, newest first, without what they did themself.

    Worries about their safety are left out, as in all the person sees: somebody else may hold the phone.
    """
    demand(identity, Action.PORTAL_READ)
    found = (
        scoped(sa.select(AuditPerson.entry_id), identity, AuditPerson.client_id)
        .join(AuditEntry, AuditEntry.id == AuditPerson.entry_id)
        .where(AuditEntry.actor_id != identity.id, AuditEntry.event.not_in(_WORRIES))
    )
    total = session.scalar(found.with_only_columns(sa.func.count()))
    ids = session.scalars(found.order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).offset(offset).limit(limit))
    return Slice(_entries(session, list(ids), people=False), total)


_UNTOLD = tuple(event.value for event in Event if event.name.startswith(("COACH_WISH", "DRAFT")))
"""Nobody looks at a record by them, and whoever the wish is about must not meet it."""


def list_looks_at(session: Any, identity: Identity, client_id: uuid.UUID, *, offset: int = 0, limit: int = 50) -> Slice:
    """Return who did or read what on the record of somebody this reader sees, newest first.

    What the person did themself is theirs, and a wish for another coach is told to nobody by way of this list.
    """
    demand(identity, Action.DESK_RECORD)
    found = (
        scoped(sa.select(AuditPerson.entry_id), identity, AuditPerson.client_id)
        .join(AuditEntry, AuditEntry.id == AuditPerson.entry_id)
        .where(AuditPerson.client_id == client_id, AuditEntry.actor_role != Role.CLIENT)
        .where(AuditEntry.event.not_in(_UNTOLD))
    )
    total = session.scalar(found.with_only_columns(sa.func.count()))
    ids = session.scalars(found.order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).offset(offset).limit(limit))
    return Slice(_entries(session, list(ids), people=False), total)


def list_own(session: Any, identity: Identity, *, offset: int = 0, limit: int = 50) -> Slice:
    """Return what the reader did here, newest first."""
    demand(identity, Action.ACCOUNT_ACTIVITY)
    mine = [AuditEntry.actor_id == identity.id]
    total = session.scalar(sa.select(sa.func.count()).select_from(AuditEntry).where(*mine))
    return Slice(_entries(session, _ids(session, mine, falling=True, offset=offset, limit=limit)), total)


@dataclass(frozen=True)
class Standing:
    """How the chain stands: what waits, its head, and the last time somebody checked it."""

    waiting: int
    head: Head | None
    checked_at: dt.datetime | None = None
    checked: Mapping[str, Any] = field(default_factory=dict)


def find_standing(session: Any, identity: Identity) -> Standing:
    """Return how the chain stands."""
    demand(identity, Action.ADMIN_TRAIL)
    last = session.execute(
        sa.select(AuditEntry.at, AuditEntry.details)
        .where(AuditEntry.event == Event.TRAIL_VERIFIED.value)
        .order_by(AuditEntry.at.desc())
        .limit(1)
    ).first()
    return Standing(count_waiting(session), find_head(session), *(last or ()))


def _conditions(asked: Asked) -> list[Any]:
    given: Mapping[str, Callable[[], Any]] = {
        "since": lambda: AuditEntry.at >= asked.since,
        "until": lambda: AuditEntry.at < asked.until,
        "event": lambda: AuditEntry.event == asked.event,
        "role": lambda: AuditEntry.actor_role == asked.role,
        "actor_ids": lambda: _is_one_of(AuditEntry.actor_id, asked.actor_ids or frozenset()),
        "client_ids": lambda: AuditEntry.id.in_(
            sa.select(AuditPerson.entry_id).where(AuditPerson.client_id.in_(asked.client_ids or ()))
        ),
        "upto": lambda: AuditEntry.id <= asked.upto,
    }
    return [make() for name, make in given.items() if getattr(asked, name) not in (None, "")]


def _is_one_of(column: Any, keys: frozenset[uuid.UUID]) -> Any:
    return (column if len(keys) <= FEW else _unordered(column)).in_(keys)


def _unordered(column: Any) -> Any:
    """Return a column so written that SQLite reads a wide index through, instead of a narrow one row by row.

    Measured with a million entries: six times as quick where a large part of them is counted.
    """
    return sa.func.coalesce(column, column)


def _ids(session: Any, conditions: Sequence[Any], *, falling: bool, offset: int, limit: int) -> list[int]:
    by = (AuditEntry.at.desc(), AuditEntry.id.desc()) if falling else (AuditEntry.at, AuditEntry.id)
    asked = sa.select(AuditEntry.id).where(*conditions).order_by(*by).offset(offset).limit(limit)
    return list(session.scalars(asked))


def _entries(session: Any, ids: Sequence[int], *, people: bool = True) -> list[Entry]:
    """Return entries in the order of their numbers as given."""
    if not ids:
        return []
    named: dict[int, list[uuid.UUID]] = defaultdict(list)
    if people:
        whom = raw(session, AuditPerson.client_id)
        for entry_id, kept in session.execute(
            sa.select(AuditPerson.entry_id, whom).where(AuditPerson.entry_id.in_(ids))
        ):
            named[entry_id] += _as_key(kept)
    found = {
        row.id: Entry(
            row.id,
            row.at,
            row.event,
            row.actor_id,
            row.actor_role,
            row.subject_type,
            row.details,
            named[row.id],
            row.subject_id,
        )
        for row in session.execute(sa.select(AuditEntry.__table__).where(AuditEntry.id.in_(ids)))
    }
    return [found[key] for key in ids]


def _as_key(kept: Any) -> list[uuid.UUID]:
    """Read an id as the database holds it; one that was tampered with names nobody, and the page stands."""
    try:
        return [uuid.UUID(bytes=kept) if isinstance(kept, bytes) else uuid.UUID(str(kept))]
    except ValueError:
        return []
