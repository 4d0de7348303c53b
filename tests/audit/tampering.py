"""Changes that somebody with the database in their hands might make to a sealed trail, with the triggers off."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from coachdesk.audit import AuditEntry, AuditPerson, AuditSeal, Event, create_triggers, drop_triggers, record
from coachdesk.db import db
from tests.cast import MONDAY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.cast import Cast

COUNT = 40
ENTRY: Any = AuditEntry.__table__
PERSON: Any = AuditPerson.__table__
SEAL: Any = AuditSeal.__table__


class Damage(NamedTuple):
    """What was done, and a part of each sentence that may name it."""

    what: str
    named: tuple[str, ...]


def drawn(seed: int) -> random.Random:
    """Return a draw that is the same each time."""
    return random.Random(seed)  # noqa: S311  (repeatable, not a secret)


def write_short_trail(session: Any, cast: Cast, draw: random.Random, count: int = COUNT) -> None:
    """Write some entries of every shape, and commit."""
    everybody = [cast.marcus, cast.lena, cast.aisha, cast.hana]
    for n in range(count):
        record(
            session,
            draw.choice([cast.dana, cast.ruth, cast.admin, None]),
            draw.choice(list(Event)),
            client_ids=draw.sample(everybody, n % 4),
            subject=("goal", uuid.uuid4()) if n % 2 else None,
            fields=("words", "status")[: n % 3],
            now=MONDAY + dt.timedelta(seconds=n),
        )
    session.commit()


@contextmanager
def unguarded(session: Any) -> Iterator[Any]:
    """Hand out a connection for which neither triggers nor foreign keys hold; all of it is committed."""
    session.rollback()
    session.connection()
    postgres = db.engine.dialect.name == "postgresql"
    session.rollback()
    with db.engine.connect() as connection:
        if not postgres:
            connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                drop_triggers(connection)
                if postgres:
                    connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
                yield connection
                create_triggers(connection)
        finally:
            if not postgres:
                connection.connection.cursor().execute("PRAGMA foreign_keys=ON")


def tamper(connection: Any, draw: random.Random, *, kind: int | None = None) -> Damage:
    """Do one random damage of a kind (drawn, if none is said) and say how it should be named."""
    kinds = list(_KINDS)
    return kinds[draw.randrange(len(kinds)) if kind is None else kind % len(kinds)](connection, draw)


def _place(connection: Any, draw: random.Random) -> Any:
    """Draw a sealed entry: its position and number."""
    rows = connection.execute(sa.select(SEAL.c.position, SEAL.c.entry_id).order_by(SEAL.c.position)).all()
    return draw.choice(rows)


def _edit_entry(connection: Any, draw: random.Random) -> Damage:
    place = _place(connection, draw)
    values: dict[str, Callable[[], Any]] = {
        "at": lambda: MONDAY - dt.timedelta(days=draw.randrange(1, 900)),
        "actor_id": uuid.uuid4,
        "actor_role": lambda: "system",
        "event": lambda: "nothing:happened",
        "subject_type": lambda: "step",
        "subject_id": uuid.uuid4,
        "details": lambda: {"fields": ["something else"]},
        "request_id": lambda: uuid.uuid4().hex,
        "client_id": uuid.uuid4,
    }
    name = draw.choice(list(values))
    connection.execute(sa.update(ENTRY).where(ENTRY.c.id == place.entry_id).values({name: values[name]()}))
    return Damage(
        f"edited {name} of entry {place.entry_id}", (f"Entry {place.entry_id} (position {place.position}) was changed",)
    )


def _delete_entry(connection: Any, draw: random.Random) -> Damage:
    place = _place(connection, draw)
    connection.execute(sa.delete(PERSON).where(PERSON.c.entry_id == place.entry_id))
    connection.execute(sa.delete(ENTRY).where(ENTRY.c.id == place.entry_id))
    return Damage(f"deleted entry {place.entry_id}", (f"Entry {place.entry_id} (position {place.position}) is gone",))


def _delete_person(connection: Any, draw: random.Random) -> Damage:
    row = draw.choice(connection.execute(sa.select(PERSON).order_by(PERSON.c.entry_id)).all())
    connection.execute(sa.delete(PERSON).where(PERSON.c.entry_id == row.entry_id, PERSON.c.client_id == row.client_id))
    return Damage(f"deleted a person of {row.entry_id}", (f"people named by entry {row.entry_id} ",))


def _add_person(connection: Any, draw: random.Random) -> Damage:
    place = _place(connection, draw)
    connection.execute(sa.insert(PERSON).values(entry_id=place.entry_id, client_id=uuid.uuid4()))
    return Damage(f"added a person to {place.entry_id}", (f"people named by entry {place.entry_id} ",))


def _swap_person(connection: Any, draw: random.Random) -> Damage:
    row = draw.choice(connection.execute(sa.select(PERSON).order_by(PERSON.c.entry_id)).all())
    where = (PERSON.c.entry_id == row.entry_id, PERSON.c.client_id == row.client_id)
    connection.execute(sa.update(PERSON).where(*where).values(client_id=uuid.uuid4()))
    return Damage(f"replaced a person of {row.entry_id}", (f"people named by entry {row.entry_id} ",))


def _swap_seals(connection: Any, draw: random.Random) -> Damage:
    first, second = _place(connection, draw), _place(connection, draw)
    while first.position == second.position:
        second = _place(connection, draw)
    for old, new in ((first.position, -1), (second.position, first.position), (-1, second.position)):
        connection.execute(sa.update(SEAL).where(SEAL.c.position == old).values(position=new))
    return Damage(
        f"swapped positions {first.position} and {second.position}",
        tuple(f"The seal at position {place.position} " for place in (first, second)),
    )


def _swap_entries(connection: Any, draw: random.Random) -> Damage:
    first, second = _place(connection, draw), _place(connection, draw)
    while first.entry_id == second.entry_id:
        second = _place(connection, draw)
    for old, new in ((first.entry_id, -1), (second.entry_id, first.entry_id), (-1, second.entry_id)):
        connection.execute(sa.update(ENTRY).where(ENTRY.c.id == old).values(id=new))
    return Damage(
        f"swapped entries {first.entry_id} and {second.entry_id}",
        tuple(f"Entry {place.entry_id} (position {place.position}) was changed" for place in (first, second)),
    )


def _cut_tail(connection: Any, draw: random.Random) -> Damage:
    last = connection.scalar(sa.select(sa.func.max(SEAL.c.position)))
    keep = draw.randrange(1, last)
    gone = list(connection.scalars(sa.select(SEAL.c.entry_id).where(SEAL.c.position > keep)))
    connection.execute(sa.delete(SEAL).where(SEAL.c.position > keep))
    connection.execute(sa.delete(PERSON).where(PERSON.c.entry_id.in_(gone)))
    connection.execute(sa.delete(ENTRY).where(ENTRY.c.id.in_(gone)))
    return Damage(f"cut the tail after {keep}", (f"The trail ends at position {keep}, but",))


def _cut_middle(connection: Any, draw: random.Random) -> Damage:
    last = connection.scalar(sa.select(sa.func.max(SEAL.c.position)))
    gone = draw.randrange(1, last)
    connection.execute(sa.delete(SEAL).where(SEAL.c.position == gone))
    return Damage(f"removed seal {gone}", (f"The seal at position {gone} is missing",))


def _edit_seal(connection: Any, draw: random.Random) -> Damage:
    place = _place(connection, draw)
    values: dict[str, Any] = {
        "digest": f"{draw.getrandbits(256):064x}",
        "entry_mark": f"{draw.getrandbits(64):016x}",
        "people_mark": f"{draw.getrandbits(64):016x}",
        "sealed_at": MONDAY + dt.timedelta(days=draw.randrange(1, 90)),
    }
    name = draw.choice(list(values))
    connection.execute(sa.update(SEAL).where(SEAL.c.position == place.position).values({name: values[name]}))
    return Damage(f"edited {name} of seal {place.position}", (f"The seal at position {place.position} ",))


_KINDS = (
    _edit_entry,
    _delete_entry,
    _delete_person,
    _add_person,
    _swap_person,
    _swap_seals,
    _swap_entries,
    _cut_tail,
    _cut_middle,
    _edit_seal,
)
KINDS = len(_KINDS)
