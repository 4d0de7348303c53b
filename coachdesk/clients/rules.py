"""How a person is named, drawn and reached, and how often you may agree to speak."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING

from coachdesk.words import Refused, Sentence, mark, say

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable, Mapping, Sequence

LEAST_RHYTHM, MOST_RHYTHM, USUAL_RHYTHM = 1, 90, 7
"""Days between contacts (weekly is the usual beginning of telephone recovery support)."""
LAST_DIGITS = 4
_TONES = ("", "b", "c", "d", "e")


class Pronouns(StrEnum):
    """How a person is spoken of; `name` means: always by name."""

    HE = "he"
    SHE = "she"
    THEY = "they"
    NAME = "name"


PRONOUN_WORDS: Mapping[Pronouns, str] = {
    Pronouns.HE: mark("he/him"),
    Pronouns.SHE: mark("she/her"),
    Pronouns.THEY: mark("they/them"),
    Pronouns.NAME: mark("Use the name"),
}
_FORMS: Mapping[Pronouns, tuple[str, str, str]] = {
    Pronouns.HE: (mark("he"), mark("him"), mark("his")),
    Pronouns.SHE: (mark("she"), mark("her"), mark("her")),
    Pronouns.THEY: (mark("they"), mark("them"), mark("their")),
}


def spoken_of(pronouns: Pronouns, name: str) -> tuple[str, str, str]:
    """Return the words for “he”, “him” and “his”; by name where that was chosen."""
    return _FORMS.get(pronouns, (name, name, f"{name}’s"))


def shown_name(first: str, last: str, preferred: str = "") -> str:
    """Return the name people see: the preferred (or first) name and the initial of the last."""
    called = (preferred or first).strip()
    initial = last.strip()[:1].upper()
    return f"{called} {initial}." if initial else called


def shown_names(people: Sequence[tuple[str, str, str]]) -> list[str]:
    """Return the names of a list, given as (first, last, preferred): in full where two would read the same."""
    brief = [shown_name(*person) for person in people]
    often = Counter(brief)
    return [
        f"{(preferred or first).strip()} {last.strip()}".strip() if often[short] > 1 else short
        for short, (first, last, preferred) in zip(brief, people, strict=True)
    ]


def initials(first: str, last: str, preferred: str = "") -> str:
    """Return one or two capital letters for a person's mark."""
    return ((preferred or first).strip()[:1] + last.strip()[:1]).upper() or "?"


def tone(key: uuid.UUID) -> str:
    """Return the colour of a person's mark: always the same for the same person."""
    return _TONES[key.int % len(_TONES)]


def fold(text: str) -> str:
    """Fold case and accents, so that `garcia` finds García on every database."""
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())  # ™ holds capitals of its own
    return " ".join("".join(letter for letter in apart if not unicodedata.combining(letter)).split())


def last_digits(number: str) -> str:
    """Return the last four digits of a number, or nothing where it has fewer."""
    digits = "".join(letter for letter in number if letter.isascii() and letter.isdigit())
    return digits[-LAST_DIGITS:] if len(digits) >= LAST_DIGITS else ""


def is_rhythm(days: int) -> bool:
    """Say whether you may agree to speak every so many days."""
    return LEAST_RHYTHM <= days <= MOST_RHYTHM


def call_rule(*, may_call: bool, may_text: bool, may_voicemail: bool) -> Sentence:
    """Return the short rule that stands beside Call."""
    if not may_call:
        return say(mark("Text only. Do not call.")) if may_text else say(mark("Do not call or text."))
    return say(mark("Safe to call. A message is fine.")) if may_voicemail else say(mark("Safe to call? No voicemail."))


def reach_rule(*, may_call: bool, may_text: bool, may_voicemail: bool, may_email: bool) -> Sentence:
    """Return the sentence that opens “How to reach … safely”: what was agreed, and nothing more."""
    ways = [word for word, may in (("call", may_call), ("text", may_text), ("email", may_email)) if may]
    if not ways:
        return say(mark("Nothing is agreed yet. Ask before you call or write."))
    agreed, on_voicemail = _WAYS[tuple(ways)]
    return say(on_voicemail if may_voicemail and on_voicemail else agreed)


_WAYS: Mapping[tuple[str, ...], tuple[str, str]] = {
    ("call",): (mark("Call only. No voicemail."), mark("Call only. A message on the phone is fine.")),
    ("text",): (mark("Text only. Do not call."), ""),
    ("email",): (mark("E-mail only."), ""),
    ("call", "text"): (mark("Call or text. No voicemail."), mark("Call or text. A message on the phone is fine.")),
    ("call", "email"): (
        mark("Call or e-mail. No voicemail."),
        mark("Call or e-mail. A message on the phone is fine."),
    ),
    ("text", "email"): (mark("Text or e-mail. Do not call."), ""),
    ("call", "text", "email"): (
        mark("Call, text or e-mail. No voicemail."),
        mark("Call, text or e-mail. A message on the phone is fine."),
    ),
}
"""What was agreed, as a whole sentence each: without voicemail, and with it where there are calls."""


# ---- episodes -----------------------------------------------------------------------------------------------------


MOST_PAUSE_DAYS = 366
UNDO = dt.timedelta(minutes=10)


class Level(StrEnum):
    """How much of coaching somebody wants at present; it may change, and change back."""

    FULL = "full"
    CHECK_INS = "check_ins"


LEVEL_WORDS: Mapping[Level, str] = {
    Level.FULL: mark("Full coaching"),
    Level.CHECK_INS: mark("Check-ins only"),
}


class Ending(StrEnum):
    """Why an episode came to its end. None of them is a verdict, and each leaves the door open."""

    COMPLETED = "completed"
    OWN_CHOICE = "own_choice"
    MOVED_AWAY = "moved_away"
    OTHER_SUPPORT = "other_support"
    LOST_TOUCH = "lost_touch"
    DIED = "died"
    OTHER = "other"


ENDING_WORDS: Mapping[Ending, str] = {
    Ending.COMPLETED: mark("They reached what they came for"),
    Ending.OWN_CHOICE: mark("They chose to go on without us"),
    Ending.MOVED_AWAY: mark("They moved away"),
    Ending.OTHER_SUPPORT: mark("They have other support now"),
    Ending.LOST_TOUCH: mark("We have lost touch; the door stays open"),
    Ending.DIED: mark("They died"),
    Ending.OTHER: mark("Another reason"),
}


def refuse_bad_pause(until_on: dt.date, today: dt.date) -> None:
    """Refuse a pause that is over before it begins, or lasts longer than a year."""
    if until_on < today:
        raise Refused(mark("This day is behind us. Choose the last day of the pause."), "until_on")
    if until_on > today + dt.timedelta(days=MOST_PAUSE_DAYS):
        raise Refused(
            mark("That is more than a year ahead. Choose a nearer day; a pause can be made longer."), "until_on"
        )


def resumed_on(pauses: Iterable[tuple[dt.date, dt.date, dt.date | None]]) -> dt.date | None:
    """Return the first day after the last pause: from it on clocks run again.

    Each pause is given as its first day, its last day as agreed, and the day it was ended early (that day counts as
    a day of coaching again), or none.
    """
    after = [
        min(until_on + dt.timedelta(days=1), ended_on) if ended_on else until_on + dt.timedelta(days=1)
        for from_on, until_on, ended_on in pauses
        if ended_on != from_on
    ]
    return max(after, default=None)


def is_load_full(people: int, most: int) -> bool:
    """Say whether a coach has as many people as were agreed for them; one more is a question, never a block."""
    return people >= most
