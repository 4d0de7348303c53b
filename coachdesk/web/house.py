"""What every page may ask: who is reading, what time and day it is, in which zone, with which settings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from flask import current_app, g, request
from flask_login import current_user

from coachdesk.clock import day_of

if TYPE_CHECKING:
    import datetime as dt
    import uuid
    from collections.abc import Callable

    from coachdesk.access import Identity
    from coachdesk.clock import Clock

UTC = ZoneInfo("UTC")


@dataclass(frozen=True)
class Fallen:
    """A session that this request's cookie still names and that is over."""

    user_id: uuid.UUID | None = None
    """Whose it was, where they may sign in again."""
    private: bool = False
    """Whether it ended by itself, to keep what was on the screen private."""


@dataclass
class House:
    """The joined parts an application carries; made by the factory."""

    clock: Clock
    settings: Any
    find_zone: Callable[[], str]
    keep_unsent: Callable[[uuid.UUID], str]
    """Keeps what this request brought for its writer until they are back; returns where it waits."""
    find_unsent: Callable[[], str | None]
    """Says where in this browser something waits for its reader, until it is sent or let go."""
    forget_sent: Callable[[], None]
    """Forgets, in the act that a request does, what waited as unsent for it."""
    clear_draft: Callable[[], None]
    """Clears, in the act that a request does, the draft of the form that was sent."""
    find_draft: Callable[[str], Any]
    """Returns the reader's draft of a form on the page at hand, by the name it is kept under."""
    words_sent: Callable[[], list[str]]
    """Returns what was typed into a form that cannot be saved any more."""
    mail_is_set_up: bool = False
    has_planned: bool = False
    """Whether this process's scheduler has looked at everybody since it began."""


def house() -> House:
    """Return the parts of the application at hand."""
    found: House = current_app.extensions["coachdesk"]
    return found


def by_script() -> bool:
    """Say whether a page's script asks, which takes no page for an answer."""
    return request.accept_mimetypes.best == "application/json"


def now() -> dt.datetime:
    """Return the present moment, in UTC; the same one for the whole request."""
    if "now" not in g:
        g.now = house().clock.now()
    moment: dt.datetime = g.now
    return moment


def house_zone() -> ZoneInfo:
    """Return the organisation's zone, which decides what day it is."""
    if "zone" not in g:
        g.zone = ZoneInfo(house().find_zone())
    zone: ZoneInfo = g.zone
    return zone


def reader_zone() -> ZoneInfo:
    """Return the zone the reader's own clock is by, where their account has one, else the organisation's."""
    own = getattr(current_user, "zone", "")
    return ZoneInfo(own) if own else house_zone()


def today() -> dt.date:
    """Return today in the organisation's zone."""
    return day_of(now(), house_zone())


def who() -> Identity:
    """Return who is reading, at this moment; only behind the gate, where somebody is signed in."""
    identity: Identity = replace(current_user.identity, at=now(), now=now())
    g.role = identity.role.value  # for the log
    return identity


def is_signed_in() -> bool:
    """Say whether anybody is signed in."""
    return bool(current_user and current_user.is_authenticated)


def fallen() -> Fallen | None:
    """Return the session that this request's cookie names where it is over; asks who is signed in."""
    is_signed_in()
    found: Fallen | None = g.get("fallen")
    return found


def is_fresh() -> bool:
    """Say whether it was shown within the last minutes that it is still the same reader."""
    return is_signed_in() and bool(g.get("is_fresh"))
