"""Kinder words for what staff write about people: hints to be offered, never more. They block and change nothing.

Pure, and known to no room: whoever shows a text of a member of staff to its author may ask here. Words in quotation
marks are somebody's own and are left alone; so is whatever a caller knows to be a person's own words (do not ask).
Source of the list: FIELD.md 2.4, in our own words.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MOST_HINTS = 5
"""Shown at a time; more would be a scolding."""
_PLAINLY = "what happened, plainly"

BETTER: Mapping[str, str] = {
    "abuser": "person who uses",
    "abusers": "people who use",
    "addict": "person with a substance use disorder",
    "addicts": "people with a substance use disorder",
    "alcoholic": "person with an alcohol use disorder",
    "alcoholics": "people with an alcohol use disorder",
    "clean and sober": "in recovery",
    "clean test": "negative test",
    "committed suicide": "died by suicide",
    "denied": "said no",
    "denies": "says no",
    "dirty test": "positive test",
    "dirty urine": "positive test",
    "discharged": "completed, moved on",
    "drug abuse": "drug use",
    "drug habit": "substance use",
    "drug problem": "substance use disorder",
    "drug user": "person who uses drugs",
    "drug users": "people who use drugs",
    "ex-addict": "person in recovery",
    "failed": "did not work yet",
    "failed to": "did not",
    "fell off the wagon": "returned to use",
    "former addict": "person in recovery",
    "frequent flyer": _PLAINLY,
    "got clean": "stopped using",
    "had a slip": "returned to use",
    "homeless": "without housing",
    "homeless man": "man without housing",
    "homeless people": "people without housing",
    "homeless person": "person without housing",
    "homeless woman": "woman without housing",
    "in denial": _PLAINLY,
    "is clean": "is not using",
    "junkie": "person who uses drugs",
    "junkies": "people who use drugs",
    "manipulative": _PLAINLY,
    "MAT": "medication for opioid use disorder",
    "no show": "did not make it",
    "no-show": "did not make it",
    "no-shows": "times it did not work out",
    "non-compliant": "chose not to",
    "noncompliant": "chose not to",
    "opioid replacement": "medication for opioid use disorder",
    "opioid substitution": "medication for opioid use disorder",
    "reformed addict": "person in recovery",
    "refused": "chose not to",
    "refuses": "chooses not to",
    "relapse": "return to use",
    "relapsed": "returned to use",
    "relapses": "returns to use",
    "relapsing": "returning to use",
    "resistant": "unsure",
    "slipped up": "returned to use",
    "stayed clean": "did not use",
    "staying clean": "not using",
    "substance abuse": "substance use",
    "substance abuser": "person who uses substances",
    "terminated": "ended, moved on",
    "tested clean": "tested negative",
    "tested dirty": "tested positive",
    "the homeless": "people without housing",
    "treatment failure": "treatment that did not help yet",
}
"""What is written, and what many people prefer. A key with a capital counts only as it stands there."""
_NOT_BEFORE: Mapping[str, str] = {
    "alcoholics": r"\s+anonymous\b",
    "discharged": r"\s+from\s+(?:the\s+)?hospital\b",
    "drug abuse": r"\s+(?:act|helpline)\b",
}
"""Names and plain facts that hold one of these words."""


@dataclass(frozen=True)
class Hint:
    """One word or phrase as it was written, what many people prefer, and where it stands in its text."""

    wrote: str
    better: str
    start: int = 0


def list_hints(texts: Iterable[str]) -> list[Hint]:
    """Return the first hints for what one member of staff wrote, each word once, five at most."""
    found: dict[str, Hint] = {}
    for text in texts:
        for hint in find_hints(text):
            found.setdefault(hint.wrote.casefold(), hint)
    return list(found.values())[:MOST_HINTS]


def find_hints(text: str) -> Iterator[Hint]:
    """Find every listed word of a text that stands by itself, outside quotation marks, in order."""
    quoted = list(_quoted(text))
    for match in _LISTED.finditer(text):
        wrote, start = match[0], match.start()
        key = _key(wrote)
        if key and not any(opens < match.end() and start < closes for opens, closes in quoted):
            if _goes_on(text, match.end()) or _is_name(key, text[match.end() :]):
                continue
            better = BETTER[key]
            yield Hint(wrote, better[:1].upper() + better[1:] if wrote[0].isupper() and key != wrote else better, start)


def _key(wrote: str) -> str:
    plain = " ".join(wrote.split())
    return plain if plain in BETTER else plain.casefold() if plain.casefold() in BETTER else ""


def _goes_on(text: str, end: int) -> bool:
    """Say whether a letter's mark follows, as in scripts whose vowels are signs: then the word is another."""
    return end < len(text) and unicodedata.category(text[end]).startswith("M")


def _is_name(key: str, after: str) -> bool:
    return key in _NOT_BEFORE and re.match(_NOT_BEFORE[key], after, re.IGNORECASE) is not None


def _pattern(phrase: str) -> str:
    return r"\s+".join(re.escape(part) for part in phrase.split())


_LISTED = re.compile(
    rf"(?<![\w-])(?:{'|'.join(_pattern(phrase) for phrase in sorted(BETTER, key=len, reverse=True))})(?![\w-])",
    re.IGNORECASE,
)


# ---- quotation marks ------------------------------------------------------------------------------------------------

_CLOSES: Mapping[str, str] = {"“": "”", "„": "“”", "«": "»", "‹": "›", '"': '"'}
_SINGLE: Mapping[str, str] = {"‘": "’", "'": "'"}
"""These are also apostrophes, so they count only at the edge of words and where the other one stands on the line."""


def _quoted(text: str) -> Iterator[tuple[int, int]]:
    """Find what stands in quotation marks, of whatever kind and around whatever script; one left open holds its line."""
    place = 0
    while place < len(text):
        mark = text[place]
        end = -1
        if mark in _CLOSES:
            end = _end(text, place, _CLOSES[mark])
        elif mark in _SINGLE and not (place and text[place - 1].isalnum()):
            end = _end_of_single(text, place, _SINGLE[mark])
        if end > 0:
            yield place, end
        place = end if end > 0 else place + 1


def _end(text: str, place: int, closes: str) -> int:
    ends = [found + 1 for found in (text.find(one, place + 1) for one in closes) if found > 0]
    return min(ends) if ends else _line_end(text, place)


def _end_of_single(text: str, place: int, close: str) -> int:
    found = text.find(close, place + 1)
    while found > 0 and found + 1 < len(text) and text[found + 1].isalnum():
        found = text.find(close, found + 1)
    return found + 1 if 0 < found <= _line_end(text, place) else -1


def _line_end(text: str, place: int) -> int:
    found = text.find("\n", place)
    return len(text) if found < 0 else found
