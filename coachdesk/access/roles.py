"""Who somebody is: one of four roles, and an identity that is a plain value."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt


class Role(StrEnum):
    """Exactly one a user. `system` is the scheduler and the command line; no account has it."""

    COACH = "coach"
    SUPERVISOR = "supervisor"
    CLIENT = "client"
    ADMINISTRATOR = "administrator"
    SYSTEM = "system"


STAFF = frozenset({Role.COACH, Role.SUPERVISOR, Role.ADMINISTRATOR})
COACHING = frozenset({Role.COACH, Role.SUPERVISOR})


@dataclass(frozen=True)
class Identity:
    """Somebody who asks: detached from the database, so that a policy can be tested without one."""

    id: uuid.UUID
    role: Role
    name: str = ""
    client_id: uuid.UUID | None = None
    at: dt.datetime | None = None
    """The UTC moment by which records opened in an emergency are judged; without one they count as over."""
    now: dt.datetime | None = None
    """The UTC moment by which everyday rights that end by the clock are judged: looking after somebody's people while
    they are away. Without one they count as over."""

    @property
    def initials(self) -> str:
        """One or two capital letters for the reader's mark."""
        parts = self.name.split()
        return "".join(part[0] for part in (parts[:1] + parts[-1:] if len(parts) > 1 else parts)).upper()

    @property
    def everyday(self) -> Identity:
        """This identity without what it opened in an emergency.

        For Today, the board, the queue of reviews, the list of referrals and all counts, and for what lasts longer than
        an hour: worries taken, reminders, e-mail addresses, invitations, who sees whom. A record that is open stands
        under People and is found there, with all its own pages.
        """
        return replace(self, at=None)

    @property
    def is_coaching(self) -> bool:
        """Say whether this reader may have people of their own."""
        return self.role in COACHING


SYSTEM = Identity(uuid.UUID(int=0), Role.SYSTEM, "CoachDesk")
