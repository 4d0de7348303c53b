"""What an account and its passphrase may be."""

from __future__ import annotations

import datetime as dt
import re

LEAST_PASSPHRASE = 15
"""Characters, where no second factor is in use (ASVS 5.0, 6.2.1)."""
MOST_PASSPHRASE = 256
INVITATION_DAYS = 7
FIRST_DAYS = 90
"""Everything by a coach in so many days is reviewed."""


def is_new(started_on: dt.date, today: dt.date) -> bool:
    """Say whether a coach is in their first ninety days."""
    return today < started_on + dt.timedelta(days=FIRST_DAYS)


_OWN_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")


def is_own_path(text: str) -> bool:
    """Say whether somebody may be led here after signing in: a path of ours, never another host however written."""
    return bool(_OWN_PATH.fullmatch(text))
