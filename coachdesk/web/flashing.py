"""What is said once after an act, with its Undo. It may name somebody, so it lies sealed in the signed session."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from flask import get_flashed_messages, session

from coachdesk.db import InvalidToken, keys
from coachdesk.web.filters import translated

if TYPE_CHECKING:
    from coachdesk.words import Sentence

    R = TypeVar("R")
else:
    R = TypeVar("R")

_KEY, _FEW = "told", 3
_MOST = 2000
"""Characters, sealed: a browser drops a cookie of more than 4096 without a word, and whoever has it would be out."""


@dataclass(frozen=True)
class Told:
    """One message: its text, its kind ("", "info", "care") and where its Undo leads."""

    text: str
    kind: str = ""
    undo: dict[str, str] | None = None
    link: str = ""
    """An address to hand over, shown whole in a box."""


def tell(
    response: R, sentence: Sentence | str, kind: str = "", *, undo: str = "", undo_label: str = "", link: str = ""
) -> R:
    """Say a sentence on the next page; `undo` is the address that takes the act back."""
    back = {"action": undo, "label": undo_label} if undo else None
    said = [*_kept(), [translated(sentence), kind, back, link]]
    while len(sealed := keys().seal(json.dumps(said, ensure_ascii=False))) > _MOST and len(said) > 1:
        said.remove(next((row for row in said[:-1] if not any(row[2:])), said[0]))  # what can be undone stays longest
    session[_KEY] = sealed
    return response


def flashed() -> list[Told]:
    """Return what is to be said now, and forget it; what the sign-in library wants said comes first."""
    said = [Told(text, "care" if kind == "error" else "info") for kind, text in _of_library() if text]
    return said + [Told(*row) for row in _kept(forget=True)]


def keep_few(response: R) -> R:
    """Let what the sign-in library wants said pile up no further than a few; it knows no bound of its own."""
    if len(piled := session.get("_flashes", ())) > _FEW:
        session["_flashes"] = list(piled)[-_FEW:]
    return response


def _of_library() -> list[tuple[str, str]]:
    found: Any = get_flashed_messages(with_categories=True)
    return list(dict.fromkeys(found))


def _kept(*, forget: bool = False) -> list[Any]:
    sealed = session.pop(_KEY, "") if forget else session.get(_KEY, "")
    try:
        found: list[Any] = json.loads(keys().open(sealed)) if sealed else []
    except InvalidToken:  # sealed with a key that is gone
        return []
    return found
