"""What is said once after an act, with its Undo. Kept in the signed session; ids and sentences of ours only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from flask import session

from coachdesk.web.filters import translated

if TYPE_CHECKING:
    from coachdesk.words import Sentence

    R = TypeVar("R")
else:
    R = TypeVar("R")

_KEY = "told"


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
    session[_KEY] = [*session.get(_KEY, []), [translated(sentence), kind, back, link]]
    return response


def flashed() -> list[Told]:
    """Return what is to be said now, and forget it."""
    return [Told(*said) for said in session.pop(_KEY, [])]
