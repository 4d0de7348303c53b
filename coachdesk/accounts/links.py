"""Single-use links: inviting somebody in, letting them back in, confirming that a second factor goes."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import SYSTEM, Action, Role, demand
from coachdesk.accounts import sessions
from coachdesk.accounts.changes import note_way_changed
from coachdesk.accounts.models import OneTimeLink, User, UserSession
from coachdesk.accounts.rules import LINK_LASTS, Ended, LinkPurpose
from coachdesk.notify import BODY, PERSON_BODY, PERSON_SUBJECT, SUBJECT, Channel, Message, Topic, enqueue
from coachdesk.words import NotFound

if TYPE_CHECKING:
    import datetime as dt

    from coachdesk.access import Identity

_PATHS = {
    LinkPurpose.INVITATION: "/invitation/",
    LinkPurpose.RETURN: "/back/",
    LinkPurpose.SECOND_FACTOR: "/second-factor/",
}
_MADE = {
    LinkPurpose.INVITATION: audit.Event.ACCOUNT_INVITED,
    LinkPurpose.RETURN: audit.Event.RETURN_ASKED,
    LinkPurpose.SECOND_FACTOR: audit.Event.SECOND_FACTOR_RESET_ASKED,
}


def make_link(session: Any, identity: Identity, user: User, purpose: LinkPurpose, *, now: dt.datetime) -> str:
    """Make a single-use link for an account and end its earlier ones of this kind; return its path.

    Only a digest is kept; a mail on its way holds the path, sealed.
    """
    token = secrets.token_urlsafe(32)
    session.execute(
        sa.update(OneTimeLink)
        .where(OneTimeLink.user_id == user.id, OneTimeLink.purpose == purpose, OneTimeLink.used_at.is_(None))
        .values(ends_at=now)
    )
    session.add(
        OneTimeLink(
            id=uuid.uuid4(),
            user_id=user.id,
            purpose=purpose,
            token_digest=_digest(token),
            made_at=now,
            made_by=identity.id,
            ends_at=now + LINK_LASTS[purpose],
        )
    )
    audit.record(session, identity, _MADE[purpose], subject=user, client_id=user.client_id, now=now)
    return _PATHS[purpose] + token


def invite(session: Any, identity: Identity, user: User, *, now: dt.datetime) -> str:
    """Make a link by which somebody chooses a passphrase; return its path."""
    return make_link(session, identity, user, LinkPurpose.INVITATION, now=now)


def end_links(session: Any, user_id: uuid.UUID, *, now: dt.datetime) -> None:
    """Let no link of an account that is still out be used."""
    session.execute(
        sa.update(OneTimeLink).where(OneTimeLink.user_id == user_id, OneTimeLink.used_at.is_(None)).values(ends_at=now)
    )


def mail_link(session: Any, user: User, path: str, *, now: dt.datetime) -> None:
    """Queue a link as a mail that says no more than that there is a message."""
    person = user.role_name is Role.CLIENT
    enqueue(
        session,
        Message(
            key=f"link:{user.id.hex}:{_digest(path)[:32]}",
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


def ask_return(session: Any, email: str, *, now: dt.datetime) -> None:
    """Mail a link to whoever has this address, if somebody active does; nobody is told whether."""
    user: User | None = session.scalar(sa.select(User).where(User.email == email.strip().lower(), User.active))
    if user is None:
        audit.record(session, None, audit.Event.RETURN_ASKED, now=now)
        return
    mail_link(session, user, make_link(session, SYSTEM, user, LinkPurpose.RETURN, now=now), now=now)


def find_by_link(session: Any, token: str, purpose: LinkPurpose, *, now: dt.datetime) -> User:
    """Return the account a link is for; raises `NotFound` where the link is unknown, used or over."""
    found: User | None = session.scalar(
        sa.select(User)
        .join(OneTimeLink, OneTimeLink.user_id == User.id)
        .where(
            OneTimeLink.token_digest == _digest(token),
            OneTimeLink.purpose == purpose,
            OneTimeLink.used_at.is_(None),
            OneTimeLink.ends_at > now,
            User.active,
        )
    )
    if found is None:
        raise NotFound
    return found


def is_over(session: Any, path: str, *, now: dt.datetime) -> bool:
    """Say whether a path is that of a link which opens nothing any more."""
    purpose = next((purpose for purpose, begins in _PATHS.items() if path.startswith(begins)), None)
    if purpose is None:
        return False
    try:
        find_by_link(session, path.removeprefix(_PATHS[purpose]), purpose, now=now)
    except NotFound:
        return True
    return False


def find_maker(session: Any, path: str) -> uuid.UUID | None:
    """Return who made the link at a path, as far as it is one."""
    made: uuid.UUID | None = session.scalar(
        sa.select(OneTimeLink.made_by).where(OneTimeLink.token_digest == _digest(path.rpartition("/")[2]))
    )
    return made


def use_link(session: Any, token: str, purpose: LinkPurpose, *, now: dt.datetime) -> User:
    """Use a link up and return whose it is; of two at once the second finds it used (`NotFound`)."""
    user = find_by_link(session, token, purpose, now=now)
    used = session.execute(
        sa.update(OneTimeLink)
        .where(
            OneTimeLink.token_digest == _digest(token),
            OneTimeLink.purpose == purpose,
            OneTimeLink.used_at.is_(None),
            OneTimeLink.ends_at > now,
        )
        .values(used_at=now)
    ).rowcount
    if not used:
        raise NotFound
    audit.record(
        session,
        user.identity,
        audit.Event.INVITATION_USED if purpose is LinkPurpose.INVITATION else audit.Event.LINK_USED,
        subject=user,
        detail={"purpose": purpose.value},
        now=now,
    )
    return user


def choose_passphrase(
    session: Any, token: str, purpose: LinkPurpose, password_hash: str, *, is_short: bool = False, now: dt.datetime
) -> User:
    """Use a link to choose a passphrase (hashed by the caller); all other links and sessions of the account end."""
    user = use_link(session, token, purpose, now=now)
    is_first = not _was_used(session, user)
    user.password, user.passphrase_is_short = password_hash, is_short
    sessions.end_all(session, user, Ended.RIGHTS, now=now)
    end_links(session, user.id, now=now)
    note_way_changed(session, user, audit.Event.PASSPHRASE_CHANGED, is_first=is_first, now=now)
    return user


def _was_used(session: Any, user: User) -> bool:
    """Say whether anybody ever came in by this account; people may do so without a passphrase."""
    came = sa.select(UserSession.id).where(UserSession.user_id == user.id).limit(1)
    return user.password is not None or user.has_second_factor or session.scalar(came) is not None


def ask_second_factor_reset(session: Any, identity: Identity, user: User, *, now: dt.datetime) -> str:
    """Make the link by which somebody confirms that their second factor is taken away; nothing changes before."""
    demand(identity, Action.ADMIN_ACCOUNTS)
    return make_link(session, identity, user, LinkPurpose.SECOND_FACTOR, now=now)


def was_handed_over(session: Any, user: User, *, now: dt.datetime) -> bool:
    """Say whether a passphrase was chosen by a link within a week: whoever handed it over may know it."""
    used = sa.select(OneTimeLink.id).where(
        OneTimeLink.user_id == user.id,
        OneTimeLink.purpose == LinkPurpose.INVITATION,
        OneTimeLink.used_at > now - LINK_LASTS[LinkPurpose.INVITATION],
    )
    return session.scalar(used.limit(1)) is not None


def confirm_second_factor_reset(session: Any, token: str, *, now: dt.datetime) -> User:
    """Take away second factor, recovery codes and passkeys; their owner has just given link and passphrase."""
    user = use_link(session, token, LinkPurpose.SECOND_FACTOR, now=now)
    user.tf_primary_method = user.tf_totp_secret = user.mf_recovery_codes = user.totp_counter = None
    if user.passphrase_is_short:  # it was good enough beside a second factor alone
        user.password, user.passphrase_is_short = None, False
    for key in list(user.webauthn):
        session.delete(key)
    sessions.end_all(session, user, Ended.RIGHTS, now=now)
    note_way_changed(session, user, audit.Event.SECOND_FACTOR_REMOVED, now=now)
    session.flush()
    return user


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
