"""How a person's row is named and drawn on pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coachdesk.clients import rules

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable

    from coachdesk.clients.models import Client
    from coachdesk.words import Sentence


def called(person: Client) -> str:
    """Return what a person is called: the preferred name, or the first."""
    return person.preferred_name or person.first_name


def shown(person: Client) -> str:
    """Return preferred name and initial."""
    return rules.shown_name(person.first_name, person.last_name, person.preferred_name)


def shown_map(people: Iterable[Client]) -> dict[uuid.UUID, str]:
    """Return the names of a list by id: in full where two would read the same."""
    rows = list(people)
    names = rules.shown_names([(row.first_name, row.last_name, row.preferred_name) for row in rows])
    return {row.id: name for row, name in zip(rows, names, strict=True)}


def initials_of(person: Client) -> str:
    """Return a person's one or two letters."""
    return rules.initials(person.first_name, person.last_name, person.preferred_name)


def tone_of(person: Client) -> str:
    """Return the colour of a person's mark."""
    return rules.tone(person.id)


def spoken_of(person: Client) -> tuple[str, str, str]:
    """Return the words for “he”, “him”, “his” of this person."""
    return rules.spoken_of(person.pronouns, called(person))


def call_rule(person: Client) -> Sentence:
    """Return the rule that stands beside Call."""
    return rules.call_rule(
        may_call=person.may_call,
        may_text=person.may_text,
        may_voicemail=person.may_voicemail,
        say_who=person.say_who,
    )


def reach_rule(person: Client) -> Sentence:
    """Return the sentence of “How to reach … safely”."""
    return rules.reach_rule(
        may_call=person.may_call,
        may_text=person.may_text,
        may_voicemail=person.may_voicemail,
        may_email=person.may_email,
    )


def name_rule(person: Client) -> Sentence | None:
    """Return whether the organisation is named when this person is reached; nothing where no way is agreed."""
    return rules.name_rule(agreed=person.may_call or person.may_text or person.may_email, say_who=person.say_who)


def phone_of(person: Client) -> str:
    """Return a person's number as a link takes it; empty where there is none, or it turned out not to work."""
    return "" if person.phone_wrong_on else dialled(person.phone)


def dialled(number: str) -> str:
    """Return a number as a link to call takes it."""
    return "".join(letter for letter in number if letter.isdigit() or letter == "+")
