"""Who lives in the demo: staff, teams, forty-nine people and their coaches, and the services around them."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from coachdesk.access import SYSTEM, Assignment, Role, Team, TeamMembership
from coachdesk.accounts.models import User
from coachdesk.clients.models import Client
from coachdesk.clients.rules import Pronouns, fold, last_digits
from coachdesk.clock import moment_of
from coachdesk.db import keys
from coachdesk.demo import content
from coachdesk.resources.models import Service
from coachdesk.resources.rules import NEED_WORDS, Need

if TYPE_CHECKING:
    import random
    from zoneinfo import ZoneInfo

_COACHES = {"dana": 14, "imani": 12, "yusuf": 8, "chris": 15}
_RHYTHMS = (7, 7, 7, 7, 14, 14, 28)
_NEW_COACH_DAYS = 70


@dataclass
class Town:
    """What is being built, and who is in it."""

    session: Any
    draw: random.Random
    now: dt.datetime
    today: dt.date
    zone: ZoneInfo
    passphrase: str
    staff: dict[str, User] = field(default_factory=dict)
    people: list[Client] = field(default_factory=list)
    coach_of: dict[uuid.UUID, User] = field(default_factory=dict)
    services: list[Service] = field(default_factory=list)

    def key(self) -> uuid.UUID:
        """Return an id that is the same each time the same seed is used."""
        return uuid.UUID(int=self.draw.getrandbits(128), version=4)

    def day(self, days_ago: int) -> dt.date:
        """Return the local day so many days ago (ahead, where negative)."""
        return self.today - dt.timedelta(days=days_ago)

    def at(self, day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
        """Return the moment of an hour on a local day, never later than now."""
        return min(moment_of(day, dt.time(hour, minute), self.zone), self.now - dt.timedelta(minutes=20))

    def add(self, *rows: Any) -> None:
        """Take rows in."""
        self.session.add_all(rows)

    def person(self, first: str) -> Client:
        """Return the person of this first name."""
        return next(person for person in self.people if person.first_name == first)


def settle(town: Town) -> None:
    """Bring everybody in."""
    _staff(town)
    _services(town)
    for name, count in _COACHES.items():
        for first, last in content.PEOPLE[name][:count]:
            _person(town, first, last, town.staff[name])
    town.session.flush()
    for first in ("Marcus", "Lena", "Aisha", "Hana"):
        person = town.person(first)
        _account(town, first.lower(), first, person.last_name, Role.CLIENT, client_id=person.id)
    town.session.flush()


def _staff(town: Town) -> None:
    for name, first, last, role in content.STAFF:
        _account(town, name, first, last, role)
    town.session.flush()
    for team_name, members in (("Hillside", ("ruth", "dana", "imani", "yusuf")), ("Riverside", ("omar", "chris"))):
        team = Team(id=town.key(), name=team_name, created_at=town.at(town.day(400), 9))
        town.add(team)
        town.session.flush()
        for name in members:
            user = town.staff[name]
            town.add(
                TeamMembership(
                    id=town.key(),
                    team_id=team.id,
                    user_id=user.id,
                    started_by=SYSTEM.id,
                    started_at=town.at(user.started_on, 9),
                )
            )


def _account(town: Town, name: str, first: str, last: str, role: Role, *, client_id: uuid.UUID | None = None) -> None:
    days = _NEW_COACH_DAYS if name == "yusuf" else town.draw.randint(300, 900)
    coaching = role in (Role.COACH, Role.SUPERVISOR)
    user = User(
        id=town.key(),
        email=f"{name}@demo.example",
        password=town.passphrase,
        role_name=role,
        first_name=first,
        last_name=last,
        client_id=client_id,
        fs_uniquifier=town.key().hex,
        started_on=town.day(days),
        created_at=town.at(town.day(days), 9),
        active=True,
        work_phone="555 0100" if coaching else "",
        work_hours="Monday to Friday, 9 am to 6 pm" if coaching else "",
        most_people=10 if name == "yusuf" else 15,
    )
    town.add(user)
    town.staff[name] = user


def _person(town: Town, first: str, last: str, coach: User) -> None:
    number = f"+1 555 01{town.draw.randint(0, 99):02d} {town.draw.randint(1000, 9999)}"
    together = town.draw.randint(40, 170) if coach.email != "yusuf@demo.example" else town.draw.randint(20, 65)
    safe = town.draw.choice(content.SAFE_NOTES)
    person = Client(
        id=town.key(),
        first_name=first,
        last_name=last,
        preferred_name="",
        shown_sort=fold(f" {first} {last}"),
        pronouns=content.PRONOUNS.get(first, town.draw.choice((Pronouns.SHE, Pronouns.HE))),
        language="English",
        rhythm_days=town.draw.choice(_RHYTHMS),
        working_since=town.day(together),
        phone=number,
        phone_digest=keys().digest(last_digits(number)),
        email=f"{first.lower()}@demo.example",
        may_call=safe.may_call,
        may_text=safe.may_text,
        may_voicemail=safe.may_voicemail,
        may_email=False,
        safe_note=safe.note,
        created_at=town.at(town.day(together), 10),
        created_by=coach.id,
    )
    if first == "Marcus":
        person.rhythm_days, person.working_since = 7, town.day(168)
        person.may_call, person.may_text, person.may_voicemail = True, True, False
        person.safe_note = "Text first, from your work phone. His sister Ana may answer; do not say who you work for."
    town.people.append(person)
    town.coach_of[person.id] = coach
    town.add(person)
    town.session.flush()
    town.add(
        Assignment(
            id=town.key(),
            client_id=person.id,
            coach_id=coach.id,
            started_on=person.working_since,
            started_at=town.at(person.working_since, 10),
            started_by=SYSTEM.id,
        )
    )


def _services(town: Town) -> None:
    for name, provider, need, hours in content.SERVICES:
        row = Service(
            id=town.key(),
            name=name,
            provider=provider,
            need=Need(need),
            hours=hours,
            cost="Free",
            phone=f"555 02{town.draw.randint(10, 99)}",
            languages=town.draw.choice(("English", "English, Spanish")),
            address=f"{town.draw.randint(2, 240)} {town.draw.choice(content.STREETS)}",
            search=fold(f"{name} {provider} {NEED_WORDS[Need(need)]}"),
            created_at=town.at(town.day(380), 9),
            created_by=SYSTEM.id,
            verified_on=town.day(town.draw.randint(5, 170)),
            is_hidden=False,
        )
        town.services.append(row)
        town.add(row)
