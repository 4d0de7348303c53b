"""What matters to some of the demo's people, in their own words, and the ways to reach them. Nobody in it is real."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from coachdesk.clients.likeness import birth_digest, number_digest
from coachdesk.clients.models import Card, ContactPoint, Milestone, Supporter
from coachdesk.clients.rules import CardKind, PointKind, Touch

if TYPE_CHECKING:
    from coachdesk.clients.models import Client
    from coachdesk.demo.people import Town

_AGREED = (
    "We meet on Thursdays and ring if it will be late. What is said here stays between us, "
    "unless somebody is in danger. Dana does not lend money and does not speak with my family unasked."
)
CARDS = (
    ("Marcus", CardKind.VISION, "A place with a door I can lock, Nia’s boots by it, and Sundays with nothing to hide."),
    (
        "Marcus",
        CardKind.STRENGTHS,
        "I turn up, also when I do not feel like it\nI can fix any engine\nNia laughs at my jokes\nI asked for help in time",
    ),
    (
        "Marcus",
        CardKind.LOST,
        "Wait two days, then text Ana. Do not come to the warehouse. If I answer, no questions first.",
    ),
    ("Marcus", CardKind.AGREEMENT, _AGREED),
    ("Priya", CardKind.STRENGTHS, "I read people well\nI have moved three times and made a home each time"),
    ("Priya", CardKind.AGREEMENT, "We speak in English first and change to Hindi when it gets hard."),
    ("Aisha", CardKind.VISION, "To be the aunt who has time."),
)
HELPERS = (
    ("Ana", "my sister", "Rings on Sundays and never asks twice.", Touch.LOST, "555 0139, texts only"),
    ("Coach Bell", "runs Nia’s team", "Keeps a seat for me.", Touch.NO, ""),
    ("The bench behind the library", "a place", "Nobody wants anything from me there.", None, ""),
)


def say_what_matters(town: Town) -> None:
    """Let a few people say what matters to them."""
    for first, kind, words in CARDS:
        _write(town, town.person(first), kind, words)
    marcus = town.person("Marcus")
    for name, relation, helps, touch, reach in HELPERS:
        made = Supporter(name=name, relation=relation, helps=helps, touch=touch, reach=reach)
        town.add(_made(town, marcus, made, 90))
    first_night = Milestone(
        marked_on=town.day(40), words="First night in my own bed", celebrate="Quietly, with tea.", in_portal=True
    )
    game = Milestone(
        marked_on=town.day(-19), words="Nia’s last game of the season", celebrate="Cake for the whole team."
    )
    town.add(_made(town, marcus, first_night, 38), _made(town, marcus, game, 20))
    _reach(town, marcus)


def _reach(town: Town, person: Client) -> None:
    """Write down how Marcus is reached beside his own number, and when he was born."""
    person.best_hours = "Tuesdays and Thursdays after six"
    person.others_answer = "His sister Ana. Say you are a friend from the garden."
    person.birth_day = dt.date(1988, 2, 29)
    person.birth_digest = birth_digest(person.birth_day)
    number = "555 0139"
    sister = ContactPoint(
        kind=PointKind.PHONE, value=number, label="Ana’s", digest=number_digest(number), may_text=True,
        note="Only when he has not answered for two days.",
    )  # fmt: skip
    town.add(_made(town, person, sister, 90))


def _made(
    town: Town, person: Client, row: ContactPoint | Milestone | Supporter, ago: int
) -> ContactPoint | Milestone | Supporter:
    row.id, row.client_id, row.made_by = town.key(), person.id, town.coach_of[person.id].id
    row.made_at = town.at(max(town.day(ago), person.working_since), 11)
    return row


def _write(town: Town, person: Client, kind: CardKind, words: str) -> None:
    is_agreement = kind is CardKind.AGREEMENT
    written_on = max(town.day(60), person.working_since)
    town.add(
        Card(
            id=town.key(),
            client_id=person.id,
            kind=kind,
            number=1,
            words=words,
            agreed_on=written_on if is_agreement else None,
            review_on=town.day(-5 if person.first_name == "Priya" else -30) if is_agreement else None,
            in_portal=kind in (CardKind.VISION, CardKind.STRENGTHS),
            written_at=town.at(written_on, 12),
            written_by=town.coach_of[person.id].id,
        )
    )
