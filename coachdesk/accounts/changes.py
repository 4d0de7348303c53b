"""Writing down that somebody's ways in have changed, and telling them: whoever did it may not have been them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coachdesk import audit
from coachdesk.access import Role
from coachdesk.notify import PERSON_SUBJECT, SUBJECT, WAYS_CHANGED, Channel, Message, Topic, enqueue

if TYPE_CHECKING:
    import datetime as dt

    from coachdesk.accounts.models import User

PATH = "/account"
_TOGETHER_MINUTES = 10
"""Changes so close together are one mail: an app and its spare codes are made in one go."""


def note_way_changed(
    session: Any,
    user: User,
    happened: audit.Event,
    *,
    is_first: bool = False,
    detail: dict[str, Any] | None = None,
    now: dt.datetime,
) -> None:
    """Write down a change of passphrase, app, passkey or spare codes, and queue the mail about it (ASVS 5.0, 6.3.7).

    The mail does not say which: others may read it. The first way in (`is_first`) replaces nothing, and is no news.
    """
    audit.record(session, user.identity, happened, subject=("user_account", user.id), detail=detail, now=now)
    if is_first:
        return
    enqueue(
        session,
        Message(
            key=f"account:{user.id.hex}:{int(now.timestamp()) // (60 * _TOGETHER_MINUTES)}",
            topic=Topic.ACCOUNT,
            channel=Channel.EMAIL,
            recipient_id=user.id,
            path=PATH,
            subject=PERSON_SUBJECT if user.role_name is Role.CLIENT else SUBJECT,
            body=WAYS_CHANGED,
            address=user.email,
        ),
        now=now,
    )
