"""Accounts: making them, inviting their people in, and finding who is who. Teams are kept here too."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import uuid
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import SYSTEM, Action, Role, TeamMembership, demand, team_mates
from coachdesk.accounts.models import Invitation, User
from coachdesk.accounts.rules import INVITATION_DAYS
from coachdesk.notify import BODY, PERSON_BODY, PERSON_SUBJECT, SUBJECT, Channel, Message, Topic, enqueue
from coachdesk.organisation import service as organisation
from coachdesk.words import NotFound, Refused, mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from coachdesk.access import Identity


def find_user(session: Any, user_id: uuid.UUID) -> User:
    """Return an account; raises `NotFound`."""
    found: User | None = session.get(User, user_id)
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


def list_supervisors_of(session: Any, coach_id: uuid.UUID) -> Sequence[User]:
    """Return the active supervisors of the teams a coach is in now, by name; the coach is never their own."""
    teams = sa.select(TeamMembership.team_id).where(
        TeamMembership.user_id == coach_id, TeamMembership.ended_at.is_(None)
    )
    return list(
        session.scalars(
            sa.select(User)
            .join(TeamMembership, TeamMembership.user_id == User.id)
            .where(
                TeamMembership.team_id.in_(teams),
                TeamMembership.ended_at.is_(None),
                User.role_name == Role.SUPERVISOR,
                User.active,
                User.id != coach_id,
            )
            .order_by(User.first_name, User.last_name)
            .distinct()
        )
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
    found = sa.select(User).where(User.role_name.in_((Role.COACH, Role.SUPERVISOR)), User.active)
    if identity.role is Role.COACH:
        found = found.where(User.id == identity.id)
    elif identity.role is Role.SUPERVISOR:
        found = found.where(sa.or_(User.id == identity.id, User.id.in_(team_mates(identity))))
    return list(session.scalars(found.order_by(User.first_name, User.last_name)))


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


def invite(session: Any, identity: Identity, user: User, *, now: dt.datetime) -> str:
    """Make a single-use link for an account and end its earlier ones; return the token, which is kept nowhere."""
    token = secrets.token_urlsafe(32)
    session.execute(
        sa.update(Invitation).where(Invitation.user_id == user.id, Invitation.used_at.is_(None)).values(ends_at=now)
    )
    session.add(
        Invitation(
            id=uuid.uuid4(),
            user_id=user.id,
            token_digest=_digest(token),
            made_at=now,
            made_by=identity.id,
            ends_at=now + dt.timedelta(days=INVITATION_DAYS),
        )
    )
    audit.record(session, identity, audit.Event.ACCOUNT_INVITED, subject=user, client_id=user.client_id, now=now)
    return token


def move_account(session: Any, identity: Identity, user: User, *, email: str, now: dt.datetime) -> None:
    """Let a person sign in by the address on their record now: the earlier one may no longer be safe, or theirs."""
    demand(identity, Action.CLIENTS_INVITE)
    user.email = _free_address(session, email)
    user.fs_uniquifier = secrets.token_hex(32)
    session.execute(
        sa.update(Invitation).where(Invitation.user_id == user.id, Invitation.used_at.is_(None)).values(ends_at=now)
    )
    audit.record(
        session,
        identity,
        audit.Event.ACCOUNT_CHANGED,
        subject=user,
        client_id=user.client_id,
        fields=["email"],
        now=now,
    )
    session.flush()


def _free_address(session: Any, email: str) -> str:
    address = email.strip().lower()
    if session.scalar(sa.select(User.id).where(User.email == address)):
        raise Refused(mark("Somebody has an account with this address already."), "email")
    return address


def invitation_path(token: str) -> str:
    """Return where a link leads, without the house's address."""
    return f"/invitation/{token}"


def mail_invitation(session: Any, user: User, path: str, *, now: dt.datetime) -> None:
    """Queue a link as a mail that says no more than that there is a message."""
    person = user.role_name is Role.CLIENT
    enqueue(
        session,
        Message(
            key=f"invitation:{user.id.hex}:{_digest(path)[:32]}",
            topic=Topic.INVITATION,
            channel=Channel.EMAIL,
            recipient_id=user.id,
            path=path,
            subject=PERSON_SUBJECT if person else SUBJECT,
            body=PERSON_BODY if person else BODY,
            address=user.email,
        ),
        now=now,
    )


def find_invited(session: Any, token: str, *, now: dt.datetime) -> User:
    """Return the account a link is for; raises `NotFound` where the link is unknown, used or over."""
    found: User | None = session.scalar(
        sa.select(User)
        .join(Invitation, Invitation.user_id == User.id)
        .where(
            Invitation.token_digest == _digest(token),
            Invitation.used_at.is_(None),
            Invitation.ends_at > now,
            User.active,
        )
    )
    if found is None:
        raise NotFound
    return found


def accept_invitation(session: Any, token: str, password_hash: str, *, now: dt.datetime) -> User:
    """Use a link once: the account has its passphrase (hashed by the caller), and all its sessions end."""
    user = find_invited(session, token, now=now)
    used = session.execute(
        sa.update(Invitation)
        .where(Invitation.token_digest == _digest(token), Invitation.used_at.is_(None))
        .values(used_at=now)
    ).rowcount
    if not used:
        raise NotFound
    user.password = password_hash
    user.fs_uniquifier = secrets.token_hex(32)
    audit.record(session, user.identity, audit.Event.INVITATION_USED, subject=user, now=now)
    return user


def change_own(
    session: Any,
    identity: Identity,
    *,
    theme: str | None = None,
    work_phone: str = "",
    work_hours: str = "",
    now: dt.datetime,
) -> User:
    """Change one's own preferences, and what one's people see of how to reach one."""
    demand(identity, Action.ACCOUNT_OWN)
    user = find_user(session, identity.id)
    user.theme = theme or ""
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
    """Make the organisation and its first administrator; return the token of their link. For the command line."""
    organisation.make_organisation(session, name=organisation_name, zone=zone, country=country, now=now)
    first, _space, last = admin_name.strip().partition(" ")
    admin = make_account(
        session, SYSTEM, email=admin_email, role=Role.ADMINISTRATOR, first_name=first, last_name=last, now=now
    )
    audit.record(session, SYSTEM, audit.Event.HOUSE_SET_UP, now=now)
    return invite(session, SYSTEM, admin, now=now)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
