"""Whether the keys at hand are those this database was written with: asked at every start, before anything is done.

The database keeps a known word, sealed with the ring, and what the other two secrets make of it. No key is in it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from coachdesk.config import SettingsError
from coachdesk.db import Base, EncryptedJson, EncryptedText, InvalidToken, reading_only, writing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection

    from coachdesk.config import Settings
    from coachdesk.keyring import KeyRing

_WORD = "the desk knows its keys"
_BACKUP = "Put back the one from your backup of the keys; nothing was changed."


class KeyCheck(Base):
    """One row: the known word sealed with the ring, and its digest by each of the other two secrets."""

    __tablename__ = "key_check"
    __table_args__ = (sa.CheckConstraint("id = 1", name="only_one"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    sealed: Mapped[str] = mapped_column(EncryptedText)
    digest: Mapped[str] = mapped_column(sa.String(64))
    salt: Mapped[str] = mapped_column(sa.String(64))
    made_at: Mapped[dt.datetime]


def hold_keys(engine: sa.Engine, ring: KeyRing, settings: Settings, *, now: dt.datetime) -> None:
    """Refuse keys that are not this database's own; the first time, note which they are. Raises `SettingsError`."""
    if _is_no_file(engine.url):
        return
    salt = hmac.new(settings.keys.salt.encode(), _WORD.encode(), hashlib.sha256).hexdigest()
    try:
        with reading_only(), engine.connect() as connection:
            known = _known_in(connection)
            if known is not None:
                _compare(known, ring, salt, settings)
                return
            _open_anything(connection, ring, settings)
            has_table = sa.inspect(connection).has_table(KeyCheck.__tablename__)
        if has_table:
            with writing(), engine.begin() as connection:
                _note(connection, {"sealed": _WORD, "digest": ring.digest(_WORD), "salt": salt, "made_at": now})
    finally:
        engine.dispose()  # what comes next may fork


def holds_data(url: str) -> bool:
    """Say whether the database at an address holds records already; a file that is not there holds none."""
    if _is_no_file(sa.make_url(url)):
        return False
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    try:
        with engine.connect() as connection:
            return sa.inspect(connection).has_table("organisation") and bool(
                connection.scalar(sa.text("SELECT count(*) FROM organisation"))
            )
    finally:
        engine.dispose()


def sealed_columns() -> Iterator[tuple[sa.Table, list[str]]]:
    """Give every table that holds sealed words, with the names of their columns, as the tables themselves declare."""
    for table in Base.metadata.sorted_tables:
        names = [column.name for column in table.columns if isinstance(column.type, EncryptedText | EncryptedJson)]
        if names:
            yield table, names


def _is_no_file(url: sa.URL) -> bool:
    return url.get_backend_name() == "sqlite" and not Path(url.database or "").exists()


def _known_in(connection: Connection) -> Any:
    if not sa.inspect(connection).has_table(KeyCheck.__tablename__):
        return None
    return connection.execute(
        sa.select(sa.type_coerce(KeyCheck.sealed, sa.Text).label("sealed"), KeyCheck.digest, KeyCheck.salt)
    ).first()


def _compare(known: Any, ring: KeyRing, salt: str, settings: Settings) -> None:
    folder = settings.instance / "keys"
    _refuse_closed(known.sealed, ring, settings)
    if not hmac.compare_digest(known.digest, ring.digest(_WORD)):
        raise SettingsError(
            f"COACHDESK_DIGEST_KEY, or the key file {folder / 'digest'}, is not the one this database was made with: "
            f"nobody would be found by their number. {_BACKUP}"
        )
    if not hmac.compare_digest(known.salt, salt):
        raise SettingsError(
            f"COACHDESK_PASSWORD_SALT, or the key file {folder / 'salt'}, is not the one this database was made with: "
            f"nobody could sign in. {_BACKUP}"
        )


def _refuse_closed(token: str, ring: KeyRing, settings: Settings) -> None:
    where = f"the key file {settings.keys.fernet_file}" if settings.keys.fernet_file else "COACHDESK_KEYS"
    try:
        ring.open(token)
    except InvalidToken:
        raise SettingsError(
            f"What was written in this database cannot be read with {where}: "
            f"the key it was written with is not among them. {_BACKUP}"
        ) from None


def _open_anything(connection: Connection, ring: KeyRing, settings: Settings) -> None:
    """Try the ring on the first sealed value there is, where nothing was noted yet: a database from before."""
    for table, names in sealed_columns():
        if not sa.inspect(connection).has_table(table.name):
            continue
        there = {column["name"] for column in sa.inspect(connection).get_columns(table.name)}
        for name in there.intersection(names):
            column = sa.column(name, sa.Text)
            query = sa.select(column).select_from(sa.table(table.name)).where(column.like("gAAAA%"))
            token = connection.scalar(query.limit(1))
            if token is not None:
                _refuse_closed(token, ring, settings)
                return


def _note(connection: Connection, values: dict[str, Any]) -> None:
    kind: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(kind.insert(KeyCheck).values(id=1, **values).on_conflict_do_nothing())
