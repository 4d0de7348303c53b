"""Inviting a person to their own page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coachdesk.access import Action, Role, demand
from coachdesk.accounts import links
from coachdesk.accounts import service as accounts
from coachdesk.clients import service
from coachdesk.clients.naming import called
from coachdesk.words import Refused, mark

if TYPE_CHECKING:
    import datetime as dt
    import uuid

    from coachdesk.access import Identity


@dataclass(frozen=True)
class Invited:
    """Who was invited, and where the link leads; the token is kept nowhere."""

    name: str
    path: str
    is_mailed: bool


def invite_person(session: Any, identity: Identity, client_id: uuid.UUID, *, mailed: bool, now: dt.datetime) -> Invited:
    """Make a person's account where they have none, and a single-use link to it.

    `mailed` queues it as a mail, where they agreed to mail at this address.
    """
    demand(identity, Action.CLIENTS_INVITE)
    person = service.find_person(session, identity.everyday, client_id)  # an account outlives an hour in an emergency
    if not person.email:
        raise Refused(mark("Write down an e-mail address first."))
    user = accounts.find_account_of(session, client_id)
    if user is not None and user.email != person.email.strip().lower():
        accounts.move_account(session, identity, user, email=person.email, now=now)
    user = user or accounts.make_account(
        session,
        identity,
        email=person.email,
        role=Role.CLIENT,
        first_name=called(person),
        last_name=person.last_name or "",
        client_id=client_id,
        now=now,
    )
    path = links.invite(session, identity, user, now=now)
    is_mailed = mailed and person.may_email and person.email_wrong_on is None
    if is_mailed:
        links.mail_link(session, user, path, now=now)
    return Invited(called(person), path, is_mailed)
