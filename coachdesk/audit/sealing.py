"""The scheduler seals what was recorded: each entry gets a place in one chain of keyed digests.

Entries are numbered when they are written and seen when they are committed, which may be in another order; so the
sealer gives places of its own, without gaps, to whatever it finds unsealed. Any number of sealers may run at once.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
import structlog

from coachdesk.audit import heads
from coachdesk.audit.chain import START, as_kept, chain_key, digest, marks_of, raw, written
from coachdesk.audit.heads import Head
from coachdesk.audit.models import AuditEntry, AuditPerson, AuditSeal
from coachdesk.db import reading_only

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

log = structlog.get_logger()
BATCH = 1000
WINDOW = 2000
"""Numbers below the highest sealed entry that are looked at again each time, for what was committed late."""
_LOCK = 0x5EA1
"""The number of PostgreSQL's advisory lock that sealers take turns by; on SQLite a writer is alone anyway."""


def seal_waiting(session: Any, path: Path, *, clock: Callable[[], dt.datetime], thorough: bool = False) -> int:
    """Seal all that waits, batch by batch, each committed; then write the head into its file. Returns how many.

    `thorough` also looks for entries far back that were committed very late; it asks the whole trail, so it is done
    now and then only.
    """
    done = 0
    strays = _ask_quietly(session, _list_strays) if thorough else []
    if strays or _ask_quietly(session, count_waiting):
        while True:
            sealed = seal_batch(session, now=clock(), also=strays)
            session.commit()
            done, strays = done + sealed, []
            if sealed < BATCH:
                break
    _keep_head(session, path, clock=clock)
    return done


def seal_batch(session: Any, *, now: dt.datetime, most: int = BATCH, also: Sequence[int] = ()) -> int:
    """Seal at most so many entries in the caller's transaction, which must be able to write; returns how many."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    last = find_head(session)
    position, before = (last.position, last.digest) if last else (0, START)
    entries = session.execute(
        sa.select(*as_kept(session)).where(_is_waiting(session, also)).order_by(AuditEntry.id).limit(most)
    ).all()
    people = _people_of(session, [entry[0] for entry in entries])
    key, rows = chain_key(), []
    for place, entry in enumerate(entries, position + 1):
        made = written(entry, people[entry[0]], now)
        marks = marks_of(key, made)
        before = digest(key, before, place, made, marks)
        names = dict(zip(("entry_mark", "people_mark"), marks, strict=True))
        rows.append({"position": place, "entry_id": entry[0], **names, "digest": before, "sealed_at": now})
    if rows:
        session.execute(sa.insert(AuditSeal), rows)
    return len(rows)


def find_head(session: Any) -> Head | None:
    """Return the last seal, or none."""
    row = session.execute(
        sa.select(AuditSeal.position, AuditSeal.digest, AuditSeal.sealed_at)
        .order_by(AuditSeal.position.desc())
        .limit(1)
    ).first()
    return Head(*row) if row else None


def count_waiting(session: Any) -> int:
    """Return how many entries wait for their seal, leaving out what was committed very late."""
    found: int = session.scalar(sa.select(sa.func.count()).select_from(AuditEntry).where(_is_waiting(session)))
    return found


def _is_waiting(session: Any, also: Iterable[int] = ()) -> Any:
    floor = (session.scalar(sa.select(sa.func.max(AuditSeal.entry_id))) or 0) - WINDOW
    near = sa.and_(
        AuditEntry.id > floor,
        ~sa.exists().where(AuditSeal.entry_id == AuditEntry.id, AuditSeal.entry_id > floor),
    )
    if not also:
        return near
    return sa.or_(near, sa.and_(AuditEntry.id.in_(also), ~sa.exists().where(AuditSeal.entry_id == AuditEntry.id)))


def _list_strays(session: Any) -> list[int]:
    """Return entries that have no seal, wherever they stand."""
    return list(session.scalars(select_unsealed().with_only_columns(AuditEntry.id).limit(BATCH)))


def select_unsealed() -> Any:
    """Return the select of all entries without a seal, in order; it reads the whole trail."""
    return (
        sa.select(AuditEntry.id, AuditEntry.at)
        .outerjoin(AuditSeal, AuditSeal.entry_id == AuditEntry.id)
        .where(AuditSeal.entry_id.is_(None))
        .order_by(AuditEntry.id)
    )


def _people_of(session: Any, entry_ids: Sequence[int]) -> dict[int, list[Any]]:
    """Return the people as kept: one that is no id is sealed as it stands, and stops nobody."""
    found: dict[int, list[Any]] = defaultdict(list)
    rows = session.execute(
        sa.select(AuditPerson.entry_id, raw(session, AuditPerson.client_id)).where(AuditPerson.entry_id.in_(entry_ids))
    )
    for entry_id, client_id in rows:
        found[entry_id].append(client_id)
    return found


def _ask_quietly(session: Any, ask: Callable[[Any], Any]) -> Any:
    """Ask in a transaction that only reads: nobody who writes waits for a sealer that finds nothing to do."""
    session.rollback()
    with reading_only():
        found = ask(session)
        session.rollback()
    return found


def _keep_head(session: Any, path: Path, *, clock: Callable[[], dt.datetime]) -> None:
    kept = heads.read(path)
    head, other = _ask_quietly(session, lambda asked: (find_head(asked), list_other(asked, kept)))
    if other:
        log.error("the trail does not go on where it was last seen", position=max(line.position for line in other))
    if head and head.position not in {line.position for line in kept}:
        heads.write(path, [*kept, head], keep=other)
        log.info("trail sealed", position=head.position, digest=head.digest, at=clock().isoformat())


def list_other(session: Any, kept: Iterable[Head]) -> list[Head]:
    """Return those of the heads written outside that the database no longer holds as they were."""
    lines = list(kept)
    stands: dict[int, str] = dict(
        session.execute(
            sa.select(AuditSeal.position, AuditSeal.digest).where(
                AuditSeal.position.in_([line.position for line in lines])
            )
        ).all()
    )
    return [line for line in lines if stands.get(line.position) != line.digest]
