"""What is sealed of an entry, and how one seal follows from another: the same on both databases."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import uuid
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from coachdesk.audit.models import AuditEntry
from coachdesk.db import keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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
    """What belongs into one seal."""

    entry_mark: str
    people_mark: str
    digest: str


def chain_key() -> bytes:
    """Return the key of the chain, drawn from the key of digests and used for nothing else."""
    return keys().digest(_KEYED).encode()


def as_kept(session: Any) -> list[Any]:
    """Return an entry's columns as the database holds them: what was tampered with must not stop the reading."""
    return [raw(session, column) for column in _FIELDS]


def raw(session: Any, column: Any) -> Any:
    """Return one column as the database holds it."""
    if isinstance(column.type, sa.JSON) and session.get_bind().dialect.name == "postgresql":
        return sa.cast(column, sa.Text)
    return sa.type_coerce(column, sa.types.NULLTYPE)


def link(  # noqa: PLR0917  (called for each of a million rows)
    key: bytes, before: str, position: int, entry: Sequence[Any], people: Iterable[Any], sealed_at: Any
) -> Link:
    """Reckon a seal from the digest before it, its entry as kept and the people the entry names."""
    about = _digest(
        key, [plain(value) for value in entry[:_DETAILS]], _json(entry[_DETAILS]), list(entry[8:9]), plain(entry[9])
    )
    named = _digest(key, sorted(str(plain(person)) for person in people))
    return Link(about[:_MARK], named[:_MARK], _digest(key, before, position, about, named, plain(sealed_at)))


def plain(value: Any) -> Any:
    """Write an id or a moment the same whichever database it comes from; anything else stays as it is."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, uuid.UUID):
        return value.hex
    if isinstance(value, dt.datetime):
        return f"{value.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S.%f}"
    return value


def _json(text: Any) -> Any:
    """Read details, so that spaces between them do not count; what is none stays a text, and no longer fits."""
    try:
        return [json.loads(text)]
    except (TypeError, ValueError):
        return str(text)


def _digest(key: bytes, *parts: Any) -> str:
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), default=str)
    return hmac.digest(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hex()
