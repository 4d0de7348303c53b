"""What an account, its passphrase, its links and its sessions may be."""

from __future__ import annotations

import datetime as dt
import re
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LEAST_PASSPHRASE = 15
"""Characters, where no second factor is in use (ASVS 5.0, 6.2.1)."""
LEAST_BESIDE_SECOND = 8
"""Characters, where a second factor is in use."""
MOST_PASSPHRASE = 256
FIRST_DAYS = 90
"""Everything by a coach in so many days is reviewed."""


def is_new(started_on: dt.date, today: dt.date) -> bool:
    """Say whether a coach is in their first ninety days."""
    return today < started_on + dt.timedelta(days=FIRST_DAYS)


_OWN_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")


def is_own_path(text: str) -> bool:
    """Say whether somebody may be led here after signing in: a path of ours, never another host however written."""
    return bool(_OWN_PATH.fullmatch(text))


# ---- single-use links ---------------------------------------------------------------------------------------------


class LinkPurpose(StrEnum):
    """What a single-use link is for."""

    INVITATION = "invitation"
    """Somebody chooses their first passphrase, or a new one an administrator offered."""
    RETURN = "return"
    """Somebody cannot get in: a person signs in with it, everybody can choose a new passphrase."""
    SECOND_FACTOR = "second_factor"
    """Somebody confirms that their second factor is to be taken away."""


LINK_LASTS: Mapping[LinkPurpose, dt.timedelta] = {
    LinkPurpose.INVITATION: dt.timedelta(days=7),
    LinkPurpose.RETURN: dt.timedelta(minutes=30),
    LinkPurpose.SECOND_FACTOR: dt.timedelta(days=1),
}
INVITATION_DAYS = LINK_LASTS[LinkPurpose.INVITATION].days


# ---- sessions -----------------------------------------------------------------------------------------------------


class Ended(StrEnum):
    """Why a session is over."""

    SIGNED_OUT = "signed_out"
    TIME = "time"
    ELSEWHERE = "elsewhere"
    """Its owner ended it from another device."""
    RIGHTS = "rights"
    """Role, passphrase, second factor or the account itself changed."""
    REPLACED = "replaced"


LONGEST = dt.timedelta(hours=12)
LONGEST_OWN = dt.timedelta(days=30)
FRESH_FOR = dt.timedelta(minutes=15)
"""So long after showing who they are somebody may change how they sign in, export, or break the glass."""
TOUCH_EVERY = dt.timedelta(minutes=1)
"""A session is written down as in use once in so long, not at each request."""
HALF_SIGNED_IN = dt.timedelta(minutes=10)
"""So long may pass between the passphrase and the second factor."""


def idle_limit(*, is_person: bool, own_device: bool) -> dt.timedelta:
    """Return how long a session may rest: people 15 minutes, staff 30; on an own device 7 days and 12 hours."""
    if own_device:
        return dt.timedelta(days=7) if is_person else dt.timedelta(hours=12)
    return dt.timedelta(minutes=15) if is_person else dt.timedelta(minutes=30)


def is_over(*, began: dt.datetime, seen: dt.datetime, now: dt.datetime, is_person: bool, own_device: bool) -> bool:
    """Say whether a session has rested too long, or has lasted long enough."""
    longest = LONGEST_OWN if own_device else LONGEST
    return now - seen > idle_limit(is_person=is_person, own_device=own_device) or now - began > longest


def is_fresh(fresh_at: dt.datetime, now: dt.datetime) -> bool:
    """Say whether it was shown within the last minutes who is at the device."""
    return now - fresh_at <= FRESH_FOR


# The order matters: browsers name each other in what they send.
_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
             ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrom", "Chrome"), ("Safari", "Safari"))  # fmt: skip
_SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("CrOS", "ChromeOS"),
            ("Windows", "Windows"), ("Mac OS X", "Mac"), ("Linux", "Linux"))  # fmt: skip


def device_of(user_agent: str) -> tuple[str, str]:
    """Return browser and system as people call them; empty where they are not known."""
    browser = next((name for sign, name in _BROWSERS if sign in user_agent), "")
    system = next((name for sign, name in _SYSTEMS if sign in user_agent), "")
    return browser, system
