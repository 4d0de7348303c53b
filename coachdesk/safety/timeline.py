"""The story of one worry as one line of time: raised, told, taken, done, followed up, closed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coachdesk.accounts import service as accounts
from coachdesk.safety.finding import list_actions, list_follow_ups, list_said, list_told
from coachdesk.safety.rules import DONE_WORDS, Done, ToldAs
from coachdesk.words import mark, say

if TYPE_CHECKING:
    import datetime as dt
    import uuid
    from collections.abc import Mapping, Sequence

    from coachdesk.access import Identity
    from coachdesk.accounts.models import User
    from coachdesk.safety.models import Concern, ConcernAction, ConcernFollowUp, ConcernSaid, ConcernTold
    from coachdesk.words import Sentence

_ICONS = {
    Done.TAKEN: "check",
    Done.GIVEN_BACK: "undo",
    Done.HANDED_ON: "refer",
    Done.CLOSED: "lock",
    Done.REOPENED: "undo",
    Done.FOLLOWED_UP: "heart",
    Done.EMERGENCY: "phone",
    Done.LINE: "phone",
    Done.STAYED: "heart",
    Done.HAND_OFF: "refer",
    Done.REACHED: "people",
    Done.ADDED: "pen",
}
_WITH_WORDS = {
    Done.ADDED: mark("%(words)s"),
    Done.CLOSED: mark("Closed it: %(words)s"),
    Done.HAND_OFF: mark("Handed over to %(words)s"),
    Done.HANDED_ON: mark("Handed it on to %(words)s"),
}


@dataclass(frozen=True)
class Entry:
    """One thing in the story: when, who, what."""

    at: dt.datetime
    icon: str
    by: str
    words: Sentence


@dataclass(frozen=True)
class Story:
    """All of it: what was said, newest first, what happened, and the asking again; with the names of whoever takes part."""

    said: Sequence[ConcernSaid]
    entries: Sequence[Entry]
    follow_ups: Sequence[tuple[ConcernFollowUp, bool]]
    """Each with whether the reader may read the contact that did it."""
    names: Mapping[uuid.UUID, str]


def open_story(session: Any, identity: Identity, concern: Concern) -> Story:
    """Gather the story of a concern in a fixed number of queries."""
    said = list_said(session, identity, concern)
    told = list_told(session, identity, concern)
    actions = list_actions(session, identity, concern)
    follow_ups = list_follow_ups(session, identity, concern)
    named = (concern.raised_by, concern.taken_by, concern.closed_by, *(row.done_by for row, _read in follow_ups))
    people = {key for key in named if key is not None}
    people |= {row.user_id for row in told} | {row.by for row in actions} | {row.said_by for row in said}
    users = accounts.list_users(session, people)
    entries = [
        Entry(concern.raised_at, "alert", users[concern.raised_by].name, say(mark("Said they worry about safety"))),
        *_told(told, users),
        *(_more(row, users) for row in said if row.said_at != concern.raised_at),
        *(_acted(row, users) for row in actions),
    ]
    in_order = sorted(entries, key=lambda entry: entry.at)  # stable: at one moment in the order above
    return Story(said, in_order, follow_ups, {key: user.name for key, user in users.items()})


def _told(rows: Sequence[ConcernTold], users: Mapping[uuid.UUID, User]) -> list[Entry]:
    """Return one entry for all who were told at one moment in one part."""
    found: dict[tuple[dt.datetime, ToldAs], list[str]] = {}
    for row in rows:
        found.setdefault((row.told_at, row.told_as), []).append(users[row.user_id].name)
    by_name, nameless = mark("Told: %(names)s"), mark("Told that one waits, without a name: %(names)s")
    return [
        Entry(
            at,
            "text",
            "CoachDesk",
            say(by_name if told_as is ToldAs.SUPERVISOR else nameless, names=", ".join(sorted(names))),
        )
        for (at, told_as), names in found.items()
    ]


def _more(row: ConcernSaid, users: Mapping[uuid.UUID, User]) -> Entry:
    return Entry(row.said_at, "pen", users[row.said_by].name, say(mark("Said more of it")))


def _acted(row: ConcernAction, users: Mapping[uuid.UUID, User]) -> Entry:
    words = _WITH_WORDS.get(row.kind) if row.words else None
    return Entry(
        row.at,
        _ICONS[row.kind],
        users[row.by].name,
        say(words, words=row.words) if words else say(DONE_WORDS[row.kind]),
    )
