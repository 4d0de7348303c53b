"""What a service can help with."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from coachdesk.words import mark

if TYPE_CHECKING:
    from collections.abc import Mapping


class Need(StrEnum):
    """What somebody needs help with."""

    FOOD = "food"
    HOUSING = "housing"
    WORK = "work"
    MONEY = "money"
    HEALTH = "health"
    DENTIST = "dentist"
    MIND = "mind"
    MEETING = "meeting"
    TREATMENT = "treatment"
    LEGAL = "legal"
    FAMILY = "family"
    TRANSPORT = "transport"
    LEARNING = "learning"
    PAPERS = "papers"
    OTHER = "other"


NEED_WORDS: Mapping[Need, str] = {
    Need.FOOD: mark("Food"),
    Need.HOUSING: mark("Housing"),
    Need.WORK: mark("Work"),
    Need.MONEY: mark("Money"),
    Need.HEALTH: mark("Doctor and health"),
    Need.DENTIST: mark("Dentist"),
    Need.MIND: mark("Counselling"),
    Need.MEETING: mark("Meetings and groups"),
    Need.TREATMENT: mark("Treatment"),
    Need.LEGAL: mark("Legal help"),
    Need.FAMILY: mark("Family and children"),
    Need.TRANSPORT: mark("Getting around"),
    Need.LEARNING: mark("Classes and learning"),
    Need.PAPERS: mark("Papers and ID"),
    Need.OTHER: mark("Something else"),
}
