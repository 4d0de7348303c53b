"""Accounts: making them, changing them, and finding who is who."""

from __future__ import annotations

import secrets
import uuid
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import SYSTEM, Action, Role, TeamMembership, demand, team_mates
from coachdesk.accounts import changes, links, sessions
from coachdesk.accounts.models import User
from coachdesk.accounts.rules import Ended
from coachdesk.organisation import service as organisation
from coachdesk.words import NotFound, Refused, mark

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from coachdesk.access import Identity


def find_user(session: Any, user_id: uuid.UUID) -> User:
    """Return an account; raises `NotFound`."""
    found: User | None = session.get(User, user_id)
    if found is None:
        raise NotFound
    return found


def find_by_address(session: Any, email: str) -> User:
    """Return the active account with this sign-in address; raises `NotFound`."""
    found: User | None = session.scalar(sa.select(User).where(User.email == email.strip().lower(), User.active))
    if found is None:
        raise NotFound
    return found


def list_users(session: Any, user_ids: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, User]:
    """Return accounts by id, in one query."""
    wanted = set(user_ids)
    if not wanted:
        return {}
    return {user.id: user for user in session.scalars(sa.select(User).where(User.id.in_(wanted)))}


def find_account_of(session: Any, client_id: uuid.UUID) -> User | None:
    """Return the account of a person, if they have one."""
    found: User | None = session.scalar(sa.select(User).where(User.client_id == client_id))
    return found


def list_supervisors_of(session: Any, coach_id: Any, *, within: Any = None, without: Any = None) -> Sequence[User]:
    """Return the active supervisors of the teams a coach is in now, by name; the coach is never their own.

    The coach is an id, or SQL that finds it; `within` is a select of the ids of the only teams that count, `without` of
    those who are left out.
    """
    over = select_supervisors().subquery()
    found = sa.select(over.c.user_id).where(over.c.coach_id == coach_id)
    found = found if within is None else found.where(over.c.team_id.in_(within))
    named = sa.select(User).where(User.id.in_(found)).order_by(User.first_name, User.last_name)
    return list(session.scalars(named if without is None else named.where(User.id.not_in(without))))


def map_supervisors(session: Any) -> Mapping[uuid.UUID, set[uuid.UUID]]:
    """Return the ids of the supervisors of each coach who has any, as `list_supervisors_of` finds them."""
    over, found = select_supervisors().subquery(), defaultdict(set)
    for coach_id, supervisor_id in session.execute(sa.select(over.c.coach_id, over.c.user_id)):
        found[coach_id].add(supervisor_id)
    return found


def select_supervisors(teams: Any = None) -> Any:
    """Select (coach_id, team_id, user_id) of the active supervisors in each team of each coach, never a coach's own self.

    `teams` is a select of (user_id, team_id), those that count for each coach; without it they are those of now.
    """
    now_in = sa.select(TeamMembership.user_id, TeamMembership.team_id).where(TeamMembership.ended_at.is_(None))
    of_coach = (now_in if teams is None else teams).subquery()
    theirs, reader = sa.orm.aliased(TeamMembership), sa.orm.aliased(User)
    return (
        sa.select(of_coach.c.user_id.label("coach_id"), of_coach.c.team_id, reader.id.label("user_id"))
        .join(theirs, sa.and_(theirs.team_id == of_coach.c.team_id, theirs.ended_at.is_(None)))
        .join(reader, reader.id == theirs.user_id)
        .where(reader.role_name == Role.SUPERVISOR, reader.active, reader.id != of_coach.c.user_id)
    )


def lock_administrators(session: Any) -> set[uuid.UUID]:
    """Return the ids of the active administrators, held until the transaction ends so that two cannot both leave."""
    held = sa.select(User.id).where(User.role_name == Role.ADMINISTRATOR, User.active).order_by(User.id)
    return set(session.scalars(held.with_for_update()))


def list_administrators(session: Any) -> Sequence[User]:
    """Return the active administrators."""
    return list(
        session.scalars(
            sa.select(User).where(User.role_name == Role.ADMINISTRATOR, User.active).order_by(User.first_name)
        )
    )


def list_coaches(session: Any, identity: Identity) -> Sequence[User]:
    """Return the active staff who may have people: a coach sees themself, a supervisor their teams, others all."""
    found = sa.select(User).where(_may_be_given_people(identity))
    return list(session.scalars(found.order_by(User.first_name, User.last_name)))


def list_coaches_and(
    session: Any, identity: Identity, ids: Iterable[uuid.UUID]
) -> tuple[dict[uuid.UUID, User], dict[uuid.UUID, User]]:
    """Return, by id and in one query, whom `list_coaches` gives, and beside them others who are to be named."""
    given = _may_be_given_people(identity)
    found = sa.select(User, given).where(sa.or_(given, User.id.in_(set(ids))))
    rows = session.execute(found.order_by(User.first_name, User.last_name)).all()
    return {user.id: user for user, mine in rows if mine}, {user.id: user for user, mine in rows if not mine}


def _may_be_given_people(identity: Identity) -> Any:
    active = sa.and_(User.role_name.in_((Role.COACH, Role.SUPERVISOR)), User.active)
    if identity.role is Role.COACH:
        return sa.and_(active, User.id == identity.id)
    if identity.role is Role.SUPERVISOR:
        return sa.and_(active, sa.or_(User.id == identity.id, User.id.in_(team_mates(identity))))
    return active


def make_account(
    session: Any,
    identity: Identity,
    *,
    email: str,
    role: Role,
    first_name: str,
    last_name: str = "",
    client_id: uuid.UUID | None = None,
    work_phone: str = "",
    work_hours: str = "",
    now: dt.datetime,
    started_on: dt.date | None = None,
) -> User:
    """Make an account that nobody can sign in to until its invitation is used."""
    demand(identity, *([Action.CLIENTS_INVITE] if role is Role.CLIENT else [Action.ADMIN_ACCOUNTS]))
    address = _free_address(session, email)
    made = User(
        id=uuid.uuid4(),
        email=address,
        role_name=role,
        first_name=first_name,
        last_name=last_name,
        client_id=client_id,
        work_phone=work_phone,
        work_hours=work_hours,
        fs_uniquifier=secrets.token_hex(32),
        started_on=started_on or now.date(),
        created_at=now,
        active=True,
    )
    session.add(made)
    session.flush()
    audit.record(
        session,
        identity,
        audit.Event.ACCOUNT_MADE,
        subject=made,
        client_id=client_id,
        detail={"role": role.value},
        now=now,
    )
    return made


def move_account(session: Any, identity: Identity, user: User, *, email: str, now: dt.datetime) -> None:
    """Let a person sign in by the address on their record now: the earlier one may no longer be safe, or theirs."""
    demand(identity, Action.CLIENTS_INVITE)
    user.email = _free_address(session, email)
    sessions.end_all(session, user, Ended.RIGHTS, now=now)
    links.end_links(session, user.id, now=now)
    audit.record(
        session,
        identity,
        audit.Event.ACCOUNT_CHANGED,
        subject=user,
        client_id=user.client_id,
        fields=["email"],
        now=now,
    )
    changes.tell_owner(session, user, audit.Event.ACCOUNT_CHANGED, now=now)
    session.flush()


def _free_address(session: Any, email: str) -> str:
    address = email.strip().lower()
    if session.scalar(sa.select(User.id).where(User.email == address)):
        raise Refused(mark("Somebody has an account with this address already."), "email")
    return address


def change_own(
    session: Any,
    identity: Identity,
    *,
    theme: str | None = None,
    shortcuts: bool = False,
    work_phone: str = "",
    work_hours: str = "",
    now: dt.datetime,
) -> User:
    """Change one's own preferences, and what one's people see of how to reach one."""
    demand(identity, Action.ACCOUNT_OWN)
    user = find_user(session, identity.id)
    user.theme = theme or ""
    if identity.role is not Role.CLIENT:  # on their pages no letter does anything
        user.shortcuts = shortcuts
    if identity.is_coaching:
        user.work_phone, user.work_hours = work_phone, work_hours
    audit.record(session, identity, audit.Event.ACCOUNT_CHANGED, subject=user, now=now)
    return user


def setup_house(
    session: Any,
    *,
    organisation_name: str,
    zone: str,
    country: str,
    admin_name: str,
    admin_email: str,
    now: dt.datetime,
) -> str:
    """Make the organisation and its first administrator; return the path of their link. For the command line."""
    organisation.make_organisation(session, name=organisation_name, zone=zone, country=country, now=now)
    first, _space, last = admin_name.strip().partition(" ")
    admin = make_account(
        session, SYSTEM, email=admin_email, role=Role.ADMINISTRATOR, first_name=first, last_name=last, now=now
    )
    audit.record(session, SYSTEM, audit.Event.HOUSE_SET_UP, now=now)
    return links.invite(session, SYSTEM, admin, now=now)
