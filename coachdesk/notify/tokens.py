"""The token in a reminder mail by which its reader stops such mails without signing in: signed, for that alone."""

from __future__ import annotations

import datetime as dt
import uuid

from itsdangerous import BadData, URLSafeSerializer

PATH = "/reminder-mails/"
LASTS = dt.timedelta(days=90)
_PURPOSE = "reminder-mails-off"


def make_stop_token(secret: str, reader_id: uuid.UUID, *, now: dt.datetime) -> str:
    """Return the token of one account; it holds a random id and its moment, no name, and opens nothing else."""
    return str(URLSafeSerializer(secret, salt=_PURPOSE).dumps([reader_id.hex, int(now.timestamp())]))


def read_stop_token(secret: str, token: str, *, now: dt.datetime) -> uuid.UUID | None:
    """Return whose token it is; none where it was not made here for this, or is over."""
    try:
        reader_id, made = URLSafeSerializer(secret, salt=_PURPOSE).loads(token)
        is_over = now.timestamp() - made > LASTS.total_seconds()
        return None if is_over else uuid.UUID(hex=reader_id)
    except (BadData, TypeError, ValueError, AttributeError):
        return None
