"""How a person is named, drawn and reached, who else they may be, and what may be written about what matters to them."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from coachdesk.words import Refused, Sentence, mark, say

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable, Mapping, Sequence

LEAST_RHYTHM, MOST_RHYTHM, USUAL_RHYTHM = 1, 90, 7
"""Days between contacts (weekly is the usual beginning of telephone recovery support)."""
LAST_DIGITS = 4
MOST_AGE = 120
"""Years; nobody is known to have grown older by more than two."""
FAR_YEARS = 10
"""How far ahead a day somebody wants to mark, or a review of the agreement, may lie."""
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


_NUMBER = re.compile(r"[\d\s()+./-]+")


def asked_digits(text: str) -> str:
    """Return the last four digits of what reads as a number, in any script's digits and however it is spaced.

    Nothing where it holds a letter, or fewer digits than four.
    """
    plain = "".join(letter for letter in unicodedata.normalize("NFKC", text) if unicodedata.category(letter) != "Cf")
    if not _NUMBER.fullmatch(plain):
        return ""
    return last_digits("".join(str(unicodedata.decimal(letter, letter)) for letter in plain))


def is_rhythm(days: int) -> bool:
    """Say whether you may agree to speak every so many days."""
    return LEAST_RHYTHM <= days <= MOST_RHYTHM


# ---- how to reach them safely (FIELD 1.2 row 1, 2.3) ---------------------------------------------------------------


class PointKind(StrEnum):
    """What a contact point is: a number, an e-mail address, or another way in the person's words."""

    PHONE = "phone"
    EMAIL = "email"
    OTHER = "other"


WAYS_OF: Mapping[PointKind, tuple[str, ...]] = {
    PointKind.PHONE: ("may_call", "may_text", "may_voicemail"),
    PointKind.EMAIL: ("may_email",),
    PointKind.OTHER: ("may_call", "may_text"),
}
"""What can be agreed about a contact point of each kind; anything else said of it means nothing."""


def call_rule(*, may_call: bool, may_text: bool, may_voicemail: bool, say_who: bool) -> Sentence:
    """Return the short rule that stands beside Call; without `say_who` nobody hears where the call comes from."""
    if not may_call:
        return say(mark("Text only. Do not call.")) if may_text else say(mark("Do not call or text."))
    if say_who:
        return (
            say(mark("Safe to call. A message is fine.")) if may_voicemail else say(mark("Safe to call? No voicemail."))
        )
    return (
        say(mark("Safe to call. A message is fine. Say only your own name."))
        if may_voicemail
        else say(mark("Safe to call? No voicemail. Say only your own name."))
    )


def name_rule(*, agreed: bool, say_who: bool) -> Sentence | None:
    """Return what follows the rule of a way: whether the organisation is named; nothing where no way is agreed."""
    if not agreed:
        return None
    return say(mark("You may say who is calling.")) if say_who else say(mark("Say only your own name."))


def point_rule(kind: PointKind, *, may_call: bool, may_text: bool, may_voicemail: bool, may_email: bool) -> Sentence:
    """Return the rule of one contact point: what was agreed for it, and nothing more."""
    if kind is PointKind.EMAIL:
        return (
            say(mark("You may write here.")) if may_email else say(mark("Nothing is agreed yet. Ask before you write."))
        )
    if kind is PointKind.OTHER:
        return say(_OTHER_WAYS[may_call, may_text])
    return reach_rule(may_call=may_call, may_text=may_text, may_voicemail=may_voicemail, may_email=False)


_OTHER_WAYS: Mapping[tuple[bool, bool], str] = {
    (False, False): mark("Nothing is agreed yet. Ask before you use it."),
    (True, False): mark("Call here. Do not write."),
    (False, True): mark("Write here. Do not call."),
    (True, True): mark("Call or write here."),
}


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


# ---- who they may be already ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Likeness:
    """What tells two people apart or shows that they may be one: names, and digests of birth day and last digits."""

    first: str
    last: str = ""
    preferred: str = ""
    birth: str = ""
    numbers: frozenset[str] = frozenset()

    @property
    def wholes(self) -> frozenset[str]:
        """The whole names somebody goes by, folded."""
        found = (fold(f"{called} {self.last}") for called in (self.first, self.preferred) if called.strip())
        return frozenset(found) - {""}

    @property
    def parts(self) -> frozenset[str]:
        """Each name by itself, folded."""
        return frozenset(fold(name) for name in (self.first, self.last, self.preferred)) - {""}


def is_alike(one: Likeness, other: Likeness) -> bool:
    """Say whether two may be one: the same whole name or birth day, or last four digits and one name in common."""
    if one.wholes & other.wholes or (one.birth and one.birth == other.birth):
        return True
    return bool(one.numbers & other.numbers and one.parts & other.parts)


def refuse_birth_day(day: dt.date | None, today: dt.date) -> None:
    """Raise `Refused` for a birth day that lies ahead, or longer ago than anybody lives."""
    if day is None:
        return
    if day > today:
        raise Refused(mark("This birth day lies ahead. Write the year in full, like 24 5 1985."), "birth_day")
    if day.year < today.year - MOST_AGE:
        raise Refused(mark("This is more than 120 years ago. Please look at the year again."), "birth_day")


# ---- what matters to them (FIELD 2.1) -------------------------------------------------------------------------------


class CardKind(StrEnum):
    """A card about a person that holds one text: four of the parts of a recovery plan, in their own words."""

    VISION = "vision"
    STRENGTHS = "strengths"
    LOST = "lost"
    AGREEMENT = "agreement"


IN_PORTAL = frozenset({CardKind.VISION, CardKind.STRENGTHS})
"""Cards that a person may want to see on their own page."""


class Touch(StrEnum):
    """Whether the person wants us to be in touch with somebody who helps them. Not asked yet is no word at all."""

    YES = "yes"
    LOST = "lost"
    NO = "no"


TOUCH_WORDS: Mapping[Touch, str] = {
    Touch.YES: mark("Yes, you may"),
    Touch.LOST: mark("Only if you cannot reach me"),
    Touch.NO: mark("No"),
}

TOUCH_TOLD: Mapping[Touch | None, str] = {
    Touch.YES: mark("We may be in touch"),
    Touch.LOST: mark("Only if we lose touch"),
    Touch.NO: mark("Do not be in touch"),
    None: mark("Not asked yet: do not be in touch"),
}
"""The same, as whoever walks with the person is told of it."""


def lines_of(text: str) -> list[str]:
    """Return the lines of a text that say something."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def refuse_agreement(
    agreed_on: dt.date | None, review_on: dt.date | None, *, today: dt.date, stood: dt.date | None = None
) -> None:
    """Raise `Refused` where the days of an agreement make no sense; `stood` is a review day that was there before.

    A review day that has come and is left as it stood is not a mistake of whoever changes the words.
    """
    if agreed_on is None or agreed_on > today or agreed_on.year < today.year - FAR_YEARS:
        raise Refused(mark("Write the day you agreed on this: today, or a day before it."), "agreed_on")
    if review_on is None:
        return
    if review_on < agreed_on:
        raise Refused(mark("You look at it together after you agreed on it. Choose a later day."), "review_on")
    if review_on <= today and review_on != stood:
        raise Refused(mark("Choose a day after today for looking at it together."), "review_on")
    if review_on.year > today.year + FAR_YEARS:
        raise Refused(mark("That is more than ten years ahead. Choose a nearer day."), "review_on")


def refuse_milestone_day(day: dt.date | None, today: dt.date) -> None:
    """Raise `Refused` where a day that somebody wants to mark is missing or lies outside a life."""
    if day is None or not today.year - MOST_AGE <= day.year <= today.year + FAR_YEARS:
        raise Refused(mark("Write the day, like 27 11 2026. It may lie behind you or ahead."), "marked_on")


LANGUAGES = (
    "Albanian", "American Sign Language", "Amharic", "Arabic", "Armenian", "Bengali", "Bosnian", "British Sign Language",
    "Bulgarian", "Burmese", "Cantonese", "Croatian", "Czech", "Dari", "Dutch", "English", "Farsi", "Filipino", "French",
    "German", "Greek", "Gujarati", "Haitian Creole", "Hausa", "Hebrew", "Hindi", "Hmong", "Hungarian", "Igbo",
    "Italian", "Japanese", "Kannada", "Khmer", "Korean", "Kurdish", "Lao", "Malayalam", "Mandarin", "Marathi", "Navajo",
    "Nepali", "Odia", "Pashto", "Polish", "Portuguese", "Punjabi", "Romanian", "Russian", "Serbian", "Sinhala",
    "Somali", "Spanish", "Swahili", "Tagalog", "Tamil", "Telugu", "Thai", "Tigrinya", "Turkish", "Ukrainian", "Urdu",
    "Vietnamese", "Welsh", "Yoruba",
)  # fmt: skip
"""Offered while one types; any other is as good."""


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
