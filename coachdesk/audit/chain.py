"""What is sealed of an entry, and how one seal follows from another: the same on both databases."""

from __future__ import annotations

import datetime as dt
import hmac
import json
import uuid
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from coachdesk.audit.models import AuditEntry
from coachdesk.db import Key, Moment, keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

START = "0" * 64
"""What the first seal follows."""
_MARK = 16
_KEYED = "coachdesk trail"
_FIELDS = (
    AuditEntry.id,
    AuditEntry.at,
    AuditEntry.actor_id,
    AuditEntry.actor_role,
    AuditEntry.event,
    AuditEntry.subject_type,
    AuditEntry.subject_id,
    AuditEntry.details,
    AuditEntry.request_id,
    AuditEntry.client_id,
)
_DETAILS = 7


class Link(NamedTuple):
    """What is sealed of one entry, written out: the entry, the people it names, and the moment of sealing."""

    entry: str
    people: str
    sealed_at: Any


def chain_key() -> bytes:
    """Return the key of the chain, drawn from the key of digests and used for nothing else."""
    return keys().digest(_KEYED).encode()


def as_kept(session: Any) -> list[Any]:
    """Return an entry's columns as the database holds them: what was tampered with must not stop the reading."""
    return [raw(session, column) for column in _FIELDS]


def raw(session: Any, column: Any) -> Any:
    """Return one column as the database holds it; PostgreSQL writes out itself what SQLite keeps as text anyway."""
    if session.get_bind().dialect.name == "postgresql":
        if isinstance(column.type, sa.JSON):
            return sa.cast(column, sa.Text)
        if isinstance(column.type, Key):
            return sa.func.replace(sa.cast(column, sa.Text), "-", "")
        if isinstance(column.type, Moment):
            return sa.func.to_char(sa.func.timezone("UTC", column), "YYYY-MM-DD HH24:MI:SS.US")
    return sa.type_coerce(column, sa.types.NULLTYPE)


def written(entry: Sequence[Any], people: Iterable[Any], sealed_at: Any) -> Link:
    """Write out an entry as kept and the people it names; two that differ in anything never read the same."""
    kept = [plain(value) for value in entry]
    kept[_DETAILS] = _canonical(kept[_DETAILS])
    return Link(ascii(kept), ascii(sorted([plain(person) for person in people], key=str)), plain(sealed_at))


def digest(key: bytes, before: str, position: int, link: Link, marks: tuple[str, str]) -> str:
    """Reckon a seal from the digest before it."""
    return _digest(
        key, f"{before!a} {position} {marks[0]!a} {marks[1]!a} {link.sealed_at!a} {link.people} {link.entry}"
    )


def marks_of(key: bytes, link: Link) -> tuple[str, str]:
    """Return the marks of an entry and of the people it names."""
    return _digest(key, f"entry {link.entry}")[:_MARK], _digest(key, f"people {link.people}")[:_MARK]


def plain(value: Any) -> Any:
    """Write an id or a moment the same whichever database it comes from; anything else stays as it is."""
    write = _PLAIN.get(type(value))
    return write(value) if write else value


def _moment(value: dt.datetime) -> str:
    return value.astimezone(dt.UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


_PLAIN: Mapping[type, Callable[[Any], str]] = {bytes: bytes.hex, uuid.UUID: lambda key: key.hex, dt.datetime: _moment}


@lru_cache(maxsize=4096)
def _canonical(text: Any) -> Any:
    """Read details, so that spaces between them do not count; what is none stays a text, and no longer fits."""
    try:
        return json.dumps([json.loads(text)], sort_keys=True)
    except (TypeError, ValueError):
        return text


def _digest(key: bytes, text: str) -> str:
    return hmac.digest(key, text.encode("utf-8", "backslashreplace"), "sha256").hex()
