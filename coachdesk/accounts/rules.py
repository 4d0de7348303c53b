"""What an account, its passphrase, its links and its sessions may be, and how often somebody may guess at one."""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import math
import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from coachdesk.words import Refused, mark

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


MOST_AWAY_DAYS = 366


def refuse_bad_days_away(from_on: dt.date, until_on: dt.date, today: dt.date) -> None:
    """Refuse days away that end before they begin, are behind us, or last longer than a year."""
    if until_on < from_on:
        raise Refused(mark("The last day lies before the first. Turn them round."), "until_on")
    if until_on < today:
        raise Refused(mark("These days are behind us. Choose days to come."), "until_on")
    if until_on - from_on > dt.timedelta(days=MOST_AWAY_DAYS) or from_on > today + dt.timedelta(days=MOST_AWAY_DAYS):
        raise Refused(mark("That is more than a year. Choose nearer days."), "until_on")


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


def may_have_passkeys(host: str) -> bool:
    """Say whether browsers make passkeys for a host: for a name, never for a bare address (WebAuthn 5.1.2)."""
    return not network_of(host)


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


# ---- guessing -----------------------------------------------------------------------------------------------------
#
# A wait, never a lock (ASVS 5.0, 6.3.1 and 2.4.1): it ends by itself, and a stranger's tries elsewhere cost nobody
# but the stranger. What counts is a try; a right one is given back.


class Guess(StrEnum):
    """What can be guessed at, or asked for too often. Each is counted apart: a right passphrase frees no code."""

    CODE = "code"
    LINK = "link"
    MAIL_CODE = "mail_code"
    PASSPHRASE = "passphrase"
    RECOVERY_CODE = "recovery_code"
    REQUEST = "request"


class Reach(StrEnum):
    """Whose tries a limit counts together, from near to far; rows are locked in this order."""

    ACCOUNT = "account"
    """All tries at one account, from wherever."""
    HERE = "here"
    """Tries at one account from one address."""
    ADDRESS = "address"
    """All tries from one address, at whichever account."""
    EVERYBODY = "everybody"


_NEAR = frozenset({Reach.ACCOUNT, Reach.HERE})


@dataclass(frozen=True)
class Limit:
    """So many tries within so many seconds, which begin with the first of them."""

    reach: Reach
    most: int
    seconds: int


_MINUTE, _TEN_MINUTES, _HOUR = 60, 600, 3600
_GROWING = ((5, _MINUTE), (10, _TEN_MINUTES), (15, _HOUR))
"""A few free tries, then a wait that grows: up to a minute, ten minutes, an hour."""
HERE = tuple(Limit(Reach.HERE, *each) for each in _GROWING)
BEHIND_THE_PASSPHRASE = tuple(Limit(Reach.ACCOUNT, *each) for each in _GROWING)
"""Only whoever has the passphrase comes so far, so no stranger can make the owner wait, and many addresses are as one."""
SPRAYING = (Limit(Reach.ADDRESS, 30, _TEN_MINUTES), Limit(Reach.ADDRESS, 60, _HOUR))
"""One address, many accounts. Room for an office behind one address: known devices are not counted here."""
VALVE = (Limit(Reach.EVERYBODY, 60, _MINUTE),)
"""Many addresses, many accounts: nobody waits longer than a minute, and known devices do not wait at all."""
MAILBOX = (Limit(Reach.ACCOUNT, 10, _HOUR), Limit(Reach.HERE, 3, _TEN_MINUTES), Limit(Reach.HERE, 6, _HOUR))
"""What is asked for comes by mail; whoever waits here has had mails that let them in."""

LIMITS = MappingProxyType(
    {
        Guess.CODE: BEHIND_THE_PASSPHRASE,
        Guess.LINK: SPRAYING,
        Guess.MAIL_CODE: (*HERE, *SPRAYING, *VALVE),
        Guess.PASSPHRASE: (*HERE, *SPRAYING, *VALVE),
        Guess.RECOVERY_CODE: BEHIND_THE_PASSPHRASE,
        Guess.REQUEST: (*MAILBOX, *SPRAYING, *VALVE),
    }
)
DEVICE_DAYS = 180
"""So long a device is known for an account after somebody signed in to it there."""
DEVICE_ACCOUNTS = 5
"""A device is known for so many accounts at most, the latest."""


@dataclass(frozen=True)
class Caller:
    """Who tries, as far as it is known: at which account, from which network, on which known device of that account."""

    account: str = ""
    network: str = ""
    device: str = ""


def limits_on(guess: Guess, caller: Caller) -> tuple[Limit, ...]:
    """Return the limits that hold; a known device answers for its own tries alone."""
    return tuple(limit for limit in LIMITS[guess] if not caller.device or is_near(limit))


def is_near(limit: Limit) -> bool:
    """Say whether a limit is about one account; these begin anew after a right try, the others get one try back."""
    return limit.reach in _NEAR


def counted_as(limit: Limit, guess: Guess, caller: Caller) -> tuple[str, ...]:
    """Return what tells the tries that a limit counts together from all others."""
    if limit.reach is Reach.EVERYBODY:
        return ()
    if limit.reach is Reach.ADDRESS:
        return (caller.network,)
    if caller.device:
        return (guess.value, caller.account, "device", caller.device)
    return (guess.value, caller.account, *([caller.network] if limit.reach is Reach.HERE else []))


def account_name(typed: str) -> str:
    """Return one spelling of a sign-in address, so that no way of writing it gives tries anew."""
    name, at, domain = unicodedata.normalize("NFKC", typed).strip().casefold().rpartition("@")
    with contextlib.suppress(UnicodeError):  # no domain: nobody has it, and it is counted as it was typed
        domain = domain.encode("idna").decode("ascii")
    return f"{name}{at}{domain}"


_WITH_PORT = re.compile(r"\[(?P<six>[^]]+)](?::\d+)?|(?P<four>[\d.]+):\d+")


def network_of(address: str) -> str:
    """Return what is counted as one address: IPv4 alone, IPv6 by /64, which is what one household is given.

    A port that a proxy leaves at it is no part of it; all that is no address counts as one.
    """
    found = _WITH_PORT.fullmatch(address.strip())
    bare = (found["six"] or found["four"]) if found else address.strip()
    try:
        read = ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(read, ipaddress.IPv6Address):
        inner = read.ipv4_mapped
        return str(inner) if inner else str(ipaddress.ip_network((int(read), 64), strict=False))
    return str(read)


def seconds_of(wait: dt.timedelta) -> int:
    """Return a wait in whole seconds, never less than it is."""
    return math.ceil(round(wait.total_seconds(), 3))


def minutes_of(wait: dt.timedelta) -> int:
    """Return a wait in whole minutes, never less than it is."""
    return math.ceil(seconds_of(wait) / 60)
