"""Where somebody is signed in: each session is a row, found again at each request, ended one by one or all at once."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import Action, Role, demand
from coachdesk.accounts.models import User, UserSession
from coachdesk.accounts.rules import LONGEST_OWN, Ended, device_of, idle_limit, is_over
from coachdesk.words import NotFound

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from coachdesk.access import Identity


@dataclass(frozen=True)
class Standing:
    """How somebody stands who sends a session's key: the account and its session, or why the session is over."""

    user: User
    kept: UserSession
    over: Ended | None


def begin(
    session: Any, user: User, *, user_agent: str, own_device: bool, earlier: uuid.UUID | None, now: dt.datetime
) -> UserSession:
    """Begin a session on a device; the one the same browser had before ends."""
    if earlier:
        _end(session, UserSession.id == earlier, why=Ended.REPLACED, now=now)
    browser, system = device_of(user_agent)
    made = UserSession(
        id=uuid.uuid4(),
        user_id=user.id,
        began_at=now,
        seen_at=now,
        fresh_at=now,
        own_device=own_device,
        browser=browser,
        system=system,
    )
    session.add(made)
    session.flush()
    return made


def find_standing(session: Any, key: uuid.UUID, uniquifier: str, *, now: dt.datetime) -> Standing | None:
    """Return who a session's key belongs to and whether the session still lasts; one query."""
    row = session.execute(
        sa.select(User, UserSession).join(User, User.id == UserSession.user_id).where(UserSession.id == key)
    ).one_or_none()
    if row is None:
        return None
    user, kept = row
    return Standing(user, kept, _why_over(user, kept, uniquifier, now))


def _why_over(user: User, kept: UserSession, uniquifier: str, now: dt.datetime) -> Ended | None:
    if kept.ended_at is not None:
        return kept.ended_why
    if not user.active or user.fs_uniquifier != uniquifier:
        return Ended.RIGHTS
    over = is_over(
        began=kept.began_at,
        seen=kept.seen_at,
        now=now,
        is_person=user.role_name is Role.CLIENT,
        own_device=kept.own_device,
    )
    return Ended.TIME if over else None


def touch(session: Any, key: uuid.UUID, *, now: dt.datetime) -> None:
    """Write down that a session is in use."""
    session.execute(
        sa.update(UserSession).where(UserSession.id == key, UserSession.ended_at.is_(None)).values(seen_at=now)
    )


def confirm(session: Any, identity: Identity, key: uuid.UUID, *, now: dt.datetime) -> None:
    """Write down that it was shown again who is at the device."""
    session.execute(sa.update(UserSession).where(UserSession.id == key).values(fresh_at=now, seen_at=now))
    audit.record(session, identity, audit.Event.IDENTITY_CONFIRMED, subject=("user_session", key), now=now)


def list_live(session: Any, user: User, *, now: dt.datetime) -> Sequence[UserSession]:
    """Return where an account is signed in now, last used first."""
    idle = {own: idle_limit(is_person=user.role_name is Role.CLIENT, own_device=own) for own in (True, False)}
    found = session.scalars(
        sa.select(UserSession)
        .where(
            UserSession.user_id == user.id,
            UserSession.ended_at.is_(None),
            UserSession.began_at > now - LONGEST_OWN,
            sa.or_(
                sa.and_(UserSession.own_device, UserSession.seen_at >= now - idle[True]),
                sa.and_(~UserSession.own_device, UserSession.seen_at >= now - idle[False]),
            ),
        )
        .order_by(UserSession.seen_at.desc())
    )
    return [row for row in found if _why_over(user, row, user.fs_uniquifier, now) is None]


def sign_out(session: Any, key: uuid.UUID, *, now: dt.datetime) -> None:
    """End the session its own reader leaves."""
    _end(session, UserSession.id == key, why=Ended.SIGNED_OUT, now=now)


def end_own(session: Any, identity: Identity, key: uuid.UUID, *, now: dt.datetime) -> None:
    """End one of one's own sessions on another device; raises `NotFound` for somebody else's."""
    demand(identity, Action.ACCOUNT_OWN)
    ended = _end(session, UserSession.id == key, UserSession.user_id == identity.id, why=Ended.ELSEWHERE, now=now)
    if not ended:
        raise NotFound
    audit.record(session, identity, audit.Event.SESSION_ENDED, subject=("user_session", key), now=now)


def end_others(session: Any, identity: Identity, keep: uuid.UUID | None, *, why: Ended, now: dt.datetime) -> int:
    """End all of one's own sessions but the one at hand; return how many there were."""
    demand(identity, Action.ACCOUNT_OWN)
    ended = _end(session, UserSession.user_id == identity.id, UserSession.id != keep, why=why, now=now)
    audit.record(session, identity, audit.Event.SESSION_ENDED, detail={"ended": ended, "kept": 1}, now=now)
    return ended


def end_for(session: Any, identity: Identity, user: User, key: uuid.UUID, *, now: dt.datetime) -> None:
    """End one session of somebody's account, for an administrator; raises `NotFound`."""
    demand(identity, Action.ADMIN_ACCOUNTS)
    if not _end(session, UserSession.id == key, UserSession.user_id == user.id, why=Ended.RIGHTS, now=now):
        raise NotFound
    audit.record(session, identity, audit.Event.SESSION_ENDED, subject=("user_session", key), now=now)


def end_all(session: Any, user: User, why: Ended, *, now: dt.datetime) -> int:
    """End every session of an account, whatever signed cookies are still out; return how many there were."""
    user.fs_uniquifier = secrets.token_hex(32)
    return _end(session, UserSession.user_id == user.id, why=why, now=now)


def forget_old(session: Any, *, before: dt.datetime) -> None:
    """Forget sessions that ended, or were last seen, before a moment."""
    session.execute(sa.delete(UserSession).where(sa.or_(UserSession.ended_at < before, UserSession.seen_at < before)))


def _end(session: Any, *which: Any, why: Ended, now: dt.datetime) -> int:
    ended: int = session.execute(
        sa.update(UserSession).where(*which, UserSession.ended_at.is_(None)).values(ended_at=now, ended_why=why)
    ).rowcount
    return ended
