"""The ways to reach somebody, each with its own rule, and the records that are of the same person, ready for a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coachdesk.clients.naming import initials_of, shown, tone_of
from coachdesk.clients.rules import PointKind, name_rule, point_rule

if TYPE_CHECKING:
    import datetime as dt
    import uuid
    from collections.abc import Iterable

    from coachdesk.clients.models import Client, ContactPoint, PersonLink
    from coachdesk.words import Sentence

_ICONS = {PointKind.PHONE: "phone", PointKind.EMAIL: "text", PointKind.OTHER: "spark"}


@dataclass(frozen=True)
class Way:
    """One number or address: what it is, what the person calls it, and what was agreed for it."""

    icon: str
    value: str
    label: str
    rule: Sentence
    name_rule: Sentence | None
    note: str = ""
    wrong_on: dt.date | None = None
    """The local day on which it turned out not to work."""
    item_id: uuid.UUID | None = None
    """None for the first number and address, which stand with the person's details."""


@dataclass(frozen=True)
class Same:
    """Another record of the same person."""

    id: uuid.UUID
    link_id: uuid.UUID
    name: str
    mark: tuple[str, str]


def list_ways(person: Client, points: Iterable[ContactPoint]) -> list[Way]:
    """Return the first number and address, then the further ways, each with its own rule."""
    first = [
        _first(person, kind, value)
        for kind, value in ((PointKind.PHONE, person.phone), (PointKind.EMAIL, person.email))
        if value
    ]
    return first + [_further(point) for point in points]


def list_working(person: Client, points: Iterable[ContactPoint]) -> list[Way]:
    """Return the ways to reach somebody without those that turned out not to work."""
    return [way for way in list_ways(person, points) if way.wrong_on is None]


def _first(person: Client, kind: PointKind, value: str) -> Way:
    agreed = person.may_email if kind is PointKind.EMAIL else person.may_call or person.may_text
    named = name_rule(agreed=agreed, say_who=person.say_who)
    wrong_on = person.email_wrong_on if kind is PointKind.EMAIL else person.phone_wrong_on
    return Way(_ICONS[kind], value, "", _rule(kind, person), named, wrong_on=wrong_on)


def _further(point: ContactPoint) -> Way:
    agreed = point.may_call or point.may_text or point.may_email
    return Way(
        _ICONS[point.kind],
        point.value,
        point.label,
        _rule(point.kind, point),
        name_rule(agreed=agreed, say_who=point.say_who),
        point.note,
        item_id=point.id,
    )


def _rule(kind: PointKind, row: Client | ContactPoint) -> Sentence:
    return point_rule(
        kind,
        may_call=row.may_call,
        may_text=row.may_text,
        may_voicemail=row.may_voicemail,
        may_email=row.may_email,
    )


def list_same(links: Iterable[tuple[PersonLink, Client]]) -> list[Same]:
    """Return the other records of a person."""
    return [Same(row.id, link.id, shown(row), (initials_of(row), tone_of(row))) for link, row in links]
