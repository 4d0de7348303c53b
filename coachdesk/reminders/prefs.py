"""How one reader wants to be told: at which hour, on which days, by what, in one message a day or each by itself. Pure."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from coachdesk.clock import moment_of
from coachdesk.notify.messages import Channel
from coachdesk.words import Refused, mark, say

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

USUAL_HOUR = dt.time(8)
QUIET_FROM, QUIET_UNTIL = dt.time(21), dt.time(7)
EVERY_DAY = frozenset(range(7))


@dataclass(frozen=True)
class Prefs:
    """A reader's choices; hours are wall-clock in their own zone, days count from Monday, 0."""

    hour: dt.time = USUAL_HOUR
    """The hour of the day's one message, and from which something without an hour of its own is told."""
    days: frozenset[int] = EVERY_DAY
    channels: frozenset[Channel] = frozenset({Channel.EMAIL})
    """What leaves the building; in the app everybody is told."""
    each: bool = False
    """Each thing by a message of its own, as it falls due, instead of one a day."""
    quiet_from: dt.time = QUIET_FROM
    quiet_until: dt.time = QUIET_UNTIL
    """Nothing but worries about safety leaves the building between these two; the same hour twice means never quiet."""
    phone: str = ""
    """With its country's code, digits only after the plus."""
    chat_name: str = ""
    """How the chat knows them, where it writes to one reader."""

    def quiet_end(self, now: dt.datetime, zone: ZoneInfo) -> dt.datetime | None:
        """Return the moment in UTC at which the quiet that reigns now ends, or none where it does not reign."""
        begins, ends = self.quiet_from, self.quiet_until
        local = now.astimezone(zone)
        hour, day = local.time(), local.date()
        over_night = begins > ends
        reigns = (hour >= begins or hour < ends) if over_night else begins <= hour < ends
        if not reigns:
            return None
        last = day + dt.timedelta(days=1) if over_night and hour >= begins else day
        until = moment_of(last, ends, zone)
        # Where an hour comes twice and its first has passed, the second is meant.
        return until if until > now else dt.datetime.combine(last, ends.replace(fold=1), zone).astimezone(dt.UTC)


USUAL = Prefs()
NEVER = Prefs(channels=frozenset())
"""A person's, until they switch something on themself."""
LEAVES = (Channel.EMAIL, Channel.TEXT, Channel.CHAT)
"""What leaves the building."""


class OffWhy(StrEnum):
    """Why a channel of a reader is off although they did not untick it."""

    FAILING = "failing"
    """Ten messages in a row did not arrive."""
    BY_LINK = "by_link"
    """They stopped it by the link in a mail."""
    BY_REPLY = "by_reply"
    """They answered a text message with STOP, to us or to the gateway."""


STILL_STOPPED = mark("Texts are off: your number answered STOP. Send START from it, and they go on by themselves.")
OFF_WORDS = {
    (Channel.EMAIL, OffWhy.FAILING): mark("Reminder mails are off: ten in a row did not reach your address."),
    (Channel.EMAIL, OffWhy.BY_LINK): mark("Reminder mails are off: you stopped them by the link in one of them."),
    (Channel.TEXT, OffWhy.FAILING): mark("Texts are off: ten in a row did not reach your number."),
    (Channel.TEXT, OffWhy.BY_REPLY): mark(
        "Texts are off: your number answered STOP. Send START first, then turn them on."
    ),
}
"""Why a channel is off, to its reader."""
_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_LEAST_DIGITS, _LONGEST_COUNTRY = 7, 3
_STOP = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"})
_START = frozenset({"start", "unstop", "optin"})
_BESIDES = frozenset({"please", "pls", "now", "thanks", "thank", "you", "it", "this", "texting", "me"})
"""What is said beside it and changes nothing."""


def normal_number(text: str) -> str:
    """Return a number as gateways want it, or nothing where nothing is written; refuses one without its country."""
    number = re.sub(r"[\s().\-/]", "", text)
    number = f"+{number[2:]}" if number.startswith("00") else number
    if number and not (number.isascii() and _NUMBER.fullmatch(number)):
        raise Refused(mark("Write the number with the code of its country, like +1 555 010 2030."), "phone")
    return number


def digits_of(number: str) -> str:
    """Return a number's digits, without what is dialled before them."""
    return "".join(letter for letter in number[:40] if letter.isascii() and letter.isdigit()).lstrip("0")


def possible_digits(number: str) -> frozenset[str]:
    """Return the digits by which a number with its country's code may be given, also without that code."""
    digits = digits_of(number)
    shorter = {digits[length:].lstrip("0") for length in range(1, _LONGEST_COUNTRY + 1)}
    return frozenset({digits} | {some for some in shorter if len(some) >= _LEAST_DIGITS})


def is_same_number(number: str, given: str) -> bool:
    """Say whether what was given is this number, perhaps without its country's code."""
    return digits_of(given) in possible_digits(number)


def refuse_bad(prefs: Prefs, *, named: bool = False) -> None:
    """Refuse what could never be told; `named` where the chat writes to one reader by name."""
    if prefs.channels and not prefs.days:
        sentence = mark(
            "Choose at least one day, or no way at all. Then nothing is sent, and all still stands on Today."
        )
        raise Refused(sentence, "days")
    begins, ends, hour = prefs.quiet_from, prefs.quiet_until, prefs.hour
    if (hour >= begins or hour < ends) if begins > ends else begins <= hour < ends:
        sentence = mark("That is in your quiet hours, from %(begins)s to %(ends)s. Choose an hour outside them.")
        raise Refused(say(sentence, begins=begins, ends=ends), "hour")
    if Channel.TEXT in prefs.channels and not prefs.phone:
        raise Refused(mark("Write the number the texts go to."), "phone")
    if Channel.CHAT in prefs.channels and named and not prefs.chat_name:
        raise Refused(mark("Write your name in the chat."), "chat_name")


def refuse_bad_quiet(begins: dt.time | None, ends: dt.time | None) -> None:
    """Refuse quiet hours with one end, or that end as they begin: all day, or never? With neither it is never quiet."""
    if (begins is None) is not (ends is None):
        at = "quiet_from" if begins is None else "quiet_until"
        raise Refused(mark("Write both ends of your quiet hours, or neither."), at)
    if begins is not None and begins == ends:
        raise Refused(mark("Write two different times, or leave both empty."), "quiet_until")


def asks_to_stop(words: str) -> bool | None:
    """Say whether an answer to a text message means stop (true), go on (false), or nothing that is for us."""
    parts = re.sub(r"[\W_]+", " ", words[:200]).casefold().split()
    said = "".join(part for part in parts if part not in _BESIDES)
    return True if said in _STOP else False if said in _START else None
