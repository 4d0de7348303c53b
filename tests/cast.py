"""The named cast of the tests: two coaches and their supervisor, another team, four people, an administrator."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from coachdesk.access import SYSTEM, Assignment, Identity, Role, Team, TeamMembership
from coachdesk.accounts.models import User
from coachdesk.clients import episodes
from coachdesk.clients.models import Client
from coachdesk.clients.rules import Pronouns
from coachdesk.organisation import service as organisation

MONDAY = dt.datetime(2026, 11, 23, 14, 45, tzinfo=dt.UTC)
"""Monday 23 November 2026, 9:45 am in New York: when every test begins."""
TODAY = dt.date(2026, 11, 23)
ZONE = "America/New_York"
PASSPHRASE = "first light over the hills"
# Made once with argon2 at its smallest cost; the tests' context accepts any cost.


@dataclass
class Cast:
    """Everybody, by first name; staff as identities, people as ids."""

    hash: str = ""
    staff: dict[str, Identity] = field(default_factory=dict)
    people: dict[str, uuid.UUID] = field(default_factory=dict)
    accounts: dict[str, Identity] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        """Give a member of staff as an identity, a person as an id."""
        for group in ("staff", "people"):
            if name in self.__dict__[group]:
                return self.__dict__[group][name]
        raise AttributeError(name)

    def email(self, name: str) -> str:
        """Return somebody's sign-in address."""
        return f"{name}@cast.example"


def gather(session: Any, password_hash: str, *, now: dt.datetime = MONDAY) -> Cast:
    """Make the organisation and everybody in it; nothing has happened yet."""
    organisation.make_organisation(session, name="Morning Side", zone=ZONE, country="US", now=now)
    cast = Cast(hash=password_hash)
    for name, last, role in (
        ("dana", "Osei", Role.COACH),
        ("imani", "Moss", Role.COACH),
        ("ruth", "Mbeki", Role.SUPERVISOR),
        ("chris", "Bell", Role.COACH),
        ("omar", "Haddad", Role.SUPERVISOR),
        ("admin", "Lund", Role.ADMINISTRATOR),
    ):
        cast.staff[name] = _account(session, cast, name, last, role, now)
    _teams(session, cast, now)
    for name, last, pronouns, coach in (
        ("marcus", "Tell", Pronouns.HE, "dana"),
        ("lena", "Ortiz", Pronouns.SHE, "dana"),
        ("aisha", "Khan", Pronouns.SHE, "imani"),
        ("hana", "Vale", Pronouns.THEY, "chris"),
    ):
        cast.people[name] = _person(session, cast, name, last, pronouns, cast.staff[coach], now)
    for name in ("marcus", "hana"):
        cast.accounts[name] = _account(session, cast, name, "", Role.CLIENT, now, client_id=cast.people[name])
    session.commit()
    return cast


def _account(
    session: Any, cast: Cast, name: str, last: str, role: Role, now: dt.datetime, client_id: uuid.UUID | None = None
) -> Identity:
    made = User(
        id=uuid.uuid4(),
        email=cast.email(name),
        password=cast.hash,
        role_name=role,
        first_name=name.title(),
        last_name=last,
        client_id=client_id,
        fs_uniquifier=uuid.uuid4().hex,
        started_on=dt.date(2025, 1, 6),
        created_at=now,
        work_phone="555 0100" if role is Role.COACH else "",
        work_hours="Monday to Friday, 9 am to 6 pm" if role is Role.COACH else "",
    )
    session.add(made)
    session.flush()
    return made.identity


def agree(session: Any, cast: Cast, **agreed: Any) -> None:
    """Let Marcus have agreed on e-mail, at the address he signs in with. The caller commits."""
    agreed = {"may_email": True, "email": cast.email("marcus"), **agreed}
    session.execute(sa.update(Client).where(Client.id == cast.marcus).values(**agreed))


def _teams(session: Any, cast: Cast, now: dt.datetime) -> None:
    for team_name, members in (("Hillside", ("dana", "imani", "ruth")), ("Riverside", ("chris", "omar"))):
        team = Team(id=uuid.uuid4(), name=team_name, created_at=now)
        session.add(team)
        session.flush()
        session.add_all(
            TeamMembership(
                id=uuid.uuid4(), team_id=team.id, user_id=cast.staff[name].id, started_at=now, started_by=SYSTEM.id
            )
            for name in members
        )
    session.flush()


def _person(
    session: Any, cast: Cast, name: str, last: str, pronouns: Pronouns, coach: Identity, now: dt.datetime
) -> uuid.UUID:
    person = Client(
        id=uuid.uuid4(),
        first_name=name.title(),
        last_name=last,
        shown_sort=f"{name} {last.lower()}",
        pronouns=pronouns,
        rhythm_days=7,
        working_since=dt.date(2026, 6, 8),
        phone="+1 555 010 2030",
        may_call=True,
        may_text=True,
        safe_note="Text first, from your work phone.",
        created_at=now,
        created_by=SYSTEM.id,
    )
    session.add(person)
    session.flush()
    episodes.open_first(session, person, SYSTEM, now=now, today=person.working_since)
    session.add(
        Assignment(
            id=uuid.uuid4(),
            client_id=person.id,
            coach_id=coach.id,
            started_at=now,
            started_on=TODAY,
            started_by=SYSTEM.id,
        )
    )
    session.flush()
    return person.id
