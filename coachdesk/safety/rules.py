"""Who hears of a worry about somebody's safety, and how that is said."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from coachdesk.words import Sentence, mark, say

if TYPE_CHECKING:
    from collections.abc import Sequence


class ToldAs(StrEnum):
    """In which part somebody was told."""

    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"


def told(supervisors: Sequence[str], administrators: Sequence[str]) -> Sentence:
    """Say who was told; and say so when nobody could be."""
    if supervisors:
        return say(
            mark("%(names)s was told straight away.")
            if len(supervisors) == 1
            else mark("%(names)s were told straight away."),
            names=_listed(supervisors),
        )
    if administrators:
        return say(
            mark(
                "There was no supervisor to tell. %(names)s heard that a concern is waiting, without a name. "
                "Please reach somebody in person too."
            ),
            names=_listed(administrators),
        )
    return say(mark("Nobody could be told from here. Please reach somebody in person now."))


def will_be_told(supervisors: Sequence[str]) -> Sentence:
    """Say, before saving, who will be told."""
    if supervisors:
        return say(
            mark("When you save, %(names)s is told straight away. You do not have to carry this alone.")
            if len(supervisors) == 1
            else mark("When you save, %(names)s are told straight away. You do not have to carry this alone."),
            names=_listed(supervisors),
        )
    return say(
        mark(
            "There is no supervisor to tell. When you save, the administrators hear that a concern is "
            "waiting, without a name. Please reach somebody in person too."
        )
    )


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
