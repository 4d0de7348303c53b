"""Walk the chain from its first seal to its head, and name each place that is not as it was sealed."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.audit.chain import START, as_kept, chain_key, link, plain, raw
from coachdesk.audit.models import AuditEntry, AuditPerson, AuditSeal
from coachdesk.audit.sealing import select_unsealed
from coachdesk.words import Sentence, mark, say, say_n

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from coachdesk.audit.heads import Head

CHUNK = 5000
"""Seals held in memory at a time."""
MOST_NAMED = 500
"""Faults that are named one by one; the rest are counted."""
LOWEST = -(2**62)
"""Below every position: a seal that was put in before the first is looked at too."""
LATE = dt.timedelta(minutes=5)
"""How long an entry may wait for its seal; the scheduler takes seconds."""


@dataclass
class Verdict:
    """What the walk found."""

    position: int = 0
    digest: str = START
    unsealed: int = 0
    found: int = 0
    broken: int = 0
    """Seals that do not fit, among those found."""
    faults: list[Sentence] = field(default_factory=list)

    def name(self, fault: Sentence) -> None:
        """Count a fault, and keep its sentence unless there are very many."""
        self.found += 1
        if len(self.faults) < MOST_NAMED:
            self.faults.append(fault)

    @property
    def nothing_fits(self) -> bool:
        """Say whether not one seal fits, as with another key."""
        return self.position > 0 and self.broken >= self.position


def verify(session: Any, *, heads: Sequence[Head], now: dt.datetime) -> Verdict:
    """Walk the whole chain in bounded memory; `heads` are those written outside, read before the walk begins."""
    verdict, walk = Verdict(), _Walk(chain_key())
    outside = defaultdict(set)
    for head in heads:
        outside[head.position].add(head.digest)
    for seal, entry, people in _seals(session):
        for fault in walk.step(seal, entry, people):
            verdict.name(fault)
        if outside.pop(seal.position, {seal.digest}) - {seal.digest}:
            verdict.name(
                say(
                    mark("The seal at position %(position)s is not the one noted outside the database."),
                    position=seal.position,
                )
            )
    verdict.position, verdict.digest, verdict.broken = walk.position, walk.stored, walk.broken
    _name_cut_tail(verdict, outside)
    _name_unsealed(session, verdict, now)
    return verdict


class _Walk:
    """Where the walk stands: the digest kept at the last position, and the one reckoned for it."""

    def __init__(self, key: bytes) -> None:
        self.key, self.position, self.broken = key, 0, 0
        self.stored, self.reckoned = START, START
        self.known = True

    def step(self, seal: Any, entry: Sequence[Any], people: Sequence[Any]) -> Iterator[Sentence]:
        """Go on by one seal, and name what is wrong with it."""
        if seal.position > self.position + 1:
            yield _missing(self.position + 1, seal.position - 1)
            self.known = False
        self.position = seal.position
        faults = list(self._look(seal, entry, people))
        self.broken += bool(faults)
        self.stored = seal.digest
        yield from faults

    def _look(self, seal: Any, entry: Sequence[Any], people: Sequence[Any]) -> Iterator[Sentence]:
        if entry[0] is None:
            yield say(
                mark("Entry %(entry)s (position %(position)s) is gone."), entry=seal.entry_id, position=seal.position
            )
            self.known, self.reckoned = True, seal.digest
            return
        made = link(self.key, self.stored, seal.position, entry, people, seal.sealed_at)
        # Where the one before was changed itself, what it ought to be is known; where it is missing, nothing is.
        again = (
            made
            if self.stored == self.reckoned
            else link(self.key, self.reckoned, seal.position, entry, people, seal.sealed_at)
        )
        fits = not self.known or seal.digest in (made.digest, again.digest)
        self.reckoned, self.known = made.digest if self.known and not fits else seal.digest, True
        where = {"entry": seal.entry_id, "position": seal.position}
        same_entry, same_people = seal.entry_mark == made.entry_mark, seal.people_mark == made.people_mark
        if fits and same_entry and same_people:
            return
        if seal.digest in (made.digest, again.digest) or (same_entry and same_people):
            yield say(
                mark("The seal at position %(position)s (entry %(entry)s) was changed, or stands in another place."),
                **where,
            )
            return
        if not same_entry:
            yield say(mark("Entry %(entry)s (position %(position)s) was changed after it was sealed."), **where)
        if not same_people:
            yield say(
                mark(
                    "The people named by entry %(entry)s (position %(position)s) were changed: one was added, removed or replaced."
                ),
                **where,
            )


def _missing(first: int, last: int) -> Sentence:
    return say_n(
        mark("The seal at position %(first)s is missing."),
        mark("The seals at positions %(first)s to %(last)s are missing."),
        last - first + 1,
        first=first,
        last=last,
    )


def _seals(session: Any) -> Iterator[tuple[Any, Sequence[Any], Sequence[Any]]]:
    """Hand out each seal with its entry as kept (or nothing) and the people it names, in order."""
    columns = (AuditSeal.position, AuditSeal.entry_id, AuditSeal.entry_mark, AuditSeal.people_mark, AuditSeal.digest)
    width, reached = len(columns) + 1, LOWEST
    asked = (
        sa.select(*columns, raw(session, AuditSeal.sealed_at).label("sealed_at"), *as_kept(session))
        .outerjoin(AuditEntry, AuditEntry.id == AuditSeal.entry_id)
        .order_by(AuditSeal.position)
        .limit(CHUNK)
    )
    while True:
        rows = session.execute(asked.where(AuditSeal.position > reached)).all()
        if not rows:
            return
        people = _people_between(session, reached, rows[-1].position)
        for row in rows:
            yield row, row[width:], people.get(row.entry_id, ())
        reached = rows[-1].position


def _people_between(session: Any, after: int, until: int) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    rows = session.execute(
        sa.select(AuditPerson.entry_id, raw(session, AuditPerson.client_id))
        .join(AuditSeal, AuditSeal.entry_id == AuditPerson.entry_id)
        .where(AuditSeal.position > after, AuditSeal.position <= until)
    )
    for entry_id, client_id in rows:
        found[entry_id].append(client_id)
    return found


def _name_cut_tail(verdict: Verdict, outside: dict[int, set[str]]) -> None:
    further = max(outside, default=0)
    if further > verdict.position:
        verdict.name(
            say(
                mark(
                    "The trail ends at position %(position)s, but a seal at position %(noted)s is noted outside the database: its tail was cut off, or an older copy was put back."
                ),
                position=verdict.position,
                noted=further,
            )
        )


def _name_unsealed(session: Any, verdict: Verdict, now: dt.datetime) -> None:
    unsealed = select_unsealed().subquery()
    verdict.unsealed = session.scalar(sa.select(sa.func.count()).select_from(unsealed))
    late = select_unsealed().with_only_columns(AuditEntry.id, raw(session, AuditEntry.at))
    for entry_id, at in session.execute(late.where(AuditEntry.at < now - LATE).limit(MOST_NAMED)):
        verdict.name(
            say(
                mark("Entry %(entry)s of %(at)s has not been sealed: is the scheduler running?"),
                entry=entry_id,
                at=f"{str(plain(at))[:16]} UTC",
            )
        )


__all__ = ["LATE", "Verdict", "verify"]
