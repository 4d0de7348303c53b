"""What an administrator does: accounts, teams, who walks with whom. Names, coach and team; nobody's story."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import COACHING, Action, Assignment, Earlier, Role, Team, TeamMembership, demand, unscoped
from coachdesk.accounts import links, sessions, teams
from coachdesk.accounts import service as accounts
from coachdesk.accounts.models import User
from coachdesk.accounts.rules import Ended
from coachdesk.clients import assigning
from coachdesk.clients.models import Client
from coachdesk.clients.rules import fold
from coachdesk.words import NotFound, Refused, Stale, mark

if TYPE_CHECKING:
    import datetime as dt
    import uuid
    from collections.abc import Iterable, Sequence

    from coachdesk.access import Identity
    from coachdesk.words import Sentence

STAFF_ROLES = (Role.COACH, Role.SUPERVISOR, Role.ADMINISTRATOR)
_NARROW = "administrators see names, coach and team, nothing else"


@dataclass(frozen=True)
class PersonRow:
    """A person as an administrator sees them: name, coach, team."""

    id: uuid.UUID
    name: str
    coach_id: uuid.UUID | None
    coach: str
    team: str
    before: str = ""
    """Whose person it is by the last assignment, where that coach has left; empty where all is well."""
    has_had_coach: bool = True


def list_accounts(
    session: Any, identity: Identity, *, text: str = "", role: Role | None = None
) -> list[tuple[User, list[str]]]:
    """Return accounts with the names of their teams, by name."""
    demand(identity, Action.ADMIN_ACCOUNTS)
    found = sa.select(User).order_by(User.first_name, User.last_name)
    if role:
        found = found.where(User.role_name == role)
    rows = [user for user in session.scalars(found) if fold(text) in fold(f"{user.name} {user.email}")]
    names = _team_names(session)
    return [(user, names.get(user.id, [])) for user in rows]


def _team_names(session: Any) -> dict[uuid.UUID, list[str]]:
    found: dict[uuid.UUID, list[str]] = {}
    rows = session.execute(
        sa.select(TeamMembership.user_id, Team.name)
        .join(Team, Team.id == TeamMembership.team_id)
        .where(TeamMembership.ended_at.is_(None))
        .order_by(Team.name)
    )
    for user_id, name in rows:
        found.setdefault(user_id, []).append(name)
    return found


@dataclass(frozen=True)
class Invited:
    """An account and where its single-use link leads; the token is kept nowhere."""

    user: User
    path: str


def make_staff(
    session: Any,
    identity: Identity,
    *,
    first_name: str,
    last_name: str,
    email: str,
    role: Role,
    work_phone: str,
    work_hours: str,
    team_ids: Iterable[uuid.UUID],
    mailed: bool,
    now: dt.datetime,
    today: dt.date,
) -> Invited:
    """Make a staff account, put it into its teams, and invite it."""
    if role not in STAFF_ROLES:
        raise Refused(mark("Choose a role from the list."), "role")
    user = accounts.make_account(
        session,
        identity,
        email=email,
        role=role,
        first_name=first_name,
        last_name=last_name,
        work_phone=work_phone,
        work_hours=work_hours,
        now=now,
        started_on=today,
    )
    teams.put_in_teams(session, identity, user.id, team_ids, now=now)
    return invite_again(session, identity, user.id, mailed=mailed, now=now)


def invite_again(session: Any, identity: Identity, user_id: uuid.UUID, *, mailed: bool, now: dt.datetime) -> Invited:
    """Make a new single-use link for an account; earlier ones end."""
    demand(identity, Action.ADMIN_ACCOUNTS)
    user = accounts.find_user(session, user_id)
    if user.role_name is Role.CLIENT:  # such a link opens a record
        raise Refused(mark("Their coach or supervisor invites them."))
    if not user.active:
        raise Refused(mark("Let them sign in again first."))
    path = links.invite(session, identity, user, now=now)
    if mailed:
        links.mail_link(session, user, path, now=now)
    return Invited(user, path)


def begin_factor_reset(
    session: Any, identity: Identity, user_id: uuid.UUID, *, mailed: bool, now: dt.datetime
) -> Invited:
    """Begin a reset of somebody's second factor: a link that does nothing without their passphrase."""
    demand(identity, Action.ADMIN_ACCOUNTS)
    user = accounts.find_user(session, user_id)
    if not (user.active and user.has_second_factor):
        raise Refused(mark("There is no second factor to reset."))
    if not mailed and links.was_handed_over(session, user, now=now):
        raise Refused(mark("Their passphrase was chosen by a link a short while ago. Wait a week, or set up mail."))
    path = links.ask_second_factor_reset(session, identity, user, now=now)
    if mailed:
        links.mail_link(session, user, path, now=now)
    return Invited(user, path)


def change_account(
    session: Any,
    identity: Identity,
    user_id: uuid.UUID,
    *,
    first_name: str,
    last_name: str,
    role: Role,
    work_phone: str,
    work_hours: str,
    most_people: int,
    team_ids: Iterable[uuid.UUID],
    version: int,
    now: dt.datetime,
) -> User:
    """Change an account and its teams; another role ends its sessions. Raises `Stale`."""
    demand(identity, Action.ADMIN_ACCOUNTS)
    user = accounts.find_user(session, user_id)
    if user.version != version:
        raise Stale
    was = user.role_name
    if was is not role:
        _refuse_role(session, identity, user, role)
        user.role_name = role
        sessions.end_all(session, user, Ended.RIGHTS, now=now)
    given = {
        "first_name": first_name,
        "last_name": last_name,
        "work_phone": work_phone,
        "work_hours": work_hours,
        "most_people": most_people,
    }
    changed = [name for name, value in given.items() if getattr(user, name) != value]
    for name in changed:
        setattr(user, name, given[name])
    user.version += 1
    if role is not Role.CLIENT:
        teams.put_in_teams(session, identity, user.id, team_ids, now=now)
    audit.record(
        session,
        identity,
        audit.Event.ACCOUNT_CHANGED,
        subject=user,
        fields=[*(["role"] if was is not role else []), *changed],
        detail={"role": role.value},
        now=now,
    )
    return user


def _refuse_role(session: Any, identity: Identity, user: User, role: Role) -> None:
    if Role.CLIENT in (user.role_name, role) or role not in STAFF_ROLES:
        raise Refused(mark("Choose a role from the list."), "role")
    if user.id == identity.id or _is_last_administrator(session, user):
        raise Refused(mark("Somebody has to stay administrator. Make another one first."), "role")
    if role is Role.ADMINISTRATOR and _has_people(session, user):
        raise Refused(mark("Give their people to another coach first."), "role")


def set_active(session: Any, identity: Identity, user_id: uuid.UUID, *, active: bool, now: dt.datetime) -> User:
    """Let an account sign in, or not: its sessions end with the next request."""
    demand(identity, Action.ADMIN_ACCOUNTS)
    user = accounts.find_user(session, user_id)
    if not active and (user.id == identity.id or _is_last_administrator(session, user)):
        raise Refused(mark("Somebody has to stay administrator. Make another one first."))
    if user.active is not active:
        user.left_at = None if active else now
    user.active = active
    sessions.end_all(session, user, Ended.RIGHTS, now=now)
    if not active:
        links.end_links(session, user.id, now=now)
    user.version += 1
    happened = audit.Event.ACCOUNT_ENABLED if active else audit.Event.ACCOUNT_DISABLED
    audit.record(session, identity, happened, subject=user, now=now)
    return user


def _is_last_administrator(session: Any, user: User) -> bool:
    return user.role_name is Role.ADMINISTRATOR and not accounts.lock_administrators(session) - {user.id}


def _has_people(session: Any, user: User) -> bool:
    return bool(
        session.scalar(
            sa.select(Assignment.id).where(Assignment.coach_id == user.id, Assignment.ended_at.is_(None)).limit(1)
        )
    )


def list_people(
    session: Any,
    identity: Identity,
    *,
    text: str = "",
    needs_coach: bool = False,
    client_id: uuid.UUID | None = None,
) -> list[PersonRow]:
    """Return names, coach and team: those who need a coach first, also where theirs is switched off or coaches no more.

    `text` finds by name alone.
    """
    demand(identity, Action.ADMIN_ASSIGN)
    coaches = sa.and_(User.active, User.role_name.in_(COACHING))
    found = (
        sa.select(Client.id, Client.first_name, Client.last_name, User.id, User.first_name, User.last_name, coaches)
        .outerjoin(Assignment, sa.and_(Assignment.client_id == Client.id, Assignment.ended_at.is_(None)))
        .outerjoin(User, User.id == Assignment.coach_id)
        .order_by(sa.case((coaches, 1), else_=0), Client.shown_sort)
    )
    if client_id is not None:
        found = found.where(Client.id == client_id)
    if needs_coach:
        found = found.where(sa.or_(User.id.is_(None), sa.not_(coaches)))
    names = _team_names(session)
    rows = [_person_row(names, row) for row in session.execute(unscoped(found, because=_NARROW))]
    return [row for row in rows if fold(text) in fold(row.name)]


def _person_row(teams_of: dict[uuid.UUID, list[str]], row: Any) -> PersonRow:
    key, first, last, coach_id, coach, coach_last, coaches = row
    name = f"{coach or ''} {coach_last or ''}".strip()
    return PersonRow(
        key,
        f"{first} {last}".strip(),
        coach_id if coaches else None,
        name if coaches else "",
        ", ".join(teams_of.get(coach_id, [])) if coach_id and coaches else "",
        before="" if coaches else name,
        has_had_coach=coach_id is not None,
    )


def find_person_row(session: Any, identity: Identity, client_id: uuid.UUID) -> PersonRow:
    """Return one of those rows; raises `NotFound`."""
    found = list_people(session, identity, client_id=client_id)
    if not found:
        raise NotFound
    return found[0]


def count_needing(session: Any, identity: Identity) -> int:
    """Return how many people need a coach."""
    return len(list_people(session, identity, needs_coach=True))


def assign_person(
    session: Any,
    identity: Identity,
    client_id: uuid.UUID,
    coach_id: uuid.UUID,
    *,
    earlier: Earlier | None = None,
    now: dt.datetime,
    today: dt.date,
) -> Assignment:
    """Give a person to a coach."""
    demand(identity, Action.ADMIN_ASSIGN)
    return assigning.assign(session, identity, client_id, coach_id, earlier=earlier, now=now, today=today)


def warn_load(session: Any, identity: Identity, coach_id: uuid.UUID) -> Sentence | None:
    """Say that a coach walks with more people than were agreed for them."""
    demand(identity, Action.ADMIN_ASSIGN)
    return assigning.warn_load(session, identity, coach_id)


def list_coaches(session: Any, identity: Identity) -> Sequence[User]:
    """Return everybody a person can be given to."""
    return accounts.list_coaches(session, identity)
