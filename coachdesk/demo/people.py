"""Who lives in the demo: staff, teams, forty-nine people and their coaches, and the services around them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from coachdesk.access import SYSTEM, Assignment, Role, Team, TeamMembership
from coachdesk.accounts.models import User
from coachdesk.clients.models import Client, Episode, LevelPeriod
from coachdesk.clients.rules import Level, Pronouns, fold, last_digits
from coachdesk.clock import moment_of
from coachdesk.db import Base, keys
from coachdesk.demo import content
from coachdesk.organisation.models import CrisisLine, Organisation
from coachdesk.organisation.rules import DEFAULT_EXIT_URL, default_lines
from coachdesk.resources.models import Service
from coachdesk.resources.rules import NEED_WORDS

if TYPE_CHECKING:
    import random
    from zoneinfo import ZoneInfo

    from coachdesk.checkins.models import CheckIn
    from coachdesk.goals.models import Step

ZONE, COUNTRY = "America/New_York", "US"
_RHYTHMS = (7, 7, 7, 7, 14, 14, 28)
_NEW_COACH, _NEW_COACH_DAYS = "yusuf", 70
_NEW_PERSON_DAYS = 5
_MARCUS_DAYS = 168


@dataclass
class Town:
    """What is being built, and who is in it; nothing is written before `save`."""

    draw: random.Random
    now: dt.datetime
    today: dt.date
    zone: ZoneInfo
    passphrase: str
    rows: dict[str, list[Base]] = field(default_factory=lambda: defaultdict(list))
    staff: dict[str, User] = field(default_factory=dict)
    people: list[Client] = field(default_factory=list)
    coach_of: dict[uuid.UUID, User] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    entries: dict[uuid.UUID, list[CheckIn]] = field(default_factory=lambda: defaultdict(list))
    """Check-ins by person, latest first."""
    done: dict[uuid.UUID, list[Step]] = field(default_factory=lambda: defaultdict(list))
    """Steps done, by person."""

    def key(self) -> uuid.UUID:
        """Return an id that is the same each time the same seed is used."""
        return uuid.UUID(int=self.draw.getrandbits(128), version=4)

    def day(self, days_ago: int) -> dt.date:
        """Return the local day so many days ago (ahead, where negative)."""
        return self.today - dt.timedelta(days=days_ago)

    def days_since(self, day: dt.date) -> int:
        """Return how many days ago a local day was."""
        return (self.today - day).days

    def at(self, day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
        """Return the moment of an hour on a local day, never later than now."""
        return min(moment_of(day, dt.time(hour, minute), self.zone), self.now - dt.timedelta(minutes=20))

    def add(self, *rows: Base) -> None:
        """Take rows in."""
        for row in rows:
            self.rows[row.__tablename__].append(row)

    def save(self, session: Any) -> None:
        """Write everything, each table after those it points to."""
        for table in Base.metadata.sorted_tables:
            session.add_all(self.rows[table.name])
            session.flush()

    def person(self, first: str) -> Client:
        """Return the person of this first name."""
        return next(person for person in self.people if person.first_name == first)


def settle(town: Town) -> None:
    """Bring everybody in."""
    _house(town)
    _staff(town)
    _services(town)
    for coach, people in content.PEOPLE.items():
        for first, last in people:
            _person(town, first, last, coach)
    for first in ("Marcus", "Lena", "Aisha", "Hana"):
        person = town.person(first)
        days = town.days_since(person.working_since)
        _account(town, first.lower(), first, person.last_name, Role.CLIENT, days=days, client_id=person.id)


_LINES_AGO, _RUNG_AGO = 200, 20
"""Days since the crisis lines were put here, and since somebody rang those that are no emergency numbers."""


def _house(town: Town) -> None:
    town.add(
        Organisation(
            id=1,
            name="Morning Side Recovery Coaching",
            zone=ZONE,
            country=COUNTRY,
            exit_url=DEFAULT_EXIT_URL,
            made_by_demo=True,
            created_at=town.now,
        )
    )
    for place, line in enumerate(default_lines(COUNTRY)):
        town.add(
            CrisisLine(
                id=town.key(),
                country=COUNTRY,
                position=place,
                label=line.label,
                number=line.number,
                kind=line.kind,
                is_emergency=line.is_emergency,
                made_on=town.day(_LINES_AGO),
                verified_on=None if line.is_emergency else town.day(_RUNG_AGO),
            )
        )


def _staff(town: Town) -> None:
    for name, first, last, role in content.STAFF:
        days = _NEW_COACH_DAYS if name == _NEW_COACH else town.draw.randint(300, 900)
        _account(town, name, first, last, role, days=days)
    for team_name, members in content.TEAMS.items():
        team = Team(id=town.key(), name=team_name, created_at=town.at(town.day(1000), 9))
        town.add(team)
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


def _account(
    town: Town, name: str, first: str, last: str, role: Role, *, days: int, client_id: uuid.UUID | None = None
) -> None:
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
        work_phone=f"555 01{town.draw.randint(10, 99)}" if coaching else "",
        work_hours="Monday to Friday, 9 am to 6 pm" if coaching else "",
        most_people=10 if name == _NEW_COACH else 15,
    )
    town.add(user)
    town.staff[name] = user


def _together(town: Town, first: str, coach: str) -> int:
    """Return how many days somebody and their coach have known each other."""
    if first in content.NEVER_REACHED:
        return _NEW_PERSON_DAYS
    if first == "Marcus":
        return _MARCUS_DAYS
    return town.draw.randint(25, 65) if coach == _NEW_COACH else town.draw.randint(40, 180)


def _rhythm(town: Town, first: str) -> int:
    weekly = first == "Marcus" or first in content.OUT_OF_TOUCH or first in content.NEVER_REACHED
    return 7 if weekly else town.draw.choice(_RHYTHMS)


def _person(town: Town, first: str, last: str, coach: str) -> None:
    number = f"+1 555 01{town.draw.randint(0, 99):02d} {town.draw.randint(1000, 9999)}"
    since = town.day(_together(town, first, coach))
    safe = content.MARCUS_SAFE if first == "Marcus" else town.draw.choice(content.SAFE_NOTES)
    person = Client(
        id=town.key(),
        first_name=first,
        last_name=last,
        preferred_name="",
        shown_sort=fold(f"{first} {last}"),
        pronouns=content.PRONOUNS.get(first, Pronouns.SHE),
        language="English",
        rhythm_days=_rhythm(town, first),
        working_since=since,
        phone=number,
        phone_digest=keys().digest(last_digits(number)),
        email=f"{first.lower()}@demo.example",
        may_call=safe.may_call,
        may_text=safe.may_text,
        may_voicemail=safe.may_voicemail,
        may_email=False,
        safe_note=safe.note,
        created_at=town.at(since, 10),
        created_by=town.staff[coach].id,
    )
    town.people.append(person)
    town.coach_of[person.id] = town.staff[coach]
    town.add(person, _assignment(town, person), *_course(person))


def _course(person: Client) -> tuple[Episode, LevelPeriod]:
    began = {"client_id": person.id, "opened_on": person.working_since, "opened_at": person.created_at}
    level = Level.CHECK_INS if person.first_name in content.CHECK_INS_ONLY else Level.FULL
    return (
        Episode(id=uuid.uuid5(person.id, "episode"), **began, opened_by=person.created_by),
        LevelPeriod(
            id=uuid.uuid5(person.id, "level"),
            client_id=person.id,
            level=level,
            started_on=person.working_since,
            started_at=person.created_at,
            started_by=person.created_by,
        ),
    )


def _assignment(town: Town, person: Client) -> Assignment:
    return Assignment(
        id=town.key(),
        client_id=person.id,
        coach_id=town.coach_of[person.id].id,
        started_on=person.working_since,
        started_at=town.at(person.working_since, 10),
        started_by=SYSTEM.id,
    )


def _services(town: Town) -> None:
    for name, provider, need, hours in content.SERVICES:
        row = Service(
            id=town.key(),
            name=name,
            provider=provider,
            need=need,
            hours=hours,
            cost="Free",
            phone=f"555 02{town.draw.randint(10, 99)}",
            languages=town.draw.choice(("English", "English, Spanish")),
            address=f"{town.draw.randint(2, 240)} {town.draw.choice(content.STREETS)}",
            search=fold(f"{name} {provider} {NEED_WORDS[need]}"),
            created_at=town.at(town.day(380), 9),
            created_by=SYSTEM.id,
            verified_on=town.day(town.draw.randint(5, 170)),
            is_hidden=False,
        )
        town.services[name] = row
        town.add(row)
