"""The trail as an administrator sees it: what happened, who, and whose record it was; nothing that was written."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import SYSTEM, Action, Role, demand, unscoped
from coachdesk.accounts.models import User
from coachdesk.admin.changes import change_words, fields_beside
from coachdesk.audit import reading
from coachdesk.clients.models import Client
from coachdesk.clients.rules import fold
from coachdesk.words import Refused, mark

if TYPE_CHECKING:
    import datetime as dt
    import uuid
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from coachdesk.access import Identity
    from coachdesk.audit.verifying import Verdict
    from coachdesk.words import Sentence

ROLE_NAMES: Mapping[Role | None, str] = {
    Role.COACH: mark("Recovery coach"),
    Role.SUPERVISOR: mark("Supervisor"),
    Role.CLIENT: mark("Person"),
    Role.ADMINISTRATOR: mark("Administrator"),
    Role.SYSTEM: mark("CoachDesk itself"),
    None: mark("Not signed in"),
}
THINGS: Mapping[str, str] = {
    "about_card": mark("what matters to a person"),
    "coach_wish": mark("a wish for another coach"),
    "assignment": mark("who walks with whom"),
    "attempt": mark("a try to reach"),
    "break_glass": mark("a record opened in an emergency"),
    "calendar_feed": mark("the address of a calendar"),
    "check_in": mark("a check-in"),
    "client": mark("a person’s details"),
    "concern": mark("a worry about safety"),
    "contact_point": mark("a way to reach a person"),
    "caseload_import": mark("a list that was brought in"),
    "crisis_line": mark("a crisis line"),
    "correction": mark("something added later"),
    "delivery": mark("a message"),
    "draft": mark("a draft"),
    "goal": mark("a goal"),
    "goal_review": mark("a review of a goal"),
    "ledger_entry": mark("a reminder"),
    "outside_way": mark("a way of telling"),
    "milestone": mark("a day a person wants to mark"),
    "one_time_link": mark("a single-use link"),
    "organisation": mark("the settings"),
    "person_link": mark("two records of one person"),
    "referral": mark("a referral"),
    "reminder": mark("a reminder"),
    "restriction": mark("who may not see whom"),
    "review": mark("a supervisor’s answer"),
    "safety_plan": mark("a safety plan"),
    "service": mark("a service"),
    "step": mark("a step"),
    "supporter": mark("somebody who helps"),
    "team": mark("a team"),
    "team_membership": mark("who is in a team"),
    "user_account": mark("an account"),
    "user_session": mark("a device"),
    "visit": mark("a next contact"),
    "visit_series": mark("contacts that repeat"),
}
"""What an entry was about, by the name of its table."""
MOST_FOUND = 25
"""People or members of staff that a few letters may stand for; with more, the answer would be no answer."""
_NARROW = "administrators see names, and nothing that was written"
_NOBODY = mark("Nobody signed in")
_GONE = mark("Somebody who is no longer here")
_LAST = "\U0010ffff"
"""Sorts entries that name nobody, or several people, after those that name one."""


@dataclass(frozen=True)
class Filters:
    """What the reader asked for, as it stands in the address."""

    asked: reading.Asked = field(default_factory=reading.Asked)
    who: str = ""
    whose: str = ""
    order: str = "when"
    falling: bool = True

    @property
    def used(self) -> list[str]:
        """The names of the filters in use, never what was typed into them."""
        given = {
            "from": self.asked.since,
            "to": self.asked.until,
            "event": self.asked.event,
            "who": self.who,
            "role": self.asked.role,
            "whose": self.whose,
        }
        return [name for name, value in given.items() if value]


@dataclass(frozen=True)
class Line:
    """One entry with the names of those in it."""

    entry: reading.Entry
    who: str
    people: Sequence[str]
    told: audit.Told
    account: str = ""
    """Whose account it was about, where that is not who did it."""

    @property
    def fields(self) -> list[str]:
        """Return the names of the fields that were changed, beside what is told of them."""
        return fields_beside(self.entry.fields, self.entry.details)

    @property
    def changes(self) -> list[Sentence]:
        """Return what changed from what to what, where it was a setting or a choice."""
        return change_words(self.entry.details)

    @property
    def role(self) -> str:
        """Return the role as it was then."""
        return ROLE_NAMES[self.entry.role]

    @property
    def thing(self) -> str:
        """Return what it was about, or nothing where the event says it already."""
        own = self.told.group is audit.Group.ACCOUNTS and not self.entry.fields
        return "" if own else THINGS.get(self.entry.thing or "", "")


@dataclass(frozen=True)
class Found:
    """A page of the trail, and how many entries fit altogether."""

    rows: Sequence[Line]
    total: int


def find_trail(
    session: Any, identity: Identity, filters: Filters, *, words: Any = str, offset: int = 0, limit: int = 50
) -> Found:
    """Return a page of the trail; `words` writes a text in the reader's language, by which it is ordered.

    Raises `Refused` where the letters of a name fit too many.
    """
    demand(identity, Action.ADMIN_TRAIL)
    names = _Names(session)
    found = reading.list_entries(
        session,
        identity,
        narrowed(session, filters),
        order=filters.order,
        falling=filters.falling,
        words_of=_words_of(names, filters.order, words),
        offset=offset,
        limit=limit,
    )
    return Found(names.lines(found.rows), found.total)


def walk_trail(session: Any, identity: Identity, asked: reading.Asked) -> Iterator[list[Line]]:
    """Hand out all that fits, newest first, a thousand at a time."""
    names = _Names(session)
    for rows in reading.walk_entries(session, identity, asked):
        yield names.lines(rows)


def count_trail(session: Any, identity: Identity, asked: reading.Asked) -> tuple[reading.Asked, int]:
    """Return how many entries fit, and the question closed against what is written from now on."""
    closed = replace(asked, upto=reading.highest(session))
    return closed, reading.list_entries(session, identity, closed, limit=0).total


def narrowed(session: Any, filters: Filters) -> reading.Asked:
    """Put ids in the place of the letters that were typed; raises `Refused` where they fit too many."""
    return replace(
        filters.asked,
        actor_ids=staff_like(session, filters.who) if filters.who else None,
        client_ids=_people_like(session, filters.whose) if filters.whose else None,
    )


def note_check(session: Any, identity: Identity, verdict: Verdict, *, now: dt.datetime) -> None:
    """Write down that the seals were checked, up to where, and how many places did not fit."""
    audit.record(
        session,
        identity,
        audit.Event.TRAIL_VERIFIED,
        detail={"position": verdict.position, "unsealed": verdict.unsealed, "found": verdict.found},
        now=now,
    )


def staff_like(session: Any, text: str) -> frozenset[uuid.UUID]:
    """Return the accounts that letters of a name may stand for; raises `Refused` where they are too many."""
    rows = session.execute(sa.select(User.id, User.first_name, User.last_name))
    return _few("who", [key for key, first, last in rows if fold(text) in fold(f"{first} {last}")])


def _people_like(session: Any, text: str) -> frozenset[uuid.UUID]:
    named = Client.shown_sort.contains(fold(text), autoescape=True)
    asked = unscoped(sa.select(Client.id).where(named), because=_NARROW)
    return _few("whose", list(session.scalars(asked.limit(MOST_FOUND + 1))))


def _few(at: str, found: list[uuid.UUID]) -> frozenset[uuid.UUID]:
    if len(found) > MOST_FOUND:
        raise Refused(mark("That fits very many names. Write more of the name."), at)
    return frozenset(found)


class _Names:
    """The names of staff and people, asked for as they are needed and kept for the page."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self._staff: dict[Any, str] = {}
        self._people: dict[Any, str] = {}

    def staff(self, keys: Iterable[Any]) -> Mapping[Any, str]:
        """Return the names of accounts by id; of whoever is no account, who it was."""
        new = set(keys) - self._staff.keys()
        if new:
            asked = sa.select(User.id, User.first_name, User.last_name).where(User.id.in_(new - {None}))
            named = {key: f"{first} {last}".strip() for key, first, last in self._session.execute(asked)}
            self._staff |= {
                key: named.get(key, ROLE_NAMES[Role.SYSTEM] if key == SYSTEM.id else _GONE if key else _NOBODY)
                for key in new
            }
        return self._staff

    def people(self, keys: Iterable[Any]) -> Mapping[Any, str]:
        """Return the names of people by id."""
        new = set(keys) - self._people.keys()
        if new:
            asked = sa.select(Client.id, Client.first_name, Client.last_name).where(Client.id.in_(new - {None}))
            rows = self._session.execute(unscoped(asked, because=_NARROW))
            named = {key: f"{first} {last}".strip() for key, first, last in rows}
            self._people |= {key: named.get(key, _GONE) for key in new}
        return self._people

    def lines(self, rows: Sequence[reading.Entry]) -> list[Line]:
        """Give entries the names of those in them."""
        about = {row.id: row.thing_id for row in rows if row.thing == "user_account" and row.thing_id != row.actor_id}
        staff = self.staff({row.actor_id for row in rows} | set(about.values()))
        people = self.people({key for row in rows for key in row.people})
        return [
            Line(
                row,
                staff[row.actor_id],
                sorted(people[key] for key in row.people),
                audit.told(row.event),
                staff[about[row.id]] if about.get(row.id) else "",
            )
            for row in rows
        ]


def _words_of(names: _Names, order: str, words: Any) -> Any:
    """Return how the reader reads each value of a column; nothing for the column of time."""
    readers: dict[str, Any] = {
        "what": lambda values: {value: words(audit.told(value).line) for value in values},
        "who": lambda values: {value: names.staff(values)[value] for value in values},
        "role": lambda values: {value: words(ROLE_NAMES[value]) for value in values},
        "whose": lambda values: {value: names.people(values)[value] if value else _LAST for value in values},
    }
    return readers.get(order)
