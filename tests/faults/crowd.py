"""A trail of many entries, written in bulk: the shape of a few years in a middling organisation."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from typing import Any

import sqlalchemy as sa

from coachdesk.access import Role
from coachdesk.accounts.models import User
from coachdesk.audit import AuditEntry, AuditPerson, Event
from coachdesk.clients.models import Client
from tests.cast import MONDAY

CHUNK = 20_000
_OFTEN = (
    Event.RECORD_READ,
    Event.RECORD_READ,
    Event.PEOPLE_LISTED,
    Event.CHECKIN_READ,
    Event.CHECKIN_LOGGED,
    Event.SIGNED_IN,
)
_STAFF, _PEOPLE = 60, 400


def write_trail(session: Any, count: int, *, until: dt.datetime = MONDAY, seed: int = 7) -> None:
    """Write so many entries over two years, by sixty members of staff about four hundred people, and commit."""
    draw = random.Random(seed)  # noqa: S311  (a repeatable draw, not a secret)
    staff, people = _settle(session, draw)
    first = session.scalar(sa.select(sa.func.max(AuditEntry.id))) or 0
    pace = dt.timedelta(days=730) / max(1, count)
    for begin in range(0, count, CHUNK):
        entries, named = [], []
        for n in range(begin, min(begin + CHUNK, count)):
            entry, about = _entry(draw, first + n + 1, until - pace * (count - n), staff, people)
            entries.append(entry)
            named += [{"entry_id": entry["id"], "client_id": person} for person in about]
        _pour(session, AuditEntry.__table__, entries)
        _pour(session, AuditPerson.__table__, named)
        session.commit()
    _count_on(session)


def _settle(session: Any, draw: random.Random) -> tuple[list[tuple[uuid.UUID, Role]], list[uuid.UUID]]:
    roles = (Role.COACH, Role.COACH, Role.COACH, Role.SUPERVISOR, Role.ADMINISTRATOR)
    staff = [(_key(draw), roles[n % len(roles)]) for n in range(_STAFF)]
    session.execute(
        sa.insert(User),
        [
            {
                "id": key,
                "email": f"staff{n}-{key.hex[:6]}@cast.example",
                "fs_uniquifier": key.hex,
                "role_name": role,
                "first_name": f"Staff {n:02d}",
                "last_name": f"Number{n % 7}",
                "started_on": dt.date(2024, 1, 1),
                "created_at": MONDAY,
            }
            for n, (key, role) in enumerate(staff)
        ],
    )
    people = [_key(draw) for _n in range(_PEOPLE)]
    session.execute(
        sa.insert(Client),
        [
            {
                "id": key,
                "first_name": f"Person {n:03d}",
                "last_name": f"Crowd{n % 11}",
                "shown_sort": f"person {n:03d} crowd{n % 11}",
                "working_since": dt.date(2024, 1, 1),
                "created_at": MONDAY,
                "created_by": staff[0][0],
            }
            for n, key in enumerate(people)
        ],
    )
    session.commit()
    return staff, people


def _entry(
    draw: random.Random, key: int, at: dt.datetime, staff: list[tuple[uuid.UUID, Role]], people: list[uuid.UUID]
) -> tuple[dict[str, Any], list[uuid.UUID]]:
    happened = draw.choice(_OFTEN) if draw.random() < 0.8 else draw.choice(list(Event))
    actor, role = draw.choice(staff)
    about: list[uuid.UUID] = []
    if happened is Event.PEOPLE_LISTED:
        about = draw.sample(people, draw.choice((2, 3, 5, 12)))
    elif happened is not Event.SIGNED_IN:
        about = [draw.choice(people)]
    return {
        "id": key,
        "at": at,
        "actor_id": actor,
        "actor_role": role,
        "event": happened.value,
        "subject_type": "goal" if key % 3 else None,
        "subject_id": _key(draw) if key % 3 else None,
        "details": {"fields": ["words", "status"]} if key % 5 == 0 else {},
        "request_id": f"{draw.getrandbits(128):032x}",
        "client_id": about[0] if len(about) == 1 else None,
    }, about


def _key(draw: random.Random) -> uuid.UUID:
    return uuid.UUID(int=draw.getrandbits(128), version=4)


def _count_on(session: Any) -> None:
    """Let PostgreSQL number further entries after those that brought their numbers."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(
            sa.text("SELECT setval(pg_get_serial_sequence('audit_entry', 'id'), (SELECT max(id) FROM audit_entry))")
        )
        session.commit()


def _pour(session: Any, table: Any, rows: list[dict[str, Any]]) -> None:
    """Insert by the driver's quickest way."""
    connection = session.connection()
    writers = [
        column.type.dialect_impl(connection.dialect).bind_processor(connection.dialect) or (lambda value: value)
        for column in table.columns
    ]
    names = [column.name for column in table.columns]
    values = [[write(row[name]) for name, write in zip(names, writers, strict=True)] for row in rows]
    driver = connection.connection.driver_connection
    if connection.dialect.name == "postgresql":
        with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({', '.join(names)}) FROM STDIN") as copy:
            for row in values:
                copy.write_row(row)
    else:
        places = ", ".join("?" for _name in names)
        driver.executemany(f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({places})", values)  # noqa: S608


def tidy_up(session: Any) -> None:
    """Do what PostgreSQL's own housekeeping would have done in two years; SQLite does none."""
    if session.get_bind().dialect.name == "sqlite":
        return
    session.rollback()
    engine = session.get_bind().execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for table in ("audit_entry", "audit_person", "audit_seal"):
            connection.exec_driver_sql(f"VACUUM ANALYZE {table}")
