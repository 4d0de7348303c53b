"""What is kept of what is being written: under which name, for how long, and which of its lines are its writer's."""

from __future__ import annotations

import datetime as dt
import re
from hashlib import blake2b
from typing import TYPE_CHECKING

from coachdesk.words import mark

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

KEPT_FOR = dt.timedelta(days=14)
"""Since it was last written in."""
TOLD_BEFORE = dt.timedelta(days=4)
"""So long before it goes away its writer reads of it on Today."""
THROWN_FOR = dt.timedelta(hours=1)
"""So long it can be brought back, or read once more where it is shown for the last time."""

WORRY = "safety-concern"
"""The form of a worry about safety: while it is a draft, nobody was told of it."""

WORDS = {
    "another-coach": mark("A wish for another coach"),
    "card": mark("What matters to %(name)s"),
    "check-in": mark("A check-in with %(name)s"),
    "correction": mark("An addition to a check-in with %(name)s"),
    "emergency": mark("Why you need to open a record"),
    "emergency-review": mark("The review of a record opened in an emergency"),
    "ending": mark("The end of coaching with %(name)s"),
    "goal": mark("A goal of %(name)s"),
    "goal-review": mark("A goal review with %(name)s"),
    "hand-over": mark("A hand-over of %(name)s"),
    "lists": mark("Your own lists and words"),
    "milestone": mark("A day to mark with %(name)s"),
    "pause": mark("A pause for %(name)s"),
    "person": mark("The details of %(name)s"),
    "person-new": mark("A new person"),
    "point": mark("A way to reach %(name)s"),
    "referral": mark("A referral for %(name)s"),
    "referral-news": mark("News of a referral for %(name)s"),
    "restriction": mark("Who is kept from the record of %(name)s"),
    WORRY: mark("A worry about %(name)s’s safety, not told to anybody yet"),
    "safety-deed": mark("What was done about a worry for %(name)s"),
    "safety-ending": mark("How a worry about %(name)s ended"),
    "safety-plan": mark("A safety plan with %(name)s"),
    "service": mark("A service"),
    "supporter": mark("Somebody who helps %(name)s"),
    "supervision": mark("A word about a check-in with %(name)s"),
}
"""What each form's draft is called, by the name the form keeps it under."""

NOTES = ("check-in", "correction", "goal-review", "referral-news", WORRY, "safety-deed", "safety-ending", "supervision")
"""What tells of something that has happened about a person: left lying, its writer is reminded of it."""

_UNKEPT = frozenset({"csrf_token", "form_key", "back", "draft", "unsent_id"})
_UNTYPED = frozenset({"version"})
_BESIDE = ("theirs-", "keep-")
"""What a page holds of somebody else's words after a stale save, and which of the two is to stand."""
_PRINT = 8
"""Bytes of a line's print: enough to know it again, and no way back to its words."""


_BETWEEN = re.compile(r"(?<=[.!?…।])\s+|(?<=[\u3002\uff01\uff1f])")
_CHOICE = re.compile(r"[a-z0-9_:.-]*")
"""What stands behind a tick, in a list or in a box of numbers; words are hardly ever so."""


def what(name: str) -> str:
    """Return what a draft is called; a form with several kinds of page has the kind behind a colon."""
    return WORDS.get(name.partition(":")[0], mark("Something about %(name)s"))


def ends_at(saved_at: dt.datetime) -> dt.datetime:
    """Return when a draft goes away that nobody writes in any more."""
    return saved_at + KEPT_FOR


def is_going(saved_at: dt.datetime, now: dt.datetime) -> bool:
    """Say whether its writer is to be told that it goes away."""
    return ends_at(saved_at) - TOLD_BEFORE <= now


def to_keep(fields: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return what a form was sent without what its page needs for this one sending."""
    return {name: list(texts) for name, texts in fields.items() if name not in _UNKEPT}


def prints_of(texts: Iterable[str]) -> list[str]:
    """Return a print of every text and every sentence, by which they are known again without their words."""
    return sorted({_print(part) for text in texts for part in (_whole(text), *_parts(text))})


def is_as_it_stood(text: str, stood: Collection[str]) -> bool:
    """Say whether a text is, as a whole, one that stood on the page when it was opened."""
    return _print(_whole(text)) in stood


def own_words(fields: Mapping[str, Sequence[str]], stood: Collection[str], *, named: Collection[str] = ()) -> list[str]:
    """Return the texts their writer typed: every sentence that did not stand on the page when it was opened.

    `named` are the fields that take words: what stands in them is never a choice, however short.
    """
    found = ((name, _own(text, stood)) for name, text in _texts(fields))
    return [text for name, text in found if text and (name.rpartition("-")[2] in named or not _CHOICE.fullmatch(text))]


def is_written_in(fields: Mapping[str, Sequence[str]], stood: Collection[str]) -> bool:
    """Say whether anything was typed or chosen that did not stand on the page when it was opened."""
    return any(_own(text, stood) for _name, text in _texts(fields))


def _texts(fields: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
    for name, texts in to_keep(fields).items():
        if name not in _UNTYPED and not name.startswith(_BESIDE):
            yield from ((name, text) for text in texts)


def _own(text: str, stood: Collection[str]) -> str:
    kept = ([part for part in _sentences(line) if _print(part) not in stood] for line in _lines(text))
    return "\n".join(" ".join(parts) for parts in kept if parts)


def _whole(text: str) -> str:
    return "\n".join(_lines(text))


def _lines(text: str) -> list[str]:
    return [line for line in (line.strip() for line in text.splitlines()) if line]


def _parts(text: str) -> Iterator[str]:
    for line in _lines(text):
        yield from _sentences(line)


def _sentences(line: str) -> list[str]:
    """Return the sentences of a line: whoever adds one to somebody else's paragraph wrote that one alone."""
    return [part for part in _BETWEEN.split(line) if part]


def _print(line: str) -> str:
    return blake2b(line.encode(), digest_size=_PRINT).hexdigest()
