"""The token in a reminder mail by which its reader stops such mails without signing in: signed, for that alone."""

from __future__ import annotations

import uuid

from itsdangerous import BadData, URLSafeSerializer

PATH = "/reminder-mails/"
_PURPOSE = "reminder-mails-off"


def make_stop_token(secret: str, reader_id: uuid.UUID) -> str:
    """Return the token of one account; it holds a random id and no name, and opens nothing else."""
    return str(URLSafeSerializer(secret, salt=_PURPOSE).dumps(reader_id.hex))


def read_stop_token(secret: str, token: str) -> uuid.UUID | None:
    """Return whose token it is; none where it was not made here for this."""
    try:
        return uuid.UUID(hex=URLSafeSerializer(secret, salt=_PURPOSE).loads(token))
    except (BadData, TypeError, ValueError, AttributeError):
        return None
