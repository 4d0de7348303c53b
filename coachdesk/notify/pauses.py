"""How long a message waits between two tries, and when there were enough. Pure: the same message waits the same time."""

from __future__ import annotations

import datetime as dt
import hashlib

from coachdesk.notify.messages import Urgency

FIRST_PAUSE = dt.timedelta(seconds=30)
LONGEST_PAUSE, LONGEST_WHEN_URGENT = dt.timedelta(hours=1), dt.timedelta(minutes=5)
"""Half a minute, doubled each time, up to this; what somebody stands at a door for, or worries about, is tried more often."""
SPREAD = 0.25
"""By up to so much of itself a pause is longer: what failed together does not come back together."""
GIVE_UP_AFTER = dt.timedelta(hours=48)
"""Of pauses, not of the clock: a desk that was shut for three days gives up nothing that it tried once."""
LOOK_FOR_WAY = dt.timedelta(minutes=5)
"""How long it waits where the desk has no way to send it, until it is looked whether there is one now."""
_MOST_DOUBLINGS = 10


def back_off(key: str, attempts: int, urgency: int = Urgency.REMINDER) -> dt.timedelta:
    """Return how long a message waits after so many tries; never shorter than the pause before."""
    longest = LONGEST_WHEN_URGENT if urgency <= Urgency.DOOR else LONGEST_PAUSE
    pause: dt.timedelta = min(longest, FIRST_PAUSE * 2 ** min(_MOST_DOUBLINGS, max(0, attempts - 1)))
    drawn: float = int.from_bytes(hashlib.sha256(f"{key}:{attempts}".encode()).digest()[:4], "big") / 2**32
    return pause * (1 + SPREAD * drawn)


def is_enough(key: str, attempts: int, urgency: int = Urgency.REMINDER) -> bool:
    """Say whether so many tries, with their pauses, took two days: then it stops."""
    return sum((back_off(key, n, urgency) for n in range(1, attempts)), dt.timedelta()) >= GIVE_UP_AFTER
