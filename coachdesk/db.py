"""The database: one base for all tables, the column types, and how a transaction begins.

SQLite (WAL) and PostgreSQL are served alike. Flask-SQLAlchemy gives engine and session only; tables are plain
SQLAlchemy classes, so a later move to another glue is a change to this file.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Annotated, Any, ClassVar
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from coachdesk.keyring import InvalidToken, KeyRing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from enum import StrEnum

    from sqlalchemy.engine import Connection, Dialect
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


# ---- column types -------------------------------------------------------------------------------------------------


class Key(sa.types.TypeDecorator[uuid.UUID]):
    """A random id: 16 bytes on SQLite (text would be half as large again, measured), `uuid` on PostgreSQL."""

    impl = sa.LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        """Choose the column type of the database at hand."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.UUID(as_uuid=True))
        return dialect.type_descriptor(sa.LargeBinary(16))

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """Hand the id over as the database keeps it: whatever is done here is done to some hundred thousand at once."""
        return None if dialect.name == "postgresql" else _as_bytes

    def result_processor(self, dialect: Dialect, _coltype: object) -> Callable[[Any], Any] | None:
        """Read the id back."""
        return None if dialect.name == "postgresql" else _as_key


def _as_bytes(value: uuid.UUID | None) -> bytes | None:
    return None if value is None else value.bytes


def _as_key(value: bytes | None) -> uuid.UUID | None:
    return None if value is None else uuid.UUID(bytes=value)


class Moment(sa.types.TypeDecorator[dt.datetime]):
    """A moment, kept in UTC. A naive value is a fault of the program and is refused."""

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        """Keep the zone where the database can."""
        return dialect.type_descriptor(sa.DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Refuse a naive moment and store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = "a moment without a zone must not reach the database"
            raise ValueError(msg)
        utc = value.astimezone(dt.UTC)
        return utc if dialect.name == "postgresql" else utc.replace(tzinfo=None)

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:  # noqa: ARG002
        """Give an aware moment in UTC."""
        if value is None:
            return None
        return value.astimezone(dt.UTC) if value.tzinfo else value.replace(tzinfo=dt.UTC)


_ring: list[KeyRing] = []


def install_keys(ring: KeyRing) -> None:
    """Make a key ring the one that columns are encrypted with; called once by the factory."""
    _ring[:] = [ring]


def keys() -> KeyRing:
    """Return the key ring in use."""
    return _ring[0]


class EncryptedText(sa.types.TypeDecorator[str]):
    """What people write: encrypted in its column. It can be neither searched nor sorted."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Encrypt on the way in."""
        return None if value is None else keys().seal(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Decrypt on the way out."""
        return None if value is None else keys().open(value)


class EncryptedJson(sa.types.TypeDecorator[Any]):
    """A small structure of words, encrypted as one."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Encrypt on the way in."""
        return None if value is None else keys().seal(json.dumps(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """Decrypt on the way out."""
        return None if value is None else json.loads(keys().open(value))


def word(kind: type[StrEnum], *, name: str) -> sa.Enum:
    """Return a column type that holds one word of an enum, checked by the database under a constraint `name`."""
    return sa.Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        name=name,
        length=32,
        values_callable=lambda e: [m.value for m in e],
    )


Id = Annotated[uuid.UUID, mapped_column(Key, primary_key=True, default=uuid.uuid4)]
Serial = Annotated[int, mapped_column(sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)]
Words = Annotated[str, mapped_column(EncryptedText, default="")]
Line = Annotated[str, mapped_column(sa.String(200), default="")]


class Base(DeclarativeBase):
    """All tables; the names of constraints are fixed here, so that migrations can speak of them."""

    metadata = sa.MetaData(naming_convention=_NAMES)
    type_annotation_map = {  # noqa: RUF012  (SQLAlchemy's own attribute)
        uuid.UUID: Key,
        dt.datetime: Moment,
        dt.date: sa.Date,
        dt.time: sa.Time,
        int: sa.Integer,
    }


class AboutPerson:
    """A row about a person. Every select of it in a request begins with `access.visible` (the belt raises if not)."""

    client_id: Mapped[uuid.UUID]


class Written(AboutPerson):
    """A row of what somebody wrote about a person. A hand-over may decide that a later coach does not read it."""

    written: ClassVar[tuple[str, str]]
    """The columns that hold the moment it was written, and who wrote it."""


class Versioned:
    """A row that people edit: a save from an older version of it writes nothing (`words.Stale`)."""

    version: Mapped[int] = mapped_column(default=1)


db = SQLAlchemy(metadata=Base.metadata, session_options={"expire_on_commit": False})


# ---- transactions -------------------------------------------------------------------------------------------------

_reading: ContextVar[bool] = ContextVar("reading", default=False)


@contextmanager
def reading_only() -> Iterator[None]:
    """Begin transactions in this context as readers; on SQLite everything else takes the write lock at its start."""
    token = _reading.set(True)
    try:
        yield
    finally:
        _reading.reset(token)


@contextmanager
def writing() -> Iterator[None]:
    """Begin transactions in this context as writers, also within a request that reads."""
    token = _reading.set(False)
    try:
        yield
    finally:
        _reading.reset(token)


def set_reading(*, reading: bool) -> None:
    """Say for the rest of this context (a request) whether its transactions only read."""
    _reading.set(reading)


def prepare_engine(engine: sa.Engine) -> None:
    """Give a SQLite engine its pragmas and its `BEGIN`.

    With the driver's own transactions read-then-write updates from several threads are lost, and a deferred `BEGIN`
    that writes later fails at once when another has written (both measured); so writers begin immediately.
    """
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def _on_connect(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "busy_timeout=5000",
            "synchronous=NORMAL",
            "foreign_keys=ON",
            "recursive_triggers=ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()
        connection.create_function("local_day", 2, _local_day, deterministic=True)

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if _reading.get() else "BEGIN IMMEDIATE")


def _local_day(moment: str | None, zone: str) -> str | None:
    """Do for SQLite what PostgreSQL does by itself; `moment` is as SQLite keeps it, in UTC."""
    if moment is None:
        return None
    return dt.datetime.fromisoformat(moment).replace(tzinfo=dt.UTC).astimezone(ZoneInfo(zone)).date().isoformat()


def local_day(session: Any, moment: Any, zone: ZoneInfo) -> Any:
    """Return the day in a zone on which a moment lies, as SQL, so that it can be sorted and sought by."""
    if session.get_bind().dialect.name == "postgresql":
        return sa.cast(sa.func.timezone(zone.key, moment), sa.Date)
    return sa.func.local_day(moment, zone.key, type_=sa.Date)


class _Bytes(Key):
    """Ids that are bytes already: SQLite gets each as often as a statement asks for it."""

    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> None:
        """Leave them as they are."""


class Many:
    """Ids that a statement asks for, perhaps in many of its places: handed to the database once, not in each place."""

    def __init__(self, session: Any, ids: Iterable[uuid.UUID], *, name: str = "many") -> None:
        """Take the ids; two lists in one statement need two names."""
        self._is_array = session.get_bind().dialect.name == "postgresql"
        if self._is_array:
            kind = postgresql.ARRAY(postgresql.UUID(as_uuid=True))
            self._list: Any = sa.bindparam(name, [*ids], kind)
        else:
            self._list = sa.bindparam(name, [key.bytes for key in ids], _Bytes(), expanding=True)

    def has(self, column: Any) -> Any:
        """Return the condition that a column holds one of them."""
        return column == sa.any_(self._list) if self._is_array else column.in_(self._list)


class DaysBefore(sa.sql.functions.FunctionElement[dt.date]):
    """The day so many days before another, as SQL: `DaysBefore(day, number)`."""

    type = sa.Date()
    inherit_cache = True


@compiles(DaysBefore)
def _days_before(element: DaysBefore, compiler: Any, **how: Any) -> str:
    day, number = (compiler.process(one, **how) for one in element.clauses)
    return f"({day} - {number})"


@compiles(DaysBefore, "sqlite")
def _days_before_on_sqlite(element: DaysBefore, compiler: Any, **how: Any) -> str:
    day, number = (compiler.process(one, **how) for one in element.clauses)
    return f"date({day}, '-' || {number} || ' days')"


def page_within(number: int, total: int, size: int) -> int:
    """Return which page of so many rows is shown, from 1: the one asked for, and past the end the last."""
    return min(number, max(1, -(-total // size)))


def insert_once(session: Any, table: type[Base], **values: Any) -> bool:
    """Insert a row unless its unique key is taken; say whether it was inserted. Both databases."""
    kind = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement: Any = kind.insert(table)
    result = session.execute(statement.values(**values).on_conflict_do_nothing().returning(sa.literal(1)))
    return result.first() is not None


def insert_many(session: Any, table: type[Base], rows: Sequence[dict[str, Any]], *returned: Any) -> list[Any]:
    """Insert the rows whose unique keys are free, many with each statement; return these columns of those inserted."""
    if not rows:
        return []
    kind = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement: Any = kind.insert(table.__table__)
    columns = [sa.inspect(one).property.columns[0] for one in returned]
    return list(session.execute(statement.on_conflict_do_nothing().returning(*columns), rows).all())


__all__ = [
    "AboutPerson",
    "Base",
    "DaysBefore",
    "EncryptedJson",
    "EncryptedText",
    "Id",
    "InvalidToken",
    "Key",
    "KeyRing",
    "Line",
    "Many",
    "Moment",
    "Serial",
    "Versioned",
    "Words",
    "Written",
    "db",
    "insert_many",
    "insert_once",
    "install_keys",
    "keys",
    "local_day",
    "prepare_engine",
    "reading_only",
    "set_reading",
    "word",
    "writing",
]
