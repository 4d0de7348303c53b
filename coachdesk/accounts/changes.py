"""Writing down that somebody's ways in have changed, and telling them: whoever did it may not have been them.

Told like one is the address of a calendar: it lets somebody look in. Whoever made it or not can turn it off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coachdesk import audit
from coachdesk.access import Role
from coachdesk.notify import CALENDAR_ADDRESS, PERSON_SUBJECT, SUBJECT, WAYS_CHANGED, Channel, Message, Topic, enqueue
from coachdesk.words import mark

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from coachdesk.accounts.models import User

ACCOUNT, DOOR, CALENDAR = "/account", "/cannot-get-in", "/account/calendar"
_SET_UP_MINUTES = 10
_SET_UP = frozenset({audit.Event.SECOND_FACTOR_SET, audit.Event.RECOVERY_CODES_MADE})
"""Made in one go, and told by one mail where they come so close together; everything else is told each time."""
TOLD: Mapping[audit.Event, str] = {
    audit.Event.ACCOUNT_CHANGED: mark("The address you sign in with was changed."),
    audit.Event.CALENDAR_MADE: mark("An address for your calendar was made."),
    audit.Event.PASSKEY_ADDED: mark("A passkey was added to your account."),
    audit.Event.PASSKEY_REMOVED: mark("A passkey was taken off your account."),
    audit.Event.PASSPHRASE_CHANGED: mark("Your passphrase was changed."),
    audit.Event.RECOVERY_CODES_MADE: mark("New spare codes were made for your account."),
    audit.Event.RECOVERY_CODE_USED: mark("A spare code was used to sign in to your account."),
    audit.Event.SECOND_FACTOR_REMOVED: mark("Your second factor was taken away."),
    audit.Event.SECOND_FACTOR_SET: mark("An authenticator app was set up for your account."),
}
"""What stands in the app, where only its owner reads it."""


def note_way_changed(
    session: Any,
    user: User,
    happened: audit.Event,
    *,
    is_first: bool = False,
    detail: dict[str, Any] | None = None,
    now: dt.datetime,
) -> None:
    """Write down a change of passphrase, app, passkey or spare codes, and tell the account's owner.

    The first way in of an account that nobody ever came in by (`is_first`) is no news.
    """
    audit.record(session, user.identity, happened, subject=("user_account", user.id), detail=detail, now=now)
    if not is_first:
        tell_owner(session, user, happened, now=now)


def tell_owner(session: Any, user: User, happened: audit.Event, *, now: dt.datetime) -> None:
    """Queue a mail that says that a way in has changed, not which (others may read it), and a notice that says which.

    The mail leads to the door: whoever took an account over has changed what opens it; of a calendar's address it leads
    to where that is turned off. It goes to the address of now;
    a person's earlier one may be in the wrong hands, and is the reason why it was changed.
    """
    moment = f"{int(now.timestamp()) // (60 * _SET_UP_MINUTES)}" if happened in _SET_UP else f"{now:%Y%m%d%H%M%S%f}"
    kind = "set-up" if happened in _SET_UP else happened.value
    words, leads_to = (CALENDAR_ADDRESS, CALENDAR) if happened is audit.Event.CALENDAR_MADE else (WAYS_CHANGED, DOOR)
    for channel in (Channel.IN_APP, Channel.EMAIL) if user.identity.is_coaching else (Channel.EMAIL,):
        is_mail = channel is Channel.EMAIL
        enqueue(
            session,
            Message(
                key=f"account:{user.id.hex}:{kind}:{moment}:{channel}",
                topic=Topic.ACCOUNT,
                channel=channel,
                recipient_id=user.id,
                text="" if is_mail else TOLD[happened],
                path=leads_to if is_mail or leads_to == CALENDAR else ACCOUNT,
                subject=PERSON_SUBJECT if user.role_name is Role.CLIENT else SUBJECT,
                body=words,
                address=user.email if is_mail else "",
            ),
            now=now,
        )
