"""A worry about somebody's safety: raised in three taps or with a tick, and told at once to whoever can take it."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from coachdesk import audit
from coachdesk.access import Action, demand
from coachdesk.accounts import service as accounts
from coachdesk.clients import service as clients
from coachdesk.clients.naming import shown
from coachdesk.clock import day_of
from coachdesk.organisation import service as organisation
from coachdesk.safety.finding import hold_open, last_said
from coachdesk.safety.models import Concern, ConcernAction, ConcernFollowUp, ConcernSaid
from coachdesk.safety.news import list_supervisors, tell_by_name, tell_danger, tell_nameless
from coachdesk.safety.rules import FOLLOW_UP_HOURS, ConcernKind, Danger, Done, due_at_after, due_at_first

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coachdesk.access import Identity


@dataclass(frozen=True)
class Said:
    """What is said of a worry: what it is about, whether there is danger now, and words that may all be empty."""

    kind: ConcernKind
    danger: Danger
    whereabouts: str = ""
    company: str = ""
    wishes: str = ""
    told_outside: str = ""
    ground: str = ""


# ---- raising ------------------------------------------------------------------------------------------------------


def raise_concern(
    session: Any,
    identity: Identity,
    client_id: uuid.UUID,
    *,
    source_id: uuid.UUID | None = None,
    said: Said | None = None,
    done: Mapping[Done, str] | None = None,
    now: dt.datetime,
) -> Concern:
    """Raise a concern and tell the coach's supervisors, in the app and by mail, in the same act.

    `said` is none for the tick on a check-in; `done` holds what was done already, each with its words. Without a
    supervisor the administrators hear that one waits, without a name.
    """
    demand(identity, Action.SAFETY_RAISE)
    person = clients.find_person(session, identity, client_id)
    house, zone = organisation.find_organisation(session), ZoneInfo(organisation.find_zone(session))
    concern = Concern(
        id=uuid.uuid4(),
        client_id=client_id,
        raised_at=now,
        raised_on=day_of(now, zone),
        raised_by=identity.id,
        source_id=source_id,
        due_at=due_at_first(
            now,
            said.danger if said else None,
            danger_minutes=house.danger_minutes,
            worry_minutes=house.worry_minutes,
        ),
    )
    session.add(concern)
    session.flush()
    _plan_follow_ups(session, concern, zone)
    _note(session, identity, concern, said, done or {}, now=now)
    audit.record(session, identity, audit.Event.CONCERN_RAISED, client_id=client_id, subject=concern, now=now)
    supervisors = list_supervisors(session, concern)
    if supervisors:
        tell_by_name(session, concern, supervisors, by=identity.name, person=shown(person), now=now)
    else:
        tell_nameless(session, concern, accounts.list_administrators(session), now=now)
    return concern


def _plan_follow_ups(session: Any, concern: Concern, zone: ZoneInfo) -> None:
    for hours in FOLLOW_UP_HOURS:
        due_at = concern.raised_at + dt.timedelta(hours=hours)
        session.add(
            ConcernFollowUp(
                id=uuid.uuid4(),
                concern_id=concern.id,
                client_id=concern.client_id,
                hours=hours,
                due_at=due_at,
                due_on=day_of(due_at, zone),
            )
        )


def say_more(
    session: Any,
    identity: Identity,
    concern_id: uuid.UUID,
    *,
    said: Said,
    done: Mapping[Done, str] | None = None,
    now: dt.datetime,
) -> Concern:
    """Say more of a concern, beside what was said before. New danger is told to whoever has it, or to all who know."""
    demand(identity, Action.SAFETY_ACT)
    concern = hold_open(session, identity, concern_id)
    house = organisation.find_organisation(session)
    before = last_said(session, identity, concern)
    concern.due_at = due_at_after(
        concern.raised_at,
        concern.due_at,
        said.danger,
        said_at=now,
        danger_minutes=house.danger_minutes,
        worry_minutes=house.worry_minutes,
    )
    row = _note(session, identity, concern, said, done or {}, now=now)
    audit.record(session, identity, audit.Event.CONCERN_ADDED_TO, client_id=concern.client_id, subject=concern, now=now)
    if row is not None and said.danger is Danger.YES and (before is None or before.danger is not Danger.YES):
        tell_danger(session, identity, concern, row, now=now)
    return concern


def _note(
    session: Any, identity: Identity, concern: Concern, said: Said | None, done: Mapping[Done, str], *, now: dt.datetime
) -> ConcernSaid | None:
    """Keep what is said, and what was done already, as rows of their own."""
    row = None
    if said is not None:
        row = ConcernSaid(
            id=uuid.uuid4(),
            concern_id=concern.id,
            client_id=concern.client_id,
            said_at=now,
            said_by=identity.id,
            **asdict(said),
        )
        session.add(row)
    for kind, words in done.items():
        write_action(session, identity, concern, kind, words=words, now=now)
    session.flush()
    return row


def write_action(
    session: Any,
    identity: Identity,
    concern: Concern,
    kind: Done,
    *,
    words: str = "",
    at: dt.datetime | None = None,
    now: dt.datetime,
) -> ConcernAction:
    """Write one thing into the story of a concern; without `at` it is done now."""
    made = ConcernAction(
        id=uuid.uuid4(),
        concern_id=concern.id,
        client_id=concern.client_id,
        kind=kind,
        words=words,
        at=at or now,
        by=identity.id,
        made_at=now,
    )
    session.add(made)
    session.flush()
    return made
