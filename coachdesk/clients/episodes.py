"""Times of coaching: opened, paused, closed with a kind word, opened again; and how much of it somebody wants."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import Action, demand, scoped, visible
from coachdesk.clients.models import Client, Episode, LevelPeriod, Pause
from coachdesk.clients.rules import UNDO, Ending, Level, refuse_bad_pause
from coachdesk.words import NotFound, Refused, mark

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from coachdesk.access import Identity
    from coachdesk.words import Sentence


@dataclass(frozen=True)
class Course:
    """How coaching stands with somebody: the episode of now (or the last one), the level, the pause, and all before."""

    episode: Episode
    level: Level
    pause: Pause | None
    """A pause that goes on today, or is agreed for days to come."""
    episodes: Sequence[Episode]
    pauses: Sequence[Pause]
    levels: Sequence[LevelPeriod]

    @property
    def is_open(self) -> bool:
        """Say whether coaching goes on."""
        return self.episode.closed_at is None


class Plans(Protocol):
    """What a room above keeps of plans with a person; it hangs itself in by `keep_plans` where the house is joined."""

    def end(self, session: Any, identity: Identity, row: Episode, *, now: dt.datetime, today: dt.date) -> None:
        """Call off what is planned, because an episode has come to its end."""

    def put_back(
        self,
        session: Any,
        identity: Identity,
        row: Episode,
        *,
        closed_at: dt.datetime,
        now: dt.datetime,
        today: dt.date,
    ) -> None:
        """Plan again what the end of an episode called off at `closed_at`, because that end is taken back."""

    def said(
        self, session: Any, identity: Identity, row: Episode
    ) -> Sequence[tuple[Sequence[Sentence], uuid.UUID | None]]:
        """Return what the end of an episode called off, in words, with the id of what can go on as it was."""


_plans: list[Plans] = []


def keep_plans(plans: Plans) -> None:
    """Let plans end with an episode; once, however often the house is joined."""
    if plans not in _plans:
        _plans.append(plans)


def open_first(session: Any, person: Client, identity: Identity, *, now: dt.datetime, today: dt.date) -> None:
    """Open the first episode of a person who is being added; the adding records its own event."""
    _open(session, person.id, identity, now=now, today=today)
    session.add(
        LevelPeriod(
            id=uuid.uuid4(), client_id=person.id, level=Level.FULL, started_on=today, started_at=now,
            started_by=identity.id,
        )
    )  # fmt: skip


def open_many(session: Any, people: Sequence[Client], identity: Identity, *, now: dt.datetime, today: dt.date) -> None:
    """Open the first episodes of many who are brought in at once."""
    by = identity.id
    session.add_all(
        row
        for person in people
        for row in (
            Episode(id=uuid.uuid4(), client_id=person.id, opened_on=today, opened_at=now, opened_by=by),
            LevelPeriod(id=uuid.uuid4(), client_id=person.id, level=Level.FULL, started_on=today, started_at=now,
                        started_by=by),
        )
    )  # fmt: skip
    session.flush()


def _open(session: Any, client_id: uuid.UUID, identity: Identity, *, now: dt.datetime, today: dt.date) -> Episode:
    made = Episode(id=uuid.uuid4(), client_id=client_id, opened_on=today, opened_at=now, opened_by=identity.id)
    session.add(made)
    session.flush()
    return made


def find_course(session: Any, identity: Identity, client_id: uuid.UUID, *, today: dt.date) -> Course:
    """Return how coaching stands with a person, newest first in each list; raises `NotFound`."""
    episodes = session.scalars(
        visible(identity, Episode)
        .where(Episode.client_id == client_id)
        .order_by(Episode.closed_at.is_not(None), Episode.opened_at.desc())
    ).all()
    if not episodes:
        raise NotFound
    pauses = session.scalars(
        visible(identity, Pause)
        .where(Pause.client_id == client_id)
        .order_by(Pause.from_on.desc(), Pause.made_at.desc())
    ).all()
    levels = session.scalars(
        visible(identity, LevelPeriod)
        .where(LevelPeriod.client_id == client_id)
        .order_by(LevelPeriod.ended_at.is_not(None), LevelPeriod.started_at.desc())
    ).all()
    going = next((row for row in pauses if row.ended_at is None and row.until_on >= today), None)
    return Course(episodes[0], levels[0].level if levels else Level.FULL, going, episodes, pauses, levels)


def latest_id() -> Any:
    """Select the time of coaching that was opened last with a person; to stand within a query of people."""
    row = sa.orm.aliased(Episode)
    of_them = sa.select(row.id).where(row.client_id == Client.id).order_by(row.opened_at.desc()).limit(1)
    return of_them.correlate(Client).scalar_subquery()


def find_with_end(session: Any, identity: Identity, client_id: uuid.UUID) -> tuple[Client, Episode | None]:
    """Return a person, and how coaching came to its end where it has, in one query; raises `NotFound`."""
    ended = sa.and_(Episode.id == latest_id(), Episode.closed_at.is_not(None))
    found = scoped(sa.select(Client, Episode).outerjoin(Episode, ended), identity, Client.id)
    row = session.execute(found.where(Client.id == client_id)).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1]


def pause(
    session: Any,
    identity: Identity,
    client_id: uuid.UUID,
    *,
    until_on: dt.date,
    words: str = "",
    now: dt.datetime,
    today: dt.date,
) -> Pause:
    """Let a person rest from today until a day, as they wished: nothing about contact falls due meanwhile."""
    demand(identity, Action.CLIENTS_EPISODE)
    refuse_bad_pause(until_on, today)
    course = _held(session, identity, client_id, today=today)
    if not course.is_open:
        raise Refused(mark("Coaching has come to an end here. Open it again first."))
    if course.pause is not None:
        raise Refused(mark("There is a pause already. End it, or choose a new last day for it."), "until_on")
    made = Pause(
        id=uuid.uuid4(), client_id=client_id, from_on=today, until_on=until_on, words=words, made_at=now,
        made_by=identity.id,
    )  # fmt: skip
    session.add(made)
    session.flush()
    audit.record(session, identity, audit.Event.PAUSE_BEGUN, client_id=client_id, subject=made, now=now)
    return made


def resume(session: Any, identity: Identity, client_id: uuid.UUID, *, now: dt.datetime, today: dt.date) -> Pause:
    """Go on before the day that was agreed; raises `NotFound` where nobody rests."""
    demand(identity, Action.CLIENTS_EPISODE)
    course = _held(session, identity, client_id, today=today)
    if course.pause is None:
        raise NotFound
    _end_pause(course.pause, identity, now=now, today=today)
    session.flush()
    audit.record(session, identity, audit.Event.PAUSE_ENDED, client_id=client_id, subject=course.pause, now=now)
    return course.pause


def _end_pause(row: Pause, identity: Identity, *, now: dt.datetime, today: dt.date) -> None:
    row.ended_on, row.ended_at, row.ended_by = today, now, identity.id


def close(
    session: Any,
    identity: Identity,
    client_id: uuid.UUID,
    *,
    ending: Ending,
    words: str = "",
    now: dt.datetime,
    today: dt.date,
) -> Episode:
    """Bring an episode to its end: the person leaves the lists of now, and nothing falls due; the record stays."""
    demand(identity, Action.CLIENTS_EPISODE)
    course = _held(session, identity, client_id, today=today)
    if not course.is_open:
        raise NotFound
    if course.pause is not None:
        _end_pause(course.pause, identity, now=now, today=today)
    row = course.episode
    row.closed_on, row.closed_at, row.closed_by, row.ending, row.words = today, now, identity.id, ending, words
    session.flush()
    detail = {"ending": ending.value}
    audit.record(
        session, identity, audit.Event.EPISODE_CLOSED, client_id=client_id, subject=row, detail=detail, now=now
    )
    for plans in _plans:
        plans.end(session, identity, row, now=now, today=today)
    return row


def reopen(session: Any, identity: Identity, client_id: uuid.UUID, *, now: dt.datetime, today: dt.date) -> Episode:
    """Begin again with somebody who is known: another episode, and nothing is asked anew.

    Within ten minutes of its end the episode itself goes on, and a pause with it, as if it had not been closed; the
    trail keeps both.
    """
    demand(identity, Action.CLIENTS_EPISODE)
    course = _held(session, identity, client_id, today=today)
    if course.is_open:
        raise NotFound
    made = course.episode
    if made.closed_at is not None and now - made.closed_at <= UNDO:
        closed_at = made.closed_at
        made.closed_on = made.closed_at = made.closed_by = made.ending = None
        made.words = ""
        for rest in course.pauses:
            if rest.ended_at == closed_at:  # that end, and nobody, ended the pause
                rest.ended_on = rest.ended_at = rest.ended_by = None
        session.flush()
        for plans in _plans:
            plans.put_back(session, identity, made, closed_at=closed_at, now=now, today=today)
    else:
        made = _open(session, client_id, identity, now=now, today=today)
    audit.record(session, identity, audit.Event.EPISODE_OPENED, client_id=client_id, subject=made, now=now)
    return made


def list_ended_plans(
    session: Any, identity: Identity, client_id: uuid.UUID, *, today: dt.date
) -> list[tuple[Sequence[Sentence], uuid.UUID | None]]:
    """Return in words what was called off when the episode before this one came to its end; see `Plans.said`."""
    before = [row for row in find_course(session, identity, client_id, today=today).episodes if row.closed_at]
    return [told for plans in _plans for told in plans.said(session, identity, before[0])] if before else []


def set_level(
    session: Any, identity: Identity, client_id: uuid.UUID, *, level: Level, now: dt.datetime, today: dt.date
) -> LevelPeriod:
    """Change how much of coaching a person wants, and back; what is written under either level stays."""
    demand(identity, Action.CLIENTS_EPISODE)
    course = _held(session, identity, client_id, today=today)
    current = next((row for row in course.levels if row.ended_at is None), None)
    if current is not None and current.level is level:
        return current
    if current is not None:
        current.ended_at = now
        session.flush()
    made = LevelPeriod(
        id=uuid.uuid4(), client_id=client_id, level=level, started_on=today, started_at=now, started_by=identity.id
    )
    session.add(made)
    session.flush()
    detail = {"level": level.value}
    audit.record(
        session, identity, audit.Event.LEVEL_CHANGED, client_id=client_id, subject=made, detail=detail, now=now
    )
    return made


def _held(session: Any, identity: Identity, client_id: uuid.UUID, *, today: dt.date) -> Course:
    """Return how coaching stands, with the person's row held so that two who change it come one after another.

    An hour in an emergency gives no say in it.
    """
    held = visible(identity.everyday, Client).where(Client.id == client_id).with_for_update(of=Client, key_share=True)
    if session.scalar(held) is None:
        raise NotFound
    return find_course(session, identity.everyday, client_id, today=today)


def select_pauses(identity: Identity) -> Any:
    """Select every pause of the people this identity sees, for those who reckon with them."""
    return visible(identity, Pause)
